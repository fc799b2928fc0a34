#ifndef PL_BOUNDS_BALANCE_H
#define PL_BOUNDS_BALANCE_H
/* The parts of `balance`: programs that share its options, each with columns of its own. */

#include "claim/program.h"

extern const pl_program pl_balance_total;
extern const pl_program pl_balance_chain;
extern const pl_program pl_balance_limit;
extern const pl_program pl_balance_phases;
extern const pl_program pl_balance_optimum;

/** The one value of a list option.
 *  Status    PL_EUSAGE more values than one: this part takes no list */
pl_status balance_single(pl_ctx *ctx, const pl_options *o, const char *name, double *out);

/** PL_EUSAGE where the options name features or a search that this part has no use for. */
pl_status balance_options_check(pl_ctx *ctx, const pl_options *o);

#endif
