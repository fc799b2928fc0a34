#ifndef PL_SPECTRAL_XUE23_EARLY_H
#define PL_SPECTRAL_XUE23_EARLY_H
/* The pieces of XUE23 Theorem 4.5: its certificate along a path, and the readouts at the peak. */

#include "spectral/xue23_problem.h"

/* Lower bound on |W_t v_2| from the start alone and what the path has spent (theory notes, THM45
 * i): b_{t+1} = alpha b_t + 4 eta |Q|_2^1/2 |W_t Q^1/2|_F^3,   alpha = 1 + 4 eta a_1, |W_t v_2| >=
 * |mu|/sqrt(a_1) alpha^t |W_0 l_1| - sqrt((1+eps)/a_1) |W_0 l_perp| - b_t, and the linear path V_t
 * = W_0 (I + 4 eta P)^t that W_t stays within b_t of. */
typedef struct xue23_certificate {
    double alpha, spent;        /* alpha, b_t */
    double learned, orthogonal; /* the two terms in |W_0 l_1| alpha^t and |W_0 l_perp| */
    double root;                /* |Q|_2^1/2 */
    pl_mat linear;              /* V_t, owned */
    double *step, *scratch;     /* owned */
} xue23_certificate;

/** Status PL_EDOMAIN not a set of the model on its good event, with a bias */
pl_status xue23_certificate_new(pl_ctx *ctx, const xue23_problem *p, pl_cmat w0, double step,
                                xue23_certificate *out);
/** From t to t + 1; `wqw` is tr(W_t Q W_t^T). */
pl_status xue23_certificate_step(pl_ctx *ctx, const xue23_problem *p, double step, double wqw,
                                 xue23_certificate *c);
double xue23_certificate_bound(const xue23_certificate *c);
/** |W_t - V_t|_F */
double xue23_certificate_distance(const xue23_certificate *c, pl_cmat w);
void xue23_certificate_free(xue23_certificate *c);

/* Least y_sub (beta^T W u + c) over the noise-free points u. */
typedef struct xue23_margins {
    double affine;      /* beta = W v_2 / |W v_2|, c = -beta^T W (v_0 + mu v_2) */
    double homogeneous; /* the same beta, c = 0 */
    double best;        /* largest over |beta|_inf <= 1, c = 0: a linear program; NAN: p > 3 or too
                         * many points */
} xue23_margins;
pl_status xue23_margins_at(pl_ctx *ctx, const xue23_set *s, pl_cmat w, xue23_margins *out);

#endif
