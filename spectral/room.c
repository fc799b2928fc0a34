/* The room of BL22 and XUE23: its programs, claims and figures. */

#include "spectral/spectral.h"

static const pl_program *const programs[] = {NULL};

static const pl_claim *const claims[] = {pl_bl22_claims, NULL};

const pl_room pl_spectral_room = {
    .name = "spectral",
    .summary = "BL22, HC21, TAN23, GAR22, XUE23: what self-supervised losses embed",
    .programs = programs,
    .claims = claims,
    .figures = pl_spectral_figures};
