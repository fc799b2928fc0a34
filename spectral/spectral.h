#ifndef PL_SPECTRAL_SPECTRAL_H
#define PL_SPECTRAL_SPECTRAL_H
/* The room of BL22 (with HC21, TAN23, GAR22) and XUE23: what self-supervised losses embed. */

#include "claim/claim.h"

extern const pl_program pl_spectral_barlow;
extern const pl_program pl_spectral_beta_threshold;
extern const pl_program pl_spectral_collapse;
extern const pl_program pl_spectral_contrastive;
extern const pl_program pl_spectral_coordinates;
extern const pl_program pl_spectral_critical;
extern const pl_program pl_spectral_descent;
extern const pl_program pl_spectral_descent_selection;
extern const pl_program pl_spectral_downstream;
extern const pl_program pl_spectral_dynamics;
extern const pl_program pl_spectral_early_learning;
extern const pl_program pl_spectral_embeddings;
extern const pl_program pl_spectral_entries;
extern const pl_program pl_spectral_equivalence;
extern const pl_program pl_spectral_gamma_path;
extern const pl_program pl_spectral_good_event;
extern const pl_program pl_spectral_gradient_flow;
extern const pl_program pl_spectral_graph;
extern const pl_program pl_spectral_identities;
extern const pl_program pl_spectral_imbalance;
extern const pl_program pl_spectral_imperfect_augmentation;
extern const pl_program pl_spectral_joint;
extern const pl_program pl_spectral_kernel;
extern const pl_program pl_spectral_linear;
extern const pl_program pl_spectral_linear_features;
extern const pl_program pl_spectral_low_data;
extern const pl_program pl_spectral_minnorm;
extern const pl_program pl_spectral_population;
extern const pl_program pl_spectral_selection_map;
extern const pl_program pl_spectral_simclr;
extern const pl_program pl_spectral_spectral_loss;
extern const pl_program pl_spectral_supervised;
extern const pl_program pl_spectral_suppression;
extern const pl_program pl_spectral_vicreg;

extern const pl_claim pl_bl22_claims[];
extern const pl_claim pl_hc21_claims[];
extern const pl_claim pl_tan23_claims[];
extern const pl_claim pl_gar22_claims[];
extern const pl_claim pl_xue23_claims[];
extern const pl_figure pl_spectral_figures[];
extern const pl_figure pl_xue23_figures[];
extern const pl_room pl_spectral_room;

#endif
