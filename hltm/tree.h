#ifndef PL_HLTM_TREE_H
#define PL_HLTM_TREE_H
/* The binary hierarchical latent tree of TIAN20 (theory notes, sec. 1): level 0 is the root, level
 * L the observed leaves in {0, 1}; P(child = parent) = (1 + rho)/2. Node (l, i) has the heap index
 * 2^l + i, so that its children are 2k and 2k + 1.
 *
 * primary    hltm_tree_new, hltm_tree_random, hltm_tree_free, hltm_tree_inside
 * secondary  hltm_draws, hltm_next, hltm_tree_sample, hltm_tree_random_released */

#include "math/random.h"
#include "math/splitmix.h"

enum { HLTM_MAX_DEPTH = 10, HLTM_MAX_EXACT_DEPTH = 4 };

typedef struct hltm_tree {
    size_t depth;      /* L >= 1                                   */
    double root_prior; /* P(z_0 = 1)                               */
    double *rho;       /* by heap index; rho[1] = 2 root_prior - 1 */
} hltm_tree;

/* Uniform numbers in order: the reference's splitmix64, or words 0, 1, ... of a stream. */
typedef struct hltm_draws {
    bool splitmix;
    pl_splitmix state;
    pl_stream stream;
    uint64_t next; /* word of the stream */
} hltm_draws;

hltm_draws hltm_splitmix(uint64_t seed);
hltm_draws hltm_stream(uint64_t seed, uint64_t stream, uint64_t row);
/** In [0, 1): (bits >> 11) 2^-53. */
double hltm_next(hltm_draws *draws);

static inline size_t hltm_node(size_t level, size_t i) {
    return ((size_t)1 << level) + i;
}
/** Level of a heap index. */
size_t hltm_level(size_t node);
/** Leaves below a node of that level, and configurations of those leaves (level >= depth - 5). */
static inline size_t hltm_leaves(const hltm_tree *t, size_t level) {
    return (size_t)1 << (t->depth - level);
}
static inline size_t hltm_configs(const hltm_tree *t, size_t level) {
    return (size_t)1 << hltm_leaves(t, level);
}

/** A tree with given polarities.
 *  Given     rho   2^(L+1) - 2 numbers, levels 1..L, nodes ascending
 *  Status    PL_EDOMAIN depth outside [1, HLTM_MAX_DEPTH], |rho| > 1, prior outside (0, 1)
 *            PL_ESHAPE count is another number than 2^(L+1) - 2 */
pl_status hltm_tree_new(pl_ctx *ctx, size_t depth, double root_prior, const double *rho,
                        size_t count, hltm_tree *out);

/** rand_tree of the theory notes: levels 1..L, nodes ascending; |rho| = lo + (hi - lo) u, positive
 * where the next u < 1/2. Status    PL_EDOMAIN as above, or not 0 <= lo <= hi <= 1 */
pl_status hltm_tree_random(pl_ctx *ctx, size_t depth, double root_prior, double lo, double hi,
                           hltm_draws *draws, hltm_tree *out);

/** The same in the order of the released code: Python's random (MT19937 seeded with `seed`), both
 *  children of a node after its subtree is built; the sign is randint(0, 1), 0 for +. */
pl_status hltm_tree_random_released(pl_ctx *ctx, size_t depth, double root_prior, double lo,
                                    double hi, uint32_t seed, hltm_tree *out);

void hltm_tree_free(hltm_tree *t); /* leaves it all-zero */

/** P(leaves below node | its latent = b), b = 0, 1: the inside recursion.
 *  Given     node      heap index of a level >= depth - HLTM_MAX_EXACT_DEPTH
 *  Returned  p0, p1    hltm_configs numbers each; the leftmost leaf is the most significant bit
 *  Status    PL_EDOMAIN more leaves than can be enumerated */
pl_status hltm_tree_inside(pl_ctx *ctx, const hltm_tree *t, size_t node, double *p0, double *p1);

/** One ancestral sample: z by heap index (2^(L+1) bytes; z[0] unused). The root is set by the
 *  caller; every other node takes the next uniform, levels and nodes ascending:
 *  z_child = z_parent xor [u >= (1 + rho)/2]. */
void hltm_tree_sample(const hltm_tree *t, hltm_draws *draws, unsigned char *z);

/** Product of the polarities from the root to a node (1 at the root). */
double hltm_tree_path(const hltm_tree *t, size_t node);

#endif
