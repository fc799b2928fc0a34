/* TIAN20 with an l2-normalised output (theory notes, NORM.CEIL): tr V[f-bar] <= 4 p_0 p_1 TV^2,
 * reached by +-v with the sign of the likelihood ratio; what that means for the losses. */

#include <math.h>

#include "hltm/hltm.h"
#include "hltm/losses.h"
#include "hltm/setting.h"

static const pl_option options[] = {
    HLTM_TREE_OPTIONS,
    {"hidden", PL_OPT_INT, "10", 1, 4096, NULL, "H", "outputs of the released loss's mean", 0},
    {"temperature", PL_OPT_REAL, "0.1", 1e-6, 1e6, NULL, "T", "of the released loss", 0},
    {0}};

static const pl_column columns[] = {
    {"total_variation", "1", "TV(P(x|1), P(x|0))", false},
    {"objective_ceiling", "1", "4 p_0 p_1 TV^2", false},
    {"sign_classifier", "1", "tr V[f-bar] of f = +-v by the sign of the likelihood ratio", false},
    {"soft_classifier", "1", "the same of f = v (2 P(1|x) - 1), of norm below 1", false},
    {"bayes_correlation", "1", "sqrt(Var E[z_0|x]/Var z_0)", false},
    {"released_loss_lower_bound", "1", "-sigma(8 p_0 p_1 TV^2/(hid T))", false},
    {"loss_lower_bound", "1", "-sigma(2/(hid T)), for any tree", false},
    {0}};

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status;
    hltm_tree t = {0};
    hltm_population p = {0};
    PL_TRY(hltm_setting_tree(ctx, o, &t));
    PL_TRY(hltm_population_tree(ctx, &t, &p));
    const double *p0 = p.given, *p1 = p.given + p.configs;
    double tv = 0, variance = 0, sign[2] = {0}, soft[2] = {0};
    double p01 = p.prior[0] * p.prior[1];
    for (size_t x = 0; x < p.configs; x++) {
        double q = p.marginal[x], s = p1[x] > p0[x] ? 1 : -1;
        double posterior = q > 0 ? p.prior[1] * p1[x] / q : p.prior[1];
        tv += fabs(p1[x] - p0[x]) / 2;
        variance += q * pow(posterior - p.prior[1], 2);
        sign[0] += p0[x] * s;
        sign[1] += p1[x] * s;
        soft[0] += p0[x] * (2 * posterior - 1);
        soft[1] += p1[x] * (2 * posterior - 1);
    }
    double ceiling = 4 * p01 * tv * tv;
    double scale = (double)pl_option_int(o, "hidden") * pl_option_real(o, "temperature");
    PL_TRY(pl_table_add(ctx, out,
                        (double[]){tv, ceiling, p01 * pow(sign[1] - sign[0], 2),
                                   p01 * pow(soft[1] - soft[0], 2), sqrt(variance / p01),
                                   -hltm_sigmoid(2 * ceiling / scale), -hltm_sigmoid(2 / scale)},
                        NULL));
done:
    hltm_tree_free(&t);
    hltm_population_free(&p);
    return status;
}

const pl_program pl_hltm_ceilings = {
    .name = "ceilings",
    .summary = "what any encoder of the leaves can reach: variance, correlation, losses",
    .details = "tr V[f-bar] <= 4 p_0 p_1 TV^2 for outputs of norm at most 1, exact over all "
               "configurations.",
    .source = "derived here: NORM.CEIL, CORR",
    .options = options,
    .columns = columns,
    .run = run};
