#include "base/ctx.h"

#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MESSAGE = 1024, MAX_WARNINGS = 64, ALIGNMENT = 64 };

/* What stands before every allocation, in ALIGNMENT bytes. */
typedef struct block {
    pl_ctx *keeper; /* takes it back; NULL: the system does */
    struct block *next;
    size_t bytes; /* behind it */
} block;

_Static_assert(sizeof(block) <= ALIGNMENT, "a block's head fits before aligned memory");

struct pl_ctx {
    char message[MESSAGE];
    char *warnings[MAX_WARNINGS];
    size_t n_warnings;
    size_t fail_in; /* the allocation that fails, counted down; 0: none */
    int threads, signal;
    bool keeping;
    block *kept;
};

pl_ctx *pl_ctx_new(void) {
    pl_ctx *ctx = calloc(1, sizeof *ctx);
    if (ctx)
        ctx->threads = omp_get_max_threads();
    return ctx;
}

void pl_ctx_free(pl_ctx *ctx) {
    if (!ctx)
        return;
    for (size_t i = 0; i < ctx->n_warnings; i++)
        free(ctx->warnings[i]);
    for (block *b = ctx->kept, *next; b; b = next) {
        next = b->next;
        free(b);
    }
    free(ctx);
}

pl_status pl_fail(pl_ctx *ctx, pl_status status, const char *format, ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(ctx->message, sizeof ctx->message, format, args);
    va_end(args);
    return status;
}

const char *pl_message(const pl_ctx *ctx) {
    return ctx->message;
}

void pl_message_prefix(pl_ctx *ctx, const char *prefix) {
    char old[MESSAGE];
    memcpy(old, ctx->message, sizeof old);
    int used = snprintf(ctx->message, sizeof ctx->message, "%s: ", prefix);
    if (used > 0 && used < MESSAGE)
        snprintf(ctx->message + used, (size_t)(MESSAGE - used), "%.*s", MESSAGE - used - 1, old);
}

int pl_exit_status(pl_status status) {
    switch (status) {
    case PL_OK:
        return 0;
    case PL_EUSAGE:
        return 2;
    case PL_EVERDICT:
        return 3;
    case PL_EINPUT:
    case PL_ESHAPE:
    case PL_EDOMAIN:
    case PL_EIO:
        return 4;
    case PL_ENOMEM:
    case PL_EBUG:
    case PL_ENOCONV:
        break;
    }
    return 1;
}

void pl_end_by(pl_ctx *ctx, int signal) {
    ctx->signal = signal;
}

int pl_ended_by(const pl_ctx *ctx) {
    return ctx->signal;
}

void pl_warn(pl_ctx *ctx, const char *format, ...) {
    if (ctx->n_warnings == MAX_WARNINGS)
        return;
    char text[MESSAGE];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    for (size_t i = 0; i < ctx->n_warnings; i++) /* the same remark once */
        if (strcmp(ctx->warnings[i], text) == 0)
            return;
    char *copy = strdup(text);
    if (copy)
        ctx->warnings[ctx->n_warnings++] = copy;
}

size_t pl_warnings(const pl_ctx *ctx) {
    return ctx->n_warnings;
}

const char *pl_warning(const pl_ctx *ctx, size_t i) {
    return ctx->warnings[i];
}

bool pl_size_mul(size_t a, size_t b, size_t *out) {
    size_t product;
    if (__builtin_mul_overflow(a, b, &product))
        return false;
    *out = product;
    return true;
}

/* A kept block of exactly that size, or NULL. */
static block *take_kept(pl_ctx *ctx, size_t bytes) {
    for (block **at = &ctx->kept; ctx->keeping && *at; at = &(*at)->next)
        if ((*at)->bytes == bytes) {
            block *b = *at;
            *at = b->next;
            return b;
        }
    return NULL;
}

void *pl_alloc(pl_ctx *ctx, size_t count, size_t size) {
    size_t bytes;
    if (!pl_size_mul(count, size, &bytes) || bytes > SIZE_MAX - 2 * ALIGNMENT) {
        pl_fail(ctx, PL_ENOMEM, "%zu elements of %zu bytes are more than memory can address", count,
                size);
        return NULL;
    }
    bytes = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (bytes == 0)
        bytes = ALIGNMENT;
    bool fails = ctx->fail_in > 0 && --ctx->fail_in == 0;
    block *b = fails ? NULL : take_kept(ctx, bytes);
    if (!b && !fails)
        b = aligned_alloc(ALIGNMENT, ALIGNMENT + bytes);
    if (!b) {
        pl_fail(ctx, PL_ENOMEM, "out of memory: %zu bytes were asked for", bytes);
        return NULL;
    }
    *b = (block){.keeper = ctx->keeping ? ctx : NULL, .bytes = bytes};
    return memset((char *)b + ALIGNMENT, 0, bytes);
}

void pl_free(void *p) {
    if (!p)
        return;
    block *b = (block *)(void *)((char *)p - ALIGNMENT);
    if (!b->keeper) {
        free(b);
        return;
    }
    b->next = b->keeper->kept;
    b->keeper->kept = b;
}

void pl_ctx_keep(pl_ctx *ctx, bool on) {
    ctx->keeping = on;
}

char *pl_strdup(pl_ctx *ctx, const char *s) {
    char *copy = pl_alloc(ctx, strlen(s) + 1, 1);
    return copy ? strcpy(copy, s) : NULL;
}

int pl_threads(const pl_ctx *ctx) {
    return ctx->threads;
}

void pl_set_threads(pl_ctx *ctx, int threads) {
    ctx->threads = threads > 0 ? threads : omp_get_max_threads();
}

void pl_ctx_fail_allocation(pl_ctx *ctx, size_t k) {
    ctx->fail_in = k;
}
