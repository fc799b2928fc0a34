#include "hltm/forest.h"

#include <math.h>

hltm_words hltm_words_of(uint64_t seed, uint64_t stream, uint64_t row) {
    return (hltm_words){.stream = {.seed = seed, .stream = stream, .row = row}, .next = HLTM_WORDS};
}

static void refill(hltm_words *w) {
    for (size_t i = 0; i < HLTM_WORDS; i += 4)
        pl_stream_block(w->stream, w->block++, w->buffer + i);
    w->next = 0;
}

uint64_t hltm_word(hltm_words *w) {
    if (w->next == HLTM_WORDS)
        refill(w);
    return w->buffer[w->next++];
}

/* u < p, u = 0.b1 b2 ... and p = 0.d1 d2 ...: decided by the first digit that differs. */
uint64_t hltm_bernoulli(hltm_words *w, double p) {
    uint64_t below = 0, open = ~UINT64_C(0);
    if (p >= 1)
        return open;
    while (open && p > 0) {
        uint64_t u = hltm_word(w);
        p *= 2;
        if (p >= 1) {
            p -= 1;
            below |= open & ~u;
            open &= u;
        } else {
            open &= ~u;
        }
    }
    return below;
}

void hltm_forest_sample(const hltm_tree *t, hltm_words *w, uint64_t root, uint64_t *z) {
    z[1] = root;
    for (size_t k = 2; k < (size_t)2 << t->depth; k++)
        z[k] = z[k / 2] ^ hltm_bernoulli(w, (1 - t->rho[k]) / 2);
}

/* Transposes an 8 x 8 bit matrix: row r is byte r, column c is bit c (three swaps of blocks). */
static uint64_t transpose8(uint64_t x) {
    uint64_t t = (x ^ x >> 7) & UINT64_C(0x00AA00AA00AA00AA);
    x ^= t ^ t << 7;
    t = (x ^ x >> 14) & UINT64_C(0x0000CCCC0000CCCC);
    x ^= t ^ t << 14;
    t = (x ^ x >> 28) & UINT64_C(0x00000000F0F0F0F0);
    return x ^ t ^ t << 28;
}

void hltm_transpose_bytes(const uint64_t leaves[8], unsigned char bytes[64]) {
    for (unsigned j = 0; j < 8; j++) {
        uint64_t x = 0;
        for (unsigned r = 0; r < 8; r++) /* the last leaf is bit 0 */
            x |= (leaves[7 - r] >> 8 * j & 0xFF) << 8 * r;
        x = transpose8(x);
        for (unsigned s = 0; s < 8; s++)
            bytes[8 * j + s] = (unsigned char)(x >> 8 * s);
    }
}
