/* plumb help: the commands, one of them, or a convention; all of it read off the registry. */

#include <string.h>

#include "claim/commands.h"
#include "claim/topics.h"

static bool is_command(const pl_registry *registry, const char *word) {
    for (const pl_command *c = registry->commands; c->name; c++)
        if (strcmp(c->name, word) == 0)
            return true;
    return pl_registry_tool(registry, word) || pl_registry_room(registry, word);
}

pl_status pl_cmd_help(pl_ctx *ctx, const pl_registry *registry, int argc, char *const *argv) {
    pl_text text = {0};
    for (const pl_topic *t = pl_topics; argc == 1 && t->name;
         t++) /* "views" is a command too: both */
        if (strcmp(t->name, argv[0]) == 0) {
            t->write(&text);
            if (is_command(registry, argv[0]))
                pl_text_printf(&text, "\nplumb %s --help has the command's options.\n", argv[0]);
            return pl_print_text(ctx, &text);
        }
    if (argc > 0) { /* plumb help X = plumb X --help */
        char *words[] = {"plumb", argv[0], argc > 1 ? argv[1] : "--help",
                         argc > 1 ? "--help" : NULL, NULL};
        int exit_status = pl_main(registry, argc > 1 ? 4 : 3, words);
        return exit_status ? pl_fail(ctx, PL_EUSAGE, "no help on '%s'", argv[0]) : PL_OK;
    }
    pl_text_add(&text, "plumb checks the theory of contrastive learning against numbers.\n\n");
    pl_commands_list(registry, "  %-30s %s\n", &text);
    pl_text_add(&text, "\nConventions, by plumb help TOPIC:\n");
    for (const pl_topic *t = pl_topics; t->name; t++)
        pl_text_printf(&text, "  %-30s %s\n", t->name, t->summary);
    pl_text_add(&text,
                "\nplumb COMMAND --help says more. Exit status: 0 done, 1 failed, 2 usage,\n"
                "3 a verdict is not the expected one, 4 bad input, 128 + signal: ended by it.\n");
    return pl_print_text(ctx, &text);
}
