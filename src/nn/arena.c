/* The arena's layout: buffers largest first, each at the lowest place where no buffer lies that is
 * needed at the same time. */
#include "nn/graph.h"

#include <stdlib.h>

enum { ALIGNMENT = 256 };

pl_status nn_need(pl_ctx *ctx, pl_net *net, size_t bytes, int first, int last, nn_buffer *out) {
    if (net->n_spans == NN_MAX_BUFFERS)
        return pl_fail(ctx, PL_EBUG, "more than %d buffers in one network", NN_MAX_BUFFERS);
    net->spans[net->n_spans] = (nn_span){.bytes = bytes, .first = first, .last = last};
    *out = net->n_spans++;
    return PL_OK;
}

static int larger_first(const void *a, const void *b) {
    const nn_span *x = *(nn_span *const *)a, *y = *(nn_span *const *)b;
    if (x->bytes != y->bytes)
        return x->bytes < y->bytes ? 1 : -1;
    return x < y ? -1 : x > y; /* a fixed order */
}

static int lower_first(const void *a, const void *b) {
    const nn_span *x = *(nn_span *const *)a, *y = *(nn_span *const *)b;
    return x->offset < y->offset ? -1 : x->offset > y->offset;
}

pl_status nn_arena_lay(pl_ctx *ctx, pl_net *net) {
    pl_status status = PL_OK;
    nn_span **order = NULL, **beside = NULL;
    size_t total = ALIGNMENT;
    PL_NEW(ctx, order, net->n_spans);
    PL_NEW(ctx, beside, net->n_spans);
    for (size_t i = 0; i < net->n_spans; i++)
        order[i] = &net->spans[i];
    qsort(order, net->n_spans, sizeof *order, larger_first);
    for (size_t i = 0; i < net->n_spans; i++) {
        nn_span *s = order[i];
        size_t n = 0, at = 0;
        for (size_t j = 0; j < i; j++)
            if (order[j]->first <= s->last && s->first <= order[j]->last)
                beside[n++] = order[j];
        qsort(beside, n, sizeof *beside, lower_first);
        size_t bytes = (s->bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        for (size_t j = 0; j < n && at + bytes > beside[j]->offset; j++) {
            size_t end =
                (beside[j]->bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT + beside[j]->offset;
            if (end > at)
                at = end;
        }
        s->offset = at;
        if (at + bytes > total)
            total = at + bytes;
    }
    PL_NEW(ctx, net->arena, total);
    net->arena_bytes = total;
done:
    pl_free(order);
    pl_free(beside);
    return status;
}
