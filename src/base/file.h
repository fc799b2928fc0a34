#ifndef PL_BASE_FILE_H
#define PL_BASE_FILE_H
/* Files: output that appears whole or not at all, and input whose size is known before any of it
 * is believed.
 *
 * primary    pl_file_begin, pl_file_write, pl_file_commit, pl_file_abandon
 * secondary  pl_file_read, pl_file_hash
 * tertiary   pl_source_* (readers of formats) */

#include "base/ctx.h"

typedef struct pl_file pl_file;

/** Begins a file that takes its name only when it is complete.
 *  Given     path    a file, new or to be replaced; a pipe, a device or /dev/stdout is written
 *                    to directly, since nothing can be renamed over it
 *  Returned  *out    goes to pl_file_commit or pl_file_abandon
 *  Status    PL_EIO no such directory, no permission, path is a directory | PL_ENOMEM */
pl_status pl_file_begin(pl_ctx *ctx, const char *path, pl_file **out);

/** Appends n bytes.  Status PL_EIO with the reason: a full disk, a limit on file sizes */
pl_status pl_file_write(pl_ctx *ctx, pl_file *f, const void *data, size_t n);

/** Flushes, syncs and renames onto the path; frees f whatever happens.
 *  Status    PL_EIO the path is then what it was before, and no temporary is left */
pl_status pl_file_commit(pl_ctx *ctx, pl_file *f);

/** Gives the file up: the path is what it was before. NULL is fine. */
void pl_file_abandon(pl_file *f);

/** The whole of a regular file; free *bytes with pl_free.
 *  Status    PL_EIO missing, unreadable, a directory | PL_EINPUT empty | PL_ENOMEM */
pl_status pl_file_read(pl_ctx *ctx, const char *path, unsigned char **bytes, size_t *n);

/** SHA-256 of a regular file, in hexadecimal.  Source FIPS 180-4, through libmd */
pl_status pl_file_hash(pl_ctx *ctx, const char *path, char out[65]);

/* Bytes at any position of a regular file or of memory: what readers of formats read from. */
typedef struct pl_source {
    const char *path;           /* borrowed; NULL: memory */
    const unsigned char *bytes; /* borrowed; NULL: a file */
    int fd;
    size_t size;
} pl_source;

/** Opens a regular file (borrows path).  Status PL_EIO missing, unreadable, no regular file */
pl_status pl_source_open(pl_ctx *ctx, const char *path, pl_source *out);
pl_source pl_source_memory(const unsigned char *bytes, size_t n);

/** Bytes at, .., at + n - 1.
 *  Status    PL_EINPUT they are not all there: the caller asked before looking at s->size, or
 *            the file has shrunk | PL_EIO */
pl_status pl_source_read(pl_ctx *ctx, const pl_source *s, size_t at, void *to, size_t n);
void pl_source_close(pl_source *s);

#endif
