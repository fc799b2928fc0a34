/* BL22.THM1(iii): the critical points of VICReg (alpha = beta) are sqrt(nu) U_S diag(sqrt mu_S) R
 * for subsets S of at most K modes; every one but the minimum is a strict saddle. */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "spectral/dense.h"
#include "spectral/embedding.h"
#include "spectral/modes.h"
#include "spectral/relation.h"
#include "spectral/search.h"
#include "spectral/spectral.h"

static const pl_option options[] = {
    RELATION_OPTIONS("path:6"),
    {"embedding", PL_OPT_INT, "2", 1, 6, NULL, "K", "columns of the embedding", 0},
    {"alpha", PL_OPT_REAL, "1", 1e-9, 1e9, NULL, NULL, "weight of variance and covariance", 0},
    {"gamma", PL_OPT_REAL, "0.2", 0, 1e12, NULL, NULL, "weight of the invariance term", 0},
    {"starts", PL_OPT_INT, "20", 0, 10000, NULL, NULL, "random starts of the optimiser", 0},
    {"seed", PL_OPT_SEED, "1", 0, 0, NULL, NULL, "seed of the starts", 0},
    {0}};

static const pl_column columns[] = {
    {"modes", "", "the subset S", true},
    {"level", "nats", "alpha (K - sum over S of mu^2)", false},
    {"critical_loss", "nats", "the loss itself there", false},
    {"gradient_norm", "nats", "|gradient| there", false},
    {"predicted_curvature", "nats",
     "of the best way out: -4 alpha mu_i (mu_j - mu_i), or -4 alpha mu_j for a free column; 0 at "
     "the minimum",
     false},
    {"curvature", "nats", "second difference of the loss along it", false},
    {"saddle", "1", "1: there is a way out", false},
    {0}};

enum { MAX_COLUMNS = 6, MAX_SUBSETS = 20000 };

typedef struct subset {
    size_t mode[MAX_COLUMNS], count;
    double level;
} subset;

static int by_level(const void *a, const void *b) {
    const subset *x = a, *y = b;
    return x->level < y->level ? -1 : x->level > y->level;
}

typedef struct problem {
    const pl_graph *g;
    pl_spectral_loss loss;
    size_t n, k;
    modes m;
    double *mu;
    size_t positive;
} problem;

/* All subsets of at most K modes with mu > 0, by counting in increasing tuples. */
static pl_status list_subsets(pl_ctx *ctx, const problem *p, subset *list, size_t *count) {
    *count = 0;
    subset s = {0};
    for (;;) {
        s.level = p->loss.alpha * (double)p->k;
        for (size_t i = 0; i < s.count; i++)
            s.level -= p->loss.alpha * p->mu[s.mode[i]] * p->mu[s.mode[i]];
        if (*count == MAX_SUBSETS)
            return pl_fail(ctx, PL_EUSAGE,
                           "more than %d critical levels: use a smaller graph or "
                           "--embedding",
                           MAX_SUBSETS);
        list[(*count)++] = s;
        size_t next = s.count ? s.mode[s.count - 1] + 1 : 0;
        if (s.count < p->k && next < p->positive) {
            s.mode[s.count++] = next;
            continue;
        }
        while (s.count && ++s.mode[s.count - 1] >= p->positive)
            s.count--;
        if (s.count == 0)
            return PL_OK;
    }
}

/* Column c of Z, towards mode j at angle theta (free: at size theta): Z's c-th mode is s.mode[c].
 */
static void place(const problem *p, const subset *s, size_t c, size_t j, bool free_column,
                  double theta, pl_mat z) {
    double nu = p->loss.nu;
    for (size_t i = 0; i < p->n; i++) {
        const double *u = p->m.vector.a + i * p->m.vector.ld;
        for (size_t e = 0; e < p->k; e++)
            z.a[i * p->k + e] = e < s->count ? sqrt(nu * p->mu[s->mode[e]]) * u[s->mode[e]] : 0;
        if (free_column)
            z.a[i * p->k + c] = sqrt(nu) * theta * u[j];
        else if (theta != 0)
            z.a[i * p->k + c] =
                sqrt(nu * p->mu[s->mode[c]]) * (cos(theta) * u[s->mode[c]] + sin(theta) * u[j]);
    }
}

/* The steepest way out: a free column along the best unused mode, or the turn of a worse mode. */
static double way_out(const problem *p, const subset *s, size_t *column, size_t *mode,
                      bool *free_column) {
    double best = 0, alpha = p->loss.alpha;
    for (size_t j = 0; j < p->positive; j++) {
        bool used = false;
        for (size_t i = 0; i < s->count; i++)
            used = used || s->mode[i] == j;
        if (used)
            continue;
        double c = -4 * alpha * p->mu[j];
        if (s->count < p->k && c < best) {
            best = c;
            *column = s->count;
            *mode = j;
            *free_column = true;
        }
        for (size_t i = 0; i < s->count; i++) {
            c = -4 * alpha * p->mu[s->mode[i]] * (p->mu[j] - p->mu[s->mode[i]]);
            if (c < best) {
                best = c;
                *column = i;
                *mode = j;
                *free_column = false;
            }
        }
    }
    return best;
}

static pl_status add_subset(pl_ctx *ctx, const problem *p, const subset *s, pl_mat z,
                            pl_table *out) {
    pl_status status;
    char name[64];
    size_t column = 0, mode = 0;
    int used = snprintf(name, sizeof name, "{");
    bool free_column = false;
    double at, gradient, sides = 0, one, h = 1e-3;
    double predicted = way_out(p, s, &column, &mode, &free_column);
    for (size_t i = 0; i < s->count; i++)
        used +=
            snprintf(name + used, sizeof name - (size_t)used, i ? ",%zu" : "%zu", s->mode[i] + 1);
    snprintf(name + used, sizeof name - (size_t)used, "}");
    place(p, s, 0, 0, false, 0, z);
    PL_TRY(search_gradient(ctx, &p->loss, p->g, pl_const(z), &at, &gradient));
    for (int side = -1; predicted < 0 && side <= 1; side += 2) {
        place(p, s, column, mode, free_column, side * h, z);
        PL_TRY(pl_spectral_loss_at(ctx, &p->loss, p->g, pl_const(z), &one, (pl_mat){0}));
        sides += (one - at) / (h * h);
    }
    PL_TRY(pl_table_add(ctx, out,
                        (double[]){0, s->level, at, gradient, predicted, sides, predicted < 0},
                        (const char *const[]){name}));
done:
    return status;
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status;
    relation rel = {0};
    search_result r = {.best = NAN, .worst = NAN};
    subset *list = NULL;
    pl_mat z = {0};
    problem p = {.k = (size_t)pl_option_int(o, "embedding")};
    size_t count;
    PL_TRY(relation_new(ctx, o, &rel));
    p.g = &rel.graph;
    p.n = rel.graph.nodes;
    if (p.n > 64) {
        status = pl_fail(ctx, PL_EUSAGE, "%zu nodes: subsets are listed for at most 64", p.n);
        goto done;
    }
    p.loss = (pl_spectral_loss){.kind = PL_VICREG_SQUARED,
                                .alpha = pl_option_real(o, "alpha"),
                                .beta = pl_option_real(o, "alpha"),
                                .gamma = pl_option_real(o, "gamma"),
                                .nu = (double)p.n - 1};
    PL_TRY(modes_new(ctx, p.g, MODES_LAPLACIAN, p.n - 1, &p.m));
    PL_NEW(ctx, p.mu, p.n);
    PL_NEW(ctx, list, MAX_SUBSETS);
    PL_TRY(dense_new(ctx, p.n, p.k, &z));
    double eta = p.loss.gamma * p.loss.nu / (p.loss.alpha * (double)p.n), least = INFINITY;
    bool distinct = true;
    for (size_t i = 0; i < p.n - 1; i++) {
        p.mu[i] = 1 - eta * fmax(p.m.value[i], 0);
        p.positive += p.mu[i] > 1e-12;
        distinct = distinct && (i == 0 || p.m.value[i] - p.m.value[i - 1] > 1e-8 * p.m.scale);
    }
    if (!distinct)
        pl_table_unmet(out, "distinct eigenvalues");
    PL_TRY(list_subsets(ctx, &p, list, &count));
    qsort(list, count, sizeof *list, by_level);
    for (size_t i = 0; i < count; i++) {
        PL_TRY(add_subset(ctx, &p, &list[i], z, out));
        least = fmin(least, list[i].level);
    }
    search_settings set = {
        (size_t)pl_option_int(o, "starts"), pl_option_seed(o, "seed"), 0.7, {0}, 0};
    if (set.starts)
        PL_TRY(search_minimum(ctx, &p.loss, p.g, p.k, &set, &r));
    const pl_summary numbers[] = {
        {"closed_form_loss", "nats", "the least level: L*", least},
        {"best_found_loss", "nats", "least loss of all starts", r.best},
        {"worst_found_loss", "nats", "largest loss at the end of a start", r.worst},
        {"critical_levels", "1", "subsets of at most K modes", (double)count}};
    PL_TRY(pl_table_summarise_list(ctx, out, numbers, sizeof numbers / sizeof *numbers));
done:
    relation_free(&rel);
    search_free(&r);
    modes_free(&p.m);
    pl_free(p.mu);
    pl_free(list);
    dense_free(&z);
    return status;
}

const pl_program pl_spectral_critical = {
    .name = "critical",
    .summary = "VICReg's critical points: one minimum, every other a strict saddle",
    .details = "All subsets of at most K modes: level, loss, gradient and the curvature of the way "
               "out.",
    .source = "BL22.THM1(iii)",
    .options = options,
    .columns = columns,
    .run = run};
