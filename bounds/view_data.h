#ifndef PL_BOUNDS_VIEW_DATA_H
#define PL_BOUNDS_VIEW_DATA_H
/* Where attraction and repulsion take their views from: generated von Mises-Fisher classes, the
 * golden set and the counterexamples of the theory notes, or a user's arrays. */

#include "base/options.h"
#include "math/random.h"
#include "ssl/prototypes.h"

/* Rows that both programs put into their option tables. */
#define VIEW_DATA_OPTIONS                                                                          \
    {                                                                                              \
        "features", PL_OPT_INPUT,                                                                  \
        NULL,       0,                                                                             \
        0,          NULL,                                                                          \
        "FILE",     "features (N, V, d), or (N V, d) with --views, .npy or .npz",                  \
        0},                                                                                        \
        {"labels", PL_OPT_INPUT, NULL, 0, 0, NULL, "FILE", "integer labels, one per image", 0},    \
        {"views", PL_OPT_INT,                                                                      \
         NULL,    1,                                                                               \
         1e6,     NULL,                                                                            \
         "V",     "views per image, row by row; unless given 1 of files, 8 generated",             \
         0},                                                                                       \
        {"normalize", PL_OPT_FLAG, NULL, 0, 0, NULL, NULL, "scale the rows to unit norm", 0},      \
        {"dim", PL_OPT_INT, "128", 2, 4096, NULL, NULL, "dimension of generated features", 0},     \
        {"classes", PL_OPT_INT, "10", 2, 4096, NULL, NULL, "classes of generated features", 0},    \
        {"images", PL_OPT_INT, "8", 1, 1e6, NULL, NULL, "generated images per class", 0},          \
        {"law", PL_OPT_SPEC,     "vmf:100", 0,                                                     \
         1e6,   "uniform|vmf:K", NULL,      "law of generated views around their image",           \
         0},                                                                                       \
        {"class-law",                                                                              \
         PL_OPT_SPEC,                                                                              \
         "vmf:100",                                                                                \
         0,                                                                                        \
         1e6,                                                                                      \
         "vmf:KC|same",                                                                            \
         NULL,                                                                                     \
         "law of generated images around their class; same: the class's direction",                \
         0},                                                                                       \
    {                                                                                              \
        "seed", PL_OPT_SEED, "1", 0, 0, NULL, NULL, "of generated features", 0                     \
    }

typedef struct view_data {
    pl_views views;     /* over the arrays below */
    double *z;          /* owned, images*views x d */
    size_t *label;      /* owned, per image */
    size_t anchor_only; /* SIZE_MAX; a counterexample: its one anchor */
    double alpha, nu;   /* what the counterexample is stated at; NAN: free */
} view_data;

/** Reads, generates or recalls the views that the options name.
 *  Given     data    "views", "golden", or a counterexample's name; files win over it
 *            classes false: labels may be missing (every image its own class)
 *  Status    PL_EINPUT, PL_ESHAPE, PL_EDOMAIN from the arrays */
pl_status view_data_new(pl_ctx *ctx, const pl_options *o, const char *data, bool classes,
                        view_data *out);
void view_data_free(view_data *d);

/** Views of an image: --views, else one a row of files, eight of generated data. */
size_t view_data_views(const pl_options *o);

/** Balanced classes: the same number of images in each. */
bool view_data_balanced(const view_data *d, size_t *smallest);

/** Least and largest of n >= 1 numbers. */
void view_data_extremes(const double *x, size_t n, double *least, double *most);

/** The nu that --nu min|common|VALUE asks for, given the prototypes' norms.
 *  Status    PL_EDOMAIN "common" where the norms differ, or nu would be 0 */
pl_status view_data_nu(pl_ctx *ctx, const pl_options *o, const view_data *v, const double *norms,
                       double *out);

#endif
