/* Block Lanczos on a Chebyshev polynomial of the operator. The filter T_d((c - A)/e) lies in [-1,1]
 * on [cut, upper] and rises below the cut, so that a short basis does what a long one of A would:
 * few vectors to orthogonalise, and products with a whole block. The first cycles only look for the
 * cut; then the filter stays and restarts keep the leading Ritz vectors (Wu & Simon 2000). */

#include <math.h>
#include <string.h>

#include "math/eigen.h"
#include "math/random.h"
#include "math/sparse.h"
#include "math/tall.h"

enum { BLOCK = 4, STEPS = 12, SEARCHES = 4 };
/* Largest value of the filter, whose rounding is that large; the cut's distance over mode k's. */
static const double RISE = 1e3, MARGIN = 1.4;

typedef struct lanczos {
    const pl_operator *a;
    pl_cmat deflate;
    size_t n, k, b, m, used; /* size; wanted; block; columns of the basis, and those in use */
    pl_mat v;                /* n x m, the basis                                            */
    pl_mat w, x, y, z;       /* n x b: the next block, and the recurrence's three           */
    pl_mat s;                /* m x m, V' p(A) V                                            */
    pl_mat h;                /* m x m, Ritz vectors as rows, largest p first; or scratch    */
    pl_mat r;                /* b x b, what the next block was before it was orthonormal    */
    double *theta, *value;   /* m: values of p, and of A                                    */
    double c, e;
    size_t degree, products;
    pl_stream stream;
    uint64_t drawn;
} lanczos;

static pl_mat columns(pl_mat a, size_t first, size_t count) {
    return (pl_mat){a.a + first, a.rows, count, a.ld};
}

static void set_filter(lanczos *l, double cut) {
    l->c = (l->a->upper + cut) / 2;
    l->e = (l->a->upper - cut) / 2;
    double reach = acosh(fmax((l->c - l->a->lower) / l->e, 1 + 1e-14));
    l->degree = (size_t)fmin(fmax(floor(acosh(RISE) / reach), 1), 1000);
}

/* The eigenvalue of A that p takes to theta; the cut where p is not invertible. */
static double value_at(const lanczos *l, double theta) {
    if (l->degree == 1)
        return l->c - l->e * theta;
    return l->c - l->e * cosh(acosh(fmax(theta, 1)) / (double)l->degree);
}

/* How much larger a residual of A can be than one of p(A): the largest (mu - value)/(p(mu) -
 * theta).
 */
static double magnify(const lanczos *l, double theta) {
    return (l->a->upper - l->a->lower) / fmax(fabs(theta) - 1, 1e-300);
}

/* w = p(A) x by T_{j+1} = 2 t T_j - T_{j-1}. */
static pl_status filter(pl_ctx *ctx, lanczos *l) {
    pl_status status = PL_OK;
    size_t count = l->n * l->b;
    double *x = l->x.a, *y = l->y.a, *z = l->z.a;
    for (size_t j = 1; j <= l->degree; j++) {
        double scale = (j == 1 ? 1 : 2) / l->e;
        const double *last = j == 1 ? x : y;
        PL_TRY(l->a->apply(ctx, l->a->data, (pl_cmat){last, l->n, l->b, l->b},
                           (pl_mat){z, l->n, l->b, l->b}));
        if (j == 1) {
            for (size_t i = 0; i < count; i++)
                y[i] = scale * (l->c * x[i] - z[i]);
            continue;
        }
#pragma omp parallel for simd schedule(static) num_threads(pl_threads(ctx))
        for (size_t i = 0; i < count; i++) {
            double t = scale * (l->c * y[i] - z[i]) - x[i];
            x[i] = y[i];
            y[i] = t;
        }
    }
    memcpy(l->w.a, y, count * sizeof *y);
    l->products += l->degree * l->b;
done:
    return status;
}

/* w less its part in the basis and in what is left out; the basis's part is added to `part`. */
static pl_status project(pl_ctx *ctx, lanczos *l, pl_mat part) {
    pl_status status = PL_OK;
    double *inner = NULL;
    size_t q = l->deflate.cols, most = q > l->used ? q : l->used;
    PL_NEW(ctx, inner, most * l->b + 1);
    for (int side = 0; side < 2; side++) {
        pl_cmat basis = side ? pl_const(columns(l->v, 0, l->used)) : l->deflate;
        pl_mat c = {inner, basis.cols, l->b, l->b};
        if (basis.cols == 0)
            continue;
        PL_TRY(pl_tall_gram(ctx, basis, pl_const(l->w), c));
        PL_TRY(pl_tall_times(ctx, -1, basis, pl_const(c), 1, l->w));
        for (size_t i = 0; side && part.a && i < basis.cols; i++)
            for (size_t j = 0; j < l->b; j++)
                part.a[i * part.ld + j] += c.a[i * l->b + j];
    }
done:
    pl_free(inner);
    return status;
}

/* Gram-Schmidt, twice; w = old w R^-1. A column that is spent becomes a random one, with R 0 there.
 */
static pl_status orthonormalise(pl_ctx *ctx, lanczos *l) {
    pl_status status = PL_OK;
    size_t n = l->n, b = l->b;
    double *w = l->w.a, before[BLOCK];
    memset(l->r.a, 0, b * b * sizeof *l->r.a);
    for (size_t j = 0; j < b; j++) {
        bool spent = false;
        before[j] = 0;
        for (size_t i = 0; i < n; i++)
            before[j] += w[i * b + j] * w[i * b + j];
        for (int pass = 0; pass < 2; pass++) {
            for (size_t c = 0; c < j; c++) {
                double inner = 0;
                for (size_t i = 0; i < n; i++)
                    inner += w[i * b + c] * w[i * b + j];
                for (size_t i = 0; i < n; i++)
                    w[i * b + j] -= inner * w[i * b + c];
                l->r.a[c * b + j] += spent ? 0 : inner;
            }
            double norm = 0;
            for (size_t i = 0; i < n; i++)
                norm += w[i * b + j] * w[i * b + j];
            if (!spent && !(norm > 1e-26 * fmax(before[j], 1e-26))) {
                spent = true;
                pass = -1; /* start over with a random column */
                for (size_t i = 0; i < n; i++)
                    pl_stream_normals(l->stream, l->drawn++, 1, &w[i * b + j]);
                PL_TRY(project(ctx, l, (pl_mat){0}));
                PL_TRY(project(ctx, l, (pl_mat){0}));
                continue;
            }
            norm = sqrt(norm);
            for (size_t i = 0; i < n; i++)
                w[i * b + j] /= norm;
            l->r.a[j * b + j] = spent ? 0 : pass == 0 ? norm : l->r.a[j * b + j] * norm;
        }
    }
done:
    return status;
}

/* The block w joins the basis, and p(A) of it gives the basis's next columns of V' p(A) V. */
static pl_status extend(pl_ctx *ctx, lanczos *l) {
    pl_status status;
    size_t at = l->used, b = l->b;
    for (size_t i = 0; i < l->n; i++)
        memcpy(l->v.a + i * l->m + at, l->w.a + i * b, b * sizeof *l->v.a);
    memcpy(l->x.a, l->w.a, l->n * b * sizeof *l->w.a);
    l->used += b;
    pl_mat part = columns(l->s, at, b);
    for (size_t i = 0; i < l->used; i++)
        memset(part.a + i * l->m, 0, b * sizeof *part.a);
    PL_TRY(filter(ctx, l));
    PL_TRY(project(ctx, l, part));
    PL_TRY(project(ctx, l, part)); /* again: the first pass left rounding behind */
    for (size_t i = 0; i < l->used; i++)
        for (size_t j = 0; j < b; j++)
            l->s.a[(at + j) * l->m + i] = part.a[i * l->m + j];
    PL_TRY(orthonormalise(ctx, l));
done:
    return status;
}

/* Ritz pairs of p(A), largest first; *estimate: the largest residual of A among the wanted. */
static pl_status ritz(pl_ctx *ctx, lanczos *l, double *estimate) {
    pl_status status;
    size_t u = l->used, b = l->b;
    pl_mat h = {l->h.a, u, u, u};
    for (size_t i = 0; i < u; i++)
        for (size_t j = 0; j < u; j++)
            h.a[i * u + j] = (l->s.a[i * l->m + j] + l->s.a[j * l->m + i]) / 2;
    PL_TRY(pl_eigen_symmetric_vectors(ctx, h, l->theta));
    *estimate = 0;
    for (size_t k = 0; k < u; k++) {
        l->value[k] = value_at(l, l->theta[k]);
        double sum = 0;
        for (size_t i = 0; i < b; i++) { /* R times the vector's last block */
            double entry = 0;
            for (size_t j = i; j < b; j++)
                entry += l->r.a[i * b + j] * h.a[k * u + u - b + j];
            sum += entry * entry;
        }
        if (k < l->k)
            *estimate = l->degree == 1 || l->theta[k] <= 1
                            ? (double)INFINITY
                            : fmax(*estimate, sqrt(sum) * magnify(l, l->theta[k]));
    }
done:
    return status;
}

/* The basis becomes its `kept` leading Ritz vectors. */
static pl_status contract(pl_ctx *ctx, lanczos *l, size_t kept) {
    pl_status status;
    double *room = NULL;
    size_t u = l->used;
    PL_NEW(ctx, room, u * kept + l->n * kept);
    pl_mat turn = {room, u, kept, kept}, out = {room + u * kept, l->n, kept, kept};
    for (size_t i = 0; i < u; i++)
        for (size_t k = 0; k < kept; k++)
            turn.a[i * kept + k] = l->h.a[k * u + i];
    PL_TRY(pl_tall_times(ctx, 1, pl_const(columns(l->v, 0, u)), pl_const(turn), 0, out));
    for (size_t i = 0; i < l->n; i++)
        memcpy(l->v.a + i * l->m, out.a + i * kept, kept * sizeof *out.a);
    for (size_t i = 0; i < kept; i++)
        for (size_t j = 0; j < kept; j++)
            l->s.a[i * l->m + j] = i == j ? l->theta[i] : 0;
    l->used = kept;
done:
    pl_free(room);
    return status;
}

/* A new filter has another Krylov space: it starts from random sums of the wanted Ritz vectors. */
static pl_status start_again(pl_ctx *ctx, lanczos *l) {
    pl_status status;
    double mix[64 * BLOCK];
    size_t some = l->k < 64 ? l->k : 64;
    pl_stream_normals(l->stream, l->drawn, some * l->b, mix);
    l->drawn += some * l->b;
    PL_TRY(contract(ctx, l, some));
    PL_TRY(pl_tall_times(ctx, 1, pl_const(columns(l->v, 0, some)), (pl_cmat){mix, some, l->b, l->b},
                         0, l->w));
    l->used = 0;
    PL_TRY(orthonormalise(ctx, l));
done:
    return status;
}

/* Values and residual of A itself on the basis, by Rayleigh and Ritz. */
static pl_status finish(pl_ctx *ctx, lanczos *l, double *values, pl_mat vectors, double *residual) {
    pl_status status;
    double *room = NULL;
    size_t n = l->n, u = l->used, k = l->k;
    PL_NEW(ctx, room, 2 * n * u + u * u + u * k);
    pl_mat x = {room, n, u, u}, y = {x.a + n * u, n, u, u}, g = {y.a + n * u, u, u, u};
    pl_mat turn = {g.a + u * u, u, k, k};
    for (size_t i = 0; i < n; i++)
        memcpy(x.a + i * u, l->v.a + i * l->m, u * sizeof *x.a);
    PL_TRY(l->a->apply(ctx, l->a->data, pl_const(x), y));
    l->products += u;
    PL_TRY(pl_tall_gram(ctx, pl_const(x), pl_const(y), g));
    for (size_t i = 0; i < u; i++)
        for (size_t j = 0; j <= i; j++)
            g.a[i * u + j] = g.a[j * u + i] = (g.a[i * u + j] + g.a[j * u + i]) / 2;
    PL_TRY(pl_eigen_symmetric_vectors(ctx, g, l->value));
    for (size_t i = 0; i < u; i++)
        for (size_t c = 0; c < k; c++) /* descending rows: the smallest are the last */
            turn.a[i * k + c] = g.a[(u - 1 - c) * u + i];
    PL_TRY(pl_tall_times(ctx, 1, pl_const(x), pl_const(turn), 0, vectors));
    pl_mat image = {x.a, n, k, k};
    PL_TRY(pl_tall_times(ctx, 1, pl_const(y), pl_const(turn), 0, image));
    *residual = 0;
    for (size_t c = 0; c < k; c++) {
        double sum = 0;
        values[c] = l->value[u - 1 - c];
        for (size_t i = 0; i < n; i++) {
            double r = image.a[i * k + c] - values[c] * vectors.a[i * vectors.ld + c];
            sum += r * r;
        }
        *residual = fmax(*residual, sqrt(sum));
    }
done:
    pl_free(room);
    return status;
}

pl_status pl_eigen_filtered(pl_ctx *ctx, const pl_operator *a, pl_cmat deflate, size_t k,
                            const pl_eigen_settings *settings, double *values, pl_mat vectors,
                            pl_eigen_report *out) {
    pl_status status = PL_OK;
    pl_eigen_settings set = settings ? *settings : (pl_eigen_settings){0};
    double tolerance = set.tolerance > 0 ? set.tolerance : 1e-10, *work = NULL;
    double width = a->upper - a->lower, estimate, cut = a->lower;
    size_t n = a->n, b = BLOCK, m = k + b + (k > STEPS * b ? k : STEPS * b), room;
    size_t limit = set.iterations ? set.iterations : 100, searches = SEARCHES;
    double goal = tolerance;                                /* of the estimate */
    if (k == 0 || m + deflate.cols + b > n || !(width > 0)) /* too small for a basis and a block */
        return pl_eigen_chebyshev(ctx, a, deflate, k, settings, values, vectors, out);
    if (!pl_size_mul(n, m + 4 * b, &room))
        return pl_fail(ctx, PL_ENOMEM, "a basis of %zu x %zu overflows", n, m);
    PL_NEW(ctx, work, room + 2 * m * m + b * b + 2 * m);
    double *block = work + n * m, *small = block + 4 * n * b;
    lanczos l = {.a = a,
                 .deflate = deflate,
                 .n = n,
                 .k = k,
                 .b = b,
                 .m = m,
                 .v = {work, n, m, m},
                 .w = {block, n, b, b},
                 .x = {block + n * b, n, b, b},
                 .y = {block + 2 * n * b, n, b, b},
                 .z = {block + 3 * n * b, n, b, b},
                 .s = {small, m, m, m},
                 .h = {small + m * m, m, m, m},
                 .r = {small + 2 * m * m, b, b, b},
                 .theta = small + 2 * m * m + b * b,
                 .value = small + 2 * m * m + b * b + m,
                 .c = (a->upper + a->lower) / 2,
                 .e = width / 2,
                 .degree = 1,
                 .stream = {20220523, 3, 0},
                 .drawn = n * b};
    pl_eigen_report report = {.residual = INFINITY};
    pl_stream_normals(l.stream, 0, n * b, l.w.a);
    PL_TRY(project(ctx, &l, (pl_mat){0}));
    PL_TRY(orthonormalise(ctx, &l));
    while (!report.converged && report.iterations < limit) {
        PL_TRY(extend(ctx, &l));
        bool full = l.used + b > m;
        if (l.used < k + b || (!full && (searches || (l.used - k) % (2 * b) >= b)))
            continue;
        PL_TRY(ritz(ctx, &l, &estimate));
        bool good = estimate <= goal * width;
        report.iterations += full;
        if (!good && !full)
            continue;
        double end = a->lower + MARGIN * (l.value[k - 1] - a->lower) + 1e-12 * width;
        if (!good && searches && report.iterations < limit &&
            (searches == SEARCHES || end - a->lower < 0.7 * (cut - a->lower))) {
            cut = end;
            searches--;
            set_filter(&l, cut);
            PL_TRY(start_again(ctx, &l));
            continue;
        }
        searches = 0;
        PL_TRY(contract(ctx, &l, k + b));
        if (good || report.iterations == limit) {
            PL_TRY(finish(ctx, &l, values, vectors, &report.residual));
            report.residual /= width;
            report.converged = report.residual <= tolerance;
            goal /= 4; /* the estimate was too kind */
        }
    }
    report.products = l.products;
    *out = report;
done:
    pl_free(work);
    return status;
}
