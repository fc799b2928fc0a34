#ifndef PL_BOUNDS_SEARCH_H
#define PL_BOUNDS_SEARCH_H
/* The search for the smallest finite set that violates a bound when one hypothesis is dropped:
 * random restarts and local moves to the worst violation, then whatever can be taken away is taken
 * away.
 *
 * A candidate is a few images of a few views, each image with a multiplicity; the anchor is the
 * first view of the first image. */

#include "bounds/view_data.h"

enum { SEARCH_MOST_IMAGES = 6, SEARCH_MOST_VIEWS = 4, SEARCH_MOST_DIM = 3 };
enum { SEARCH_MOST_ROWS = SEARCH_MOST_IMAGES * SEARCH_MOST_VIEWS };

typedef struct candidate {
    size_t images, views, dim, classes;
    size_t label[SEARCH_MOST_IMAGES], times[SEARCH_MOST_IMAGES];
    double z[SEARCH_MOST_ROWS * SEARCH_MOST_DIM]; /* images*views x dim */
} candidate;

/* A bound to break. */
typedef struct search_problem {
    const char *hypothesis;             /* the one that is dropped                        */
    size_t images, views, dim, classes; /* where the search starts                        */
    size_t most_times;                  /* largest multiplicity of an image               */
    bool unit, balanced;                /* hypotheses that the candidates keep            */
    double alpha, lambda;
    const char *remedy; /* what to try where nothing is found */
    /** The bound's gap at the anchor, negative where it is violated; INFINITY where the candidate
     *  misses a hypothesis that is kept. */
    double (*gap)(const struct search_problem *p, const candidate *c);
} search_problem;

/* Rows for a program's options, with the hypotheses that it can drop. */
#define SEARCH_OPTIONS(hypotheses)                                                                 \
    {"search", PL_OPT_SPEC,                                                                        \
     NULL,     0,                                                                                  \
     0,        hypotheses,                                                                         \
     NULL,     "drop it, look for the worst violation and shrink it to a small finite set",        \
     0},                                                                                           \
    {                                                                                              \
        "save", PL_OPT_TEXT, NULL, 0, 0, NULL, "FILE.npy",                                         \
            "write that set there, its labels to FILE-labels.npy", 0                               \
    }

/** Looks for a violation and shrinks it.
 *  Given     problem, seed
 *  Returned  *out     views for view_data's readers, the anchor alone; its gap is *gap
 *  Status    PL_ENOCONV no violation was found: a result, not a proof
 *  Cost      about a million evaluations of the gap; the same result for the same seed */
pl_status search_violation(pl_ctx *ctx, const search_problem *problem, uint64_t seed,
                           view_data *out, double *gap);

/** What --search and --save of a program ask for: the views found, what they are as a remark, and
 *  on request as files: features (N, V, d) in FILE.npy, integer labels in FILE-labels.npy.
 *  Given     program   its name, for the command that reads the files back
 *  Status    PL_ENOCONV nothing was found | PL_EUSAGE --search with --features | PL_EIO */
pl_status search_views(pl_ctx *ctx, const pl_options *o, const search_problem *problem,
                       const char *program, view_data *out);

/** PL_EUSAGE where --save is given without --search. */
pl_status search_options_check(pl_ctx *ctx, const pl_options *o);

/* Gaps of the three bounds from their definitions, over a candidate's weighted views. */
double search_attraction_gap(const search_problem *p, const candidate *c);
double search_repulsion_gap(const search_problem *p, const candidate *c);
double search_chain_gap(const search_problem *p, const candidate *c);

#endif
