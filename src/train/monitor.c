#include "train/monitor.h"

#include <math.h>
#include <string.h>

#include "math/random.h"
#include "ssl/estimates.h"
#include "ssl/spectrum.h"

enum { MONITOR_STREAM = 5 };
static const double LEVEL = 0.95, POWER = 2, SCALE = 2; /* WANG20's powers; intervals are unused */

struct pl_monitor {
    pl_encoding encoding;
    size_t *index; /* the images */
    double alpha;
    pl_features f; /* unit embeddings and labels */
};

/* A random order of the run's images, then round after round one of each class. */
static pl_status choose(pl_ctx *ctx, pl_monitor *m, const size_t *chosen, size_t count, size_t n) {
    pl_status status = PL_OK;
    const pl_images *images = m->encoding.images;
    size_t *order = NULL, *taken = NULL, got = 0;
    pl_stream s = {m->encoding.seed, MONITOR_STREAM, 0};
    PL_NEW(ctx, order, count);
    PL_NEW(ctx, taken, images->classes);
    memcpy(order, chosen, count * sizeof *order);
    pl_stream_shuffle(s, count, order);
    for (size_t share = n / images->classes + 1; got < n; share++) {
        for (size_t i = 0; i < count && got < n; i++)
            if (order[i] != SIZE_MAX && taken[images->labels[order[i]]] < share) {
                taken[images->labels[order[i]]]++;
                m->index[got++] = order[i];
                order[i] = SIZE_MAX;
            }
    }
done:
    pl_free(order);
    pl_free(taken);
    return status;
}

/* Labels 0 .. classes-1 of the classes that are among the images. */
static pl_status take_labels(pl_ctx *ctx, pl_monitor *m) {
    pl_status status = PL_OK;
    const pl_images *images = m->encoding.images;
    size_t *name = NULL;
    PL_NEW(ctx, name, images->classes);
    PL_NEW(ctx, m->f.label, m->f.images);
    for (size_t i = 0; i < m->f.images; i++)
        name[images->labels[m->index[i]]] = 1;
    for (size_t c = 0; c < images->classes; c++)
        if (name[c])
            name[c] = m->f.classes++;
    for (size_t i = 0; i < m->f.images; i++)
        m->f.label[i] = name[images->labels[m->index[i]]];
done:
    pl_free(name);
    return status;
}

pl_status pl_monitor_new(pl_ctx *ctx, const pl_encoding *e, const size_t *chosen, size_t count,
                         size_t n, double alpha, pl_monitor **out) {
    pl_status status = PL_OK;
    pl_monitor *m = NULL;
    n = n < count ? n : count;
    PL_NEW(ctx, m, 1);
    m->encoding = *e;
    m->encoding.series = PL_SERIES(PL_SERIES_MONITOR);
    m->encoding.embedding = true;
    m->alpha = alpha;
    m->f.images = n;
    m->f.views = e->views;
    m->f.dim = pl_encode_width(&m->encoding);
    m->f.normalized = true;
    PL_TRY(pl_array_new(ctx, PL_F32, 3, (const size_t[]){n, e->views, m->f.dim}, &m->f.array));
    PL_NEW(ctx, m->index, n);
    PL_TRY(choose(ctx, m, chosen, count, n));
    PL_TRY(take_labels(ctx, m));
    *out = m;
    m = NULL;
done:
    pl_monitor_free(m);
    return status;
}

void pl_monitor_free(pl_monitor *m) {
    if (!m)
        return;
    pl_features_free(&m->f);
    pl_free(m->index);
    pl_free(m);
}

/* A quantity may be outside its domain here (fewer than two classes, all points equal): a fact
 * about the network, not a failure of the run. */
static pl_status if_defined(pl_status status, bool *defined) {
    *defined = status == PL_OK;
    return status == PL_EDOMAIN || status == PL_ESHAPE ? PL_OK : status;
}

pl_status pl_monitor_measure(pl_ctx *ctx, pl_monitor *m, pl_theory *out) {
    pl_status status;
    const double none = (double)NAN;
    pl_theory t = {none, none, none, none, none, none, none, none};
    pl_estimate alignment, uniformity;
    pl_attraction_estimate attraction;
    pl_repulsion_estimate repulsion;
    pl_bias_estimate bias;
    pl_spectrum spectrum = {0};
    const pl_features *f = &m->f;
    bool defined;
    PL_TRY(pl_encode(ctx, &m->encoding, m->index, f->images, f->array.data));
    if (!pl_unit_floats(f->array.data, f->images * f->views, f->dim)) {
        *out = t;
        return PL_OK;
    }
    PL_TRY(if_defined(pl_estimate_alignment(ctx, f, POWER, LEVEL, &alignment), &defined));
    if (defined)
        t.alignment = alignment.value;
    PL_TRY(if_defined(pl_estimate_uniformity(ctx, f, SCALE, NULL, f->images, LEVEL, &uniformity),
                      &defined));
    if (defined)
        t.uniformity = uniformity.value;
    PL_TRY(if_defined(pl_estimate_attraction(ctx, f, LEVEL, &attraction), &defined));
    if (defined) {
        t.attraction_gap = attraction.gap.value;
        t.attraction_violations = attraction.violation_rate.value;
    }
    PL_TRY(if_defined(pl_estimate_repulsion(ctx, f, m->alpha, NULL, f->images, LEVEL, &repulsion),
                      &defined));
    if (defined) {
        t.repulsion_gap = repulsion.gap.value;
        t.repulsion_violations = repulsion.violation_rate.value;
    }
    PL_TRY(if_defined(pl_estimate_bias(ctx, f, LEVEL, &bias), &defined));
    if (defined)
        t.prototype_bias = bias.second.value;
    PL_TRY(if_defined(pl_spectrum_new(ctx, f, &spectrum), &defined));
    if (defined)
        t.effective_rank = spectrum.effective_rank;
    *out = t;
done:
    pl_spectrum_free(&spectrum);
    return status;
}
