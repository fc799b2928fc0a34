#ifndef PL_HLTM_BYOL_LOSS_H
#define PL_HLTM_BYOL_LOSS_H
/* BYOL's loss on a population (theory notes, hltm, BYOL): E|P (f(x_1) - mu) - (f'(x_2) - mu')|^2/2,
 * x_1 and x_2 two augmentations of a datapoint, P linear, the target f' not differentiated; mu and
 * mu' are the towers' means when centred, else 0. The target enters through its class means only.
 */

#include "hltm/population.h"

enum { HLTM_BYOL_MAX_OUTPUTS = 64 };

/** Gradient with respect to the outputs f, through the mean or not, which is the same: the mean's
 *  share is E[P^T(P (f - mu) - (f' - mu'))] = 0.
 *  Given     out      configs x d, d <= HLTM_BYOL_MAX_OUTPUTS
 *            target   datapoints x d: class means of f' (hltm_class_means)
 *            p        d x d
 *  Returned  g        configs x d, is set */
void hltm_byol_gradient(const hltm_population *pop, const double *out, const double *target,
                        size_t d, const double *p, bool centred, double *g);

/** Gradient with respect to P: d x d, is set. */
void hltm_byol_predictor_gradient(const hltm_population *pop, const double *out,
                                  const double *target, size_t d, const double *p, bool centred,
                                  double *g);

#endif
