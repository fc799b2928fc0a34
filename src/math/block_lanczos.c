#include "math/block_lanczos.h"

#include <math.h>
#include <string.h>

#include "math/eigen.h"
#include "math/tall.h"

enum { STEPS = 16 };
/* Nearer than this, relative to the value and to the spectrum's width: maybe copies of one value.
 */
static const double SAME = 1e-6, SAME_OF_WIDTH = 1e-9;
static const double CANCELLED = 1e-6; /* what is left after so much was taken away is not exact */

static pl_mat columns(pl_mat a, size_t first, size_t count) {
    return (pl_mat){a.a + first, a.rows, count, a.ld};
}

void pl_block_lanczos_free(pl_block_lanczos *l) {
    pl_free(l->work);
    *l = (pl_block_lanczos){0};
}

/* w less its part in columns `from` on of the basis and, from 0, in what is left out; the basis's
 * part is added to `part`. */
static pl_status project(pl_ctx *ctx, pl_block_lanczos *l, size_t from, pl_mat part) {
    pl_status status = PL_OK;
    double *inner = NULL;
    size_t q = l->deflate.cols, most = q > l->used ? q : l->used;
    PL_NEW(ctx, inner, most * l->b + 1);
    for (int side = from > 0; side < 2; side++) {
        pl_cmat basis = side ? pl_const(columns(l->v, from, l->used - from)) : l->deflate;
        pl_mat c = {inner, basis.cols, l->b, l->b};
        if (basis.cols == 0)
            continue;
        PL_TRY(pl_tall_gram(ctx, basis, pl_const(l->w), c));
        PL_TRY(pl_tall_times(ctx, -1, basis, pl_const(c), 1, l->w));
        for (size_t i = 0; side && part.a && i < basis.cols; i++)
            for (size_t j = 0; j < l->b; j++)
                part.a[(from + i) * part.ld + j] += c.a[i * l->b + j];
    }
done:
    pl_free(inner);
    return status;
}

/* Gram-Schmidt, twice; w = old w R^-1. A column that is spent becomes a random one, with R 0 there.
 */
static pl_status orthonormalise(pl_ctx *ctx, pl_block_lanczos *l) {
    pl_status status = PL_OK;
    size_t n = l->n, b = l->b;
    double *w = l->w.a, before[PL_LANCZOS_BLOCK];
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
                PL_TRY(project(ctx, l, 0, (pl_mat){0}));
                PL_TRY(project(ctx, l, 0, (pl_mat){0}));
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

static size_t basis_of(size_t k) {
    size_t b = PL_LANCZOS_BLOCK;
    return k + b + (k > STEPS * b ? k : STEPS * b);
}

bool pl_block_lanczos_fits(size_t n, size_t k, size_t left_out) {
    return k > 0 && basis_of(k) + left_out + PL_LANCZOS_BLOCK <= n;
}

pl_status pl_block_lanczos_new(pl_ctx *ctx, size_t n, size_t k, pl_cmat deflate, uint64_t attempt,
                               pl_block_lanczos *out) {
    pl_status status = PL_OK;
    size_t b = PL_LANCZOS_BLOCK, m = basis_of(k), room;
    pl_block_lanczos l = {.n = n, .k = k, .b = b, .m = m, .deflate = deflate};
    if (!pl_block_lanczos_fits(n, k, deflate.cols))
        return pl_fail(ctx, PL_ESHAPE,
                       "%zu eigenpairs of an operator of size %zu, %zu left out: no room for a "
                       "basis of %zu",
                       k, n, deflate.cols, m + b);
    if (!pl_size_mul(n, m + b, &room))
        return pl_fail(ctx, PL_ENOMEM, "a basis of %zu x %zu overflows", n, m);
    PL_NEW(ctx, l.work, room + 2 * m * m + b * b + 2 * m);
    double *small = l.work + room;
    l.v = (pl_mat){l.work, n, m, m};
    l.w = (pl_mat){l.work + n * m, n, b, b};
    l.s = (pl_mat){small, m, m, m};
    l.h = (pl_mat){small + m * m, m, m, m};
    l.r = (pl_mat){small + 2 * m * m, b, b, b};
    l.theta = small + 2 * m * m + b * b;
    l.rest = l.theta + m;
    l.stream = (pl_stream){20220523, 3, attempt};
    l.drawn = n * b;
    pl_stream_normals(l.stream, 0, n * b, l.w.a);
    PL_TRY(project(ctx, &l, 0, (pl_mat){0}));
    PL_TRY(orthonormalise(ctx, &l));
    *out = l;
    l = (pl_block_lanczos){0};
done:
    pl_block_lanczos_free(&l);
    return status;
}

/* w = old w R^-1, orthogonal to the basis: what projection all but took away is rounding, which
 * normalising makes large. */
static pl_status next_block(pl_ctx *ctx, pl_block_lanczos *l, double before) {
    pl_status status;
    double r[PL_LANCZOS_BLOCK * PL_LANCZOS_BLOCK], least = INFINITY;
    size_t b = l->b;
    PL_TRY(orthonormalise(ctx, l));
    for (size_t j = 0; j < b; j++)
        least = fmin(least, fabs(l->r.a[j * b + j]));
    if (least > CANCELLED * before)
        goto done;
    memcpy(r, l->r.a, b * b * sizeof *r);
    PL_TRY(project(ctx, l, 0, (pl_mat){0}));
    PL_TRY(orthonormalise(ctx, l));
    memcpy(l->r.a, r, b * b * sizeof *r);
done:
    return status;
}

pl_status pl_block_lanczos_extend(pl_ctx *ctx, pl_block_lanczos *l) {
    pl_status status;
    size_t at = l->used, b = l->b;
    double before = 0;
    for (size_t i = 0; i < l->n; i++)
        memcpy(l->v.a + i * l->m + at, l->w.a + i * b, b * sizeof *l->v.a);
    l->used += b;
    pl_mat part = columns(l->s, at, b);
    for (size_t i = 0; i < l->used; i++)
        memset(part.a + i * l->m, 0, b * sizeof *part.a);
    PL_TRY(l->apply(ctx, l->data, l->w));
    for (size_t i = 0; i < l->n * b; i++)
        before += l->w.a[i] * l->w.a[i];
    /* f(A) w lies in the last two blocks and the next; all of the basis once more, against
     * rounding. After a restart it has a part in every Ritz vector that was kept. */
    PL_TRY(project(ctx, l, at >= l->fresh + b ? at - b : 0, part));
    PL_TRY(project(ctx, l, 0, part));
    for (size_t i = 0; i < l->used; i++)
        for (size_t j = 0; j < b; j++)
            l->s.a[(at + j) * l->m + i] = part.a[i * l->m + j];
    PL_TRY(next_block(ctx, l, sqrt(before)));
done:
    return status;
}

pl_status pl_block_lanczos_ritz(pl_ctx *ctx, pl_block_lanczos *l) {
    pl_status status;
    size_t u = l->used, b = l->b;
    l->h = (pl_mat){l->h.a, u, u, u};
    for (size_t i = 0; i < u; i++)
        for (size_t j = 0; j < u; j++)
            l->h.a[i * u + j] = (l->s.a[i * l->m + j] + l->s.a[j * l->m + i]) / 2;
    PL_TRY(pl_eigen_symmetric_vectors(ctx, l->h, l->theta));
    for (size_t k = 0; k < u; k++) {
        double sum = 0;
        for (size_t i = 0; i < b; i++) { /* R times the vector's last block */
            double entry = 0;
            for (size_t j = i; j < b; j++)
                entry += l->r.a[i * b + j] * l->h.a[k * u + u - b + j];
            sum += entry * entry;
        }
        l->rest[k] = sqrt(sum);
    }
done:
    return status;
}

pl_status pl_block_lanczos_contract(pl_ctx *ctx, pl_block_lanczos *l, size_t kept) {
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
    l->used = l->fresh = kept;
done:
    pl_free(room);
    return status;
}

pl_status pl_block_lanczos_again(pl_ctx *ctx, pl_block_lanczos *l) {
    pl_status status;
    double mix[64 * PL_LANCZOS_BLOCK];
    size_t some = l->k < 64 ? l->k : 64;
    pl_stream_normals(l->stream, l->drawn, some * l->b, mix);
    l->drawn += some * l->b;
    PL_TRY(pl_block_lanczos_contract(ctx, l, some));
    PL_TRY(pl_tall_times(ctx, 1, pl_const(columns(l->v, 0, some)), (pl_cmat){mix, some, l->b, l->b},
                         0, l->w));
    l->used = l->fresh = 0;
    PL_TRY(orthonormalise(ctx, l));
done:
    return status;
}

double pl_lanczos_allowed(size_t c, size_t k, size_t loose, double tolerance, double before,
                          double value) {
    return c > 0 && c + loose >= k ? fmax(tolerance, 1e-3 * (value - before)) : tolerance;
}

pl_status pl_rayleigh_ritz(pl_ctx *ctx, const pl_operator *a, pl_mat x, size_t k, size_t loose,
                           double *values, pl_mat vectors, double *residual) {
    pl_status status;
    double *room = NULL;
    size_t n = x.rows, u = x.cols;
    PL_NEW(ctx, room, n * u + u * u + u * k + u);
    pl_mat y = {room, n, u, u}, g = {y.a + n * u, u, u, u}, turn = {g.a + u * u, u, k, k};
    double *value = turn.a + u * k;
    PL_TRY(a->apply(ctx, a->data, pl_const(x), y));
    PL_TRY(pl_tall_gram(ctx, pl_const(x), pl_const(y), g));
    for (size_t i = 0; i < u; i++)
        for (size_t j = 0; j <= i; j++)
            g.a[i * u + j] = g.a[j * u + i] = (g.a[i * u + j] + g.a[j * u + i]) / 2;
    PL_TRY(pl_eigen_symmetric_vectors(ctx, g, value));
    for (size_t i = 0; i < u; i++)
        for (size_t c = 0; c < k; c++) /* descending rows: the smallest are the last */
            turn.a[i * k + c] = g.a[(u - 1 - c) * u + i];
    PL_TRY(pl_tall_times(ctx, 1, pl_const(x), pl_const(turn), 0, vectors));
    pl_mat image = {x.a, n, k, x.ld};
    PL_TRY(pl_tall_times(ctx, 1, pl_const(y), pl_const(turn), 0, image));
    *residual = 0;
    for (size_t c = 0; c < k; c++) {
        double sum = 0;
        values[c] = value[u - 1 - c];
        for (size_t i = 0; i < n; i++) {
            double r = image.a[i * x.ld + c] - values[c] * vectors.a[i * vectors.ld + c];
            sum += r * r;
        }
        if (c + loose < k || c == 0)
            *residual = fmax(*residual, sqrt(sum));
    }
done:
    pl_free(room);
    return status;
}

/* ---- copies ---------------------------------------------------------------------------------- */

static bool maybe_copies(const double *values, size_t k, double width) {
    for (size_t i = 0, run = 1; i + 1 < k; i++) {
        double near = SAME * fabs(values[i]) + SAME_OF_WIDTH * width;
        run = values[i + 1] - values[i] <= near ? run + 1 : 1;
        if (run >= PL_LANCZOS_BLOCK)
            return true;
    }
    return false;
}

/* The k smallest of two ascending lists, the second `more` long. */
static pl_status merge(pl_ctx *ctx, double *values, pl_mat vectors, const double *other, pl_cmat x,
                       size_t more) {
    pl_status status = PL_OK;
    size_t n = vectors.rows, k = vectors.cols, *from = NULL, i = 0, j = 0;
    double *row = NULL;
    PL_NEW(ctx, row, 2 * k);
    PL_NEW(ctx, from, k);
    for (size_t c = 0; c < k; c++) {
        bool own = j == more || values[i] <= other[j];
        from[c] = own ? i++ : k + j++;
        row[c] = own ? values[from[c]] : other[from[c] - k];
    }
    memcpy(values, row, k * sizeof *row);
    for (size_t r = 0; r < n; r++) {
        double *own = vectors.a + r * vectors.ld;
        for (size_t c = 0; c < k; c++)
            row[c] = from[c] < k ? own[from[c]] : x.a[r * x.ld + from[c] - k];
        memcpy(own, row, k * sizeof *row);
    }
done:
    pl_free(row);
    pl_free(from);
    return status;
}

pl_status pl_eigen_complete(pl_ctx *ctx, const pl_eigen_run *run, pl_cmat deflate, size_t k,
                            double *values, pl_mat vectors, pl_eigen_report *out) {
    pl_status status;
    size_t n = run->n, q = deflate.cols, more = k < PL_LANCZOS_BLOCK ? k : PL_LANCZOS_BLOCK;
    double *known = NULL, *found = NULL, other[PL_LANCZOS_BLOCK];
    pl_eigen_report report = {0}, again;
    PL_TRY(run->solve(ctx, run->data, 0, deflate, k, values, vectors, &report));
    for (uint64_t attempt = 1;
         report.converged && maybe_copies(values, k, run->width) && q + k + more <= n; attempt++) {
        if (!known) {
            PL_NEW(ctx, known, n * (q + k));
            PL_NEW(ctx, found, n * more);
        }
        pl_mat left = {known, n, q + k, q + k}, x = {found, n, more, more};
        for (size_t i = 0; i < n; i++) {
            for (size_t c = 0; c < q; c++)
                left.a[i * left.ld + c] = deflate.a[i * deflate.ld + c];
            for (size_t c = 0; c < k; c++)
                left.a[i * left.ld + q + c] = vectors.a[i * vectors.ld + c];
        }
        PL_TRY(run->solve(ctx, run->data, attempt, pl_const(left), more, other, x, &again));
        report.iterations += again.iterations;
        report.products += again.products;
        report.residual = fmax(report.residual, again.residual);
        report.converged = again.converged; /* otherwise it is not known whether some are missing */
        double near = 1e-3 * (SAME * fabs(values[k - 1]) + SAME_OF_WIDTH * run->width);
        if (!again.converged || other[0] >= values[k - 1] - near) /* nothing smaller is left */
            break;
        PL_TRY(merge(ctx, values, vectors, other, pl_const(x), more));
    }
    *out = report;
done:
    pl_free(known);
    pl_free(found);
    return status;
}
