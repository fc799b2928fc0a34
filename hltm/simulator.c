/* The simulator against the enumeration (theory notes, sec. 5): one large batch of the trainer
 * estimates the loss, the gradient along the exact gradient, and the correlations that the exact
 * population gives. Replicates are batches of their own. */

#include <cblas.h>
#include <math.h>

#include "base/progress.h"
#include "hltm/hltm.h"
#include "hltm/latent.h"
#include "hltm/probe.h"
#include "hltm/setting.h"
#include "hltm/sgd.h"
#include "math/stats.h"

enum { PROBE_STREAM = 100 };

static const pl_option options[] = {
    HLTM_TREE_OPTIONS,
    HLTM_NET_OPTIONS,
    HLTM_LOSS_OPTIONS,
    {"batch", PL_OPT_INT, "2048", 2, 1 << 20, NULL, "N", "triplets of a replicate", 0},
    {"replicates", PL_OPT_INT, "200", 2, 1000000, NULL, NULL, "batches", 0},
    {"simulated-prior", PL_OPT_REAL, NULL, 1e-6, 1 - 1e-6, NULL, "P",
     "simulate with another P(z_0 = 1) (a control)", 0},
    {"seed", PL_OPT_SEED, "1", 0, 0, NULL, NULL, "of the samples", 0},
    {0}};

static const pl_column columns[] = {
    {"quantity", "", "loss; gradient of a level along the exact one; correlation of a level", true},
    {"level", "1", "0 the root", false},
    {"estimate", "1", "mean over replicates", false},
    {"exact", "1", "by enumeration", false},
    {"standard_error", "1", "of the estimate", false},
    {"unbiased", "1", "1 where the estimate has no bias; a largest correlation has some", false},
    {0}};

typedef struct samples {
    double *loss, *gradient, *correlation; /* replicates; levels x replicates (twice) */
} samples;

/* <g_level, exact>/|exact|^2: 1 in expectation. The step is large, so that single-precision weights
 * resolve it, and one only, so that it is the gradient at the initial weights. */
static pl_status one_batch(pl_ctx *ctx, const pl_options *o, const hltm_setting *s,
                           const hltm_tree *tree, const hltm_net *exact, hltm_net *after, size_t r,
                           size_t replicates, samples *out) {
    pl_status status;
    hltm_trainer *trainer = NULL;
    hltm_probe *probes = NULL;
    size_t done;
    const hltm_sgd settings = {.loss = s->loss,
                               .rate = 0.5,
                               .batch = (size_t)pl_option_int(o, "batch"),
                               .seed = pl_option_seed(o, "seed"),
                               .row = r};
    double factor = s->loss.kind == HLTM_NCE ? s->loss.tau : 1; /* the trainer's nce lacks tau */
    PL_TRY(hltm_trainer_new(ctx, tree, &s->net, &settings, &trainer));
    hltm_trainer_run(trainer, 1, &done, &out->loss[r]);
    out->loss[r] *= factor;
    hltm_trainer_weights(trainer, after);
    for (size_t l = 0; l < s->net.levels; l++) {
        size_t n = hltm_weights(&s->net.layer[l]);
        const double *g = exact->layer[l].w;
        double along = 0;
        for (size_t i = 0; i < n; i++)
            along += g[i] * (s->net.layer[l].w[i] - after->layer[l].w[i]) / settings.rate;
        out->gradient[l * replicates + r] = factor * along / cblas_ddot((int)n, g, 1, g, 1);
    }
    PL_NEW(ctx, probes, (size_t)1 << tree->depth);
    PL_TRY(hltm_probe_nodes(ctx, tree, &s->net, settings.seed, PROBE_STREAM + r, settings.batch,
                            false, probes));
    for (size_t l = 0; l < s->net.levels; l++)
        for (size_t i = 0; i < (size_t)1 << l; i++)
            out->correlation[l * replicates + r] +=
                probes[hltm_node(l, i)].best / (double)((size_t)1 << l);
done:
    hltm_trainer_free(trainer);
    pl_free(probes);
    return status;
}

static pl_status exact_correlation(pl_ctx *ctx, const hltm_setting *s, const hltm_pass *pass,
                                   size_t level, double *out) {
    size_t nodes = (size_t)1 << level;
    double sum = 0;
    for (size_t i = 0; i < nodes; i++) {
        hltm_latent l;
        pl_status status = hltm_latent_new(ctx, &s->tree, &s->net, pass, level, i, &l);
        if (status)
            return status;
        sum += hltm_best_correlation(&s->net, &l) / (double)nodes;
        hltm_latent_free(&l);
    }
    *out = sum;
    return PL_OK;
}

static pl_status add_row(pl_ctx *ctx, const char *name, size_t level, const double *x, size_t n,
                         double exact, pl_table *out) {
    return pl_table_add(ctx, out,
                        (double[]){0, (double)level, pl_mean(x, n), exact,
                                   sqrt(pl_variance(x, n) / (double)n), name[0] != 'c'},
                        (const char *const[]){name});
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status;
    hltm_setting s = {0};
    hltm_tree simulated = {0};
    hltm_net exact = {0}, after = {0};
    hltm_pass pass = {0};
    hltm_objective value;
    samples r = {0};
    pl_progress progress = {0};
    size_t n = (size_t)pl_option_int(o, "replicates");
    PL_TRY(hltm_setting_new(ctx, o, &s));
    PL_TRY(hltm_net_like(ctx, &s.net, &exact));
    PL_TRY(hltm_net_like(ctx, &s.net, &after));
    PL_TRY(hltm_expected_loss(ctx, &s.net, &s.population, &s.loss, &exact, &value));
    PL_TRY(hltm_pass_new(ctx, &s.net, s.population.configs, &pass));
    hltm_forward(&s.net, s.population.x, s.population.configs, &pass);
    double prior = pl_option_has(o, "simulated-prior") ? pl_option_real(o, "simulated-prior")
                                                       : s.tree.root_prior;
    PL_TRY(hltm_tree_new(ctx, s.tree.depth, prior, s.tree.rho + 2, ((size_t)2 << s.tree.depth) - 2,
                         &simulated));
    PL_NEW(ctx, r.loss, n);
    PL_NEW(ctx, r.gradient, n * s.net.levels);
    PL_NEW(ctx, r.correlation, n * s.net.levels);
    progress = pl_progress_start("batches", n, false);
    for (size_t k = 0; k < n; k++) {
        PL_TRY(one_batch(ctx, o, &s, &simulated, &exact, &after, k, n, &r));
        pl_progress_step(&progress, k + 1);
    }
    PL_TRY(add_row(ctx, "loss", 0, r.loss, n, value.value, out));
    for (size_t l = 0; l < s.net.levels; l++)
        PL_TRY(add_row(ctx, "gradient", l, r.gradient + l * n, n, 1, out));
    for (size_t l = 0; l < s.net.levels; l++) {
        double c;
        PL_TRY(exact_correlation(ctx, &s, &pass, l, &c));
        PL_TRY(add_row(ctx, "correlation", l, r.correlation + l * n, n, c, out));
    }
done:
    pl_progress_end(&progress);
    pl_free(r.loss);
    pl_free(r.gradient);
    pl_free(r.correlation);
    hltm_pass_free(&pass);
    hltm_net_free(&exact);
    hltm_net_free(&after);
    hltm_tree_free(&simulated);
    hltm_setting_free(&s);
    return status;
}

const pl_program pl_hltm_simulator = {
    .name = "simulator",
    .summary = "the sampled trainer against the exact enumeration",
    .details = "Loss, gradient along the exact one, and correlations, with standard errors over "
               "independent batches. Losses over batch means (released) carry a bias of order "
               "1/batch.",
    .source = "TIAN20, training on hierarchical latent trees",
    .options = options,
    .columns = columns,
    .run = run};
