/* The command line: which command, room or tool is meant, and what is said when it fails. */

#include <gsl/gsl_errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "claim/commands.h"
#include "claim/environment.h"
#include "claim/output.h"

static void list_commands(const pl_registry *registry, pl_text *out, const char *row) {
    for (const pl_command *c = registry->commands; c->name; c++)
        pl_text_printf(out, row, c->usage, c->summary);
    for (const pl_program *const *p = registry->tools; *p; p++) {
        char usage[80];
        snprintf(usage, sizeof usage, "%s %s", (*p)->name,
                 (*p)->positional ? (*p)->positional : "");
        pl_text_printf(out, row, usage, (*p)->summary);
    }
    for (const pl_room *const *r = registry->rooms; *r; r++) {
        char usage[80];
        snprintf(usage, sizeof usage, "%s [PROGRAM]", (*r)->name);
        pl_text_printf(out, row, usage, (*r)->summary);
    }
}

pl_status pl_cmd_help(pl_ctx *ctx, const pl_registry *registry, int argc, char *const *argv) {
    pl_text text = {0};
    if (argc > 0) { /* plumb help X = plumb X --help */
        char *words[] = {"plumb", argv[0], argc > 1 ? argv[1] : "--help",
                         argc > 1 ? "--help" : NULL, NULL};
        int exit_status = pl_main(registry, argc > 1 ? 4 : 3, words);
        return exit_status ? pl_fail(ctx, PL_EUSAGE, "no help on '%s'", argv[0]) : PL_OK;
    }
    pl_text_add(&text, "plumb checks the theory of contrastive learning against numbers.\n\n");
    list_commands(registry, &text, "  %-30s %s\n");
    pl_text_add(&text, "\nplumb COMMAND --help says more. Exit status: 0 done, 1 failed, 2 usage,\n"
                       "3 a verdict is not the expected one, 4 bad input.\n");
    return pl_print_text(ctx, &text);
}

/* man(7) would read a leading dot or quote as a request, and a bare dash as a hyphen. */
static void man_program(const char *room, const pl_program *p, pl_text *out) {
    pl_text_printf(out, ".SS \"plumb %s%s%s %s\"\n%s.\n", room ? room : "", room ? " " : "",
                   p->name, p->positional ? p->positional : "", p->summary);
    if (p->details)
        pl_text_printf(out, ".PP\n%s\n", p->details);
    pl_options_man(p->options, out);
}

pl_status pl_cmd_man(pl_ctx *ctx, const pl_registry *registry, int argc, char *const *argv) {
    (void)argc;
    (void)argv;
    pl_text text = {0};
    pl_text_add(&text, ".TH PLUMB 1 \"\" \"plumb " PL_VERSION "\" \"Plumbline\"\n.SH NAME\n"
                       "plumb \\- checks the theory of contrastive learning against numbers\n"
                       ".SH SYNOPSIS\n.B plumb\n.I COMMAND\n[options]\n.SH COMMANDS\n");
    list_commands(registry, &text, ".TP\n.B %s\n%s\n");
    pl_text_add(&text, ".SH PROGRAMS\n");
    for (const pl_program *const *p = registry->tools; *p; p++)
        man_program(NULL, *p, &text);
    for (const pl_room *const *r = registry->rooms; *r; r++)
        for (const pl_program *const *p = (*r)->programs; *p; p++)
            man_program((*r)->name, *p, &text);
    pl_text_add(&text, ".SH \"COMMON OPTIONS\"\nEvery program takes these.\n");
    pl_options_man(pl_common_options, &text);
    pl_text_add(&text, ".SH \"EXIT STATUS\"\n0 done; 1 failed; 2 usage; 3 a claim's verdict is not "
                       "the expected one; 4 bad input.\n");
    return pl_print_text(ctx, &text);
}

static pl_status unknown_command(pl_ctx *ctx, const pl_registry *registry, const char *word) {
    size_t best = SIZE_MAX;
    const char *nearest = NULL;
    for (const pl_command *c = registry->commands; c->name; c++)
        pl_nearest(word, c->name, &best, &nearest);
    for (const pl_program *const *p = registry->tools; *p; p++)
        pl_nearest(word, (*p)->name, &best, &nearest);
    for (const pl_room *const *r = registry->rooms; *r; r++)
        pl_nearest(word, (*r)->name, &best, &nearest);
    return pl_fail(ctx, PL_EUSAGE, "there is no command '%s'%s%s%s; 'plumb help' lists them", word,
                   nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
}

static pl_status dispatch(pl_ctx *ctx, const pl_registry *registry, int argc, char **argv) {
    if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        return pl_cmd_help(ctx, registry, 0, NULL);
    if (strcmp(argv[1], "--version") == 0)
        return pl_print(ctx, PL_VERSION_TEXT "\n");
    for (const pl_command *c = registry->commands; c->name; c++)
        if (strcmp(c->name, argv[1]) == 0)
            return c->run(ctx, registry, argc - 2, argv + 2);
    const pl_program *tool = pl_registry_tool(registry, argv[1]);
    if (tool)
        return pl_cmd_program(ctx, NULL, tool, argc - 2, argv + 2);
    const pl_room *room = pl_registry_room(registry, argv[1]);
    if (room)
        return pl_cmd_room(ctx, registry, room, argc - 2, argv + 2);
    return unknown_command(ctx, registry, argv[1]);
}

int pl_main(const pl_registry *registry, int argc, char **argv) {
    pl_ctx *ctx = pl_ctx_new();
    if (!ctx) {
        fputs("plumb: out of memory\n", stderr);
        return 1;
    }
    gsl_set_error_handler_off();
    signal(SIGXFSZ, SIG_IGN); /* a file beyond `ulimit -f` is a failure to report, not a death */
    pl_status status = dispatch(ctx, registry, argc, argv);
    for (size_t i = 0; i < pl_warnings(ctx); i++)
        fprintf(stderr, "plumb: warning: %s\n", pl_warning(ctx, i));
    if (status != PL_OK)
        fprintf(stderr, "plumb: %s\n", pl_message(ctx));
    pl_ctx_free(ctx);
    return pl_exit_status(status);
}
