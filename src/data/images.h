#ifndef PL_DATA_IMAGES_H
#define PL_DATA_IMAGES_H
/* Sets of small labelled images, held in memory as the files hold them.
 *
 *   name             files in DIR                                              classes
 *   fashion-mnist    train-images-idx3-ubyte, train-labels-idx1-ubyte, and t10k-..., plain or .gz
 *                                                                              10
 *   mnist            the same names                                            10
 *   cifar10          data_batch_1.bin .. data_batch_5.bin, test_batch.bin      10
 *   cifar100         train.bin, test.bin; the fine label                       100
 *   cifar100-coarse  the same files and order; the coarse label, the fine one as subclass   20
 *   stl10            train_X.bin, train_y.bin, test_X.bin, test_y.bin          10
 *   stl10-unlabeled  unlabeled_X.bin                                           1
 *   npy              train_images.npy, train_labels.npy, and test_...          as the labels have;
 *                    plumb hltm samples --save DIR writes such, with several views of each image
 *   folder           train/CLASS/x.jpg, test/CLASS/..., or CLASS/x.jpg         as there are folders
 *
 * For CIFAR, DIR may also be one such .bin file, and npy:X.npy or npy:X.npy,Y.npy names files (no
 * labels: one class); the split then has no say. folder:DIR@SIDE scales every image to SIDE x SIDE.
 * A set whose DIR is not given is looked for in $PLUMB_DATA/NAME and /usr/share/datasets/NAME. */

#include "base/text.h"

typedef struct pl_images {
    const char *name; /* of the set; a literal */
    size_t count, channels, height, width, classes;
    size_t views;          /* of each image that the set holds; 0: the image itself */
    unsigned char *pixels; /* owned: count x max(views, 1) x channels x height x width */
    int64_t *labels;       /* owned: count numbers from 0 to classes - 1 */
    size_t subclasses;     /* 0: the set has none */
    int64_t *sublabels;    /* owned: count numbers from 0 to subclasses - 1, or NULL */
    size_t bits;           /* RandBit channels that every view of an image gets (data/subset.h) */
    uint64_t *codes;       /* owned: count codes of so many bits, or NULL */
} pl_images;

typedef enum { PL_SPLIT_TRAIN, PL_SPLIT_TEST } pl_split;

/** Reads a set.
 *  Given     spec     "NAME:DIR", or "NAME" where it is found
 *            limit    read no more than the first `limit` images; 0: all
 *  Returned  *out     free with pl_images_free
 *  Status    PL_EUSAGE no set of that name (the nearest is said), no DIR | PL_EIO a file is missing
 *            or unreadable (which one, and the remedy) | PL_EINPUT a damaged file, or a label out
 *            of range | PL_ESHAPE as many labels as images are not there | PL_ENOMEM
 *  Cost      the pixels once, 8 bytes a label; sizes are checked before memory is asked for */
pl_status pl_images_open(pl_ctx *ctx, const char *spec, pl_split split, size_t limit,
                         pl_images *out);
/** The i-th set that can be found by its name alone; false beyond the last.
 *  Returned  *name, *remedy  how to get it; dir is added to where it is found, and stays empty
 *                            where it is not */
bool pl_images_known(size_t i, const char **name, pl_text *dir, const char **remedy);

void pl_images_free(pl_images *images); /* an all-zero one is fine; leaves it all-zero */

/** Pixels of one image: channels x height x width. */
size_t pl_images_dim(const pl_images *images);
/** Views of each image that the set holds, at least 1; and the pixels of one, counted round. */
size_t pl_images_held(const pl_images *images);
const unsigned char *pl_images_view(const pl_images *images, size_t image, size_t view);

#endif
