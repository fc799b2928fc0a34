#ifndef PL_TESTS_HLTM_FIXTURE_H
#define PL_TESTS_HLTM_FIXTURE_H
/* Trees and nets of theory notes, hltm, sec. 3, for the unit tests. */

#include "hltm/net.h"
#include "hltm/population.h"
#include "tests/support.h"

typedef struct fixture {
    pl_ctx *ctx;
    hltm_tree tree;
    hltm_net net;
    hltm_population population;
} fixture;

static inline fixture fixture_new(hltm_tree tree, pl_ctx *ctx, size_t hidden, uint64_t seed,
                                  bool bias, hltm_norm norm, double slope) {
    fixture f = {.ctx = ctx, .tree = tree};
    hltm_draws draws = hltm_splitmix(seed);
    ck_ok(ctx, hltm_net_tree(ctx, tree.depth, hidden, &f.net));
    f.net.bias = bias;
    f.net.norm = norm;
    f.net.slope = slope;
    hltm_net_draw(&f.net, &draws, 1);
    ck_ok(ctx, hltm_population_tree(ctx, &f.tree, &f.population));
    return f;
}

static inline fixture fixture_t2(double prior, size_t hidden, uint64_t seed, bool bias,
                                 hltm_norm norm, double slope) {
    static const double rho[] = {0.9, -0.8, 0.85, 0.75, -0.95, 0.7};
    pl_ctx *ctx = pl_ctx_new();
    hltm_tree tree;
    ck_ok(ctx, hltm_tree_new(ctx, 2, prior, rho, 6, &tree));
    return fixture_new(tree, ctx, hidden, seed, bias, norm, slope);
}

static inline fixture fixture_t3(size_t hidden, uint64_t seed, bool bias, hltm_norm norm,
                                 double slope) {
    pl_ctx *ctx = pl_ctx_new();
    hltm_tree tree;
    hltm_draws draws = hltm_splitmix(7);
    ck_ok(ctx, hltm_tree_random(ctx, 3, 0.5, 0.7, 1, &draws, &tree));
    return fixture_new(tree, ctx, hidden, seed, bias, norm, slope);
}

static inline void fixture_free(fixture *f) {
    hltm_tree_free(&f->tree);
    hltm_net_free(&f->net);
    hltm_population_free(&f->population);
    pl_ctx_free(f->ctx);
}

#endif
