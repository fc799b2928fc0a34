/* pl_ranks of a build without MPI: there is one process, and *out is always NULL. */
#include "train/ranks.h"

#include <string.h>

pl_status pl_ranks_open(pl_ctx *ctx, pl_ranks **out) {
    if (pl_ranks_launched())
        return pl_fail(ctx, PL_EUSAGE,
                       "started by mpirun, but this plumb is built without MPI: install "
                       "libopenmpi-dev and build again, or start it without mpirun");
    *out = NULL;
    return PL_OK;
}

void pl_ranks_close(pl_ranks *r) {
    (void)r;
}

size_t pl_ranks_rank(const pl_ranks *r) {
    (void)r;
    return 0;
}

size_t pl_ranks_size(const pl_ranks *r) {
    (void)r;
    return 1;
}

int pl_ranks_processors(const pl_ranks *r) {
    (void)r;
    return 0;
}

void pl_ranks_on_end(pl_ranks *r, void (*waiting)(void *data), void *data) {
    (void)r, (void)waiting, (void)data;
}

pl_status pl_ranks_status(pl_ctx *ctx, pl_ranks *r, pl_status status) {
    (void)ctx, (void)r;
    return status;
}

bool pl_ranks_speaks(const pl_ranks *r) {
    (void)r;
    return true;
}

pl_status pl_ranks_agree(pl_ctx *ctx, pl_ranks *r, const char *text) {
    (void)ctx, (void)r, (void)text;
    return PL_OK;
}

void pl_ranks_sum(pl_ranks *r, double *values, size_t count) {
    (void)r, (void)values, (void)count;
}

bool pl_ranks_same(pl_ranks *r, uint64_t number) {
    (void)r, (void)number;
    return true;
}

int pl_ranks_largest(pl_ranks *r, int value) {
    (void)r;
    return value;
}

void pl_ranks_gather(pl_ranks *r, const float *part, size_t n, float *whole) {
    (void)r;
    memcpy(whole, part, n * sizeof *part);
}

pl_status pl_ranks_pieces(pl_ctx *ctx, pl_ranks *r, float *a, size_t n) {
    (void)ctx, (void)r, (void)a, (void)n;
    return PL_OK;
}

void pl_ranks_ready(pl_ranks *r, size_t from) {
    (void)r, (void)from;
}

void pl_ranks_finish(pl_ranks *r) {
    (void)r;
}

double pl_ranks_waited(pl_ranks *r) {
    (void)r;
    return 0;
}
