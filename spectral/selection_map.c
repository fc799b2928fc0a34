/* Which features are kept as one strength, the embedding's size or beta goes on: XUE23's Figure 4
 * (|W v_1| against phi_K^2/(K-2)), the map over the embedding size, the threshold in beta. */

#include <math.h>
#include <string.h>

#include "spectral/spectral.h"
#include "spectral/xue23_problem.h"

static const pl_option options[] = {
    XUE23_MODEL_OPTIONS,
    XUE23_LOSS_OPTIONS,
    {"vary", PL_OPT_SPEC, "embedding", 0, 0, "embedding|irrelevant|beta|sigma", NULL,
     "what goes on: p, the second moment phi_K^2/(K-2) of the last feature, BETA, or sigma", 0},
    {"values", PL_OPT_LIST, "1,2,3,4,5,6,7", 1e-12, 1e6, NULL, "LIST", "its values", 0},
    {0}};

static const pl_column columns[] = {
    {"value", "1", "of what goes on", false},
    {"class_norm", "1", "|W v_1| of the minimum-norm minimiser", false},
    {"class_closed_form", "1", "the theorem's value", false},
    {"subclass_norm", "1", "|W v_2|", false},
    {"subclass_closed_form", "1", "the theorem's value", false},
    {"last_norm", "1", "|W v_K|", false},
    {"last_closed_form", "1", "the theorem's value", false},
    {"epsilon", "1", "sigma^2/N", false},
    {"norm_squared", "1", "|W|_F^2", false},
    {"loss", "1", "minimum of the loss", false},
    {0}};

/* One value: a problem of its own, since the strength changes the examples. */
static pl_status point(pl_ctx *ctx, const pl_options *o, const char *what, double value,
                       pl_table *out) {
    pl_status status;
    xue23_problem p = {0};
    xue23_minimiser m = {0};
    double *phi = NULL, *norm = NULL, *closed = NULL, closed_norm, closed_loss;
    xue23_spec spec = xue23_spec_of(o);
    const double *given = spec.phi;
    PL_NEW(ctx, phi, spec.features);
    memcpy(phi, given, spec.features * sizeof *phi);
    spec.phi = phi;
    p.share = xue23_share(o);
    p.embedding = (size_t)pl_option_int(o, "embedding");
    if (strcmp(what, "embedding") == 0)
        p.embedding = (size_t)value;
    else if (strcmp(what, "beta") == 0)
        p.share = value;
    else if (strcmp(what, "sigma") == 0)
        spec.sigma = value;
    else if (spec.features > 2)
        phi[spec.features - 1] = sqrt(value * (double)(spec.features - 2));
    if (p.share > 1) {
        status = pl_fail(ctx, PL_EDOMAIN, "--values: beta is %g, expected at most 1", value);
        goto done;
    }
    PL_TRY(xue23_problem_model(ctx, &spec, &p));
    size_t k = p.set.features;
    PL_NEW(ctx, norm, k + 1);
    PL_TRY(xue23_problem_minimise(ctx, &p, p.share, p.embedding, &m));
    PL_TRY(xue23_problem_norms(ctx, &p, pl_const(m.w), norm));
    PL_TRY(xue23_problem_closed_form(ctx, &p, p.share, &closed, &closed_norm, &closed_loss));
    PL_TRY(pl_table_add(ctx, out,
                        (double[]){value, norm[1], closed ? closed[1] : (double)NAN, norm[2],
                                   closed ? closed[2] : (double)NAN, norm[k],
                                   closed ? closed[k] : (double)NAN, p.set.epsilon, m.norm_squared,
                                   m.loss},
                        NULL));
done:
    pl_free(phi);
    pl_free(norm);
    pl_free(closed);
    xue23_problem_free(&p);
    xue23_minimiser_free(&m);
    return status;
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status = PL_OK;
    size_t count;
    const double *value = pl_option_list(o, "values", &count);
    const char *what = pl_option_spec(o, "vary", NULL);
    for (size_t i = 0; i < count && status == PL_OK; i++)
        status = point(ctx, o, what, value[i], out);
    if (status || strcmp(what, "sigma") != 0 || count < 2)
        return status;
    double slope = log(pl_table_at(out, count - 1, 3) / pl_table_at(out, 0, 3)) /
                   log(pl_table_at(out, count - 1, 7) / pl_table_at(out, 0, 7));
    return pl_table_summarise(ctx, out, "endpoint_slope", "1",
                              "of log |W v_2| on log epsilon, from the first row to the last",
                              slope);
}

const pl_program pl_spectral_selection_map = {
    .name = "selection-map",
    .summary = "the kept features against embedding size, feature strength or beta",
    .source = "XUE23, Figure 4 and Theorems 5.1, 6.1",
    .options = options,
    .columns = columns,
    .run = run};
