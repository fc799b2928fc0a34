#include "ssl/triplet_losses.h"

#include <math.h>
#include <string.h>

static double half_square(const double *a, const double *b, size_t d) {
    double square = 0;
    for (size_t k = 0; k < d; k++)
        square += (a[k] - b[k]) * (a[k] - b[k]);
    return square / 2;
}

/* An anchor's loss; r[0] = r_+, r[h] = r_h become the derivatives with respect to them. */
static double anchor(const pl_triplet *loss, double *r) {
    double share = 1 / (double)loss->negatives, value = 0, pull = 0, tau = loss->tau;
    size_t H = loss->negatives;
    if (loss->kind == PL_TRIPLET_NCE) { /* a softmax over -r/tau */
        double least = r[0], sum = 0, positive = r[0];
        for (size_t h = 1; h <= H; h++)
            least = fmin(least, r[h]);
        for (size_t h = 0; h <= H; h++)
            sum += r[h] = exp((least - r[h]) / tau);
        for (size_t h = 0; h <= H; h++)
            r[h] /= -sum;
        r[0] += 1;
        return positive - least + tau * log(sum);
    }
    for (size_t h = 1; h <= H; h++) {
        double gap = r[0] - r[h], slope = 1;
        if (loss->kind == PL_TRIPLET_TRI) {
            double x = (gap + loss->r0) / tau;
            gap = tau * (fmax(x, 0) + log1p(exp(-fabs(x))));
            slope = x > 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x));
        }
        value += share * gap;
        pull += share * slope;
        r[h] = -share * slope;
    }
    r[0] = pull;
    return value;
}

/* dr/da = a - b, dr/db = b - a. */
static void add_pair(const double *a, const double *b, size_t d, double weight, double *grad_a,
                     double *grad_b) {
    for (size_t k = 0; k < d; k++) {
        grad_a[k] += weight * (a[k] - b[k]);
        grad_b[k] -= weight * (a[k] - b[k]);
    }
}

static void clear(pl_mat m) {
    for (size_t i = 0; i < m.rows; i++)
        memset(m.a + i * m.ld, 0, m.cols * sizeof *m.a);
}

static pl_status check(pl_ctx *ctx, const pl_triplet *loss, pl_cmat x, pl_cmat y) {
    if (x.rows != y.rows || x.cols != y.cols)
        return pl_fail(ctx, PL_ESHAPE,
                       "triplets: x is %zu x %zu and y %zu x %zu, expected one shape", x.rows,
                       x.cols, y.rows, y.cols);
    if (loss->negatives < 1 || loss->negatives >= x.rows)
        return pl_fail(ctx, PL_ESHAPE, "triplets: %zu negatives of %zu pairs, expected 1 to %zu",
                       loss->negatives, x.rows, x.rows ? x.rows - 1 : 0);
    if (!(loss->tau > 0) || !isfinite(loss->tau) || !isfinite(loss->r0))
        return pl_fail(ctx, PL_EDOMAIN,
                       "triplets: tau is %g and r0 %g, expected tau > 0 and a "
                       "finite r0",
                       loss->tau, loss->r0);
    return PL_OK;
}

pl_status pl_triplet_loss(pl_ctx *ctx, const pl_triplet *loss, pl_cmat x, pl_cmat y, double *value,
                          pl_mat grad_x, pl_mat grad_y) {
    pl_status status;
    size_t n = x.rows, d = x.cols;
    double *r = NULL, sum = 0;
    PL_TRY(check(ctx, loss, x, y));
    PL_NEW(ctx, r, loss->negatives + 1);
    if (grad_x.a) {
        clear(grad_x);
        clear(grad_y);
    }
    for (size_t i = 0; i < n; i++) {
        const double *a = x.a + i * x.ld;
        for (size_t h = 0; h <= loss->negatives; h++)
            r[h] = half_square(a, y.a + (i + h) % n * y.ld, d);
        sum += anchor(loss, r);
        for (size_t h = 0; grad_x.a && h <= loss->negatives; h++) {
            size_t j = (i + h) % n;
            add_pair(a, y.a + j * y.ld, d, r[h] / (double)n, grad_x.a + i * grad_x.ld,
                     grad_y.a + j * grad_y.ld);
        }
    }
    *value = sum / (double)n;
done:
    pl_free(r);
    return status;
}
