/* TIAN20, two levels (theory notes, 2L), linear top, total gradient: with F = f-bar(1) - f-bar(0),
 * d_j = E[x 1(w_j.x > 0)|z_mu = 1] - E[...|0], Delta_j = w_j . d_j, a_j the top's column,
 *     -dL/dw_j = 2 p_0 p_1 rho_mu (a_j . F) d_j,   -dL/da_j = 2 p_0 p_1 rho_mu Delta_j F,
 * so that |w_j|^2 - |a_j|^2 is conserved. */

#include <math.h>

#include "hltm/hltm.h"
#include "hltm/latent.h"
#include "hltm/setting.h"

enum { MAX_OUTPUTS = 64 };

static const pl_option options[] = {HLTM_TREE_OPTIONS, HLTM_NET_OPTIONS, {0}};

static const pl_column columns[] = {
    {"node", "1", "of level 1", false},
    {"unit", "1", "hidden unit j", false},
    {"selectivity", "1", "Delta_j", false},
    {"gated_mean_difference_norm", "1", "|d_j|", false},
    {"output_weight_alignment", "1", "a_j . F", false},
    {"in_residual", "1", "max |-dL/dw_j - 2 p_0 p_1 rho (a_j . F) d_j|", false},
    {"out_residual", "1", "max |-dL/da_j - 2 p_0 p_1 rho Delta_j F|", false},
    {"conserved_rate", "1", "d(|w_j|^2 - |a_j|^2)/dt under the flow", false},
    {"growth", "1", "d Delta_j/dt with the gates held", false},
    {"growth_bound", "1", "2 p_0 p_1 |rho| |d_j|^2 |a_j| |F|", false},
    {0}};

static pl_status unit_row(pl_ctx *ctx, const hltm_setting *s, const hltm_net *grad,
                          const hltm_pass *pass, const double *f, size_t node, size_t j,
                          pl_table *out) {
    const hltm_tree *t = &s->tree;
    const hltm_layer *y = &s->net.layer[1], *top = &s->net.layer[0];
    const hltm_population *p = &s->population;
    double given[2][4], d[2] = {0}, rho = t->rho[hltm_node(1, node)];
    double rate = 2 * p->prior[0] * p->prior[1] * rho;
    pl_status status = hltm_tree_inside(ctx, t, hltm_node(1, node), given[0], given[1]);
    if (status)
        return status;
    size_t unit = node * y->out + j, width = hltm_width(y);
    const double *w = y->w + unit * 2, *gw = grad->layer[1].w + unit * 2;
    for (size_t x = 0; x < 4; x++) {
        double h = pass->h[1][hltm_latent_row(t, 1, node, x) * width + unit];
        double gate = (given[1][x] - given[0][x]) * (h > 0 ? 1 : s->net.slope);
        d[0] += gate * (double)(x >> 1);
        d[1] += gate * (double)(x & 1);
    }
    double delta = w[0] * d[0] + w[1] * d[1], along = 0, in = 0, outgoing = 0, aa = 0, ff = 0;
    double conserved = -2 * (gw[0] * w[0] + gw[1] * w[1]);
    for (size_t c = 0; c < top->out; c++) {
        double a = top->w[c * top->in + unit];
        along += a * f[c];
        aa += a * a;
        ff += f[c] * f[c];
    }
    for (size_t c = 0; c < top->out; c++) {
        double g = grad->layer[0].w[c * top->in + unit];
        outgoing = fmax(outgoing, fabs(-g - rate * delta * f[c]));
        conserved += 2 * g * top->w[c * top->in + unit];
    }
    for (size_t a = 0; a < 2; a++)
        in = fmax(in, fabs(-gw[a] - rate * along * d[a]));
    double dd = d[0] * d[0] + d[1] * d[1];
    return pl_table_add(ctx, out,
                        (double[]){(double)node, (double)j, delta, sqrt(dd), along, in, outgoing,
                                   conserved, rate * dd * along,
                                   fabs(rate) * dd * sqrt(aa) * sqrt(ff)},
                        NULL);
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status;
    hltm_setting s = {0};
    hltm_net grad = {0};
    hltm_pass pass = {0};
    hltm_objective value;
    double means[2 * MAX_OUTPUTS], f[MAX_OUTPUTS];
    const hltm_loss simp = {.kind = HLTM_SIMP};
    if (pl_option_int(o, "depth") != 2)
        return pl_fail(ctx, PL_EUSAGE, "two-layer is about trees of depth 2, not %lld",
                       pl_option_int(o, "depth"));
    PL_TRY(hltm_setting_new(ctx, o, &s));
    PL_TRY(hltm_net_like(ctx, &s.net, &grad));
    PL_TRY(hltm_expected_loss(ctx, &s.net, &s.population, &simp, &grad, &value));
    PL_TRY(hltm_pass_new(ctx, &s.net, s.population.configs, &pass));
    hltm_forward(&s.net, s.population.x, s.population.configs, &pass);
    size_t d = hltm_outputs(&s.net);
    hltm_class_means(&s.population, pass.out, d, means);
    for (size_t c = 0; c < d; c++)
        f[c] = means[d + c] - means[c];
    for (size_t node = 0; node < 2; node++)
        for (size_t j = 0; j < d; j++)
            PL_TRY(unit_row(ctx, &s, &grad, &pass, f, node, j, out));
    PL_TRY(pl_table_summarise(ctx, out, "output_gap_0", "1", "F, first output", f[0]));
    if (d > 1)
        PL_TRY(pl_table_summarise(ctx, out, "output_gap_1", "1", "F, second output", f[1]));
done:
    hltm_pass_free(&pass);
    hltm_net_free(&grad);
    hltm_setting_free(&s);
    return status;
}

const pl_program pl_hltm_two_layer = {
    .name = "two-layer",
    .summary = "two levels: each unit's dynamics in closed form against backpropagation",
    .details = "-dL/dw_j = 2 p_0 p_1 rho (a_j . F) d_j, -dL/da_j = 2 p_0 p_1 rho Delta_j F.",
    .source = "TIAN20, two-layer trees (2L)",
    .options = options,
    .columns = columns,
    .run = run};
