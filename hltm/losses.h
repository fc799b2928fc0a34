#ifndef PL_HLTM_LOSSES_H
#define PL_HLTM_LOSSES_H
/* The losses of TIAN20 in the distances r = |f_1 - f_2|^2/2 of pairs, and their exact expectation
 * over a population with its gradient.
 *
 *     simp      r_+ - r_-
 *     tri       tau log(1 + e^{(r_+ - r_- + r_0)/tau})
 *     nce       -tau log( e^{-r_+/tau} / (e^{-r_+/tau} + sum_h e^{-r_h/tau}) )
 *     released  -sigma((b - a)/T), a and b batch means of the mean squared error: no logarithm
 *     subtract  a - b */

#include "hltm/net.h"
#include "hltm/population.h"

typedef enum hltm_loss_kind {
    HLTM_SIMP,
    HLTM_TRI,
    HLTM_NCE,
    HLTM_RELEASED,
    HLTM_SUBTRACT
} hltm_loss_kind;

typedef struct hltm_loss {
    hltm_loss_kind kind;
    double tau, r0;
    size_t negatives; /* H of nce */
} hltm_loss;

/** Value and derivatives of simp, tri, nce at given distances.
 *  Returned  *positive = dL/dr_+, negative[h] = dL/dr_h */
double hltm_loss_at(const hltm_loss *loss, double r_positive, const double *r_negative,
                    double *positive, double *negative);

/** sigma(x) = 1/(1 + e^{-x}) without overflow. */
double hltm_sigmoid(double x);

/* What the expectation of a loss consists of. */
typedef struct hltm_objective {
    double value;
    double positive, negative; /* E r_+, E r_-                                       */
    double scale;              /* released, subtract: gradient relative to L_simp's  */
} hltm_objective;

/** Exact expectation over the population, and its total gradient.
 *  Given     grad   of the net's shape, is set; or NULL
 *  Status    PL_EDOMAIN tri or nce over more than 1024 configurations (n^3 terms), or nce with
 *            H >= 2 over more than 64; tau <= 0
 *  Cost      simp, released, subtract: two passes over the configurations */
pl_status hltm_expected_loss(pl_ctx *ctx, const hltm_net *net, const hltm_population *p,
                             const hltm_loss *loss, hltm_net *grad, hltm_objective *out);

/** E L_simp by the sum over all pairs: the slow twin. Status PL_EDOMAIN beyond 4096 configurations
 */
pl_status hltm_simp_by_pairs(pl_ctx *ctx, const hltm_population *p, const double *out,
                             size_t outputs, double *value);

/* Weights of pairs of configurations that turn a pair loss into sums over pairs: of positive pairs
 * A_+, of negative ones A_-; E[loss' gradient] = E over pairs of (A_+ - A_-)(f_i - f_k)^2/2. */
typedef struct hltm_pair_weights {
    size_t n;
    double *positive, *negative; /* n x n */
} hltm_pair_weights;

/** A_+ and A_- of simp (xi = 1), tri, nce; with `leading`, at the mean distances instead: xi_0 of
 *  r-bar(z, z') = |f-bar(z) - f-bar(z')|^2/2.
 *  Given     out      configs x outputs
 *  Returned  *weights allocated here; *value the loss's expectation (NULL: not wanted) */
pl_status hltm_pair_weights_new(pl_ctx *ctx, const hltm_population *p, const double *out,
                                size_t outputs, const hltm_loss *loss, bool leading,
                                hltm_pair_weights *weights, double *value);
void hltm_pair_weights_free(hltm_pair_weights *w);

/** Gradient with respect to the outputs: G_i = sum_k S'_ik (f_i - f_k), S' = B + B^T,
 *  B = A_+ - A_-. */
void hltm_pair_gradient(const hltm_pair_weights *w, const double *out, size_t outputs, double *g);

/** Class means of the outputs: datapoints x outputs. */
void hltm_class_means(const hltm_population *p, const double *out, size_t outputs, double *means);

/** r of every pair of rows: n x n. */
void hltm_distances(const double *out, size_t n, size_t outputs, double *r);

#endif
