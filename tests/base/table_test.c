#include "base/table.h"

#include "tests/support.h"

static const pl_column columns[] = {{"name", "", "who", true},
                                    {"x", "1", "a number", false},
                                    {"note", "", "what", true},
                                    {"y", "nats", "another", false},
                                    {NULL, NULL, NULL, false}};

static pl_ctx *ctx;

static pl_table *filled(void) {
    pl_table *t = NULL;
    ck_ok(ctx, pl_table_new(ctx, columns, &t));
    ck_ok(ctx, pl_table_add(ctx, t, (double[]){0, 0.1, 0, 3},
                            (const char *const[]){"a,b", "say \"hi\""}));
    ck_ok(ctx, pl_table_add(ctx, t, (double[]){0, NAN, 0, -INFINITY},
                            (const char *const[]){"plain", "two\nlines"}));
    ck_ok(ctx, pl_table_summarise(ctx, t, "worst", "nats", "the largest", 2.5));
    return t;
}

/* Fails if a cell were found elsewhere than where it was put, across several growths. */
START_TEST(cells_stay) {
    ctx = pl_ctx_new();
    pl_table *t = NULL;
    ck_ok(ctx, pl_table_new(ctx, columns, &t));
    for (int i = 0; i < 1000; i++) {
        char name[16], note[16];
        snprintf(name, sizeof name, "n%d", i);
        snprintf(note, sizeof note, "%d!", i);
        ck_ok(ctx,
              pl_table_add(ctx, t, (double[]){0, i, 0, -i}, (const char *const[]){name, note}));
    }
    ck_assert_uint_eq(pl_table_rows(t), 1000);
    ck_assert_uint_eq(pl_table_columns(t), 4);
    ck_close(pl_table_at(t, 617, 1), 617, 0);
    ck_close(pl_table_at(t, 617, 3), -617, 0);
    ck_assert(isnan(pl_table_at(t, 617, 0)));
    ck_assert_str_eq(pl_table_word(t, 617, 0), "n617");
    ck_assert_str_eq(pl_table_word(t, 617, 2), "617!");
    ck_assert_str_eq(pl_table_word(t, 617, 1), "");
    ck_assert_uint_eq(pl_table_find(t, "y"), 3);
    ck_assert_uint_eq(pl_table_find(t, "z"), SIZE_MAX);
    ck_assert_str_eq(pl_table_column(t, 3)->unit, "nats");
    pl_table_free(t);
    pl_table_free(NULL);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if the summary were not found by name, or its room overrun. */
START_TEST(summary_and_hypotheses) {
    double v = 7;
    ctx = pl_ctx_new();
    pl_table *t = filled();
    ck_assert(pl_table_lookup(t, "worst", &v));
    ck_close(v, 2.5, 0);
    ck_assert(!pl_table_lookup(t, "best", &v));
    ck_close(v, 2.5, 0);
    while (pl_table_summaries(t) < PL_TABLE_MAX_SUMMARY)
        ck_ok(ctx, pl_table_summarise(ctx, t, "n", "1", "m", 0));
    ck_fails(ctx, pl_table_summarise(ctx, t, "n", "1", "m", 0), PL_EBUG, "more than 48");
    for (int i = 0; i < PL_TABLE_MAX_UNMET + 2; i++)
        pl_table_unmet(t, "unit features");
    ck_assert_uint_eq(pl_table_unmets(t), PL_TABLE_MAX_UNMET);
    ck_assert_str_eq(pl_table_unmet_at(t, 0), "unit features");
    ck_assert_str_eq(pl_table_summary(t, 0)->unit, "nats");
    pl_table_free(t);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a control's factor reached another column, or a missing name were not told. */
START_TEST(scaling_changes_one_name) {
    double v = 0;
    ctx = pl_ctx_new();
    pl_table *t = filled();
    ck_assert(pl_table_scale(t, "x", 1.01));
    ck_close(pl_table_at(t, 0, 1), 0.1 * 1.01, 0);
    ck_close(pl_table_at(t, 0, 3), 3, 0);
    ck_assert(pl_table_scale(t, "worst", 2));
    ck_assert(pl_table_lookup(t, "worst", &v));
    ck_close(v, 5, 0);
    ck_assert(!pl_table_scale(t, "nothing", 2));
    pl_table_free(t);
    pl_ctx_free(ctx);
}
END_TEST

/* RFC 4180's quoting, and doubles that read back as the same. */
START_TEST(csv_is_plain) {
    pl_text out = {0};
    ctx = pl_ctx_new();
    pl_table *t = filled();
    pl_table_csv(t, &out);
    ck_assert_str_eq(pl_text_get(&out), "name,x,note,y\n"
                                        "\"a,b\",0.10000000000000001,\"say \"\"hi\"\"\",3\n"
                                        "plain,nan,\"two\nlines\",-inf\n");
    pl_text_free(&out);
    pl_table_free(t);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a row beyond the limit went without a word, or a long word were cut. */
START_TEST(print_says_what_it_leaves_out) {
    const pl_column two[] = {
        {"word", "", "", true}, {"x", "", "", false}, {NULL, NULL, NULL, false}};
    const char *longest =
        "a word of more than sixty-four letters, which must not be cut short, ever";
    pl_text out = {0};
    pl_table *t = NULL;
    ctx = pl_ctx_new();
    ck_ok(ctx, pl_table_new(ctx, two, &t));
    for (int i = 0; i < 5; i++)
        ck_ok(ctx, pl_table_add(ctx, t, (double[]){0, i == 1 ? (double)NAN : i + 0.5},
                                (const char *const[]){i == 0 ? longest : "b"}));
    ck_ok(ctx, pl_table_summarise(ctx, t, "worst", "nats", "the largest", 2.5));
    pl_table_unmet(t, "unit features");
    pl_table_print(t, 2, &out);
    const char *s = pl_text_get(&out);
    ck_assert_ptr_nonnull(strstr(s, longest));
    ck_assert_ptr_nonnull(strstr(s, "  -\n"));
    ck_assert_ptr_nonnull(strstr(s, "... 3 more rows"));
    ck_assert_ptr_nonnull(strstr(s, "2.5  the largest\n"));
    ck_assert_ptr_nonnull(strstr(s, "hypothesis not met: unit features\n"));
    ck_assert_ptr_null(strstr(s, "3.5"));
    pl_text_free(&out);
    pl_table_print(t, 0, &out);
    ck_assert_ptr_null(strstr(pl_text_get(&out), "more rows"));
    ck_assert_ptr_nonnull(strstr(pl_text_get(&out), "4.5"));
    pl_text_free(&out);
    pl_table_free(t);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a failed addition left half a row or leaked its words. */
START_TEST(every_allocation_may_fail) {
    ctx = pl_ctx_new();
    pl_table *t = NULL;
    pl_ctx_fail_allocation(ctx, 1);
    ck_fails(ctx, pl_table_new(ctx, columns, &t), PL_ENOMEM, "out of memory");
    ck_assert_ptr_null(t);
    ck_ok(ctx, pl_table_new(ctx, columns, &t));
    for (size_t k = 1;; k++) {
        pl_ctx_fail_allocation(ctx, k);
        pl_status status =
            pl_table_add(ctx, t, (double[]){0, 1, 0, 2}, (const char *const[]){"some", "words"});
        pl_ctx_fail_allocation(ctx, 0);
        if (status == PL_OK)
            break;
        ck_assert_int_eq(status, PL_ENOMEM);
        ck_assert_uint_eq(pl_table_rows(t), 0);
    }
    ck_assert_uint_eq(pl_table_rows(t), 1);
    ck_assert_str_eq(pl_table_word(t, 0, 2), "words");
    pl_table_free(t);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a listed column were not there, or were printed twice. */
START_TEST(summary_lists_a_column) {
    static const pl_column list[] = {{"norm", "1", "size", false}, {0}};
    ctx = pl_ctx_new();
    pl_table *t = NULL;
    pl_text text = {0};
    ck_ok(ctx, pl_table_new(ctx, list, &t));
    ck_ok(ctx, pl_table_add(ctx, t, (double[]){3}, NULL));
    ck_ok(ctx, pl_table_summarise(ctx, t, "one", "1", "a number", 1));
    ck_ok(ctx, pl_table_summarise_column(ctx, t, "norms", "1", "all of them", "norm"));
    ck_fails(ctx, pl_table_summarise_column(ctx, t, "x", "1", "m", "nothing"), PL_EBUG,
             "no column");
    ck_assert_ptr_null(pl_table_summary_column(t, 0));
    ck_assert_str_eq(pl_table_summary_column(t, 1), "norm");
    pl_table_print(t, 0, &text);
    ck_assert_ptr_null(strstr(pl_text_get(&text), "norms"));
    pl_text_free(&text);
    pl_table_free(t);
    pl_ctx_free(ctx);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {cells_stay,
                                  summary_and_hypotheses,
                                  summary_lists_a_column,
                                  scaling_changes_one_name,
                                  csv_is_plain,
                                  print_says_what_it_leaves_out,
                                  every_allocation_may_fail};
    return test_main("base/table", tests, TEST_COUNT(tests));
}
