#ifndef PL_SPECTRAL_XUE23_DESCENT_H
#define PL_SPECTRAL_XUE23_DESCENT_H
/* Gradient descent on the spectral contrastive loss of a linear encoder (XUE23 sec. 4.2),
 *     W <- W - eta dL/dW,   dL/dW = -4 W P + 4 W Q W^T W Q,
 * with P and Q given, or never formed: from the sparse examples of a set, or from a matrix of
 * examples, W Q = (W X^T) X / N and W P = (W X^T) S X / N cost O(p x non-zeros). */

#include "spectral/xue23_model.h"

/* Where P and Q come from: one of the four; everything is borrowed. */
typedef struct xue23_moments {
    pl_cmat p, q;           /* D x D each */
    const double *diagonal; /* Q = diag, D numbers, and P = C^T C: */
    pl_cmat factor;         /* C, few rows x D */
    const xue23_set *set;   /* sparse examples with their labels */
    pl_cmat x;              /* N x D, with: */
    const size_t *label, *original;
    size_t classes, originals;
    double share; /* of L_SCL; the rest is L_UCL. Not used with p and q */
} xue23_moments;

/** W Q and W P for w (p x D), by whichever way. Either may be NULL.
 *  Given     scratch   xue23_scratch(m, p) doubles */
size_t xue23_scratch(const xue23_moments *m, size_t p);
pl_status xue23_apply(pl_ctx *ctx, const xue23_moments *m, pl_cmat w, double *scratch, pl_mat wq,
                      pl_mat wp);
size_t xue23_dims(const xue23_moments *m);

/** Loss and the norm of its gradient at w.
 *  Status    PL_ENOMEM */
pl_status xue23_loss(pl_ctx *ctx, const xue23_moments *m, pl_cmat w, double *loss,
                     double *gradient_norm);

typedef struct xue23_descent {
    const xue23_moments *moments;            /* borrowed */
    pl_mat w;                                /* owned, p x D: W_t */
    double step;                             /* eta */
    size_t iteration;                        /* t */
    double loss;                             /* L(W_t) */
    double attraction, repulsion;            /* |4 W P|, |4 W Q W^T W Q| at W_t */
    double wqw;                              /* tr(W Q W^T) at W_t */
    double first_loss;                       /* L(W_0) */
    double *wq, *wp, *gram, *push, *scratch; /* owned */
} xue23_descent;

/** Starts at w0 (copied). Status PL_EDOMAIN step <= 0 | PL_ESHAPE */
pl_status xue23_descent_new(pl_ctx *ctx, const xue23_moments *m, pl_cmat w0, double step,
                            xue23_descent *out);
void xue23_descent_free(xue23_descent *d);

/** One step; loss and gradient norms are then those of the new W.
 *  Status    PL_ENOCONV the loss is not finite or far above its start: the step is too large, and
 *            the message says so */
pl_status xue23_descent_step(pl_ctx *ctx, xue23_descent *d);

/** |W v_k| of the first `count` coordinates. */
void xue23_column_norms(pl_cmat w, size_t count, double *norm);

/** Start of the theory's runs: portable normals of a seed times scale. */
pl_status xue23_start(pl_ctx *ctx, size_t p, size_t dims, uint64_t seed, double scale, pl_mat *out);

/** |Pi W^T W Pi - W*^T W*|_F for Pi the projector on the span of the examples and W* the
 *  minimum-norm minimiser; row by row, so that no D x D matrix beside Pi is kept. */
pl_status xue23_gram_error(pl_ctx *ctx, pl_cmat w, pl_cmat projector, pl_cmat least, double *out);

#endif
