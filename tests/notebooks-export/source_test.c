#include "tests/notebooks-export/labs_fixture.h"
#include "tests/support.h"

static json_t *parsed(const char *const *lines) {
    pl_ctx *ctx = pl_ctx_new();
    json_t *out = NULL;
    ck_ok(ctx, lab_parse(ctx, &fixture_facts, &(lab_file){"lab9_x.py", lines}, &out));
    pl_ctx_free(ctx);
    return out;
}

static const json_t *cell_at(const json_t *notebook, size_t i) {
    return json_array_get(json_object_get(notebook, "cells"), i);
}

static const char *source_at(const json_t *notebook, size_t i) {
    return json_string_value(json_object_get(cell_at(notebook, i), "source"));
}

/* Fails if text lost its comment marks' content, code was altered, an include or a fact missed. */
START_TEST(cells_are_read) {
    json_t *n = parsed((const char *const[]){
        FIXTURE_HEADER, "# %% [markdown]", "# # Title", "#", "# $x$ {{claim:LEE25.THM1}}", "",
        "# %% include=\"setup.py\" nbgrader={\"grade_id\": \"setup\", \"locked\": true}", "",
        FIXTURE_SOLUTION, "", FIXTURE_TEST, NULL});
    ck_assert_uint_eq(json_array_size(json_object_get(n, "cells")), 4);
    ck_assert_str_eq(source_at(n, 0), "# Title\n\n$x$ a <= b");
    ck_assert_str_eq(source_at(n, 1), "SEED = int(\"7\")");
    ck_assert_str_eq(source_at(n, 2), "def gap(res):\n    ### BEGIN SOLUTION\n    return res\n"
                                      "    ### END SOLUTION");
    ck_assert(lab_is(cell_at(n, 1), "locked") && !lab_is(cell_at(n, 1), "grade"));
    ck_assert(lab_is(cell_at(n, 2), "solution") && !lab_is(cell_at(n, 2), "locked"));
    ck_assert(lab_is(cell_at(n, 3), "grade") && lab_is(cell_at(n, 3), "locked"));
    ck_close(json_number_value(json_object_get(lab_nbgrader(cell_at(n, 3)), "points")), 2, 0);
    json_decref(n);
}
END_TEST

static const struct {
    const char *what, *said;
    const char *const *lines;
} bad[] = {
    {"unclosed solution", ":7: BEGIN SOLUTION without END SOLUTION",
     (const char *const[]){FIXTURE_HEADER, "# %% nbgrader={\"grade_id\":\"a\",\"solution\":true}",
                           "x = 1", "### BEGIN SOLUTION", "y = 2", "# %%", "z = 3", NULL}},
    {"unclosed at the end", ":6: BEGIN SOLUTION without END SOLUTION",
     (const char *const[]){FIXTURE_HEADER, "# %% nbgrader={\"grade_id\":\"a\",\"solution\":true}",
                           "### BEGIN SOLUTION", NULL}},
    {"end without begin", ":6: END SOLUTION without BEGIN",
     (const char *const[]){FIXTURE_HEADER, "# %% nbgrader={\"grade_id\":\"a\",\"solution\":true}",
                           "### END SOLUTION", NULL}},
    {"region in a region", ":7: BEGIN SOLUTION inside the region of line 6",
     (const char *const[]){FIXTURE_HEADER, "# %% nbgrader={\"grade_id\":\"a\",\"solution\":true}",
                           "### BEGIN SOLUTION", "### BEGIN SOLUTION", NULL}},
    {"solution outside", ":6: BEGIN SOLUTION in a cell that is no solution",
     (const char *const[]){FIXTURE_HEADER, "# %%", "### BEGIN SOLUTION", NULL}},
    {"hidden tests outside", ":6: BEGIN HIDDEN TESTS in a cell that is no graded test",
     (const char *const[]){FIXTURE_HEADER, "# %%", "### BEGIN HIDDEN TESTS", NULL}},
    {"solution without region", ":5: a solution cell has no BEGIN SOLUTION",
     (const char *const[]){FIXTURE_HEADER, "# %% nbgrader={\"grade_id\":\"a\",\"solution\":true}",
                           "x = 1", NULL}},
    {"duplicate grade id", ":10: grade_id 'ans' is used before, in line 5",
     (const char *const[]){FIXTURE_HEADER, FIXTURE_SOLUTION, FIXTURE_SOLUTION, NULL}},
    {"ill-formed grade id", "grade_id 'a b'",
     (const char *const[]){FIXTURE_HEADER, "# %% nbgrader={\"grade_id\":\"a b\",\"locked\":true}",
                           "x = 1", NULL}},
    {"no points", ":5: graded cell 'a' has no points",
     (const char *const[]){FIXTURE_HEADER, "# %% nbgrader={\"grade_id\":\"a\",\"grade\":true}",
                           "x = 1", NULL}},
    {"graded text", "must be a solution too",
     (const char *const[]){FIXTURE_HEADER,
                           "# %% [markdown] "
                           "nbgrader={\"grade_id\":\"a\",\"grade\":true,\"points\":1}",
                           "# x", NULL}},
    {"unknown role", "nbgrader knows no 'graded'",
     (const char *const[]){FIXTURE_HEADER, "# %% nbgrader={\"grade_id\":\"a\",\"graded\":true}",
                           "x = 1", NULL}},
    {"unknown key", "unknown key 'tags'",
     (const char *const[]){FIXTURE_HEADER, "# %% tags=[]", "x = 1", NULL}},
    {"no JSON", ":5: nbgrader: ",
     (const char *const[]){FIXTURE_HEADER, "# %% nbgrader={grade_id}", "x = 1", NULL}},
    {"unknown include", "no file 'other.py' to include",
     (const char *const[]){FIXTURE_HEADER, "# %% include=\"other.py\"", NULL}},
    {"unknown claim", ":6: there is no claim 'LEE25.THM9'",
     (const char *const[]){FIXTURE_HEADER, "# %% [markdown]", "# {{claim:LEE25.THM9}}", NULL}},
    {"code in text", ":6: 'x = 1' in a text cell",
     (const char *const[]){FIXTURE_HEADER, "# %% [markdown]", "x = 1", NULL}},
    {"code before the cells", ":1: 'x = 1' before the first cell",
     (const char *const[]){"x = 1", NULL}},
    {"an empty cell", ":5: an empty cell",
     (const char *const[]){FIXTURE_HEADER, "# %%", "", "# %%", "x = 1", NULL}},
    {"no cell", "no cell", (const char *const[]){FIXTURE_HEADER, NULL}},
    {"no minutes", "# minutes: ...",
     (const char *const[]){"# title: T", "# question: Q?", "# %%", "x = 1", NULL}},
};

/* Fails if a source that nbgrader or a reader would stumble over was exported. */
START_TEST(bad_sources_are_refused_with_file_and_line) {
    for (size_t i = 0; i < TEST_COUNT(bad); i++) {
        pl_ctx *ctx = pl_ctx_new();
        json_t *out = NULL;
        const lab_file file = {"lab9_x.py", bad[i].lines};
        ck_assert_msg(lab_parse(ctx, &fixture_facts, &file, &out) == PL_EINPUT, "%s: accepted",
                      bad[i].what);
        ck_assert_msg(strstr(pl_message(ctx), bad[i].said) != NULL, "%s: \"%s\"", bad[i].what,
                      pl_message(ctx));
        ck_assert_msg(strncmp(pl_message(ctx), "lab9_x.py:", 10) == 0, "%s", pl_message(ctx));
        ck_assert_ptr_null(out);
        pl_ctx_free(ctx);
    }
}
END_TEST

int main(void) {
    const TTest *const tests[] = {cells_are_read, bad_sources_are_refused_with_file_and_line};
    return test_main("notebooks-export/source", tests, TEST_COUNT(tests));
}
