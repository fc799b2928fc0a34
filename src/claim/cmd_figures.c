/* plumb figures: a figure is a program's CSV, a gnuplot script that stands alone, and the SVG. */

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "claim/commands.h"
#include "claim/output.h"

extern char **environ;

static const pl_option options[] = {
    {"out", PL_OPT_TEXT, "figures", 0, 0, NULL, "DIR", "a folder per figure is written there", 0},
    {"for", PL_OPT_SPEC, "web", 0, 0, "web|paper|latex", NULL, "SVG, and PDF or LaTeX beside it",
     0},
    {"paper", PL_OPT_TEXT, NULL, 0, 0, NULL, "KEY", "the figures of one paper", 0},
    {"all", PL_OPT_FLAG, NULL, 0, 0, NULL, NULL, "every figure", 0},
    {"list", PL_OPT_FLAG, NULL, 0, 0, NULL, NULL, "list them and stop", 0},
    {"threads", PL_OPT_INT, NULL, 1, 1024, NULL, NULL, "threads, all cores unless given", 0},
    {0}};

/* What gnuplot is told beside the script: terminal and file. */
static const struct {
    const char *name, *file, *terminal;
} outputs[] = {
    {"web", "fig.svg", "svg size 640,420 dynamic background 'white' font 'Helvetica,13'"},
    {"paper", "fig.pdf", "pdfcairo size 8.5cm,6cm font 'Helvetica,9'"},
    {"latex", "fig.tex", "epslatex size 8.5cm,6cm color"},
};

/* Runs gnuplot in `dir` on fig.gp with the terminal set; its own words go to standard error. */
static pl_status run_gnuplot(pl_ctx *ctx, const char *id, const char *dir, const char *terminal,
                             const char *file) {
    pl_text command = {0};
    posix_spawn_file_actions_t actions;
    pid_t child;
    int wait_status = 0;
    pl_text_printf(&command, "set terminal %s; set output '%s'", terminal, file);
    pl_status status = pl_text_status(ctx, &command);
    if (status) {
        pl_text_free(&command);
        return status;
    }
    char *argv[] = {"gnuplot", "-e", command.s, "fig.gp", NULL};
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addchdir_np(&actions, dir);
    int error = posix_spawnp(&child, "gnuplot", &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    pl_text_free(&command);
    if (error)
        return pl_fail(ctx, PL_EIO, "gnuplot cannot be run: %s; apt-get install gnuplot-nox",
                       strerror(error));
    while (waitpid(child, &wait_status, 0) < 0 && errno == EINTR) {
    }
    if (!WIFEXITED(wait_status) || WEXITSTATUS(wait_status) != 0)
        return pl_fail(ctx, PL_EIO, "figure %s: gnuplot stopped with status %d on %s/fig.gp", id,
                       WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : -1, dir);
    return PL_OK;
}

static pl_status write_data(pl_ctx *ctx, const pl_figure *f, const char *dir) {
    pl_status status = PL_OK;
    pl_table *t = NULL;
    pl_text csv = {0}, path = {0};
    for (size_t i = 0; i < sizeof f->data / sizeof *f->data && f->data[i].file; i++) {
        PL_TRY(pl_program_run_preset(ctx, f->data[i].program, f->data[i].preset, 1, NULL, &t));
        pl_text_printf(&path, "%s/%s.csv", dir, f->data[i].file);
        pl_table_csv(t, &csv);
        PL_TRY(pl_text_status(ctx, &csv));
        PL_TRY(pl_text_write(ctx, pl_text_get(&path), pl_text_get(&csv)));
        pl_table_free(t);
        t = NULL;
        pl_text_free(&csv);
        pl_text_free(&path);
    }
done:
    pl_table_free(t);
    pl_text_free(&csv);
    pl_text_free(&path);
    return status;
}

static pl_status draw(pl_ctx *ctx, const pl_registry *registry, const pl_figure *f,
                      const char *out_dir, const char *purpose) {
    pl_status status;
    pl_text dir = {0}, script = {0}, path = {0}, caption = {0};
    const char *style = pl_registry_script(registry, "style");
    const char *body = pl_registry_script(registry, f->script);
    if (!style || !body)
        return pl_fail(ctx, PL_EBUG, "figure %s: the script '%s' is not built in", f->id,
                       f->script);
    pl_text_printf(&dir, "%s/%s", out_dir, f->id);
    PL_TRY(pl_make_directory(ctx, pl_text_get(&dir)));
    PL_TRY(write_data(ctx, f, pl_text_get(&dir)));
    pl_text_printf(&script,
                   "# %s: %s\n# %s\n# gnuplot -e \"set terminal svg; set output 'fig.svg'\""
                   " fig.gp\n\n%s\n%s",
                   f->id, f->title, f->source, style, body);
    pl_text_printf(&path, "%s/fig.gp", pl_text_get(&dir));
    PL_TRY(pl_text_write(ctx, pl_text_get(&path), pl_text_get(&script)));
    pl_text_free(&path);
    pl_text_printf(&caption, "%s. %s\n\n%s\n", f->title, f->caption, f->source);
    pl_text_printf(&path, "%s/caption.txt", pl_text_get(&dir));
    PL_TRY(pl_text_write(ctx, pl_text_get(&path), pl_text_get(&caption)));
    for (size_t i = 0; i < sizeof outputs / sizeof *outputs; i++)
        if (i == 0 || strcmp(outputs[i].name, purpose) == 0)
            PL_TRY(
                run_gnuplot(ctx, f->id, pl_text_get(&dir), outputs[i].terminal, outputs[i].file));
done:
    pl_text_free(&dir);
    pl_text_free(&script);
    pl_text_free(&path);
    pl_text_free(&caption);
    return status;
}

static bool wanted(const pl_options *o, const pl_figure *f) {
    const char *paper = pl_option_text(o, "paper");
    size_t words = pl_options_words(o);
    for (size_t w = 0; w < words; w++)
        if (strcmp(pl_options_word(o, w), f->id) == 0)
            return true;
    if (words)
        return false;
    return !paper || strncmp(f->source, paper, strlen(paper)) == 0;
}

pl_status pl_cmd_figures(pl_ctx *ctx, const pl_registry *registry, int argc, char *const *argv) {
    pl_status status;
    pl_options *o = NULL;
    pl_text text = {0};
    size_t drawn = 0;
    if (pl_wants_help(argc, argv))
        return pl_print_usage(
            ctx, "figures [ID ...] [options]",
            "Draws figures: CSV, gnuplot script, caption and SVG in a folder each.", options);
    PL_TRY(pl_options_parse(ctx, options, NULL, "...", argc, argv, &o));
    if (pl_option_has(o, "threads"))
        pl_set_threads(ctx, (int)pl_option_int(o, "threads"));
    const char *dir = pl_option_text(o, "out");
    const pl_figure *f;
    for (size_t i = 0; (f = pl_registry_figure(registry, i)) != NULL; i++) {
        if (!wanted(o, f))
            continue;
        drawn++;
        if (pl_option_flag(o, "list")) {
            pl_text_printf(&text, "%-18s %s (%s)\n", f->id, f->title, f->source);
            continue;
        }
        PL_TRY(draw(ctx, registry, f, dir, pl_option_spec(o, "for", NULL)));
        pl_text_printf(&text, "%s/%s/fig.svg  %s\n", dir, f->id, f->title);
    }
    if (drawn < pl_options_words(o) || drawn == 0) {
        status = pl_fail(ctx, PL_EUSAGE, "%s is no figure; 'plumb figures --list' lists them",
                         pl_options_words(o) ? "one of the names" : "that choice");
        goto done;
    }
    PL_TRY(pl_text_status(ctx, &text));
    PL_TRY(pl_print(ctx, pl_text_get(&text)));
done:
    pl_text_free(&text);
    pl_options_free(o);
    return status;
}
