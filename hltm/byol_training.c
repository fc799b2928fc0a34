/* BYOL on hierarchical latent trees (theory notes, hltm, Table G): what part of the output's
 * variance separates the root's two values after training, with and without predictor, zero mean
 * and a slow target. Gradient descent on the exact population, net and predictor at once. */

#include <cblas.h>
#include <math.h>
#include <string.h>

#include "base/progress.h"
#include "hltm/byol_loss.h"
#include "hltm/hltm.h"
#include "hltm/latent.h"
#include "hltm/setting.h"
#include "math/stats.h"

enum { VARIANTS = 8, PREDICTOR = 1, ZERO_MEAN = 2, EMA = 4, MAX_BYOL_DEPTH = 3 };
enum { TREE_STREAM = 10, NET_STREAM, PREDICTOR_STREAM = 30 };
/* Outputs whose variance is less than this share of their square have collapsed to a point. */
static const double COLLAPSED = 1e-8;

static const pl_option options[] = {
    {"depth", PL_OPT_INT, "3", 1, MAX_BYOL_DEPTH, NULL, "L", "levels below the root", 0},
    {"delta", PL_OPT_REAL, "0.8", 0, 1, NULL, NULL, "polarities +-U[delta, 1]", 0},
    {"root-prior", PL_OPT_REAL, "0.5", 1e-6, 1 - 1e-6, NULL, "P", "P(z_0 = 1)", 0},
    {"hidden", PL_OPT_INT, "5", 1, HLTM_BYOL_MAX_OUTPUTS, NULL, "H", "hidden units a latent", 0},
    {"norm", PL_OPT_SPEC, "l2", 0, 0, "none|l2", NULL, "of the output", 0},
    {"no-bias", PL_OPT_FLAG, NULL, 0, 0, NULL, NULL, "no biases", 0},
    {"slope", PL_OPT_REAL, "0", 0, 1, NULL, NULL, "of the activation below 0", 0},
    {"predictor", PL_OPT_SPEC, "random", 0, 0, "random|identity", NULL,
     "P before training: U(-1, 1)/sqrt(H) as the other layers, or I", 0},
    {"rate", PL_OPT_REAL, "0.1", 1e-12, 100, NULL, "LR", "learning rate of net and predictor", 0},
    {"steps", PL_OPT_INT, "500", 0, 1000000, NULL, NULL, "of gradient descent", 0},
    {"decay", PL_OPT_REAL, "0.99", 0, 1, NULL, NULL, "of the slow target W' <- g W' + (1 - g) W",
     0},
    {"replicates", PL_OPT_INT, "20", 2, 100000, NULL, NULL, "seeds: trees and nets", 0},
    {"seed", PL_OPT_SEED, "1", 0, 0, NULL, NULL, "of everything that is drawn", 0},
    {0}};

static const pl_column columns[] = {
    {"predictor", "1", "1 where P is trained; else P = I", false},
    {"zero_mean", "1", "1 where both towers are centred", false},
    {"ema", "1", "1 where the target is the slow average; else W' = W", false},
    {"share_before", "1", "tr V_x[mean output]/tr V[output] before training, mean over seeds",
     false},
    {"share", "1", "the same after training; 0 where the output has collapsed", false},
    {"standard_error", "1", "of share", false},
    {"between_variance", "1", "tr V_x[mean output] after training, mean", false},
    {"total_variance", "1", "tr V[output] after training, mean", false},
    {"correlation", "1", "best |corr| of the root's units with its latent, mean", false},
    {"centring_change", "1", "largest |change of share| by zero mean, all else equal", false},
    {"collapsed", "1", "seeds whose output's variance is below 1e-8 of its square", false},
    {"diverged", "1", "seeds whose training diverged; they count as 0", false},
    {0}};

/* One seed: its tree, and what every variant came to. */
typedef struct result {
    double before, share[VARIANTS], between[VARIANTS], total[VARIANTS], correlation[VARIANTS];
    bool collapsed[VARIANTS];
    size_t diverged[VARIANTS]; /* the step; 0: it did not */
    pl_status status;
    char message[256];
} result;

typedef struct plan {
    size_t depth, hidden, steps, seeds;
    double delta, prior, slope, rate, decay;
    bool bias, l2, identity;
    uint64_t seed;
} plan;

typedef struct learner {
    hltm_tree tree;
    hltm_population pop;
    hltm_net net, target, grad;
    hltm_pass pass;
    double *g, *p, *p_grad, *means;
} learner;

static void release(learner *b) {
    hltm_tree_free(&b->tree);
    hltm_population_free(&b->pop);
    hltm_net_free(&b->net);
    hltm_net_free(&b->target);
    hltm_net_free(&b->grad);
    hltm_pass_free(&b->pass);
    pl_free(b->g);
    pl_free(b->p);
    pl_free(b->p_grad);
    pl_free(b->means);
}

static pl_status allocate(pl_ctx *ctx, const plan *p, size_t seed, learner *b) {
    pl_status status;
    hltm_draws draws = hltm_stream(p->seed, TREE_STREAM, seed);
    size_t d = p->hidden;
    PL_TRY(hltm_tree_random(ctx, p->depth, p->prior, p->delta, 1, &draws, &b->tree));
    PL_TRY(hltm_population_tree(ctx, &b->tree, &b->pop));
    PL_TRY(hltm_net_tree(ctx, p->depth, d, &b->net));
    b->net.bias = p->bias;
    b->net.slope = p->slope;
    b->net.norm = p->l2 ? HLTM_NORM_L2 : HLTM_NORM_NONE;
    PL_TRY(hltm_net_like(ctx, &b->net, &b->target));
    PL_TRY(hltm_net_like(ctx, &b->net, &b->grad));
    PL_TRY(hltm_pass_new(ctx, &b->net, b->pop.configs, &b->pass));
    PL_NEW(ctx, b->g, b->pop.configs * d);
    PL_NEW(ctx, b->p, d * d);
    PL_NEW(ctx, b->p_grad, d * d);
    PL_NEW(ctx, b->means, 2 * d);
done:
    return status;
}

/* Every variant of a seed starts from the same weights. */
static void start(const plan *p, size_t seed, bool predictor, learner *b) {
    hltm_draws net = hltm_stream(p->seed, NET_STREAM, seed);
    hltm_draws first = hltm_stream(p->seed, PREDICTOR_STREAM, seed);
    size_t d = p->hidden;
    hltm_net_draw(&b->net, &net, 1);
    memcpy(b->target.parameters, b->net.parameters, b->net.count * sizeof *b->net.parameters);
    for (size_t i = 0; i < d * d; i++) {
        double u = (2 * hltm_next(&first) - 1) / sqrt((double)d);
        b->p[i] = predictor && !p->identity ? u : i % (d + 1) == 0;
    }
}

static void class_means(learner *b, const hltm_net *net) {
    hltm_forward(net, b->pop.x, b->pop.configs, &b->pass);
    hltm_class_means(&b->pop, b->pass.out, hltm_outputs(net), b->means);
}

/* false when a gradient is no longer finite: nothing is changed then */
static bool step(const plan *p, unsigned variant, learner *b) {
    size_t d = p->hidden, count = b->net.count;
    double keep = variant & EMA ? p->decay : 0;
    if (variant & EMA)
        class_means(b, &b->target);
    hltm_forward(&b->net, b->pop.x, b->pop.configs, &b->pass);
    if (!(variant & EMA))
        hltm_class_means(&b->pop, b->pass.out, d, b->means);
    memset(b->grad.parameters, 0, count * sizeof *b->grad.parameters);
    hltm_byol_gradient(&b->pop, b->pass.out, b->means, d, b->p, variant & ZERO_MEAN, b->g);
    hltm_backward(&b->net, &b->pass, b->g, &b->grad);
    if (!isfinite(cblas_dasum((int)count, b->grad.parameters, 1)))
        return false;
    if (variant & PREDICTOR) {
        hltm_byol_predictor_gradient(&b->pop, b->pass.out, b->means, d, b->p, variant & ZERO_MEAN,
                                     b->p_grad);
        cblas_daxpy((int)(d * d), -p->rate, b->p_grad, 1, b->p, 1);
    }
    cblas_daxpy((int)count, -p->rate, b->grad.parameters, 1, b->net.parameters, 1);
    for (size_t i = 0; i < count; i++)
        b->target.parameters[i] =
            keep * b->target.parameters[i] + (1 - keep) * b->net.parameters[i];
    return true;
}

/* tr V_x[mean output], tr V[output], E|output|^2. */
static void variances(learner *b, double *between, double *total, double *square) {
    size_t d = hltm_outputs(&b->net);
    *between = *total = *square = 0;
    class_means(b, &b->net);
    for (size_t i = 0; i < b->pop.configs; i++)
        for (size_t c = 0; c < d; c++)
            *square += b->pop.marginal[i] * pow(b->pass.out[i * d + c], 2);
    *total = *square;
    for (size_t c = 0; c < d; c++) {
        double mean = b->pop.prior[0] * b->means[c] + b->pop.prior[1] * b->means[d + c];
        *total -= mean * mean;
        *between += b->pop.prior[0] * b->pop.prior[1] * pow(b->means[d + c] - b->means[c], 2);
    }
}

static pl_status train(pl_ctx *ctx, const plan *p, size_t seed, result *out) {
    pl_status status;
    learner b = {0};
    double square;
    PL_TRY(allocate(ctx, p, seed, &b));
    for (unsigned v = 0; v < VARIANTS; v++) {
        hltm_latent root;
        start(p, seed, v & PREDICTOR, &b);
        if (v == 0) {
            variances(&b, &out->between[0], &out->total[0], &square);
            out->before = out->total[0] > COLLAPSED * square ? out->between[0] / out->total[0] : 0;
        }
        for (size_t k = 0; k < p->steps && !out->diverged[v]; k++)
            if (!step(p, v, &b))
                out->diverged[v] = k + 1;
        if (out->diverged[v]) {
            out->between[v] = out->total[v] = 0;
            continue;
        }
        variances(&b, &out->between[v], &out->total[v], &square);
        out->collapsed[v] = !(out->total[v] > COLLAPSED * square);
        out->share[v] = out->collapsed[v] ? 0 : out->between[v] / out->total[v];
        PL_TRY(hltm_latent_new(ctx, &b.tree, &b.net, &b.pass, 0, 0, &root));
        out->correlation[v] = out->collapsed[v] ? 0 : hltm_best_correlation(&b.net, &root);
        hltm_latent_free(&root);
    }
done:
    release(&b);
    return status;
}

static pl_status add_row(pl_ctx *ctx, const plan *p, const result *r, unsigned v, pl_table *out,
                         double *centring) {
    pl_status status = PL_OK;
    double *share = NULL, before = 0, between = 0, total = 0, correlation = 0, change = 0;
    double collapsed = 0, diverged = 0, n = (double)p->seeds;
    PL_NEW(ctx, share, p->seeds);
    for (size_t s = 0; s < p->seeds; s++) {
        share[s] = r[s].share[v];
        before += r[s].before / n;
        between += r[s].between[v] / n;
        total += r[s].total[v] / n;
        correlation += r[s].correlation[v] / n;
        change = fmax(change, fabs(share[s] - r[s].share[v ^ ZERO_MEAN]));
        collapsed += r[s].collapsed[v];
        diverged += r[s].diverged[v] > 0;
    }
    PL_TRY(
        pl_table_add(ctx, out,
                     (double[]){(v & PREDICTOR) != 0, (v & ZERO_MEAN) != 0, (v & EMA) != 0, before,
                                pl_mean(share, p->seeds), sqrt(pl_variance(share, p->seeds) / n),
                                between, total, correlation, change, collapsed, diverged},
                     NULL));
    *centring = change;
done:
    pl_free(share);
    return status;
}

static void warn_of_divergence(pl_ctx *ctx, const plan *p, const result *r) {
    size_t diverged = 0, first = SIZE_MAX, of = 0;
    for (size_t s = 0; s < p->seeds; s++)
        for (unsigned v = 0; v < VARIANTS; v++) {
            if (!r[s].diverged[v])
                continue;
            diverged++;
            if (r[s].diverged[v] < first) {
                first = r[s].diverged[v];
                of = s;
            }
        }
    if (diverged)
        pl_warn(ctx,
                "%zu of %zu runs diverged and were stopped, the first (seed %zu) at step %zu; "
                "normalise the output or lower --rate",
                diverged, p->seeds * VARIANTS, of, first);
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status = PL_OK;
    result *r = NULL;
    double centring[VARIANTS];
    const plan p = {.depth = (size_t)pl_option_int(o, "depth"),
                    .hidden = (size_t)pl_option_int(o, "hidden"),
                    .steps = (size_t)pl_option_int(o, "steps"),
                    .seeds = (size_t)pl_option_int(o, "replicates"),
                    .delta = pl_option_real(o, "delta"),
                    .prior = pl_option_real(o, "root-prior"),
                    .slope = pl_option_real(o, "slope"),
                    .rate = pl_option_real(o, "rate"),
                    .decay = pl_option_real(o, "decay"),
                    .bias = !pl_option_flag(o, "no-bias"),
                    .l2 = strcmp(pl_option_spec(o, "norm", NULL), "l2") == 0,
                    .identity = strcmp(pl_option_spec(o, "predictor", NULL), "identity") == 0,
                    .seed = pl_option_seed(o, "seed")};
    pl_progress progress = pl_progress_start("BYOL: seeds", p.seeds, false);
    size_t done = 0;
    PL_NEW(ctx, r, p.seeds);
#pragma omp parallel for schedule(dynamic) num_threads(pl_threads(ctx))
    for (size_t s = 0; s < p.seeds; s++) {
        pl_ctx *own = pl_ctx_new(); /* messages of one run must not overwrite another's */
        r[s].status = own ? train(own, &p, s, &r[s]) : PL_ENOMEM;
        if (own)
            strncpy(r[s].message, pl_message(own), sizeof r[s].message - 1);
        pl_ctx_free(own);
#pragma omp critical(hltm_byol_progress)
        pl_progress_step(&progress, ++done);
    }
    pl_progress_end(&progress);
    for (size_t s = 0; s < p.seeds; s++)
        if (r[s].status) {
            status = pl_fail(ctx, r[s].status, "seed %zu: %s", s, r[s].message);
            goto done;
        }
    for (unsigned v = 0; v < VARIANTS; v++)
        PL_TRY(add_row(ctx, &p, r, v, out, &centring[v]));
    PL_TRY(PL_SUMMARISE(ctx, out,
                        {"centring_alone", "1",
                         "largest |change of share| by zero mean without predictor and EMA",
                         centring[0]},
                        {"centring_with_predictor", "1",
                         "the same with a trained predictor, without EMA", centring[PREDICTOR]}));
    warn_of_divergence(ctx, &p, r);
done:
    pl_free(r);
    return status;
}

const pl_program pl_hltm_byol_training = {
    .name = "byol-training",
    .summary = "BYOL trained on the tree: predictor, zero mean and slow target, in all eight ways",
    .details = "Gradient descent on E|P (f(x_1) - mu) - (f'(x_2) - mu')|^2/2 over the enumerated "
               "population, f' not differentiated; share is tr V_x[mean output]/tr V[output]: 1 "
               "where the output depends on the root alone.",
    .source = "TIAN20, BYOL (form derived here)",
    .options = options,
    .columns = columns,
    .run = run};
