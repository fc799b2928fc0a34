#include "math/sampler.h"

#include <math.h>

static const double UNIT = 1e-6; /* a mean direction may be off unit norm by that much */

static pl_status check(pl_ctx *ctx, pl_cmat means, double kappa, pl_mat out) {
    if (out.cols < 2)
        return pl_fail(ctx, PL_EDOMAIN, "points on a sphere of dimension d = %zu, expected >= 2",
                       out.cols);
    if (!(kappa >= 0) || !isfinite(kappa))
        return pl_fail(ctx, PL_EDOMAIN, "concentration kappa is %g, expected >= 0 and finite",
                       kappa);
    for (size_t i = 0; i < means.rows; i++) {
        double square = 0;
        for (size_t j = 0; j < means.cols; j++)
            square += means.a[i * means.ld + j] * means.a[i * means.ld + j];
        if (!(fabs(sqrt(square) - 1) <= UNIT))
            return pl_fail(ctx, PL_EDOMAIN,
                           "mean direction %zu has norm %g, expected 1; normalise it", i,
                           sqrt(square));
    }
    return PL_OK;
}

/* A uniform direction in n dimensions from words `first` on; n = 1: a sign. */
static void direction(pl_stream s, uint64_t first, size_t n, double *out) {
    double square = 0;
    pl_stream_normals(s, first, n, out);
    for (size_t j = 0; j < n; j++)
        square += out[j] * out[j];
    double norm = sqrt(square);
    for (size_t j = 0; j < n; j++)
        out[j] /= norm;
}

/* One coordinate of a uniform point on S^{d-1}, Ulrich (1984): the projection on a plane has radius
 * squared 1 - U^{2/(d-2)} and a uniform angle. (1 + s)/2 is Beta((d-1)/2, (d-1)/2). */
static double coordinate(double d, double u, double turn) {
    double radius = d > 2 ? sqrt(-expm1(2 / (d - 2) * log(u))) : 1;
    return radius * cos(2 * M_PI * turn);
}

/* v = 1 - u.mean by Wood's rejection. With z = (1 + s)/2 from the Beta envelope,
 * w = (1 - (1+b) z)/(1 - (1-b) z), accepted when
 * kappa w + (d-1) log(1 - x0 w) - kappa x0 - (d-1) log(1 - x0^2) >= log U, x0 = (1-b)/(1+b),
 * b = (d-1)/(2 kappa + sqrt(4 kappa^2 + (d-1)^2)). All of it in 1 - w and 1 - x0, which keep their
 * digits when kappa is large. Words of the row: d - 1 for the direction across the mean, then three
 * a try. */
static double wood(pl_stream stream, size_t d, double kappa) {
    double m = (double)d - 1, b = m / (2 * kappa + hypot(2 * kappa, m));
    double y0 = 2 * b / (1 + b), x0 = (1 - b) / (1 + b);
    for (uint64_t k = d - 1;; k += 3) {
        double s = coordinate((double)d, pl_stream_open_uniform(stream, k),
                              pl_stream_uniform(stream, k + 1));
        double v = 2 * b * (1 + s) / ((1 - s) + b * (1 + s));
        double log_ratio = kappa * (y0 - v) + m * log((y0 + x0 * v) / (y0 * (1 + x0)));
        if (log_ratio >= log(pl_stream_open_uniform(stream, k + 2)))
            return v;
    }
}

/* Row with first coordinate 1 - v along e1, turned so that e1 comes to lie on the mean: the
 * reflection across h = e1 + sign mean takes e1 to -sign mean, and sign is chosen so that h is
 * never short. */
static void place(pl_stream s, size_t d, double kappa, const double *mean, double *out) {
    double v = wood(s, d, kappa), across = sqrt(v * (2 - v));
    direction(s, 0, d - 1, out + 1);
    out[0] = 1 - v;
    for (size_t j = 1; j < d; j++)
        out[j] *= across;
    if (!mean)
        return;
    double sign = mean[0] < 0 ? -1 : 1, hh = 1 + 2 * sign * mean[0], hx = out[0];
    for (size_t j = 0; j < d; j++) {
        hh += mean[j] * mean[j];
        hx += sign * mean[j] * out[j];
    }
    double factor = 2 * hx / hh;
    out[0] -= factor;
    for (size_t j = 0; j < d; j++)
        out[j] = -sign * (out[j] - factor * sign * mean[j]);
}

static pl_status sample(pl_ctx *ctx, pl_stream stream, pl_cmat means, double kappa, pl_mat out) {
    pl_status status = check(ctx, means, kappa, out);
    if (status)
        return status;
    size_t step = means.rows > 1 ? means.ld : 0; /* one mean direction serves all rows */
#pragma omp parallel for num_threads(pl_threads(ctx)) schedule(static) if (out.rows > 64)
    for (size_t i = 0; i < out.rows; i++) {
        pl_stream row = {stream.seed, stream.stream, stream.row + i};
        double *x = out.a + i * out.ld;
        if (kappa == 0)
            direction(row, 0, out.cols, x);
        else
            place(row, out.cols, kappa, means.a ? means.a + i * step : NULL, x);
    }
    return PL_OK;
}

pl_status pl_sample_sphere(pl_ctx *ctx, pl_stream stream, pl_mat out) {
    return sample(ctx, stream, (pl_cmat){0}, 0, out);
}

pl_status pl_sample_vmf(pl_ctx *ctx, pl_stream stream, const double *mean, double kappa,
                        pl_mat out) {
    return sample(ctx, stream, (pl_cmat){mean, mean ? 1 : 0, out.cols, out.cols}, kappa, out);
}

pl_status pl_sample_vmf_around(pl_ctx *ctx, pl_stream stream, pl_cmat means, double kappa,
                               pl_mat out) {
    if (means.rows != out.rows || means.cols != out.cols)
        return pl_fail(ctx, PL_ESHAPE, "%zu x %zu mean directions for %zu x %zu points", means.rows,
                       means.cols, out.rows, out.cols);
    return sample(ctx, stream, means, kappa, out);
}
