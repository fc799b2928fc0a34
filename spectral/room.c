/* The room of BL22 and XUE23: its programs, claims and figures. */

#include "spectral/spectral.h"

static const pl_program *const programs[] = {
    &pl_spectral_graph, &pl_spectral_entries, &pl_spectral_identities, &pl_spectral_vicreg,
    &pl_spectral_critical, &pl_spectral_descent, &pl_spectral_gamma_path, &pl_spectral_simclr,
    &pl_spectral_barlow, &pl_spectral_contrastive, &pl_spectral_linear, &pl_spectral_imbalance,
    &pl_spectral_kernel, &pl_spectral_supervised, &pl_spectral_equivalence, &pl_spectral_downstream,
    &pl_spectral_low_data, &pl_spectral_dynamics, &pl_spectral_coordinates,
    /* XUE23 */
    &pl_spectral_spectral_loss, &pl_spectral_minnorm, &pl_spectral_collapse,
    &pl_spectral_early_learning, &pl_spectral_suppression, &pl_spectral_imperfect_augmentation,
    &pl_spectral_joint, &pl_spectral_population, &pl_spectral_selection_map,
    &pl_spectral_good_event, &pl_spectral_gradient_flow, &pl_spectral_descent_selection,
    &pl_spectral_linear_features, &pl_spectral_embeddings, &pl_spectral_beta_threshold, NULL};

static const pl_claim *const claims[] = {pl_bl22_claims,  pl_hc21_claims,  pl_tan23_claims,
                                         pl_gar22_claims, pl_xue23_claims, NULL};

static const pl_figure *const figures[] = {pl_spectral_figures, pl_xue23_figures, NULL};

static const pl_paper papers[] = {
    {"BL22",
     "Balestriero & LeCun, Contrastive and Non-Contrastive Self-Supervised Learning Recover "
     "Global and Local Spectral Embedding Methods, NeurIPS 2022"},
    {"HC21",
     "HaoChen, Wei, Gaidon & Ma, Provable Guarantees for Self-Supervised Deep Learning with "
     "Spectral Contrastive Loss, NeurIPS 2021"},
    {"TAN23", "Tan, Zhang, Yang & Yuan, Contrastive Learning Is Spectral Clustering on Similarity "
              "Graph, 2023"},
    {"GAR22", "Garrido, Chen, Bardes, Najman & LeCun, On the Duality between Contrastive and "
              "Non-Contrastive Self-Supervised Learning, 2022"},
    {"XUE23", "Xue, Joshi, Gan, Chen & Mirzasoleiman, Which Features are Learnt by Contrastive "
              "Learning? On the Role of Simplicity Bias in Class Collapse and Feature Suppression, "
              "ICML 2023"},
    {0}};

const pl_room pl_spectral_room = {
    .name = "spectral",
    .summary = "BL22, HC21, TAN23, GAR22, XUE23: what self-supervised losses embed",
    .programs = programs,
    .claims = claims,
    .figures = figures,
    .papers = papers};
