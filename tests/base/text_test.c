#include "base/text.h"

#include <float.h>
#include <stdio.h>

#include "tests/support.h"

/* Fails if text were lost where the buffer grows, or an empty one were no "". */
START_TEST(text_grows) {
    pl_text t = {0};
    pl_ctx *ctx = pl_ctx_new();
    ck_assert_str_eq(pl_text_get(&t), "");
    for (int i = 0; i < 1000; i++) {
        pl_text_add(&t, "ab");
        pl_text_printf(&t, "%03d", i);
    }
    ck_ok(ctx, pl_text_status(ctx, &t));
    ck_assert_uint_eq(t.length, 5000);
    ck_assert_uint_eq(strlen(pl_text_get(&t)), 5000);
    ck_assert_int_eq(strncmp(pl_text_get(&t) + 5 * 617, "ab617", 5), 0);
    pl_text_free(&t);
    ck_assert_str_eq(pl_text_get(&t), "");
    t.failed = true; /* as after a failed allocation: it sticks */
    pl_text_add(&t, "x");
    ck_assert_str_eq(pl_text_get(&t), "");
    ck_fails(ctx, pl_text_status(ctx, &t), PL_ENOMEM, "out of memory");
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if anything but a whole finite number were taken for one, or the output were touched. */
START_TEST(reals_are_whole_words) {
    static const char *const bad[] = {"",     " 1",    "\t1", "1 ", "1x",  "nan", "inf",
                                      "-inf", "1e999", "--1", "0x", "1,5", "."};
    double v = 7;
    for (size_t i = 0; i < TEST_COUNT(bad); i++) {
        ck_assert_msg(!pl_parse_real(bad[i], &v), "'%s' is taken for %g", bad[i], v);
        ck_close(v, 7, 0);
    }
    ck_assert(pl_parse_real("-1.5e-3", &v));
    ck_close(v, -1.5e-3, 0);
    ck_assert(pl_parse_real("+.5", &v));
    ck_close(v, 0.5, 0);
}
END_TEST

START_TEST(integers_are_whole_words) {
    static const char *const bad[] = {
        "", "-", " 1", "1 ", "+1", "1.0", "1e3", "0x1", "- 1", "9223372036854775808", "--1"};
    static const char *const bad_u64[] = {"",   "-1",  " 1",  "1 ",
                                          "+1", "1.0", "1e3", "18446744073709551616"};
    long long v = 7;
    uint64_t u = 7;
    for (size_t i = 0; i < TEST_COUNT(bad); i++)
        ck_assert_msg(!pl_parse_int(bad[i], &v) && v == 7, "'%s' is taken for %lld", bad[i], v);
    for (size_t i = 0; i < TEST_COUNT(bad_u64); i++)
        ck_assert_msg(!pl_parse_u64(bad_u64[i], &u) && u == 7, "'%s' is taken", bad_u64[i]);
    ck_assert(pl_parse_int("-9223372036854775808", &v));
    ck_assert(v == INT64_MIN);
    ck_assert(pl_parse_u64("18446744073709551615", &u));
    ck_assert(u == UINT64_MAX);
}
END_TEST

/* Levenshtein's distance: known values, symmetry, and words beyond the cut. */
START_TEST(edits_are_counted) {
    ck_assert_uint_eq(pl_edit_distance("kitten", "sitting"), 3);
    ck_assert_uint_eq(pl_edit_distance("sitting", "kitten"), 3);
    ck_assert_uint_eq(pl_edit_distance("", "abc"), 3);
    ck_assert_uint_eq(pl_edit_distance("abc", "abc"), 0);
    char a[200], b[200];
    memset(a, 'a', sizeof a);
    memset(b, 'b', sizeof b);
    a[199] = b[199] = '\0';
    ck_assert_uint_eq(pl_edit_distance(a, b), 63);
}
END_TEST

/* Fails if a far word were offered, or a nearer one passed over. */
START_TEST(nearest_is_near) {
    static const char *const names[] = {"uniformity", "alignment", "attraction"};
    const struct {
        const char *word, *nearest;
    } cases[] = {{"alignemnt", "alignment"},
                 {"unif", "uniformity"},
                 {"att", "attraction"},
                 {"zzzz", NULL},
                 {"alignment", "alignment"}};
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        size_t best = SIZE_MAX;
        const char *name = NULL;
        for (size_t k = 0; k < TEST_COUNT(names); k++)
            pl_nearest(cases[i].word, names[k], &best, &name);
        ck_assert_pstr_eq(name, cases[i].nearest);
    }
}
END_TEST

/* Fails if a double did not read back as itself, or a longer text than needed were written. */
START_TEST(reals_read_back) {
    const struct {
        double v;
        const char *text;
    } cases[] = {{0.1, "0.1"},
                 {1, "1"},
                 {-0.5, "-0.5"},
                 {1e300, "1e+300"},
                 {NAN, "nan"},
                 {-(double)NAN, "nan"},
                 {INFINITY, "inf"},
                 {-INFINITY, "-inf"},
                 {0.1 + 0.2, "0.30000000000000004"}};
    char s[32];
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        pl_format_real(cases[i].v, s);
        ck_assert_str_eq(s, cases[i].text);
    }
    const double hard[] = {1.0 / 3, DBL_MIN, DBL_MAX, -DBL_MAX, 5e-324, 123456789.0, 1e22};
    for (size_t i = 0; i < TEST_COUNT(hard); i++) {
        pl_format_real(hard[i], s);
        ck_assert(strtod(s, NULL) == hard[i]);
    }
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        text_grows,        reals_are_whole_words, integers_are_whole_words,
        edits_are_counted, nearest_is_near,       reals_read_back};
    return test_main("base/text", tests, TEST_COUNT(tests));
}
