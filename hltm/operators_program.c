/* TIAN20's figure of operator norms over training (theory notes, Fig. 1): one seed trained by SGD,
 * and at each probe the class means of the connection on fresh samples: |OP_mu| by level in the
 * paper's and in the released code's contraction, its largest eigenvalue, the weights' alignment
 * with the top eigenvector, correlations. */

#include <cblas.h>
#include <math.h>
#include <string.h>

#include "base/progress.h"
#include "hltm/hltm.h"
#include "hltm/probe.h"
#include "hltm/residue.h"
#include "hltm/setting.h"
#include "hltm/sgd.h"

enum { MAX_PROBES = 64, PROBE_STREAM = 20, MEAN_STREAM, RESIDUE_STREAM };

static const pl_option options[] = {
    HLTM_TREE_OPTIONS,
    HLTM_NET_OPTIONS,
    HLTM_LOSS_OPTIONS,
    {"negatives", PL_OPT_INT, "1", 1, 16, NULL, "H", "negatives an anchor", 0},
    {"rate", PL_OPT_REAL, "0.1", 1e-12, 100, NULL, "LR", "learning rate of plain SGD", 0},
    {"batch", PL_OPT_INT, "128", 1, 65536, NULL, NULL, "anchors a step", 0},
    {"epoch", PL_OPT_INT, "64000", 1, 1000000000, NULL, "N", "anchors an epoch", 0},
    {"epochs", PL_OPT_LIST, "0,1,2,5,10,20", 0, 10000, NULL, "LIST", "probed epochs, ascending", 0},
    {"evaluation", PL_OPT_INT, "16000", 100, 10000000, NULL, "N", "samples of a probe", 0},
    {"residue", PL_OPT_INT, NULL, 16, 1024, NULL, "N",
     "also Lambda and theta of tri or nce, on N samples taken as the population (cost N^3)", 0},
    {"seed", PL_OPT_SEED, "1", 0, 0, NULL, NULL, "of the samples", 0},
    {0}};

static const pl_column columns[] = {
    {"epoch", "1", "epochs of training before the probe", false},
    {"level", "1", "0 the root", false},
    {"operator_norm", "1", "|OP_mu|_F, mean over the level's nodes", false},
    {"released_norm", "1", "the same as the released code contracts it", false},
    {"lambda1", "1", "largest eigenvalue of the level's operator", false},
    {"alignment", "1", "|cos| of vec W and its eigenvector", false},
    {"best_correlation", "1", "max over units of |corr|, mean over nodes", false},
    {"loss", "1", "mean training loss since the probe before; nan at first", false},
    {"leading_norm", "1", "|Lambda|_F of the raw output; nan unless --residue", false},
    {"residue_norm", "1", "|theta|_F; nan unless --residue", false},
    {"residue_ratio", "1", "|theta|_F/|Lambda|_F; nan unless --residue", false},
    {0}};

typedef struct probing {
    hltm_tree tree;
    hltm_net net;
    hltm_trainer *trainer;
    size_t evaluation;
    uint64_t seed;
    hltm_loss loss;
    size_t residue; /* samples; 0: not asked for */
} probing;

static pl_status top_eigenvector(pl_ctx *ctx, const probing *p, const hltm_population *pop,
                                 const hltm_moments *m, size_t level, double *lambda,
                                 double *alignment) {
    pl_status status;
    size_t n = hltm_weights(&p->net.layer[level]);
    double *op = NULL, *e = NULL, *vectors = NULL, *w = NULL;
    PL_NEW(ctx, op, n * n);
    PL_NEW(ctx, vectors, n * n);
    PL_NEW(ctx, e, n);
    PL_NEW(ctx, w, n);
    PL_TRY(hltm_operator(ctx, pop, m, m, level, n, op));
    PL_TRY(hltm_eigen(ctx, op, n, e, vectors));
    hltm_vec(&p->net.layer[level], w);
    *lambda = e[0];
    *alignment = fabs(cblas_ddot((int)n, w, 1, vectors, 1)) / hltm_frobenius(w, n);
done:
    pl_free(op);
    pl_free(vectors);
    pl_free(e);
    pl_free(w);
    return status;
}

/* Theorem 4 on samples that stand for the population; the same ones at every probe. Biases and the
 * output's norm are in xi, not in K. */
static pl_status residues(pl_ctx *ctx, const probing *p, hltm_residue *out) {
    pl_status status;
    hltm_population pop = {0};
    hltm_residue_setting s = {0};
    PL_TRY(hltm_population_sampled(ctx, &p->tree, p->seed, RESIDUE_STREAM, p->residue, NULL, &pop));
    PL_TRY(hltm_residue_new(ctx, &p->net, &pop, &p->loss, &s));
    for (size_t l = 0; l < p->net.levels; l++)
        PL_TRY(hltm_residue_level(ctx, &s, l, &out[l]));
done:
    if (s.net)
        hltm_residue_free(&s);
    hltm_population_free(&pop);
    return status;
}

static pl_status add_rows(pl_ctx *ctx, const probing *p, double epoch, double loss, pl_table *out) {
    pl_status status;
    hltm_population pop = {0};
    hltm_moments m = {0};
    hltm_probe *probes = NULL;
    hltm_residue theta[HLTM_MAX_SGD_DEPTH];
    for (size_t l = 0; l < HLTM_MAX_SGD_DEPTH; l++)
        theta[l] = (hltm_residue){.leading_norm = NAN, .residue_norm = NAN};
    if (p->residue)
        PL_TRY(residues(ctx, p, theta));
    PL_NEW(ctx, probes, (size_t)1 << p->tree.depth);
    PL_TRY(hltm_population_sampled(ctx, &p->tree, p->seed, MEAN_STREAM, p->evaluation, NULL, &pop));
    PL_TRY(hltm_moments_new(ctx, &p->net, &pop, HLTM_HEAD_RAW, true, &m));
    PL_TRY(hltm_probe_nodes(ctx, &p->tree, &p->net, p->seed, PROBE_STREAM, p->evaluation, false,
                            probes));
    for (size_t l = 0; l < p->net.levels; l++) {
        size_t nodes = (size_t)1 << l;
        double norm = 0, released = 0, best = 0, lambda, alignment;
        for (size_t i = 0; i < nodes; i++) {
            double a, b;
            PL_TRY(hltm_node_norm(ctx, &p->net, &pop, &m, l, i, false, &a));
            PL_TRY(hltm_node_norm(ctx, &p->net, &pop, &m, l, i, true, &b));
            norm += a / (double)nodes;
            released += b / (double)nodes;
            best += probes[hltm_node(l, i)].best / (double)nodes;
        }
        PL_TRY(top_eigenvector(ctx, p, &pop, &m, l, &lambda, &alignment));
        PL_TRY(pl_table_add(ctx, out,
                            (double[]){epoch, (double)l, norm, released, lambda, alignment, best,
                                       loss, theta[l].leading_norm, theta[l].residue_norm,
                                       theta[l].residue_norm / theta[l].leading_norm},
                            NULL));
    }
done:
    hltm_population_free(&pop);
    hltm_moments_free(&m);
    pl_free(probes);
    return status;
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status;
    probing p = {.evaluation = (size_t)pl_option_int(o, "evaluation"),
                 .seed = pl_option_seed(o, "seed")};
    size_t count, taken = 0, batch = (size_t)pl_option_int(o, "batch"), done;
    size_t steps = ((size_t)pl_option_int(o, "epoch") + batch - 1) / batch;
    const double *epochs = pl_option_list(o, "epochs", &count);
    double loss = NAN;
    pl_progress progress = {0};
    PL_TRY(hltm_setting_tree(ctx, o, &p.tree));
    PL_TRY(hltm_setting_net(ctx, o, p.tree.depth, &p.net));
    const hltm_sgd settings = {.loss = hltm_setting_loss(o),
                               .rate = pl_option_real(o, "rate"),
                               .batch = batch,
                               .seed = p.seed};
    PL_TRY(hltm_announce(ctx, "training",
                         hltm_cost_sampled(p.tree.depth, (size_t)pl_option_int(o, "hidden"), batch,
                                           settings.loss.negatives,
                                           epochs[count - 1] * (double)(steps * batch),
                                           (double)(count * p.evaluation))));
    PL_TRY(hltm_trainer_new(ctx, &p.tree, &p.net, &settings, &p.trainer));
    p.loss = settings.loss;
    p.residue = pl_option_has(o, "residue") ? (size_t)pl_option_int(o, "residue") : 0;
    if (p.residue && p.loss.kind != HLTM_TRI && p.loss.kind != HLTM_NCE) {
        status = pl_fail(ctx, PL_EUSAGE,
                         "--residue is that of --loss tri or nce; the other losses "
                         "have none");
        goto done;
    }
    progress = pl_progress_start("epochs probed", count, false);
    for (size_t at = 0; at < count; at++) {
        size_t want = (size_t)(epochs[at] * (double)steps);
        if (want < taken) {
            status = pl_fail(ctx, PL_EUSAGE, "--epochs must ascend; %g follows %g", epochs[at],
                             epochs[at - 1]);
            goto done;
        }
        hltm_trainer_run(p.trainer, want - taken, &done, &loss);
        taken += done;
        if (taken < want) {
            pl_warn(ctx,
                    "the run diverged at step %zu and stops there; normalise the output or "
                    "lower --rate",
                    taken);
            break;
        }
        hltm_trainer_weights(p.trainer, &p.net);
        PL_TRY(add_rows(ctx, &p, epochs[at], loss, out));
        pl_progress_step(&progress, at + 1);
    }
done:
    pl_progress_end(&progress);
    hltm_trainer_free(p.trainer);
    hltm_net_free(&p.net);
    hltm_tree_free(&p.tree);
    return status;
}

const pl_program pl_hltm_operators = {
    .name = "operators",
    .summary = "operator norms, eigenvalues and alignment over sampled training",
    .details = "Any depth that trains; operators of the raw output from class means over samples.",
    .source = "TIAN20, hierarchical latent trees (Fig. 1)",
    .options = options,
    .columns = columns,
    .run = run};
