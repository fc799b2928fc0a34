#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "claim/html.h"
#include "claim/report.h"
#include "math/sphere.h"
#include "tests/support.h"

/* ---- pieces ---------------------------------------------------------------------------------- */

static void becomes(void (*write)(const char *, pl_text *), const char *in, const char *want) {
    pl_text out = {0};
    write(in, &out);
    ck_assert_str_eq(pl_text_get(&out), want);
    pl_text_free(&out);
}

/* Fails if one of the five characters got through as it is, or plain text was touched. */
START_TEST(text_is_escaped) {
    becomes(pl_html_text, "a < b && c > \"d\" 'e'",
            "a &lt; b &amp;&amp; c &gt; &quot;d&quot; &#39;e&#39;");
    becomes(pl_html_text, "", "");
    becomes(pl_html_text, "\xce\xbb und &", "\xce\xbb und &amp;");
}
END_TEST

/* Fails if a formula lost its scripts, a column's name was taken for one, or a formula was a way
 * around the escaping. */
START_TEST(formulas_are_readable) {
    becomes(pl_html_formula, "lambda_1 <= M^-1/2", "λ<sub>1</sub> ≤ M<sup>-1/2</sup>");
    becomes(pl_html_formula, "e^{-t |u - v|^2}", "e<sup>-t |u - v|<sup>2</sup></sup>");
    becomes(pl_html_formula, "d^n/dt^n", "d<sup>n</sup>/dt<sup>n</sup>");
    becomes(pl_html_formula, "max_{y' != y} s", "max<sub>y&#39; ≠ y</sub> s");
    becomes(pl_html_formula, "loss_uniform > 0", "loss_uniform &gt; 0");
    becomes(pl_html_formula, "sum_{i<j} x -> 0", "Σ<sub>i&lt;j</sub> x → 0");
    becomes(pl_html_formula, "number, mute, pi", "number, mute, π");
    becomes(pl_html_formula, "x^{<script>}", "x<sup>&lt;script&gt;</sup>");
    becomes(pl_html_formula, "x^ y_ ^{open", "x^ y_ ^{open");
}
END_TEST

/* Fails if two figures on one page could share an id, or a namespace's address stayed in. */
START_TEST(svg_ids_are_its_own) {
    pl_text out = {0};
    pl_html_svg("<?xml version=\"1.0\"?>\n<svg \n viewBox=\"0 0 6 4\"\n xmlns=\"http://x\">"
                "<circle id='p'/><use xlink:href='#p' id=\"q\"/><g clip-path=\"url(#q)\"/></svg>",
                "fig", &out);
    ck_assert_str_eq(pl_text_get(&out),
                     "<svg viewBox=\"0 0 6 4\" role=\"img\"><circle id='fig-p'/>"
                     "<use xlink:href='#fig-p' id=\"fig-q\"/><g clip-path=\"url(#fig-q)\"/></svg>");
    pl_text_free(&out);
    pl_html_svg("no picture", "fig", &out);
    ck_assert_str_eq(pl_text_get(&out), "");
}
END_TEST

/* ---- a verify -------------------------------------------------------------------------------- */

static const pl_column toy_columns[] = {
    {"square", "1", "x^2 of <x>", false}, {"unused", "1", "no relation names it", false}, {0}};
static const pl_program program = {.name = "toy", .summary = "a toy", .columns = toy_columns};

static const pl_claim claims[] = {
    {.id = "AAA1.TRUE",
     .title = "holds & <b>",
     .where = "sec. 1",
     .statement = "x^2 >= 0",
     .hypotheses = {"x real", "\"quoted\""},
     .source = "AAA1",
     .program = &program,
     .presets = {"--a 1"},
     .relations = {{.kind = PL_LE, .left = "zero", .right = "square"}},
     .controls = {{.name = "x < 0"}}},
    {.id = "BBB2.FALSE",
     .title = "a false one",
     .where = "Theorem <2>",
     .statement = "x^2 <= x <script>alert(1)</script>",
     .hypotheses = {"x > 1"},
     .correction = "x^2 >= x for x >= 1",
     .source = "BBB2",
     .program = &program,
     .presets = {"--a 2"},
     .relations = {{.kind = PL_LE, .left = "square", .right = "x"}},
     .expected = PL_VIOLATED,
     .erratum = PL_ERRATUM_MISPRINT,
     .controls = {{.name = "the bound doubled",
                   .preset = "--a 3 --b <4>",
                   .scale = "square",
                   .factor = 1.01}}},
    {.id = NULL}};

static const pl_paper papers[] = {{"AAA1", "A. Author & co, On <truth>, 1901"}, {0}};

static const pl_program *const programs[] = {&program, NULL};
static const pl_claim *const lists[] = {claims, NULL};
static const pl_figure *const no_figures[] = {NULL};
static const pl_room room = {.name = "toys",
                             .summary = "toys",
                             .programs = programs,
                             .claims = lists,
                             .figures = no_figures,
                             .papers = papers};
static const pl_room *const rooms[] = {&room, NULL};
static const pl_registry registry = {.rooms = rooms};

static pl_status page_of(pl_ctx *ctx, pl_text *out) {
    pl_outcome outcomes[] = {
        {.claim = &claims[0],
         .ok = true,
         .n_controls = 1,
         .controls_ok = 1,
         .finding = {PL_HOLDS, 0.5, 0, 1e-10, 1, 0, "0 <= square"},
         .controls = {{"x < 0", {PL_VIOLATED, -1, 0, 0, 1, 0, "no"}, true}}},
        {.claim = &claims[1],
         .ok = true,
         .n_controls = 1,
         .controls_ok = 1,
         .finding = {PL_VIOLATED, 4, 2, 1e-10, 1, 0, "square 4 > x 2"},
         .controls = {{"the bound doubled", {PL_VIOLATED, 4, 1, 0, 1, 0, "no"}, true}}}};
    const pl_ledger ledger = {outcomes, 2, 0.1, 0.999, "standard", NULL};
    return pl_report_verify_page(ctx, &registry, &ledger, NULL, out);
}

static const char *found(const char *page, const char *words) {
    const char *at = strstr(page, words);
    ck_assert_msg(at != NULL, "the page does not say %s", words);
    return at;
}

/* Fails if a reader had to look for what is false: it stands before the table, with its witness
 * and what is true instead; and if a claim lost a part of what it is. */
START_TEST(errata_come_first) {
    pl_ctx *ctx = pl_ctx_new();
    pl_text out = {0};
    ck_ok(ctx, page_of(ctx, &out));
    const char *page = pl_text_get(&out), *errata = found(page, "<section id=\"errata\">");
    const char *table = found(page, "<section id=\"verdicts\">");
    ck_assert(errata < table);
    ck_assert(found(page, "square 4 &gt; x 2") < table);
    ck_assert(found(page, "x<sup>2</sup> ≥ x for x ≥ 1") < table);
    ck_assert(found(page, "1 published statement is false") < errata);
    ck_assert(found(errata, "<h3>misprint</h3>") < table);
    ck_assert(found(page, "On &lt;truth&gt;, 1901") < errata);
    ck_assert(!strstr(page, "<details")); /* paper has no clicks */
    ck_assert(strstr(errata, "AAA1.TRUE") > table);
    const char *words[] = {"x real",
                           "&quot;quoted&quot;",
                           "plumb toys toy --a 2",
                           "zero &lt;= square",
                           "the bound doubled",
                           "VIOLATED, as it must",
                           "sec. 1",
                           "id=\"BBB2.FALSE\""};
    for (size_t i = 0; i < TEST_COUNT(words); i++)
        found(table, words[i]);
    pl_text_free(&out);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a text of the registry was read as markup, or anything was loaded from a network. */
START_TEST(page_is_escaped_and_stands_alone) {
    pl_ctx *ctx = pl_ctx_new();
    pl_text out = {0};
    ck_ok(ctx, page_of(ctx, &out));
    const char *page = pl_text_get(&out);
    const char *absent[] = {"<script>alert", "<b> ",  "<2>",     "http://",
                            "https://",      " src=", "@import", "url("};
    for (size_t i = 0; i < TEST_COUNT(absent); i++)
        ck_assert_msg(!strstr(page, absent[i]), "the page says %s", absent[i]);
    found(page, "default-src 'none'");
    pl_text_free(&out);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a paper or a verdict that occurs had no filter, or one that does not occur had one. */
START_TEST(filters_are_what_occurs) {
    pl_ctx *ctx = pl_ctx_new();
    pl_text out = {0};
    ck_ok(ctx, page_of(ctx, &out));
    const char *page = pl_text_get(&out);
    const char *wanted[] = {"id=\"paper-AAA1\"", "id=\"paper-BBB2\"", "id=\"verdict-HOLDS\"",
                            "#verdict-VIOLATED:checked~*",
                            "data-paper=\"BBB2\" "
                            "data-verdict=\"VIOLATED\""};
    for (size_t i = 0; i < TEST_COUNT(wanted); i++)
        found(page, wanted[i]);
    ck_assert(!strstr(page, "verdict-VACUOUS"));
    pl_text_free(&out);
    pl_ctx_free(ctx);
}
END_TEST

/* ---- the claims ------------------------------------------------------------------------------ */

static pl_status claims_page(pl_ctx *ctx, pl_text *out) {
    const pl_claim *const chosen[] = {&claims[0], &claims[1]};
    return pl_report_claims_page(ctx, &registry, chosen, TEST_COUNT(chosen), out);
}

/* Fails if a claim lost a part of how it is tested, a paper its heading, or a text its escaping. */
START_TEST(reference_says_how_each_is_tested) {
    pl_ctx *ctx = pl_ctx_new();
    pl_text out = {0};
    ck_ok(ctx, claims_page(ctx, &out));
    const char *page = pl_text_get(&out);
    const char *a = found(page, "<section id=\"AAA1\">"), *b = found(page, "<section id=\"BBB2\">");
    ck_assert(a < b);
    ck_assert(found(a, "id=\"AAA1.TRUE\"") < b);
    ck_assert(found(a, "expected</dt><dd>HOLDS<") < b);
    ck_assert(found(a, "On &lt;truth&gt;, 1901") < b);
    const char *words[] = {"id=\"BBB2.FALSE\"",
                           "x<sup>2</sup> ≤ x &lt;script&gt;",
                           "Theorem &lt;2&gt;",
                           "x &gt; 1",
                           "VIOLATED: misprint",
                           "x<sup>2</sup> ≥ x for x ≥ 1",
                           "plumb toys toy --a 2",
                           "square &lt;= x",
                           "<code>square</code> x<sup>2</sup> of &lt;x&gt;",
                           "the bound doubled",
                           "plumb toys toy --a 3 --b &lt;4&gt;",
                           "<code>square</code> multiplied by 1.01",
                           "must come out VIOLATED"};
    for (size_t i = 0; i < TEST_COUNT(words); i++)
        found(b, words[i]);
    const char *absent[] = {"no relation names it", "<script", "http://", "https://", " src="};
    for (size_t i = 0; i < TEST_COUNT(absent); i++)
        ck_assert_msg(!strstr(page, absent[i]), "the page says %s", absent[i]);
    pl_text_free(&out);
    pl_ctx_free(ctx);
}
END_TEST

/* ---- an audit -------------------------------------------------------------------------------- */

static const pl_column columns[] = {{"quantity", "", "", true}, {"value", "", "", false},
                                    {"low", "", "", false},     {"high", "", "", false},
                                    {"least", "", "", false},   {"most", "", "", false},
                                    {"meaning", "", "", true},  {0}};
static const pl_option options[] = {{"features", PL_OPT_TEXT, "<z>.npy", 0, 0, NULL, NULL, "", 0},
                                    {"t", PL_OPT_REAL, "2", 1e-6, 1e3, NULL, NULL, "", 0},
                                    {0}};

static void nothing(const char *page) {
    (void)page;
}

static void audit(double align, double uniformity, double margin, const char *const *wanted,
                  void (*look)(const char *page), bool failing) {
    pl_ctx *ctx = pl_ctx_new();
    pl_table *t = NULL;
    pl_options *o = NULL;
    unsigned char *bytes = NULL;
    char dir[] = "/tmp/plumb-report-XXXXXX", path[64];
    const struct {
        const char *name;
        double value;
    } rows[] = {{"alignment_2", align},   {"uniformity", uniformity},
                {"uniform_law", -3.5130}, {"attraction_lhs", -0.9},
                {"attraction_rhs", -0.8}, {"attraction_min_gap", -0.1},
                {"attraction_gap", 0.1},  {"attraction_violations", 0.02},
                {"margin", margin},       {"repulsion_violations", 0},
                {"effective_rank", 12},   {"effective_rank_share", 0.75},
                {"eigenvalue_1", 0.1},    {"eigenvalue_2", 0}};
    ck_ok(ctx, pl_table_new(ctx, columns, &t));
    for (size_t i = 0; i < TEST_COUNT(rows); i++)
        ck_ok(ctx, pl_table_add(ctx, t,
                                (double[]){0, rows[i].value, (double)NAN, (double)NAN, (double)NAN,
                                           (double)NAN, 0},
                                (const char *const[]){rows[i].name, "what < it says"}));
    ck_ok(ctx, PL_SUMMARISE(ctx, t, {"images", "1", "", 100}, {"views", "1", "", 2},
                            {"dim", "1", "", 16}, {"classes", "1", "", 4}));
    ck_ok(ctx, pl_options_parse(ctx, options, NULL, NULL, 0, NULL, &o));
    ck_assert_ptr_nonnull(mkdtemp(dir));
    size_t k = failing ? 1 : 0;
    pl_status status;
    do {
        pl_ctx_fail_allocation(ctx, k);
        status = pl_report_audit(ctx, o, t, dir);
        ck_assert(status == PL_OK || (k && status == PL_ENOMEM));
    } while (status != PL_OK && k++ < 10000);
    pl_ctx_fail_allocation(ctx, 0);
    ck_ok(ctx, status);
    snprintf(path, sizeof path, "%s/report.html", dir);
    size_t n;
    ck_ok(ctx, pl_file_read(ctx, path, &bytes, &n));
    char *page = calloc(n + 1, 1);
    memcpy(page, bytes, n);
    for (; *wanted; wanted++)
        found(page, *wanted);
    look(page);
    ck_assert(!strstr(page, "http://") && !strstr(page, "<z>") && !strstr(page, "nan"));
    free(page);
    pl_free(bytes);
    remove(path);
    rmdir(dir);
    pl_options_free(o);
    pl_table_free(t);
    pl_ctx_free(ctx);
}

/* Fails if good features were called bad, collapsed ones good, or a panel was left out. */
START_TEST(audit_says_what_is_healthy) {
    audit(0.2, -3.4, 0.4,
          (const char *const[]){"The features spread", "views are close", "The classes stand apart",
                                "look at this", "these features", "aligned and uniform",
                                "collapsed", "id=\"gaps\"", "id=\"spectrum\"",
                                "the bound fails there", "&lt;z&gt;.npy", "what &lt; it says",
                                NULL},
          nothing, false);
    audit(1.9, -0.01, -0.1,
          (const char *const[]){"nearly one point", "views hardly know",
                                "The classes are not apart", "not healthy", NULL},
          nothing, false);
}
END_TEST

/* Pixels of the plane: x from 64 at 0 to 624 at 2.2, y from 352 at 1.1 U to 16 at 0.1 |U|. */
static double x_of(double alignment) {
    return 64 + 560 * alignment / 2.2;
}

static double y_of(double uniformity, double law) {
    return 352 - 336 * (uniformity - 1.1 * law) / (-1.2 * law);
}

static void look_at_line(const char *page) {
    const double law = -3.5130;
    double x, y, last_x = 1e9;
    const char *s = found(page, "<polyline points=\"") + strlen("<polyline points=\"");
    int used;
    for (size_t i = 0; sscanf(s, "%lf,%lf %n", &x, &y, &used) == 2; i++, s += used) {
        if (i == 0) {
            ck_close(x, x_of(2), 1);
            ck_close(y, y_of(law, law), 1);
        }
        if (i == 12) {
            double a = pl_resultant_ref(16, 16 * sqrt(10));
            ck_close(x, x_of(2 - 2 * a * a), 0.1);
        }
        ck_assert(x < last_x);
        last_x = x;
    }
    ck_close(x, x_of(0), 2);
    ck_close(y, y_of(0, law), 2);
}

/* Fails if the law of two strangers did not run from the uniform law, (2, U), to the collapsed one,
 * (0, 0), with the alignment 2 - 2 A^2 of its resultant between. */
START_TEST(strangers_run_from_uniform_to_collapsed) {
    audit(0.2, -3.4, 0.4, (const char *const[]){"stroke-dasharray", NULL}, look_at_line, false);
}
END_TEST

/* Fails if a failed allocation crashed, leaked or went unsaid. */
START_TEST(every_failed_allocation_is_survived) {
    for (size_t k = 1;; k++) {
        pl_ctx *ctx = pl_ctx_new();
        pl_text out = {0};
        pl_ctx_fail_allocation(ctx, k);
        pl_status status = page_of(ctx, &out);
        if (status == PL_OK)
            status = claims_page(ctx, &out);
        pl_text_free(&out);
        pl_ctx_free(ctx);
        ck_assert(status == PL_OK || status == PL_ENOMEM);
        if (status == PL_OK)
            break;
    }
    audit(0.2, -3.4, 0.4, (const char *const[]){"these features", NULL}, nothing, true);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {text_is_escaped,
                                  formulas_are_readable,
                                  svg_ids_are_its_own,
                                  errata_come_first,
                                  page_is_escaped_and_stands_alone,
                                  filters_are_what_occurs,
                                  reference_says_how_each_is_tested,
                                  audit_says_what_is_healthy,
                                  strangers_run_from_uniform_to_collapsed,
                                  every_failed_allocation_is_survived};
    return test_main("claim/report", tests, TEST_COUNT(tests));
}
