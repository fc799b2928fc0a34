#ifndef PL_DATA_SUBSET_H
#define PL_DATA_SUBSET_H
/* What may be made of a set of images before it is trained on: a part of it, a long tail, coarser
 * classes, RandBit channels. */

#include "data/images.h"

typedef enum { PL_TAIL_EXPONENTIAL, PL_TAIL_PARETO } pl_tail_rule;

/* How many images of each class are kept, class 0 all of them and the last 1/factor:
 *   exponential   factor^(-c/(C-1)) of class c of C              (Cui et al. 2019, Cao et al. 2019)
 *   Pareto        (1 + x_c)^(-alpha), x_c in equal steps from 0 to factor^(1/alpha) - 1
 *                 (Liu et al. 2019, ImageNet-LT: alpha 6, 1280 to 5 images, factor 256; their exact
 *                 rule is not printed. With alpha 3 this one gives their total of 115846 within
 *                 1 %, with alpha 6 it gives 166000) */
typedef struct pl_tail {
    pl_tail_rule rule;
    double factor, alpha; /* factor >= 1; alpha > 0, of Pareto */
} pl_tail;

/** "exp:FACTOR" or "pareto[:ALPHA[,FACTOR]]".  Status PL_EUSAGE */
pl_status pl_tail_parse(pl_ctx *ctx, const char *text, pl_tail *out);

/** The part of class c of C that is kept. */
double pl_tail_part(const pl_tail *tail, size_t c, size_t classes);

/** Chooses a long-tailed subset: of n_c images of class c, floor(part n_c), at least one (where
 *  there are any), at random.
 *  Returned  out      room for all images; *n indices in increasing order
 *  Status    PL_ENOMEM */
pl_status pl_images_long_tail(pl_ctx *ctx, const pl_images *images, const pl_tail *tail,
                              uint64_t seed, size_t *out, size_t *n);

/** A set of the n chosen images, a copy.  Status PL_ESHAPE n is 0 | PL_ENOMEM */
pl_status pl_images_take(pl_ctx *ctx, const pl_images *images, const size_t *chosen, size_t n,
                         pl_images *out);

/** Makes the classes subclasses of coarser ones.
 *  Given     map      "0,0,1,1": the coarse class of each class, in order
 *  Status    PL_EUSAGE another number of classes, not whole numbers from 0 without a gap |
 *            PL_ENOMEM
 *            (the set is then what it was) */
pl_status pl_images_coarsen(pl_ctx *ctx, pl_images *images, const char *map);

enum { PL_MAX_BITS = 32 };

/** Gives every image RandBit channels: a code of so many bits, a hash of its pixels, which
 *  pl_augment_batch appends as constant channels of 0 and 1 that no augmentation touches.
 *  Given     bits     0 .. PL_MAX_BITS; 0 takes them away
 *  Status    PL_EUSAGE | PL_ENOMEM
 *  Source    XUE23 sec. 5; Chen et al. 2021 */
pl_status pl_images_randbit(pl_ctx *ctx, pl_images *images, size_t bits, uint64_t seed);

#endif
