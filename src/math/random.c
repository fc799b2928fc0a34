#include "math/random.h"

#include <gsl/gsl_cdf.h>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wconversion"
#include <Random123/philox.h>
#pragma GCC diagnostic pop

/* numpy counts the counter up before it draws: its first block has counter 1. */
void pl_stream_block(pl_stream s, uint64_t b, uint64_t out[4]) {
    philox4x64_ctr_t counter = {{b + 1, s.row, 0, 0}};
    philox4x64_key_t key = {{s.seed, s.stream}};
    philox4x64_ctr_t words = philox4x64_R(10, counter, key);
    for (int i = 0; i < 4; i++)
        out[i] = words.v[i];
}

uint64_t pl_stream_bits(pl_stream s, uint64_t k) {
    uint64_t words[4];
    pl_stream_block(s, k / 4, words);
    return words[k % 4];
}

static double uniform(uint64_t bits) {
    return (double)(bits >> 11) * 0x1p-53;
}

static double open_uniform(uint64_t bits) {
    return ((double)(bits >> 12) + 0.5) * 0x1p-52;
}

double pl_stream_uniform(pl_stream s, uint64_t k) {
    return uniform(pl_stream_bits(s, k));
}

double pl_stream_open_uniform(pl_stream s, uint64_t k) {
    return open_uniform(pl_stream_bits(s, k));
}

double pl_stream_normal(pl_stream s, uint64_t k) {
    return gsl_cdf_ugaussian_Pinv(pl_stream_open_uniform(s, k));
}

uint64_t pl_stream_below(pl_stream s, uint64_t k, uint64_t n) {
    __extension__ typedef unsigned __int128 wide;
    return (uint64_t)(((wide)pl_stream_bits(s, k) * n) >> 64);
}

void pl_stream_shuffle(pl_stream s, size_t n, size_t *order) {
    for (size_t i = n; i > 1; i--) {
        size_t j = (size_t)pl_stream_below(s, i, i), kept = order[i - 1];
        order[i - 1] = order[j];
        order[j] = kept;
    }
}

void pl_stream_uniforms(pl_stream s, uint64_t first, size_t n, double *out) {
    uint64_t words[4];
    for (size_t i = 0; i < n; i++) {
        uint64_t k = first + i;
        if (i == 0 || k % 4 == 0)
            pl_stream_block(s, k / 4, words);
        out[i] = uniform(words[k % 4]);
    }
}

void pl_stream_normals(pl_stream s, uint64_t first, size_t n, double *out) {
    uint64_t words[4];
    for (size_t i = 0; i < n; i++) {
        uint64_t k = first + i;
        if (i == 0 || k % 4 == 0)
            pl_stream_block(s, k / 4, words);
        out[i] = gsl_cdf_ugaussian_Pinv(open_uniform(words[k % 4]));
    }
}
