#ifndef PL_STUDY_COMPARE_H
#define PL_STUDY_COMPARE_H
/* A study as data: arms, which are trained alike but for a few options, and comparisons of two of
 * them in one measure, paired by seed: the same seed draws the same images, order and first weights
 * in both. */

#include "claim/program.h"
#include "study/cell.h"

enum { STUDY_MOST_WORDS = 8, STUDY_MOST_ARMS = 24 };

/* What studies share: the steps of a view, the schedule with the theory columns after the last
 * epoch only, and the arm that is a network before training. */
#define STUDY_VIEWS "crop(.2,1) flip jitter(.4,.4,.4,.1;p=.8) gray(.2)"
#define STUDY_SGD "--lr=0.12", "--tau=0.5", "--every=1000", "--monitor=512"
#define STUDY_UNTRAINED                                                                            \
    {                                                                                              \
        "untrained", {                                                                             \
            "--epochs=1", "--lr=1e-12", "--warmup=0"                                               \
        }                                                                                          \
    }

typedef struct study_arm {
    const char *name; /* NULL ends */
    const char *words[STUDY_MOST_WORDS];
} study_arm;

typedef struct study_comparison {
    const char *arm, *base, *measure; /* arm NULL ends */
    int published; /* +1: the paper says that the arm's is larger, -1: smaller, 0: nothing */
} study_comparison;

/* All cells of a study: arms x seeds; epochs 0 where the arm was not wanted. */
typedef struct study_results {
    const struct study_design *design;
    size_t arms, seeds;
    bool complete;    /* all arms are there */
    study_cell *cell; /* owned */
} study_results;

typedef struct study_design {
    const char *words[STUDY_MOST_WORDS]; /* of every arm */
    const char *tail; /* a --long-tail whose number of images all arms have; or NULL */
    const struct {
        const char *data, *word; /* added to images of that name; data NULL ends */
    } of_data[3];
    const study_arm *arms;
    const study_comparison *comparisons;
    size_t images, epochs;     /* --effort standard */
    const pl_program *program; /* pl_study_costs says what it takes then */
    /* Adds to the summary what is of the study as a whole; only called when all arms ran. */
    pl_status (*extra)(pl_ctx *ctx, const study_results *r, pl_table *out);
} study_design;

/* --data --model --effort --images --epochs --replicates --seed --arm --measure --each --keep */
extern const pl_option study_options[];
extern const pl_column study_columns[];
/* --each: one row a network. */
extern const pl_program study_each;
extern const pl_program *const study_variants[];
const pl_program *study_variant(const pl_options *o);

/** Trains what is missing and fills the table: a row a comparison, or with --each a row a network.
 *  Status    PL_EUSAGE no such arm or measure | those of study_cell_get */
pl_status study_compare(pl_ctx *ctx, const pl_options *o, const study_design *design,
                        pl_table *out);

/** Trains what is missing of the wanted arms.
 *  Returned  *out  free with study_results_free */
pl_status study_train(pl_ctx *ctx, const pl_options *o, const study_design *design,
                      study_results *out);
void study_results_free(study_results *r); /* an all-zero one is fine */

/** A measure of a cell by name, NaN when there is none of that name: "linear", "knn", "ridge",
 *  the same with "_subclass", or a column of epochs.csv in the last epoch. */
double study_measure(const study_cell *c, const char *name);

/** Mean over seeds of a quantity of each seed, its standard error and t interval, into the
 *  summary under two names of static storage.
 *  Given     value  n >= 2 numbers */
pl_status study_summarise(pl_ctx *ctx, pl_table *out, const char *name, const char *error_name,
                          const char *meaning, const double *value, size_t n);

#endif
