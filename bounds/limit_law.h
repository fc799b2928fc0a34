#ifndef PL_BOUNDS_LIMIT_LAW_H
#define PL_BOUNDS_LIMIT_LAW_H
/* The laws behind infonce-limit: features on the sphere, positive pairs, negatives; and the closed
 * forms of the limit, of C1, C2 and of the bounds of the deviation (theory notes, sec. 3).
 *
 * A feature law is vMF(e1, law_kappa), law_kappa = 0 the uniform law. Everything depends on the
 * anchor v through r = v.e1 alone. */

#include "base/array.h"
#include "base/options.h"
#include "math/random.h"
#include "math/zonal.h"

typedef enum { LOSS_INFONCE, LOSS_NTXENT, LOSS_DCL } limit_loss;

typedef struct limit_law {
    size_t d;
    double kappa;
    double law_kappa, negative_kappa, pair_kappa;
    bool aligned;    /* s+ = 1 */
    bool mismatched; /* the negatives have another law than the features */
    bool coupled;    /* two-view batches: the negatives come in positive pairs */
    limit_loss loss;
    pl_zonal anchors;  /* law of r = v.e1 over the anchors; one node when nothing depends on r */
    pl_zonal positive; /* law of s+; empty when aligned */
    size_t nodes;      /* least nodes that resolve exp(-t e^{kappa s}) */
} limit_law;

typedef struct limit_constants {
    double alignment, uniformity, limit; /* the two terms of L_inf and their sum      [nats] */
    double r, v;                         /* E R and E V                                      */
    double c1, c2;                       /* D_M = C1/M + C2/M^2 + ...; c2 NAN: not known     */
    double couple;                       /* rho, correlation inside a couple; 0 without      */
    double information;                  /* I(x; y) of pairs vMF(kp); NAN: infinite, unknown */
} limit_constants;

typedef struct limit_bounds {
    double lower, upper; /* of D_M, proved for every M                          */
    double rate;         /* e^{2k}/M + e^k E sd(e^{k s-})/sqrt M  (THM1.3)       */
    double range;        /* the same with the range for the deviation (THM1.3)  */
    double trivial;      /* 2 kappa + log(1 + 1/M)                              */
} limit_bounds;

/** Reads --dim --law --negative-law --pairs --loss.
 *  Status  PL_EUSAGE a combination that has no meaning */
pl_status limit_law_new(pl_ctx *ctx, const pl_options *o, double kappa, double m, limit_law *out);
void limit_law_free(limit_law *law);

/** Law of s = u.v for a negative u and an anchor with v.e1 = r. */
pl_status limit_law_negatives(pl_ctx *ctx, const limit_law *law, double r, pl_zonal *out);

/** log U(v) of the features' law, in closed form: log c(|kappa v + kc e1|) - log c(kc). */
double limit_law_log_u(const limit_law *law, double r);

/** Whether the finite-M loss has a quadrature: not for couples of noisy positive pairs. */
bool limit_law_has_exact(const limit_law *law);

pl_status limit_law_constants(pl_ctx *ctx, const limit_law *law, limit_constants *out);
pl_status limit_law_bounds(pl_ctx *ctx, const limit_law *law, const limit_constants *c, double m,
                           limit_bounds *out);

/** Rows of vMF(e1, kappa), or of the uniform law when kappa is 0. */
pl_status limit_law_sample(pl_ctx *ctx, double kappa, pl_stream stream, pl_mat out);

#endif
