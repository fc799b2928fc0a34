#include "data/subset.h"

#include "tests/support.h"

enum { DIM = 4 };

/* Counts of each class, one after the other; image i has the pixels i mod 256, .. */
static pl_images made(const size_t *counts, size_t classes) {
    pl_images images = {.name = "made", .channels = 1, .height = 2, .width = 2, .classes = classes};
    for (size_t c = 0; c < classes; c++)
        images.count += counts[c];
    pl_ctx *ctx = pl_ctx_new(); /* pl_images_free gives back what pl_alloc gave */
    images.pixels = pl_alloc(ctx, images.count, DIM);
    images.labels = pl_alloc(ctx, images.count, sizeof *images.labels);
    pl_ctx_free(ctx);
    for (size_t c = 0, i = 0; c < classes; c++)
        for (size_t k = 0; k < counts[c]; k++, i++) {
            images.labels[i] = (int64_t)c;
            memcpy(images.pixels + i * DIM, (uint32_t[]){(uint32_t)i}, DIM);
        }
    return images;
}

/* CIFAR-10-LT of imbalance factor 100 as everyone counts it (Cui et al. 2019): 12406 images. Fails
 * for another exponent or rounding, a class in another place, or an image taken twice. */
START_TEST(exponential_tail_of_cifar10) {
    const size_t want[10] = {5000, 2997, 1796, 1077, 645, 387, 232, 139, 83, 50};
    size_t counts[10], seen[10] = {0}, n = 0;
    pl_ctx *ctx = pl_ctx_new();
    for (size_t c = 0; c < 10; c++)
        counts[c] = 5000;
    pl_images images = made(counts, 10);
    size_t *out = calloc(images.count, sizeof *out), *again = calloc(images.count, sizeof *again);
    pl_tail tail;
    ck_ok(ctx, pl_tail_parse(ctx, "exp:100", &tail));
    ck_ok(ctx, pl_images_long_tail(ctx, &images, &tail, 3, out, &n));
    ck_assert_uint_eq(n, 12406);
    for (size_t i = 0; i < n; i++) {
        ck_assert(i == 0 || out[i] > out[i - 1]);
        seen[images.labels[out[i]]]++;
    }
    for (size_t c = 0; c < 10; c++)
        ck_assert_uint_eq(seen[c], want[c]);
    ck_ok(ctx, pl_images_long_tail(ctx, &images, &tail, 4, again, &n));
    ck_assert_mem_ne(out, again, n * sizeof *out);
    free(out);
    free(again);
    pl_images_free(&images);
    pl_ctx_free(ctx);
}
END_TEST

/* ImageNet-LT's ends, 1280 and 5 of 1000 classes; with alpha 3 the published total of 115846 within
 * 1 %. In between, part^(-1/alpha) is a line. Fails for another exponent or step. */
START_TEST(pareto_tail_of_imagenet) {
    pl_ctx *ctx = pl_ctx_new();
    pl_tail tail;
    double total = 0;
    ck_ok(ctx, pl_tail_parse(ctx, "pareto:3", &tail));
    for (size_t c = 0; c < 1000; c++)
        total += floor(1280 * pl_tail_part(&tail, c, 1000) + 1e-9);
    ck_rel(total, 115846.0, 0.01);
    ck_ok(ctx, pl_tail_parse(ctx, "pareto", &tail));
    ck_close(1280 * pl_tail_part(&tail, 0, 1000), 1280, 1e-9);
    ck_close(1280 * pl_tail_part(&tail, 999, 1000), 5, 1e-9);
    double end = pow(256, 1.0 / 6);
    for (size_t c = 0; c < 1000; c += 111)
        ck_close(pow(pl_tail_part(&tail, c, 1000), -1.0 / 6), 1 + (double)c / 999 * (end - 1),
                 1e-9);
    ck_close(pl_tail_part(&tail, 0, 1), 1, 0);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a class vanished, or an empty one were given an image. */
START_TEST(no_class_vanishes) {
    const size_t counts[4] = {9, 0, 3, 2};
    pl_ctx *ctx = pl_ctx_new();
    pl_images images = made(counts, 4);
    size_t out[14], n = 0, seen[4] = {0};
    const pl_tail steep = {PL_TAIL_EXPONENTIAL, 1e6, 1};
    ck_ok(ctx, pl_images_long_tail(ctx, &images, &steep, 1, out, &n));
    for (size_t i = 0; i < n; i++)
        seen[images.labels[out[i]]]++;
    ck_assert(seen[0] == 9 && seen[1] == 0 && seen[2] == 1 && seen[3] == 1);
    pl_images_free(&images);
    pl_ctx_free(ctx);
}
END_TEST

START_TEST(bad_tails_are_refused) {
    static const char *const bad[] = {"",       "exp",      "exp:",      "exp:0.5",
                                      "exp:x",  "pareto:0", "pareto:6,", "pareto:6,0.1",
                                      "zipf:2", "exp:100,3"};
    pl_ctx *ctx = pl_ctx_new();
    pl_tail tail;
    for (size_t k = 0; k < TEST_COUNT(bad); k++)
        ck_fails(ctx, pl_tail_parse(ctx, bad[k], &tail), PL_EUSAGE, "expected exp:FACTOR");
    ck_ok(ctx, pl_tail_parse(ctx, "pareto:4,10", &tail));
    ck_assert(tail.rule == PL_TAIL_PARETO && tail.alpha == 4 && tail.factor == 10);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if pixels, labels, subclasses or codes of a part were another image's. */
START_TEST(parts_keep_what_belongs_together) {
    const size_t counts[4] = {3, 3, 3, 3}, chosen[3] = {10, 0, 5};
    pl_ctx *ctx = pl_ctx_new();
    pl_images images = made(counts, 4), part = {0};
    ck_ok(ctx, pl_images_coarsen(ctx, &images, "1,0,1,0"));
    ck_assert_uint_eq(images.classes, 2);
    ck_assert_uint_eq(images.subclasses, 4);
    ck_ok(ctx, pl_images_randbit(ctx, &images, 16, 1));
    ck_ok(ctx, pl_images_take(ctx, &images, chosen, 3, &part));
    ck_assert_uint_eq(part.count, 3);
    for (size_t i = 0; i < 3; i++) {
        ck_assert_uint_eq(part.pixels[i * DIM], chosen[i]);
        ck_assert_int_eq(part.sublabels[i], (int64_t)(chosen[i] / 3));
        ck_assert_int_eq(part.labels[i], (int64_t)(chosen[i] / 3 + 1) % 2);
        ck_assert_uint_eq(part.codes[i], images.codes[chosen[i]]);
    }
    ck_fails(ctx, pl_images_take(ctx, &images, chosen, 0, &part), PL_ESHAPE, "no images of made");
    pl_images_free(&part);
    pl_images_free(&images);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a map were taken that is too short or long, has a gap or a class that cannot be, or if a
 * refused one changed the set. */
START_TEST(bad_maps_are_refused) {
    static const char *const bad[] = {"",        "0,1",  "0,1,0,", "0,1,0,1", "0,2,0", "0,-1,1",
                                      "0,1.5,0", "0,,1", "0,9,1",  "0 1 0",   "1,1,1"};
    const size_t counts[3] = {2, 2, 2};
    pl_ctx *ctx = pl_ctx_new();
    pl_images images = made(counts, 3);
    for (size_t k = 0; k < TEST_COUNT(bad); k++) {
        ck_fails(ctx, pl_images_coarsen(ctx, &images, bad[k]), PL_EUSAGE,
                 "expected 3 whole numbers");
        ck_assert(images.classes == 3 && images.labels[5] == 2 && !images.sublabels);
    }
    pl_images_free(&images);
    pl_ctx_free(ctx);
}
END_TEST

/* Over many images every bit is a fair coin, independent of the others. Fails if a code had more
 * bits than asked for, or depended on the place of the image instead of its pixels. */
START_TEST(codes_are_fair) {
    const size_t counts[1] = {20000};
    pl_ctx *ctx = pl_ctx_new();
    pl_images images = made(counts, 1), part = {0};
    double one[3] = {0}, both = 0, n = (double)counts[0];
    ck_ok(ctx, pl_images_randbit(ctx, &images, 3, 9));
    for (size_t i = 0; i < images.count; i++) {
        uint64_t code = images.codes[i];
        ck_assert_uint_lt(code, 8);
        for (int b = 0; b < 3; b++)
            one[b] += (double)(code >> b & 1);
        both += (code & 3) == 3;
    }
    for (int b = 0; b < 3; b++)
        ck_close(one[b] / n, 0.5, 5 * sqrt(0.25 / n));
    ck_close(both / n, 0.25, 5 * sqrt(0.1875 / n));
    const size_t chosen[2] = {777, 3};
    ck_ok(ctx, pl_images_take(ctx, &images, chosen, 2, &part));
    ck_ok(ctx, pl_images_randbit(ctx, &part, 3, 9));
    ck_assert_uint_eq(part.codes[0], images.codes[777]);
    ck_fails(ctx, pl_images_randbit(ctx, &part, 33, 9), PL_EUSAGE, "33 RandBit channels");
    ck_assert_uint_eq(part.bits, 3);
    ck_ok(ctx, pl_images_randbit(ctx, &part, 0, 9));
    ck_assert(part.bits == 0 && !part.codes);
    pl_images_free(&part);
    pl_images_free(&images);
    pl_ctx_free(ctx);
}
END_TEST

START_TEST(every_allocation_may_fail) {
    const size_t counts[2] = {4, 4}, chosen[2] = {1, 6};
    size_t out[8], n;
    pl_ctx *ctx = pl_ctx_new();
    const pl_tail tail = {PL_TAIL_EXPONENTIAL, 2, 1};
    for (size_t k = 1;; k++) {
        pl_images images = made(counts, 2), part = {0};
        pl_ctx_fail_allocation(ctx, k);
        pl_status status = pl_images_coarsen(ctx, &images, "0,0");
        if (status == PL_OK)
            status = pl_images_randbit(ctx, &images, 2, 1);
        if (status == PL_OK)
            status = pl_images_long_tail(ctx, &images, &tail, 1, out, &n);
        if (status == PL_OK)
            status = pl_images_take(ctx, &images, chosen, 2, &part);
        pl_images_free(&part);
        pl_images_free(&images);
        if (status == PL_OK) {
            ck_assert_uint_gt(k, 10);
            break;
        }
        ck_assert_int_eq(status, PL_ENOMEM);
    }
    pl_ctx_free(ctx);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {exponential_tail_of_cifar10,
                                  pareto_tail_of_imagenet,
                                  no_class_vanishes,
                                  bad_tails_are_refused,
                                  parts_keep_what_belongs_together,
                                  bad_maps_are_refused,
                                  codes_are_fair,
                                  every_allocation_may_fail};
    return test_main("data/subset", tests, TEST_COUNT(tests));
}
