/* Reading: sizes are known first, so that nothing a file says is believed beyond them. */

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sha2.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK = 1 << 16 };

pl_status pl_source_open(pl_ctx *ctx, const char *path, pl_source *out) {
    struct stat info;
    /* Without O_NONBLOCK, opening a named pipe would wait for its writer. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &info) != 0) {
        pl_status status = pl_fail(ctx, PL_EIO, "%s: cannot be read: %s", path, strerror(errno));
        if (fd >= 0)
            close(fd);
        return status;
    }
    if (!S_ISREG(info.st_mode)) {
        close(fd);
        return pl_fail(ctx, PL_EIO, "%s: is %s, expected a regular file", path,
                       S_ISDIR(info.st_mode) ? "a directory" : "a pipe or a device");
    }
    *out = (pl_source){.path = path, .fd = fd, .size = (size_t)info.st_size};
    return PL_OK;
}

pl_source pl_source_memory(const unsigned char *bytes, size_t n) {
    return (pl_source){.bytes = bytes, .fd = -1, .size = n};
}

void pl_source_close(pl_source *s) {
    if (s->path)
        close(s->fd);
    *s = (pl_source){.fd = -1};
}

pl_status pl_source_read(pl_ctx *ctx, const pl_source *s, size_t at, void *to, size_t n) {
    unsigned char *next = to;
    if (at > s->size || n > s->size - at)
        return pl_fail(ctx, PL_EINPUT, "is cut short: %zu bytes at %zu are missing from its %zu", n,
                       at, s->size);
    if (!s->path) {
        if (n > 0)
            memcpy(to, s->bytes + at, n);
        return PL_OK;
    }
    while (n > 0) {
        ssize_t got = pread(s->fd, next, n, (off_t)at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return pl_fail(ctx, PL_EIO, "cannot be read: %s", strerror(errno));
        if (got == 0)
            return pl_fail(ctx, PL_EIO, "became shorter while it was read");
        next += got;
        at += (size_t)got;
        n -= (size_t)got;
    }
    return PL_OK;
}

pl_status pl_file_read(pl_ctx *ctx, const char *path, unsigned char **bytes, size_t *n) {
    pl_status status;
    pl_source s = {.fd = -1};
    unsigned char *all = NULL;
    PL_TRY(pl_source_open(ctx, path, &s));
    if (s.size == 0) {
        status = pl_fail(ctx, PL_EINPUT, "%s: is empty", path);
        goto done;
    }
    PL_NEW(ctx, all, s.size);
    status = pl_source_read(ctx, &s, 0, all, s.size);
    if (status) {
        pl_message_prefix(ctx, path);
        goto done;
    }
    *bytes = all;
    *n = s.size;
    all = NULL;
done:
    pl_free(all);
    pl_source_close(&s);
    return status;
}

pl_status pl_file_hash(pl_ctx *ctx, const char *path, char out[65]) {
    pl_status status;
    pl_source s = {.fd = -1};
    unsigned char chunk[CHUNK];
    SHA2_CTX sha;
    PL_TRY(pl_source_open(ctx, path, &s));
    SHA256Init(&sha);
    for (size_t at = 0; at < s.size; at += CHUNK) {
        size_t n = s.size - at < CHUNK ? s.size - at : CHUNK;
        status = pl_source_read(ctx, &s, at, chunk, n);
        if (status) {
            pl_message_prefix(ctx, path);
            goto done;
        }
        SHA256Update(&sha, chunk, n);
    }
    SHA256End(&sha, out);
done:
    pl_source_close(&s);
    return status;
}
