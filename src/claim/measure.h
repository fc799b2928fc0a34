#ifndef PL_CLAIM_MEASURE_H
#define PL_CLAIM_MEASURE_H
/* plumb measure: the audit of a real model's embeddings. */

#include "claim/program.h"

extern const pl_program pl_measure;

#endif
