#ifndef PL_DATA_IDX_H
#define PL_DATA_IDX_H
/* The idx format of MNIST and Fashion-MNIST: bytes 0, 0, type code, number of dimensions; one
 * big-endian 32-bit size a dimension; the elements in C order. Only unsigned bytes (code 0x08) are
 * read: both sets hold nothing else.
 *
 * primary    pl_idx_images
 * secondary  pl_idx_read, pl_idx_free
 * tertiary   pl_idx_parse (tests, fuzzing) */

#include "data/images.h"

enum { PL_IDX_MAX_DIMS = 3 };

typedef struct pl_idx {
    int dims;
    size_t shape[PL_IDX_MAX_DIMS];
    size_t count;        /* product of the shape */
    unsigned char *data; /* owned */
} pl_idx;

/** An idx file that lies in memory; its elements are copied.
 *  Given     dims     the number of dimensions it must have, 1 .. PL_IDX_MAX_DIMS
 *  Status    PL_EINPUT not idx, another type or number of dimensions, an empty dimension, fewer or
 *            more bytes than the header says (both numbers are said) | PL_ENOMEM */
pl_status pl_idx_parse(pl_ctx *ctx, const unsigned char *bytes, size_t n, int dims, pl_idx *out);

/** An idx file, gzip or plain.
 *  Given     limit    keep no more than the first `limit` items of the first dimension (0: all);
 *                     what follows them in a compressed file is then not looked at
 *  Status    those of pl_idx_parse | PL_EIO */
pl_status pl_idx_read(pl_ctx *ctx, const char *path, int dims, size_t limit, pl_idx *out);
void pl_idx_free(pl_idx *idx); /* an all-zero one is fine; leaves it all-zero */

/** Images (N, height, width) and their labels (N); out->name is left to the caller.
 *  Status    those of pl_idx_read | PL_ESHAPE N differs | PL_EINPUT a label >= classes */
pl_status pl_idx_images(pl_ctx *ctx, const char *images, const char *labels, size_t classes,
                        size_t limit, pl_images *out);

#endif
