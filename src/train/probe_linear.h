#ifndef PL_TRAIN_PROBE_LINEAR_H
#define PL_TRAIN_PROBE_LINEAR_H
/* The objective behind pl_probe_linear and its two minimisers; arguments are checked there. */

#include "train/probe.h"

/* A set in double, standardised, with a column of ones for the biases. */
typedef struct pl_linear_problem {
    pl_ctx *ctx;
    pl_status status; /* the first failure: an objective cannot return one */
    pl_mat x;         /* n x (dim + 1) */
    const size_t *label;
    size_t classes;
    double decay;
    pl_mat p;     /* n x classes: logits, then softmax - one-hot */
    double *term; /* n losses */
} pl_linear_problem;

/** f(W) and its gradient: mean cross-entropy + decay |W|^2/2, the biases (W's last row) left out of
 *  the decay.
 *  Given     data    the problem;  w  (dim + 1) x classes
 *  Returned  f, NaN once q->status says why;  g like w */
double pl_linear_objective(void *data, const double *w, double *g);

/** From w to the minimum by preconditioned L-BFGS. With M M' = s X'X/n + decay I, s = (1 - 1/K)/K,
 *  the Hessian at W = 0 is M M' up to the classes' coupling: the walk is in V = M' W, whose
 *  curvature is near 1 in every direction however the features are correlated.
 *  Returned  w, *out   iterations, converged */
pl_status pl_linear_lbfgs(pl_linear_problem *q, const pl_linear_spec *spec, double *w,
                          pl_probe_score *out);

/** From w by SGD with momentum 0.9 and a cosine schedule to 0. An epoch is n / batch steps over an
 *  order of its own; what does not fill a batch is left out.
 *  Returned  w, *out   iterations: the steps */
pl_status pl_linear_sgd(pl_linear_problem *q, const pl_linear_spec *spec, double *w,
                        pl_probe_score *out);

#endif
