#ifndef PL_BASE_NPZ_H
#define PL_BASE_NPZ_H
/* Archives of arrays, as numpy.savez and savez_compressed write them, and the one call that
 * takes an array from either kind of file. */

#include "base/array.h"
#include "base/text.h"

/** An array from a file that a user names.
 *  Given     path   x.npy; x.npz when it holds one array; x.npz:member. What the file is, its
 *                   first bytes say, not its name
 *  Returned  *out   as pl_npy_read
 *  Status    as pl_npy_read; PL_EINPUT also for several arrays and none named (they are listed).
 *            Every message begins with the path */
pl_status pl_array_load(pl_ctx *ctx, const char *path, pl_array *out);

/** SHA-256 of the file that pl_array_load would read: x.npz for x.npz:member. */
pl_status pl_array_hash(pl_ctx *ctx, const char *path, char out[65]);

/** One array of an archive.
 *  Given     member   its name, with or without ".npy"; NULL: the only one
 *  Status    as pl_npy_read, and PL_EINPUT no such member (the nearest is said), a checksum that
 *            differs, sizes that cannot be true */
pl_status pl_npz_read(pl_ctx *ctx, const char *path, const char *member, pl_array *out);

/** The same from n bytes in memory. */
pl_status pl_npz_parse(pl_ctx *ctx, const unsigned char *bytes, size_t n, const char *member,
                       pl_array *out);

/** The names of an archive's arrays, separated by ", " and without ".npy". */
pl_status pl_npz_members(pl_ctx *ctx, const char *path, pl_text *out);

#endif
