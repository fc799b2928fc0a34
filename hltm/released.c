/* TIAN20's released code (theory notes, CODE.NCE): its "nce" is -sigma((b - a)/T) with a, b batch
 * means of the mean squared error: no logarithm, and its gradient is (2/hid) p(1 - p)/T times
 * L_simp's.
 */

#include <math.h>

#include "hltm/hltm.h"
#include "hltm/operators.h"
#include "hltm/setting.h"

static const pl_option options[] = {
    HLTM_TREE_OPTIONS,
    HLTM_NET_OPTIONS,
    {"tau", PL_OPT_REAL, "0.1", 1e-6, 1e6, NULL, "T", "temperature", 0},
    {"log", PL_OPT_FLAG, NULL, 0, 0, NULL, NULL,
     "InfoNCE with its logarithm over the same means (a control)", 0},
    {0}};

static const pl_column columns[] = {
    {"level", "1", "0 the root", false},
    {"gradient_norm", "1", "of the loss, by central differences", false},
    {"difference_residual", "1", "max |central differences - scale x gradient of L_simp|", false},
    {"analytic_residual", "1", "max |gradient by backpropagation - scale x that of L_simp|", false},
    {0}};

static double value_of(const pl_options *o, double gap) {
    double p = hltm_sigmoid(gap / pl_option_real(o, "tau"));
    return pl_option_flag(o, "log") ? -log(p) : -p;
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status;
    const double h = 1e-4;
    hltm_setting s = {0};
    hltm_net simp_grad = {0}, grad = {0};
    hltm_objective simp, released, moved;
    const hltm_loss plain = {.kind = HLTM_SIMP};
    const hltm_loss loss = {.kind = HLTM_RELEASED, .tau = pl_option_real(o, "tau")};
    PL_TRY(hltm_setting_new(ctx, o, &s));
    PL_TRY(hltm_net_like(ctx, &s.net, &simp_grad));
    PL_TRY(hltm_net_like(ctx, &s.net, &grad));
    PL_TRY(hltm_expected_loss(ctx, &s.net, &s.population, &plain, &simp_grad, &simp));
    PL_TRY(hltm_expected_loss(ctx, &s.net, &s.population, &loss, &grad, &released));
    double mse = 2 / (double)hltm_outputs(&s.net);
    double p = hltm_sigmoid(mse * (simp.negative - simp.positive) / loss.tau);
    double scale = mse * p * (1 - p) / loss.tau;
    for (size_t l = 0; l < s.net.levels; l++) {
        double norm = 0, difference = 0, analytic = 0;
        hltm_layer *y = &s.net.layer[l];
        for (size_t i = 0; i < hltm_weights(y); i++) {
            /* fourth order: the normalised output bends too sharply for two points */
            static const double weight[4] = {1, -8, 8, -1}, at[4] = {-2, -1, 1, 2};
            double w = y->w[i], g = 0, want = scale * simp_grad.layer[l].w[i];
            for (size_t k = 0; k < 4; k++) {
                y->w[i] = w + at[k] * h;
                PL_TRY(hltm_expected_loss(ctx, &s.net, &s.population, &plain, NULL, &moved));
                g += weight[k] / (12 * h) * value_of(o, mse * (moved.negative - moved.positive));
            }
            y->w[i] = w;
            norm += g * g;
            difference = fmax(difference, fabs(g - want));
            analytic = fmax(analytic, fabs(grad.layer[l].w[i] - want));
        }
        PL_TRY(
            pl_table_add(ctx, out, (double[]){(double)l, sqrt(norm), difference, analytic}, NULL));
    }
    const struct {
        const char *name, *meaning;
        double value;
    } list[] = {
        {"mean_positive_distance", "a: mean squared error of positives", mse * simp.positive},
        {"mean_negative_distance", "b: the same of negatives", mse * simp.negative},
        {"loss", "the loss", value_of(o, mse * (simp.negative - simp.positive))},
        {"sigmoid", "-sigma((b - a)/T)", -p},
        {"gradient_scale", "(2/hid) p (1 - p)/T", scale}};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        PL_TRY(pl_table_summarise(ctx, out, list[i].name, "1", list[i].meaning, list[i].value));
done:
    hltm_net_free(&grad);
    hltm_net_free(&simp_grad);
    hltm_setting_free(&s);
    return status;
}

const pl_program pl_hltm_released = {
    .name = "released",
    .summary = "the released code's loss: L_simp with an adaptive step",
    .details = "-sigma((b - a)/T) over batch means of squared errors; no logarithm.",
    .source = "TIAN20, released code",
    .options = options,
    .columns = columns,
    .run = run};
