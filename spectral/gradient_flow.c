/* Scalar gradient flow of the spectral contrastive loss (theory notes, GDLOG): one feature with
 * P = a, Q = b obeys dw/dt = 4 w (a - b^2 w^2), so that s = w^2 is logistic,
 *     s(t) = (a/b^2) / (1 + (a/(b^2 s_0) - 1) e^{-8 a t}).
 * Beside it Runge-Kutta of order 4, and gradient descent of step eta at t = eta n. */

#include <math.h>

#include "spectral/spectral.h"

static const pl_option options[] = {
    {"a", PL_OPT_REAL, "1.3", 1e-9, 1e6, NULL, NULL, "attraction P", 0},
    {"b", PL_OPT_REAL, "0.9", 1e-9, 1e6, NULL, NULL, "repulsion Q", 0},
    {"start", PL_OPT_REAL, "0.0001", 1e-300, 1e6, NULL, "s0", "s at t = 0", 0},
    {"time", PL_OPT_REAL, "2", 1e-9, 1e6, NULL, "t", "last time", 0},
    {"points", PL_OPT_INT, "20", 1, 1e6, NULL, NULL, "rows", 0},
    {"substeps", PL_OPT_INT, "1000", 1, 1e8, NULL, NULL, "Runge-Kutta and descent steps per row",
     0},
    {0}};

static const pl_column columns[] = {{"time", "1", "t", false},
                                    {"closed_form", "1", "s(t)", false},
                                    {"runge_kutta", "1", "w^2 by Runge-Kutta", false},
                                    {"descent", "1", "w^2 by gradient descent", false},
                                    {0}};

static double slope(double w, double a, double b) {
    return 4 * w * (a - b * b * w * w);
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status = PL_OK;
    double a = pl_option_real(o, "a"), b = pl_option_real(o, "b");
    double s0 = pl_option_real(o, "start"), last = pl_option_real(o, "time");
    long long points = pl_option_int(o, "points"), substeps = pl_option_int(o, "substeps");
    double h = last / (double)points / (double)substeps, w = sqrt(s0), v = w;
    double limit = a / (b * b);
    for (long long i = 0; i <= points; i++) {
        double t = last * (double)i / (double)points;
        double s = limit / (1 + (limit / s0 - 1) * exp(-8 * a * t));
        PL_TRY(pl_table_add(ctx, out, (double[]){t, s, w * w, v * v}, NULL));
        for (long long k = 0; k < substeps; k++) {
            double k1 = slope(w, a, b), k2 = slope(w + h / 2 * k1, a, b);
            double k3 = slope(w + h / 2 * k2, a, b), k4 = slope(w + h * k3, a, b);
            w += h / 6 * (k1 + 2 * k2 + 2 * k3 + k4);
            v += h * slope(v, a, b);
        }
    }
done:
    return status;
}

const pl_program pl_spectral_gradient_flow = {
    .name = "gradient-flow",
    .summary = "how one feature is learned: the logistic curve",
    .source = "derived here: GDLOG (gradient flow of XUE23 sec. 4.2)",
    .options = options,
    .columns = columns,
    .run = run};
