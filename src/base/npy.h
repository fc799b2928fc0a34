#ifndef PL_BASE_NPY_H
#define PL_BASE_NPY_H
/* NumPy's array files.  Source: NEP 1, numpy.lib.format (versions 1.0 to 3.0).
 *
 * primary    pl_npy_read, pl_npy_write     (base/npz.h: pl_array_load takes .npy and .npz)
 * secondary  pl_npy_parse
 * tertiary   pl_npy_decode (archives) */

#include "base/array.h"

/** Reads a .npy file.
 *  Given     path   dtype float16, 32 or 64, bool, or an integer of 1 to 8 bytes, little-endian;
 *                   C or Fortran order; at most PL_MAX_DIMS dimensions
 *  Returned  *out   C order; float16 becomes float32, integers and bool become int64
 *  Status    PL_EINPUT not such a file, damaged, or of another dtype (the remedy is said) |
 *            PL_ESHAPE sizes overflow | PL_EIO | PL_ENOMEM
 *  Cost      one pass; the array is held once, and memory is asked for only when the file is as
 *            long as its header promises */
pl_status pl_npy_read(pl_ctx *ctx, const char *path, pl_array *out);

/** The same from n bytes in memory. */
pl_status pl_npy_parse(pl_ctx *ctx, const unsigned char *bytes, size_t n, pl_array *out);

/** Writes a .npy file as numpy.save does, byte for byte; whole or not at all (base/file.h). */
pl_status pl_npy_write(pl_ctx *ctx, const char *path, const pl_array *a);

/* Bytes that come in order, `size` in all: read gives exactly the next n. */
typedef struct pl_reader {
    pl_status (*read)(pl_ctx *ctx, void *state, void *to, size_t n);
    void *state;
    size_t size;
} pl_reader;

/** The same from a reader; on PL_OK all its bytes have been read. */
pl_status pl_npy_decode(pl_ctx *ctx, pl_reader reader, pl_array *out);

#endif
