#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

enum { BUFFER = 1 << 16, TRIES = 100 };

struct pl_file {
    char *path;               /* as the caller wrote it, for messages */
    char *target, *temporary; /* NULL: written directly */
    int fd;
    size_t used, written;
    unsigned char buffer[BUFFER];
};

/* What can be done about it, where the system's own words do not say. */
static const char *remedy(int error) {
    switch (error) {
    case ENOSPC:
    case EDQUOT:
        return "; free some space, or write elsewhere";
    case EFBIG:
        return "; raise the limit of file sizes (ulimit -f), or write elsewhere";
    case EACCES:
    case EPERM:
    case EROFS:
        return "; write elsewhere, or ask for the permission";
    case ENOENT:
    case ENOTDIR:
        return "; make its directory first";
    }
    return "";
}

static pl_status failed(pl_ctx *ctx, const char *path, int error) {
    return pl_fail(ctx, PL_EIO, "%s: cannot be written: %s%s", path, strerror(error),
                   remedy(error));
}

/* ---- writing ------------------------------------------------------------------------------ */

static void file_free(pl_file *f) {
    if (f->fd >= 0)
        close(f->fd);
    pl_free(f->path);
    pl_free(f->target);
    pl_free(f->temporary);
    pl_free(f);
}

/* A name of a descriptor that is open already. It may lead to a regular file, which is then
 * continued (`plumb ... -o /dev/stdout >> all.csv`), not replaced. */
static bool names_descriptor(const char *path) {
    return strcmp(path, "/dev/stdout") == 0 || strcmp(path, "/dev/stderr") == 0 ||
           strncmp(path, "/dev/fd/", 8) == 0 || strncmp(path, "/proc/self/fd/", 14) == 0;
}

static pl_status begin_direct(pl_ctx *ctx, pl_file *f) {
    f->fd = open(f->path, O_WRONLY | O_APPEND | O_CLOEXEC);
    return f->fd < 0 ? failed(ctx, f->path, errno) : PL_OK;
}

/* A new file beside the target, so that the rename stays within one file system. `old` is the
 * file that it will replace, or NULL; its permissions are kept. */
static pl_status begin_temporary(pl_ctx *ctx, pl_file *f, const struct stat *old) {
    size_t room = strlen(f->target) + 48;
    f->temporary = pl_alloc(ctx, room, 1);
    if (!f->temporary)
        return PL_ENOMEM;
    for (int k = 0; k < TRIES && f->fd < 0; k++) {
        snprintf(f->temporary, room, "%s.%ld-%d.tmp", f->target, (long)getpid(), k);
        f->fd = open(f->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (f->fd < 0 && errno != EEXIST)
            break;
    }
    if (f->fd < 0)
        return failed(ctx, f->path, errno);
    if (old && fchmod(f->fd, old->st_mode & 0777) != 0) {
        int error = errno;
        unlink(f->temporary);
        return failed(ctx, f->path, error);
    }
    return PL_OK;
}

/* The file that stands at path in the end: a link is followed, so that it stays a link. */
static pl_status take_target(pl_ctx *ctx, pl_file *f, bool exists) {
    char *real = exists ? realpath(f->path, NULL) : NULL;
    if (exists && !real)
        return failed(ctx, f->path, errno);
    f->target = pl_strdup(ctx, real ? real : f->path);
    free(real);
    return f->target ? PL_OK : PL_ENOMEM;
}

pl_status pl_file_begin(pl_ctx *ctx, const char *path, pl_file **out) {
    pl_status status = PL_OK;
    pl_file *f = NULL;
    struct stat info;
    bool exists = stat(path, &info) == 0;
    if (*path == '\0') /* the temporary would have a name all the same */
        return failed(ctx, "''", ENOENT);
    if (exists && S_ISDIR(info.st_mode))
        return pl_fail(ctx, PL_EIO, "%s: is a directory; name a file in it", path);
    if (exists && access(path, W_OK) != 0) /* a rename would go over a read-only file unasked */
        return failed(ctx, path, errno);
    PL_NEW(ctx, f, 1);
    f->fd = -1;
    f->path = pl_strdup(ctx, path);
    if (!f->path) {
        status = PL_ENOMEM;
        goto done;
    }
    if (names_descriptor(path) || (exists && !S_ISREG(info.st_mode))) {
        PL_TRY(begin_direct(ctx, f));
    } else {
        PL_TRY(take_target(ctx, f, exists));
        PL_TRY(begin_temporary(ctx, f, exists ? &info : NULL));
    }
    *out = f;
    f = NULL;
done:
    if (f)
        file_free(f);
    return status;
}

static pl_status put(pl_ctx *ctx, pl_file *f, const unsigned char *data, size_t n) {
    while (n > 0) {
        ssize_t put_now = write(f->fd, data, n);
        if (put_now < 0 && errno == EINTR)
            continue;
        if (put_now <= 0) {
            int error = put_now < 0 ? errno : ENOSPC;
            return pl_fail(ctx, PL_EIO, "%s: writing stopped after %zu bytes: %s%s", f->path,
                           f->written, strerror(error), remedy(error));
        }
        f->written += (size_t)put_now;
        data += put_now;
        n -= (size_t)put_now;
    }
    return PL_OK;
}

static pl_status flush(pl_ctx *ctx, pl_file *f) {
    size_t n = f->used;
    f->used = 0;
    return put(ctx, f, f->buffer, n);
}

pl_status pl_file_write(pl_ctx *ctx, pl_file *f, const void *data, size_t n) {
    if (n > BUFFER - f->used) {
        pl_status status = flush(ctx, f);
        if (status)
            return status;
    }
    if (n > BUFFER)
        return put(ctx, f, data, n);
    if (n > 0)
        memcpy(f->buffer + f->used, data, n);
    f->used += n;
    return PL_OK;
}

/* The name itself reaches the disk with the directory. Some file systems cannot do this; the file
 * is complete all the same. */
static void sync_directory(const char *target) {
    const char *slash = strrchr(target, '/');
    char *dir = slash ? strndup(target, (size_t)(slash - target) + 1) : strdup(".");
    int fd = dir ? open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    free(dir);
    if (fd < 0)
        return;
    fsync(fd);
    close(fd);
}

pl_status pl_file_commit(pl_ctx *ctx, pl_file *f) {
    pl_status status;
    PL_TRY(flush(ctx, f));
    if (f->temporary && fsync(f->fd) != 0) {
        status = failed(ctx, f->path, errno);
        goto done;
    }
    int closed = close(f->fd);
    f->fd = -1;
    if (closed != 0 || (f->temporary && rename(f->temporary, f->target) != 0)) {
        status = failed(ctx, f->path, errno);
        goto done;
    }
    if (f->target)
        sync_directory(f->target);
    file_free(f);
    return PL_OK;
done:
    pl_file_abandon(f);
    return status;
}

void pl_file_abandon(pl_file *f) {
    if (!f)
        return;
    if (f->temporary)
        unlink(f->temporary);
    file_free(f);
}
