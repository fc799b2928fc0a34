#ifndef PL_BOUNDS_BOUNDS_H
#define PL_BOUNDS_BOUNDS_H
/* The room of LEE25 and WANG20: bounds, limits and optima of the contrastive loss. */

#include "claim/claim.h"

extern const pl_program pl_bounds_attraction;
extern const pl_program pl_bounds_balance;
extern const pl_program pl_bounds_best_alpha;
extern const pl_program pl_bounds_concentration;
extern const pl_program pl_bounds_infonce_limit;
extern const pl_program pl_bounds_losses;
extern const pl_program pl_bounds_prototype_bias;
extern const pl_program pl_bounds_repulsion;
extern const pl_program pl_bounds_single_negative;
extern const pl_program pl_bounds_batch_optimum;
extern const pl_program pl_bounds_configurations;
extern const pl_program pl_bounds_distances;
extern const pl_program pl_bounds_encoder_plane;
extern const pl_program pl_bounds_kde_entropy;
extern const pl_program pl_bounds_kernels;
extern const pl_program pl_bounds_limit_terms;
extern const pl_program pl_bounds_misprints;
extern const pl_program pl_bounds_monotonicity;
extern const pl_program pl_bounds_pair_distances;
extern const pl_program pl_bounds_uniformity;
extern const pl_program pl_bounds_uniformity_batches;

extern const pl_claim pl_wang20_claims[];
extern const pl_claim pl_wang20_single_claims[];
extern const pl_claim pl_wang20_uniformity_claims[];
extern const pl_claim pl_lee25_claims[];
extern const pl_figure pl_bounds_figures[];
extern const pl_figure pl_lee25_figures[];
extern const pl_room pl_bounds_room;

#endif
