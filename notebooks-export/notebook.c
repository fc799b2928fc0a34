/* The notebooks that a teacher's becomes, nbgrader's checksum, and nbformat's way to write. */

#include <md5.h>
#include <stdio.h>
#include <string.h>

#include "claim/output.h"
#include "notebooks-export/labs.h"

const char *lab_kind_name(lab_kind kind) {
    static const char *const names[] = {"source", "release", "solution"};
    return names[kind];
}

const json_t *lab_nbgrader(const json_t *cell) {
    return json_object_get(json_object_get(cell, "metadata"), "nbgrader");
}

bool lab_is(const json_t *cell, const char *what) {
    return json_is_true(json_object_get(lab_nbgrader(cell), what));
}

/* A cell's source as one string, whichever way it is kept. */
static pl_status cell_text(pl_ctx *ctx, const json_t *cell, pl_text *out) {
    const json_t *source = json_object_get(cell, "source"), *line;
    size_t i;
    if (json_is_string(source))
        pl_text_add(out, json_string_value(source));
    json_array_foreach(source, i, line)
        pl_text_add(out, json_string_value(line) ? json_string_value(line) : "");
    return pl_text_status(ctx, out);
}

static const char *python_bool(bool b) {
    return b ? "True" : "False";
}

pl_status lab_checksum(pl_ctx *ctx, const json_t *cell, char out[33]) {
    const json_t *role = lab_nbgrader(cell);
    bool grade = lab_is(cell, "grade"), solution = lab_is(cell, "solution");
    bool locked = !solution && (grade || lab_is(cell, "locked"));
    const char *type = json_string_value(json_object_get(cell, "cell_type"));
    const char *id = json_string_value(json_object_get(role, "grade_id"));
    pl_text text = {0};
    pl_status status;
    PL_TRY(cell_text(ctx, cell, &text));
    pl_text_printf(&text, "%s%s%s%s%s", type ? type : "", python_bool(grade), python_bool(solution),
                   python_bool(locked), id ? id : "");
    if (grade) {
        char points[32];
        pl_format_real(json_number_value(json_object_get(role, "points")), points);
        pl_text_printf(&text, "%s%s", points, strpbrk(points, ".e") ? "" : ".0");
    }
    PL_TRY(pl_text_status(ctx, &text));
    MD5Data((const uint8_t *)pl_text_get(&text), text.length, out);
done:
    pl_text_free(&text);
    return status;
}

/* The n letters of a line up to and with its newline. */
static size_t line_length(const char *s) {
    const char *end = strchr(s, '\n');
    return end ? (size_t)(end - s) + 1 : strlen(s);
}

static bool line_has(const char *s, size_t n, const char *what) {
    return memmem(s, n, what, strlen(what)) != NULL;
}

/* Replaces a solution region by its stub at the region's indent, drops hidden tests (`release`);
 * or keeps both and drops the marks. */
static void clear_regions(const char *s, bool release, bool code, pl_text *out) {
    bool inside = false;
    for (size_t n; (n = line_length(s)) > 0; s += n) {
        int indent = (int)strspn(s, " ");
        bool begin = line_has(s, n, "### BEGIN "), end = line_has(s, n, "### END ");
        if (begin && release && line_has(s, n, "SOLUTION")) {
            if (code)
                pl_text_printf(out, "%*s# YOUR CODE HERE\n%*sraise NotImplementedError()\n", indent,
                               "", indent, "");
            else
                pl_text_add(out, "YOUR ANSWER HERE\n");
        }
        inside = begin || (inside && !end);
        if (!begin && !end && !(inside && release))
            pl_text_printf(out, "%.*s", (int)n, s);
    }
    while (out->length && out->s[out->length - 1] == '\n')
        out->s[--out->length] = '\0';
}

/* What the student cannot delete or edit, and the checksum by which nbgrader sees that it was. */
static pl_status lock_cell(pl_ctx *ctx, json_t *cell) {
    json_t *metadata = json_object_get(cell, "metadata"), *role = (json_t *)lab_nbgrader(cell);
    char checksum[33];
    if (!role)
        return PL_OK;
    pl_status status = lab_checksum(ctx, cell, checksum);
    if (status)
        return status;
    json_object_set_new(metadata, "deletable", json_false());
    if (!lab_is(cell, "solution"))
        json_object_set_new(metadata, "editable", json_false());
    json_object_set_new(role, "checksum", json_string(checksum));
    json_object_set(role, "cell_type", json_object_get(cell, "cell_type"));
    return PL_OK;
}

static pl_status variant(pl_ctx *ctx, const json_t *teacher, bool release, json_t **out) {
    pl_status status = PL_OK;
    json_t *copy = json_deep_copy(teacher), *cell;
    pl_text text = {0}, cleared = {0};
    size_t i;
    if (!copy)
        return pl_fail(ctx, PL_ENOMEM, "out of memory for a notebook");
    json_array_foreach(json_object_get(copy, "cells"), i, cell) {
        bool code = strcmp(json_string_value(json_object_get(cell, "cell_type")), "code") == 0;
        PL_TRY(cell_text(ctx, cell, &text));
        clear_regions(pl_text_get(&text), release, code, &cleared);
        PL_TRY(pl_text_status(ctx, &cleared));
        json_object_set_new(cell, "source", json_string(pl_text_get(&cleared)));
        pl_text_free(&text);
        pl_text_free(&cleared);
        if (release)
            PL_TRY(lock_cell(ctx, cell));
    }
    *out = json_incref(copy);
done:
    pl_text_free(&text);
    pl_text_free(&cleared);
    json_decref(copy);
    return status;
}

pl_status lab_release(pl_ctx *ctx, const json_t *teacher, json_t **out) {
    return variant(ctx, teacher, true, out);
}

pl_status lab_solution(pl_ctx *ctx, const json_t *teacher, json_t **out) {
    return variant(ctx, teacher, false, out);
}

/* Source as a list of lines, as nbformat keeps it in files. */
static json_t *lines_of(const char *s) {
    json_t *lines = json_array();
    for (size_t n; (n = line_length(s)) > 0; s += n)
        json_array_append_new(lines, json_stringn(s, n));
    return lines;
}

pl_status lab_write(pl_ctx *ctx, const json_t *notebook, const char *path) {
    pl_status status;
    json_t *copy = json_deep_copy(notebook), *cell;
    char *dump = NULL;
    pl_text text = {0};
    size_t i;
    json_array_foreach(json_object_get(copy, "cells"), i, cell) json_object_set_new(
        cell, "source", lines_of(json_string_value(json_object_get(cell, "source"))));
    dump = json_dumps(copy, JSON_INDENT(1) | JSON_SORT_KEYS);
    if (!dump) {
        status = pl_fail(ctx, PL_ENOMEM, "out of memory for %s", path);
        goto done;
    }
    pl_text_printf(&text, "%s\n", dump);
    PL_TRY(pl_text_status(ctx, &text));
    PL_TRY(pl_text_write(ctx, path, pl_text_get(&text)));
done:
    free(dump);
    pl_text_free(&text);
    json_decref(copy);
    return status;
}

/* nbformat keeps a source as one string or as a list of lines. */
static json_t *one_string(const json_t *source) {
    pl_text text = {0};
    const json_t *line;
    size_t i;
    if (json_is_string(source))
        pl_text_add(&text, json_string_value(source));
    json_array_foreach(source, i, line) pl_text_add(&text, json_string_value(line));
    json_t *out = text.failed ? NULL : json_string(pl_text_get(&text));
    pl_text_free(&text);
    return out;
}

pl_status lab_read(pl_ctx *ctx, const char *path, json_t **out) {
    json_error_t error;
    json_t *notebook = json_load_file(path, JSON_REJECT_DUPLICATES, &error), *cell;
    size_t i;
    if (!notebook)
        return pl_fail(ctx, PL_EINPUT, "%s: %s; 'plumb labs export' writes it", path, error.text);
    json_array_foreach(json_object_get(notebook, "cells"), i, cell) {
        json_t *source = one_string(json_object_get(cell, "source"));
        if (!source) {
            json_decref(notebook);
            return pl_fail(ctx, PL_ENOMEM, "out of memory for %s", path);
        }
        json_object_set_new(cell, "source", source);
    }
    *out = notebook;
    return PL_OK;
}
