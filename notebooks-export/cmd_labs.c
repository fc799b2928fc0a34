/* plumb labs: the course as notebooks, and the rules that they keep. */

#include <string.h>

#include "notebooks-export/course.h"

const pl_option pl_labs_options[] = {
    {"out", PL_OPT_TEXT, "course", 0, 0, NULL, "DIR", "the course's folder", 0},
    {"seed", PL_OPT_SEED, "1", 0, 0, NULL, NULL, "SEED of every lab: another course for each", 0},
    {"execute", PL_OPT_FLAG, NULL, 0, 0, NULL, NULL,
     "export: run the solutions and write HTML beside them (jupyter-nbconvert)", 0},
    {0}};

static const char usage[] = "labs export|check [LAB ...] [options]";

static pl_status export(pl_ctx *ctx, const lab_facts *facts, const pl_options *o, const course *c,
                        pl_text *said) {
    pl_status status;
    const char *dir = pl_option_text(o, "out");
    PL_TRY(course_write(ctx, c, facts, dir));
    if (pl_option_flag(o, "execute"))
        PL_TRY(course_execute(ctx, c, dir));
    PL_TRY(course_check(ctx, c, dir));
    for (size_t i = 0; i < c->n; i++)
        pl_text_printf(
            said, "%s/release/%s/%s.ipynb  %s\n", dir, c->labs[i].name, c->labs[i].name,
            json_string_value(json_object_get(
                json_object_get(json_object_get(c->labs[i].notebooks[LAB_SOURCE], "metadata"),
                                "plumb"),
                "question")));
done:
    return status;
}

static pl_status check(pl_ctx *ctx, const pl_options *o, const course *c, pl_text *said) {
    pl_status status;
    PL_TRY(course_check(ctx, c, pl_option_text(o, "out")));
    pl_text_printf(said, "%s: %zu labs keep the rules of nbformat 4.5 and nbgrader\n",
                   pl_option_text(o, "out"), c->n);
done:
    return status;
}

pl_status pl_cmd_labs(pl_ctx *ctx, const pl_registry *registry, int argc, char *const *argv) {
    pl_status status;
    pl_options *o = NULL;
    pl_text said = {0};
    course c = {.n = 0};
    if (argc == 0 || pl_wants_help(argc, argv))
        return pl_print_usage(ctx, usage,
                              "Exports the course labs as notebooks for nbgrader, or checks a "
                              "course that was exported.",
                              pl_labs_options);
    bool exporting = strcmp(argv[0], "export") == 0;
    if (!exporting && strcmp(argv[0], "check") != 0)
        return pl_fail(ctx, PL_EUSAGE, "labs does not know '%s'; usage: plumb %s", argv[0], usage);
    PL_TRY(pl_options_parse(ctx, pl_labs_options, NULL, "...", argc - 1, argv + 1, &o));
    const lab_facts facts = {registry, lab_files, pl_option_seed(o, "seed")};
    PL_TRY(course_new(ctx, &facts, o, &c));
    PL_TRY(exporting ? export(ctx, &facts, o, &c, &said) : check(ctx, o, &c, &said));
    PL_TRY(pl_text_status(ctx, &said));
    PL_TRY(pl_print(ctx, pl_text_get(&said)));
done:
    course_free(&c);
    pl_text_free(&said);
    pl_options_free(o);
    return status;
}
