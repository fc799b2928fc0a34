#ifndef PL_SSL_ESTIMATES_H
#define PL_SSL_ESTIMATES_H
/* Estimates from a user's features, each with the interval of the images' sampling error: images
 * are taken as independent, the views of one image are not. */

#include "ssl/features.h"

typedef struct pl_estimate {
    double value, lo, hi; /* two-sided interval; NAN where there is none */
} pl_estimate;

/** t interval of the mean of one number per image. */
pl_estimate pl_estimate_mean(const double *x, size_t n, double level);

/** Alignment: mean over images of the mean over pairs of its views of |z - z'|^power.
 *  Given     power > 0 (the paper: 2)
 *  Status    PL_ESHAPE one view an image | PL_EDOMAIN
 *  Cost      O(images views^2 d)
 *  Source    WANG20 sec. 4.1.1 */
pl_status pl_estimate_alignment(pl_ctx *ctx, const pl_features *f, double power, double level,
                                pl_estimate *out);

/** Uniformity: log of the U-statistic of e^{-t |z - z'|^2} over pairs of different images, averaged
 *  over the view's number.
 *  Given     images  n of them (NULL: 0 .. n-1), n >= 2; rows of unit norm
 *  Returned  *out  value and interval: the U-statistic's first-order standard error, joined with
 * its exact standard deviation under the uniform law, where the first order vanishes (the theory
 * notes, PROP3.EST) Cost      O(n^2 views d) time Source    WANG20 sec. 4.1.2 */
pl_status pl_estimate_uniformity(pl_ctx *ctx, const pl_features *f, double t, const size_t *images,
                                 size_t n, double level, pl_estimate *out);

/** Least value that the U-statistic of n points can have:
 *  max(-2tn/(n-1), log((n e^{L*} - 1)/(n - 1))), L* the uniform law's (theory notes, PROP3.EST). */
double pl_uniformity_least(double d, double t, double n);
/** L* = -2t + log 0F1(; d/2; t^2), the least value of the population (WANG20.PROP3). */
double pl_uniformity_limit(double d, double t);

/* Attraction over all images (LEE25.THM1). */
typedef struct pl_attraction_estimate {
    pl_estimate lhs, rhs, gap, violation_rate;
    double least_gap;
    size_t violations, anchors;
} pl_attraction_estimate;

pl_status pl_estimate_attraction(pl_ctx *ctx, const pl_features *f, double level,
                                 pl_attraction_estimate *out);

/* Repulsion over a set of images (LEE25.THM2), nu the least prototype norm of that set. */
typedef struct pl_repulsion_estimate {
    pl_estimate lhs, rhs, gap, margin, violation_rate;
    double least_gap, nu;
    size_t violations, outside, anchors; /* outside: anchors with lhs < 0 */
    bool balanced;                       /* else log 1/pi_min stands for log n */
} pl_repulsion_estimate;

/** Status  PL_ESHAPE a class has no image in the set */
pl_status pl_estimate_repulsion(pl_ctx *ctx, const pl_features *f, double alpha,
                                const size_t *images, size_t n, double level,
                                pl_repulsion_estimate *out);

/* Prototype bias (LEE25.PRB), m an image's mean view, mu its class's mean. */
typedef struct pl_bias_estimate {
    pl_estimate first, second;   /* E|m - mu|, E|m - mu|^2 of the sample's own means   */
    pl_estimate unbiased;        /* E|m|^2 - E|mu|^2 by distinct pairs alone; NAN: one
                                  * view, or a class of one image                     */
    double positive, same_class; /* E s over pairs of views, over images of a class    */
} pl_bias_estimate;

/** Status  PL_ESHAPE no labels */
pl_status pl_estimate_bias(pl_ctx *ctx, const pl_features *f, double level, pl_bias_estimate *out);

#endif
