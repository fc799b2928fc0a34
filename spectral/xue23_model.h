#ifndef PL_SPECTRAL_XUE23_MODEL_H
#define PL_SPECTRAL_XUE23_MODEL_H
/* The data model of XUE23 sec. 3.1, as training sets:
 *     x = (y phi_1) v_1 + (y_sub phi_2 + mu) v_2 + (rho phi_k) v_k + sigma v_j,   v_0 = 1 (bias)
 * with class y, subclass y_sub and sign rho in {-1, +1}, one irrelevant feature k in 3..K, and
 * noise on one coordinate j. An example has at most five non-zeros, so that X is kept sparse. */

#include "base/array.h"

enum { XUE23_NONZEROS = 5, XUE23_MAX_FEATURES = 1024 };

/* What a set is made of. */
typedef struct xue23_spec {
    const double *phi; /* phi_1 .. phi_K, borrowed */
    size_t features;   /* K */
    double mu, sigma;
    size_t views, repeats; /* m augmentations of each of n = 8 R (K-2) originals */
    bool bias;             /* the coordinate v_0 is 1, else 0 */
    bool unbalanced;       /* drop the originals with y = y_sub = rho = -1 */
    size_t ambient;        /* 0: the good event built directly, column c has noise v_{K+1+c};
                            * d: noise coordinates drawn uniformly from 1..d */
    uint64_t noise_seed;
} xue23_spec;

/* One example; rows of X are examples, and coordinate 0 is the bias. */
typedef struct xue23_example {
    size_t at[XUE23_NONZEROS]; /* v_0, v_1, v_2, v_k, v_j; the last may repeat another */
    double value[XUE23_NONZEROS];
} xue23_example;

typedef struct xue23_set {
    size_t features, originals, columns, dims; /* K, n, N, D */
    double mu, sigma, epsilon;                 /* epsilon = sigma^2/N */
    bool bias, balanced, good; /* good: all noise coordinates distinct and beyond K */
    double *phi;               /* phi[k], k = 1..K; phi[0] = 1 */
    double *moment;            /* s_k of the features, k = 0..K; s_0 = 0 without a bias */
    xue23_example *example;    /* N */
    size_t *original;          /* N: 0..n-1 */
    size_t *label;             /* N: class, 0 is y = +1 */
    int *subclass;             /* N: -1 or +1 */
    size_t *irrelevant;        /* N: k */
    int *sign;                 /* N: rho */
} xue23_set;

/** Builds a set; originals in the order repeat, y (+,-), y_sub (+,-), k = 3..K, rho (+,-), their
 *  views side by side.
 *  Status    PL_EDOMAIN K < 3, no view, no repeat, sigma or a phi not positive | PL_ESHAPE sizes
 *            overflow */
pl_status xue23_set_new(pl_ctx *ctx, const xue23_spec *spec, xue23_set *out);
void xue23_set_free(xue23_set *s);

/** X as a matrix, N x D. */
void xue23_set_dense(const xue23_set *s, pl_mat x);

/** The noise-free points of the model, 8(K-2) x (K+1), with y and y_sub of each (0 or 1: +1). */
size_t xue23_points(const xue23_set *s);
void xue23_point(const xue23_set *s, size_t i, double *u, int *y, int *subclass);

/** Probability that N noise coordinates from 1..d are distinct and beyond K, and its bound
 *  1 - N(2K + N - 1)/(2d). Source XUE23 app. C, exact in theory notes, sec. 1 */
double xue23_good_event(size_t columns, size_t features, double ambient);
double xue23_good_event_bound(size_t columns, size_t features, double ambient);

/* The subclass block of the theorems: den = phi_2^2 + eps (1 + mu^2 + phi_2^2) + eps^2. */
double xue23_denominator(const xue23_set *s);

/** Closed form of |W v_k|, k = 0..K, for the minimum-norm minimiser of
 *  share * L_SCL + (1 - share) * L_UCL (THM44, THM47, THM51, THM61), on the good event.
 *  Returned  norm[k]; *norm_squared (NAN where no closed form is stated); *loss, the minimum
 *  Status    PL_EDOMAIN no closed form: share < 1 with mu != 0, or p < 2 for share = 1 */
pl_status xue23_closed_form(pl_ctx *ctx, const xue23_set *s, double share, size_t p, double *norm,
                            double *norm_squared, double *loss);

#endif
