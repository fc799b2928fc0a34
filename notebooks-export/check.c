/* The rules a notebook of the course keeps, read off the notebook alone: what nbformat 4.5 and
 * nbgrader would refuse, and what would give a solution away. */

#include <stdio.h>
#include <string.h>

#include "notebooks-export/labs.h"

/* The cell under test; what its messages begin with. */
typedef struct subject {
    pl_ctx *ctx;
    const char *name;
    size_t index; /* from 1, as a reader counts */
    const json_t *cell, *role;
    const char *text;
    bool code;
} subject;

static const char id_letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";

static pl_status broken(const subject *s, const char *rule) {
    return pl_fail(s->ctx, PL_EINPUT, "%s: cell %zu: %s", s->name, s->index, rule);
}

static bool has(const subject *s, const char *what) {
    return strstr(s->text, what) != NULL;
}

/* True where the member is there and false. */
static bool is_false(const json_t *object, const char *key) {
    return json_is_false(json_object_get(object, key));
}

static bool good_id(const char *id) {
    return id && *id && strlen(id) <= 64 && !id[strspn(id, id_letters)];
}

static size_t count(const char *text, const char *what) {
    size_t n = 0;
    for (; (text = strstr(text, what)) != NULL; text += strlen(what))
        n++;
    return n;
}

/* nbformat 4.5: what every cell has, and what only code has. */
static pl_status check_format(const subject *s) {
    const char *id = json_string_value(json_object_get(s->cell, "id"));
    if (!good_id(id))
        return broken(s, "its id is missing or not of 1 to 64 letters A-Z a-z 0-9 _ -");
    if (!json_is_object(json_object_get(s->cell, "metadata")))
        return broken(s, "it has no metadata");
    if (s->code && (!json_object_get(s->cell, "execution_count") ||
                    !json_is_array(json_object_get(s->cell, "outputs"))))
        return broken(s, "code without execution_count and outputs");
    if (!s->code &&
        (json_object_get(s->cell, "outputs") || json_object_get(s->cell, "execution_count")))
        return broken(s, "text with outputs");
    return PL_OK;
}

/* nbgrader's schema 3. */
static pl_status check_role(const subject *s) {
    static const char *const flags[] = {"grade", "solution", "locked", "task"};
    if (json_integer_value(json_object_get(s->role, "schema_version")) != 3)
        return broken(s, "nbgrader's schema_version is not 3");
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (!json_is_boolean(json_object_get(s->role, flags[i])))
            return broken(s, "nbgrader's grade, solution, locked or task is missing");
    if (!good_id(json_string_value(json_object_get(s->role, "grade_id"))))
        return broken(s, "grade_id is missing or not of letters A-Z a-z 0-9 _ -");
    bool points = json_is_number(json_object_get(s->role, "points"));
    if (points != lab_is(s->cell, "grade"))
        return broken(s, points ? "points in a cell that is not graded"
                                : "a graded cell without "
                                  "points");
    if (!s->code && lab_is(s->cell, "grade") && !lab_is(s->cell, "solution"))
        return broken(s, "graded text that is no solution");
    return PL_OK;
}

static pl_status check_release(const subject *s) {
    static const char *const marks[] = {"BEGIN SOLUTION", "END SOLUTION", "BEGIN HIDDEN TESTS",
                                        "END HIDDEN TESTS"};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (has(s, marks[i]))
            return broken(s, "a mark of a solution or hidden test is left in the release");
    if (s->code && json_array_size(json_object_get(s->cell, "outputs")))
        return broken(s, "outputs in the release give the solution away");
    if (!s->role)
        return PL_OK;
    const json_t *metadata = json_object_get(s->cell, "metadata");
    bool solution = lab_is(s->cell, "solution");
    char checksum[33];
    pl_status status = lab_checksum(s->ctx, s->cell, checksum);
    if (status)
        return status;
    const char *stored = json_string_value(json_object_get(s->role, "checksum"));
    if (!stored || strcmp(stored, checksum) != 0)
        return broken(s, "its checksum is not that of its text and role");
    const char *type = json_string_value(json_object_get(s->role, "cell_type"));
    if (!type || strcmp(type, s->code ? "code" : "markdown") != 0)
        return broken(s, "nbgrader's cell_type is not the cell's");
    if (!is_false(metadata, "deletable"))
        return broken(s, "a student could delete it: deletable is not false");
    if (!solution && !is_false(metadata, "editable"))
        return broken(s, "a student could edit it: editable is not false");
    if (solution && is_false(metadata, "editable"))
        return broken(s, "a student cannot edit the solution");
    if (solution && !(s->code ? has(s, "# YOUR CODE HERE") && has(s, "raise NotImplementedError()")
                              : has(s, "YOUR ANSWER HERE")))
        return broken(s, "a solution cell without a stub");
    return PL_OK;
}

/* Regions of the teacher's notebook are closed and lie where nbgrader clears them. */
static pl_status check_source(const subject *s) {
    size_t solutions = count(s->text, "### BEGIN SOLUTION");
    size_t tests = count(s->text, "### BEGIN HIDDEN TESTS");
    if (solutions != count(s->text, "### END SOLUTION") ||
        tests != count(s->text, "### END HIDDEN TESTS"))
        return broken(s, "a region is not closed");
    if (lab_is(s->cell, "solution") != (solutions > 0))
        return broken(s, solutions ? "a solution region in a cell that is no solution"
                                   : "a solution cell without a region");
    if (tests && (!lab_is(s->cell, "grade") || lab_is(s->cell, "solution")))
        return broken(s, "hidden tests in a cell that is no graded test");
    return PL_OK;
}

/* A run left no error, and nothing on standard error, which would cost a graded cell its points. */
static pl_status check_solution(const subject *s) {
    const json_t *outputs = json_object_get(s->cell, "outputs"), *output;
    size_t i;
    if (has(s, "NotImplementedError") || has(s, "YOUR ANSWER HERE"))
        return broken(s, "a stub is left in the solution");
    json_array_foreach(outputs, i, output) {
        const char *type = json_string_value(json_object_get(output, "output_type"));
        const char *stream = json_string_value(json_object_get(output, "name"));
        if (type && strcmp(type, "error") == 0)
            return broken(s, "it ended in an error");
        if (stream && strcmp(stream, "stderr") == 0)
            return broken(s, "it wrote to standard error");
    }
    return PL_OK;
}

static pl_status check_cell(subject *s, lab_kind kind, json_t *ids) {
    static pl_status (*const of_kind[])(const subject *) = {check_source, check_release,
                                                            check_solution};
    pl_status status = check_format(s);
    if (status)
        return status;
    const char *id = json_string_value(json_object_get(s->cell, "id"));
    if (json_object_get(ids, id))
        return broken(s, "its id is another cell's");
    json_object_set_new(ids, id, json_true());
    if (s->role) {
        char key[80];
        snprintf(key, sizeof key, "grade %s",
                 json_string_value(json_object_get(s->role, "grade_id")));
        status = check_role(s);
        if (status)
            return status;
        if (json_object_get(ids, key))
            return broken(s, "its grade_id is another cell's");
        json_object_set_new(ids, key, json_true());
    }
    return of_kind[kind](s);
}

/* A cell's source as one string, or NULL; free with json_decref. */
static json_t *joined(const json_t *source) {
    pl_text text = {0};
    const json_t *line;
    size_t i;
    json_t *out = NULL;
    if (json_is_string(source))
        return json_incref((json_t *)source);
    json_array_foreach(source, i, line)
        pl_text_add(&text, json_string_value(line) ? json_string_value(line) : "");
    if (json_is_array(source) && !text.failed)
        out = json_string(pl_text_get(&text));
    pl_text_free(&text);
    return out;
}

pl_status lab_check(pl_ctx *ctx, const char *name, lab_kind kind, const json_t *notebook) {
    pl_status status = PL_OK;
    json_t *ids = json_object(), *text = NULL;
    const json_t *cells = json_object_get(notebook, "cells"), *cell;
    size_t i;
    if (json_integer_value(json_object_get(notebook, "nbformat")) != 4 ||
        json_integer_value(json_object_get(notebook, "nbformat_minor")) != 5 ||
        !json_is_object(json_object_get(notebook, "metadata")) || !json_is_array(cells)) {
        status = pl_fail(ctx, PL_EINPUT, "%s: it is no notebook of nbformat 4.5", name);
        goto done;
    }
    json_array_foreach(cells, i, cell) {
        const char *type = json_string_value(json_object_get(cell, "cell_type"));
        subject s = {.ctx = ctx, .name = name, .index = i + 1, .cell = cell};
        text = joined(json_object_get(cell, "source"));
        s.code = type && strcmp(type, "code") == 0;
        s.role = lab_nbgrader(cell);
        s.text = json_string_value(text);
        if (!s.text || !type || (!s.code && strcmp(type, "markdown") != 0))
            status = broken(&s, "neither code nor text with a source");
        else
            status = check_cell(&s, kind, ids);
        json_decref(text);
        if (status)
            goto done;
    }
done:
    json_decref(ids);
    return status;
}
