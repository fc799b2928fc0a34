/* TIAN20, training on the population itself: gradient descent on the exact expectation of a loss,
 * all parameters at once (theory notes, DYN), with the operator and the correlations on the way. */

#include <cblas.h>
#include <math.h>

#include "base/progress.h"
#include "hltm/hltm.h"
#include "hltm/latent.h"
#include "hltm/residue.h"
#include "hltm/setting.h"

static const pl_option options[] = {
    HLTM_TREE_OPTIONS,
    HLTM_NET_OPTIONS,
    HLTM_LOSS_OPTIONS,
    {"rate", PL_OPT_REAL, "0.05", 1e-9, 10, NULL, "LR", "learning rate", 0},
    {"steps", PL_OPT_INT, "60", 0, 1000000, NULL, NULL, "of gradient descent", 0},
    {"every", PL_OPT_INT, "20", 1, 1000000, NULL, NULL, "steps between rows", 0},
    {"residue", PL_OPT_FLAG, NULL, 0, 0, NULL, NULL,
     "the residue's share on the way (tri, nce without normalisation)", 0},
    {0}};

static const pl_column columns[] = {
    {"step", "1", "of gradient descent", false},
    {"level", "1", "0 the root", false},
    {"loss", "1", "exact expectation", false},
    {"best_correlation", "1", "max over units of |corr|, mean over the level's nodes", false},
    {"best_linear_correlation", "1", "its ceiling for linear read-outs, mean", false},
    {"bayes_correlation", "1", "its ceiling for all functions, mean", false},
    {"gradient_norm", "1", "of the level's weights", false},
    {"operator_norm", "1", "|V_x[K-bar]|_F of the raw output", false},
    {"lambda1", "1", "its largest eigenvalue", false},
    {"alignment", "1", "|cos| of vec W and the top eigenvector", false},
    {"log_projection", "1", "log |<vec W, top eigenvector>|", false},
    {"integral", "1", "2 int lambda1 dt, by trapezoids between rows", false},
    {"residue_ratio", "1", "|theta|_F/|Lambda|_F; nan unless --residue", false},
    {"output_variance", "1", "tr V_x[mean output]", false},
    {0}};

typedef struct training {
    hltm_setting s;
    hltm_net grad;
    hltm_pass pass;
    hltm_objective value;
    double integral[HLTM_MAX_DEPTH], lambda[HLTM_MAX_DEPTH], rate;
    long long shown;
    bool residue;
} training;

/* tr V[mean output] = E r_- - E r_+, whatever the loss. */
static pl_status output_variance(pl_ctx *ctx, training *t, double *out) {
    const hltm_loss simp = {.kind = HLTM_SIMP};
    hltm_objective o;
    pl_status status = hltm_expected_loss(ctx, &t->s.net, &t->s.population, &simp, NULL, &o);
    if (status == PL_OK)
        *out = -o.value;
    return status;
}

static pl_status correlations(pl_ctx *ctx, training *t, size_t level, double out[3]) {
    pl_status status = PL_OK;
    size_t nodes = t->s.net.layer[level].nodes;
    double sum[3] = {0};
    for (size_t i = 0; i < nodes; i++) {
        hltm_latent l;
        double linear;
        status = hltm_latent_new(ctx, &t->s.tree, &t->s.net, &t->pass, level, i, &l);
        if (status)
            return status;
        sum[0] += hltm_best_correlation(&t->s.net, &l);
        status = hltm_best_linear(ctx, &l, &linear);
        sum[1] += linear;
        sum[2] += l.bayes;
        hltm_latent_free(&l);
        if (status)
            return status;
    }
    for (size_t k = 0; k < 3; k++)
        out[k] = sum[k] / (double)nodes;
    return status;
}

static pl_status add_level(pl_ctx *ctx, training *t, const hltm_moments *m, size_t level,
                           long long step, double variance, double ratio, pl_table *out) {
    pl_status status = PL_OK;
    const hltm_layer *y = &t->s.net.layer[level];
    size_t n = hltm_weights(y);
    double *op = NULL, *e = NULL, *vectors = NULL, *w = NULL, corr[3];
    PL_NEW(ctx, op, n * n);
    PL_NEW(ctx, vectors, n * n);
    PL_NEW(ctx, e, n);
    PL_NEW(ctx, w, n);
    hltm_vec(y, w);
    PL_TRY(hltm_operator(ctx, &t->s.population, m, m, level, n, op));
    PL_TRY(hltm_eigen(ctx, op, n, e, vectors));
    PL_TRY(correlations(ctx, t, level, corr));
    double along = fabs(cblas_ddot((int)n, w, 1, vectors, 1));
    if (step > 0)
        t->integral[level] += t->rate * (double)(step - t->shown) * (t->lambda[level] + e[0]);
    t->lambda[level] = e[0];
    PL_TRY(pl_table_add(ctx, out,
                        (double[]){(double)step, (double)level, t->value.value, corr[0], corr[1],
                                   corr[2], hltm_frobenius(t->grad.layer[level].w, n),
                                   hltm_frobenius(op, n * n), e[0], along / hltm_frobenius(w, n),
                                   log(along), t->integral[level], ratio, variance},
                        NULL));
done:
    pl_free(op);
    pl_free(vectors);
    pl_free(e);
    pl_free(w);
    return status;
}

static pl_status show(pl_ctx *ctx, training *t, long long step, pl_table *out) {
    pl_status status;
    hltm_moments m = {0};
    hltm_residue_setting r = {0};
    double variance, ratio = NAN;
    hltm_forward(&t->s.net, t->s.population.x, t->s.population.configs, &t->pass);
    PL_TRY(output_variance(ctx, t, &variance));
    PL_TRY(hltm_moments_new(ctx, &t->s.net, &t->s.population, HLTM_HEAD_RAW, true, &m));
    if (t->residue)
        PL_TRY(hltm_residue_new(ctx, &t->s.net, &t->s.population, &t->s.loss, &r));
    for (size_t l = 0; l < t->s.net.levels; l++) {
        hltm_residue e;
        if (t->residue) {
            PL_TRY(hltm_residue_level(ctx, &r, l, &e));
            ratio = e.residue_norm / e.leading_norm;
        }
        PL_TRY(add_level(ctx, t, &m, l, step, variance, ratio, out));
    }
    t->shown = step;
done:
    hltm_moments_free(&m);
    if (r.net)
        hltm_residue_free(&r);
    return status;
}

static double ceiling(const hltm_population *p) {
    double tv = 0;
    for (size_t x = 0; x < p->configs; x++)
        tv += fabs(p->given[p->configs + x] - p->given[x]) / 2;
    return 4 * p->prior[0] * p->prior[1] * tv * tv;
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status;
    training t = {.rate = pl_option_real(o, "rate"), .residue = pl_option_flag(o, "residue")};
    long long steps = pl_option_int(o, "steps"), every = pl_option_int(o, "every");
    double diverged = NAN;
    pl_progress progress = {0};
    hltm_cost cost =
        hltm_cost_exact((size_t)pl_option_int(o, "depth"), (size_t)pl_option_int(o, "hidden"),
                        HLTM_WITH_OPERATORS | HLTM_WITH_PASS, (size_t)steps + 1);
    if (pl_option_int(o, "depth") <= HLTM_MAX_EXACT_DEPTH) /* else refused with the alternative */
        PL_TRY(hltm_announce(ctx, "exact training", cost));
    progress = pl_progress_start("gradient descent", (size_t)steps, false);
    PL_TRY(hltm_setting_new(ctx, o, &t.s));
    PL_TRY(hltm_net_like(ctx, &t.s.net, &t.grad));
    PL_TRY(hltm_pass_new(ctx, &t.s.net, t.s.population.configs, &t.pass));
    for (long long step = 0;; step++) {
        PL_TRY(hltm_expected_loss(ctx, &t.s.net, &t.s.population, &t.s.loss, &t.grad, &t.value));
        if (!isfinite(t.value.value) ||
            !isfinite(hltm_frobenius(t.grad.parameters, t.grad.count))) {
            pl_warn(ctx, "the run diverged at step %lld and stops there", step);
            diverged = (double)step;
            break;
        }
        if (step % every == 0 || step == steps)
            PL_TRY(show(ctx, &t, step, out));
        if (step == steps)
            break;
        pl_progress_step(&progress, (size_t)step + 1);
        cblas_daxpy((int)t.s.net.count, -t.rate, t.grad.parameters, 1, t.s.net.parameters, 1);
    }
    PL_TRY(
        pl_table_summarise(ctx, out, "final_loss", "1", "loss after the last step", t.value.value));
    PL_TRY(pl_table_summarise(ctx, out, "objective_ceiling", "1",
                              "4 p_0 p_1 TV^2: of tr V for outputs of norm at most 1",
                              ceiling(&t.s.population)));
    PL_TRY(pl_table_summarise(ctx, out, "diverged_at", "1", "step at which it diverged; nan: never",
                              diverged));
    PL_TRY(hltm_cost_summarise(ctx, out, cost));
done:
    pl_progress_end(&progress);
    hltm_pass_free(&t.pass);
    hltm_net_free(&t.grad);
    hltm_setting_free(&t.s);
    return status;
}

const pl_program pl_hltm_dynamics = {
    .name = "dynamics",
    .summary = "training on the exact population: loss, correlations, operator on the way",
    .details = "W <- W - LR dL/dW on the enumerated expectation; tri and nce to depth 3.\nA run "
               "that diverges (L_simp without normalisation does) stops there and says at which "
               "step.",
    .source = "TIAN20 (DYN)",
    .options = options,
    .columns = columns,
    .run = run};
