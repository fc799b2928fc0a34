/* plumb ROOM PROGRAM, and the tools that are programs of their own. */

#include <string.h>

#include "base/progress.h"
#include "claim/commands.h"
#include "claim/output.h"

enum { SHOWN_ROWS = 60 };

static void columns_help(const pl_program *program, const char *title, pl_text *out) {
    pl_text_printf(out, "\n%s\n", title);
    for (const pl_column *c = program->columns; c->name; c++)
        pl_text_printf(out, "  %-28s %s%s%s%s\n", c->name, c->meaning, *c->unit ? " [" : "",
                       c->unit, *c->unit ? "]" : "");
}

static pl_status print_program_help(pl_ctx *ctx, const char *room, const pl_program *program) {
    pl_text text = {0};
    pl_text_printf(&text, "usage: plumb %s%s%s%s%s [options]\n%s\n", room ? room : "",
                   room ? " " : "", program->name, program->positional ? " " : "",
                   program->positional ? program->positional : "", program->summary);
    if (program->details)
        pl_text_printf(&text, "\n%s\n", program->details);
    if (program->source)
        pl_text_printf(&text, "Source: %s\n", program->source);
    pl_text_add(&text, "\noptions\n");
    pl_options_help(program->options, &text);
    pl_options_help(pl_program_common(program), &text);
    if (program->columns)
        columns_help(program, "columns", &text);
    for (const pl_program *const *v = program->variants; v && *v; v++)
        columns_help(*v, (*v)->name, &text);
    return pl_print_text(ctx, &text);
}

static pl_status print_result(pl_ctx *ctx, const char *room, const pl_program *program,
                              const pl_options *options, const pl_table *t) {
    pl_status status;
    pl_text text = {0};
    json_t *json = NULL;
    const char *format = pl_option_spec(options, "format", NULL);
    if (pl_option_flag(options, "json") || strcmp(format, "json") == 0) {
        json = pl_result_json(ctx, room, program, options, t);
        PL_TRY(pl_json_write(ctx, json, NULL));
        goto done;
    }
    if (strcmp(format, "csv") == 0)
        pl_table_csv(t, &text);
    else
        pl_table_print(t, SHOWN_ROWS, &text);
    PL_TRY(pl_text_status(ctx, &text));
    PL_TRY(pl_print(ctx, pl_text_get(&text)));
done:
    json_decref(json);
    pl_text_free(&text);
    return status;
}

pl_status pl_cmd_program(pl_ctx *ctx, const char *room, const pl_program *program, int argc,
                         char *const *argv) {
    pl_status status;
    pl_options *options = NULL;
    pl_table *t = NULL;
    if (pl_wants_help(argc, argv))
        return print_program_help(ctx, room, program);
    PL_TRY(pl_options_parse(ctx, program->options, pl_program_common(program), program->positional,
                            argc, argv, &options));
    if (pl_option_has(options, "threads"))
        pl_set_threads(ctx, (int)pl_option_int(options, "threads"));
    double started = pl_seconds();
    const char *dir = pl_option_text(options, "out");
    const char *report = pl_option_text(options, "report");
    if (dir) /* before the work: a run whose result cannot be kept is refused at once */
        PL_TRY(pl_make_directory(ctx, dir));
    if (report)
        PL_TRY(pl_make_directory(ctx, report));
    PL_TRY(pl_program_run(ctx, program, options, &t));
    if (dir)
        PL_TRY(pl_result_save(ctx, dir, room, program, options, t, pl_seconds() - started));
    if (report)
        PL_TRY(program->report(ctx, options, t, report));
    if (!dir || pl_option_flag(options, "json"))
        PL_TRY(print_result(ctx, room, program, options, t));
done:
    pl_table_free(t);
    pl_options_free(options);
    return status;
}

static pl_status print_room(pl_ctx *ctx, const pl_room *room) {
    pl_text text = {0};
    pl_text_printf(&text, "%s: %s\n\n", room->name, room->summary);
    for (const pl_program *const *p = room->programs; *p; p++)
        pl_text_printf(&text, "  %-18s %s\n", (*p)->name, (*p)->summary);
    if (room->details)
        pl_text_printf(&text, "\n%s\n", room->details);
    pl_text_printf(&text, "\nplumb %s PROGRAM --help says more.\n", room->name);
    return pl_print_text(ctx, &text);
}

pl_status pl_cmd_room(pl_ctx *ctx, const pl_registry *registry, const pl_room *room, int argc,
                      char *const *argv) {
    (void)registry;
    if (argc == 0 || strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0)
        return print_room(ctx, room);
    const pl_program *program = pl_room_program(room, argv[0]);
    if (program)
        return pl_cmd_program(ctx, room->name, program, argc - 1, argv + 1);
    size_t best = SIZE_MAX;
    const char *nearest = NULL;
    for (const pl_program *const *p = room->programs; *p; p++)
        pl_nearest(argv[0], (*p)->name, &best, &nearest);
    return pl_fail(ctx, PL_EUSAGE, "%s has no program '%s'%s%s%s; 'plumb %s' lists them",
                   room->name, argv[0], nearest ? "; did you mean '" : "", nearest ? nearest : "",
                   nearest ? "'?" : "", room->name);
}
