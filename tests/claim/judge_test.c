#include "claim/claim.h"
#include "tests/support.h"

static const pl_column columns[] = {{"m", "1", "abscissa", false},
                                    {"left", "1", "left", false},
                                    {"right", "1", "right", false},
                                    {"upper", "1", "upper", false},
                                    {"se", "1", "error", false},
                                    {"in", "1", "gate", false},
                                    {0}};

typedef double row[6];

static pl_finding judge(const pl_relation *r, row *rows, size_t n, bool gate) {
    pl_ctx *ctx = pl_ctx_new();
    pl_table *t = NULL;
    pl_finding f;
    ck_ok(ctx, pl_table_new(ctx, columns, &t));
    for (size_t i = 0; i < n; i++)
        ck_ok(ctx, pl_table_add(ctx, t, rows[i], NULL));
    ck_ok(ctx, pl_relation_judge(ctx, r, t, gate, 0.999, 0, &f));
    pl_table_free(t);
    pl_ctx_free(ctx);
    return f;
}

static pl_verdict verdict(const pl_relation *r, row *rows, size_t n) {
    return judge(r, rows, n, true).verdict;
}

/* Fails if the three zones of sec. 5 were cut elsewhere: -1e-10 and -1e-8 times the scale. */
START_TEST(inequality_has_three_zones) {
    const pl_relation le = {.kind = PL_LE, .left = "left", .right = "right"};
    ck_assert_int_eq(verdict(&le, (row[]){{1, 1, 2, 0, 0, 1}}, 1), PL_HOLDS);
    ck_assert_int_eq(verdict(&le, (row[]){{1, 1 + 0.9e-10, 1, 0, 0, 1}}, 1), PL_HOLDS);
    ck_assert_int_eq(verdict(&le, (row[]){{1, 1 + 5e-10, 1, 0, 0, 1}}, 1), PL_INCONCLUSIVE);
    ck_assert_int_eq(verdict(&le, (row[]){{1, 1 + 2e-8, 1, 0, 0, 1}}, 1), PL_VIOLATED);
    ck_assert_int_eq(verdict(&le, (row[]){{1, 100 + 0.9e-8, 100, 0, 0, 1}}, 1), PL_HOLDS);
}
END_TEST

/* Fails if a good row could hide a bad one, or a gated row still counted. */
START_TEST(the_worst_row_decides) {
    const pl_relation le = {.kind = PL_LE, .left = "left", .right = "right"};
    const pl_relation gated = {.kind = PL_LE, .left = "left", .right = "right", .applies = "in"};
    row rows[] = {{1, 0, 1, 0, 0, 1}, {2, 1, 0, 0, 0, 0}, {3, 0, 1, 0, 0, 1}};
    ck_assert_int_eq(verdict(&le, rows, 3), PL_VIOLATED);
    ck_assert_int_eq(verdict(&gated, rows, 3), PL_HOLDS);
    ck_assert_int_eq(judge(&gated, rows, 3, false).verdict, PL_VIOLATED);
    ck_assert_int_eq(verdict(&gated, rows + 1, 1), PL_NOT_APPLICABLE);
    ck_close(judge(&le, rows, 3, true).measured, -1, 0);
}
END_TEST

START_TEST(equality_and_two_sided_bounds) {
    const pl_relation eq = {.kind = PL_EQ, .left = "left", .right = "right", .tolerance = 1e-6};
    const pl_relation in = {.kind = PL_WITHIN, .left = "left", .right = "right", .upper = "upper"};
    ck_assert_int_eq(verdict(&eq, (row[]){{1, 1, 1 + 9e-7, 0, 0, 1}}, 1), PL_HOLDS);
    ck_assert_int_eq(verdict(&eq, (row[]){{1, 1, 1 + 2e-6, 0, 0, 1}}, 1), PL_INCONCLUSIVE);
    ck_assert_int_eq(verdict(&eq, (row[]){{1, 1, 1.01, 0, 0, 1}}, 1), PL_VIOLATED);
    ck_assert_int_eq(verdict(&in, (row[]){{1, 2, 1, 3, 0, 1}}, 1), PL_HOLDS);
    ck_assert_int_eq(verdict(&in, (row[]){{1, 4, 1, 3, 0, 1}}, 1), PL_VIOLATED);
    ck_assert_int_eq(verdict(&in, (row[]){{1, 0, 1, 3, 0, 1}}, 1), PL_VIOLATED);
}
END_TEST

/* Fails if an interval that straddles were called either way, or if a wide interval passed an
 * equality for want of power. q(0.999) = 3.29. */
START_TEST(statistical_verdicts) {
    const pl_relation le = {.kind = PL_LE, .left = "left", .right = "right", .error = "se"};
    const pl_relation eq = {
        .kind = PL_EQ, .left = "left", .right = "right", .error = "se", .tolerance = 0.1};
    ck_assert_int_eq(verdict(&le, (row[]){{1, 0, 1, 0, 0.1, 1}}, 1), PL_HOLDS);
    ck_assert_int_eq(verdict(&le, (row[]){{1, 0, 0.1, 0, 0.1, 1}}, 1), PL_INCONCLUSIVE);
    ck_assert_int_eq(verdict(&le, (row[]){{1, 1, 0, 0, 0.1, 1}}, 1), PL_VIOLATED);
    ck_assert_int_eq(verdict(&eq, (row[]){{1, 1, 1.3, 0, 0.1, 1}}, 1), PL_HOLDS);
    ck_assert_int_eq(verdict(&eq, (row[]){{1, 1, 1.4, 0, 0.1, 1}}, 1), PL_VIOLATED);
    pl_finding wide = judge(&eq, (row[]){{1, 1, 1, 0, 0.2, 1}}, 1, true);
    ck_assert_int_eq(wide.verdict, PL_INCONCLUSIVE);
    ck_assert_msg(strstr(wide.detail, "4 times the replicates") != NULL, "%s", wide.detail);
}
END_TEST

/* Fails if the slope were taken of the values and not of their logarithms. */
START_TEST(slope_and_limit) {
    const pl_relation rate = {
        .kind = PL_SLOPE, .left = "left", .right = "m", .lo = -1.02, .hi = -0.97};
    const pl_relation zero = {.kind = PL_LIMIT, .left = "left", .tolerance = 1e-2};
    row first[4], half[4];
    for (int i = 0; i < 4; i++) {
        double m = pow(4, i + 2);
        memcpy(first[i], (row){m, -3 / m, 0, 0, 0, 1}, sizeof(row));
        memcpy(half[i], (row){m, 3 / sqrt(m), 0, 0, 0, 1}, sizeof(row));
    }
    ck_assert_int_eq(verdict(&rate, first, 4), PL_HOLDS);
    ck_assert_int_eq(verdict(&rate, half, 4), PL_VIOLATED);
    ck_close(judge(&rate, half, 4, true).measured, -0.5, 1e-12);
    ck_assert_int_eq(verdict(&zero, first, 4), PL_HOLDS);
    ck_assert_int_eq(verdict(&zero, half, 4), PL_INCONCLUSIVE); /* still falling */
    ck_assert_int_eq(verdict(&zero, (row[]){{1, 0.85, 0, 0, 0, 1}, {2, 0.853, 0, 0, 0, 1}}, 2),
                     PL_VIOLATED);
}
END_TEST

START_TEST(vacuous_beyond_the_trivial_value) {
    const pl_relation le = {.kind = PL_LE, .left = "left", .right = "right", .trivial = "upper"};
    ck_assert_int_eq(verdict(&le, (row[]){{1, 0, 9, 5, 0, 1}, {1, 0, 8, 5, 0, 1}}, 2), PL_VACUOUS);
    ck_assert_int_eq(verdict(&le, (row[]){{1, 0, 9, 5, 0, 1}, {1, 0, 4, 5, 0, 1}}, 2), PL_HOLDS);
}
END_TEST

START_TEST(a_name_that_means_nothing_is_a_bug) {
    pl_ctx *ctx = pl_ctx_new();
    pl_table *t = NULL;
    pl_finding f;
    const pl_relation le = {.kind = PL_LE, .left = "lefft", .right = "0"};
    ck_ok(ctx, pl_table_new(ctx, columns, &t));
    ck_ok(ctx, pl_table_add(ctx, t, (row){0}, NULL));
    ck_fails(ctx, pl_relation_judge(ctx, &le, t, true, 0.999, 0, &f), PL_EBUG, "lefft");
    pl_table_free(t);
    pl_ctx_free(ctx);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {inequality_has_three_zones,
                                  the_worst_row_decides,
                                  equality_and_two_sided_bounds,
                                  statistical_verdicts,
                                  slope_and_limit,
                                  vacuous_beyond_the_trivial_value,
                                  a_name_that_means_nothing_is_a_bug};
    return test_main("claim/judge", tests, TEST_COUNT(tests));
}
