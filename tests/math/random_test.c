#include "math/random.h"

#include <gsl/gsl_cdf.h>

#include "tests/support.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wconversion"
#include <Random123/philox.h>
#pragma GCC diagnostic pop

/* Random123's published known answers for philox4x64, 10 rounds: counter, key, words. */
static const struct {
    uint64_t counter[4], key[2], words[4];
} known[] = {
    {{0, 0, 0, 0},
     {0, 0},
     {0x16554d9eca36314c, 0xdb20fe9d672d0fdc, 0xd7e772cee186176b, 0x7e68b68aec7ba23b}},
    {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX},
     {UINT64_MAX, UINT64_MAX},
     {0x87b092c3013fe90b, 0x438c3c67be8d0224, 0x9cc7d7c69cd777b6, 0xa09caebf594f0ba0}},
    {{0x243f6a8885a308d3, 0x13198a2e03707344, 0xa4093822299f31d0, 0x082efa98ec4e6c89},
     {0x452821e638d01377, 0xbe5466cf34e90c6c},
     {0xa528f45403e61d95, 0x38c72dbd566e9788, 0xa5a1610e72fd18b5, 0x57bd43b5e52b7fe6}},
};

/* Fails if the header in use computed another Philox (its wide multiplication has several forms).
 */
START_TEST(philox_gives_its_published_words) {
    for (size_t i = 0; i < TEST_COUNT(known); i++) {
        philox4x64_ctr_t counter;
        philox4x64_key_t key;
        memcpy(counter.v, known[i].counter, sizeof counter.v);
        memcpy(key.v, known[i].key, sizeof key.v);
        philox4x64_ctr_t words = philox4x64_R(10, counter, key);
        for (int j = 0; j < 4; j++)
            ck_assert_uint_eq(words.v[j], known[i].words[j]);
    }
}
END_TEST

/* Fails if seed, stream, row and block stood elsewhere in key and counter, or if the counter began
 * at another number than 1. Block 2^64 - 1 has counter 0, the first known answer. */
START_TEST(block_is_philox_of_seed_stream_row) {
    uint64_t words[4];
    pl_stream_block((pl_stream){0, 0, 0}, UINT64_MAX, words);
    ck_assert_mem_eq(words, known[0].words, sizeof words);

    philox4x64_ctr_t counter = {{8, 5, 0, 0}};
    philox4x64_key_t key = {{3, 4}};
    philox4x64_ctr_t want = philox4x64_R(10, counter, key);
    pl_stream_block((pl_stream){.seed = 3, .stream = 4, .row = 5}, 7, words);
    ck_assert_mem_eq(words, want.v, sizeof words);
}
END_TEST

/* Fails if a filler depended on where it starts or how much it fills, or if it disagreed with the
 * word at that place. */
START_TEST(fillers_agree_with_single_words_at_any_offset) {
    enum { MOST = 23 };
    pl_stream s = {11, 12, 13};
    double filled[MOST];
    for (uint64_t first = 0; first < 9; first++)
        for (size_t n = 0; n <= MOST; n++) {
            pl_stream_uniforms(s, first, n, filled);
            for (size_t i = 0; i < n; i++)
                ck_assert(filled[i] == pl_stream_uniform(s, first + i));
            pl_stream_normals(s, first, n, filled);
            for (size_t i = 0; i < n; i++)
                ck_assert(filled[i] == pl_stream_normal(s, first + i));
        }
    for (uint64_t k = 0; k < 40; k++) {
        uint64_t words[4];
        pl_stream_block(s, k / 4, words);
        ck_assert_uint_eq(pl_stream_bits(s, k), words[k % 4]);
    }
}
END_TEST

/* Fails if the open uniform could be 0 or 1, or if either uniform dropped bits of the word. */
START_TEST(uniforms_are_the_top_bits) {
    for (uint64_t k = 0; k < 10000; k++) {
        pl_stream s = {21, 0, 0};
        uint64_t bits = pl_stream_bits(s, k);
        double u = pl_stream_uniform(s, k), open = pl_stream_open_uniform(s, k);
        ck_assert(u >= 0 && u < 1 && open > 0 && open < 1);
        ck_assert(u == ldexp((double)(bits >> 11), -53));
        ck_assert(open == ldexp((double)(2 * (bits >> 12) + 1), -53));
    }
}
END_TEST

/* Fails if normals were not the inverse CDF of the open uniform: the CDF must lead back. */
START_TEST(normals_invert_the_cdf) {
    pl_stream s = {31, 0, 0};
    for (uint64_t k = 0; k < 10000; k++) {
        double u = pl_stream_open_uniform(s, k), x = pl_stream_normal(s, k);
        ck_rel(x < 0 ? gsl_cdf_ugaussian_P(x) : gsl_cdf_ugaussian_Q(x), fmin(u, 1 - u), 1e-13);
    }
}
END_TEST

/* Fails if normals had another mean, variance, skewness or kurtosis, beyond five standard errors.
 */
START_TEST(normals_have_their_moments) {
    size_t n = 200000 * test_effort();
    double sums[5] = {0};
    for (size_t k = 0; k < n; k++) {
        double x = pl_stream_normal((pl_stream){41, 0, 0}, k), power = 1;
        for (int m = 0; m < 5; m++, power *= x)
            sums[m] += power;
    }
    /* E x^m and Var x^m = (2m-1)!! - (E x^m)^2 */
    const double mean[] = {1, 0, 1, 0, 3}, variance[] = {0, 1, 2, 15, 96};
    for (int m = 1; m < 5; m++)
        ck_close(sums[m] / (double)n, mean[m], 5 * sqrt(variance[m] / (double)n));
}
END_TEST

/* Fails if `below` preferred a residue (chi-square beyond its 1 - 1e-6 quantile), or left [0, n).
 */
START_TEST(below_is_uniform) {
    const uint64_t sides[] = {1, 2, 3, 6, 7, 10, 64, 100};
    size_t draws = 50000 * test_effort();
    for (size_t i = 0; i < TEST_COUNT(sides); i++) {
        double count[100] = {0}, expected = (double)draws / (double)sides[i], chi2 = 0;
        for (size_t k = 0; k < draws; k++) {
            uint64_t x = pl_stream_below((pl_stream){51, i, 0}, k, sides[i]);
            ck_assert_uint_lt(x, sides[i]);
            count[x]++;
        }
        for (uint64_t x = 0; x < sides[i]; x++)
            chi2 += (count[x] - expected) * (count[x] - expected) / expected;
        if (sides[i] > 1)
            ck_assert_msg(chi2 < gsl_cdf_chisq_Qinv(1e-6, (double)sides[i] - 1),
                          "n = %d: chi-square %g", (int)sides[i], chi2);
    }
    /* n near 2^64, where a remainder would show its bias: the high half must still be hit half */
    double high = 0;
    for (size_t k = 0; k < draws; k++)
        high += pl_stream_below((pl_stream){52, 0, 0}, k, 3ULL << 62) >= 3ULL << 61;
    ck_close(high / (double)draws, 0.5, 5 * 0.5 / sqrt((double)draws));
}
END_TEST

/* Fails if streams, rows or seeds shared words: any two must be uncorrelated. */
START_TEST(streams_are_apart) {
    const pl_stream streams[] = {{1, 0, 0}, {2, 0, 0}, {1, 1, 0}, {1, 0, 1}};
    size_t n = 20000;
    for (size_t a = 0; a < TEST_COUNT(streams); a++)
        for (size_t b = 0; b < a; b++) {
            double sum = 0;
            for (size_t k = 0; k < n; k++)
                sum += pl_stream_normal(streams[a], k) * pl_stream_normal(streams[b], k);
            ck_close(sum / (double)n, 0, 5 / sqrt((double)n));
        }
}
END_TEST

/* Fails if an order were preferred (chi-square of the 24 of four things beyond its 1 - 1e-6
 * quantile, 23 degrees of freedom), or something got lost. */
START_TEST(shuffle_is_uniform) {
    enum { TIMES = 24000 };
    size_t seen[256] = {0};
    double square = 0;
    size_t orders = 0;
    for (uint64_t t = 0; t < TIMES; t++) {
        size_t order[] = {0, 1, 2, 3};
        pl_stream_shuffle((pl_stream){53, t, 0}, 4, order);
        ck_assert_uint_eq((1u << order[0]) | (1u << order[1]) | (1u << order[2]) | (1u << order[3]),
                          15);
        seen[order[0] + 4 * order[1] + 16 * order[2] + 64 * order[3]]++;
    }
    for (size_t k = 0; k < 256; k++) {
        orders += seen[k] > 0;
        square += seen[k] ? pow((double)seen[k] - TIMES / 24.0, 2) / (TIMES / 24.0) : 0;
    }
    ck_assert_uint_eq(orders, 24);
    ck_assert_msg(square < gsl_cdf_chisq_Pinv(1 - 1e-6, 23), "chi-square %g", square);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {philox_gives_its_published_words,
                                  block_is_philox_of_seed_stream_row,
                                  fillers_agree_with_single_words_at_any_offset,
                                  uniforms_are_the_top_bits,
                                  normals_invert_the_cdf,
                                  normals_have_their_moments,
                                  below_is_uniform,
                                  shuffle_is_uniform,
                                  streams_are_apart};
    return test_main("math/random", tests, TEST_COUNT(tests));
}
