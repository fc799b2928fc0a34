#ifndef PL_DATA_CHOOSE_H
#define PL_DATA_CHOOSE_H
/* Which images of a set are taken. */

#include "data/images.h"

typedef enum {
    PL_CHOOSE_RANDOM,   /* any, without replacement                                   */
    PL_CHOOSE_BALANCED, /* the same without favour: item k is of class k mod classes  */
    PL_CHOOSE_FIRST     /* as they stand in the file                                  */
} pl_choice;

/** Chooses n images of a set. The first m of n chosen are the m chosen, whatever n.
 *  Returned  out      n different indices into the set
 *  Status    PL_EUSAGE n larger than the set, or a class too small for its share (n/classes,
 * rounded up for the first n mod classes) | PL_ENOMEM Cost      O(size of the set) */
pl_status pl_images_choose(pl_ctx *ctx, const pl_images *images, pl_choice choice, size_t n,
                           uint64_t seed, size_t *out);

#endif
