#ifndef PL_SPECTRAL_RELATION_H
#define PL_SPECTRAL_RELATION_H
/* The relation graph that a program of this room is asked about: a named one of the theory, a file,
 * or one made from a user's features, views, labels and neighbours. */

#include "base/options.h"
#include "base/table.h"
#include "ssl/graph.h"

/* Options that say which graph. */
#define RELATION_OPTIONS(DEFAULT)                                                                    \
    {"graph",                                                                                        \
     PL_OPT_INPUT,                                                                                   \
     DEFAULT,                                                                                        \
     0,                                                                                              \
     0,                                                                                              \
     NULL,                                                                                           \
     "NAME|FILE",                                                                                    \
     "karate, petersen, path:N, cycle:N, grid:RxC, views:NxV, cliques:CxV, cliques-loops:CxV, "      \
     "labels[-loops|-corrected]:N1,N2,.., random:N, neighbours:NxK, softmax:N, augmentation:MxN, "   \
     "isomap:NAME; or "                                                                              \
     "a file: SciPy's sparse .npz, or lines \"i j [weight]\"",                                       \
     0},                                                                                             \
        {"features", PL_OPT_INPUT,                                                                   \
         NULL,       0,                                                                              \
         0,          NULL,                                                                           \
         "FILE",     "make the graph from these rows instead: with --views, --labels or --knn",      \
         0},                                                                                         \
        {"views", PL_OPT_INT, NULL, 2,                                                               \
         1e9,     NULL,       "V",  "related: views of one image, V rows after one another",         \
         0},                                                                                         \
        {"labels", PL_OPT_INPUT,                                                                     \
         NULL,     0,                                                                                \
         0,        NULL,                                                                             \
         "FILE",   "related: rows of one label (integers; below 0: unlabelled); with --views: both", \
         0},                                                                                         \
        {"knn", PL_OPT_INT, NULL, 1, 1e6, NULL, "K", "related: K nearest neighbours", 0},            \
        {"symmetrise",                                                                               \
         PL_OPT_SPEC,                                                                                \
         "union",                                                                                    \
         0,                                                                                          \
         0,                                                                                          \
         "union|mutual|mean",                                                                        \
         NULL,                                                                                       \
         "what makes the neighbour relation symmetric",                                              \
         0},                                                                                         \
    {                                                                                                \
        "bandwidth", PL_OPT_REAL, "0", 0, HUGE_VAL, NULL, "S",                                       \
            "neighbours weigh exp(-|x - y|^2/S^2); 0: all 1", 0                                      \
    }

typedef struct relation {
    pl_graph graph;
    pl_graph_facts facts;
    pl_mat features; /* owned; a NULL: none were given */
    size_t *label;   /* owned, one a node; SIZE_MAX: unlabelled; NULL: none */
    size_t classes, images, views;
} relation;

/** The graph that the options name, checked.
 *  Status    PL_EUSAGE no such name, options that do not go together | as the readers */
pl_status relation_new(pl_ctx *ctx, const pl_options *o, relation *out);
/** A graph of the theory by its name; the sizes stand in the name. */
pl_status relation_named(pl_ctx *ctx, const char *name, pl_graph *out);
void relation_free(relation *r);

/** Adds what was found of a graph to a summary: nodes, edges, components, degrees, ... */
pl_status relation_summarise(pl_ctx *ctx, const relation *r, pl_table *t);

/** Rows of a .npy or .npz file, (n, D) or (N, V, D), as doubles. *views 1 for two dimensions. */
pl_status relation_read_rows(pl_ctx *ctx, const char *path, pl_mat *rows, size_t *views);
/** Integers, one a sample, as classes 0 .. *classes - 1 in the order of their values. */
pl_status relation_read_labels(pl_ctx *ctx, const char *path, size_t **label, size_t *count,
                               size_t *classes);

/** SM(seed).mat: entries 2u - 1 of the theory's portable generator, row by row. */
pl_status splitmix_matrix(pl_ctx *ctx, uint64_t seed, size_t rows, size_t cols, pl_mat *out);
/** The next number of a stream in [-1, 1). */
double splitmix_entry(uint64_t *state);

#endif
