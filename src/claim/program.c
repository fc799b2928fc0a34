#include "claim/program.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* clang-format off: rows of two tables */
#define COMMON_OPTIONS                                                                             \
    {"threads", PL_OPT_INT, NULL, 1,                                                               \
     1024,      NULL,       NULL, "threads, all cores unless given; no result depends on it",      \
     0},                                                                                           \
        {"out", PL_OPT_TEXT, NULL, 0, 0, NULL, "DIR", "write PROGRAM.csv and run.json there", 0},  \
        {"format", PL_OPT_SPEC, "table", 0, 0, "table|csv|json", NULL, "of standard output", 0}, { \
        "json", PL_OPT_FLAG, NULL, 0, 0, NULL, NULL, "the same as --format json", 0                \
    }
/* clang-format on */

const pl_option pl_common_options[] = {COMMON_OPTIONS, {0}};

static const pl_option reporting_options[] = {
    {"report", PL_OPT_TEXT, NULL, 0, 0, NULL, "DIR", "write DIR/report.html, a page to read", 0},
    COMMON_OPTIONS,
    {0}};

const pl_option *pl_program_common(const pl_program *program) {
    return program->report ? reporting_options : pl_common_options;
}

const pl_room *pl_registry_room(const pl_registry *registry, const char *name) {
    for (const pl_room *const *room = registry->rooms; *room; room++)
        if (strcmp((*room)->name, name) == 0)
            return *room;
    return NULL;
}

static const pl_program *named(const pl_program *const *list, const char *name) {
    for (; *list; list++)
        if (strcmp((*list)->name, name) == 0)
            return *list;
    return NULL;
}

const pl_program *pl_room_program(const pl_room *room, const char *name) {
    return named(room->programs, name);
}

const pl_program *pl_registry_tool(const pl_registry *registry, const char *name) {
    return named(registry->tools, name);
}

const char *pl_registry_script(const pl_registry *registry, const char *name) {
    for (const pl_script *s = registry->scripts; s->name; s++)
        if (strcmp(s->name, name) == 0)
            return s->text;
    return NULL;
}

const pl_room *pl_figure_room(const pl_registry *registry, const pl_figure *figure) {
    for (const pl_room *const *r = registry->rooms; *r; r++)
        for (const pl_figure *const *list = (*r)->figures; *list; list++)
            for (const pl_figure *f = *list; f->id; f++)
                if (f == figure)
                    return *r;
    return NULL;
}

const pl_figure *pl_registry_figure(const pl_registry *registry, size_t i) {
    for (const pl_room *const *room = registry->rooms; *room; room++)
        for (const pl_figure *const *list = (*room)->figures; *list; list++)
            for (const pl_figure *f = *list; f->id; f++)
                if (i-- == 0)
                    return f;
    return NULL;
}

pl_status pl_program_run(pl_ctx *ctx, const pl_program *program, const pl_options *options,
                         pl_table **out) {
    pl_status status;
    pl_table *t = NULL;
    const pl_program *variant = program->variant ? program->variant(options) : NULL;
    PL_TRY(pl_table_new(ctx, variant ? variant->columns : program->columns, &t));
    PL_TRY((variant && variant->run ? variant : program)->run(ctx, options, t));
    *out = t;
    t = NULL;
done:
    pl_table_free(t);
    return status;
}

/* theory notes, bounds, sec. 5: a random claim stands on at least so many replicates. */
static const double LEAST_REPLICATES = 200;

pl_status pl_program_preset(pl_ctx *ctx, const pl_program *program, const char *preset,
                            double effort, const char *seed, pl_options **out) {
    pl_status status;
    pl_options *options = NULL;
    PL_TRY(pl_options_parse_text(ctx, program->options, pl_common_options, preset, &options));
    if (seed && pl_option_has(options, "seed"))
        PL_TRY(pl_options_set(ctx, options, "seed", seed));
    if (effort != 1 && pl_option_has(options, "replicates")) {
        char text[32];
        double asked = (double)pl_option_int(options, "replicates");
        snprintf(text, sizeof text, "%.0f", fmax(effort * asked, fmin(asked, LEAST_REPLICATES)));
        PL_TRY(pl_options_set(ctx, options, "replicates", text));
    }
    *out = options;
    options = NULL;
done:
    pl_options_free(options);
    return status;
}

pl_status pl_program_run_preset(pl_ctx *ctx, const pl_program *program, const char *preset,
                                double effort, const char *seed, pl_table **out) {
    pl_options *options = NULL;
    pl_status status = pl_program_preset(ctx, program, preset, effort, seed, &options);
    if (status == PL_OK)
        status = pl_program_run(ctx, program, options, out);
    pl_options_free(options);
    return status;
}
