/* LEE25, closed forms against the concentration of von Mises-Fisher views: the attraction gap
 * A - A^2, the probability of its violation, the repulsion gap of n classes at the vertices of a
 * simplex, and the prototype bias with what a finite number of views adds to it. */

#include <math.h>

#include "bounds/bounds.h"
#include "math/sphere.h"
#include "math/zonal.h"

static const pl_option options[] = {
    {"concentration", PL_OPT_LIST, "1..1024", 1e-3, 1e6, NULL, "LIST",
     "K of views around their image, and of features around their class; a..b doubles", 0},
    {"dim", PL_OPT_INT, "128", 2, 4096, NULL, NULL, "dimension", 0},
    {"classes", PL_OPT_INT, "10", 2, 4096, NULL, NULL, "classes n, at most dim + 1", 0},
    {"alpha", PL_OPT_REAL, "2", 1e-6, 1e6, NULL, NULL, "inverse temperature", 0},
    {"class-law", PL_OPT_REAL, "100", 1e-3, 1e6, NULL, "KC",
     "prototype bias: concentration of images around their class", 0},
    {"views", PL_OPT_INT, "8", 1, 1e6, NULL, "V", "prototype bias: views of an image", 0},
    {0}};

static const pl_column columns[] = {
    {"concentration", "1", "K", false},
    {"attraction_gap", "1", "A - A^2, mean gap of the attraction bound", false},
    {"violation_probability", "1", "P(z.mu < 0): where the pointwise attraction bound fails",
     false},
    {"repulsion_gap", "1", "gap of the repulsion bound at a class mean", false},
    {"margin", "1", "1 + 1/(n-1), which the repulsion gap cannot fall below", false},
    {"prb_2", "1", "A^2 (1 - A_c^2), squared prototype bias", false},
    {"plug_in", "1", "the same from V views, (1 - A^2)/V too large", false},
    {"attraction_bound", "1", "-A^2", false},
    {"supervised_attraction", "1", "-A A_c; the bound needs A <= A_c to lie above it", false},
    {0}};

/* The closed form of repulsion.c's population, at z = mu_1. */
static double repulsion_gap(double d, double n, double k, double alpha) {
    double far = -1 / (n - 1), log_c = pl_log_c(d, k);
    double own = pl_log_c(d, alpha + k) - log_c;
    double other = pl_log_c(d, sqrt(alpha * alpha + k * k + 2 * alpha * k * far)) - log_c;
    double top = fmax(own, other);
    double sum = top + log(exp(own - top) + (n - 1) * exp(other - top));
    return sum / (pl_resultant(d, k) * alpha) - far;
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status = PL_OK;
    size_t count, dim = (size_t)pl_option_int(o, "dim");
    const double *list = pl_option_list(o, "concentration", &count);
    double d = (double)dim, n = (double)pl_option_int(o, "classes"), negative;
    double alpha = pl_option_real(o, "alpha"), views = (double)pl_option_int(o, "views");
    double c = pl_resultant(d, pl_option_real(o, "class-law"));
    if (n > d + 1)
        return pl_fail(ctx, PL_EDOMAIN, "%.0f classes have no simplex in dimension %.0f", n, d);
    for (size_t i = 0; i < count; i++) {
        double a = pl_resultant(d, list[i]), prb = a * a * (1 - c * c);
        PL_TRY(pl_far_hemisphere(ctx, dim, list[i], &negative));
        PL_TRY(pl_table_add(ctx, out,
                            (double[]){list[i], a - a * a, negative,
                                       repulsion_gap(d, n, list[i], alpha), n / (n - 1), prb,
                                       prb + (1 - a * a) / views, -a * a, -a * c},
                            NULL));
    }
done:
    return status;
}

const pl_program pl_bounds_concentration = {
    .name = "concentration",
    .summary = "closed forms of gaps and prototype bias against the concentration of views",
    .source = "LEE25 (derived here: LEE25.THM1, THM2, PRB.CF)",
    .options = options,
    .columns = columns,
    .run = run};
