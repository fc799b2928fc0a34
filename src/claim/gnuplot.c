#include "claim/gnuplot.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"

extern char **environ;

/* Columns by name in `using`, `set linetype`, boxed labels: all in 5.2. */
static const int OLDEST_MAJOR = 5, OLDEST_MINOR = 2;

static pl_status missing(pl_ctx *ctx, int error) {
    return pl_fail(ctx, PL_EIO, "gnuplot cannot be run: %s; apt-get install gnuplot-nox",
                   strerror(error));
}

/* Waits for a child; its exit status, or -1 when a signal ended it. */
static int wait_for(pid_t child) {
    int status = 0;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

pl_status pl_gnuplot_find(pl_ctx *ctx, char version[64]) {
    char *argv[] = {"gnuplot", "--version", NULL}, line[64] = "";
    int ends[2], major, minor;
    size_t length = 0;
    ssize_t n;
    pid_t child;
    posix_spawn_file_actions_t actions;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return missing(ctx, errno);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    int error = posix_spawnp(&child, "gnuplot", &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    while (!error && length + 1 < sizeof line &&
           (n = read(ends[0], line + length, sizeof line - 1 - length)) > 0)
        length += (size_t)n;
    close(ends[0]);
    if (error)
        return missing(ctx, error);
    line[strcspn(line, "\n")] = '\0';
    if (wait_for(child) != 0 || sscanf(line, "gnuplot %d.%d", &major, &minor) != 2)
        return pl_fail(ctx, PL_EIO,
                       "'gnuplot --version' says '%s', no version; apt-get install gnuplot-nox",
                       line);
    if (major < OLDEST_MAJOR || (major == OLDEST_MAJOR && minor < OLDEST_MINOR))
        return pl_fail(ctx, PL_EIO,
                       "gnuplot %d.%d is too old, the figures need %d.%d; apt-get install "
                       "gnuplot-nox from a newer release",
                       major, minor, OLDEST_MAJOR, OLDEST_MINOR);
    if (version)
        memcpy(version, line, sizeof line);
    return PL_OK;
}

pl_status pl_gnuplot_run(pl_ctx *ctx, const char *dir, const char *script, const char *terminal,
                         const char *file) {
    pl_text command = {0};
    posix_spawn_file_actions_t actions;
    pid_t child;
    pl_text_printf(&command, "set terminal %s; set output '%s'", terminal, file);
    pl_status status = pl_text_status(ctx, &command);
    if (status) {
        pl_text_free(&command);
        return status;
    }
    char *argv[] = {"gnuplot", "-e", command.s, (char *)script, NULL};
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addchdir_np(&actions, dir);
    int error = posix_spawnp(&child, "gnuplot", &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    pl_text_free(&command);
    if (error)
        return missing(ctx, error);
    int exit_status = wait_for(child);
    if (exit_status != 0)
        return pl_fail(ctx, PL_EIO, "gnuplot stopped with status %d on %s/%s", exit_status, dir,
                       script);
    return PL_OK;
}
