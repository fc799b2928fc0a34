/* The proof of WANG20's Theorem 2 needs -f'(t) = (1/2tau)/(1 + e^{t/2tau}) to be completely
 * monotone and states derivatives of one sign, n!/(2tau)^{n+1} (1 + e^{-t/2tau})^{-(n+1)}. The
 * third derivative has the other sign for t < 2tau log(2 + sqrt 3) (theory notes, THM2). */

#include <math.h>

#include "bounds/bounds.h"

static const pl_option options[] = {
    {"tau", PL_OPT_REAL, "0.5", 1e-3, 1e3, NULL, NULL, "temperature", 0},
    {"t", PL_OPT_LIST, "0,0.25,0.5,1,1.25", 0, 1e6, NULL, "LIST", "squared distances", 0},
    {0}};

static const pl_column columns[] = {
    {"t", "1", "argument, a squared distance", false},
    {"third_derivative", "1", "of -f' = (1/2tau)/(1 + e^{t/2tau})", false},
    {"difference_quotient", "1", "the same by central differences", false},
    {"printed", "1", "what the paper's formula gives for it", false},
    {0}};

/* h(x) = 1/(1 + e^x): h''' = -h (1-h) (1 - 6 h (1-h)). */
static double third(double x) {
    double h = 1 / (1 + exp(x)), p = h * (1 - h);
    return -p * (1 - 6 * p);
}

static double second(double x) { /* h'' = h (1-h) (1 - 2h) */
    double h = 1 / (1 + exp(x));
    return h * (1 - h) * (1 - 2 * h);
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status = PL_OK;
    size_t count;
    double width = 2 * pl_option_real(o, "tau"), step = 1e-3;
    const double *t = pl_option_list(o, "t", &count);
    for (size_t i = 0; i < count; i++) {
        double x = t[i] / width, scale = pow(width, -4);
        double quotient = (8 * (second(x + step) - second(x - step)) -
                           (second(x + 2 * step) - second(x - 2 * step))) /
                          (12 * step);
        double printed = -6 * pow(1 + exp(-x), -4); /* (-1)^3 n!, n = 3 */
        PL_TRY(pl_table_add(
            ctx, out, (double[]){t[i], scale * third(x), scale * quotient, scale * printed}, NULL));
    }
    PL_TRY(pl_table_summarise(ctx, out, "threshold", "1",
                              "2 tau log(2 + sqrt 3): below it the sign is wrong",
                              width * log(2 + sqrt(3))));
done:
    return status;
}

const pl_program pl_bounds_monotonicity = {
    .name = "monotonicity",
    .summary = "is the kernel of one negative completely monotone? its third derivative",
    .details = "Complete monotonicity needs a third derivative of at most 0.",
    .source = "WANG20, proof of Theorem 2",
    .options = options,
    .columns = columns,
    .run = run};
