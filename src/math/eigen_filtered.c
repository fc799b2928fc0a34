/* Block Lanczos on a Chebyshev polynomial of the operator. The filter T_d((c - A)/e) lies in [-1,1]
 * on [cut, upper] and rises below the cut, so that a short basis does what a long one of A would:
 * few vectors to orthogonalise, and products with a whole block. The first cycles only look for the
 * cut; then the filter stays and restarts keep the leading Ritz vectors (Wu & Simon 2000). */

#include <math.h>
#include <string.h>

#include "math/block_lanczos.h"

enum { PARALLEL = 4096 };         /* rows that are worth a team of threads */
enum { SEARCHES = 4, FIRST = 6 }; /* blocks of the first basis, which only guesses the cut */
/* Largest value of the filter, whose rounding is that large; the cut's distance over mode k's. */
static const double RISE = 1e3, MARGIN = 1.4;

typedef struct filter {
    const pl_operator *a;
    double c, e;
    size_t degree, products;
    pl_mat y, z; /* n x b, the recurrence's other two */
    pl_eigen_settings settings;
} filter;

static void set_filter(filter *f, double cut) {
    f->c = (f->a->upper + cut) / 2;
    f->e = (f->a->upper - cut) / 2;
    double reach = acosh(fmax((f->c - f->a->lower) / f->e, 1 + 1e-14));
    f->degree = (size_t)fmin(fmax(floor(acosh(RISE) / reach), 1), 1000);
}

/* The eigenvalue of A that p takes to theta; the cut where p is not invertible. */
static double value_at(const filter *f, double theta) {
    if (f->degree == 1)
        return f->c - f->e * theta;
    return f->c - f->e * cosh(acosh(fmax(theta, 1)) / (double)f->degree);
}

/* How much larger a residual of A can be than one of p(A): the largest (mu - value)/(p(mu) -
 * theta).
 */
static double magnify(const filter *f, double theta) {
    return (f->a->upper - f->a->lower) / fmax(fabs(theta) - 1, 1e-300);
}

/* w = p(A) w by T_{j+1} = 2 t T_j - T_{j-1}. */
static pl_status apply(pl_ctx *ctx, void *data, pl_mat w) {
    pl_status status = PL_OK;
    filter *f = data;
    size_t count = w.rows * w.cols;
    double *x = w.a, *y = f->y.a, *z = f->z.a;
    for (size_t j = 1; j <= f->degree; j++) {
        double scale = (j == 1 ? 1 : 2) / f->e;
        const double *last = j == 1 ? x : y;
        PL_TRY(f->a->apply(ctx, f->a->data, (pl_cmat){last, w.rows, w.cols, w.cols}, f->z));
        if (j == 1) {
            for (size_t i = 0; i < count; i++)
                y[i] = scale * (f->c * x[i] - z[i]);
            continue;
        }
#pragma omp parallel for simd schedule(static) num_threads(pl_threads(ctx)) if (w.rows > PARALLEL)
        for (size_t i = 0; i < count; i++) {
            double t = scale * (f->c * y[i] - z[i]) - x[i];
            x[i] = y[i];
            y[i] = t;
        }
    }
    memcpy(x, y, count * sizeof *y);
    f->products += f->degree * w.cols;
done:
    return status;
}

/* Whether residuals of A, by what is left of p(A), are small enough. */
static bool is_good(const filter *f, const pl_block_lanczos *l, double tolerance) {
    bool good = f->degree > 1;
    for (size_t k = 0; good && k < l->k; k++) {
        double before = k > 0 ? value_at(f, l->theta[k - 1]) : 0;
        double allowed = pl_lanczos_allowed(k, l->k, f->settings.loose, tolerance, before,
                                            value_at(f, l->theta[k]));
        good = l->theta[k] > 1 && l->rest[k] * magnify(f, l->theta[k]) <= allowed;
    }
    return good;
}

static pl_status once(pl_ctx *ctx, const void *data, uint64_t attempt, pl_cmat deflate, size_t k,
                      double *values, pl_mat vectors, pl_eigen_report *out) {
    const filter *given = data;
    filter f = *given;
    const pl_operator *a = f.a;
    pl_status status;
    pl_block_lanczos l = {0};
    double *room = NULL, width = a->upper - a->lower, cut = a->lower;
    double tolerance = f.settings.tolerance > 0 ? f.settings.tolerance : 1e-10, goal = tolerance;
    size_t b = PL_LANCZOS_BLOCK, searches = SEARCHES;
    size_t limit = f.settings.iterations ? f.settings.iterations : 100;
    pl_eigen_report report = {.residual = INFINITY};
    PL_TRY(pl_block_lanczos_new(ctx, a->n, k, deflate, attempt, &l));
    PL_NEW(ctx, room, 2 * a->n * b);
    f.y = (pl_mat){room, a->n, b, b};
    f.z = (pl_mat){room + a->n * b, a->n, b, b};
    f.c = (a->upper + a->lower) / 2;
    f.e = width / 2;
    f.degree = 1;
    l.apply = apply;
    l.data = &f;
    while (!report.converged && report.iterations < limit) {
        PL_TRY(pl_block_lanczos_extend(ctx, &l));
        bool full = l.used + b > (searches == SEARCHES ? k + FIRST * b : l.m);
        if (l.used < k + b || (!full && (searches || (l.used - k) % (2 * b) >= b)))
            continue;
        PL_TRY(pl_block_lanczos_ritz(ctx, &l));
        bool good = is_good(&f, &l, goal * width);
        report.iterations += full;
        if (!good && !full)
            continue;
        double reach = value_at(&f, l.theta[k - 1]) - a->lower;
        double end = a->lower + fmin(MARGIN * reach + 1e-12 * width, 0.1 * reach + 0.9 * width);
        if (!good && searches && report.iterations < limit &&
            (searches == SEARCHES || end - a->lower < 0.7 * (cut - a->lower))) {
            cut = end;
            searches--;
            set_filter(&f, cut);
            PL_TRY(pl_block_lanczos_again(ctx, &l));
            continue;
        }
        searches = 0;
        PL_TRY(pl_block_lanczos_contract(ctx, &l, k + b));
        if (good || report.iterations == limit) {
            pl_mat x = {NULL, a->n, l.used, l.used};
            x.a = pl_alloc(ctx, a->n * l.used, sizeof *x.a);
            if (!x.a) {
                status = PL_ENOMEM;
                goto done;
            }
            for (size_t i = 0; i < a->n; i++)
                memcpy(x.a + i * x.ld, l.v.a + i * l.m, l.used * sizeof *x.a);
            status =
                pl_rayleigh_ritz(ctx, a, x, k, f.settings.loose, values, vectors, &report.residual);
            pl_free(x.a);
            if (status)
                goto done;
            f.products += l.used;
            report.residual /= width;
            report.converged = report.residual <= tolerance;
            goal /= 4; /* the estimate was too kind */
        }
    }
    report.products = f.products;
    *out = report;
done:
    pl_block_lanczos_free(&l);
    pl_free(room);
    return status;
}

pl_status pl_eigen_filtered(pl_ctx *ctx, const pl_operator *a, pl_cmat deflate, size_t k,
                            const pl_eigen_settings *settings, double *values, pl_mat vectors,
                            pl_eigen_report *out) {
    filter f = {.a = a};
    double width = a->upper - a->lower;
    if (settings)
        f.settings = *settings;
    if (k == 0 || !pl_block_lanczos_fits(a->n, k, deflate.cols) || !(width > 0))
        return pl_eigen_chebyshev(ctx, a, deflate, k, settings, values, vectors, out);
    pl_eigen_run run = {once, &f, a->n, width};
    return pl_eigen_complete(ctx, &run, deflate, k, values, vectors, out);
}
