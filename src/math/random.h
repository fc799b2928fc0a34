#ifndef PL_MATH_RANDOM_H
#define PL_MATH_RANDOM_H
/* Counter-based random streams: Philox4x64-10 of Random123 (Salmon et al., SC 2011). Word k of a
 * stream is a function of (seed, stream, row, k) alone, so that no result depends on threads, order
 * or batch. Row 0 is bit for bit numpy.random.Philox(key=[seed, stream]). */

#include "base/ctx.h"

typedef struct pl_stream {
    uint64_t seed, stream; /* the key */
    uint64_t row;          /* second counter word: a stream of its own for every row */
} pl_stream;

/** The k-th 64-bit word (numpy: random_raw). */
uint64_t pl_stream_bits(pl_stream s, uint64_t k);
/** The block of words 4b .. 4b+3, for fillers. */
void pl_stream_block(pl_stream s, uint64_t b, uint64_t out[4]);

/** In [0, 1): (bits >> 11) 2^-53 (numpy: Generator.random). */
double pl_stream_uniform(pl_stream s, uint64_t k);
/** In (0, 1): half a step off the grid, never 0 or 1. */
double pl_stream_open_uniform(pl_stream s, uint64_t k);
/** Standard normal by inverse CDF of the open uniform. */
double pl_stream_normal(pl_stream s, uint64_t k);
/** Whole number in [0, n), n >= 1: the high half of bits x n (bias below n 2^-64). */
uint64_t pl_stream_below(pl_stream s, uint64_t k, uint64_t n);

/** Puts n indices into a random order (Fisher-Yates, from the end); reads words 2 .. n. */
void pl_stream_shuffle(pl_stream s, size_t n, size_t *order);

/** Words first .. first + n - 1 as uniforms, or as normals. */
void pl_stream_uniforms(pl_stream s, uint64_t first, size_t n, double *out);
void pl_stream_normals(pl_stream s, uint64_t first, size_t n, double *out);

#endif
