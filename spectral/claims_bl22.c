/* The claims on BL22, HC21, TAN23 and GAR22: what is stated, how it is tested, what must fail. */

#include "spectral/spectral.h"

const pl_claim pl_bl22_claims[] = {{0}};
