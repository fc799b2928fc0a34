/* plumb figures: which ones are meant, and where they go. */

#include <string.h>

#include "claim/commands.h"
#include "claim/figures.h"

const pl_option pl_figures_options[] = {
    {"out", PL_OPT_TEXT, "figures", 0, 0, NULL, "DIR", "a folder per figure is written there", 0},
    {"for", PL_OPT_SPEC, "web", 0, 0, "web|paper|latex", NULL, "SVG, and PDF or LaTeX beside it",
     0},
    {"paper", PL_OPT_TEXT, NULL, 0, 0, NULL, "KEY", "the figures of one paper", 0},
    {"all", PL_OPT_FLAG, NULL, 0, 0, NULL, NULL, "every figure that needs no training", 0},
    {"list", PL_OPT_FLAG, NULL, 0, 0, NULL, NULL, "list them and stop", 0},
    {"threads", PL_OPT_INT, NULL, 1, 1024, NULL, NULL,
     "figures drawn side by side, as many as there are cores unless given", 0},
    {0}};

static bool of_paper(const pl_figure *f, const char *paper) {
    return !paper || strncmp(f->source, paper, strlen(paper)) == 0;
}

/* A word that names no figure is answered with the nearest name. */
static pl_status check_word(pl_ctx *ctx, const pl_registry *registry, const char *word) {
    size_t best = SIZE_MAX;
    const char *nearest = NULL;
    const pl_figure *f;
    for (size_t i = 0; (f = pl_registry_figure(registry, i)) != NULL; i++) {
        if (strcmp(f->id, word) == 0)
            return PL_OK;
        pl_nearest(word, f->id, &best, &nearest);
    }
    return pl_fail(ctx, PL_EUSAGE, "'%s' is no figure%s%s; 'plumb figures --list' lists them", word,
                   nearest ? "; did you mean " : "", nearest ? nearest : "");
}

static pl_status choose(pl_ctx *ctx, const pl_registry *registry, const pl_options *o,
                        const pl_figure **chosen, size_t *count) {
    const char *paper = pl_option_text(o, "paper");
    bool list = pl_option_flag(o, "list");
    size_t words = pl_options_words(o);
    const pl_figure *f;
    for (size_t w = 0; w < words; w++) {
        pl_status status = check_word(ctx, registry, pl_options_word(o, w));
        if (status)
            return status;
    }
    *count = 0;
    for (size_t i = 0; (f = pl_registry_figure(registry, i)) != NULL; i++) {
        bool named = false;
        for (size_t w = 0; w < words; w++)
            named = named || strcmp(pl_options_word(o, w), f->id) == 0;
        bool quick = list || pl_figure_room(registry, f)->level == 0; /* others: by name */
        if (words ? named : quick && of_paper(f, paper))
            chosen[(*count)++] = f;
    }
    if (*count == 0)
        return pl_fail(ctx, PL_EUSAGE,
                       "no figure is of paper '%s'; 'plumb figures --list' lists "
                       "them with their papers",
                       paper ? paper : "");
    return PL_OK;
}

pl_status pl_cmd_figures(pl_ctx *ctx, const pl_registry *registry, int argc, char *const *argv) {
    pl_status status;
    pl_options *o = NULL;
    pl_text text = {0};
    const pl_figure **chosen = NULL;
    size_t total = 0, count;
    if (pl_wants_help(argc, argv))
        return pl_print_usage(
            ctx, "figures [ID ...] [options]",
            "Draws figures: CSV, gnuplot script, caption and SVG in a folder each. A figure whose "
            "inputs\ndid not change is not computed again.",
            pl_figures_options);
    PL_TRY(pl_options_parse(ctx, pl_figures_options, NULL, "...", argc, argv, &o));
    if (pl_option_has(o, "threads"))
        pl_set_threads(ctx, (int)pl_option_int(o, "threads"));
    while (pl_registry_figure(registry, total))
        total++;
    PL_NEW(ctx, chosen, total + 1);
    PL_TRY(choose(ctx, registry, o, chosen, &count));
    const char *dir = pl_option_text(o, "out");
    bool list = pl_option_flag(o, "list");
    if (!list)
        PL_TRY(pl_figures_draw(ctx, registry, chosen, count, dir, pl_option_spec(o, "for", NULL)));
    for (size_t i = 0; i < count; i++)
        if (list)
            pl_text_printf(&text, "%-20s %s (%s)\n", chosen[i]->id, chosen[i]->title,
                           chosen[i]->source);
        else
            pl_text_printf(&text, "%s/%s/fig.svg  %s\n", dir, chosen[i]->id, chosen[i]->title);
    PL_TRY(pl_text_status(ctx, &text));
    PL_TRY(pl_print(ctx, pl_text_get(&text)));
done:
    pl_free(chosen);
    pl_text_free(&text);
    pl_options_free(o);
    return status;
}
