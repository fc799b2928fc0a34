#include "claim/claim.h"
#include "tests/support.h"

/* A program whose one row lies three and a half standard errors beyond its bound: a normal law, or
 * many replicates, call that violated at the level of 0.999; five replicates cannot. */
static const pl_option options[] = {
    {"replicates", PL_OPT_INT, "5", 2, 1000000, NULL, NULL, "counted, not drawn", 0}, {0}};

static const pl_column columns[] = {{"estimate", "1", "of nothing", false},
                                    {"standard_error", "1", "of the estimate", false},
                                    {"replicates", "1", "as they came", false},
                                    {0}};

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    return pl_table_add(ctx, out, (double[]){3.5, 1, (double)pl_option_int(o, "replicates")}, NULL);
}

static const pl_program program = {
    .name = "straw", .summary = "", .options = options, .columns = columns, .run = run};

static pl_outcome check(const char *preset, double effort) {
    const pl_claim claim = {
        .id = "TEST.DF",
        .program = &program,
        .presets = {preset},
        .relations = {
            {.kind = PL_LE, .left = "estimate", .right = "0", .error = "standard_error"}}};
    const pl_verify_settings settings = {.effort = effort, .level = 0.999};
    pl_ctx *ctx = pl_ctx_new();
    pl_outcome o;
    ck_ok(ctx, pl_claim_check(ctx, &claim, &settings, &o));
    pl_ctx_free(ctx);
    return o;
}

/* Fails if the quantile stood on other replicates than those that ran: 200, say, whatever the
 * preset asks for. t(0.9995) is 8.6 at 4 degrees of freedom, 3.5 at 49 and 3.3 at 999. */
START_TEST(freedom_follows_the_replicates) {
    ck_assert_int_eq(check("", 1).finding.verdict, PL_INCONCLUSIVE);
    ck_assert_int_eq(check("--replicates 5", 1).finding.verdict, PL_INCONCLUSIVE);
    ck_assert_int_eq(check("--replicates=5", 1).finding.verdict, PL_INCONCLUSIVE);
    ck_assert_int_eq(check("--replicates 1000", 1).finding.verdict, PL_VIOLATED);
    ck_assert_int_eq(check("--replicates 5", 0.25).finding.verdict, PL_INCONCLUSIVE);
    ck_assert_int_eq(check("--replicates 5", 100).finding.verdict, PL_VIOLATED);
    ck_close(check("--replicates 5", 1).finding.tolerance, 8.610301581379273, 1e-6);
    ck_close(check("--replicates 5", 10).finding.tolerance, 3.50044289136699, 1e-6);
}
END_TEST

static double replicates(const char *preset, double effort) {
    pl_ctx *ctx = pl_ctx_new();
    pl_table *t = NULL;
    ck_ok(ctx, pl_program_run_preset(ctx, &program, preset, effort, NULL, &t));
    double r = pl_table_at(t, 0, 2);
    pl_table_free(t);
    pl_ctx_free(ctx);
    return r;
}

/* Fails if less effort ran more replicates than the preset asks for, or fewer than 200 of many. */
START_TEST(effort_multiplies_replicates) {
    ck_close(replicates("", 1), 5, 0);
    ck_close(replicates("", 0.25), 5, 0);
    ck_close(replicates("", 10), 50, 0);
    ck_close(replicates("--replicates 400", 0.25), 200, 0);
    ck_close(replicates("--replicates 4000", 0.25), 1000, 0);
    ck_close(replicates("--replicates 150", 0.25), 150, 0);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {freedom_follows_the_replicates, effort_multiplies_replicates};
    return test_main("claim/check", tests, TEST_COUNT(tests));
}
