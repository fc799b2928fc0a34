#include "ssl/supervised_losses.h"

#include <math.h>

#include "math/product.h"
#include "math/stats.h"

/* Anchor i's term; its row of S becomes dL/dS. `term` has room for the row. */
static double supcon_anchor(size_t i, const size_t *label, size_t n, double alpha, double *row) {
    double most = -INFINITY, positives = 0, attraction = 0, sum = 0;
    for (size_t k = 0; k < n; k++) {
        if (k == i)
            continue;
        most = fmax(most, row[k]);
        if (label[k] == label[i]) {
            positives++;
            attraction += row[k];
        }
    }
    if (positives == 0) {
        for (size_t k = 0; k < n; k++)
            row[k] = 0;
        return 0;
    }
    for (size_t k = 0; k < n; k++) {
        row[k] = k == i ? 0 : exp(alpha * (row[k] - most));
        sum += row[k];
    }
    for (size_t k = 0; k < n; k++) {
        double pull = k != i && label[k] == label[i] ? 1 / positives : 0;
        row[k] = alpha / (double)n * (row[k] / sum - pull);
    }
    return alpha * (most - attraction / positives) + log(sum);
}

pl_status pl_supcon_loss(pl_ctx *ctx, pl_cmat z, const size_t *label, double alpha, double *value,
                         pl_mat gradient) {
    pl_status status = PL_OK;
    double *s = NULL, *term = NULL;
    size_t n = z.rows, size;
    if (n < 2 || !pl_size_mul(n, n, &size))
        return pl_fail(ctx, PL_ESHAPE, "supcon: %zu rows, at least 2 are needed", n);
    if (!(alpha > 0) || !isfinite(alpha))
        return pl_fail(ctx, PL_EDOMAIN, "supcon: alpha = 1/tau is %g, expected > 0", alpha);
    PL_NEW(ctx, s, size);
    PL_NEW(ctx, term, n);
    pl_mat g = {s, n, n, n};
    PL_TRY(pl_product(ctx, 1, z, false, z, true, 0, g));
#pragma omp parallel for num_threads(pl_threads(ctx)) schedule(static)
    for (size_t i = 0; i < n; i++)
        term[i] = supcon_anchor(i, label, n, alpha, s + i * n);
    if (gradient.a) {
        PL_TRY(pl_product(ctx, 1, pl_const(g), false, z, false, 0, gradient));
        PL_TRY(pl_product(ctx, 1, pl_const(g), true, z, false, 1, gradient));
    }
    *value = pl_mean(term, n);
done:
    pl_free(s);
    pl_free(term);
    return status;
}

/* Images of every class that a batch holds: size[i] of the class of row i; *classes of them. */
static void class_sizes(const size_t *label, size_t n, size_t *size, size_t *classes) {
    *classes = 0;
    for (size_t i = 0; i < n; i++) {
        bool first = true;
        for (size_t k = 0; k < n; k++) {
            size[i] += label[k] == label[i];
            first = first && (k >= i || label[k] != label[i]);
        }
        *classes += first;
    }
}

pl_status pl_spectral_joint_loss(pl_ctx *ctx, pl_cmat za, pl_cmat zb, const size_t *label,
                                 double beta, double *value, pl_mat ga, pl_mat gb) {
    pl_status status = PL_OK;
    double *s = NULL, *term = NULL;
    size_t *size = NULL, n = za.rows, count, classes;
    if (n < 2 || zb.rows != n || zb.cols != za.cols || !pl_size_mul(n, n, &count))
        return pl_fail(ctx, PL_ESHAPE,
                       "spectral loss: views of %zu x %zu and %zu x %zu, expected one shape of at "
                       "least 2 rows",
                       n, za.cols, zb.rows, zb.cols);
    if (!(beta >= 0 && beta <= 1))
        return pl_fail(ctx, PL_EDOMAIN, "spectral loss: beta is %g, expected 0 to 1", beta);
    PL_NEW(ctx, s, count);
    PL_NEW(ctx, term, n);
    PL_NEW(ctx, size, n);
    class_sizes(label, n, size, &classes);
    pl_mat g = {s, n, n, n};
    double b = (double)n, apart = 1 / (b * (b - 1));
    PL_TRY(pl_product(ctx, 1, za, false, zb, true, 0, g));
#pragma omp parallel for num_threads(pl_threads(ctx)) schedule(static)
    for (size_t i = 0; i < n; i++) {
        double *row = s + i * n,
               of_class = beta / ((double)classes * (double)size[i] * (double)size[i]);
        for (size_t j = 0; j < n; j++) {
            double pi = (label[j] == label[i] ? of_class : 0) + (j == i ? (1 - beta) / b : 0);
            double nu = j == i ? 0 : apart;
            term[i] += row[j] * (nu * row[j] - 2 * pi);
            row[j] = 2 * (nu * row[j] - pi);
        }
    }
    if (ga.a)
        PL_TRY(pl_product(ctx, 1, pl_const(g), false, zb, false, 0, ga));
    if (gb.a)
        PL_TRY(pl_product(ctx, 1, pl_const(g), true, za, false, 0, gb));
    *value = pl_sum(term, n);
done:
    pl_free(s);
    pl_free(term);
    pl_free(size);
    return status;
}
