/* plumb completion bash: every word that can follow, from the same tables as everything else. */

#include <ctype.h>
#include <string.h>

#include "claim/claim.h"
#include "claim/commands.h"

/* "--dim --law ..." of up to two tables. */
static void option_names(const pl_option *rows, pl_text *out) {
    for (const pl_option *row = rows; row && row->name; row++)
        pl_text_printf(out, " --%s", row->name);
}

/* The plain words of "uniform|vmf:KC|VALUE": what stands before a colon, unless it is a number's
 * placeholder, which is in capitals. */
static void form_words(const char *forms, pl_text *out) {
    while (*forms) {
        size_t n = strcspn(forms, "|"), word = strcspn(forms, "|:");
        if (word && !isupper((unsigned char)forms[0]))
            pl_text_printf(out, " %.*s%s", (int)word, forms, forms[word] == ':' ? ":" : "");
        forms += n + (forms[n] == '|');
    }
}

/* One case a command: its options, and the words of the options that take one of a list. */
static void command_case(const char *key, const pl_option *rows, const pl_option *more,
                         pl_text *out) {
    pl_text_printf(out, "    '%s')\n        options='--help", key);
    option_names(rows, out);
    option_names(more, out);
    pl_text_add(out, "'\n        case $before in\n");
    for (int table = 0; table < 2; table++)
        for (const pl_option *row = table ? more : rows; row && row->name; row++)
            if (row->kind == PL_OPT_SPEC) {
                pl_text_printf(out, "        --%s) values='", row->name);
                form_words(row->forms, out);
                pl_text_add(out, "' ;;\n");
            } else if (row->kind == PL_OPT_INPUT || row->kind == PL_OPT_TEXT) {
                pl_text_printf(out, "        --%s) files=1 ;;\n", row->name);
            }
    pl_text_add(out, "        esac ;;\n");
}

static void word_lists(const pl_registry *registry, pl_text *out) {
    const pl_claim *c;
    const pl_figure *f;
    pl_text_add(out, "_plumb_commands='");
    for (const pl_command *k = registry->commands; k->name; k++)
        pl_text_printf(out, " %s", k->name);
    for (const pl_program *const *p = registry->tools; *p; p++)
        pl_text_printf(out, " %s", (*p)->name);
    for (const pl_room *const *r = registry->rooms; *r; r++)
        pl_text_printf(out, " %s", (*r)->name);
    pl_text_add(out, "'\n_plumb_claims='");
    for (size_t i = 0; (c = pl_registry_claim(registry, i, NULL)) != NULL; i++)
        pl_text_printf(out, " %s", c->id);
    pl_text_add(out, "'\n_plumb_figures='");
    for (size_t i = 0; (f = pl_registry_figure(registry, i)) != NULL; i++)
        pl_text_printf(out, " %s", f->id);
    pl_text_add(out, "'\n");
    for (const pl_room *const *r = registry->rooms; *r; r++) {
        pl_text_printf(out, "_plumb_room_%s='", (*r)->name);
        for (const pl_program *const *p = (*r)->programs; *p; p++)
            pl_text_printf(out, " %s", (*p)->name);
        pl_text_add(out, "'\n");
    }
}

/* Bare words: claims, figures, a room's programs; files otherwise. */
static void bare_words(const pl_registry *registry, pl_text *out) {
    pl_text_add(out, "    case $command in\n"
                     "    verify | claims | errata) values=$_plumb_claims ;;\n"
                     "    figures) values=$_plumb_figures ;;\n"
                     "    help) values=\"$_plumb_commands losses views verdicts\" ;;\n"
                     "    completion) values=bash ;;\n");
    for (const pl_room *const *r = registry->rooms; *r; r++)
        pl_text_printf(out, "    %s) [ \"$COMP_CWORD\" = 2 ] && values=$_plumb_room_%s ;;\n",
                       (*r)->name, (*r)->name);
    pl_text_add(out, "    *) files=1 ;;\n    esac\n");
}

pl_status pl_cmd_completion(pl_ctx *ctx, const pl_registry *registry, int argc, char *const *argv) {
    pl_text text = {0};
    if (pl_wants_help(argc, argv))
        return pl_print_usage(ctx, "completion bash",
                              "Completes commands, programs, options and their words: put\n"
                              "eval \"$(plumb completion bash)\" into the shell's start file.",
                              NULL);
    if (argc != 1 || strcmp(argv[0], "bash") != 0)
        return pl_fail(ctx, PL_EUSAGE,
                       "plumb completion knows 'bash' alone: eval \"$(plumb completion bash)\"");
    pl_text_add(&text, "# completion of plumb for bash: eval \"$(plumb completion bash)\"\n");
    word_lists(registry, &text);
    pl_text_add(&text, "_plumb() {\n"
                       "    local word before command key options='' values='' files=''\n"
                       "    word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
                       "    command=${COMP_WORDS[1]} key=${COMP_WORDS[1]}\n"
                       "    COMPREPLY=()\n"
                       "    if [ \"$COMP_CWORD\" = 1 ]; then\n"
                       "        COMPREPLY=($(compgen -W \"$_plumb_commands\" -- \"$word\"))\n"
                       "        return\n"
                       "    fi\n"
                       "    case $command in\n    ");
    for (const pl_room *const *r = registry->rooms; *r; r++)
        pl_text_printf(&text, "%s%s", r == registry->rooms ? "" : " | ", (*r)->name);
    pl_text_add(&text, ") key=\"$command ${COMP_WORDS[2]}\" ;;\n    esac\n    case $key in\n");
    for (const pl_command *k = registry->commands; k->name; k++)
        command_case(k->name, k->options, NULL, &text);
    for (const pl_program *const *p = registry->tools; *p; p++)
        command_case((*p)->name, (*p)->options, pl_program_common(*p), &text);
    for (const pl_room *const *r = registry->rooms; *r; r++)
        for (const pl_program *const *p = (*r)->programs; *p; p++) {
            pl_text key = {0};
            pl_text_printf(&key, "%s %s", (*r)->name, (*p)->name);
            command_case(pl_text_get(&key), (*p)->options, pl_program_common(*p), &text);
            text.failed = text.failed || key.failed;
            pl_text_free(&key);
        }
    pl_text_add(&text, "    esac\n    if [ -z \"$values$files\" ] && [[ $word != -* ]]; then\n");
    bare_words(registry, &text);
    pl_text_add(&text, "    fi\n"
                       "    if [ -n \"$values\" ]; then\n"
                       "        COMPREPLY=($(compgen -W \"$values\" -- \"$word\"))\n"
                       "    elif [ -n \"$files\" ]; then\n"
                       "        COMPREPLY=($(compgen -f -- \"$word\"))\n"
                       "    else\n"
                       "        COMPREPLY=($(compgen -W \"$options\" -- \"$word\"))\n"
                       "    fi\n"
                       "}\n"
                       "complete -o filenames -F _plumb plumb\n");
    return pl_print_text(ctx, &text);
}
