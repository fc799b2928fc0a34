#include "hltm/hltm.h"
static const pl_program *const programs[] = {&pl_hltm_covariance,&pl_hltm_residue,&pl_hltm_residue_scaling,&pl_hltm_gradient,&pl_hltm_losses,&pl_hltm_weights,&pl_hltm_batch,&pl_hltm_nodes,NULL};
const pl_room pl_hltm_room = {.name="hltm",.programs=programs};
