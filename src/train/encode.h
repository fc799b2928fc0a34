#ifndef PL_TRAIN_ENCODE_H
#define PL_TRAIN_ENCODE_H
/* Images through a frozen network. */

#include "data/augment.h"
#include "nn/net.h"

/* Series of views beside those of training, whose series are the epochs. */
enum { PL_SERIES_MONITOR = 1, PL_SERIES_EMBED };
#define PL_SERIES(which) (((uint64_t)1 << 39) + (which))

typedef struct pl_encoding {
    pl_net *net;
    pl_augment *augment;
    const pl_images *images;
    uint64_t series, seed; /* of the views */
    size_t views;          /* of each image, at most the network's batch */
    bool embedding;        /* behind the projector; else the encoder's features */
} pl_encoding;

/** Encodes n images; BatchNorm takes its running moments.
 *  Given     index  n indices into the images, NULL: 0 .. n-1
 *  Returned  out    n x views x width, as the network leaves them (not normalised)
 *  Status    PL_ESHAPE | PL_EDOMAIN a number that is not finite (the image is said) | PL_ENOMEM
 *  Cost      the forward passes; one batch of pixels */
pl_status pl_encode(pl_ctx *ctx, const pl_encoding *e, const size_t *index, size_t n, float *out);

/** Width of what pl_encode writes. */
size_t pl_encode_width(const pl_encoding *e);

/** Scales rows to unit norm; false when one is zero. */
bool pl_unit_floats(float *z, size_t rows, size_t width);

#endif
