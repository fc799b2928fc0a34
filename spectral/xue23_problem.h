#ifndef PL_SPECTRAL_XUE23_PROBLEM_H
#define PL_SPECTRAL_XUE23_PROBLEM_H
/* What the programs on XUE23 work on: a training set of the paper's model, a small fixed matrix, or
 * a user's features with class and subclass labels. */

#include "base/options.h"
#include "base/table.h"
#include "spectral/xue23_descent.h"
#include "spectral/xue23_minimiser.h"

/* Rows of the option tables. */
#define XUE23_MODEL_OPTIONS                                                                        \
    {"phi",                                                                                        \
     PL_OPT_LIST,                                                                                  \
     "0.9,0.8,1.5,1.2,0.6",                                                                        \
     0,                                                                                            \
     1e6,                                                                                          \
     NULL,                                                                                         \
     "LIST",                                                                                       \
     "strengths phi_1 .. phi_K: class, subclass, irrelevant features",                             \
     0},                                                                                           \
        {"mu", PL_OPT_REAL, "0", -1e6, 1e6, NULL, NULL, "mean of the subclass feature", 0},        \
        {"sigma", PL_OPT_REAL, "0.6", 1e-9, 1e6, NULL, NULL, "size of the noise", 0},              \
        {"views", PL_OPT_INT, "2", 1, 4096, NULL, "m", "augmentations of each original", 0},       \
        {"repeats", PL_OPT_INT, "1", 1, 1e6, NULL, "R", "n = 8 R (K-2) originals", 0},             \
        {"no-bias", PL_OPT_FLAG, NULL, 0, 0, NULL, NULL, "encoder without a bias", 0},             \
        {"unbalanced",                                                                             \
         PL_OPT_FLAG,                                                                              \
         NULL,                                                                                     \
         0,                                                                                        \
         0,                                                                                        \
         NULL,                                                                                     \
         NULL,                                                                                     \
         "drop the originals whose class, subclass and sign are all -1",                           \
         0},                                                                                       \
        {"noise",    PL_OPT_SPEC,                                                                  \
         "distinct", 1,                                                                            \
         1e6,        "distinct|sampled:D",                                                         \
         NULL,       "coordinates of the noise: all distinct, or drawn from D",                    \
         0},                                                                                       \
    {                                                                                              \
        "noise-seed", PL_OPT_SEED, "2023", 0, 0, NULL, NULL, "of drawn noise coordinates", 0       \
    }

#define XUE23_LOSS_OPTIONS                                                                         \
    {"loss", PL_OPT_SPEC,                                                                          \
     "scl",  0,                                                                                    \
     1,      "scl|ucl|joint:BETA",                                                                 \
     NULL,   "supervised, unsupervised, or BETA of the first and the rest of the second",          \
     0},                                                                                           \
    {                                                                                              \
        "embedding", PL_OPT_INT, "3", 1, 65536, NULL, "p", "dimension of the embedding", 0         \
    }

#define XUE23_FILE_OPTIONS                                                                          \
    {                                                                                               \
        "features",                                                                                 \
        PL_OPT_INPUT,                                                                               \
        NULL,                                                                                       \
        0,                                                                                          \
        0,                                                                                          \
        NULL,                                                                                       \
        "FILE",                                                                                     \
        "inputs (N, V, d), or (N V, d) with --views, .npy or .npz, in place of the model",          \
        0},                                                                                         \
        {"labels", PL_OPT_INPUT, NULL, 0, 0, NULL, "FILE", "integer classes, one per original", 0}, \
    {                                                                                               \
        "subclasses", PL_OPT_INPUT, NULL, 0, 0, NULL, "FILE",                                       \
            "integer subclasses, one per original", 0                                               \
    }

typedef struct xue23_problem {
    xue23_set set;          /* the model; columns 0: other data */
    pl_mat x;               /* owned, N x D, coordinate 0 the bias; a NULL: too large to be kept */
    size_t *label, classes; /* per row, 0 .. classes-1; owned */
    size_t *original, originals;  /* per row */
    size_t *subclass, subclasses; /* per row; subclasses 0: not known */
    pl_mat direction; /* owned, unit rows v_0, v_1, ..; a NULL: the standard basis of that many */
    double share;     /* of L_SCL in the asked loss */
    size_t embedding; /* p */
    xue23_moments moments; /* of the asked loss, over the arrays above */
} xue23_problem;

/** The share of L_SCL in --loss: 1, 0 or BETA. */
double xue23_share(const pl_options *o);

/** What XUE23_MODEL_OPTIONS say; phi is borrowed from the options. */
xue23_spec xue23_spec_of(const pl_options *o);

/** A set of the model into *p, whose share and embedding are set; *p stays where it is from now on,
 *  and is to be freed whatever comes of it, as in all of the following. */
pl_status xue23_problem_model(pl_ctx *ctx, const xue23_spec *spec, xue23_problem *p);

/** Builds what the options name into an all-zero *p: files win over the model. Tables without file
 *  options have the model only.
 *  Given     data   NULL, or one of the matrices X_ij = cos(1 + 3i + 2j + ij): "cos-5x9",
 * "cos-9x6", "cos-5x9-2" (classes of 4 and 5), "cos-5x6" (the losses' reference) Status PL_EUSAGE |
 * PL_EINPUT, PL_ESHAPE, PL_EDOMAIN from the arrays: one class, a subclass with one original, a
 * value that is not finite */
pl_status xue23_problem_new(pl_ctx *ctx, const pl_options *o, const char *data, xue23_problem *p);
void xue23_problem_free(xue23_problem *p); /* an all-zero one is fine */

/** Reads --features, --labels and --subclasses (xue23_files.c); share and embedding are set. */
pl_status xue23_problem_read(pl_ctx *ctx, const pl_options *o, xue23_problem *p);

/** Minimum-norm minimiser of share L_SCL + (1 - share) L_UCL, on the side of the examples where
 *  they are independent, else from the moments. */
pl_status xue23_problem_minimise(pl_ctx *ctx, const xue23_problem *p, double share,
                                 size_t embedding, xue23_minimiser *out);

/** Loss and gradient norm of an encoder under that loss. */
pl_status xue23_problem_loss(pl_ctx *ctx, const xue23_problem *p, double share, pl_cmat w,
                             double *loss, double *gradient_norm);

/** |W v_k| of every direction of the problem. */
pl_status xue23_problem_norms(pl_ctx *ctx, const xue23_problem *p, pl_cmat w, double *norm);

/** Start of descent from --start-seed and --start-scale: entries N(0, sigma0^2/d), d the ambient
 *  dimension of drawn noise, else that of x. */
pl_status xue23_problem_start(pl_ctx *ctx, const pl_options *o, const xue23_problem *p, pl_mat *w0);

/** Mean of (x . v_k)^2 over the training examples. */
double xue23_second_moment(const xue23_problem *p, size_t k);

/** How many directions there are. */
size_t xue23_problem_directions(const xue23_problem *p);

/** How far an encoder holds classes and subclasses apart: root mean square distance of the mean
 *  embeddings of two classes, and of two subclasses of one class (NAN: not known), and the root
 *  mean square distance of two embeddings of one class. */
typedef struct xue23_separation {
    double classes, subclasses, within;
} xue23_separation;
pl_status xue23_problem_separation(pl_ctx *ctx, const xue23_problem *p, pl_cmat w,
                                   xue23_separation *out);

/** Says which hypotheses of the theorems the problem misses (pl_table_unmet). */
void xue23_problem_unmet(const xue23_problem *p, pl_table *t);

/* Columns of the programs that list features, and one row for each direction. */
#define XUE23_FEATURE_COLUMNS                                                                      \
    {"feature", "1", "k of v_k: 0 bias, 1 class, 2 subclass, then irrelevant", false},             \
        {"second_moment", "1", "mean of (x . v_k)^2 over the training examples", false},           \
        {"norm", "1", "|W v_k|: how much of the feature the encoder keeps", false}, {              \
        "closed_form", "1", "the theorem's value of |W v_k|; nan: none is stated", false           \
    }

/** Rows k = 0, 1, ..: feature, second moment, |W v_k|, closed[k] (NULL: nan); and the list
 *  "feature_norms" of the summary. */
pl_status xue23_add_features(pl_ctx *ctx, pl_table *t, const xue23_problem *p, pl_cmat w,
                             const double *closed);

/** Closed form of the problem's asked loss and embedding, in a fresh array of all directions.
 *  Returned  *closed NULL, *norm_squared and *loss NAN where none is stated */
pl_status xue23_problem_closed_form(pl_ctx *ctx, const xue23_problem *p, double share,
                                    double **closed, double *norm_squared, double *loss);

/** Summary numbers that every program on a minimiser gives: loss, minimum, norm, separation. */
pl_status xue23_summarise(pl_ctx *ctx, pl_table *t, const xue23_problem *p, pl_cmat w,
                          const xue23_minimiser *m);

#endif
