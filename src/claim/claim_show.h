#ifndef PL_CLAIM_CLAIM_SHOW_H
#define PL_CLAIM_CLAIM_SHOW_H
/* A claim for reading, as text and as HTML; what the pages that show claims have in common. */

#include "claim/claim.h"

/** A claim in full, its id and title in the first line. */
void pl_claim_text(const pl_registry *registry, const pl_claim *c, pl_text *out);

/** A term and its formula in a list; nothing when formula is NULL. */
void pl_html_row(const char *term, const char *formula, pl_text *out);
/** Text in an element. */
void pl_html_element(const char *tag, const char *s, pl_text *out);

/** Statement, where, hypotheses. */
void pl_claim_html_said(const pl_claim *c, pl_text *out);
/** The commands that test it, the relation, and what its names mean. */
void pl_claim_html_tested(const pl_registry *registry, const pl_claim *c, pl_text *out);
/** What the columns in its relations mean, one a line; nothing when none has a meaning. */
void pl_claim_html_names(const pl_claim *c, pl_text *out);

#endif
