#ifndef PL_SPECTRAL_XUE23_IMAGES_H
#define PL_SPECTRAL_XUE23_IMAGES_H
/* Real inputs for a linear encoder: x = (1, pixels, code), where the code, if there is one, is a
 * one-hot vector of 2^b random codes that augmentation leaves alone (RandBit). Augmentation is
 * Gaussian of variance tau^2 on the pixels, in closed form. */

#include "base/array.h"
#include "base/options.h"

typedef struct xue23_images {
    pl_array x;              /* rows x dim, float; owned */
    size_t rows, dim, codes; /* codes: 2^b, or 0 */
    size_t *label, labels;   /* per row: the subclass, 0 .. labels-1 */
    size_t *group, groups;   /* per row: the class */
    size_t *code;            /* per row */
    double *mean;            /* what is taken off every row; dim numbers */
} xue23_images;

/** Reads the images that --dataset, or --features and --labels, name, with --classes.
 *  Given     test   the held-out part: --test-features and --test-labels, or the set's own
 *            like   the training part, whose mean, classes and codes are taken over; NULL: this is
 * it Status    PL_EUSAGE | PL_EINPUT | PL_ESHAPE | PL_EDOMAIN one class, a value not finite |
 * PL_EIO */
pl_status xue23_images_read(pl_ctx *ctx, const pl_options *o, bool test, const xue23_images *like,
                            xue23_images *out);
void xue23_images_free(xue23_images *s); /* an all-zero one is fine */

/** D = 1 + dim + codes. */
size_t xue23_images_dims(const xue23_images *s);

/** H = E x x^T (the positive moment of UCL) and P_SCL, whose factor C (groups x D) is given:
 *  P_SCL = C^T C. Both without augmentation.
 *  Cost      O(rows dim^2) time, O(dim^2) memory; the same bits for any number of threads */
pl_status xue23_images_moments(pl_ctx *ctx, const xue23_images *s, pl_mat h, pl_mat factor);

/** Adds tau^2 to the pixels' diagonal. */
void xue23_images_augment(const xue23_images *s, double variance, pl_mat q);

/** Accuracy on `test` of a linear probe (least squares on one-hot labels with an intercept, ridge)
 *  trained on every `stride`-th row of `train`'s embeddings.
 *  Given     absolute  ridge x rows as it stands; else ridge x mean square of the embedding
 *  Returned  *subclass, *group   shares of test rows
 *  Status    PL_EDOMAIN fewer rows than labels | PL_ENOMEM */
pl_status xue23_images_probe(pl_ctx *ctx, const xue23_images *train, const xue23_images *test,
                             pl_cmat w, size_t stride, double ridge, bool absolute,
                             double *subclass, double *group);

#endif
