#ifndef PL_DATA_CIFAR_H
#define PL_DATA_CIFAR_H
/* The binary version of CIFAR-10 and CIFAR-100: records of one label byte (CIFAR-100: the coarse,
 * then the fine one) and 3072 bytes, red, green and blue planes of 32 x 32, row by row. */

#include "data/images.h"

typedef struct pl_cifar_format {
    size_t label_bytes; /* 1 or 2 */
    size_t taken;       /* which of them is the label */
    size_t classes[2];  /* each label byte is below its number */
    bool finer;         /* the byte after the label is the subclass */
} pl_cifar_format;

extern const pl_cifar_format pl_cifar10, pl_cifar100, pl_cifar100_coarse;

/** Reads files one after the other; out->name is left to the caller.
 *  Given     limit    no more than the first `limit` images; 0: all
 *  Status    PL_EIO | PL_EINPUT compressed, no whole number of records, a label out of range |
 *            PL_ENOMEM */
pl_status pl_cifar_read(pl_ctx *ctx, const char *const *paths, size_t files,
                        const pl_cifar_format *format, size_t limit, pl_images *out);

#endif
