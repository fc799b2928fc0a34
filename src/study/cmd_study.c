/* plumb study: one study, its table, its figure; what is trained already is not trained again. */

#include <stdio.h>
#include <string.h>

#include "base/progress.h"
#include "claim/commands.h"
#include "claim/figures.h"
#include "claim/output.h"
#include "study/study.h"

static pl_status list(pl_ctx *ctx) {
    pl_text text = {0};
    for (const pl_study_cost *c = pl_study_costs; c->program; c++) {
        pl_text_printf(&text, "%-14s %s\n%-14s %s; about %.0f min on two cores\n", c->program->name,
                       c->program->summary, "", c->program->source, c->seconds / 60);
        for (const pl_claim *k = pl_study_claims; k->id; k++)
            if (k->program == c->program)
                pl_text_printf(&text, "%-14s %s  %s\n", "", k->id, k->title);
    }
    return pl_print_text(ctx, &text);
}

/* The options that were given, as a preset. */
static void preset_of(const pl_options *o, const pl_program *program, const char *base,
                      pl_text *out) {
    pl_text_add(out, base);
    for (size_t i = 0; i < pl_options_count(o); i++) {
        const pl_option *row = pl_options_row(o, i);
        const char *value = pl_options_value(o, i);
        bool own = false, given = value && (!row->value || strcmp(value, row->value) != 0);
        for (const pl_option *p = program->options; p->name; p++)
            own = own || strcmp(p->name, row->name) == 0;
        if (own && given && row->kind != PL_OPT_FLAG)
            pl_text_printf(out, " --%s \"%s\"", row->name, value);
    }
}

/* The study's figure, with this call's options; all its networks are trained by now. */
static pl_status draw(pl_ctx *ctx, const pl_registry *registry, const pl_program *program,
                      const pl_options *o, const char *dir) {
    pl_status status;
    pl_text preset = {0}, text = {0};
    const pl_figure *found = pl_figure_of_program(registry, program);
    if (!found || pl_option_has(o, "arm") || pl_option_has(o, "measure"))
        return PL_OK;
    pl_figure figure = *found;
    preset_of(o, program, figure.data[0].preset, &preset);
    PL_TRY(pl_text_status(ctx, &preset));
    figure.data[0].preset = pl_text_get(&preset);
    PL_TRY(pl_figure_draw(ctx, registry, &figure, dir, "web"));
    pl_text_printf(&text, "%s/%s/fig.svg  %s\n", dir, figure.id, figure.title);
    PL_TRY(pl_print_text(ctx, &text));
done:
    pl_text_free(&preset);
    return status;
}

static pl_status run(pl_ctx *ctx, const pl_registry *registry, const pl_program *program, int argc,
                     char *const *argv) {
    pl_status status;
    pl_options *o = NULL;
    pl_table *t = NULL;
    pl_text place = {0}, shown = {0};
    PL_TRY(
        pl_options_parse(ctx, program->options, pl_program_common(program), NULL, argc, argv, &o));
    if (pl_option_has(o, "threads"))
        pl_set_threads(ctx, (int)pl_option_int(o, "threads"));
    const char *keep = pl_option_text(o, "keep"), *out = pl_option_text(o, "out");
    pl_text_printf(&place, "%s/%s", keep ? keep : "studies", program->name);
    PL_TRY(pl_text_status(ctx, &place));
    const char *dir = out ? out : pl_text_get(&place);
    double started = pl_seconds();
    PL_TRY(pl_make_directory(ctx, dir)); /* before the work: what cannot be kept is refused */
    PL_TRY(pl_program_run(ctx, program, o, &t));
    PL_TRY(pl_result_save(ctx, dir, pl_study_room.name, program, o, t, pl_seconds() - started));
    pl_table_print(t, 0, &shown);
    pl_text_printf(&shown, "%s/%s.csv\n", dir, program->name);
    PL_TRY(pl_print_text(ctx, &shown));
    PL_TRY(draw(ctx, registry, program, o, dir));
done:
    pl_table_free(t);
    pl_text_free(&place);
    pl_options_free(o);
    return status;
}

/* Help, an unknown name, and results for programs to read are those of any room. */
pl_status pl_cmd_study(pl_ctx *ctx, const pl_registry *registry, int argc, char *const *argv) {
    const pl_program *program = argc ? pl_room_program(&pl_study_room, argv[0]) : NULL;
    bool plain = !program || pl_wants_help(argc, argv);
    if (argc && strcmp(argv[0], "--list") == 0)
        return list(ctx);
    for (int i = 1; i < argc; i++)
        plain = plain || strcmp(argv[i], "--json") == 0 || strncmp(argv[i], "--format", 8) == 0;
    return plain ? pl_cmd_room(ctx, registry, &pl_study_room, argc, argv)
                 : run(ctx, registry, program, argc - 1, argv + 1);
}
