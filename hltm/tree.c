#include "hltm/tree.h"

#include <math.h>
#include <string.h>

hltm_draws hltm_splitmix(uint64_t seed) {
    return (hltm_draws){.splitmix = true, .state = {seed}};
}

hltm_draws hltm_stream(uint64_t seed, uint64_t stream, uint64_t row) {
    return (hltm_draws){.stream = {.seed = seed, .stream = stream, .row = row}};
}

double hltm_next(hltm_draws *d) {
    if (d->splitmix)
        return (double)(pl_splitmix_next(&d->state) >> 11) * 0x1p-53;
    return pl_stream_uniform(d->stream, d->next++);
}

size_t hltm_level(size_t node) {
    size_t level = 0;
    while (node >>= 1)
        level++;
    return level;
}

static pl_status check(pl_ctx *ctx, size_t depth, double prior) {
    if (depth < 1 || depth > HLTM_MAX_DEPTH)
        return pl_fail(ctx, PL_EDOMAIN, "a tree of depth %zu: the depth must lie in [1, %d]", depth,
                       HLTM_MAX_DEPTH);
    if (!(prior > 0 && prior < 1))
        return pl_fail(ctx, PL_EDOMAIN, "root prior %g: it must lie inside (0, 1)", prior);
    return PL_OK;
}

static pl_status allocate(pl_ctx *ctx, size_t depth, double prior, hltm_tree *out) {
    pl_status status = check(ctx, depth, prior);
    if (status)
        return status;
    double *rho = pl_alloc(ctx, (size_t)2 << depth, sizeof *rho);
    if (!rho)
        return PL_ENOMEM;
    rho[1] = 2 * prior - 1;
    *out = (hltm_tree){depth, prior, rho};
    return PL_OK;
}

pl_status hltm_tree_new(pl_ctx *ctx, size_t depth, double prior, const double *rho, size_t count,
                        hltm_tree *out) {
    pl_status status = check(ctx, depth, prior);
    if (status)
        return status;
    size_t nodes = ((size_t)2 << depth) - 2;
    if (count != nodes)
        return pl_fail(ctx, PL_ESHAPE,
                       "%zu polarities for a tree of depth %zu, which has %zu edges: levels 1 to "
                       "%zu, nodes ascending",
                       count, depth, nodes, depth);
    for (size_t i = 0; i < count; i++)
        if (!(fabs(rho[i]) <= 1))
            return pl_fail(ctx, PL_EDOMAIN, "polarity %zu is %g, expected within [-1, 1]", i,
                           rho[i]);
    hltm_tree t;
    status = allocate(ctx, depth, prior, &t);
    if (status)
        return status;
    memcpy(t.rho + 2, rho, count * sizeof *rho);
    *out = t;
    return PL_OK;
}

static pl_status check_range(pl_ctx *ctx, double lo, double hi) {
    if (0 <= lo && lo <= hi && hi <= 1)
        return PL_OK;
    return pl_fail(ctx, PL_EDOMAIN, "polarities of size [%g, %g]: expected 0 <= LO <= HI <= 1", lo,
                   hi);
}

pl_status hltm_tree_random(pl_ctx *ctx, size_t depth, double prior, double lo, double hi,
                           hltm_draws *draws, hltm_tree *out) {
    hltm_tree t;
    pl_status status = check_range(ctx, lo, hi);
    if (status || (status = allocate(ctx, depth, prior, &t)))
        return status;
    for (size_t k = 2; k < (size_t)2 << depth; k++) {
        double size = lo + (hi - lo) * hltm_next(draws);
        t.rho[k] = hltm_next(draws) < 0.5 ? size : -size;
    }
    *out = t;
    return PL_OK;
}

/* MT19937 (Matsumoto & Nishimura 1998), seeded as CPython seeds it with one 32-bit key. */
typedef struct twister {
    uint32_t mt[624];
    size_t at;
} twister;

static void twister_seed(twister *g, uint32_t key) {
    uint32_t *mt = g->mt;
    mt[0] = 19650218u;
    for (uint32_t i = 1; i < 624; i++)
        mt[i] = 1812433253u * (mt[i - 1] ^ mt[i - 1] >> 30) + i;
    size_t i = 1;
    for (size_t k = 0; k < 624; k++) {
        mt[i] = (mt[i] ^ (mt[i - 1] ^ mt[i - 1] >> 30) * 1664525u) + key;
        if (++i == 624) {
            mt[0] = mt[623];
            i = 1;
        }
    }
    for (size_t k = 0; k < 623; k++) {
        mt[i] = (mt[i] ^ (mt[i - 1] ^ mt[i - 1] >> 30) * 1566083941u) - (uint32_t)i;
        if (++i == 624) {
            mt[0] = mt[623];
            i = 1;
        }
    }
    mt[0] = 0x80000000u;
    g->at = 624;
}

static uint32_t twister_bits(twister *g) {
    uint32_t *mt = g->mt;
    if (g->at == 624) {
        for (size_t i = 0; i < 624; i++) {
            uint32_t y = (mt[i] & 0x80000000u) | (mt[(i + 1) % 624] & 0x7fffffffu);
            mt[i] = mt[(i + 397) % 624] ^ y >> 1 ^ (y & 1 ? 0x9908b0dfu : 0);
        }
        g->at = 0;
    }
    uint32_t y = mt[g->at++];
    y ^= y >> 11;
    y ^= y << 7 & 0x9d2c5680u;
    y ^= y << 15 & 0xefc60000u;
    return y ^ y >> 18;
}

/* random.random() */
static double twister_uniform(twister *g) {
    uint32_t high = twister_bits(g) >> 5, low = twister_bits(g) >> 6;
    return (high * 67108864.0 + low) * 0x1p-53;
}

/* random.randint(0, 1): two bits, drawn again while they are no number below 2. */
static uint32_t twister_coin(twister *g) {
    uint32_t r;
    do
        r = twister_bits(g) >> 30;
    while (r >= 2);
    return r;
}

static void draw_subtree(hltm_tree *t, size_t node, double lo, double hi, twister *g) {
    if (hltm_level(node) == t->depth)
        return;
    draw_subtree(t, 2 * node, lo, hi, g);
    draw_subtree(t, 2 * node + 1, lo, hi, g);
    for (size_t child = 2 * node; child <= 2 * node + 1; child++) {
        double size = lo + (hi - lo) * twister_uniform(g);
        t->rho[child] = twister_coin(g) == 0 ? size : -size;
    }
}

pl_status hltm_tree_random_released(pl_ctx *ctx, size_t depth, double prior, double lo, double hi,
                                    uint32_t seed, hltm_tree *out) {
    hltm_tree t;
    pl_status status = check_range(ctx, lo, hi);
    if (status || (status = allocate(ctx, depth, prior, &t)))
        return status;
    twister g;
    twister_seed(&g, seed);
    draw_subtree(&t, 1, lo, hi, &g);
    *out = t;
    return PL_OK;
}

void hltm_tree_free(hltm_tree *t) {
    pl_free(t->rho);
    *t = (hltm_tree){0};
}

/* mix[c] = P(c | b) below_0 + P(1 - c | b) below_1: the child's table seen from its parent. */
static void seen_from_parent(double rho, size_t n, double *below[2]) {
    for (size_t x = 0; x < n; x++) {
        double p0 = below[0][x], p1 = below[1][x];
        below[0][x] = (1 + rho) / 2 * p0 + (1 - rho) / 2 * p1;
        below[1][x] = (1 - rho) / 2 * p0 + (1 + rho) / 2 * p1;
    }
}

static pl_status inside(pl_ctx *ctx, const hltm_tree *t, size_t node, double *out[2]) {
    pl_status status = PL_OK;
    size_t level = hltm_level(node);
    if (level == t->depth) {
        out[0][0] = out[1][1] = 1;
        out[0][1] = out[1][0] = 0;
        return PL_OK;
    }
    size_t n = hltm_configs(t, level + 1);
    double *store = NULL;
    PL_NEW(ctx, store, 4 * n);
    double *left[2] = {store, store + n}, *right[2] = {store + 2 * n, store + 3 * n};
    PL_TRY(inside(ctx, t, 2 * node, left));
    PL_TRY(inside(ctx, t, 2 * node + 1, right));
    seen_from_parent(t->rho[2 * node], n, left);
    seen_from_parent(t->rho[2 * node + 1], n, right);
    for (size_t b = 0; b < 2; b++)
        for (size_t x = 0; x < n; x++)
            for (size_t y = 0; y < n; y++)
                out[b][x * n + y] = left[b][x] * right[b][y];
done:
    pl_free(store);
    return status;
}

pl_status hltm_tree_inside(pl_ctx *ctx, const hltm_tree *t, size_t node, double *p0, double *p1) {
    size_t level = hltm_level(node);
    if (level > t->depth || t->depth - level > HLTM_MAX_EXACT_DEPTH)
        return pl_fail(ctx, PL_EDOMAIN,
                       "the leaves below a node %zu levels up have 2^(2^%zu) configurations: exact "
                       "enumeration ends at %d levels; `latents` and `operators` sample instead",
                       t->depth - level, t->depth - level, HLTM_MAX_EXACT_DEPTH);
    double *out[2] = {p0, p1};
    return inside(ctx, t, node, out);
}

void hltm_tree_sample(const hltm_tree *t, hltm_draws *draws, unsigned char *z) {
    for (size_t k = 2; k < (size_t)2 << t->depth; k++)
        z[k] = z[k / 2] ^ (hltm_next(draws) >= (1 + t->rho[k]) / 2);
}

double hltm_tree_path(const hltm_tree *t, size_t node) {
    double product = 1;
    for (; node > 1; node /= 2)
        product *= t->rho[node];
    return product;
}
