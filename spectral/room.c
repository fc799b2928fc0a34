/* The room of BL22 and XUE23: its programs, claims and figures. */

#include "spectral/spectral.h"

static const pl_program *const programs[] = {
    &pl_spectral_graph, &pl_spectral_identities, &pl_spectral_vicreg, &pl_spectral_critical,
    &pl_spectral_simclr, &pl_spectral_barlow, &pl_spectral_contrastive, &pl_spectral_linear,
    &pl_spectral_kernel, &pl_spectral_supervised, &pl_spectral_equivalence, &pl_spectral_downstream,
    &pl_spectral_low_data, &pl_spectral_dynamics,
    /* XUE23 */
    NULL};

static const pl_claim *const claims[] = {pl_bl22_claims, pl_hc21_claims, pl_tan23_claims,
                                         pl_gar22_claims, NULL};

const pl_room pl_spectral_room = {
    .name = "spectral",
    .summary = "BL22, HC21, TAN23, GAR22, XUE23: what self-supervised losses embed",
    .programs = programs,
    .claims = claims,
    .figures = pl_spectral_figures};
