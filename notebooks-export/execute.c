/* Runs the solved notebooks: `jupyter nbconvert` as a process, so that the exporter itself needs
 * no Python. */

#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "notebooks-export/course.h"

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

pl_status course_execute(pl_ctx *ctx, const course *c, const char *dir) {
    static const char *const run[] = {"--to",
                                      "notebook",
                                      "--execute",
                                      "--inplace",
                                      "--ExecutePreprocessor.record_timing=False",
                                      "--ExecutePreprocessor.timeout=120",
                                      NULL};
    static const char *const page[] = {"--to", "html", NULL};
    pl_status status = PL_OK;
    pl_text path = {0};
    prepare_environment();
    for (size_t i = 0; i < c->n; i++) {
        path = course_path(dir, LAB_SOLUTION, c->labs[i].name, ".ipynb");
        PL_TRY(pl_text_status(ctx, &path));
        PL_TRY(nbconvert(ctx, path.s, run));
        PL_TRY(nbconvert(ctx, path.s, page));
        pl_text_free(&path);
    }
done:
    pl_text_free(&path);
    return status;
}
