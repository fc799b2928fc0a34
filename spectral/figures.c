/* The figures of the spectral room: which data, which script, what the reader should see. */

#include "spectral/spectral.h"

const pl_figure pl_spectral_figures[] = {{0}};
