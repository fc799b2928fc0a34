#ifndef PL_HLTM_FOREST_H
#define PL_HLTM_FOREST_H
/* 64 ancestral samples of a tree at a time: latents as bit masks, one bit a sample. An edge flips a
 * sample with probability (1 - rho)/2, decided digit by digit against random words until no bit is
 * open: about 8 words for 64 samples, exact to the 53 digits of the probability. */

#include "hltm/tree.h"

enum { HLTM_WORDS = 64 };

/* A stream of 64-bit words in order, drawn many at a time: blocks do not wait for each other. */
typedef struct hltm_words {
    pl_stream stream;
    uint64_t block, buffer[HLTM_WORDS];
    unsigned next; /* HLTM_WORDS: empty */
} hltm_words;

hltm_words hltm_words_of(uint64_t seed, uint64_t stream, uint64_t row);
uint64_t hltm_word(hltm_words *w);

/** A mask whose bits are independently 1 with probability p in [0, 1]. */
uint64_t hltm_bernoulli(hltm_words *w, double p);

/** Latents of 64 samples below given roots.
 *  Given     root   mask of z_0
 *  Returned  z      by heap index, 2^(L+1) masks; z[1] = root */
void hltm_forest_sample(const hltm_tree *t, hltm_words *w, uint64_t root, uint64_t *z);

/** From 8 masks of leaves (leftmost first) to one byte a sample, leftmost leaf most significant. */
void hltm_transpose_bytes(const uint64_t leaves[8], unsigned char bytes[64]);

#endif
