#ifndef PL_CLAIM_LEDGER_H
#define PL_CLAIM_LEDGER_H
/* The outcomes of a verify, in the forms people and programs read. */

#include <jansson.h>

#include "claim/claim.h"

typedef struct pl_ledger {
    const pl_outcome *outcomes;
    size_t count;
    double seconds, level; /* wall time; confidence of one statistical decision */
    const char *effort;
    const char *seed; /* NULL: every preset's own */
} pl_ledger;

/** One line a paper and one a claim; failed controls and unmet values get lines of their own. */
void pl_ledger_table(const pl_ledger *ledger, pl_text *out);
/** {"verdicts": [...], "summary": {...}} */
json_t *pl_ledger_json(const pl_ledger *ledger);
/** JUnit XML: a test suite a paper, a test case a claim; unexpected verdicts are failures. */
void pl_ledger_junit(const pl_ledger *ledger, pl_text *out);
/** One row a claim: hypotheses and whether they are met, relations, error, tolerance, verdict. */
pl_status pl_ledger_csv(pl_ctx *ctx, const pl_ledger *ledger, pl_text *out);

#endif
