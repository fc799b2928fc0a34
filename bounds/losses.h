#ifndef PL_BOUNDS_LOSSES_H
#define PL_BOUNDS_LOSSES_H
/* The program `losses` has two tables: values with gradients, and --conventions. */

#include "claim/program.h"

extern const pl_program pl_losses_conventions;

#endif
