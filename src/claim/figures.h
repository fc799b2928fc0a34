#ifndef PL_CLAIM_FIGURES_H
#define PL_CLAIM_FIGURES_H
/* A figure is a program's CSV, a gnuplot script that stands alone, a caption, and the SVG, in a
 * folder of its own: DIR/ID/{*.csv, fig.gp, caption.txt, fig.svg, stamp}. */

#include "claim/program.h"

/** Draws one figure, unless its stamp says that nothing of it has changed.
 *  Given     dir       its folder is made in it
 *            purpose   "web", or "paper" (fig.pdf too) or "latex" (fig.tex too)
 *  Status    PL_EIO    the folder cannot be written, gnuplot is missing or fails
 *  Cost      the programs' own, once: a figure is stamped with the SHA-256 of the executable, its
 *            scripts, programs and presets, and computed again only when that has changed */
pl_status pl_figure_draw(pl_ctx *ctx, const pl_registry *registry, const pl_figure *figure,
                         const char *dir, const char *purpose);

/** Draws several side by side: pl_threads(ctx) processes with one thread each. A figure's bytes do
 *  not depend on it.
 *  Status    as above, of the first that fails; the ones begun are finished */
pl_status pl_figures_draw(pl_ctx *ctx, const pl_registry *registry, const pl_figure *const *figures,
                          size_t count, const char *dir, const char *purpose);

/** The first figure that shows a program's table, NULL: none. */
const pl_figure *pl_figure_of_program(const pl_registry *registry, const pl_program *program);

#endif
