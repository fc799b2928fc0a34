#ifndef PL_CLAIM_REPORT_H
#define PL_CLAIM_REPORT_H
/* Reports: one HTML page that stands alone, for a verify, for an audit, for the claims. */

#include "claim/ledger.h"

/** Writes DIR/report.html: the refuted statements first, the table of verdicts with its filters,
 *  each claim in full; figures from DIR/figures, drawn there when gnuplot is installed (a warning
 *  says so otherwise).
 *  Status    PL_EIO */
pl_status pl_report_verify(pl_ctx *ctx, const pl_registry *registry, const pl_ledger *ledger,
                           const char *dir);

/** The page itself; figures: the folder in which they lie, NULL for none. */
pl_status pl_report_verify_page(pl_ctx *ctx, const pl_registry *registry, const pl_ledger *ledger,
                                const char *figures, pl_text *out);

/** Writes DIR/claims.html: these claims by paper, each with what is stated, how it is tested, its
 *  controls and the verdict to expect.
 *  Status    PL_EIO */
pl_status pl_report_claims(pl_ctx *ctx, const pl_registry *registry, const pl_claim *const *claims,
                           size_t n, const char *dir);

/** The page itself. */
pl_status pl_report_claims_page(pl_ctx *ctx, const pl_registry *registry,
                                const pl_claim *const *claims, size_t n, pl_text *out);

/** Writes DIR/report.html of an audit's table: in words what is healthy and what is not, the plane
 *  of alignment and uniformity against reference laws, the spectrum, the gaps, every quantity.
 *  Status    PL_EIO, or what the reference laws' quadrature says */
pl_status pl_report_audit(pl_ctx *ctx, const pl_options *options, const pl_table *table,
                          const char *dir);

#endif
