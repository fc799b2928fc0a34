/* TIAN20's tables on hierarchical latent trees: training by SGD on sampled triplets, and how well
 * the best unit of every node correlates with its latent, before and after. Tree, net and samples
 * are drawn anew for every seed; seeds run in parallel, each on one thread. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/progress.h"
#include "hltm/hltm.h"
#include "hltm/probe.h"
#include "hltm/setting.h"
#include "hltm/sgd.h"
#include "math/stats.h"

enum {
    MAX_WIDTHS = 16,
    MAX_RANGES = 16,
    MAX_EPOCHS = 64,
    MAX_LOSSES = 8,
    TREE_STREAM = 10,
    NET_STREAM,
    PROBE_STREAM
};
/* A root whose best unit correlates less than this knows nothing: all its units are dead. */
static const double DEAD = 0.05;

static const pl_option options[] = {
    {"depth", PL_OPT_LIST, "5", 1, HLTM_MAX_SGD_DEPTH, NULL, "LIST", "levels below the root", 0},
    {"delta", PL_OPT_LIST, "0.8", 0, 1, NULL, "LIST", "polarities +-U[delta, 1]", 0},
    {"root-prior", PL_OPT_REAL, "0.5", 1e-6, 1 - 1e-6, NULL, "P", "P(z_0 = 1)", 0},
    {"hidden", PL_OPT_LIST, "5", 1, 64, NULL, "LIST", "hidden units a latent", 0},
    {"loss", PL_OPT_TEXT, "released", 0, 0, NULL, "LIST",
     "simp, tri, nce, released, subtract, each with a temperature of its own after a colon "
     "(released:0.01); released and subtract over batch means; tri, nce per sample (nce without "
     "the factor tau)",
     0},
    {"tau", PL_OPT_REAL, "0.1", 1e-6, 1e6, NULL, NULL, "temperature (of the released loss: T)", 0},
    {"r0", PL_OPT_REAL, "0", -1e6, 1e6, NULL, NULL, "margin of tri", 0},
    {"negatives", PL_OPT_INT, "1", 1, 16, NULL, "H", "negatives an anchor", 0},
    {"norm", PL_OPT_SPEC, "l2", 0, 0, "none|l2", NULL, "of the output", 0},
    {"no-bias", PL_OPT_FLAG, NULL, 0, 0, NULL, NULL, "no biases", 0},
    {"slope", PL_OPT_REAL, "0", 0, 1, NULL, NULL, "of the activation below 0", 0},
    {"rate", PL_OPT_REAL, "0.1", 1e-12, 100, NULL, "LR", "learning rate of plain SGD", 0},
    {"batch", PL_OPT_INT, "128", 1, 65536, NULL, NULL, "anchors a step", 0},
    {"epoch", PL_OPT_INT, "64000", 1, 1000000000, NULL, "N", "anchors an epoch", 0},
    {"epochs", PL_OPT_LIST, "0,1,20", 0, 10000, NULL, "LIST",
     "epochs after which the nodes are probed, ascending", 0},
    {"evaluation", PL_OPT_INT, "16000", 100, 10000000, NULL, "N", "samples of a probe", 0},
    {"ceilings", PL_OPT_FLAG, NULL, 0, 0, NULL, NULL, "also the linear and the Bayes ceiling", 0},
    {"replicates", PL_OPT_INT, "20", 2, 100000, NULL, NULL, "seeds: trees, nets and samples", 0},
    {"levels", PL_OPT_SPEC, "all", 0, 0, "all|root", NULL, "rows for every level, or the root", 0},
    {"seed", PL_OPT_SEED, "1", 0, 0, NULL, NULL, "of everything that is drawn", 0},
    {0}};

static const pl_column columns[] = {
    {"loss", "", "what was trained", true},
    {"tau", "1", "its temperature", false},
    {"depth", "1", "levels below the root", false},
    {"delta", "1", "least size of a polarity", false},
    {"hidden", "1", "hidden units a latent", false},
    {"epoch", "1", "epochs of training before the probe", false},
    {"level", "1", "0 the root", false},
    {"median", "1", "over seeds, of the level's mean best |correlation|", false},
    {"median_lower", "1", "its interval from order statistics, at least 95 %", false},
    {"median_upper", "1", "its other end", false},
    {"mean", "1", "over seeds", false},
    {"standard_error", "1", "of the mean", false},
    {"learned", "1", "mean over seeds of the change since the first probe", false},
    {"learned_error", "1", "its standard error", false},
    {"trained", "1", "1 after the first probe", false},
    {"widened", "1", "mean change against the width before (the first: against 0)", false},
    {"widened_error", "1", "its standard error", false},
    {"linear", "1", "mean linear ceiling; nan unless --ceilings", false},
    {"bayes", "1", "mean Bayes ceiling; nan unless --ceilings", false},
    {"dead_roots", "1", "seeds whose root correlates below 0.05", false},
    {"diverged", "1", "seeds whose training had diverged by then; they count as 0", false},
    {"diverged_at", "1", "the first step at which one of them did; nan: none", false},
    {0}};

/* What is trained; every case over all seeds. */
typedef struct setting {
    hltm_loss loss;
    size_t depth, hidden;
    double delta;
} setting;

/* One run: a seed of one case. Results at [probe][level]. */
typedef struct run_result {
    double best[MAX_EPOCHS][HLTM_MAX_SGD_DEPTH], linear[MAX_EPOCHS][HLTM_MAX_SGD_DEPTH],
        bayes[MAX_EPOCHS][HLTM_MAX_SGD_DEPTH];
    size_t diverged[MAX_EPOCHS]; /* the step, counted from 1; 0: it has not */
    pl_status status;
    char message[256];
} run_result;

typedef struct plan {
    size_t n_loss, n_depth, n_delta, n_hidden, n_epochs, seeds, batch, epoch, evaluation;
    const double *depth, *delta, *hidden, *epochs;
    hltm_loss loss[MAX_LOSSES];
    double prior, slope;
    bool bias, l2, ceilings, root_only;
    uint64_t seed;
    double rate;
} plan;

/* Cases in the order of the rows: losses, depths, deltas, widths. */
static size_t cases(const plan *p) {
    return p->n_loss * p->n_depth * p->n_delta * p->n_hidden;
}

static setting setting_of(const plan *p, size_t i) {
    size_t delta = i / p->n_hidden, depth = delta / p->n_delta;
    return (setting){.loss = p->loss[depth / p->n_depth],
                     .depth = (size_t)p->depth[depth % p->n_depth],
                     .hidden = (size_t)p->hidden[i % p->n_hidden],
                     .delta = p->delta[delta % p->n_delta]};
}

static hltm_cost cost_of(const plan *p, const setting *s) {
    return hltm_cost_sampled(s->depth, s->hidden, p->batch, s->loss.negatives,
                             p->epochs[p->n_epochs - 1] * (double)p->epoch,
                             (double)(p->n_epochs * p->evaluation));
}

static pl_status probe(pl_ctx *ctx, const plan *p, const hltm_tree *tree, const hltm_net *net,
                       size_t seed, size_t at, run_result *out) {
    pl_status status = PL_OK;
    hltm_probe *probes = NULL;
    PL_NEW(ctx, probes, (size_t)1 << tree->depth);
    PL_TRY(hltm_probe_nodes(ctx, tree, net, p->seed, PROBE_STREAM + seed, p->evaluation,
                            p->ceilings, probes));
    for (size_t l = 0; l < tree->depth; l++) {
        size_t nodes = (size_t)1 << l;
        for (size_t i = 0; i < nodes; i++) {
            const hltm_probe *q = &probes[hltm_node(l, i)];
            out->best[at][l] += q->best / (double)nodes;
            out->linear[at][l] += q->linear / (double)nodes;
            out->bayes[at][l] += q->bayes / (double)nodes;
        }
    }
done:
    pl_free(probes);
    return status;
}

static pl_status train(pl_ctx *ctx, const plan *p, const setting *s, size_t seed, run_result *out) {
    pl_status status;
    hltm_tree tree = {0};
    hltm_net net = {0};
    hltm_trainer *trainer = NULL;
    hltm_draws tree_draws = hltm_stream(p->seed, TREE_STREAM, seed);
    hltm_draws net_draws = hltm_stream(p->seed, NET_STREAM, seed);
    size_t steps = (p->epoch + p->batch - 1) / p->batch, taken = 0, diverged = 0, done;
    double loss;
    PL_TRY(hltm_tree_random(ctx, s->depth, p->prior, s->delta, 1, &tree_draws, &tree));
    PL_TRY(hltm_net_tree(ctx, s->depth, s->hidden, &net));
    net.bias = p->bias;
    net.slope = p->slope;
    net.norm = p->l2 ? HLTM_NORM_L2 : HLTM_NORM_NONE;
    hltm_net_draw(&net, &net_draws, 1);
    const hltm_sgd settings = {
        .loss = s->loss, .rate = p->rate, .batch = p->batch, .seed = p->seed, .row = seed};
    PL_TRY(hltm_trainer_new(ctx, &tree, &net, &settings, &trainer));
    for (size_t at = 0; at < p->n_epochs; at++) {
        size_t want = (size_t)(p->epochs[at] * (double)steps);
        if (!diverged && want > taken) {
            hltm_trainer_run(trainer, want - taken, &done, &loss);
            diverged = done < want - taken ? taken + done + 1 : 0;
            taken += done;
            hltm_trainer_weights(trainer, &net);
        }
        out->diverged[at] = diverged;
        if (!diverged)
            PL_TRY(probe(ctx, p, &tree, &net, seed, at, out));
    }
done:
    hltm_trainer_free(trainer);
    hltm_net_free(&net);
    hltm_tree_free(&tree);
    return status;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Order statistics k and n+1-k whose interval holds the median with at least 95 %. */
static size_t median_rank(size_t n) {
    double below = pow(0.5, (double)n), term = below;
    size_t k = 0;
    while (k + 1 < n && below + term * (double)(n - k) / (double)(k + 1) <= 0.025) {
        term *= (double)(n - k) / (double)(k + 1);
        below += term;
        k++;
    }
    return below <= 0.025 ? k : 0;
}

static double error_of(const double *x, size_t n) {
    return sqrt(pl_variance(x, n) / (double)n);
}

static pl_status add_row(pl_ctx *ctx, const plan *p, const run_result *runs, size_t i, size_t at,
                         size_t level, pl_table *out) {
    pl_status status = PL_OK;
    const setting s = setting_of(p, i);
    size_t n = p->seeds, rank = median_rank(n), dead = 0, diverged = 0, first = SIZE_MAX;
    const run_result *here = runs + i * n, *before = i % p->n_hidden ? here - n : NULL;
    double *v = NULL, linear = 0, bayes = 0;
    PL_NEW(ctx, v, 3 * n);
    double *learned = v + n, *widened = learned + n;
    for (size_t k = 0; k < n; k++) {
        v[k] = here[k].best[at][level];
        learned[k] = v[k] - here[k].best[0][level];
        widened[k] = v[k] - (before ? before[k].best[at][level] : 0);
        linear += here[k].linear[at][level] / (double)n;
        bayes += here[k].bayes[at][level] / (double)n;
        dead += here[k].best[at][0] < DEAD && !here[k].diverged[at];
        diverged += here[k].diverged[at] > 0;
        if (here[k].diverged[at] && here[k].diverged[at] < first)
            first = here[k].diverged[at];
    }
    double mean = pl_mean(v, n), error = error_of(v, n);
    qsort(v, n, sizeof *v, ascending);
    PL_TRY(pl_table_add(ctx, out,
                        (double[]){0,
                                   s.loss.tau,
                                   (double)s.depth,
                                   s.delta,
                                   (double)s.hidden,
                                   p->epochs[at],
                                   (double)level,
                                   n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2,
                                   v[rank],
                                   v[n - 1 - rank],
                                   mean,
                                   error,
                                   pl_mean(learned, n),
                                   error_of(learned, n),
                                   at > 0,
                                   pl_mean(widened, n),
                                   error_of(widened, n),
                                   linear,
                                   bayes,
                                   (double)dead,
                                   (double)diverged,
                                   diverged ? (double)first : (double)NAN},
                        (const char *const[]){hltm_loss_name(s.loss.kind)}));
done:
    pl_free(v);
    return status;
}

/* "released:0.01,nce": names, each with its temperature or --tau. */
static pl_status read_losses(pl_ctx *ctx, const pl_options *o, plan *p) {
    const char *at = pl_option_text(o, "loss");
    for (;; at++) {
        size_t word = strcspn(at, ":,");
        hltm_loss loss = hltm_setting_loss(o);
        if (!hltm_loss_named(at, word, &loss.kind))
            return pl_fail(ctx, PL_EUSAGE,
                           "--loss has no '%.*s'; expected simp, tri, nce, released or subtract",
                           (int)word, at);
        at += word;
        if (*at == ':') {
            char *end;
            loss.tau = strtod(at + 1, &end);
            if (end == at + 1 || (*end && *end != ',') || !(loss.tau > 0) || !isfinite(loss.tau))
                return pl_fail(ctx, PL_EUSAGE,
                               "--loss: the temperature '%.*s' must be a number above 0",
                               (int)strcspn(at + 1, ","), at + 1);
            at = end;
        }
        if (p->n_loss == MAX_LOSSES)
            return pl_fail(ctx, PL_EUSAGE, "--loss takes at most %d losses", MAX_LOSSES);
        p->loss[p->n_loss++] = loss;
        if (!*at)
            return PL_OK;
    }
}

static pl_status whole(pl_ctx *ctx, const char *name, const double *list, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (list[i] != floor(list[i]))
            return pl_fail(ctx, PL_EUSAGE, "--%s takes whole numbers, not %g", name, list[i]);
    return PL_OK;
}

static pl_status make_plan(pl_ctx *ctx, const pl_options *o, plan *p) {
    pl_status status;
    *p = (plan){.seeds = (size_t)pl_option_int(o, "replicates"),
                .batch = (size_t)pl_option_int(o, "batch"),
                .epoch = (size_t)pl_option_int(o, "epoch"),
                .evaluation = (size_t)pl_option_int(o, "evaluation"),
                .prior = pl_option_real(o, "root-prior"),
                .slope = pl_option_real(o, "slope"),
                .rate = pl_option_real(o, "rate"),
                .bias = !pl_option_flag(o, "no-bias"),
                .l2 = strcmp(pl_option_spec(o, "norm", NULL), "l2") == 0,
                .ceilings = pl_option_flag(o, "ceilings"),
                .root_only = strcmp(pl_option_spec(o, "levels", NULL), "root") == 0,
                .seed = pl_option_seed(o, "seed")};
    p->depth = pl_option_list(o, "depth", &p->n_depth);
    p->delta = pl_option_list(o, "delta", &p->n_delta);
    p->hidden = pl_option_list(o, "hidden", &p->n_hidden);
    p->epochs = pl_option_list(o, "epochs", &p->n_epochs);
    PL_TRY(read_losses(ctx, o, p));
    PL_TRY(whole(ctx, "depth", p->depth, p->n_depth));
    PL_TRY(whole(ctx, "hidden", p->hidden, p->n_hidden));
    if (p->n_delta > MAX_RANGES || p->n_hidden > MAX_WIDTHS || p->n_epochs > MAX_EPOCHS)
        return pl_fail(ctx, PL_EUSAGE, "at most %d deltas, %d widths and %d epochs", MAX_RANGES,
                       MAX_WIDTHS, MAX_EPOCHS);
    for (size_t i = 1; i < p->n_epochs; i++)
        if (p->epochs[i] <= p->epochs[i - 1])
            return pl_fail(ctx, PL_EUSAGE, "--epochs must ascend; %g follows %g", p->epochs[i],
                           p->epochs[i - 1]);
done:
    return status;
}

/* Memory of the widest case and time of all, before anything is drawn. */
static pl_status announce(pl_ctx *ctx, const plan *p, hltm_cost *out) {
    hltm_cost all = {0};
    for (size_t i = 0; i < cases(p); i++) {
        const setting s = setting_of(p, i);
        hltm_cost one = cost_of(p, &s);
        all.bytes = fmax(all.bytes, one.bytes);
        all.seconds += one.seconds * (double)p->seeds;
    }
    *out = all;
    return hltm_announce(ctx, "training, on each thread", all);
}

/* Which run was stopped first, and where. */
static void warn_of_divergence(pl_ctx *ctx, const plan *p, const run_result *runs) {
    size_t jobs = cases(p) * p->seeds, last = p->n_epochs - 1, diverged = 0, of = 0;
    for (size_t j = 0; j < jobs; j++) {
        if (!runs[j].diverged[last])
            continue;
        if (!diverged++ || runs[j].diverged[last] < runs[of].diverged[last])
            of = j;
    }
    if (!diverged)
        return;
    const setting s = setting_of(p, of / p->seeds);
    pl_warn(ctx,
            "%zu of %zu runs diverged and were stopped; the first diverged at step %zu (seed %zu, "
            "loss %s, depth %zu, delta %g, hidden %zu); normalise the output or lower --rate",
            diverged, jobs, runs[of].diverged[last], of % p->seeds, hltm_loss_name(s.loss.kind),
            s.depth, s.delta, s.hidden);
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status;
    plan p;
    run_result *runs = NULL;
    hltm_cost cost;
    PL_TRY(make_plan(ctx, o, &p));
    PL_TRY(announce(ctx, &p, &cost));
    size_t jobs = cases(&p) * p.seeds, dead = 0, diverged = 0, finished = 0;
    PL_NEW(ctx, runs, jobs);
    pl_progress progress = pl_progress_start("runs", jobs, false);
#pragma omp parallel for schedule(dynamic) num_threads(pl_threads(ctx))
    for (size_t j = 0; j < jobs; j++) {
        pl_ctx *own = pl_ctx_new(); /* messages of one run must not overwrite another's */
        const setting s = setting_of(&p, j / p.seeds);
        if (!own) {
            runs[j].status = PL_ENOMEM;
            continue;
        }
        pl_set_threads(own, 1);
        runs[j].status = train(own, &p, &s, j % p.seeds, &runs[j]);
        strncpy(runs[j].message, pl_message(own), sizeof runs[j].message - 1);
        pl_ctx_free(own);
#pragma omp critical(hltm_latents_progress)
        pl_progress_step(&progress, ++finished);
    }
    pl_progress_end(&progress);
    for (size_t j = 0; j < jobs; j++)
        if (runs[j].status) {
            status = pl_fail(ctx, runs[j].status, "seed %zu: %s", j % p.seeds, runs[j].message);
            goto done;
        }
    for (size_t i = 0; i < cases(&p); i++)
        for (size_t at = 0; at < p.n_epochs; at++)
            for (size_t l = 0; l < (p.root_only ? 1 : setting_of(&p, i).depth); l++)
                PL_TRY(add_row(ctx, &p, runs, i, at, l, out));
    for (size_t j = 0; j < jobs; j++) {
        dead += runs[j].best[p.n_epochs - 1][0] < DEAD && !runs[j].diverged[p.n_epochs - 1];
        diverged += runs[j].diverged[p.n_epochs - 1] > 0;
    }
    PL_TRY(pl_table_summarise(ctx, out, "runs", "1", "trees, nets and samples", (double)jobs));
    PL_TRY(
        pl_table_summarise(ctx, out, "dead", "1", "runs that end with a dead root", (double)dead));
    PL_TRY(pl_table_summarise(ctx, out, "diverged_runs", "1", "runs that diverged; they count as 0",
                              (double)diverged));
    PL_TRY(hltm_cost_summarise(ctx, out, cost));
    warn_of_divergence(ctx, &p, runs);
done:
    pl_free(runs);
    return status;
}

const pl_program pl_hltm_latents = {
    .name = "latents",
    .summary = "training on sampled triplets: correlation of every node with its latent",
    .details = "Median and interval over seeds, dead roots counted; a run that diverges is stopped "
               "and its step said. Table B: --delta 0.7,0.8,0.9 --hidden 2,5,10; "
               "'plumb hltm' lists the others.",
    .source = "TIAN20, hierarchical latent trees (tables B to F)",
    .options = options,
    .columns = columns,
    .run = run};
