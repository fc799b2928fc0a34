#include "tests/notebooks-export/labs_fixture.h"
#include "tests/support.h"

/* nbgrader's own answer: fails if a part, its spelling or the order changes.
 */
START_TEST(checksum_is_nbgraders) {
    pl_ctx *ctx = pl_ctx_new();
    char sum[33];
    json_t *cell =
        json_pack("{s:s, s:s, s:{s:{s:i, s:b, s:b, s:b, s:b, s:s}}}", "cell_type", "code", "source",
                  "def gap(res):\n    \"\"\"Return the bound gap.\"\"\"\n    # YOUR CODE HERE\n"
                  "    raise NotImplementedError()\n",
                  "metadata", "nbgrader", "schema_version", 3, "grade", 0, "solution", 1, "locked",
                  0, "task", 0, "grade_id", "ans");
    ck_ok(ctx, lab_checksum(ctx, cell, sum));
    ck_assert_str_eq(sum, "98f656ec2c8b932d5c705619cf60cc4a");
    json_object_set_new((json_t *)lab_nbgrader(cell), "locked", json_true()); /* solution wins */
    ck_ok(ctx, lab_checksum(ctx, cell, sum));
    ck_assert_str_eq(sum, "98f656ec2c8b932d5c705619cf60cc4a");
    json_decref(cell);
    pl_ctx_free(ctx);
}
END_TEST

/* python3: md5(b"assert xcodeTrueFalseTruet2.0"), the same with 0.5: fails if points are not
 * spelled as Python's str(float(points)), or a grade cell does not count as locked. */
START_TEST(checksum_of_a_graded_cell_has_points) {
    pl_ctx *ctx = pl_ctx_new();
    char whole[33], half[33];
    json_t *cell = json_pack("{s:s, s:[s,s], s:{s:{s:b, s:b, s:b, s:s, s:i}}}", "cell_type", "code",
                             "source", "assert", " x", "metadata", "nbgrader", "grade", 1,
                             "solution", 0, "locked", 0, "grade_id", "t", "points", 2);
    ck_ok(ctx, lab_checksum(ctx, cell, whole));
    json_object_set_new((json_t *)lab_nbgrader(cell), "points", json_real(0.5));
    ck_ok(ctx, lab_checksum(ctx, cell, half));
    ck_assert_str_eq(whole, "d8fa6cc20a3ee9c7548200164361b085");
    ck_assert_str_eq(half, "16d972466a4b7fb57bd88366e213c651");
    json_decref(cell);
    pl_ctx_free(ctx);
}
END_TEST

static const char *source_at(const json_t *notebook, size_t i) {
    return json_string_value(
        json_object_get(json_array_get(json_object_get(notebook, "cells"), i), "source"));
}

static const char *const lines[] = {FIXTURE_HEADER,
                                    FIXTURE_SOLUTION,
                                    FIXTURE_TEST,
                                    "# %% [markdown] nbgrader={\"grade_id\": \"why\", \"grade\": "
                                    "true, \"solution\": true, \"points\": 1}",
                                    "# Why?",
                                    "#",
                                    "# ### BEGIN SOLUTION",
                                    "# Because.",
                                    "# ### END SOLUTION",
                                    NULL};

/* Fails if a solution or a hidden test reached the student, or the teacher's was changed. */
START_TEST(release_has_stubs_and_solution_has_none) {
    pl_ctx *ctx = pl_ctx_new();
    json_t *teacher = NULL, *release = NULL, *solution = NULL;
    ck_ok(ctx, lab_parse(ctx, &fixture_facts, &(lab_file){"lab9_x.py", lines}, &teacher));
    ck_ok(ctx, lab_release(ctx, teacher, &release));
    ck_ok(ctx, lab_solution(ctx, teacher, &solution));
    ck_assert_str_eq(source_at(release, 0),
                     "def gap(res):\n    # YOUR CODE HERE\n    raise NotImplementedError()");
    ck_assert_str_eq(source_at(release, 1), "assert gap(1)");
    ck_assert_str_eq(source_at(release, 2), "Why?\n\nYOUR ANSWER HERE");
    ck_assert_str_eq(source_at(solution, 0), "def gap(res):\n    return res");
    ck_assert_str_eq(source_at(solution, 1), "assert gap(1)\nassert gap(2) == 2");
    ck_assert_str_eq(source_at(solution, 2), "Why?\n\nBecause.");
    ck_assert_ptr_nonnull(strstr(source_at(teacher, 1), "### BEGIN HIDDEN TESTS"));
    json_decref(teacher);
    json_decref(release);
    json_decref(solution);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a notebook is half made, or memory is lost, when the k-th allocation fails. */
START_TEST(allocation_failure_leaves_outputs_alone) {
    pl_ctx *ctx = pl_ctx_new();
    for (size_t k = 1; k < 200; k++) {
        json_t *teacher = NULL;
        pl_ctx_fail_allocation(ctx, k);
        pl_status status =
            lab_parse(ctx, &fixture_facts, &(lab_file){"lab9_x.py", lines}, &teacher);
        pl_ctx_fail_allocation(ctx, 0);
        ck_assert(status == PL_OK || (status == PL_ENOMEM && !teacher));
        json_decref(teacher);
        if (status == PL_OK)
            break;
    }
    pl_ctx_free(ctx);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {checksum_is_nbgraders, checksum_of_a_graded_cell_has_points,
                                  release_has_stubs_and_solution_has_none,
                                  allocation_failure_leaves_outputs_alone};
    return test_main("notebooks-export/notebook", tests, TEST_COUNT(tests));
}
