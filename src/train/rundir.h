#ifndef PL_TRAIN_RUNDIR_H
#define PL_TRAIN_RUNDIR_H
/* The directory of a run, while it is trained in. */

#include "base/ctx.h"

/** Makes a directory and its parents.  Status PL_EIO | PL_EUSAGE a path that is too long */
pl_status pl_rundir_make(pl_ctx *ctx, const char *dir);

/** Takes the directory for this process alone, until it ends or pl_rundir_leave, and removes what
 *  a killed run left half written.
 *  Status    PL_EIO another process trains there, or it cannot be opened */
pl_status pl_rundir_enter(pl_ctx *ctx, const char *dir, int *out);
void pl_rundir_leave(int entered); /* -1 is fine */

#endif
