/* The room of TIAN20: its programs, claims and figures. */

#include "hltm/hltm.h"

static const pl_program *const programs[] = {&pl_hltm_tree,
                                             &pl_hltm_covariance,
                                             &pl_hltm_batch,
                                             &pl_hltm_residue,
                                             &pl_hltm_residue_scaling,
                                             &pl_hltm_gradient,
                                             &pl_hltm_losses,
                                             &pl_hltm_weights,
                                             &pl_hltm_nodes,
                                             &pl_hltm_ceilings,
                                             &pl_hltm_growth,
                                             &pl_hltm_two_layer,
                                             &pl_hltm_winner_takes_all,
                                             &pl_hltm_lucky_nodes,
                                             &pl_hltm_dynamics,
                                             &pl_hltm_released,
                                             &pl_hltm_byol,
                                             &pl_hltm_byol_training,
                                             &pl_hltm_latents,
                                             &pl_hltm_operators,
                                             &pl_hltm_simulator,
                                             &pl_hltm_samples,
                                             NULL};

static const pl_claim *const claims[] = {pl_tian20_operator_claims, pl_tian20_network_claims, NULL};

static const pl_figure *const figures[] = {pl_hltm_figures, NULL};

static const pl_paper papers[] = {
    {"TIAN20", "Tian, Yu, Chen & Ganguli, Understanding Self-supervised Learning with Dual Deep "
               "Networks, 2020"},
    {0}};

const pl_room pl_hltm_room = {
    .name = "hltm",
    .summary = "TIAN20: covariance operators of dual networks on hierarchical latent trees",
    .details = "tables, each by one command (--out DIR keeps it)\n"
               "  A  claims            plumb verify hltm\n"
               "  B  polarity, width   plumb hltm latents --delta 0.7,0.8,0.9 --hidden 2,5,10 "
               "--levels root\n"
               "  C  every level       plumb hltm latents\n"
               "  D  width             plumb hltm latents --delta 0.7,0.8,0.9 --hidden 1,2,5,10,20 "
               "--epochs "
               "0 --replicates 100 --levels root\n"
               "  E  depth             plumb hltm latents --depth 3,4,5,6 --levels root\n"
               "  F  loss              plumb hltm latents --loss "
               "released,released:0.01,subtract,nce --delta "
               "0.7,0.8,0.9 --levels root\n"
               "  G  BYOL              plumb hltm byol-training",
    .programs = programs,
    .claims = claims,
    .figures = figures,
    .papers = papers};
