#include "data/choose.h"

#include "tests/support.h"

enum { COUNT = 60, CLASSES = 4 };

/* 60 images, image i of class 0, 0, 0, 1, 2 or 3 by i mod 6: 30, 10, 10 and 10 of each. */
static pl_images uneven(int64_t *labels) {
    for (int64_t i = 0; i < COUNT; i++)
        labels[i] = i % 6 < 3 ? 0 : i % 6 - 2;
    return (pl_images){.name = "uneven", .count = COUNT, .classes = CLASSES, .labels = labels};
}

/* Fails if an image came twice, an index lay outside, or the first m depended on n. */
START_TEST(chosen_images_differ_and_nest) {
    const pl_choice choices[] = {PL_CHOOSE_RANDOM, PL_CHOOSE_BALANCED, PL_CHOOSE_FIRST};
    pl_ctx *ctx = pl_ctx_new();
    int64_t labels[COUNT];
    pl_images images = uneven(labels);
    for (size_t c = 0; c < TEST_COUNT(choices); c++)
        for (uint64_t seed = 0; seed < 20 * test_effort(); seed++) {
            size_t many[COUNT], few[COUNT], n = choices[c] == PL_CHOOSE_BALANCED ? 40 : COUNT;
            bool seen[COUNT] = {false};
            ck_ok(ctx, pl_images_choose(ctx, &images, choices[c], n, seed, many));
            for (size_t k = 0; k < n; k++) {
                ck_assert_uint_lt(many[k], COUNT);
                ck_assert(!seen[many[k]]);
                seen[many[k]] = true;
            }
            ck_ok(ctx, pl_images_choose(ctx, &images, choices[c], 13, seed, few));
            ck_assert_mem_eq(few, many, 13 * sizeof *few);
        }
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if item k were not of class k mod classes, or the scarce class were not named. */
START_TEST(balanced_deals_the_classes) {
    pl_ctx *ctx = pl_ctx_new();
    int64_t labels[COUNT];
    size_t out[COUNT];
    pl_images images = uneven(labels);
    ck_ok(ctx, pl_images_choose(ctx, &images, PL_CHOOSE_BALANCED, 41, 5, out));
    for (size_t k = 0; k < 41; k++)
        ck_assert_int_eq(labels[out[k]], (int64_t)(k % CLASSES));
    ck_fails(ctx, pl_images_choose(ctx, &images, PL_CHOOSE_BALANCED, 42, 5, out), PL_EUSAGE,
             "10 images of class 1, 11 are needed; pass at most --images 41");
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if some place of the set were favoured: image 0's place among the first 15 of 60 is a coin
 * of 1/4; 5 standard deviations over the seeds. */
START_TEST(random_favours_none) {
    pl_ctx *ctx = pl_ctx_new();
    int64_t labels[COUNT];
    size_t out[COUNT], trials = 2000 * test_effort();
    pl_images images = uneven(labels);
    double hits[COUNT] = {0};
    for (uint64_t seed = 0; seed < trials; seed++) {
        ck_ok(ctx, pl_images_choose(ctx, &images, PL_CHOOSE_RANDOM, 15, seed, out));
        for (size_t k = 0; k < 15; k++)
            hits[out[k]]++;
    }
    double n = (double)trials;
    for (size_t i = 0; i < COUNT; i++)
        ck_close(hits[i] / n, 0.25, 5 * sqrt(0.25 * 0.75 / n));
    pl_ctx_free(ctx);
}
END_TEST

START_TEST(first_is_the_files_order) {
    pl_ctx *ctx = pl_ctx_new();
    int64_t labels[COUNT];
    size_t out[COUNT] = {0};
    pl_images images = uneven(labels);
    ck_ok(ctx, pl_images_choose(ctx, &images, PL_CHOOSE_FIRST, 9, 3, out));
    for (size_t k = 0; k < 9; k++)
        ck_assert_uint_eq(out[k], k);
    ck_fails(ctx, pl_images_choose(ctx, &images, PL_CHOOSE_FIRST, 61, 3, out), PL_EUSAGE,
             "--images is 61, but this part of uneven has 60");
    pl_ctx_free(ctx);
}
END_TEST

START_TEST(every_allocation_may_fail) {
    pl_ctx *ctx = pl_ctx_new();
    int64_t labels[COUNT];
    size_t out[COUNT] = {77}, k = 0;
    pl_images images = uneven(labels);
    pl_status status;
    do {
        pl_ctx_fail_allocation(ctx, ++k);
        status = pl_images_choose(ctx, &images, PL_CHOOSE_BALANCED, 8, 5, out);
        ck_assert(status == PL_OK || (status == PL_ENOMEM && out[0] == 77));
    } while (status);
    ck_assert_uint_eq(k, 4);
    pl_ctx_free(ctx);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {chosen_images_differ_and_nest, balanced_deals_the_classes,
                                  random_favours_none, first_is_the_files_order,
                                  every_allocation_may_fail};
    return test_main("data/choose", tests, TEST_COUNT(tests));
}
