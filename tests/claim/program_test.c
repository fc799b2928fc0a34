#include "claim/program.h"

#include <string.h>

#include "tests/support.h"

static const pl_option options[] = {
    {"part", PL_OPT_SPEC, "sum", 0, 0, "sum|terms", NULL, "which table", 0},
    {"count", PL_OPT_INT, "3", 1, 100, NULL, NULL, "terms", 0},
    {"replicates", PL_OPT_INT, "300", 200, 100000, NULL, NULL, "of nothing", 0},
    {"seed", PL_OPT_SEED, "1", 0, 0, NULL, NULL, "of nothing", 0},
    {0}};
static const pl_column sum_columns[] = {{"sum", "1", "1 + .. + count", false},
                                        {"replicates", "1", "as given", false},
                                        {"seed", "1", "as given", false},
                                        {0}};
static const pl_column term_columns[] = {{"term", "1", "k", false}, {0}};

static pl_status run_sum(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    double n = (double)pl_option_int(o, "count");
    return pl_table_add(ctx, out,
                        (double[]){n * (n + 1) / 2, (double)pl_option_int(o, "replicates"),
                                   (double)pl_option_seed(o, "seed")},
                        NULL);
}

static pl_status run_terms(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status = PL_OK;
    for (long long k = 1; k <= pl_option_int(o, "count"); k++)
        PL_TRY(pl_table_add(ctx, out, (double[]){(double)k}, NULL));
done:
    return status;
}

static const pl_program terms = {.name = "--part terms", .columns = term_columns, .run = run_terms};
static const pl_program *const variants[] = {&terms, NULL};

static const pl_program *variant(const pl_options *o) {
    return strcmp(pl_option_spec(o, "part", NULL), "terms") == 0 ? &terms : NULL;
}

static const pl_program program = {.name = "sums",
                                   .options = options,
                                   .columns = sum_columns,
                                   .run = run_sum,
                                   .variants = variants,
                                   .variant = variant};

static pl_table *ran(pl_ctx *ctx, const char *preset, double effort, const char *seed) {
    pl_table *t = NULL;
    ck_ok(ctx, pl_program_run_preset(ctx, &program, preset, effort, seed, &t));
    return t;
}

/* Fails if the variant's columns went with the program's run, its options were lost, or NULL from
 * `variant` did not mean the program itself. */
START_TEST(a_variant_has_its_own_table) {
    pl_ctx *ctx = pl_ctx_new();
    pl_table *t = ran(ctx, "--count 4", 1, NULL);
    ck_assert_uint_eq(pl_table_columns(t), 3);
    ck_close(pl_table_at(t, 0, pl_table_find(t, "sum")), 10, 0);
    pl_table_free(t);
    t = ran(ctx, "--part terms --count 4", 1, NULL);
    ck_assert_uint_eq(pl_table_columns(t), 1);
    ck_assert_uint_eq(pl_table_rows(t), 4);
    ck_close(pl_table_at(t, 3, pl_table_find(t, "term")), 4, 0);
    pl_table_free(t);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if effort went below the 200 replicates that an interval needs, or the seed of verify did
 * not replace a preset's. */
START_TEST(effort_and_seed_replace_the_presets) {
    pl_ctx *ctx = pl_ctx_new();
    const struct {
        const char *preset, *seed;
        double effort, replicates, is_seed;
    } cases[] = {{"", NULL, 1, 300, 1},
                 {"", NULL, 10, 3000, 1},
                 {"", "7", 0.1, 200, 7},
                 {"--seed 5 --replicates 1000", "9", 0.5, 500, 9}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        pl_table *t = ran(ctx, cases[i].preset, cases[i].effort, cases[i].seed);
        ck_close(pl_table_at(t, 0, pl_table_find(t, "replicates")), cases[i].replicates, 0);
        ck_close(pl_table_at(t, 0, pl_table_find(t, "seed")), cases[i].is_seed, 0);
        pl_table_free(t);
    }
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a failed run left a table behind, or a failed allocation went unnoticed. */
START_TEST(a_failed_run_leaves_nothing) {
    pl_status status = PL_ENOMEM;
    for (size_t k = 1; status != PL_OK; k++) {
        pl_ctx *ctx = pl_ctx_new();
        pl_table *t = NULL;
        pl_ctx_fail_allocation(ctx, k);
        status = pl_program_run_preset(ctx, &program, "--part terms", 2, "3", &t);
        ck_assert(status == PL_OK ? t != NULL : status == PL_ENOMEM && t == NULL);
        ck_assert_uint_lt(k, 200);
        pl_table_free(t);
        pl_ctx_free(ctx);
    }
}
END_TEST

int main(void) {
    const TTest *const tests[] = {a_variant_has_its_own_table, effort_and_seed_replace_the_presets,
                                  a_failed_run_leaves_nothing};
    return test_main("claim/program", tests, TEST_COUNT(tests));
}
