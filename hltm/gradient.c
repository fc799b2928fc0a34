/* TIAN20, Theorem 1: vec dr/dW_{1,l} = K_{1,l} (K_{1,l}^T vec W_{1,l} - K_{2,l}^T vec W_{2,l}) for
 * r = |f_1(x_1) - f_2(x_2)|^2/2, two nets with weights of their own. */

#include <math.h>
#include <string.h>

#include "hltm/hltm.h"
#include "hltm/operators.h"
#include "hltm/setting.h"

enum { MAX_WIDTHS = HLTM_MAX_DEPTH };

static const pl_option options[] = {
    {"widths", PL_OPT_LIST, "4,5,4,3", 1, 256, NULL, "LIST", "of the layers, inputs first", 0},
    {"seed1", PL_OPT_SEED, "11", 0, 0, NULL, NULL, "weights of net 1 (splitmix64)", 0},
    {"seed2", PL_OPT_SEED, "13", 0, 0, NULL, NULL, "weights of net 2", 0},
    {"input-seed", PL_OPT_SEED, "12", 0, 0, NULL, NULL, "both inputs, U(-1, 1), one stream", 0},
    {"slope", PL_OPT_REAL, "0", 0, 1, NULL, NULL, "of the activation below 0", 0},
    {"bias", PL_OPT_FLAG, NULL, 0, 0, NULL, NULL, "biases (the hypothesis dropped)", 0},
    {"jacobian", PL_OPT_SPEC, "pre", 0, 0, "pre|post", NULL,
     "J with respect to the pre-activation, or (a control) with the node's own gate dropped", 0},
    {0}};

static const pl_column columns[] = {
    {"layer", "1", "1 the lowest", false},
    {"gradient_norm", "1", "of dr/dW_1 by backpropagation", false},
    {"identity_residual", "1", "max |gradient - K_1 (K_1^T vec W_1 - K_2^T vec W_2)|", false},
    {"difference_residual", "1", "max |gradient - central differences, h = 1e-6|", false},
    {"output_residual", "1", "max |K_1^T vec W_1 - f_1|", false},
    {0}};

typedef struct branch {
    hltm_net net;
    hltm_pass pass;
    double **jacobian, *x;
} branch;

static void branch_free(branch *b) {
    for (size_t l = 0; b->jacobian && l < b->net.levels; l++)
        pl_free(b->jacobian[l]);
    pl_free(b->jacobian);
    pl_free(b->x);
    hltm_pass_free(&b->pass);
    hltm_net_free(&b->net);
}

static pl_status branch_new(pl_ctx *ctx, const pl_options *o, const size_t *widths, size_t count,
                            uint64_t seed, hltm_draws *inputs, branch *b) {
    pl_status status;
    PL_TRY(hltm_net_dense(ctx, widths, count, &b->net));
    b->net.bias = pl_option_flag(o, "bias");
    b->net.slope = pl_option_real(o, "slope");
    hltm_draws draws = hltm_splitmix(seed);
    hltm_net_draw(&b->net, &draws, 1);
    PL_NEW(ctx, b->x, widths[0]);
    for (size_t i = 0; i < widths[0]; i++)
        b->x[i] = 2 * hltm_next(inputs) - 1;
    PL_TRY(hltm_pass_new(ctx, &b->net, 1, &b->pass));
    hltm_forward(&b->net, b->x, 1, &b->pass);
    PL_NEW(ctx, b->jacobian, b->net.levels);
    for (size_t l = 0; l < b->net.levels; l++)
        PL_NEW(ctx, b->jacobian[l], hltm_outputs(&b->net) * hltm_width(&b->net.layer[l]));
    PL_TRY(hltm_jacobian(ctx, &b->net, &b->pass, HLTM_HEAD_RAW,
                         strcmp(pl_option_spec(o, "jacobian", NULL), "pre") == 0, b->jacobian));
done:
    return status;
}

static double distance(branch *one, const branch *two) {
    double r = 0;
    hltm_forward(&one->net, one->x, 1, &one->pass);
    for (size_t c = 0; c < hltm_outputs(&one->net); c++)
        r += pow(one->pass.out[c] - two->pass.out[c], 2) / 2;
    return r;
}

/* max |gradient - central differences| of a layer's weights; the net is left as it was. */
static double differences(branch *one, const branch *two, size_t level, const hltm_net *grad) {
    const double h = 1e-6;
    double worst = 0;
    hltm_layer *y = &one->net.layer[level];
    for (size_t i = 0; i < hltm_weights(y); i++) {
        double w = y->w[i];
        y->w[i] = w + h;
        double up = distance(one, two);
        y->w[i] = w - h;
        double down = distance(one, two);
        y->w[i] = w;
        worst = fmax(worst, fabs(grad->layer[level].w[i] - (up - down) / (2 * h)));
    }
    distance(one, two);
    return worst;
}

static pl_status add_level(pl_ctx *ctx, branch *one, branch *two, const hltm_net *grad,
                           size_t level, pl_table *out) {
    pl_status status = PL_OK;
    const hltm_layer *y = &one->net.layer[level];
    size_t n = hltm_weights(y), d = hltm_outputs(&one->net);
    double *k1 = NULL, *k2 = NULL, *w1 = NULL, residual = 0, output = 0;
    PL_NEW(ctx, k1, d * n);
    PL_NEW(ctx, k2, d * n);
    PL_NEW(ctx, w1, 4 * n);
    double *w2 = w1 + n, *g = w2 + n, *predicted = g + n;
    hltm_vec(y, w1);
    hltm_vec(&two->net.layer[level], w2);
    hltm_vec(&grad->layer[level], g);
    hltm_connection(&one->net, &one->pass, level, one->jacobian[level], k1);
    hltm_connection(&two->net, &two->pass, level, two->jacobian[level], k2);
    for (size_t r = 0; r < d; r++) {
        double f1 = 0, f2 = 0;
        for (size_t i = 0; i < n; i++) {
            f1 += k1[r * n + i] * w1[i];
            f2 += k2[r * n + i] * w2[i];
        }
        output = fmax(output, fabs(f1 - one->pass.out[r]));
        for (size_t i = 0; i < n; i++)
            predicted[i] += k1[r * n + i] * (f1 - f2);
    }
    residual = hltm_max_difference(g, predicted, n);
    PL_TRY(pl_table_add(ctx, out,
                        (double[]){(double)(one->net.levels - level), hltm_frobenius(g, n),
                                   residual, differences(one, two, level, grad), output},
                        NULL));
done:
    pl_free(k1);
    pl_free(k2);
    pl_free(w1);
    return status;
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status;
    size_t count, widths[MAX_WIDTHS];
    const double *list = pl_option_list(o, "widths", &count);
    branch one = {0}, two = {0};
    hltm_net grad = {0};
    double *g = NULL, r = 0;
    if (count < 2 || count > MAX_WIDTHS)
        return pl_fail(ctx, PL_EUSAGE, "--widths takes 2 to %d numbers, inputs first", MAX_WIDTHS);
    for (size_t i = 0; i < count; i++)
        widths[i] = (size_t)list[i];
    hltm_draws inputs = hltm_splitmix(pl_option_seed(o, "input-seed"));
    PL_TRY(branch_new(ctx, o, widths, count, pl_option_seed(o, "seed1"), &inputs, &one));
    PL_TRY(branch_new(ctx, o, widths, count, pl_option_seed(o, "seed2"), &inputs, &two));
    PL_TRY(hltm_net_like(ctx, &one.net, &grad));
    size_t d = hltm_outputs(&one.net);
    PL_NEW(ctx, g, d);
    for (size_t c = 0; c < d; c++) {
        g[c] = one.pass.out[c] - two.pass.out[c];
        r += g[c] * g[c] / 2;
    }
    hltm_backward(&one.net, &one.pass, g, &grad);
    for (size_t l = one.net.levels; l-- > 0;)
        PL_TRY(add_level(ctx, &one, &two, &grad, l, out));
    PL_TRY(pl_table_summarise(ctx, out, "distance", "1", "r = |f_1 - f_2|^2/2", r));
done:
    branch_free(&one);
    branch_free(&two);
    hltm_net_free(&grad);
    pl_free(g);
    return status;
}

const pl_program pl_hltm_gradient = {
    .name = "gradient",
    .summary = "two nets: dr/dW by backpropagation, by the connection, by differences",
    .details = "r = |f_1(x_1) - f_2(x_2)|^2/2, vec dr/dW_1 = K_1 (K_1^T vec W_1 - K_2^T vec W_2).",
    .source = "TIAN20, Theorem 1 (THM1)",
    .options = options,
    .columns = columns,
    .run = run};
