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
    size_t iterations;     /* linear: of L-BFGS, or steps of SGD              */
    double loss, gradient; /* linear: f and its gradient's norm at the end    */
    bool converged;        /* false: L-BFGS used its iterations up            */
} pl_probe_score;

typedef enum { PL_PROBE_LBFGS, PL_PROBE_SGD } pl_probe_by;

typedef struct pl_linear_spec {
    pl_probe_by by;
    double decay;         /* weight of |W|^2/2, >= 0                                     */
    size_t iterations;    /* L-BFGS: at most                                             */
    double gradient;      /* L-BFGS: stop when the preconditioned gradient's norm is less */
    double rate;          /* SGD: learning rate; 0: 2/(dim + 1), which is stable for
                           * standardised features whatever their correlations           */
    size_t epochs, batch; /* SGD                                                         */
    uint64_t seed;        /* SGD: of the order                                           */
} pl_linear_spec;

/** L-BFGS, decay 1e-4, 300 iterations, gradient 1e-3: of 60,000 features of dimension 128 the loss
 *  is then within 1e-4 of its minimum, and the accuracy within a tenth of its interval. SGD's rate
 * 0, 100 epochs, batch 256, seed 1. */
pl_linear_spec pl_linear_defaults(void);

/** Multinomial logistic regression on standardised features, by L-BFGS or by SGD.
 *    f(W, b) = mean_i -log softmax(W x_i + b)_{y_i} + decay |W|^2/2
 *  Given     train, test  dim features each, standardised by the training set's means and standard
 *                         deviations;  classes > every label
 *            level        of the interval
 *  Returned  *out         f is convex: out->loss exceeds its minimum by at most
 *                         out->gradient^2 / (2 decay), up to the biases' share
 *  Status    PL_ESHAPE an empty set | PL_EDOMAIN a label or a number of spec out of range |
 * PL_ENOMEM Cost      O(n dim classes) an iteration or epoch, O(dim^3) once; 8 n dim + 8 dim^2
 * bytes; the same bits for any number of threads Source    linear evaluation; Chen et al. 2020 */
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
