/* LEE25's experiments at the size of a CPU: what helps a representation, and the prototype bias
 * (theory notes, bounds, sec. 6.1). */

#include <math.h>

#include "math/stats.h"
#include "study/compare.h"
#include "study/study.h"

#define SIMCLR_VIEWS STUDY_VIEWS " blur(.1,2;p=.5)"

/* ---- augmentations ------------------------------------------------------------------------ */

static const study_arm augmentation_arms[] = {
    {"simclr", {"--augment=" SIMCLR_VIEWS}},
    {"no-blur", {"--augment=" STUDY_VIEWS}},
    {"rotation", {"--augment=" SIMCLR_VIEWS " rotate(30)"}},
    {"no-colour", {"--augment=crop(.2,1) flip blur(.1,2;p=.5)"}},
    {"erasing", {"--augment=" SIMCLR_VIEWS " erase(p=.5)"}},
    STUDY_UNTRAINED,
    {0}};

static const study_comparison augmentation_comparisons[] = {
    {"no-blur", "simclr", "linear", -1},
    {"no-blur", "simclr", "prototype_bias", +1},
    {"rotation", "simclr", "linear", -1},
    {"rotation", "simclr", "prototype_bias", +1},
    {"no-colour", "simclr", "linear", -1},
    {"no-colour", "simclr", "prototype_bias", 0},
    {"erasing", "simclr", "linear", 0}, /* the paper's table and its summary disagree */
    {"erasing", "simclr", "prototype_bias", 0},
    {"untrained", "simclr", "linear", 0},
    {0}};

/* The slope of accuracy on bias over the trained arms of one seed. */
static pl_status bias_slope(pl_ctx *ctx, const study_results *r, pl_table *out) {
    pl_status status = PL_OK;
    double *slope = NULL, bias[STUDY_MOST_ARMS], accuracy[STUDY_MOST_ARMS], error;
    PL_NEW(ctx, slope, r->seeds);
    for (size_t k = 0; k < r->seeds; k++) {
        size_t n = 0;
        for (size_t a = 0; a + 1 < r->arms; a++, n++) { /* the last is untrained */
            bias[n] = study_measure(&r->cell[a * r->seeds + k], "prototype_bias");
            accuracy[n] = study_measure(&r->cell[a * r->seeds + k], "linear");
        }
        PL_TRY(pl_slope(ctx, bias, accuracy, NULL, n, &slope[k], &error));
    }
    PL_TRY(study_summarise(ctx, out, "slope", "slope_error",
                           "accuracy against prototype bias over the augmentations, mean of seeds",
                           slope, r->seeds));
done:
    pl_free(slope);
    return status;
}

static const study_design augmentation = {.words = {STUDY_SGD},
                                          .arms = augmentation_arms,
                                          .comparisons = augmentation_comparisons,
                                          .images = 2000,
                                          .epochs = 10,
                                          .program = &pl_study_augmentation,
                                          .extra = bias_slope};

static pl_status run_augmentation(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    return study_compare(ctx, o, &augmentation, out);
}

const pl_program pl_study_augmentation = {
    .name = "augmentation",
    .summary = "does prototype bias fall where accuracy rises, over ablations of the views?",
    .details = "Encoders are trained with one step of the views left out or added. Accuracy is of "
               "the linear probe, bias of the embeddings; the slope is that of accuracy on bias "
               "over the arms, seed by seed.",
    .source = "LEE25 fig. 3 and its table of augmentations",
    .options = study_options,
    .columns = study_columns,
    .run = run_augmentation,
    .variants = study_variants,
    .variant = study_variant};

/* ---- the weight of repulsion -------------------------------------------------------------- */

static const study_arm lambda_arms[] = {{"ntxent", {"--loss=gntxent", "--tau=0.5", "--lambda=1"}},
                                        {"ntxent-2", {"--loss=gntxent", "--tau=0.5", "--lambda=2"}},
                                        {"bcl-4-1", {"--loss=bcl", "--tau=0.25", "--lambda=1"}},
                                        {"bcl-4-2", {"--loss=bcl", "--tau=0.25", "--lambda=2"}},
                                        {"bcl-1-1", {"--loss=bcl", "--tau=1", "--lambda=1"}},
                                        {"bcl-1-4", {"--loss=bcl", "--tau=1", "--lambda=4"}},
                                        STUDY_UNTRAINED,
                                        {0}};

static const study_comparison lambda_comparisons[] = {{"ntxent-2", "ntxent", "linear", +1},
                                                      {"ntxent-2", "ntxent", "knn", +1},
                                                      {"bcl-4-2", "bcl-4-1", "linear", +1},
                                                      {"bcl-4-2", "bcl-4-1", "knn", +1},
                                                      {"bcl-1-4", "bcl-1-1", "linear", +1},
                                                      {"bcl-1-4", "bcl-1-1", "knn", +1},
                                                      {"bcl-4-2", "ntxent", "linear", +1},
                                                      {"untrained", "ntxent", "linear", 0},
                                                      {0}};

static const study_design lambda = {.words = {"--augment=" SIMCLR_VIEWS, STUDY_SGD},
                                    .arms = lambda_arms,
                                    .comparisons = lambda_comparisons,
                                    .images = 2000,
                                    .epochs = 10,
                                    .program = &pl_study_lambda};

static pl_status run_lambda(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    return study_compare(ctx, o, &lambda, out);
}

const pl_program pl_study_lambda = {
    .name = "lambda",
    .summary = "does a weight of repulsion above 1 make better features?",
    .details = "gntxent and bcl with lambda 1 and above, at the alpha of the paper's best runs: "
               "bcl-4-2 is alpha 4, lambda 2.",
    .source = "LEE25, tables of ImageNet and CIFAR-10 over alpha and lambda",
    .options = study_options,
    .columns = study_columns,
    .run = run_lambda,
    .variants = study_variants,
    .variant = study_variant};

/* ---- similarities ------------------------------------------------------------------------- */

static const study_arm similarity_arms[] = {{"cosine", {"--similarity=cosine"}},
                                            {"dot", {"--similarity=dot"}},
                                            {"euclidean", {"--similarity=euclidean"}},
                                            STUDY_UNTRAINED,
                                            {0}};

static const study_comparison similarity_comparisons[] = {
    {"cosine", "dot", "linear", +1},       {"cosine", "dot", "knn", +1},
    {"cosine", "euclidean", "linear", +1}, {"cosine", "euclidean", "knn", +1},
    {"untrained", "cosine", "linear", 0},  {0}};

static const study_design similarity = {.words = {"--augment=" SIMCLR_VIEWS, STUDY_SGD},
                                        .arms = similarity_arms,
                                        .comparisons = similarity_comparisons,
                                        .images = 2000,
                                        .epochs = 10,
                                        .program = &pl_study_similarity};

static pl_status run_similarity(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    return study_compare(ctx, o, &similarity, out);
}

const pl_program pl_study_similarity = {
    .name = "similarity",
    .summary = "cosine against dot product and negative distance",
    .details = "NT-Xent with each similarity. A run whose loss is no longer finite counts with the "
               "features of its last good checkpoint.",
    .source = "LEE25, table of similarities",
    .options = study_options,
    .columns = study_columns,
    .run = run_similarity,
    .variants = study_variants,
    .variant = study_variant};

/* ---- class balance ------------------------------------------------------------------------ */

#define TAIL "exp:100"

static const study_arm balance_arms[] = {{"balanced", {"--choose=balanced"}},
                                         {"long-tailed", {"--long-tail=" TAIL}},
                                         STUDY_UNTRAINED,
                                         {0}};

static const study_comparison balance_comparisons[] = {{"balanced", "long-tailed", "linear", +1},
                                                       {"balanced", "long-tailed", "knn", +1},
                                                       {"untrained", "balanced", "linear", 0},
                                                       {0}};

static const study_design balance = {.words = {"--augment=" SIMCLR_VIEWS, STUDY_SGD},
                                     .tail = TAIL,
                                     .arms = balance_arms,
                                     .comparisons = balance_comparisons,
                                     .images = 14886,
                                     .epochs = 2,
                                     .program = &pl_study_balance};

static pl_status run_balance(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    return study_compare(ctx, o, &balance, out);
}

const pl_program pl_study_balance = {
    .name = "balance",
    .summary = "a balanced set against a long-tailed one of the same size",
    .details =
        "The tail is exponential, largest class 100 times the smallest; the number of images "
        "is the tail's whatever --images says. Encoder and probe both see the same images; "
        "the test set is balanced.",
    .source = "LEE25, table of ImageNet-LT",
    .options = study_options,
    .columns = study_columns,
    .run = run_balance,
    .variants = study_variants,
    .variant = study_variant};

/* ---- the bounds along training ------------------------------------------------------------ */

static const study_arm gaps_arms[] = {{"simclr", {"--every=1"}}, {0}};
static const study_comparison gaps_comparisons[] = {{"simclr", "simclr", "attraction_gap", 0}, {0}};

static const study_design gaps = {.words = {"--augment=" SIMCLR_VIEWS, STUDY_SGD},
                                  .arms = gaps_arms,
                                  .comparisons = gaps_comparisons,
                                  .images = 2000,
                                  .epochs = 10,
                                  .program = &pl_study_gaps};

static const pl_column gaps_columns[] = {
    {"epoch", "1", "epochs that are over", false},
    {"attraction_gap", "1", "right side - left side of the attraction bound, mean over seeds",
     false},
    {"attraction_least", "1", "the least of the seeds'", false},
    {"attraction_lo", "1", "of the mean's 95 % t interval", false},
    {"attraction_hi", "1", "of it", false},
    {"attraction_violations", "1", "share of anchors beyond the bound: E s(z, z') < 0 there",
     false},
    {"repulsion_gap", "1", "right side - left side of the repulsion bound, mean over seeds", false},
    {"repulsion_least", "1", "the least of the seeds'", false},
    {"repulsion_lo", "1", "of the mean's 95 % t interval", false},
    {"repulsion_hi", "1", "of it", false},
    {"repulsion_violations", "1", "share of anchors beyond the bound", false},
    {"alignment", "1", "mean |z - z'|^2 of two views", false},
    {0}};

/* One column over the seeds. */
static void over_seeds(const study_results *r, size_t epoch, int column, double *x) {
    for (size_t k = 0; k < r->seeds; k++)
        x[k] = r->cell[k].history[epoch * PL_EPOCH_COLUMNS + (size_t)column];
}

typedef struct spread {
    double mean, least, lo, hi;
} spread;

static spread spread_of(const study_results *r, size_t epoch, int column, double *x) {
    over_seeds(r, epoch, column, x);
    pl_interval i = pl_mean_interval(x, r->seeds, .95);
    double least = x[0];
    for (size_t k = 1; k < r->seeds; k++)
        least = fmin(least, x[k]);
    return (spread){pl_mean(x, r->seeds), least, i.lo, i.hi};
}

static pl_status gaps_rows(pl_ctx *ctx, const study_results *r, double *x, double *first,
                           pl_table *out) {
    pl_status status = PL_OK;
    size_t n = r->seeds, epochs = r->cell[0].epochs;
    for (size_t e = 0; e < epochs; e++) {
        spread a = spread_of(r, e, PL_ATTRACTION_GAP, x), b = spread_of(r, e, PL_REPULSION_GAP, x);
        PL_TRY(pl_table_add(ctx, out,
                            (double[]){(double)(e + 1), a.mean, a.least, a.lo, a.hi,
                                       spread_of(r, e, PL_ATTRACTION_VIOLATIONS, x).mean, b.mean,
                                       b.least, b.lo, b.hi,
                                       spread_of(r, e, PL_REPULSION_VIOLATIONS, x).mean,
                                       spread_of(r, e, PL_ALIGNMENT, x).mean},
                            NULL));
    }
    over_seeds(r, 0, PL_ATTRACTION_GAP, first);
    over_seeds(r, epochs - 1, PL_ATTRACTION_GAP, x);
    for (size_t k = 0; k < n; k++)
        x[k] = first[k] - x[k];
    PL_TRY(study_summarise(ctx, out, "shrinkage", "shrinkage_error",
                           "attraction gap after the first epoch - after the last", x, n));
done:
    return status;
}

static pl_status run_gaps(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status;
    study_results r = {0};
    double *x = NULL;
    PL_TRY(study_train(ctx, o, &gaps, &r));
    PL_NEW(ctx, x, 2 * r.seeds);
    PL_TRY(gaps_rows(ctx, &r, x, x + r.seeds, out));
done:
    pl_free(x);
    study_results_free(&r);
    return status;
}

const pl_program pl_study_gaps = {
    .name = "gaps",
    .summary = "both bounds along training: do they hold, does the attraction gap shrink?",
    .details = "After every epoch the two sides of both bounds on the embeddings of 512 images, "
               "4 views each.",
    .source = "LEE25, figure of the gaps",
    .options = study_options,
    .columns = gaps_columns,
    .run = run_gaps};
