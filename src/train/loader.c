#include "train/loader.h"

#include <pthread.h>

enum { SLOTS = 2, ORDER_STREAM = 3 };

struct pl_loader {
    pl_loader_spec spec;
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
};

/* The epoch's order of all images: Fisher-Yates over a stream row of the epoch's own. */
static void shuffle(pl_loader *l, uint64_t epoch) {
    pl_stream s = {l->spec.pixels.seed, ORDER_STREAM, epoch};
    size_t n = l->spec.count;
    for (size_t i = 0; i < n; i++)
        l->order[i] = l->spec.chosen[i];
    for (size_t i = n; i > 1; i--) {
        size_t j = pl_stream_below(s, i, i), kept = l->order[i - 1];
        l->order[i - 1] = l->order[j];
        l->order[j] = kept;
    }
}

static void draw(pl_loader *l, uint64_t epoch, size_t first, size_t slot) {
    const pl_loader_spec *s = &l->spec;
    size_t dim = pl_images_dim(s->pixels.images);
    for (size_t i = 0; i < s->batch; i++) {
        size_t index = l->order[first + i];
        l->slot[slot].index[i] = index;
        for (size_t v = 0; v < s->views; v++)
            pl_pixels_view(&s->pixels, epoch, v, index,
                           l->slot[slot].pixels + (v * s->batch + i) * dim);
    }
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
        draw(l, epoch, step % steps * l->spec.batch, (step - l->spec.first) % SLOTS);
        pthread_mutex_lock(&l->lock);
        l->drawn++;
        pthread_cond_broadcast(&l->changed);
        pthread_mutex_unlock(&l->lock);
    }
    return NULL;
}

pl_batch pl_loader_next(pl_loader *l) {
    if (l->spec.first + l->taken >= l->spec.last)
        return (pl_batch){0};
    pthread_mutex_lock(&l->lock);
    size_t slot = l->taken++ % SLOTS;
    pthread_cond_broadcast(&l->changed); /* the slot of the batch before is free */
    while (l->drawn < l->taken)
        pthread_cond_wait(&l->changed, &l->lock);
    pthread_mutex_unlock(&l->lock);
    return (pl_batch){l->slot[slot].pixels, l->slot[slot].index};
}

pl_status pl_loader_new(pl_ctx *ctx, const pl_loader_spec *spec, pl_loader **out) {
    pl_status status = PL_OK;
    pl_loader *l = NULL;
    size_t size;
    if (spec->batch < 1 || spec->batch > spec->count)
        return pl_fail(ctx, PL_ESHAPE,
                       "a batch of %zu images, the data have %zu; pass a smaller --batch",
                       spec->batch, spec->count);
    if (!pl_size_mul(spec->batch * spec->views, pl_images_dim(spec->pixels.images), &size))
        return pl_fail(ctx, PL_ESHAPE, "a batch of %zu images is too large", spec->batch);
    PL_NEW(ctx, l, 1);
    l->spec = *spec;
    PL_NEW(ctx, l->order, spec->count);
    for (size_t k = 0; k < SLOTS; k++) {
        PL_NEW(ctx, l->slot[k].pixels, size);
        PL_NEW(ctx, l->slot[k].index, spec->batch);
    }
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->changed, NULL);
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
    for (size_t k = 0; k < SLOTS; k++) {
        pl_free(l->slot[k].pixels);
        pl_free(l->slot[k].index);
    }
    pl_free(l->order);
    pl_free(l);
}
