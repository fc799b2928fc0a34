/* pl_ranks over MPI. Every wait is a loop of tests, so that a process that is told to end while it
 * waits can still say something. */
#include "train/ranks.h"

#include <mpi.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/progress.h"

enum { PIECE = 1 << 18, MESSAGE = 1000 }; /* floats of 1 MiB */

/* Seconds: a failed rank's for the others; told to end, until that is said; between looks for it;
 * at a message before the processor is offered to others. */
static const double patience = 10, grace = 0.2, glance = 0.02, spin = 1e-4;

/* What a rank tells the others in pl_ranks_status. */
typedef struct news {
    int status;
    char message[MESSAGE];
} news;

struct pl_ranks {
    int rank, size, processors;
    MPI_Comm talk; /* of pl_ranks_status: nothing of a step is ever under way there */
    float *array;  /* that is summed in pieces, from its end */
    size_t n, started, pieces;
    MPI_Request *piece;
    double waited;
    void (*waiting)(void *data);
    void *data;
    news own;
    bool said, parted; /* told to end; the others do not know of a failure here */
};

/* ---- waiting ---- */

static bool told_to_end(void) {
    sigset_t pending;
    return sigpending(&pending) == 0 &&
           (sigismember(&pending, SIGTERM) == 1 || sigismember(&pending, SIGINT) == 1);
}

/* False: not within `limit` seconds. Without a thread of MPI's own, it is these calls that move
 * messages. */
static bool wait_for(pl_ranks *r, MPI_Request *requests, size_t count, double limit) {
    int done = 0;
    double start = pl_seconds(), told = 0, looked = start;
    for (;;) {
        MPI_Testall((int)count, requests, &done, MPI_STATUSES_IGNORE);
        double now = pl_seconds();
        if (done || now - start > limit) {
            r->waited += now - start;
            return done;
        }
        if (now - looked > glance) {
            looked = now;
            if (told == 0 && told_to_end())
                told = now;
            if (told > 0 && now - told > grace && r->waiting && !r->said) {
                r->said = true;
                r->waiting(r->data);
            }
        }
        if (now - start > spin) /* another rank may want this processor */
            sched_yield();
    }
}

static void wait_one(pl_ranks *r, MPI_Request request) {
    wait_for(r, &request, 1, 1e300);
}

/* ---- opening ---- */

/* Processors that the ranks of this machine may use together, shared among them. */
static int share_processors(void) {
    MPI_Comm here;
    cpu_set_t set;
    int ranks;
    CPU_ZERO(&set);
    sched_getaffinity(0, sizeof set, &set);
    MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &here);
    MPI_Comm_size(here, &ranks);
    MPI_Allreduce(MPI_IN_PLACE, &set, (int)sizeof set, MPI_BYTE, MPI_BOR, here);
    MPI_Comm_free(&here);
    int share = CPU_COUNT(&set) / ranks;
    return share > 1 ? share : 1;
}

pl_status pl_ranks_open(pl_ctx *ctx, pl_ranks **out) {
    pl_status status = PL_OK;
    pl_ranks *r = NULL;
    int provided, size;
    if (!pl_ranks_launched()) {
        *out = NULL;
        return PL_OK;
    }
    if (MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided) != MPI_SUCCESS)
        return pl_fail(ctx, PL_EBUG, "MPI does not start; mpirun must be that of the build's MPI");
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    if (provided < MPI_THREAD_FUNNELED) /* the loader's thread draws, it sends nothing */
        return pl_fail(ctx, PL_EBUG, "this MPI allows no threads beside its own");
    if (size == 1) {
        MPI_Finalize();
        *out = NULL;
        return PL_OK;
    }
    PL_NEW(ctx, r, 1);
    r->size = size;
    MPI_Comm_rank(MPI_COMM_WORLD, &r->rank);
    MPI_Comm_dup(MPI_COMM_WORLD, &r->talk);
    r->processors = share_processors();
    *out = r;
done:
    return status;
}

/* At the process's end: mpirun, once told to end, lets nobody return from here, and the last words
 * must be out. */
static void finalize(void) {
    MPI_Finalize();
}

void pl_ranks_close(pl_ranks *r) {
    if (!r)
        return;
    if (!r->parted)
        atexit(finalize);
    pl_free(r->piece);
    pl_free(r);
}

size_t pl_ranks_rank(const pl_ranks *r) {
    return r ? (size_t)r->rank : 0;
}

size_t pl_ranks_size(const pl_ranks *r) {
    return r ? (size_t)r->size : 1;
}

int pl_ranks_processors(const pl_ranks *r) {
    return r ? r->processors : 0;
}

void pl_ranks_on_end(pl_ranks *r, void (*waiting)(void *data), void *data) {
    if (!r)
        return;
    r->waiting = waiting;
    r->data = data;
}

/* ---- failures ---- */

pl_status pl_ranks_status(pl_ctx *ctx, pl_ranks *r, pl_status status) {
    if (!r || r->parted)
        return status;
    news *all = pl_alloc(ctx, (size_t)r->size, sizeof *all);
    MPI_Request request;
    int first = 0;
    bool alike = true;
    if (!all) {
        r->parted = true;
        return PL_ENOMEM;
    }
    r->own.status = (int)status;
    if (status != PL_OK)
        snprintf(r->own.message, sizeof r->own.message, "%s", pl_message(ctx));
    MPI_Iallgather(&r->own, (int)sizeof r->own, MPI_BYTE, all, (int)sizeof r->own, MPI_BYTE,
                   r->talk, &request);
    if (!wait_for(r, &request, 1, status == PL_OK ? 1e300 : patience)) {
        r->parted = true; /* `all` stays MPI's until the process ends, which is soon */
        return status;
    }
    while (first < r->size && all[first].status == PL_OK)
        first++;
    for (int k = 0; k < r->size && first < r->size; k++)
        alike = alike && strcmp(all[k].message, all[first].message) == 0;
    status = first < r->size ? (pl_status)all[first].status : PL_OK;
    if (status != PL_OK && alike)
        pl_fail(ctx, status, "%s", all[first].message);
    else if (status != PL_OK)
        pl_fail(ctx, status, "rank %d: %s", first, all[first].message);
    pl_free(all);
    return status;
}

bool pl_ranks_speaks(const pl_ranks *r) {
    return !r || r->rank == 0 || r->parted;
}

/* ---- the step's sums and gathers ---- */

void pl_ranks_sum(pl_ranks *r, double *values, size_t count) {
    MPI_Request request;
    if (!r)
        return;
    MPI_Iallreduce(MPI_IN_PLACE, values, (int)count, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD, &request);
    wait_one(r, request);
}

bool pl_ranks_same(pl_ranks *r, uint64_t number) {
    uint64_t ends[2] = {number, ~number}; /* their largest: the largest, and ~ the smallest */
    MPI_Request request;
    if (!r)
        return true;
    MPI_Iallreduce(MPI_IN_PLACE, ends, 2, MPI_UINT64_T, MPI_MAX, MPI_COMM_WORLD, &request);
    wait_one(r, request);
    return ends[0] == ~ends[1];
}

int pl_ranks_largest(pl_ranks *r, int value) {
    MPI_Request request;
    if (!r)
        return value;
    MPI_Iallreduce(MPI_IN_PLACE, &value, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD, &request);
    wait_one(r, request);
    return value;
}

void pl_ranks_gather(pl_ranks *r, const float *part, size_t n, float *whole) {
    MPI_Request request;
    if (!r) {
        memcpy(whole, part, n * sizeof *part);
        return;
    }
    MPI_Iallgather(part, (int)n, MPI_FLOAT, whole, (int)n, MPI_FLOAT, MPI_COMM_WORLD, &request);
    wait_one(r, request);
}

static void broadcast(pl_ranks *r, void *data, size_t bytes) {
    MPI_Request request;
    MPI_Ibcast(data, (int)bytes, MPI_BYTE, 0, MPI_COMM_WORLD, &request);
    wait_one(r, request);
}

pl_status pl_ranks_agree(pl_ctx *ctx, pl_ranks *r, const char *text) {
    pl_status status = PL_OK;
    pl_text differences = {0};
    char *first = NULL;
    if (!r)
        return PL_OK;
    size_t length = strlen(text);
    broadcast(r, &length, sizeof length);
    PL_NEW(ctx, first, length + 1);
    if (r->rank == 0)
        memcpy(first, text, length);
    broadcast(r, first, length);
    pl_ranks_differences(first, text, &differences);
    status = pl_text_status(ctx, &differences);
    if (status == PL_OK && differences.length > 0)
        status = pl_fail(ctx, PL_EUSAGE, "not the run that rank 0 has: %s; start all ranks alike",
                         pl_text_get(&differences));
done:
    pl_text_free(&differences);
    pl_free(first);
    return pl_ranks_status(ctx, r, status);
}

pl_status pl_ranks_pieces(pl_ctx *ctx, pl_ranks *r, float *a, size_t n) {
    pl_status status = PL_OK;
    if (!r)
        return PL_OK;
    r->array = a;
    r->n = n;
    r->pieces = (n + PIECE - 1) / PIECE;
    pl_free(r->piece);
    PL_NEW(ctx, r->piece, r->pieces);
done:
    return status;
}

void pl_ranks_ready(pl_ranks *r, size_t from) {
    int done;
    if (!r)
        return;
    while (r->started < r->pieces) {
        size_t end = r->n - r->started * PIECE, first = end > PIECE ? end - PIECE : 0;
        if (first < from)
            break;
        MPI_Iallreduce(MPI_IN_PLACE, r->array + first, (int)(end - first), MPI_FLOAT, MPI_SUM,
                       MPI_COMM_WORLD, &r->piece[r->started++]);
    }
    MPI_Testall((int)r->started, r->piece, &done, MPI_STATUSES_IGNORE);
}

void pl_ranks_finish(pl_ranks *r) {
    if (!r)
        return;
    pl_ranks_ready(r, 0);
    wait_for(r, r->piece, r->pieces, 1e300);
    r->started = 0;
}

double pl_ranks_waited(pl_ranks *r) {
    double waited = r ? r->waited : 0;
    if (r)
        r->waited = 0;
    return waited;
}
