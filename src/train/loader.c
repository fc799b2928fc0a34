#include "train/loader.h"

#include <pthread.h>
#include <string.h>

#include "math/random.h"

enum { SLOTS = 2, ORDER_STREAM = 3 };

struct pl_loader {
    pl_loader_spec spec;
    pl_ctx *ctx; /* the thread's own: one thread, its own messages */
    pl_augment *augment;
    size_t *order; /* of the epoch that is being drawn */
    struct {
        float *pixels;
        size_t *index;
    } slot[SLOTS];
    pthread_t thread;
    bool started;
    /* Under the lock: batches drawn and batches asked for, since the first step. The slot of the
     * batch in use is the last one asked for. */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    uint64_t drawn, taken;
    bool stop;
    pl_status status;
};

/* The epoch's order of all images, from a stream row of its own. */
static void shuffle(pl_loader *l, uint64_t epoch) {
    pl_stream s = {l->spec.seed, ORDER_STREAM, epoch};
    size_t n = l->spec.count;
    for (size_t i = 0; i < n; i++)
        l->order[i] = l->spec.chosen[i];
    pl_stream_shuffle(s, n, l->order);
}

static pl_status draw(pl_loader *l, uint64_t epoch, size_t first, size_t slot) {
    const pl_loader_spec *s = &l->spec;
    memcpy(l->slot[slot].index, l->order + first, s->batch * sizeof *l->order);
    return pl_augment_batch(l->ctx, l->augment, s->images, l->slot[slot].index + s->own_first,
                            s->own, s->views, epoch, s->seed, l->slot[slot].pixels);
}

/* Waits until a slot is free; false: it is over. */
static bool wait_for_slot(pl_loader *l) {
    pthread_mutex_lock(&l->lock);
    while (!l->stop && l->drawn > l->taken)
        pthread_cond_wait(&l->changed, &l->lock);
    bool go_on = !l->stop;
    pthread_mutex_unlock(&l->lock);
    return go_on;
}

static void *work(void *state) {
    pl_loader *l = state;
    size_t steps = l->spec.count / l->spec.batch;
    uint64_t shuffled = UINT64_MAX;
    for (uint64_t step = l->spec.first; step < l->spec.last && wait_for_slot(l); step++) {
        uint64_t epoch = step / steps;
        if (epoch != shuffled)
            shuffle(l, shuffled = epoch);
        pl_status status =
            draw(l, epoch, step % steps * l->spec.batch, (step - l->spec.first) % SLOTS);
        pthread_mutex_lock(&l->lock);
        l->drawn++;
        l->status = status;
        l->stop = l->stop || status != PL_OK;
        pthread_cond_broadcast(&l->changed);
        pthread_mutex_unlock(&l->lock);
    }
    return NULL;
}

pl_status pl_loader_next(pl_ctx *ctx, pl_loader *l, pl_batch *out) {
    pl_batch batch = {0};
    pl_status status = PL_OK;
    if (l->spec.first + l->taken < l->spec.last) {
        pthread_mutex_lock(&l->lock);
        size_t slot = l->taken++ % SLOTS;
        pthread_cond_broadcast(&l->changed); /* the slot of the batch before is free */
        while (l->drawn < l->taken && !l->stop)
            pthread_cond_wait(&l->changed, &l->lock);
        status = l->status;
        pthread_mutex_unlock(&l->lock);
        batch = (pl_batch){l->slot[slot].pixels, l->slot[slot].index};
    }
    if (status)
        return pl_fail(ctx, status, "%s", pl_message(l->ctx));
    *out = batch;
    return PL_OK;
}

pl_status pl_loader_new(pl_ctx *ctx, const pl_loader_spec *spec, pl_loader **out) {
    pl_status status = PL_OK;
    pl_loader *l = NULL;
    size_t size;
    pl_augment_size shape;
    if (spec->batch < 1 || spec->batch > spec->count)
        return pl_fail(ctx, PL_ESHAPE,
                       "a batch of %zu images, the data have %zu; pass a smaller --batch",
                       spec->batch, spec->count);
    PL_NEW(ctx, l, 1);
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->changed, NULL);
    l->spec = *spec;
    if (spec->own == 0)
        l->spec.own = spec->batch;
    l->ctx = pl_ctx_new();
    if (!l->ctx) {
        status = pl_fail(ctx, PL_ENOMEM, "out of memory for the loader");
        goto done;
    }
    pl_set_threads(l->ctx, 1);
    status = pl_augment_new(l->ctx, spec->augment, spec->images, &l->augment);
    if (status) {
        pl_fail(ctx, status, "%s", pl_message(l->ctx));
        goto done;
    }
    shape = pl_augment_shape(l->augment);
    if (!pl_size_mul(l->spec.own, spec->views, &size) ||
        !pl_size_mul(size, shape.channels * shape.height * shape.width, &size)) {
        status = pl_fail(ctx, PL_ESHAPE, "a batch of %zu images is too large", spec->batch);
        goto done;
    }
    PL_NEW(ctx, l->order, spec->count);
    for (size_t k = 0; k < SLOTS; k++) {
        PL_NEW(ctx, l->slot[k].pixels, size);
        PL_NEW(ctx, l->slot[k].index, spec->batch);
    }
    l->started = pthread_create(&l->thread, NULL, work, l) == 0;
    if (!l->started) {
        status = pl_fail(ctx, PL_ENOMEM, "no thread could be had for drawing views");
        goto done;
    }
    *out = l;
    l = NULL;
done:
    pl_loader_free(l);
    return status;
}

void pl_loader_free(pl_loader *l) {
    if (!l)
        return;
    if (l->started) {
        pthread_mutex_lock(&l->lock);
        l->stop = true;
        pthread_cond_broadcast(&l->changed);
        pthread_mutex_unlock(&l->lock);
        pthread_join(l->thread, NULL);
    }
    pthread_cond_destroy(&l->changed);
    pthread_mutex_destroy(&l->lock);
    pl_augment_free(l->augment);
    pl_ctx_free(l->ctx);
    for (size_t k = 0; k < SLOTS; k++) {
        pl_free(l->slot[k].pixels);
        pl_free(l->slot[k].index);
    }
    pl_free(l->order);
    pl_free(l);
}
