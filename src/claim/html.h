#ifndef PL_CLAIM_HTML_H
#define PL_CLAIM_HTML_H
/* Pieces of a page that stands alone: text is escaped, nothing is loaded from anywhere. */

#include "base/text.h"

/** Text with & < > " ' as entities: for elements and for quoted attributes, of XML too. */
void pl_html_text(const char *s, pl_text *out);

/** A formula as the registry writes it, for reading: "lambda_1 <= M^{-1/2}" gets its Greek letters,
 *  relation signs, sub- and superscripts; escaped as above. */
void pl_html_formula(const char *s, pl_text *out);

/** An SVG document (with a viewBox) as an element of the page: prolog and namespaces dropped, its
 * ids made its own by a prefix, so that several can stand on one page. */
void pl_html_svg(const char *svg, const char *prefix, pl_text *out);

/** Head with the one style sheet, and the heading; the page's end. */
void pl_html_begin(const char *title, pl_text *out);
void pl_html_end(pl_text *out);

#endif
