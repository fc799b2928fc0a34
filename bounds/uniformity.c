/* The average Gaussian potential of laws on the sphere and the uniformity loss, its logarithm:
 * WANG20, Propositions 1 and 3. L_uniform lies between -2t + log c(d, 2t), at the uniform law, and
 * 0, at a point (theory notes, PROP3). */

#include <float.h>
#include <math.h>
#include <string.h>

#include "bounds/bounds.h"
#include "bounds/sphere_law.h"
#include "math/sphere.h"

static const pl_option options[] = {
    {"dim", PL_OPT_LIST, "2", 2, 1e5, NULL, "LIST", "dimensions d, a..b doubles", 0},
    {"law", PL_OPT_TEXT, "all", 0, 0, NULL, "NAME",
     "uniform, vmf, antipodal-vmf, four-vmf, half-circle, quarter-circle, N-gon, antipodal, "
     "dirac; all that dimension d has",
     0},
    {"concentration", PL_OPT_LIST, "1,2,5,10", 0, 1e6, NULL, "LIST", "of the von Mises-Fisher laws",
     0},
    {"t", PL_OPT_LIST, "2", 1e-6, 1e5, NULL, "LIST", "scales of the potential, t > 0", 0},
    {0}};

static const pl_column columns[] = {
    {"law", "", "law of the features", true},
    {"dim", "1", "dimension d", false},
    {"t", "1", "scale of the potential", false},
    {"concentration", "1", "of the law; 0 where it has none", false},
    {"potential", "1", "E exp(-t |u - v|^2), from the law's zonal moments", false},
    {"potential_quadrature", "1", "the same by quadrature", false},
    {"uniformity", "nats", "L_uniform, its logarithm", false},
    {"lower", "nats", "-2t + log c(d, 2t), the uniform law's", false},
    {"limit", "nats", "-2t, which the lower end falls to as d grows", false},
    {"above_limit", "nats", "lower - limit, which tends to 0 as d grows", false},
    {"excess", "nats", "L_uniform - lower", false},
    {"before", "nats", "lower of the row above; 0 in the first", false},
    {0}};

static pl_status add_row(pl_ctx *ctx, const char *name, size_t d, double t, double concentration,
                         double *before, pl_table *out) {
    sphere_law law = {0};
    pl_status status = sphere_law_new(ctx, name, d, concentration, &law);
    if (status)
        return status;
    double potential = sphere_law_energy(&law, 2 * t), lower = pl_log_c((double)d, 2 * t) - 2 * t;
    double uniformity =
        potential > DBL_MIN ? log(potential) : sphere_law_log_energy(&law, 2 * t); /* underflown */
    status = pl_table_add(ctx, out,
                          (double[]){0, (double)d, t, law.concentration, potential,
                                     sphere_law_energy_ref(&law, 2 * t), uniformity, lower, -2 * t,
                                     lower + 2 * t, uniformity - lower, *before},
                          (const char *const[]){law.name});
    *before = lower;
    sphere_law_free(&law);
    return status;
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status = PL_OK;
    size_t n_d, n_t, n_c;
    const double *dim = pl_option_list(o, "dim", &n_d), *t = pl_option_list(o, "t", &n_t);
    const double *concentration = pl_option_list(o, "concentration", &n_c);
    const char *asked = pl_option_text(o, "law");
    bool all = strcmp(asked, "all") == 0;
    double before = 0;
    for (size_t j = 0; j < n_t; j++)
        for (size_t i = 0; i < n_d; i++) {
            size_t d = (size_t)dim[i];
            if (dim[i] != floor(dim[i]))
                return pl_fail(ctx, PL_EUSAGE, "--dim is %g, expected a whole number", dim[i]);
            size_t rows = pl_table_rows(out);
            for (const sphere_law_name *l = sphere_law_names; l->name; l++) {
                if (all ? l->d && l->d != d : strcmp(l->name, asked) != 0)
                    continue;
                for (size_t c = 0; c < (l->concentrated ? n_c : 1); c++)
                    PL_TRY(add_row(ctx, l->name, d, t[j], concentration[c], &before, out));
            }
            if (pl_table_rows(out) == rows) /* an N-gon, or no law: the message says so */
                PL_TRY(add_row(ctx, asked, d, t[j], 0, &before, out));
        }
done:
    return status;
}

const pl_program pl_bounds_uniformity = {
    .name = "uniformity",
    .summary = "the uniformity loss of laws on the sphere, and its range",
    .details = "L_uniform = log E exp(-t |u - v|^2), u and v independent. The least value is the "
               "uniform law's, the largest, 0, a point's.",
    .source = "WANG20, Propositions 1 and 3, Figs. 4, 10 and 11",
    .options = options,
    .columns = columns,
    .run = run};
