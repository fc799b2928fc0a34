/* A lab's source in percent format as the teacher's notebook. */

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "notebooks-export/labs.h"

static const char marker[] = "# %%";

/* The state of a parse: the notebook so far and the cell that is being filled. */
typedef struct parse {
    pl_ctx *ctx;
    const lab_facts *facts;
    const char *file;
    size_t line; /* counted from 1 */
    json_t *notebook, *cells, *grade_ids;
    json_t *cell;       /* borrowed from cells; NULL before the first */
    pl_text text;       /* its source */
    size_t cell_line;   /* of its marker */
    const char *region; /* "SOLUTION" or "HIDDEN TESTS" while one is open */
    size_t region_line;
    size_t solutions; /* regions of the cell */
} parse;

static const char *const regions[] = {"SOLUTION", "HIDDEN TESTS"};

#define FAIL_AT(p, at, ...) fail_at((p), (at), __VA_ARGS__)
static pl_status fail_at(parse *p, size_t line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static pl_status fail_at(parse *p, size_t line, const char *format, ...) {
    char what[256];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    return pl_fail(p->ctx, PL_EINPUT, "%s:%zu: %s", p->file, line, what);
}

const lab_file *lab_file_named(const lab_file *files, const char *name) {
    for (const lab_file *f = files; f && f->name; f++)
        if (strcmp(f->name, name) == 0)
            return f;
    return NULL;
}

static bool starts(const char *s, const char *with) {
    return strncmp(s, with, strlen(with)) == 0;
}

/* Completes what the source says of a cell's role: every key that nbgrader's schema 3 asks for. */
static pl_status add_nbgrader(parse *p, json_t *given) {
    static const char *const known[] = {"grade_id", "grade", "solution", "locked", "points"};
    const char *key, *id = json_string_value(json_object_get(given, "grade_id"));
    const json_t *points = json_object_get(given, "points");
    bool grade = json_is_true(json_object_get(given, "grade"));
    bool solution = json_is_true(json_object_get(given, "solution"));
    bool locked = json_is_true(json_object_get(given, "locked"));
    bool markdown = strcmp(json_string_value(json_object_get(p->cell, "cell_type")), "code") != 0;
    json_t *value;
    json_object_foreach(given, key, value) {
        size_t i = 0;
        while (i < sizeof known / sizeof *known && strcmp(key, known[i]) != 0)
            i++;
        if (i == sizeof known / sizeof *known)
            return FAIL_AT(p, p->line, "nbgrader knows no '%s' here", key);
    }
    if (!id || !*id ||
        id[strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                      "0123456789_-")] ||
        strlen(id) > 64)
        return FAIL_AT(p, p->line, "grade_id '%s', expected 1 to 64 of A-Z a-z 0-9 _ -",
                       id ? id : "");
    const json_t *before = json_object_get(p->grade_ids, id);
    if (before)
        return FAIL_AT(p, p->line, "grade_id '%s' is used before, in line %d", id,
                       (int)json_integer_value(before));
    if (grade && !(json_number_value(points) > 0))
        return FAIL_AT(p, p->line, "graded cell '%s' has no points", id);
    if (!grade && points)
        return FAIL_AT(p, p->line, "cell '%s' has points but is not graded", id);
    if (grade && markdown && !solution)
        return FAIL_AT(p, p->line, "graded text '%s' must be a solution too", id);
    if (!grade && !solution && !locked)
        return FAIL_AT(p, p->line, "cell '%s' is neither graded nor a solution nor locked", id);
    json_object_set_new(p->grade_ids, id, json_integer((json_int_t)p->line));
    json_object_set_new(p->cell, "id", json_string(id));
    json_t *full =
        json_pack("{s:i, s:b, s:b, s:b, s:b, s:s}", "schema_version", 3, "grade", grade, "solution",
                  solution, "locked", !solution && (grade || locked), "task", 0, "grade_id", id);
    if (grade)
        json_object_set_new(full, "points", json_incref((json_t *)points));
    json_object_set_new(json_object_get(p->cell, "metadata"), "nbgrader", full);
    return PL_OK;
}

static pl_status take_line(parse *p, const char *line);

static pl_status include(parse *p, const char *name) {
    const lab_file *file = name ? lab_file_named(p->facts->files, name) : NULL;
    pl_status status = PL_OK;
    if (!file)
        return FAIL_AT(p, p->line, "there is no file '%s' to include", name ? name : "");
    for (const char *const *line = file->lines; *line && !status; line++)
        status = take_line(p, *line);
    return status;
}

/* The rest of a marker: KEY=JSON, separated by blanks. */
static pl_status marker_values(parse *p, const char *s) {
    pl_status status = PL_OK;
    json_t *value = NULL;
    for (s += strspn(s, " "); *s; s += strspn(s, " ")) {
        size_t n = strcspn(s, "= ");
        json_error_t error;
        if (s[n] != '=')
            return FAIL_AT(p, p->line, "'%s' after the marker, expected KEY=JSON", s);
        value = json_loads(s + n + 1, JSON_DISABLE_EOF_CHECK | JSON_DECODE_ANY, &error);
        if (!value)
            return FAIL_AT(p, p->line, "%.*s: %s", (int)n, s, error.text);
        if (strncmp(s, "nbgrader", n) == 0 && n == 8)
            PL_TRY(add_nbgrader(p, value));
        else if (strncmp(s, "include", n) == 0 && n == 7)
            PL_TRY(include(p, json_string_value(value)));
        else {
            status = FAIL_AT(p, p->line, "unknown key '%.*s' after the marker", (int)n, s);
            goto done;
        }
        s += n + 1 + error.position;
        json_decref(value);
        value = NULL;
    }
done:
    json_decref(value);
    return status;
}

/* Ends the cell that is open: its regions are closed, its text loses blank lines at the end. */
static pl_status end_cell(parse *p) {
    if (!p->cell)
        return PL_OK;
    if (p->region)
        return FAIL_AT(p, p->region_line, "BEGIN %s without END %s", p->region, p->region);
    if (lab_is(p->cell, "solution") && p->solutions == 0)
        return FAIL_AT(p, p->cell_line, "a solution cell has no BEGIN SOLUTION");
    pl_status status = pl_text_status(p->ctx, &p->text);
    if (status)
        return status;
    size_t n = p->text.length;
    while (n && isspace((unsigned char)p->text.s[n - 1]))
        n--;
    if (n == 0)
        return FAIL_AT(p, p->cell_line, "an empty cell");
    json_object_set_new(p->cell, "source", json_stringn(p->text.s, n));
    pl_text_free(&p->text);
    return PL_OK;
}

static pl_status begin_cell(parse *p, const char *rest) {
    pl_status status = end_cell(p);
    char id[32];
    if (status)
        return status;
    rest += strspn(rest, " ");
    bool markdown = starts(rest, "[markdown]");
    if (markdown)
        rest += strlen("[markdown]");
    snprintf(id, sizeof id, "cell-%02zu", json_array_size(p->cells) + 1);
    p->cell = markdown ? json_pack("{s:s, s:s, s:{}, s:s}", "cell_type", "markdown", "id", id,
                                   "metadata", "source", "")
                       : json_pack("{s:s, s:s, s:{}, s:s, s:n, s:[]}", "cell_type", "code", "id",
                                   id, "metadata", "source", "", "execution_count", "outputs");
    if (!p->cell || json_array_append_new(p->cells, p->cell))
        return pl_fail(p->ctx, PL_ENOMEM, "out of memory for a cell of %s", p->file);
    p->cell_line = p->line;
    p->solutions = 0;
    return marker_values(p, rest);
}

/* Opens or closes a region where the line says so. */
static pl_status follow_region(parse *p, const char *line) {
    for (size_t i = 0; i < sizeof regions / sizeof *regions; i++) {
        char begin[32], end[32];
        snprintf(begin, sizeof begin, "### BEGIN %s", regions[i]);
        snprintf(end, sizeof end, "### END %s", regions[i]);
        if (strstr(line, begin)) {
            if (p->region)
                return FAIL_AT(p, p->line, "BEGIN %s inside the region of line %zu", regions[i],
                               p->region_line);
            if (!lab_is(p->cell, i == 0 ? "solution" : "grade") ||
                (i == 1 && lab_is(p->cell, "solution")))
                return FAIL_AT(p, p->line, "BEGIN %s in a cell that is no %s", regions[i],
                               i == 0 ? "solution" : "graded test");
            p->region = regions[i];
            p->region_line = p->line;
            p->solutions += i == 0;
        } else if (strstr(line, end)) {
            if (p->region != regions[i])
                return FAIL_AT(p, p->line, "END %s without BEGIN %s", regions[i], regions[i]);
            p->region = NULL;
        }
    }
    return PL_OK;
}

static pl_status take_line(parse *p, const char *line) {
    if (strcmp(json_string_value(json_object_get(p->cell, "cell_type")), "markdown") == 0) {
        if (*line && *line != '#')
            return FAIL_AT(p, p->line, "'%s' in a text cell, expected a comment", line);
        line += *line == '#';
        line += *line == ' ';
    }
    if (p->text.length == 0 && !*line) /* blank lines before the cell's text */
        return PL_OK;
    pl_status status = follow_region(p, line);
    if (status)
        return status;
    status = lab_facts_expand(p->ctx, p->facts, p->file, p->line, line, &p->text);
    if (!status)
        pl_text_add(&p->text, "\n");
    return status;
}

/* "# title: ...", "# question: ..." and "# minutes: ..." before the first cell. */
static pl_status take_header(parse *p, const char *line) {
    static const char *const keys[] = {"title", "question", "minutes"};
    json_t *about = json_object_get(json_object_get(p->notebook, "metadata"), "plumb");
    if (*line && *line != '#')
        return FAIL_AT(p, p->line, "'%s' before the first cell, expected a comment", line);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        size_t n = strlen(keys[i]);
        if (starts(line, "# ") && strncmp(line + 2, keys[i], n) == 0 && starts(line + 2 + n, ": "))
            json_object_set_new(about, keys[i], json_string(line + 2 + n + 2));
    }
    return PL_OK;
}

/* The whole course's README and nbgrader rest on these. */
static pl_status finish(parse *p) {
    static const char *const keys[] = {"title", "question", "minutes"};
    const json_t *about = json_object_get(json_object_get(p->notebook, "metadata"), "plumb");
    pl_status status = end_cell(p);
    if (status)
        return status;
    if (!p->cell)
        return FAIL_AT(p, 1, "no cell: no line starts with '%s'", marker);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (!json_object_get(about, keys[i]))
            return FAIL_AT(p, 1, "no line '# %s: ...' before the first cell", keys[i]);
    return PL_OK;
}

pl_status lab_parse(pl_ctx *ctx, const lab_facts *facts, const lab_file *file, json_t **out) {
    pl_status status;
    parse p = {.ctx = ctx, .facts = facts, .file = file->name, .grade_ids = json_object()};
    p.notebook = json_pack("{s:i, s:i, s:{s:{}, s:{s:s, s:s, s:s}, s:{s:s}}, s:[]}", "nbformat", 4,
                           "nbformat_minor", 5, "metadata", "plumb", "kernelspec", "display_name",
                           "Python 3", "language", "python", "name", "python3", "language_info",
                           "name", "python", "cells");
    p.cells = json_object_get(p.notebook, "cells");
    if (!p.notebook || !p.grade_ids) {
        status = pl_fail(ctx, PL_ENOMEM, "out of memory for the notebook of %s", file->name);
        goto done;
    }
    for (; file->lines[p.line];) {
        const char *line = file->lines[p.line++];
        if (starts(line, marker))
            PL_TRY(begin_cell(&p, line + strlen(marker)));
        else if (p.cell)
            PL_TRY(take_line(&p, line));
        else
            PL_TRY(take_header(&p, line));
    }
    PL_TRY(finish(&p));
    *out = json_incref(p.notebook);
done:
    pl_text_free(&p.text);
    json_decref(p.grade_ids);
    json_decref(p.notebook);
    return status;
}
