/* The command line: which command, room or tool is meant, and what is said when it fails. */

#include <gsl/gsl_errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "claim/commands.h"
#include "claim/environment.h"
#include "claim/output.h"

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
        return room->command ? room->command(ctx, registry, argc - 2, argv + 2)
                             : pl_cmd_room(ctx, registry, room, argc - 2, argv + 2);
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
    int ended_by = pl_ended_by(ctx);
    pl_ctx_free(ctx);
    if (ended_by) {
        fflush(stdout);
        raise(ended_by);
    }
    return pl_exit_status(status);
}
