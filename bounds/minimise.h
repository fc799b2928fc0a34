#ifndef PL_BOUNDS_MINIMISE_H
#define PL_BOUNDS_MINIMISE_H
/* Least losses of N free points, found by L-BFGS from random starts. What it finds is an upper
 * bound of the least value; a proved lower bound that it passes is refuted. */

#include "base/array.h"
#include "math/random.h"

typedef enum {
    OBJECTIVE_UNIFORMITY,  /* log mean_{i != j} e^{-t |u_i - u_j|^2}, N free points        */
    OBJECTIVE_SECOND_TERM, /* mean_i log mean_j e^{kappa u_i.u_j}, N free points           */
    OBJECTIVE_INFONCE,     /* InfoNCE of N free pairs (u_i, v_i)                            */
    OBJECTIVE_NTXENT,      /* NT-Xent of N free pairs                                       */
} objective_kind;

/** Least value over random starts.
 *  Given     scale   t, or kappa, > 0;  points N >= 2;  d >= 2;  starts >= 1
 *            stream  row r of it starts the r-th descent
 *  Returned  *value the least, *found the points there (N x d unit rows; pairs: the u_i)
 *  Status    PL_ENOMEM
 *  Cost      starts x some hundred evaluations of O(N^2 d) */
pl_status minimise_points(pl_ctx *ctx, objective_kind kind, double scale, size_t points, size_t d,
                          size_t starts, pl_stream stream, double *value, pl_mat found);

/** The objective and its gradient at given rows (x un-normalised, N x d or, for pairs, 2N x d);
 *  NAN when it cannot be evaluated. */
typedef struct point_objective {
    pl_ctx *ctx;
    objective_kind kind;
    double scale;
    size_t rows, d; /* of x */
    double *unit, *norm, *pull;
    pl_status failed; /* why the last evaluation was NAN */
} point_objective;

pl_status point_objective_new(pl_ctx *ctx, objective_kind kind, double scale, size_t points,
                              size_t d, point_objective *out);
void point_objective_free(point_objective *o);
double point_objective_eval(void *objective, const double *x, double *gradient);

#endif
