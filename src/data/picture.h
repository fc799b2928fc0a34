#ifndef PL_DATA_PICTURE_H
#define PL_DATA_PICTURE_H
/* One JPEG or PNG file as red, green and blue bytes. */

#include "base/ctx.h"

typedef struct pl_picture {
    size_t height, width;
    unsigned char *rgb; /* owned: height x width x 3 */
} pl_picture;

/** Decodes a JPEG or PNG file that lies in memory; which of the two, its bytes tell. Gray becomes
 *  three equal channels, transparency is dropped. Messages do not name the path.
 *  Status    PL_EINPUT neither of them, damaged, cut off (near which byte), or larger than 2^27
 *            pixels | PL_ENOMEM */
pl_status pl_picture_decode(pl_ctx *ctx, const unsigned char *bytes, size_t n, pl_picture *out);
void pl_picture_free(pl_picture *p); /* an all-zero one is fine; leaves it all-zero */

/** The picture as side x side pixels: its shorter side scaled to `side` by the triangle filter,
 *  which averages what it makes smaller (PIL's BILINEAR), and the middle taken.
 *  Given     side     no larger than the picture's shorter side
 *  Returned  out      3 x side x side
 *  Status    PL_ESHAPE the picture is smaller | PL_ENOMEM */
pl_status pl_picture_fit(pl_ctx *ctx, const pl_picture *p, size_t side, unsigned char *out);

#endif
