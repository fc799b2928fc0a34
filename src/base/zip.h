#ifndef PL_BASE_ZIP_H
#define PL_BASE_ZIP_H
/* Zip archives, as far as numpy.savez writes them: stored and deflated members, zip64.
 * Private to base/.  Source: PKWARE APPNOTE 6.3.10; RFC 1951 for deflate, through zlib. */

#include "base/file.h"
#include "base/npy.h"

typedef struct pl_zip_member {
    const char *name; /* NUL-terminated, in the archive's memory */
    size_t packed, size;
    size_t header; /* offset of the local header */
    uint32_t crc;
    unsigned method, flags;
} pl_zip_member;

typedef struct pl_zip {
    const pl_source *source; /* borrowed */
    unsigned char *directory;
    char *names;
    pl_zip_member *members;
    size_t count;
} pl_zip;

/** Reads the central directory.
 *  Status    PL_EINPUT not a zip archive, or damaged | PL_EIO | PL_ENOMEM */
pl_status pl_zip_open(pl_ctx *ctx, const pl_source *source, pl_zip *out);
void pl_zip_close(pl_zip *z); /* an all-zero one is fine */

typedef struct pl_unzip pl_unzip;

/** Starts on one member; *reader gives its bytes in order.
 *  Status    PL_EINPUT encrypted, packed by another method, sizes that cannot be true */
pl_status pl_unzip_begin(pl_ctx *ctx, const pl_zip *z, const pl_zip_member *m, pl_unzip **out,
                         pl_reader *reader);
/** To be called when all bytes were read: nothing may be left over, and the sum must be right.
 *  Status    PL_EINPUT */
pl_status pl_unzip_check(pl_ctx *ctx, pl_unzip *u);
void pl_unzip_end(pl_unzip *u); /* NULL is fine */

#endif
