#include "tests/support.h"

/* Fails if a failure's sentence, status or prefix were lost. */
START_TEST(failure_says_why) {
    pl_ctx *ctx = pl_ctx_new();
    ck_assert_str_eq(pl_message(ctx), "");
    ck_fails(ctx, pl_fail(ctx, PL_EDOMAIN, "kappa is %g, expected >= 0", -1.0), PL_EDOMAIN, "-1");
    pl_message_prefix(ctx, "z.npy");
    ck_assert_str_eq(pl_message(ctx), "z.npy: kappa is -1, expected >= 0");
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if sizes were multiplied unchecked: SIZE_MAX/2 x 4 would wrap to a small number. */
START_TEST(sizes_are_checked) {
    pl_ctx *ctx = pl_ctx_new();
    size_t n = 7;
    ck_assert(!pl_size_mul(SIZE_MAX / 2, 4, &n));
    ck_assert_uint_eq(n, 7);
    ck_assert_ptr_null(pl_alloc(ctx, SIZE_MAX / 2, 4));
    ck_assert_ptr_null(pl_alloc(ctx, SIZE_MAX - 8, 1));
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if the injected failure came at another allocation than the k-th. */
START_TEST(kth_allocation_fails) {
    pl_ctx *ctx = pl_ctx_new();
    pl_ctx_fail_allocation(ctx, 2);
    char *first = pl_alloc(ctx, 3, 1), *second = pl_alloc(ctx, 3, 1), *third = pl_alloc(ctx, 3, 1);
    ck_assert_ptr_nonnull(first);
    ck_assert_ptr_null(second);
    ck_assert_ptr_nonnull(third);
    ck_assert_int_eq(first[2], 0);
    pl_free(first);
    pl_free(third);
    pl_ctx_free(ctx);
}
END_TEST

START_TEST(warnings_stand_once) {
    pl_ctx *ctx = pl_ctx_new();
    pl_warn(ctx, "row %d", 3);
    pl_warn(ctx, "row %d", 3);
    pl_warn(ctx, "row %d", 4);
    ck_assert_uint_eq(pl_warnings(ctx), 2);
    ck_assert_str_eq(pl_warning(ctx, 1), "row 4");
    pl_ctx_free(ctx);
}
END_TEST

/* Fails when memory that is kept comes back dirty, in another size, or not at all. */
START_TEST(memory_that_is_kept) {
    pl_ctx *ctx = pl_ctx_new();
    pl_ctx_keep(ctx, true);
    char *first = pl_alloc(ctx, 1000, 1);
    ck_assert_ptr_nonnull(first);
    memset(first, 7, 1000);
    pl_free(first);
    char *other = pl_alloc(ctx, 5000, 1), *again = pl_alloc(ctx, 1000, 1);
    ck_assert_ptr_ne(other, first);
    ck_assert_ptr_eq(again, first);
    for (size_t i = 0; i < 1000; i++)
        ck_assert_int_eq(again[i], 0);
    pl_ctx_keep(ctx, false);
    char *fresh = pl_alloc(ctx, 1000, 1);
    ck_assert_ptr_ne(fresh, again);
    pl_free(fresh); /* to the system */
    pl_free(again); /* kept, and given back with the context */
    pl_free(other);
    pl_ctx_fail_allocation(ctx, 1);
    pl_ctx_keep(ctx, true);
    ck_assert_ptr_null(pl_alloc(ctx, 1000, 1)); /* a test's failure comes first */
    pl_ctx_free(ctx);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {failure_says_why, sizes_are_checked, kth_allocation_fails,
                                  warnings_stand_once, memory_that_is_kept};
    return test_main("base/ctx", tests, TEST_COUNT(tests));
}
