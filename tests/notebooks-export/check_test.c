#include "tests/notebooks-export/labs_fixture.h"
#include "tests/support.h"

static const char *const lines[] = {FIXTURE_HEADER,   "# %% [markdown]", "# Text",
                                    FIXTURE_SOLUTION, FIXTURE_TEST,      NULL};

static json_t *made(lab_kind kind) {
    pl_ctx *ctx = pl_ctx_new();
    json_t *teacher = NULL, *out = NULL;
    ck_ok(ctx, lab_parse(ctx, &fixture_facts, &(lab_file){"lab9_x.py", lines}, &teacher));
    if (kind == LAB_SOURCE)
        out = json_incref(teacher);
    else
        ck_ok(ctx, kind == LAB_RELEASE ? lab_release(ctx, teacher, &out)
                                       : lab_solution(ctx, teacher, &out));
    json_decref(teacher);
    pl_ctx_free(ctx);
    return out;
}

/* Fails if what we export ourselves is refused. */
START_TEST(exports_are_accepted) {
    pl_ctx *ctx = pl_ctx_new();
    for (lab_kind kind = LAB_SOURCE; kind <= LAB_SOLUTION; kind++) {
        json_t *n = made(kind);
        ck_ok(ctx, lab_check(ctx, "n", kind, n));
        json_decref(n);
    }
    pl_ctx_free(ctx);
}
END_TEST

/* One member changed, by a path of keys and indices; JSON null removes it. */
static const struct {
    lab_kind kind;
    int cell; /* below 0: of the notebook */
    const char *object, *key, *json, *said;
} changes[] = {
    {LAB_SOURCE, -1, "", "nbformat_minor", "4", "nbformat 4.5"},
    {LAB_SOURCE, 0, "", "cell_type", "\"raw\"", "neither code nor text"},
    {LAB_SOURCE, 0, "", "id", "\"a b\"", "its id"},
    {LAB_SOURCE, 0, "", "id", "\"ans\"", "another cell's"},
    {LAB_SOURCE, 0, "", "outputs", "[]", "text with outputs"},
    {LAB_SOURCE, 1, "", "outputs", "null", "outputs"},
    {LAB_SOURCE, 1, "", "source", "\"### BEGIN SOLUTION\"", "not closed"},
    {LAB_SOURCE, 1, "", "source", "\"x = 1\"", "without a region"},
    {LAB_SOURCE, 1, "nbgrader", "schema_version", "2", "schema_version"},
    {LAB_SOURCE, 1, "nbgrader", "task", "null", "task is missing"},
    {LAB_SOURCE, 1, "nbgrader", "points", "1", "not graded"},
    {LAB_SOURCE, 1, "nbgrader", "grade_id", "\"test\"", "another cell's"},
    {LAB_SOURCE, 2, "nbgrader", "points", "null", "without points"},
    {LAB_RELEASE, 1, "", "source", "\"# YOUR CODE HERE\\nraise NotImplementedError()\"",
     "checksum"},
    {LAB_RELEASE, 1, "", "source", "\"### BEGIN SOLUTION\"", "left in the release"},
    {LAB_RELEASE, 1, "metadata", "deletable", "true", "delete"},
    {LAB_RELEASE, 1, "metadata", "editable", "false", "cannot edit"},
    {LAB_RELEASE, 2, "metadata", "editable", "null", "could edit"},
    {LAB_RELEASE, 2, "nbgrader", "cell_type", "\"markdown\"", "cell_type"},
    {LAB_RELEASE, 2, "nbgrader", "points", "3", "checksum"},
    {LAB_RELEASE, 2, "", "outputs", "[{}]", "give the solution away"},
    {LAB_SOLUTION, 1, "", "source", "\"raise NotImplementedError()\"", "a stub is left"},
    {LAB_SOLUTION, 1, "", "outputs", "[{\"output_type\": \"error\"}]", "error"},
    {LAB_SOLUTION, 1, "", "outputs", "[{\"output_type\": \"stream\", \"name\": \"stderr\"}]",
     "standard error"},
};

/* Fails if a broken rule went unnoticed. */
START_TEST(every_rule_is_seen_when_it_is_broken) {
    for (size_t i = 0; i < TEST_COUNT(changes); i++) {
        pl_ctx *ctx = pl_ctx_new();
        json_t *n = made(changes[i].kind), *at = n;
        json_t *value = json_loads(changes[i].json, JSON_DECODE_ANY, NULL);
        if (changes[i].cell >= 0)
            at = json_array_get(json_object_get(n, "cells"), (size_t)changes[i].cell);
        if (*changes[i].object)
            at = json_object_get(at, "metadata");
        if (strcmp(changes[i].object, "nbgrader") == 0)
            at = json_object_get(at, "nbgrader");
        if (json_is_null(value))
            json_object_del(at, changes[i].key);
        else
            json_object_set(at, changes[i].key, value);
        ck_fails(ctx, lab_check(ctx, "n", changes[i].kind, n), PL_EINPUT, changes[i].said);
        json_decref(value);
        json_decref(n);
        pl_ctx_free(ctx);
    }
}
END_TEST

int main(void) {
    const TTest *const tests[] = {exports_are_accepted, every_rule_is_seen_when_it_is_broken};
    return test_main("notebooks-export/check", tests, TEST_COUNT(tests));
}
