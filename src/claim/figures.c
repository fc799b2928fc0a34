#include "claim/figures.h"

#include <errno.h>
#include <fcntl.h>
#include <sha2.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/progress.h"
#include "claim/environment.h"
#include "claim/gnuplot.h"
#include "claim/output.h"

extern char **environ;

/* What gnuplot is told beside the script: terminal and file. On paper a figure takes one column,
 * one of several panels two. */
static const struct {
    const char *name, *file, *terminal, *panels;
} outputs[] = {
    {"web", "fig.svg", "svg size 640,420 dynamic background 'white' font 'Helvetica,13'",
     "svg size 640,420 dynamic background 'white' font 'Helvetica,13'"},
    {"paper", "fig.pdf", "pdfcairo size 8.5cm,6cm font 'Helvetica,9'",
     "pdfcairo size 17.8cm,8cm font 'Helvetica,9'"},
    {"latex", "fig.tex", "epslatex size 8.5cm,6cm color", "epslatex size 17.8cm,8cm color"},
};
enum { N_OUTPUTS = sizeof outputs / sizeof *outputs, MAX_DATA = 4 };

static bool wanted(size_t output, const char *purpose) {
    return output == 0 || strcmp(outputs[output].name, purpose) == 0;
}

static const char *terminal(size_t output, const char *script) {
    return strstr(script, "set multiplot") ? outputs[output].panels : outputs[output].terminal;
}

/* ---- one figure ------------------------------------------------------------------------------ */

typedef struct bundle {
    pl_ctx *ctx;
    const pl_figure *figure;
    const char *style, *body;
    pl_text dir;
    char stamp[SHA256_DIGEST_STRING_LENGTH];
} bundle;

static pl_status file_path(const bundle *b, const char *name, const char *extension, pl_text *out) {
    pl_text_free(out);
    pl_text_printf(out, "%s/%s%s", pl_text_get(&b->dir), name, extension);
    return pl_text_status(b->ctx, out);
}

static bool exists(const bundle *b, const char *name, const char *extension) {
    pl_text path = {0};
    bool found = file_path(b, name, extension, &path) == PL_OK && access(path.s, R_OK) == 0;
    pl_text_free(&path);
    return found;
}

/* Everything that the figure's bytes depend on. Files that a preset reads are not among it: a
 * preset names built-in data, or a data set that does not change. */
static pl_status find_stamp(bundle *b) {
    SHA2_CTX sha;
    const pl_figure *f = b->figure;
    char gnuplot[64], executable[65] = "";
    pl_status status = pl_gnuplot_find(b->ctx, gnuplot);
    if (status)
        return status;
    if (pl_file_hash(b->ctx, "/proc/self/exe", executable) != PL_OK)
        snprintf(executable, sizeof executable, "%s", PL_VERSION_TEXT); /* no /proc */
    const char *words[8 + 2 * N_OUTPUTS + 3 * MAX_DATA] = {
        executable, gnuplot, b->style, b->body, f->id, f->title, f->caption, f->source};
    size_t n = 8;
    for (size_t i = 0; i < N_OUTPUTS; i++) {
        words[n++] = outputs[i].file;
        words[n++] = terminal(i, b->body);
    }
    for (size_t i = 0; i < MAX_DATA && f->data[i].file; i++) {
        words[n++] = f->data[i].file;
        words[n++] = f->data[i].program->name;
        words[n++] = f->data[i].preset;
    }
    SHA256Init(&sha);
    for (size_t i = 0; i < n; i++)
        if (words[i]) /* with its final NUL, so that neighbours cannot run together */
            SHA256Update(&sha, (const uint8_t *)words[i], strlen(words[i]) + 1);
    SHA256End(&sha, b->stamp);
    return PL_OK;
}

/* The stamp is the last file that is written: where it stands, the others are whole. */
static bool is_stamped(const bundle *b) {
    pl_text path = {0};
    unsigned char *bytes = NULL;
    size_t n;
    bool same = exists(b, "stamp", "") && exists(b, "fig", ".gp") && exists(b, "caption", ".txt") &&
                file_path(b, "stamp", "", &path) == PL_OK &&
                pl_file_read(b->ctx, path.s, &bytes, &n) == PL_OK && n == strlen(b->stamp) + 1 &&
                memcmp(bytes, b->stamp, n - 1) == 0;
    for (size_t i = 0; same && i < MAX_DATA && b->figure->data[i].file; i++)
        same = exists(b, b->figure->data[i].file, ".csv");
    pl_text_free(&path);
    pl_free(bytes);
    return same;
}

static bool is_drawn(const bundle *b, const char *purpose) {
    for (size_t i = 0; i < N_OUTPUTS; i++)
        if (wanted(i, purpose) && !exists(b, outputs[i].file, ""))
            return false;
    return true;
}

static pl_status write_data(const bundle *b) {
    pl_status status = PL_OK;
    const pl_figure *f = b->figure;
    pl_table *t = NULL;
    pl_text csv = {0}, path = {0};
    for (size_t i = 0; i < MAX_DATA && f->data[i].file; i++) {
        PL_TRY(pl_program_run_preset(b->ctx, f->data[i].program, f->data[i].preset, 1, NULL, &t));
        PL_TRY(file_path(b, f->data[i].file, ".csv", &path));
        pl_table_csv(t, &csv);
        PL_TRY(pl_text_status(b->ctx, &csv));
        PL_TRY(pl_text_write(b->ctx, path.s, csv.s));
        pl_table_free(t);
        t = NULL;
        pl_text_free(&csv);
    }
done:
    pl_table_free(t);
    pl_text_free(&csv);
    pl_text_free(&path);
    return status;
}

/* Data, script and caption; what was drawn from older ones goes first. */
static pl_status write_sources(const bundle *b) {
    pl_status status;
    const pl_figure *f = b->figure;
    pl_text script = {0}, caption = {0}, path = {0};
    PL_TRY(pl_make_directory(b->ctx, pl_text_get(&b->dir)));
    PL_TRY(file_path(b, "stamp", "", &path));
    remove(path.s);
    for (size_t i = 0; i < N_OUTPUTS; i++) {
        PL_TRY(file_path(b, outputs[i].file, "", &path));
        remove(path.s);
    }
    PL_TRY(write_data(b));
    pl_text_printf(&script,
                   "# %s: %s\n# %s\n# gnuplot -e \"set terminal svg; set output 'fig.svg'\""
                   " fig.gp\n\n%s\n%s",
                   f->id, f->title, f->source, b->style, b->body);
    pl_text_printf(&caption, "%s. %s\n\n%s\n", f->title, f->caption, f->source);
    PL_TRY(pl_text_status(b->ctx, &script));
    PL_TRY(pl_text_status(b->ctx, &caption));
    PL_TRY(file_path(b, "fig", ".gp", &path));
    PL_TRY(pl_text_write(b->ctx, path.s, script.s));
    PL_TRY(file_path(b, "caption", ".txt", &path));
    PL_TRY(pl_text_write(b->ctx, path.s, caption.s));
done:
    pl_text_free(&script);
    pl_text_free(&caption);
    pl_text_free(&path);
    return status;
}

static pl_status open_bundle(pl_ctx *ctx, const pl_registry *registry, const pl_figure *f,
                             const char *dir, bundle *out) {
    *out = (bundle){.ctx = ctx,
                    .figure = f,
                    .style = pl_registry_script(registry, "style"),
                    .body = pl_registry_script(registry, f->script)};
    if (!out->style || !out->body)
        return pl_fail(ctx, PL_EBUG, "figure %s: the script '%s' is not built in", f->id,
                       f->script);
    pl_text_printf(&out->dir, "%s/%s", dir, f->id);
    pl_status status = pl_text_status(ctx, &out->dir);
    return status ? status : find_stamp(out);
}

pl_status pl_figure_draw(pl_ctx *ctx, const pl_registry *registry, const pl_figure *figure,
                         const char *dir, const char *purpose) {
    bundle b;
    pl_text path = {0}, line = {0};
    pl_status status = open_bundle(ctx, registry, figure, dir, &b);
    if (status)
        goto done;
    bool stamped = is_stamped(&b);
    if (!stamped)
        PL_TRY(write_sources(&b));
    for (size_t i = 0; i < N_OUTPUTS; i++)
        if (wanted(i, purpose) && !exists(&b, outputs[i].file, ""))
            PL_TRY(pl_gnuplot_run(ctx, pl_text_get(&b.dir), "fig.gp", terminal(i, b.body),
                                  outputs[i].file));
    if (!stamped) {
        pl_text_printf(&line, "%s\n", b.stamp);
        PL_TRY(pl_text_status(ctx, &line));
        PL_TRY(file_path(&b, "stamp", "", &path));
        PL_TRY(pl_text_write(ctx, path.s, line.s));
    }
done:
    pl_text_free(&b.dir);
    pl_text_free(&path);
    pl_text_free(&line);
    return status;
}

/* ---- several, side by side ------------------------------------------------------------------- */

/* Another plumb that draws one figure. Not fork: a child of a process that has run OpenMP threads
 * must not run them itself. */
typedef struct worker {
    pid_t child; /* 0: idle */
    FILE *said;
    const pl_figure *figure;
} worker;

static pl_status start(pl_ctx *ctx, const pl_figure *f, const char *dir, const char *purpose,
                       worker *out) {
    char *argv[] = {"plumb", "figures",       (char *)f->id, "--out", (char *)dir,
                    "--for", (char *)purpose, "--threads",   "1",     NULL};
    posix_spawn_file_actions_t actions;
    pid_t child;
    FILE *said = tmpfile();
    if (!said)
        return pl_fail(ctx, PL_EIO, "a temporary file cannot be made: %s", strerror(errno));
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, fileno(said), STDERR_FILENO);
    int error = posix_spawn(&child, "/proc/self/exe", &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error) {
        fclose(said);
        return pl_fail(ctx, PL_EIO, "figure %s: plumb cannot start itself: %s", f->id,
                       strerror(error));
    }
    *out = (worker){child, said, f};
    return PL_OK;
}

/* The last line that the worker said, without its "plumb: ". */
static pl_status failed(pl_ctx *ctx, const worker *w) {
    char line[1000], last[1000] = "no reason was given";
    rewind(w->said);
    while (fgets(line, sizeof line, w->said))
        snprintf(last, sizeof last, "%s", strncmp(line, "plumb: ", 7) == 0 ? line + 7 : line);
    last[strcspn(last, "\n")] = '\0';
    return pl_fail(ctx, PL_EIO, "figure %s: %s", w->figure->id, last);
}

/* Waits for any worker; *busy loses it. */
static pl_status finish_one(pl_ctx *ctx, worker *workers, size_t n, size_t *busy) {
    int how;
    pid_t child;
    do
        child = waitpid(-1, &how, 0);
    while (child < 0 && errno == EINTR);
    if (child < 0) {
        *busy = 0;
        return pl_fail(ctx, PL_EIO, "waiting for a figure: %s", strerror(errno));
    }
    pl_status status = PL_OK;
    for (size_t i = 0; i < n; i++)
        if (workers[i].child == child) {
            if (!WIFEXITED(how) || WEXITSTATUS(how) != 0)
                status = failed(ctx, &workers[i]);
            fclose(workers[i].said);
            workers[i] = (worker){0};
            (*busy)--;
        }
    return status;
}

static pl_status draw_side_by_side(pl_ctx *ctx, const pl_figure *const *figures, size_t count,
                                   const char *dir, const char *purpose) {
    enum { MOST_WORKERS = 64 };
    pl_status status = PL_OK;
    worker workers[MOST_WORKERS] = {{0}};
    size_t n = (size_t)pl_threads(ctx) < MOST_WORKERS ? (size_t)pl_threads(ctx) : MOST_WORKERS;
    size_t next = 0, busy = 0, finished = 0;
    pl_progress progress = pl_progress_start("figures", count, false);
    while (busy || (next < count && status == PL_OK)) {
        for (size_t i = 0; i < n && next < count && status == PL_OK; i++)
            if (!workers[i].child) {
                status = start(ctx, figures[next], dir, purpose, &workers[i]);
                next += status == PL_OK;
                busy += status == PL_OK;
            }
        if (busy) {
            pl_status one = finish_one(ctx, workers, n, &busy);
            status = status ? status : one;
            pl_progress_step(&progress, ++finished);
        }
    }
    pl_progress_end(&progress);
    return status;
}

pl_status pl_figures_draw(pl_ctx *ctx, const pl_registry *registry, const pl_figure *const *figures,
                          size_t count, const char *dir, const char *purpose) {
    pl_status status;
    const pl_figure **stale = NULL;
    size_t n = 0;
    PL_NEW(ctx, stale, count + 1);
    PL_TRY(pl_gnuplot_find(ctx, NULL));
    PL_TRY(pl_make_directory(ctx, dir));
    if (access(dir, W_OK) != 0) {
        status = pl_fail(ctx, PL_EIO, "%s: cannot be written: %s; name another folder with --out",
                         dir, strerror(errno));
        goto done;
    }
    for (size_t i = 0; i < count; i++) {
        bundle b;
        status = open_bundle(ctx, registry, figures[i], dir, &b);
        if (status == PL_OK && (!is_stamped(&b) || !is_drawn(&b, purpose)))
            stale[n++] = figures[i];
        pl_text_free(&b.dir);
        if (status)
            goto done;
    }
    if (n > 1 && pl_threads(ctx) > 1)
        PL_TRY(draw_side_by_side(ctx, stale, n, dir, purpose));
    else
        for (size_t i = 0; i < n; i++)
            PL_TRY(pl_figure_draw(ctx, registry, stale[i], dir, purpose));
done:
    pl_free(stale);
    return status;
}

const pl_figure *pl_figure_of_program(const pl_registry *registry, const pl_program *program) {
    const pl_figure *f;
    for (size_t i = 0; (f = pl_registry_figure(registry, i)) != NULL; i++)
        for (size_t k = 0; k < MAX_DATA && f->data[k].file; k++)
            if (f->data[k].program == program)
                return f;
    return NULL;
}
