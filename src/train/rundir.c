#include "train/rundir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

pl_status pl_rundir_make(pl_ctx *ctx, const char *dir) {
    char path[4096];
    size_t length = strlen(dir);
    if (length >= sizeof path)
        return pl_fail(ctx, PL_EUSAGE, "--out: a path of %zu characters", length);
    for (size_t i = 1; i <= length; i++) {
        if (dir[i] != '/' && dir[i] != '\0')
            continue;
        memcpy(path, dir, i);
        path[i] = '\0';
        if (mkdir(path, 0777) != 0 && errno != EEXIST)
            return pl_fail(ctx, PL_EIO, "%s: cannot be made: %s", path, strerror(errno));
    }
    return PL_OK;
}

static bool ends_with(const char *name, const char *suffix) {
    size_t n = strlen(name), m = strlen(suffix);
    return n > m && strcmp(name + n - m, suffix) == 0;
}

/* Temporaries of base/file.c beside a run's own files; nobody else writes here. */
static bool is_leftover(const char *name) {
    static const char *const files[] = {"checkpoint.safetensors.", "weights.safetensors.",
                                        "epochs.csv.", "run.json."};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (strncmp(name, files[i], strlen(files[i])) == 0 && ends_with(name, ".tmp"))
            return true;
    return false;
}

static void remove_leftovers(const char *path) {
    DIR *dir = opendir(path);
    if (!dir)
        return;
    for (struct dirent *e; (e = readdir(dir)) != NULL;)
        if (is_leftover(e->d_name))
            unlinkat(dirfd(dir), e->d_name, 0);
    closedir(dir);
}

pl_status pl_rundir_enter(pl_ctx *ctx, const char *dir, int *out) {
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return pl_fail(ctx, PL_EIO, "%s: cannot be opened: %s", dir, strerror(errno));
    if (flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        close(fd);
        return pl_fail(ctx, PL_EIO, "%s: another plumb train is at work there", dir);
    }
    remove_leftovers(dir); /* a file system without locks: nobody else is taken to be there */
    *out = fd;
    return PL_OK;
}

void pl_rundir_leave(int entered) {
    if (entered >= 0)
        close(entered);
}
