/* Alignment and mean distances of pairs on the sphere: WANG20, Theorem 1 item 1 (the first term is
 * least for aligned pairs) and the remark that average distances are as large for any law of zero
 * mean, which is true of squared distances only (theory notes, THM1.1 and EUCL). */

#include <math.h>
#include <string.h>

#include "bounds/bounds.h"
#include "math/sphere.h"
#include "math/zonal.h"

static const pl_option options[] = {
    {"dim", PL_OPT_LIST, "2,3,128", 2, 1e5, NULL, "LIST", "dimensions d", 0},
    {"pairs", PL_OPT_SPEC, "vmf:4", 0, 1e6, "aligned|vmf:KP|independent|antipodal|shuffled:KC",
     NULL,
     "equal; y|x ~ vMF(x, KP); independent uniform; independent points of an antipodal pair; "
     "independent draws of vMF(KC)",
     0},
    {"kappa", PL_OPT_REAL, "2", 1e-6, 1e6, NULL, NULL, "inverse temperature 1/tau", 0},
    {0}};

static const pl_column columns[] = {
    {"dim", "1", "dimension d", false},
    {"mean_distance", "1", "E |u - v|, nan where no rule is known", false},
    {"squared_distance", "1", "E |u - v|^2 = L_align(2)", false},
    {"closed_form", "1", "2 - 2 E u.v", false},
    {"first_term", "nats", "-kappa E u.v", false},
    {"least_first_term", "nats", "-kappa, its value for aligned pairs", false},
    {"uniform_distance", "1", "E |u - v| of independent uniform points", false},
    {"uniform_squared", "1", "E |u - v|^2 of independent uniform points", false},
    {0}};

static pl_status add_row(pl_ctx *ctx, const char *pairs, double k, size_t d, double kappa,
                         pl_table *out) {
    pl_status status = PL_OK;
    double one = NAN, two, s, uniform, uniform_two;
    PL_TRY(pl_distance_mean(ctx, d, 0, 1, &uniform));
    PL_TRY(pl_distance_mean(ctx, d, 0, 2, &uniform_two));
    if (strcmp(pairs, "aligned") == 0) {
        one = two = 0;
        s = 1;
    } else if (strcmp(pairs, "antipodal") == 0) { /* equal or opposite, with chance 1/2 */
        one = 1;
        two = 2;
        s = 0;
    } else if (strcmp(pairs, "shuffled") == 0) {
        s = pow(pl_resultant((double)d, k), 2);
        two = 2 - 2 * s;
    } else {
        double pair_kappa = strcmp(pairs, "vmf") == 0 ? k : 0;
        PL_TRY(pl_distance_mean(ctx, d, pair_kappa, 1, &one));
        PL_TRY(pl_distance_mean(ctx, d, pair_kappa, 2, &two));
        s = pl_resultant((double)d, pair_kappa);
    }
    PL_TRY(pl_table_add(
        ctx, out,
        (double[]){(double)d, one, two, 2 - 2 * s, -kappa * s, -kappa, uniform, uniform_two},
        NULL));
done:
    return status;
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status = PL_OK;
    size_t count;
    double k;
    const double *dims = pl_option_list(o, "dim", &count);
    const char *pairs = pl_option_spec(o, "pairs", &k);
    for (size_t i = 0; i < count; i++) {
        if (dims[i] != floor(dims[i]))
            return pl_fail(ctx, PL_EUSAGE, "--dim is %g, expected a whole number", dims[i]);
        PL_TRY(add_row(ctx, pairs, k, (size_t)dims[i], pl_option_real(o, "kappa"), out));
    }
done:
    return status;
}

const pl_program pl_bounds_distances = {
    .name = "distances",
    .summary = "alignment, mean distance and mean squared distance of pairs on the sphere",
    .details = "By quadrature over the distance, beside 2 - 2 E u.v in closed form.",
    .source = "WANG20, Theorem 1 item 1 and the remark of sec. 4.2",
    .options = options,
    .columns = columns,
    .run = run};
