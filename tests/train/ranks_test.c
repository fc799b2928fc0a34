/* What of pl_ranks needs no MPI: one process alone, and the words for what differs. */
#include "train/ranks.h"

#include "tests/support.h"

static void differs(const char *first, const char *here, const char *want) {
    pl_text text = {0};
    pl_ranks_differences(first, here, &text);
    ck_assert_str_eq(pl_text_get(&text), want);
    pl_text_free(&text);
}

/* Fails if a line were compared with another's, or a prefix taken for the whole. */
START_TEST(differences_are_named) {
    differs("a 1\nb 2\n", "a 1\nb 2\n", "");
    differs("a 1\nb 2\n", "a 1\nb 3\n", "b 3 here, b 2 there");
    differs("a 1\nb 2\n", "a 10\nb 2\n", "a 10 here, a 1 there");
    differs("a 1\n", "a 1\nb 2\n", "b 2 here,  there");
    differs("a\nb\nc\nd\n", "e\nf\ng\nh\n",
            "e here, a there, f here, b there, g here, c there, and more");
}
END_TEST

/* Fails if a process that no mpirun started took itself for one of several. */
START_TEST(one_process_is_alone) {
    pl_ctx *ctx = pl_ctx_new();
    pl_ranks *r = (pl_ranks *)ctx;
    float part[] = {1, 2}, whole[2] = {0};
    double sums[] = {3, 4};
    static const char *const names[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "PMIX_RANK"};
    for (size_t i = 0; i < TEST_COUNT(names); i++)
        unsetenv(names[i]);
    ck_ok(ctx, pl_ranks_open(ctx, &r));
    ck_assert_ptr_null(r);
    ck_assert_uint_eq(pl_ranks_rank(r), 0);
    ck_assert_uint_eq(pl_ranks_size(r), 1);
    ck_ok(ctx, pl_ranks_agree(ctx, r, "a\n"));
    pl_ranks_gather(r, part, 2, whole);
    ck_assert_mem_eq(part, whole, sizeof part);
    pl_ranks_sum(r, sums, 2);
    ck_close(sums[0], 3, 0);
    ck_assert(pl_ranks_same(r, 7));
    ck_assert_int_eq(pl_ranks_largest(r, 5), 5);
    ck_fails(ctx, pl_ranks_status(ctx, r, pl_fail(ctx, PL_EIO, "full")), PL_EIO, "full");
    ck_assert(pl_ranks_speaks(r));
    ck_ok(ctx, pl_ranks_pieces(ctx, r, part, 2));
    pl_ranks_ready(r, 0);
    pl_ranks_finish(r);
    pl_ranks_close(r);
    pl_ctx_free(ctx);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {differences_are_named, one_process_is_alone};
    return test_main("train/ranks", tests, TEST_COUNT(tests));
}
