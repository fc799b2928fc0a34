#ifndef PL_SSL_SPECTRAL_LOSSES_H
#define PL_SSL_SPECTRAL_LOSSES_H
/* Self-supervised losses as functions of an embedding Z (n x K) and a relation graph G, with their
 * gradients (BL22 sec. 2; HC21). d = G 1, L = D - G, H = I - 11'/n, C = Z'HZ/nu. */

#include "ssl/graph.h"

typedef enum pl_spectral_kind {
    /* Omega(C) + (2 gamma/n) tr Z'LZ, the three with another Omega: */
    PL_VICREG_SQUARED,  /* alpha sum (1 - C_kk)^2 + beta sum_{k/=l} C_kl^2                        */
    PL_VICREG_HINGE,    /* alpha sum max(0, 1 - sqrt C_kk) + beta sum_{k/=l} C_kl^2: the paper's  */
    PL_LOG_DETERMINANT, /* tr C - log det C                                                      */
    PL_VICREG_DEGREE,   /* squared, with Cov_D = Z'(D - dd'/vol)Z/vol and 2 gamma/vol             */
    PL_GRAPH_INFONCE,   /* -sum G_ij log softmax_{j/=i}(cos(z_i, z_j)/tau)                        */
    PL_SIMCLR_SQUARED,  /* |ZZ' - G|^2; centred: |HZZ'H - HGH|^2                                  */
    PL_BARLOW_TWINS,    /* sum (C_kk - 1)^2 + alpha sum_{k/=l} C_kl^2, C the cosines of columns
                         * under G over D; centred: columns centred by D first                    */
    PL_SPECTRAL_CONTRASTIVE, /* -2 tr F'WF + |F'diag(w)F|^2, W = G/vol, w = W1                   */
} pl_spectral_kind;

typedef struct pl_spectral_loss {
    pl_spectral_kind kind;
    double alpha, beta, gamma, tau;
    double nu;        /* divisor of the covariance; 0: n - 1 */
    double smoothing; /* hinge: max(0, x) becomes (x + sqrt(x^2 + s^2))/2; 0: the hinge itself */
    bool centred;
} pl_spectral_loss;

/** The loss, and its gradient.
 *  Given     z    n x K, contiguous rows need not be
 *  Returned  *value; gradient n x K (a NULL: not wanted)
 *  Status    PL_ESHAPE | PL_EDOMAIN InfoNCE of a zero row, Barlow Twins of a column without energy,
 *            log-determinant of a singular covariance; a constant hinge column has gradient 0
 *  Cost      O(n K^2 + entries K); InfoNCE O(n^2 K); the same bits for any number of threads
 *  Source    BL22 sec. 2 (theory notes, sec. 2), HC21 eq. 4 */
pl_status pl_spectral_loss_at(pl_ctx *ctx, const pl_spectral_loss *loss, const pl_graph *g,
                              pl_cmat z, double *value, pl_mat gradient);

/** Barlow Twins from lists of pairs, as the paper's code has it: row p of `left` and of `right` are
 *  related. Equal to the G-form when the list holds every entry of G (BL22.ID3).
 *  Returned  *value; gradients per list (a NULL: not wanted) */
pl_status pl_barlow_pairs(pl_ctx *ctx, pl_cmat left, pl_cmat right, double alpha, bool centred,
                          double *value, pl_mat gradient_left, pl_mat gradient_right);

/** Row-normalised copy: u_i = z_i/|z_i|. Status PL_EDOMAIN a zero row */
pl_status pl_unit_rows(pl_ctx *ctx, pl_cmat z, pl_mat out);

#endif
