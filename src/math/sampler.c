#include "math/sampler.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

static pl_status check(pl_ctx *ctx, size_t d, double kappa) {
    if (d < 2)
        return pl_fail(ctx, PL_EDOMAIN, "points on a sphere of dimension d = %zu, expected >= 2",
                       d);
    if (!(kappa >= 0) || !isfinite(kappa))
        return pl_fail(ctx, PL_EDOMAIN, "concentration kappa is %g, expected >= 0", kappa);
    return PL_OK;
}

/* A uniform direction in n dimensions from words `first` on; n = 1: a sign. */
static void direction(pl_stream s, uint64_t first, size_t n, double *out) {
    double square = 0;
    pl_stream_normals(s, first, n, out);
    for (size_t j = 0; j < n; j++)
        square += out[j] * out[j];
    for (size_t j = 0; j < n; j++)
        out[j] /= sqrt(square);
}

/* w = u.mean by rejection from a Beta envelope. Words of the row: d - 1 for the direction across
 * the mean, then two a try. b = (d-1)/(2k + sqrt(4k^2 + (d-1)^2)), the form that does not cancel.
 */
static double wood(pl_stream s, size_t d, double kappa) {
    double m = (double)d - 1, b = m / (2 * kappa + sqrt(4 * kappa * kappa + m * m));
    double x0 = (1 - b) / (1 + b), c = kappa * x0 + m * log1p(-x0 * x0);
    for (uint64_t k = d - 1;; k += 2) {
        double z = gsl_cdf_beta_Pinv(pl_stream_open_uniform(s, k), m / 2, m / 2);
        double w = (1 - (1 + b) * z) / (1 - (1 - b) * z);
        if (kappa * w + m * log1p(-x0 * w) - c >= log(pl_stream_open_uniform(s, k + 1)))
            return w;
    }
}

/* Row with first coordinate w along e1, turned by the Householder map that takes e1 to mean. */
static void place(pl_stream s, size_t d, double kappa, const double *mean, double *out) {
    double w = wood(s, d, kappa), across = sqrt(fmax(0, 1 - w * w));
    direction(s, 0, d - 1, out + 1);
    out[0] = w;
    for (size_t j = 1; j < d; j++)
        out[j] *= across;
    if (!mean)
        return;
    /* h = e1 - mean; x - 2 h (h.x)/(h.h), h.h = 2 (1 - mean_0) */
    double hh = 2 * (1 - mean[0]), hx = out[0];
    if (hh < 1e-300)
        return;
    for (size_t j = 0; j < d; j++)
        hx -= mean[j] * out[j];
    double factor = 2 * hx / hh;
    out[0] -= factor;
    for (size_t j = 0; j < d; j++)
        out[j] += factor * mean[j];
}

static pl_status sample(pl_ctx *ctx, pl_stream stream, const double *means, size_t step,
                        double kappa, pl_mat out) {
    pl_status status = check(ctx, out.cols, kappa);
    if (status)
        return status;
#pragma omp parallel for num_threads(pl_threads(ctx)) schedule(static) if (out.rows > 64)
    for (size_t i = 0; i < out.rows; i++) {
        pl_stream row = {stream.seed, stream.stream, stream.row + i};
        double *x = out.a + i * out.ld;
        if (kappa == 0)
            direction(row, 0, out.cols, x);
        else
            place(row, out.cols, kappa, means ? means + i * step : NULL, x);
    }
    return PL_OK;
}

pl_status pl_sample_sphere(pl_ctx *ctx, pl_stream stream, pl_mat out) {
    return sample(ctx, stream, NULL, 0, 0, out);
}

pl_status pl_sample_vmf(pl_ctx *ctx, pl_stream stream, const double *mean, double kappa,
                        pl_mat out) {
    return sample(ctx, stream, mean, 0, kappa, out);
}

pl_status pl_sample_vmf_around(pl_ctx *ctx, pl_stream stream, pl_cmat means, double kappa,
                               pl_mat out) {
    if (means.rows != out.rows || means.cols != out.cols)
        return pl_fail(ctx, PL_ESHAPE, "%zu x %zu mean directions for %zu x %zu points", means.rows,
                       means.cols, out.rows, out.cols);
    return sample(ctx, stream, means.a, means.ld, kappa, out);
}
