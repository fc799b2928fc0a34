#include "base/options.h"

#include "tests/support.h"

static const pl_option rows[] = {
    {"json", PL_OPT_FLAG, NULL, 0, 0, NULL, NULL, "print one JSON object", 'j'},
    {"dim", PL_OPT_INT, "128", 2, 4096, NULL, NULL, "dimension of the sphere", 0},
    {"seed", PL_OPT_SEED, "1", 0, 0, NULL, NULL, "seed of the random streams", 0},
    {"tau", PL_OPT_REAL, "0.5", 1e-3, HUGE_VAL, NULL, NULL, "temperature", 't'},
    {"cooling", PL_OPT_REAL, NULL, -HUGE_VAL, 0, NULL, NULL, "below zero", 0},
    {"law", PL_OPT_SPEC, "vmf:5", 0, 700, "uniform|vmf:KC|VALUE", NULL, "law of the views", 0},
    {"mechanism", PL_OPT_SPEC, NULL, 0, 0, "independent|dependent", NULL, "of the noise", 0},
    {"negatives", PL_OPT_LIST, "1,16..64", 1, 1e6, NULL, NULL, "negatives per anchor", 0},
    {"shifts", PL_OPT_LIST, NULL, 0, 0, NULL, NULL, "any numbers", 0},
    {"out", PL_OPT_TEXT, NULL, 0, 0, NULL, "DIR", "where results go", 'o'},
    {"features", PL_OPT_INPUT, NULL, 0, 0, NULL, NULL, "features to measure", 0},
    {NULL, PL_OPT_FLAG, NULL, 0, 0, NULL, NULL, NULL, 0},
};
static const pl_option more[] = {
    {"threads", PL_OPT_INT, NULL, 1, 1024, NULL, NULL, "threads of a run", 0},
    {NULL, PL_OPT_FLAG, NULL, 0, 0, NULL, NULL, NULL, 0},
};

static pl_ctx *ctx;

enum { WORDS = 16 };

static pl_status parse(const char *positional, const char *line, pl_options **out) {
    static char text[512];
    char *argv[WORDS], *save = NULL;
    int argc = 0;
    snprintf(text, sizeof text, "%s", line);
    for (char *w = strtok_r(text, " ", &save); w; w = strtok_r(NULL, " ", &save))
        argv[argc++] = w;
    return pl_options_parse(ctx, rows, more, positional, argc, argv, out);
}

static pl_options *accept(const char *positional, const char *line) {
    pl_options *o = NULL;
    ck_ok(ctx, parse(positional, line, &o));
    return o;
}

static void refuse(const char *line, const char *words) {
    pl_options *o = NULL;
    ck_fails(ctx, parse(NULL, line, &o), PL_EUSAGE, words);
    ck_assert_ptr_null(o);
}

/* Fails if a default were not there, or an unset option had a value. */
START_TEST(defaults_stand) {
    double number;
    size_t count;
    ctx = pl_ctx_new();
    pl_options *o = accept(NULL, "");
    ck_assert(!pl_option_flag(o, "json"));
    ck_assert_int_eq(pl_option_int(o, "dim"), 128);
    ck_assert_uint_eq(pl_option_seed(o, "seed"), 1);
    ck_close(pl_option_real(o, "tau"), 0.5, 0);
    ck_assert_str_eq(pl_option_spec(o, "law", &number), "vmf");
    ck_close(number, 5, 0);
    const double *list = pl_option_list(o, "negatives", &count);
    ck_assert_uint_eq(count, 4);
    ck_close(list[0], 1, 0);
    ck_close(list[3], 64, 0);
    ck_assert_ptr_null(pl_option_text(o, "out"));
    ck_assert(!pl_option_has(o, "out"));
    ck_assert(pl_option_has(o, "dim"));
    ck_assert(isnan(pl_option_real(o, "no such")));
    ck_assert_ptr_null(pl_option_list(o, "no such", &count));
    ck_assert_uint_eq(count, 0);
    ck_assert_uint_eq(pl_options_count(o), 12);
    ck_assert_str_eq(pl_options_row(o, 11)->name, "threads");
    ck_assert_str_eq(pl_options_value(o, 1), "128");
    ck_assert_ptr_null(pl_options_value(o, 11));
    pl_options_free(o);
    pl_options_free(NULL);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a spelling of a value were not understood. */
START_TEST(values_are_taken) {
    double number;
    ctx = pl_ctx_new();
    pl_options *o =
        accept(NULL, "--json --dim=64 --seed 18446744073709551615 -t 2e-1 --law uniform "
                     "-o results --features z.npy --threads 2 --cooling -3");
    ck_assert(pl_option_flag(o, "json"));
    ck_assert_int_eq(pl_option_int(o, "dim"), 64);
    ck_assert_uint_eq(pl_option_seed(o, "seed"), UINT64_MAX);
    ck_close(pl_option_real(o, "tau"), 0.2, 0);
    ck_close(pl_option_real(o, "cooling"), -3, 0);
    ck_assert_str_eq(pl_option_spec(o, "law", &number), "uniform");
    ck_assert(isnan(number));
    ck_assert_str_eq(pl_option_text(o, "out"), "results");
    ck_assert_str_eq(pl_option_text(o, "features"), "z.npy");
    ck_assert_int_eq(pl_option_int(o, "threads"), 2);
    pl_options_free(o);
    o = accept(NULL, "--law 2.5 --dim 3 --dim 4");
    ck_assert_str_eq(pl_option_spec(o, "law", &number), "VALUE");
    ck_close(number, 2.5, 0);
    ck_assert_int_eq(pl_option_int(o, "dim"), 4);
    pl_options_free(o);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a list lost a number: a negative one, the last of a range, or one that rounding moves.
 */
START_TEST(lists_are_complete) {
    const struct {
        const char *text;
        size_t count;
        double first, last;
    } cases[] = {{"7", 1, 7, 7},
                 {"-3", 1, -3, -3},
                 {"0", 1, 0, 0},
                 {"-1,0,1", 3, -1, 1},
                 {"1..1", 1, 1, 1},
                 {"1..64", 7, 1, 64},
                 {"1..100", 7, 1, 64},
                 {"0.1..0.8", 4, 0.1, 0.8},
                 {"3,5..20,9", 5, 3, 9},
                 {"1e308", 1, 1e308, 1e308},
                 {"1e307..1.7e308", 5, 1e307, 1.6e308}};
    ctx = pl_ctx_new();
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        char line[64];
        size_t count;
        snprintf(line, sizeof line, "--shifts %s", cases[i].text);
        pl_options *o = accept(NULL, line);
        const double *list = pl_option_list(o, "shifts", &count);
        ck_assert_msg(count == cases[i].count, "%s has %zu numbers, expected %zu", cases[i].text,
                      count, cases[i].count);
        ck_close(list[0], cases[i].first, 0);
        ck_rel(list[count - 1], cases[i].last, 1e-15);
        pl_options_free(o);
    }
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a wrong word passed, or the message lacked the option, the value or the remedy. */
START_TEST(wrong_words_are_named) {
    ctx = pl_ctx_new();
    refuse("--dmi 3", "unknown option --dmi; did you mean --dim?");
    refuse("--feat z.npy", "did you mean --features?");
    refuse("--xyzzyxyzzy 3", "unknown option --xyzzyxyzzy; --help lists the options");
    refuse("-q", "unknown option -q;");
    refuse("-to 3", "unknown option -to;");
    refuse("--json=yes", "--json takes no value");
    refuse("--dim", "--dim needs a value");
    refuse("--dim=", "--dim is '', expected a whole number");
    refuse("--dim 1.5", "--dim is '1.5', expected a whole number");
    refuse("--dim 1e3", "expected a whole number");
    refuse("--dim 1", "--dim is 1, expected a value from 2 to 4096");
    refuse("--dim 5000", "--dim is 5000, expected a value from 2 to 4096");
    refuse("--dim 99999999999999999999", "expected a whole number");
    refuse("--seed -1", "--seed is '-1', expected a whole number from 0 to 2^64-1");
    refuse("--seed 18446744073709551616", "2^64-1");
    refuse("--tau nan", "--tau is 'nan', expected a number");
    refuse("--tau 0", "--tau is 0, expected at least 0.001");
    refuse("--cooling 1", "--cooling is 1, expected at most 0");
    refuse("--law vmf", "--law is 'vmf', expected uniform|vmf:KC|VALUE");
    refuse("--law vmf:x", "--law is 'vmf:x'");
    refuse("--law vmf:900", "--law is vmf:900, expected a value from 0 to 700");
    refuse("--law uniform:3", "--law is 'uniform:3'");
    refuse("--negatives 1,,2", "--negatives: '' is not a number");
    refuse("--negatives 4..2", "'4..2' is not a number, nor a..b with 0 < a <= b");
    refuse("--negatives 0", "--negatives is 0, expected a value from 1 to 1e+06");
    refuse("--negatives 524288..4194304", "--negatives is 1048576, expected");
    refuse("--shifts -4..2", "'-4..2' is not a number");
    refuse("--out=", "--out is empty, expected DIR");
    refuse("word", "'word' is one word too many");
    refuse("-- --json", "'--json' is one word too many");
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if bare words filled other options than they should, or were lost. */
START_TEST(bare_words_fill_positions) {
    ctx = pl_ctx_new();
    pl_options *o = accept("features out", "z.npy --dim 3 results");
    ck_assert_str_eq(pl_option_text(o, "features"), "z.npy");
    ck_assert_str_eq(pl_option_text(o, "out"), "results");
    pl_options_free(o);
    o = accept("features ...", "z.npy one - -- --two");
    ck_assert_str_eq(pl_option_text(o, "features"), "z.npy");
    ck_assert_uint_eq(pl_options_words(o), 3);
    ck_assert_str_eq(pl_options_word(o, 0), "one");
    ck_assert_str_eq(pl_options_word(o, 1), "-");
    ck_assert_str_eq(pl_options_word(o, 2), "--two");
    pl_options_free(o);
    pl_options *none = NULL;
    ck_fails(ctx, parse("features", "z.npy y.npy", &none), PL_EUSAGE,
             "'y.npy' is one word too many");
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a refused value took the place of the good one, or a value could not be given its own
 * text again. */
START_TEST(set_keeps_what_was_good) {
    ctx = pl_ctx_new();
    pl_options *o = NULL;
    ck_ok(ctx, pl_options_parse_text(ctx, rows, NULL, "--dim \"64\" --out \"a b\"", &o));
    ck_assert_int_eq(pl_option_int(o, "dim"), 64);
    ck_assert_str_eq(pl_option_text(o, "out"), "a b");
    pl_options_free(o);
    ck_ok(ctx, pl_options_parse_text(ctx, rows, NULL, "--dim 32  --negatives 4", &o));
    ck_fails(ctx, pl_options_set(ctx, o, "dim", "1"), PL_EUSAGE, "--dim is 1");
    ck_assert_int_eq(pl_option_int(o, "dim"), 32);
    ck_ok(ctx, pl_options_set(ctx, o, "dim", pl_option_text(o, "dim")));
    ck_assert_int_eq(pl_option_int(o, "dim"), 32);
    ck_ok(ctx, pl_options_set(ctx, o, "dim", "16"));
    ck_assert_int_eq(pl_option_int(o, "dim"), 16);
    ck_fails(ctx, pl_options_set(ctx, o, "dimm", "16"), PL_EUSAGE, "did you mean --dim?");
    pl_options_free(o);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a row were missing from help or man page, or one of its facts. */
START_TEST(help_and_man_show_every_row) {
    pl_text help = {0}, man = {0};
    ctx = pl_ctx_new();
    pl_options_help(rows, &help);
    pl_options_man(rows, &man);
    for (const pl_option *row = rows; row->name; row++) {
        char name[64];
        snprintf(name, sizeof name, "--%s ", row->name);
        ck_assert_ptr_nonnull(strstr(pl_text_get(&help), name));
        ck_assert_ptr_nonnull(strstr(pl_text_get(&help), row->help));
        snprintf(name, sizeof name, "\\-\\-%s\\fR", row->name);
        ck_assert_ptr_nonnull(strstr(pl_text_get(&man), name));
        ck_assert_ptr_nonnull(strstr(pl_text_get(&man), row->help));
    }
    ck_assert_ptr_nonnull(strstr(pl_text_get(&help), "  -o, --out DIR                where"));
    ck_assert_ptr_nonnull(strstr(pl_text_get(&help), "sphere; from 2 to 4096; default 128\n"));
    ck_assert_ptr_nonnull(strstr(pl_text_get(&help), "temperature; at least 0.001; default 0.5\n"));
    ck_assert_ptr_nonnull(strstr(pl_text_get(&help), "  --mechanism independent|dependent\n"
                                                     "                               of the"));
    ck_assert_ptr_nonnull(strstr(pl_text_get(&help), "below zero; at most 0\n"));
    ck_assert_ptr_nonnull(
        strstr(pl_text_get(&help), "  --law uniform|vmf:KC|VALUE   law of the views;"));
    ck_assert_ptr_nonnull(
        strstr(pl_text_get(&man), ".TP\n\\fB\\-o\\fR, \\fB\\-\\-out\\fR \\fIDIR"));
    pl_text_free(&help);
    pl_text_free(&man);
    const pl_option odd[] = {
        {"labels-out", PL_OPT_TEXT, NULL, 0, 0, NULL, NULL, ".npy of C:\\ labels", 0},
        {NULL, PL_OPT_FLAG, NULL, 0, 0, NULL, NULL, NULL, 0}};
    pl_options_man(odd, &man);
    ck_assert_str_eq(pl_text_get(&man), ".TP\n\\fB\\-\\-labels\\-out\\fR \\fITEXT\\fR\n"
                                        "\\&.npy of C:\\e labels\n");
    pl_text_free(&man);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if running out of memory at any allocation leaked or gave half a set of options. */
START_TEST(every_allocation_may_fail) {
    ctx = pl_ctx_new();
    for (size_t k = 1;; k++) {
        pl_options *o = NULL;
        pl_ctx_fail_allocation(ctx, k);
        pl_status status = parse("features ...", "z.npy a b --law 3 --negatives 2..8", &o);
        if (status == PL_OK) {
            ck_assert_uint_ge(k, 18);
            pl_options_free(o);
            break;
        }
        ck_assert_int_eq(status, PL_ENOMEM);
        ck_assert_ptr_null(o);
    }
    pl_ctx_free(ctx);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {defaults_stand,
                                  values_are_taken,
                                  lists_are_complete,
                                  wrong_words_are_named,
                                  bare_words_fill_positions,
                                  set_keeps_what_was_good,
                                  help_and_man_show_every_row,
                                  every_allocation_may_fail};
    return test_main("base/options", tests, TEST_COUNT(tests));
}
