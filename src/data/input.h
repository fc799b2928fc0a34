#ifndef PL_DATA_INPUT_H
#define PL_DATA_INPUT_H
/* A regular file read from front to back, gzip or plain: which of the two, its bytes tell. Messages
 * do not name the path: who opened the file puts it in front (pl_message_prefix). */

#include <zlib.h>

#include "base/ctx.h"

typedef struct pl_input {
    gzFile stream;   /* owned */
    size_t size;     /* of the file on disk */
    bool compressed; /* gzip */
} pl_input;

/** Opens a file.
 *  Status    PL_EIO missing, unreadable, not a regular file | PL_EINPUT empty | PL_ENOMEM */
pl_status pl_input_open(pl_ctx *ctx, const char *path, pl_input *out);
void pl_input_close(pl_input *in); /* an all-zero one is fine; leaves it all-zero */

/** Reads up to n bytes; *got < n only at the end of the file.
 *  Status    PL_EIO the disk fails | PL_EINPUT the gzip data are damaged or cut off */
pl_status pl_input_read(pl_ctx *ctx, pl_input *in, void *bytes, size_t n, size_t *got);

/** The most bytes the file can hold once unpacked: what its header promises is measured against
 *  this before memory is asked for. Deflate packs at best 1032 bytes into one. */
size_t pl_input_bound(const pl_input *in);

#endif
