/* The room of LEE25 and WANG20: its programs, claims and figures. */

#include "bounds/bounds.h"

static const pl_program *const programs[] = {
    &pl_bounds_infonce_limit,  &pl_bounds_single_negative,
    &pl_bounds_limit_terms,    &pl_bounds_distances,
    &pl_bounds_pair_distances, &pl_bounds_encoder_plane,
    &pl_bounds_kernels,        &pl_bounds_monotonicity,
    &pl_bounds_uniformity,     &pl_bounds_uniformity_batches,
    &pl_bounds_configurations, &pl_bounds_batch_optimum,
    &pl_bounds_kde_entropy,    &pl_bounds_misprints,
    &pl_bounds_attraction,     &pl_bounds_repulsion,
    &pl_bounds_best_alpha,     &pl_bounds_prototype_bias,
    &pl_bounds_balance,        &pl_bounds_concentration,
    &pl_bounds_losses,         NULL};

static const pl_claim *const claims[] = {pl_wang20_claims, pl_wang20_single_claims,
                                         pl_wang20_uniformity_claims, pl_lee25_claims, NULL};

static const pl_figure *const figures[] = {pl_bounds_figures, pl_lee25_figures, NULL};

static const pl_paper papers[] = {
    {"WANG20", "Wang & Isola, Understanding Contrastive Representation Learning through Alignment "
               "and Uniformity on the Hypersphere, ICML 2020"},
    {"LEE25", "Lee, Understanding Self-supervised Contrastive Learning through Supervised "
              "Objectives, TMLR 2025"},
    {0}};

const pl_room pl_bounds_room = {
    .name = "bounds",
    .summary = "LEE25 and WANG20: bounds, limits and optima of the contrastive loss",
    .programs = programs,
    .claims = claims,
    .figures = figures,
    .papers = papers};
