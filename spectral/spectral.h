#ifndef PL_SPECTRAL_SPECTRAL_H
#define PL_SPECTRAL_SPECTRAL_H
/* The room of BL22 (with HC21, TAN23, GAR22) and XUE23: what self-supervised losses embed. */

#include "claim/claim.h"

extern const pl_claim pl_bl22_claims[];
extern const pl_figure pl_spectral_figures[];
extern const pl_room pl_spectral_room;

#endif
