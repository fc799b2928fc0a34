#include "ssl/moment_losses.h"

#include <cblas.h>

#include "math/product.h"

static double inner_product(pl_cmat a, pl_cmat b) {
    double sum = 0;
    for (size_t i = 0; i < a.rows; i++)
        sum += cblas_ddot((int)a.cols, a.a + i * a.ld, 1, b.a + i * b.ld, 1);
    return sum;
}

static bool is(pl_cmat m, size_t rows, size_t cols) {
    return m.rows == rows && m.cols == cols;
}

static bool is_or_none(pl_mat m, size_t rows, size_t cols) {
    return !m.a || is(pl_const(m), rows, cols);
}

static pl_status sizes_of(pl_ctx *ctx, const size_t *group, size_t n, size_t groups, size_t *size) {
    for (size_t i = 0; i < n; i++) {
        if (group[i] >= groups)
            return pl_fail(ctx, PL_EDOMAIN, "row %zu is of group %zu, expected 0 to %zu", i,
                           group[i], groups - 1);
        size[group[i]]++;
    }
    for (size_t c = 0; c < groups; c++)
        if (size[c] == 0)
            return pl_fail(ctx, PL_EDOMAIN,
                           "group %zu of %zu has no row; number the groups without gaps", c,
                           groups);
    return PL_OK;
}

pl_status pl_second_moment(pl_ctx *ctx, pl_cmat x, pl_mat q) {
    if (x.rows == 0 || !is(pl_const(q), x.cols, x.cols))
        return pl_fail(ctx, PL_ESHAPE, "second moment of %zu x %zu into %zu x %zu", x.rows, x.cols,
                       q.rows, q.cols);
    cblas_dsyrk(CblasRowMajor, CblasUpper, CblasTrans, (int)x.cols, (int)x.rows, 1 / (double)x.rows,
                x.a, (int)x.ld, 0, q.a, (int)q.ld);
    for (size_t i = 0; i < q.rows; i++)
        for (size_t j = 0; j < i; j++)
            q.a[i * q.ld + j] = q.a[j * q.ld + i];
    return PL_OK;
}

pl_status pl_group_moment(pl_ctx *ctx, pl_cmat x, const size_t *group, size_t groups, pl_mat p) {
    pl_status status;
    size_t *size = NULL;
    double *mean = NULL;
    if (!is(pl_const(p), x.cols, x.cols))
        return pl_fail(ctx, PL_ESHAPE, "group moment of %zu x %zu into %zu x %zu", x.rows, x.cols,
                       p.rows, p.cols);
    size_t count;
    if (!pl_size_mul(groups, x.cols, &count))
        return pl_fail(ctx, PL_ESHAPE, "%zu groups of dimension %zu", groups, x.cols);
    PL_NEW(ctx, size, groups);
    PL_NEW(ctx, mean, count);
    PL_TRY(sizes_of(ctx, group, x.rows, groups, size));
    for (size_t i = 0; i < x.rows; i++)
        cblas_daxpy((int)x.cols, 1 / (double)size[group[i]], x.a + i * x.ld, 1,
                    mean + group[i] * x.cols, 1);
    PL_TRY(pl_second_moment(ctx, (pl_cmat){mean, groups, x.cols, x.cols}, p));
done:
    pl_free(size);
    pl_free(mean);
    return status;
}

pl_status pl_group_pairs(pl_ctx *ctx, const size_t *group, size_t n, size_t groups, pl_mat s) {
    pl_status status;
    size_t *size = NULL;
    if (!is(pl_const(s), n, n))
        return pl_fail(ctx, PL_ESHAPE, "pairs of %zu rows into %zu x %zu", n, s.rows, s.cols);
    PL_NEW(ctx, size, groups);
    PL_TRY(sizes_of(ctx, group, n, groups, size));
    for (size_t i = 0; i < n; i++) {
        double square = (double)size[group[i]] * (double)size[group[i]];
        for (size_t j = 0; j < n; j++)
            s.a[i * s.ld + j] = group[i] == group[j] ? (double)n / (double)groups / square : 0;
    }
done:
    pl_free(size);
    return status;
}

pl_status pl_moment_loss(pl_ctx *ctx, pl_cmat w, pl_cmat p, pl_cmat q, double *loss,
                         pl_mat gradient) {
    pl_status status = PL_OK;
    size_t rows = w.rows, d = w.cols, count, square;
    double *wq = NULL, *wp = NULL, *gram = NULL;
    if (!is(p, d, d) || !is(q, d, d) || !is_or_none(gradient, rows, d) ||
        !pl_size_mul(rows, d, &count) || !pl_size_mul(rows, rows, &square))
        return pl_fail(ctx, PL_ESHAPE, "W is %zu x %zu, P %zu x %zu, Q %zu x %zu", rows, d, p.rows,
                       p.cols, q.rows, q.cols);
    PL_NEW(ctx, wq, count);
    PL_NEW(ctx, wp, count);
    PL_NEW(ctx, gram, square);
    pl_mat a = {wq, rows, d, d}, attraction = {wp, rows, d, d}, b = {gram, rows, rows, rows};
    PL_TRY(pl_product(ctx, 1, w, false, q, false, 0, a));
    PL_TRY(pl_product(ctx, 1, w, false, p, false, 0, attraction));
    PL_TRY(pl_product(ctx, 1, pl_const(a), false, w, true, 0, b));
    *loss = -2 * inner_product(pl_const(attraction), w) + inner_product(pl_const(b), pl_const(b));
    if (gradient.a) {
        PL_TRY(pl_product(ctx, 4, pl_const(b), false, pl_const(a), false, 0, gradient));
        for (size_t i = 0; i < rows; i++)
            cblas_daxpy((int)d, -4, wp + i * d, 1, gradient.a + i * gradient.ld, 1);
    }
done:
    pl_free(wq);
    pl_free(wp);
    pl_free(gram);
    return status;
}

pl_status pl_pair_loss(pl_ctx *ctx, pl_cmat f, pl_cmat positive, pl_cmat negative, double *loss,
                       pl_mat gradient) {
    pl_status status = PL_OK;
    size_t n = f.rows, square;
    double *c = NULL;
    if (!is(positive, n, n) || !is(negative, n, n) || !is_or_none(gradient, n, f.cols) ||
        !pl_size_mul(n, n, &square))
        return pl_fail(ctx, PL_ESHAPE, "F is %zu x %zu, weights %zu x %zu and %zu x %zu", n, f.cols,
                       positive.rows, positive.cols, negative.rows, negative.cols);
    PL_NEW(ctx, c, square);
    pl_mat weights = {c, n, n, n};
    PL_TRY(pl_product(ctx, 1, f, false, f, true, 0, weights));
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            double s = c[i * n + j], nu = negative.a[i * negative.ld + j];
            double pi = positive.a[i * positive.ld + j];
            sum += s * (nu * s - 2 * pi);
            c[i * n + j] = 4 * (nu * s - pi); /* dL/dF = 4 (Nu o C - Pi) F */
        }
    *loss = sum;
    if (gradient.a)
        PL_TRY(pl_product(ctx, 1, pl_const(weights), false, f, false, 0, gradient));
done:
    pl_free(c);
    return status;
}

pl_status pl_spectral_batch_loss(pl_ctx *ctx, pl_cmat za, pl_cmat zb, double *loss, pl_mat ga,
                                 pl_mat gb) {
    pl_status status = PL_OK;
    size_t b = za.rows, square;
    double *g = NULL;
    if (b < 2 || !is(zb, b, za.cols) || !is_or_none(ga, b, za.cols) ||
        !is_or_none(gb, b, za.cols) || !pl_size_mul(b, b, &square))
        return pl_fail(ctx, PL_ESHAPE,
                       "views of %zu x %zu and %zu x %zu, expected the same and "
                       "at least two rows",
                       b, za.cols, zb.rows, zb.cols);
    PL_NEW(ctx, g, square);
    pl_mat weights = {g, b, b, b};
    double pull = 2 / (double)b, push = 1 / ((double)b * (double)(b - 1)), sum = 0;
    PL_TRY(pl_product(ctx, 1, za, false, zb, true, 0, weights));
    for (size_t i = 0; i < b; i++)
        for (size_t j = 0; j < b; j++) {
            double *s = &g[i * b + j];
            sum += i == j ? -pull * *s : push * *s * *s;
            *s = i == j ? -pull : 2 * push * *s; /* dL/dG */
        }
    *loss = sum;
    if (ga.a)
        PL_TRY(pl_product(ctx, 1, pl_const(weights), false, zb, false, 0, ga));
    if (gb.a)
        PL_TRY(pl_product(ctx, 1, pl_const(weights), true, za, false, 0, gb));
done:
    pl_free(g);
    return status;
}
