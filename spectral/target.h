#ifndef PL_SPECTRAL_TARGET_H
#define PL_SPECTRAL_TARGET_H
/* Downstream targets: the theory's, by name, or a user's labels. */

#include "spectral/relation.h"

#define TARGET_OPTION                                                                              \
    {                                                                                              \
        "target", PL_OPT_SPEC, "faction", 0, 0, "faction|clique|mixed|misaligned|labels", NULL,    \
            "karate's faction; one value a component; with deviations inside; deviations alone; "  \
            "one-hot --labels",                                                                    \
            0                                                                                      \
    }

/** n x 1, or n x C for labels.
 *  Status PL_EUSAGE a target that this graph does not have */
pl_status target_new(pl_ctx *ctx, const pl_options *o, const relation *rel, pl_mat *out);

#endif
