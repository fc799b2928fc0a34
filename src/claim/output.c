#include "claim/output.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/npz.h"
#include "claim/environment.h"

json_t *pl_json_number(double v) {
    if (!isfinite(v))
        return json_null();
    if (v == floor(v) && fabs(v) < 9e15)
        return json_integer((json_int_t)v);
    return json_real(v);
}

/* An option's value in its own type; unset is null. */
static json_t *option_json(const pl_options *o, size_t i) {
    const pl_option *row = pl_options_row(o, i);
    const char *text = pl_options_value(o, i);
    size_t count;
    const double *list;
    json_t *array;
    if (row->kind == PL_OPT_FLAG)
        return json_boolean(text != NULL);
    if (!text)
        return json_null();
    switch (row->kind) {
    case PL_OPT_INT:
        return json_integer((json_int_t)pl_option_int(o, row->name));
    case PL_OPT_SEED: {
        uint64_t seed = pl_option_seed(o, row->name);
        return seed <= INT64_MAX ? json_integer((json_int_t)seed) : json_string(text);
    }
    case PL_OPT_REAL:
        return pl_json_number(pl_option_real(o, row->name));
    case PL_OPT_LIST:
        list = pl_option_list(o, row->name, &count);
        array = json_array();
        for (size_t k = 0; k < count; k++)
            json_array_append_new(array, pl_json_number(list[k]));
        return array;
    case PL_OPT_FLAG:
    case PL_OPT_SPEC:
    case PL_OPT_TEXT:
    case PL_OPT_INPUT:
        break;
    }
    return json_string(text);
}

/* Where results go and how they look is no part of what was computed. */
static bool is_common(const pl_program *program, const pl_option *row) {
    for (const pl_option *c = pl_program_common(program); c->name; c++)
        if (strcmp(c->name, row->name) == 0)
            return true;
    return false;
}

static json_t *options_json(const pl_program *program, const pl_options *o) {
    json_t *object = json_object();
    for (size_t i = 0; i < pl_options_count(o); i++)
        if (!is_common(program, pl_options_row(o, i)))
            json_object_set_new(object, pl_options_row(o, i)->name, option_json(o, i));
    return object;
}

static json_t *columns_json(const pl_table *t) {
    json_t *array = json_array();
    for (size_t c = 0; c < pl_table_columns(t); c++) {
        const pl_column *column = pl_table_column(t, c);
        json_array_append_new(array, json_pack("{s:s, s:s, s:s}", "name", column->name, "unit",
                                               column->unit, "meaning", column->meaning));
    }
    return array;
}

static json_t *rows_json(const pl_table *t) {
    json_t *rows = json_array();
    for (size_t r = 0; r < pl_table_rows(t); r++) {
        json_t *row = json_array();
        for (size_t c = 0; c < pl_table_columns(t); c++)
            json_array_append_new(row, pl_table_column(t, c)->text
                                           ? json_string(pl_table_word(t, r, c))
                                           : pl_json_number(pl_table_at(t, r, c)));
        json_array_append_new(rows, row);
    }
    return rows;
}

static json_t *column_json(const pl_table *t, const char *name) {
    json_t *list = json_array();
    for (size_t r = 0; r < pl_table_rows(t); r++)
        json_array_append_new(list, pl_json_number(pl_table_at(t, r, pl_table_find(t, name))));
    return list;
}

json_t *pl_result_json(const pl_ctx *ctx, const char *room, const pl_program *program,
                       const pl_options *options, const pl_table *t) {
    json_t *json = json_object(), *summary = json_object(), *warnings = json_array();
    json_object_set_new(json, "program", json_string(program->name));
    if (room)
        json_object_set_new(json, "room", json_string(room));
    json_object_set_new(json, "options", options_json(program, options));
    json_object_set_new(json, "columns", columns_json(t));
    json_object_set_new(json, "rows", rows_json(t));
    for (size_t i = 0; i < pl_table_summaries(t); i++) {
        const pl_summary *s = pl_table_summary(t, i);
        const char *column = pl_table_summary_column(t, i);
        json_object_set_new(summary, s->name,
                            column ? column_json(t, column) : pl_json_number(s->value));
    }
    json_object_set_new(json, "summary", summary);
    for (size_t i = 0; i < pl_warnings(ctx); i++)
        json_array_append_new(warnings, json_string(pl_warning(ctx, i)));
    for (size_t i = 0; i < pl_table_unmets(t); i++) {
        char text[200];
        snprintf(text, sizeof text, "hypothesis not met: %s", pl_table_unmet_at(t, i));
        json_array_append_new(warnings, json_string(text));
    }
    json_object_set_new(json, "warnings", warnings);
    return json;
}

pl_status pl_make_directory(pl_ctx *ctx, const char *dir) {
    pl_status status = PL_OK;
    char *path = pl_strdup(ctx, dir);
    if (!path)
        return PL_ENOMEM;
    for (char *p = path + 1;; p++) {
        if (*p != '/' && *p != '\0')
            continue;
        char kept = *p;
        *p = '\0';
        if (mkdir(path, 0777) != 0 && errno != EEXIST) {
            status =
                pl_fail(ctx, PL_EIO, "%s: the directory cannot be made: %s", path, strerror(errno));
            goto done;
        }
        *p = kept;
        if (kept == '\0')
            break;
    }
    struct stat info;
    if (stat(path, &info) != 0 || !S_ISDIR(info.st_mode))
        status = pl_fail(ctx, PL_EIO, "%s: is no directory; name another with --out", path);
done:
    pl_free(path);
    return status;
}

pl_status pl_text_write(pl_ctx *ctx, const char *path, const char *text) {
    pl_status status;
    pl_file *f = NULL;
    PL_TRY(pl_file_begin(ctx, path, &f));
    PL_TRY(pl_file_write(ctx, f, text, strlen(text)));
    status = pl_file_commit(ctx, f);
    f = NULL;
done:
    pl_file_abandon(f);
    return status;
}

pl_status pl_json_write(pl_ctx *ctx, const json_t *json, const char *path) {
    pl_status status;
    pl_text text = {0};
    char *s = json ? json_dumps(json, JSON_INDENT(1) | JSON_REAL_PRECISION(17)) : NULL;
    if (!s)
        return pl_fail(ctx, PL_ENOMEM, "out of memory while writing JSON");
    pl_text_add(&text, s);
    pl_text_add(&text, "\n");
    free(s);
    PL_TRY(pl_text_status(ctx, &text));
    status =
        path ? pl_text_write(ctx, path, pl_text_get(&text)) : pl_print(ctx, pl_text_get(&text));
done:
    pl_text_free(&text);
    return status;
}

/* SHA-256 of every file that was read, so that a rerun can tell whether it sees the same input. */
static pl_status add_inputs(pl_ctx *ctx, const pl_options *options, json_t *json) {
    json_t *inputs = json_array();
    for (size_t i = 0; i < pl_options_count(options); i++) {
        const pl_option *row = pl_options_row(options, i);
        const char *path = pl_options_value(options, i);
        char hash[65];
        if (row->kind != PL_OPT_INPUT || !path)
            continue;
        if (row->value && strcmp(row->value, path) == 0)
            continue; /* a default that is a built-in name, not a file */
        if (row->metavar && strncmp(row->metavar, "NAME|", 5) == 0 && access(path, F_OK) != 0)
            continue; /* "NAME|FILE": a name */
        pl_status status = pl_array_hash(ctx, path, hash);
        if (status) {
            json_decref(inputs);
            return status;
        }
        json_array_append_new(inputs, json_pack("{s:s, s:s, s:s}", "option", row->name, "path",
                                                path, "sha256", hash));
    }
    json_object_set_new(json, "inputs", inputs);
    return PL_OK;
}

pl_status pl_result_save(pl_ctx *ctx, const char *dir, const char *room, const pl_program *program,
                         const pl_options *options, const pl_table *t, double seconds) {
    pl_status status;
    pl_text csv = {0}, csv_path = {0}, json_path = {0};
    pl_file *csv_file = NULL;
    json_t *json = pl_result_json(ctx, room, program, options, t);
    json_object_set_new(json, "environment", pl_environment_json(ctx));
    json_object_set_new(json, "seconds", json_real(seconds));
    pl_text_printf(&csv_path, "%s/%s.csv", dir, program->name);
    pl_text_printf(&json_path, "%s/run.json", dir);
    pl_table_csv(t, &csv);
    PL_TRY(add_inputs(ctx, options, json));
    PL_TRY(pl_text_status(ctx, &csv));
    PL_TRY(pl_make_directory(ctx, dir));
    PL_TRY(pl_file_begin(ctx, pl_text_get(&csv_path), &csv_file));
    PL_TRY(pl_file_write(ctx, csv_file, pl_text_get(&csv), csv.length));
    PL_TRY(pl_json_write(ctx, json, pl_text_get(&json_path))); /* fails before the CSV is renamed */
    status = pl_file_commit(ctx, csv_file);
    csv_file = NULL;
    if (status)
        remove(pl_text_get(&json_path));
done:
    pl_file_abandon(csv_file);
    json_decref(json);
    pl_text_free(&csv);
    pl_text_free(&csv_path);
    pl_text_free(&json_path);
    return status;
}
