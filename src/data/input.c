#include "data/input.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUFFER = 1 << 17, CHUNK = 1 << 30, DEFLATE_RATIO = 1032 };

pl_status pl_input_open(pl_ctx *ctx, const char *path, pl_input *out) {
    struct stat about;
    /* O_NONBLOCK: a pipe without a writer is refused below instead of waited for */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return pl_fail(ctx, PL_EIO, "cannot be opened: %s", strerror(errno));
    pl_status status = PL_OK;
    if (fstat(fd, &about) != 0)
        status = pl_fail(ctx, PL_EIO, "cannot be examined: %s", strerror(errno));
    else if (!S_ISREG(about.st_mode))
        status = pl_fail(ctx, PL_EIO, "is not a regular file");
    else if (about.st_size == 0)
        status = pl_fail(ctx, PL_EINPUT, "is empty");
    gzFile stream = status ? NULL : gzdopen(fd, "rb");
    if (!stream) {
        close(fd);
        return status ? status : pl_fail(ctx, PL_ENOMEM, "out of memory while opening");
    }
    gzbuffer(stream, BUFFER);
    *out = (pl_input){stream, (size_t)about.st_size, !gzdirect(stream)};
    return PL_OK;
}

void pl_input_close(pl_input *in) {
    if (in->stream)
        gzclose(in->stream);
    memset(in, 0, sizeof *in);
}

pl_status pl_input_read(pl_ctx *ctx, pl_input *in, void *bytes, size_t n, size_t *got) {
    size_t done = 0;
    while (done < n) {
        unsigned piece = n - done < CHUNK ? (unsigned)(n - done) : CHUNK;
        int read = gzread(in->stream, (char *)bytes + done, piece);
        if (read > 0)
            done += (size_t)read;
        if (read == (int)piece)
            continue;
        int error;
        const char *words = gzerror(in->stream, &error);
        if (error == Z_ERRNO)
            return pl_fail(ctx, PL_EIO, "cannot be read: %s", strerror(errno));
        if (error == Z_MEM_ERROR)
            return pl_fail(ctx, PL_ENOMEM, "out of memory while unpacking");
        if (error != Z_OK && error != Z_STREAM_END)
            return pl_fail(ctx, PL_EINPUT, "damaged gzip data after %zu bytes (%s); get it again",
                           done, words);
        break;
    }
    *got = done;
    return PL_OK;
}

size_t pl_input_bound(const pl_input *in) {
    size_t bound = in->size;
    if (in->compressed && !pl_size_mul(in->size, DEFLATE_RATIO, &bound))
        bound = SIZE_MAX;
    return bound;
}
