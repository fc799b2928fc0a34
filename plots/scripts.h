#ifndef PL_PLOTS_SCRIPTS_H
#define PL_PLOTS_SCRIPTS_H
/* The gnuplot scripts of this folder, built in by embed.sh; name NULL ends. */

#include "claim/program.h"

extern const pl_script pl_plot_scripts[];

#endif
