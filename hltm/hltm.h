#ifndef PL_HLTM_HLTM_H
#define PL_HLTM_HLTM_H
/* The room of TIAN20: covariance operators of dual networks on hierarchical latent trees. */

#include "claim/claim.h"

extern const pl_program pl_hltm_batch;
extern const pl_program pl_hltm_byol;
extern const pl_program pl_hltm_byol_training;
extern const pl_program pl_hltm_ceilings;
extern const pl_program pl_hltm_covariance;
extern const pl_program pl_hltm_dynamics;
extern const pl_program pl_hltm_gradient;
extern const pl_program pl_hltm_growth;
extern const pl_program pl_hltm_latents;
extern const pl_program pl_hltm_losses;
extern const pl_program pl_hltm_lucky_nodes;
extern const pl_program pl_hltm_nodes;
extern const pl_program pl_hltm_operators;
extern const pl_program pl_hltm_released;
extern const pl_program pl_hltm_residue;
extern const pl_program pl_hltm_residue_scaling;
extern const pl_program pl_hltm_samples;
extern const pl_program pl_hltm_simulator;
extern const pl_program pl_hltm_tree;
extern const pl_program pl_hltm_two_layer;
extern const pl_program pl_hltm_weights;
extern const pl_program pl_hltm_winner_takes_all;

extern const pl_claim pl_tian20_operator_claims[];
extern const pl_claim pl_tian20_network_claims[];
extern const pl_figure pl_hltm_figures[];
extern const pl_room pl_hltm_room;

#endif
