#ifndef PL_CLAIM_GNUPLOT_H
#define PL_CLAIM_GNUPLOT_H
/* gnuplot, as a process. */

#include "base/ctx.h"

/** Asks gnuplot for its version.
 *  Returned  version   "gnuplot 5.4 patchlevel 4", may be NULL
 *  Status    PL_EIO    missing, or older than 5.2: the message says what to install */
pl_status pl_gnuplot_find(pl_ctx *ctx, char version[64]);

/** Runs `script`, a file in `dir`, with a terminal and an output file set before it.
 *  Given     dir       becomes the working directory, so that the script's data lie beside it
 *  Status    PL_EIO    gnuplot is missing or stops with an error */
pl_status pl_gnuplot_run(pl_ctx *ctx, const char *dir, const char *script, const char *terminal,
                         const char *file);

#endif
