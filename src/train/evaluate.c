#include "train/evaluate.h"

#include <string.h>

#include "train/encode.h"

struct pl_evaluation {
    const pl_dataset *train; /* borrowed */
    pl_dataset test;
    pl_augment *plain_train, *plain_test;
    pl_net *net; /* borrowed */
    float *x[2];
    size_t *label[2], *sublabel[2]; /* sublabel NULL: the set has none */
    size_t n[2], dim, classes, subclasses;
};

static pl_status gather(pl_ctx *ctx, const int64_t *from, const pl_dataset *d, size_t **out) {
    pl_status status = PL_OK;
    size_t *label = NULL;
    if (!from)
        return PL_OK;
    PL_NEW(ctx, label, d->count);
    for (size_t i = 0; i < d->count; i++)
        label[i] = (size_t)from[d->chosen[i]];
    *out = label;
done:
    return status;
}

pl_status pl_evaluation_new(pl_ctx *ctx, const pl_settings *s, const pl_dataset *train, pl_net *net,
                            pl_evaluation **out) {
    pl_status status = PL_OK;
    pl_evaluation *e = NULL;
    const pl_augment_spec plain = pl_augment_fixed(&s->augment);
    PL_NEW(ctx, e, 1);
    e->train = train;
    e->net = net;
    PL_TRY(pl_dataset_open(ctx, s, PL_SPLIT_TEST, &e->test));
    const pl_dataset *sets[] = {train, &e->test};
    const pl_images *a = &train->images, *b = &e->test.images;
    if (a->channels != b->channels || a->height != b->height || a->width != b->width) {
        status = pl_fail(ctx, PL_ESHAPE,
                         "training images are %zu x %zu x %zu, test images %zu x "
                         "%zu x %zu",
                         a->channels, a->height, a->width, b->channels, b->height, b->width);
        goto done;
    }
    PL_TRY(pl_augment_new(ctx, &plain, a, &e->plain_train));
    PL_TRY(pl_augment_new(ctx, &plain, b, &e->plain_test));
    e->classes = a->classes > b->classes ? a->classes : b->classes;
    e->subclasses = a->subclasses > b->subclasses ? a->subclasses : b->subclasses;
    for (size_t k = 0; k < 2; k++) {
        e->n[k] = sets[k]->count;
        PL_TRY(gather(ctx, sets[k]->images.labels, sets[k], &e->label[k]));
        PL_TRY(gather(ctx, sets[k]->images.sublabels, sets[k], &e->sublabel[k]));
    }
    *out = e;
    e = NULL;
done:
    pl_evaluation_free(e);
    return status;
}

void pl_evaluation_free(pl_evaluation *e) {
    if (!e)
        return;
    pl_dataset_free(&e->test);
    pl_augment_free(e->plain_train);
    pl_augment_free(e->plain_test);
    for (size_t k = 0; k < 2; k++) {
        pl_free(e->x[k]);
        pl_free(e->label[k]);
        pl_free(e->sublabel[k]);
    }
    pl_free(e);
}

pl_status pl_evaluation_encode(pl_ctx *ctx, pl_evaluation *e, bool embedding) {
    pl_status status = PL_OK;
    const pl_dataset *sets[] = {e->train, &e->test};
    for (size_t k = 0; k < 2; k++) {
        const pl_encoding encoding = {.net = e->net,
                                      .augment = k ? e->plain_test : e->plain_train,
                                      .images = &sets[k]->images,
                                      .views = 1,
                                      .embedding = embedding};
        size_t size;
        e->dim = pl_encode_width(&encoding);
        if (!pl_size_mul(e->n[k], e->dim, &size))
            return pl_fail(ctx, PL_ESHAPE, "%zu features are too many", e->n[k]);
        pl_free(e->x[k]);
        e->x[k] = NULL;
        PL_NEW(ctx, e->x[k], size);
        PL_TRY(pl_encode(ctx, &encoding, sets[k]->chosen, e->n[k], e->x[k]));
    }
done:
    return status;
}

void pl_evaluation_sets(const pl_evaluation *e, bool subclass, pl_probe_set *train,
                        pl_probe_set *test, size_t *dim, size_t *classes) {
    size_t *const *label = subclass ? e->sublabel : e->label;
    *train = (pl_probe_set){e->x[0], label[0], e->n[0]};
    *test = (pl_probe_set){e->x[1], label[1], e->n[1]};
    *dim = e->dim;
    *classes = !subclass ? e->classes : label[0] && label[1] ? e->subclasses : 0;
}

pl_status pl_evaluation_quick(pl_ctx *ctx, pl_evaluation *e, double *linear, double *knn) {
    pl_status status;
    pl_probe_set train, test;
    pl_probe_score line, vote;
    size_t dim, classes;
    const pl_linear_spec spec = pl_linear_defaults();
    PL_TRY(pl_evaluation_encode(ctx, e, false));
    pl_evaluation_sets(e, false, &train, &test, &dim, &classes);
    size_t k = train.n < PL_KNN_NEIGHBOURS ? train.n : PL_KNN_NEIGHBOURS;
    PL_TRY(pl_probe_linear(ctx, train, test, dim, classes, &spec, 0.95, &line));
    PL_TRY(pl_probe_knn(ctx, train, test, dim, classes, k, PL_KNN_TAU, 0.95, &vote));
    *linear = line.accuracy;
    *knn = vote.accuracy;
done:
    return status;
}
