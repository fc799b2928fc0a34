/* plumb repro run.json: runs the same program with the same options and compares every number. */

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/npz.h"
#include "claim/commands.h"
#include "claim/output.h"

const pl_option pl_repro_options[] = {
    {"run", PL_OPT_TEXT, NULL, 0, 0, NULL, "RUN.JSON", "a run.json that plumb wrote", 0},
    {"tolerance", PL_OPT_REAL, "1e-9", 0, 1, NULL, NULL,
     "largest difference, relative to max(1, |value|)", 0},
    {"threads", PL_OPT_INT, NULL, 1, 1024, NULL, NULL, "threads, all cores unless given", 0},
    {0}};

static pl_status load(pl_ctx *ctx, const char *path, json_t **out) {
    json_error_t error;
    json_t *json = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (!json)
        return pl_fail(ctx, PL_EINPUT, "%s: line %d: %s; expected a run.json that plumb wrote",
                       path, error.line, error.text);
    if (!json_is_string(json_object_get(json, "program")) ||
        !json_is_object(json_object_get(json, "options")) ||
        !json_is_array(json_object_get(json, "rows"))) {
        json_decref(json);
        return pl_fail(ctx, PL_EINPUT,
                       "%s: has no \"program\", \"options\" and \"rows\"; expected "
                       "a run.json that plumb wrote",
                       path);
    }
    *out = json;
    return PL_OK;
}

static pl_status find_program(pl_ctx *ctx, const pl_registry *registry, const json_t *json,
                              const pl_program **out) {
    const char *name = json_string_value(json_object_get(json, "program"));
    const char *room_name = json_string_value(json_object_get(json, "room"));
    const pl_room *room = room_name ? pl_registry_room(registry, room_name) : NULL;
    *out = room ? pl_room_program(room, name) : pl_registry_tool(registry, name);
    if (!*out)
        return pl_fail(ctx, PL_EINPUT, "run.json names the program '%s%s%s', which is not here",
                       room_name ? room_name : "", room_name ? " " : "", name);
    return PL_OK;
}

/* An option's JSON value as it would be typed; false for null. */
static bool typed(const json_t *value, pl_text *out) {
    size_t i;
    json_t *item;
    if (json_is_null(value) || json_is_false(value))
        return false;
    if (json_is_true(value))
        pl_text_add(out, "true");
    else if (json_is_string(value))
        pl_text_add(out, json_string_value(value));
    else if (json_is_integer(value))
        pl_text_printf(out, "%lld", (long long)json_integer_value(value));
    else if (json_is_array(value))
        json_array_foreach(value, i, item)
            pl_text_printf(out, "%s%.17g", i ? "," : "", json_number_value(item));
    else
        pl_text_printf(out, "%.17g", json_number_value(value));
    return true;
}

static pl_status restore_options(pl_ctx *ctx, const pl_program *program, const json_t *json,
                                 pl_options **out) {
    pl_status status;
    pl_options *o = NULL;
    pl_text text = {0};
    const char *name;
    json_t *value;
    PL_TRY(pl_options_parse(ctx, program->options, NULL, NULL, 0, NULL, &o));
    json_object_foreach(json_object_get(json, "options"), name, value) {
        if (typed(value, &text)) {
            PL_TRY(pl_text_status(ctx, &text));
            PL_TRY(pl_options_set(ctx, o, name, pl_text_get(&text)));
        }
        pl_text_free(&text);
    }
    *out = o;
    o = NULL;
done:
    pl_text_free(&text);
    pl_options_free(o);
    return status;
}

static pl_status check_inputs(pl_ctx *ctx, const json_t *json) {
    size_t i;
    json_t *input;
    json_array_foreach(json_object_get(json, "inputs"), i, input) {
        char hash[65];
        const char *path = json_string_value(json_object_get(input, "path"));
        const char *want = json_string_value(json_object_get(input, "sha256"));
        if (!path || !want)
            return pl_fail(ctx, PL_EINPUT, "run.json: input %zu has no path or sha256", i);
        pl_status status = pl_array_hash(ctx, path, hash);
        if (status)
            return status;
        if (strcmp(hash, want) != 0)
            return pl_fail(ctx, PL_EINPUT,
                           "%s: is not the file of that run (sha256 %.12s..., was %.12s...)", path,
                           hash, want);
    }
    return PL_OK;
}

/* Largest difference between two results, relative to max(1, |value|); words must be equal. */
static pl_status compare(pl_ctx *ctx, const json_t *before, const json_t *now, double *worst) {
    const json_t *a = json_object_get(before, "rows"), *b = json_object_get(now, "rows");
    if (json_array_size(a) != json_array_size(b))
        return pl_fail(ctx, PL_EVERDICT, "the run had %zu rows, now %zu", json_array_size(a),
                       json_array_size(b));
    *worst = 0;
    for (size_t r = 0; r < json_array_size(a); r++) {
        const json_t *x = json_array_get(a, r), *y = json_array_get(b, r);
        for (size_t c = 0; c < json_array_size(y); c++) {
            const json_t *u = json_array_get(x, c), *v = json_array_get(y, c);
            double p = json_number_value(u), q = json_number_value(v);
            if (json_is_number(u) && json_is_number(v))
                *worst = fmax(*worst, fabs(p - q) / fmax(1, fabs(p)));
            else if (!json_equal(u, v))
                return pl_fail(ctx, PL_EVERDICT, "row %zu, column %zu is not what it was", r, c);
        }
    }
    return PL_OK;
}

pl_status pl_cmd_repro(pl_ctx *ctx, const pl_registry *registry, int argc, char *const *argv) {
    pl_status status;
    pl_options *o = NULL, *run_options = NULL;
    pl_table *t = NULL;
    pl_text text = {0};
    json_t *before = NULL, *now = NULL;
    const pl_program *program;
    double worst = 0;
    if (pl_wants_help(argc, argv))
        return pl_print_usage(ctx, "repro RUN.JSON [--tolerance X]",
                              "Runs the same program again and compares every number.",
                              pl_repro_options);
    PL_TRY(pl_options_parse(ctx, pl_repro_options, NULL, "run", argc, argv, &o));
    if (!pl_option_has(o, "run")) {
        status = pl_fail(ctx, PL_EUSAGE, "repro needs the path of a run.json");
        goto done;
    }
    if (pl_option_has(o, "threads"))
        pl_set_threads(ctx, (int)pl_option_int(o, "threads"));
    PL_TRY(load(ctx, pl_option_text(o, "run"), &before));
    PL_TRY(find_program(ctx, registry, before, &program));
    PL_TRY(check_inputs(ctx, before));
    PL_TRY(restore_options(ctx, program, before, &run_options));
    PL_TRY(pl_program_run(ctx, program, run_options, &t));
    now = pl_result_json(ctx, NULL, program, run_options, t);
    PL_TRY(compare(ctx, before, now, &worst));
    if (!(worst <= pl_option_real(o, "tolerance"))) {
        status = pl_fail(ctx, PL_EVERDICT, "the largest difference is %.3g, allowed %g", worst,
                         pl_option_real(o, "tolerance"));
        goto done;
    }
    pl_text_printf(&text, "%s: %zu rows reproduced, largest difference %.3g\n", program->name,
                   pl_table_rows(t), worst);
    PL_TRY(pl_print(ctx, pl_text_get(&text)));
done:
    json_decref(before);
    json_decref(now);
    pl_text_free(&text);
    pl_table_free(t);
    pl_options_free(run_options);
    pl_options_free(o);
    return status;
}
