#ifndef PL_TRAIN_RANKS_H
#define PL_TRAIN_RANKS_H
/* The processes that train together, over MPI: the one place that knows of it. NULL stands for one
 * process alone, for which every routine here does the obvious thing; a build without MPI, or a
 * process that no mpirun started, has no other.
 *
 * All ranks call the collective routines (marked "all") in the same order, from the thread that
 * opened them. A rank that dies ends the job: mpirun does that.
 *
 * primary    pl_ranks_open, pl_ranks_close, pl_ranks_rank, pl_ranks_size
 * secondary  pl_ranks_status, pl_ranks_agree (all): failures and differences
 * tertiary   sums and gathers (all) of a step */

#include "base/text.h"

typedef struct pl_ranks pl_ranks;

/** Joins the other processes that mpirun started; initialises MPI only then. Call it with the
 *  signals blocked that MPI's own threads are not to take.
 *  Returned  *out  NULL: alone
 *  Status    PL_EUSAGE started by mpirun, but built without MPI | PL_EBUG MPI failed | PL_ENOMEM */
pl_status pl_ranks_open(pl_ctx *ctx, pl_ranks **out);
/** Leaves, when the process ends. After a failure that the others do not know of (pl_ranks_status
 * found them elsewhere) MPI is left open, so that mpirun ends the job. NULL is fine. */
void pl_ranks_close(pl_ranks *r);

size_t pl_ranks_rank(const pl_ranks *r); /* alone: 0 */
size_t pl_ranks_size(const pl_ranks *r); /* alone: 1 */
/** Processors for each of the ranks on this machine, at least 1; alone: 0, no opinion. */
int pl_ranks_processors(const pl_ranks *r);

/** `waiting` is called once when this process has been told to end (SIGTERM, SIGINT pending) and
 *  yet waits for the others: one of them is gone, or slow, and mpirun kills soon. */
void pl_ranks_on_end(pl_ranks *r, void (*waiting)(void *data), void *data);

/** All: one rank's failure is everyone's. A rank that has failed waits for the others a few
 *  seconds only: where they do not come, they are in the middle of something else.
 *  Returned  the status of the first rank that failed, its message with its number before it where
 *            not all failed alike */
pl_status pl_ranks_status(pl_ctx *ctx, pl_ranks *r, pl_status status);
/** True when the message of the last failure is this rank's to say: rank 0's, or a failure that
 *  the others do not know of. */
bool pl_ranks_speaks(const pl_ranks *r);

/** All: whether every rank's text, lines of "what value", is rank 0's.
 *  Status    PL_EUSAGE a line differs: rank, and both lines */
pl_status pl_ranks_agree(pl_ctx *ctx, pl_ranks *r, const char *text);

/** Whether a launcher of MPI started this process: its environment says so. */
bool pl_ranks_launched(void);
/** The lines that differ between rank 0's text and this one's, in words; at most three. */
void pl_ranks_differences(const char *first, const char *here, pl_text *out);

/** All: values become their sums, the same bits on every rank. */
void pl_ranks_sum(pl_ranks *r, double *values, size_t count);
/** All: whether every rank has this number. */
bool pl_ranks_same(pl_ranks *r, uint64_t number);
/** All: the largest. */
int pl_ranks_largest(pl_ranks *r, int value);
/** All: every rank's n floats, rank after rank, at `whole`. */
void pl_ranks_gather(pl_ranks *r, const float *part, size_t n, float *whole);

/** Says which array is summed piece by piece while its earlier part is still being computed, in
 *  pieces of 1 MiB.  Status PL_ENOMEM */
pl_status pl_ranks_pieces(pl_ctx *ctx, pl_ranks *r, float *a, size_t n);
/** All: elements from `from` on are final: their sums are started, and those under way moved on. */
void pl_ranks_ready(pl_ranks *r, size_t from);
/** All: waits until the whole array is summed. */
void pl_ranks_finish(pl_ranks *r);

/** Seconds that this process has waited in sums and gathers, since the last call. */
double pl_ranks_waited(pl_ranks *r);

#endif
