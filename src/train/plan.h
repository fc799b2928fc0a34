#ifndef PL_TRAIN_PLAN_H
#define PL_TRAIN_PLAN_H
/* plumb train --plan-ranks: what the ranks of a run exchange, and what more of them would bring. */

#include "base/table.h"
#include "train/trainer.h"

/** Measures a few steps, and the all-reduce of the gradients over the ranks that there are, and
 *  projects to R = 1, 2, 4, ... 64 that divide the batch. With n bytes, bandwidth w and latency a
 *  of a link:
 *    ring all-reduce   2 (R-1)/R n/w + 2 a for each piece of 1 MiB  (Patarasuk & Yuan 2009);
 *                      what backward passes do not hide is exposed, and the last piece always is
 *    small all-reduce  ceil(log2 R) (a + n/w), BatchNorm's, twice a layer; never hidden
 *    all-gather        (R-1)/R n/w + ceil(log2 R) a
 *    network           in proportion to a rank's images; optimiser and loss on every rank in full,
 *                      the loss as the batch's square where the batch grows
 *  w and a are measured over the ranks; for one rank alone w is a quarter of the speed at which
 *  this machine's memory adds two arrays (a sum between two processes copies there and back), and
 *  a one microsecond: ranks on one machine, each with the processors that this one has now.
 *  All ranks call it. Returned *out owned: pl_table_free. Status those of training, PL_ENOMEM */
pl_status pl_plan_ranks(pl_ctx *ctx, pl_trainer *t, const pl_settings *s, pl_table **out);

/** {"command", "rows", "summary"}, to free().  NULL: no memory */
char *pl_plan_json(const pl_table *t);

#endif
