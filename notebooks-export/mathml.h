#ifndef PL_NOTEBOOKS_EXPORT_MATHML_H
#define PL_NOTEBOOKS_EXPORT_MATHML_H
/* Formulas of the labs as MathML, which browsers draw by themselves: a page loads nothing. */

#include "base/text.h"

/** A formula in the part of TeX that the labs use: letters, numbers, scripts, groups, \frac, \sqrt,
 *  \bar, \text, Greek letters, relations, functions, big delimiters.
 *  Given     display  on a line of its own
 *  Status    PL_EINPUT a command that is not known, a group that does not end: which, in what */
pl_status lab_mathml(pl_ctx *ctx, const char *tex, bool display, pl_text *out);

/** Markdown with $...$ and $$...$$ replaced; code in backquotes and \$ stay.
 *  Status    PL_EINPUT also a $ that is not closed */
pl_status lab_markdown_mathml(pl_ctx *ctx, const char *markdown, pl_text *out);

#endif
