#include "hltm/forest.h"
#include "tests/support.h"

/* Frequencies of single bits and of neighbours: fails if a digit were compared the wrong way, or
 * bits shared their randomness. */
START_TEST(bernoulli_bits) {
    static const double ps[] = {0, 1, 0.5, 0.3, 0.015625, 0.9999, 1 / 3.0};
    for (size_t k = 0; k < TEST_COUNT(ps); k++) {
        hltm_words w = hltm_words_of(7, k, 0);
        size_t n = 4000 * test_effort(), ones = 0, pairs = 0;
        for (size_t i = 0; i < n; i++) {
            uint64_t bits = hltm_bernoulli(&w, ps[k]);
            ones += (size_t)__builtin_popcountll(bits);
            pairs += (size_t)__builtin_popcountll(bits & bits >> 1 & UINT64_C(0x5555555555555555));
        }
        double p = ps[k], all = 64 * (double)n;
        ck_close((double)ones / all, p, 5 * sqrt(p * (1 - p) / all));
        ck_close((double)pairs / (all / 2), p * p, 5 * sqrt(p * p * (1 - p * p) / (all / 2)));
    }
}
END_TEST

/* Fails if a byte's bits or a sample's place were permuted. */
START_TEST(transposition) {
    uint64_t leaves[8];
    unsigned char bytes[64];
    hltm_words w = hltm_words_of(1, 0, 0);
    for (size_t i = 0; i < 8; i++)
        leaves[i] = hltm_word(&w);
    hltm_transpose_bytes(leaves, bytes);
    for (size_t s = 0; s < 64; s++)
        for (size_t i = 0; i < 8; i++)
            ck_assert_uint_eq(bytes[s] >> (7 - i) & 1, leaves[i] >> s & 1);
}
END_TEST

/* Agreement of a child with its parent: (1 + rho)/2. */
START_TEST(edges_have_their_polarity) {
    static const double rho[] = {0.9, -0.8, 0.85, 0.75, -0.95, 0.7};
    pl_ctx *ctx = pl_ctx_new();
    hltm_tree t;
    ck_ok(ctx, hltm_tree_new(ctx, 2, 0.5, rho, 6, &t));
    hltm_words w = hltm_words_of(2, 0, 0);
    size_t n = 4000 * test_effort(), same[8] = {0};
    for (size_t i = 0; i < n; i++) {
        uint64_t z[8];
        hltm_forest_sample(&t, &w, hltm_word(&w), z);
        for (size_t k = 2; k < 8; k++)
            same[k] += (size_t)__builtin_popcountll(~(z[k] ^ z[k / 2]));
    }
    for (size_t k = 2; k < 8; k++) {
        double p = (1 + t.rho[k]) / 2, all = 64 * (double)n;
        ck_close((double)same[k] / all, p, 5 * sqrt(p * (1 - p) / all));
    }
    hltm_tree_free(&t);
    pl_ctx_free(ctx);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {bernoulli_bits, transposition, edges_have_their_polarity};
    return test_main("hltm/forest", tests, TEST_COUNT(tests));
}
