/* Runs the solved notebooks: `jupyter nbconvert` as a process, so that the exporter itself needs
 * no Python. */

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "claim/output.h"
#include "notebooks-export/course.h"
#include "notebooks-export/mathml.h"

extern char **environ;

/* nbconvert over one notebook; its own words go to standard error. */
static pl_status nbconvert(pl_ctx *ctx, const char *path, const char *const *how) {
    const char *argv[16] = {"jupyter-nbconvert", "--log-level=ERROR"};
    size_t n = 2;
    pid_t child;
    int wait_status = 0;
    for (; *how; how++)
        argv[n++] = *how;
    argv[n] = path;
    int error = posix_spawnp(&child, argv[0], NULL, NULL, (char *const *)argv, environ);
    if (error)
        return pl_fail(ctx, PL_EIO,
                       "jupyter-nbconvert cannot be run: %s; apt-get install jupyter-nbconvert "
                       "python3-ipykernel, or export without --execute",
                       strerror(error));
    while (waitpid(child, &wait_status, 0) < 0 && errno == EINTR) {
    }
    if (!WIFEXITED(wait_status) || WEXITSTATUS(wait_status) != 0)
        return pl_fail(ctx, PL_EIO, "%s: nbconvert stopped with status %d; a cell failed, or %s",
                       path, WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : -1,
                       "the kernel is missing (apt-get install python3-ipykernel)");
    return PL_OK;
}

/* The labs call this very program, wherever it was found, unless PLUMB says otherwise. */
static void prepare_environment(void) {
    char self[4096];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n > 0) {
        self[n] = '\0';
        setenv("PLUMB", self, 0);
    }
    setenv("PYDEVD_DISABLE_FILE_VALIDATION", "1", 0); /* or the kernel speaks on standard error */
}

/* ---- pages ----------------------------------------------------------------------------------- */

/* The notebook with its formulas as MathML, and the question as the page's title. */
static pl_status with_mathml(pl_ctx *ctx, json_t *notebook) {
    pl_status status = PL_OK;
    json_t *metadata = json_object_get(notebook, "metadata"), *cell;
    pl_text text = {0};
    size_t i;
    json_array_foreach(json_object_get(notebook, "cells"), i, cell) {
        if (strcmp(json_string_value(json_object_get(cell, "cell_type")), "markdown") != 0)
            continue;
        PL_TRY(lab_markdown_mathml(ctx, json_string_value(json_object_get(cell, "source")), &text));
        json_object_set_new(cell, "source", json_string(text.s ? text.s : ""));
        pl_text_free(&text);
    }
    json_object_set(metadata, "title",
                    json_object_get(json_object_get(metadata, "plumb"), "question"));
done:
    pl_text_free(&text);
    return status;
}

/* nbconvert's page without its scripts, which fetch formulas, and barred from fetching anything. */
static void stand_alone(const char *html, pl_text *out) {
    static const char policy[] =
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
        "'unsafe-inline'; img-src data:; font-src data:\">";
    const char *head = strstr(html, "<head>");
    if (head) {
        head += strlen("<head>");
        pl_text_printf(out, "%.*s%s", (int)(head - html), html, policy);
        html = head;
    }
    for (const char *script; (script = strstr(html, "<script")) != NULL;) {
        const char *end = strstr(script, "</script>");
        pl_text_printf(out, "%.*s", (int)(script - html), html);
        html = end ? end + strlen("</script>") : script + strlen(script);
    }
    pl_text_add(out, html);
}

static pl_status write_page(pl_ctx *ctx, const char *dir, const char *lab) {
    static const char *const page[] = {"--to", "html", NULL};
    pl_status status;
    unsigned char *bytes = NULL;
    char *html = NULL;
    size_t n;
    json_t *notebook = NULL;
    pl_text solved = course_path(dir, LAB_SOLUTION, lab, ".ipynb"), out = {0};
    pl_text path = course_path(dir, LAB_SOLUTION, lab, ".html");
    pl_text copy = course_path(dir, LAB_SOLUTION, lab, ".page.ipynb");
    pl_text made = course_path(dir, LAB_SOLUTION, lab, ".page.html");
    PL_TRY(pl_text_status(ctx, &solved));
    PL_TRY(pl_text_status(ctx, &path));
    PL_TRY(pl_text_status(ctx, &copy));
    PL_TRY(pl_text_status(ctx, &made));
    PL_TRY(lab_read(ctx, solved.s, &notebook));
    PL_TRY(with_mathml(ctx, notebook));
    PL_TRY(lab_write(ctx, notebook, copy.s));
    PL_TRY(nbconvert(ctx, copy.s, page));
    PL_TRY(pl_file_read(ctx, made.s, &bytes, &n));
    PL_NEW(ctx, html, n + 1);
    memcpy(html, bytes, n);
    stand_alone(html, &out);
    PL_TRY(pl_text_status(ctx, &out));
    PL_TRY(pl_text_write(ctx, path.s, out.s));
done:
    if (copy.s)
        remove(copy.s);
    if (made.s)
        remove(made.s);
    json_decref(notebook);
    pl_free(bytes);
    pl_free(html);
    pl_text_free(&solved);
    pl_text_free(&path);
    pl_text_free(&copy);
    pl_text_free(&made);
    pl_text_free(&out);
    return status;
}

pl_status course_execute(pl_ctx *ctx, const course *c, const char *dir) {
    static const char *const run[] = {"--to",
                                      "notebook",
                                      "--execute",
                                      "--inplace",
                                      "--ExecutePreprocessor.record_timing=False",
                                      "--ExecutePreprocessor.timeout=120",
                                      NULL};
    pl_status status = PL_OK;
    pl_text path = {0};
    prepare_environment();
    for (size_t i = 0; i < c->n; i++) {
        path = course_path(dir, LAB_SOLUTION, c->labs[i].name, ".ipynb");
        PL_TRY(pl_text_status(ctx, &path));
        PL_TRY(nbconvert(ctx, path.s, run));
        PL_TRY(write_page(ctx, dir, c->labs[i].name));
        pl_text_free(&path);
    }
done:
    pl_text_free(&path);
    return status;
}
