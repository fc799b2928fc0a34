#ifndef PL_SSL_PROTOTYPES_H
#define PL_SSL_PROTOTYPES_H
/* Views of images, their means and their classes' prototypes, and the two sides of LEE25's
 * attraction and repulsion bounds. s(u, v) is the cosine throughout, so that features that are not
 * unit are judged as they are. */

#include "base/array.h"

/* Features of `images` images, `views` views of each in consecutive rows. */
typedef struct pl_views {
    pl_cmat z; /* images*views x d */
    size_t images, views;
    const size_t *label; /* per image, below `classes` */
    size_t classes;
} pl_views;

/** Class prototypes mu_y = E_{T,X|y} f(T X), their norms and the classes' numbers of images.
 *  Given     means  classes x d
 *  Returned  means, norms[classes], sizes[classes]
 *  Status    PL_ESHAPE a class without an image
 *  Source    LEE25, ideal prototype */
pl_status pl_prototypes(pl_ctx *ctx, const pl_views *v, pl_mat means, double *norms, size_t *sizes);

/** The attraction bound, anchor by anchor: z a view, m the mean of its image's views.
 *    lhs = -s(z, m),   rhs = -E_T s(z, f(T x))
 *  Returned  lhs, rhs, mean_similarity = E_T s(z, f(T x)), each images*views; E_T runs over all
 *            views, the anchor's own among them
 *  Status    PL_EDOMAIN a row is zero, or the views of an image have mean zero
 *  Source    LEE25, attraction upper bound (theory notes, LEE25.THM1) */
pl_status pl_attraction(pl_ctx *ctx, const pl_views *v, double *lhs, double *rhs,
                        double *mean_similarity);

/** The repulsion bound for anchors z of class y:
 *    lhs = max_{y' != y} s(z, mu_y'),
 *    rhs = E_T' [(1/(nu alpha)) log E_X' e^{alpha s(z, f(T'X'))}] + log_n/(nu alpha),
 *  E_X' over the images, own class included, T' the view's number, common to all images.
 *  Given     alpha, nu > 0
 *            log_n    log of the number of classes; unbalanced: log 1/pi_min
 *            anchors  n rows of v->z, or NULL for all of them in order
 *  Returned  each n long: lhs, rhs; without = rhs over the other classes alone, its constant
 *            log_n + log(1 - pi_y); margin = s(z, mu_y) - lhs
 *  Status    PL_ESHAPE fewer than two classes | PL_EDOMAIN alpha, nu, a zero row, a prototype of
 *            norm 0
 *  Cost      O(n images views d) time; one copy of the features
 *  Source    LEE25, repulsion upper bound (theory notes, LEE25.THM2, THM2.GAP) */
pl_status pl_repulsion(pl_ctx *ctx, const pl_views *v, double alpha, double nu, double log_n,
                       const size_t *anchors, size_t n, double *lhs, double *rhs, double *without,
                       double *margin);

/** The same from the definition, one exponential at a time. */
pl_status pl_repulsion_ref(pl_ctx *ctx, const pl_views *v, double alpha, double nu, double log_n,
                           const size_t *anchors, size_t n, double *lhs, double *rhs,
                           double *without, double *margin);

#endif
