/* XUE23 at the size of a CPU: supervised contrastive learning loses the subclasses, the joint loss
 * keeps classes and subclasses (theory notes, features, sec. 9: trends, not values). */

#include "study/compare.h"
#include "study/study.h"

static const study_arm arms[] = {{"scl", {"--loss=spectral_sup"}},
                                 {"ucl", {"--loss=spectral"}},
                                 {"joint-0.5", {"--loss=spectral_joint", "--beta=0.5"}},
                                 {"joint-0.8", {"--loss=spectral_joint", "--beta=0.8"}},
                                 STUDY_UNTRAINED,
                                 {0}};

static const study_comparison comparisons[] = {{"ucl", "scl", "ridge_subclass", +1},
                                               {"ucl", "scl", "linear_subclass", +1},
                                               {"joint-0.8", "scl", "ridge_subclass", +1},
                                               {"joint-0.8", "scl", "linear_subclass", +1},
                                               {"joint-0.8", "ucl", "ridge", +1},
                                               {"joint-0.8", "ucl", "linear", +1},
                                               {"joint-0.5", "scl", "ridge_subclass", +1},
                                               {"joint-0.5", "ucl", "ridge", +1},
                                               {"scl", "ucl", "ridge", +1},
                                               {"scl", "ucl", "linear", +1},
                                               {"untrained", "ucl", "ridge_subclass", 0},
                                               {0}};

/* Where the images have no subclasses of their own: tops, trousers, shoes, bags; vehicles and
 * animals. */
static const study_design collapse = {
    .words = {"--optimiser=adamw", "--lr=0.001", "--tau=0.5", "--every=1000", "--monitor=512",
              "--projector=64", "--augment=" STUDY_VIEWS},
    .of_data = {{"fashion-mnist", "--coarsen=0,1,0,0,0,2,0,2,3,2"},
                {"cifar10", "--coarsen=0,0,1,1,1,1,1,1,0,0"},
                {0}},
    .arms = arms,
    .comparisons = comparisons,
    .images = 2000,
    .epochs = 15,
    .program = &pl_study_collapse};

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    return study_compare(ctx, o, &collapse, out);
}

const pl_program pl_study_collapse = {
    .name = "collapse",
    .summary = "do supervised losses lose the subclasses, and does the joint loss keep both?",
    .details =
        "Spectral contrastive losses on a linear projector, probed before it: unsupervised (ucl), "
        "with the class as "
        "positive (scl), and beta scl + (1 - beta) ucl (joint-BETA). Probes on the class and on "
        "the "
        "subclass. cifar100-coarse has subclasses of its own; fashion-mnist and cifar10 are "
        "coarsened.",
    .source = "XUE23 sec. 6, tables 3 and 5",
    .options = study_options,
    .columns = study_columns,
    .run = run,
    .variants = study_variants,
    .variant = study_variant};
