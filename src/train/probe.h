#ifndef PL_TRAIN_PROBE_H
#define PL_TRAIN_PROBE_H
/* Probes of frozen features: a linear classifier, and the weighted vote of the nearest neighbours.
 * Both give a number of hits on test features, with the Clopper-Pearson interval of the accuracy
 * (test images are the independent draws; the training set is taken as given). */

#include "base/array.h"

/* Features and classes of a set. */
typedef struct pl_probe_set {
    const float *x; /* n x dim */
    const size_t *label;
    size_t n;
} pl_probe_set;

typedef struct pl_probe_score {
    size_t hits, n;
    double accuracy, lo, hi;
    size_t iterations; /* linear */
    bool converged;
} pl_probe_score;

typedef struct pl_linear_spec {
    double decay;      /* weight of |W|^2/2, >= 0                         */
    size_t iterations; /* of L-BFGS, at most                              */
    double gradient;   /* stop when its norm is below                     */
} pl_linear_spec;

/** Decay 1e-4, 300 iterations, 1e-4. */
pl_linear_spec pl_linear_defaults(void);

/** Multinomial logistic regression on standardised features, by L-BFGS.
 *    f(W, b) = mean_i -log softmax(W x_i + b)_{y_i} + decay |W|^2/2
 *  Given     train, test  dim features each, standardised by the training set's means and standard
 *                         deviations;  classes > every label
 *            level        of the interval
 *  Returned  *out
 *  Status    PL_ESHAPE an empty set | PL_EDOMAIN a label or decay out of range | PL_ENOMEM
 *  Cost      O(n dim classes) an iteration; 8 n dim bytes; the same bits for any number of threads
 *  Source    linear evaluation; Chen et al. 2020 */
pl_status pl_probe_linear(pl_ctx *ctx, pl_probe_set train, pl_probe_set test, size_t dim,
                          size_t classes, const pl_linear_spec *spec, double level,
                          pl_probe_score *out);

/** Weighted vote of the k training features nearest by cosine.
 *    score(c) = sum over the k nearest of class c of e^{s/tau}
 *  Given     k      1 .. train.n;  tau > 0
 *  Returned  *out   ties go to the lower index, then to the lower class
 *  Status    PL_ESHAPE | PL_EDOMAIN k, tau, a zero feature | PL_ENOMEM
 *  Cost      O(n_test n_train dim); the same bits for any number of threads
 *  Source    Wu et al. 2018 (k = 200, tau = 0.07 there) */
pl_status pl_probe_knn(pl_ctx *ctx, pl_probe_set train, pl_probe_set test, size_t dim,
                       size_t classes, size_t k, double tau, double level, pl_probe_score *out);

#endif
