#include "data/subset.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "data/choose.h"
#include "math/random.h"

enum { CODE_STREAM = 4 };

/* ---- long tails --------------------------------------------------------------------------- */

pl_status pl_tail_parse(pl_ctx *ctx, const char *text, pl_tail *out) {
    pl_tail tail = {PL_TAIL_PARETO, 256, 6};
    char numbers[64];
    const char *colon = strchr(text, ':');
    size_t name = colon ? (size_t)(colon - text) : strlen(text);
    bool good = true;
    snprintf(numbers, sizeof numbers, "%s", colon ? colon + 1 : "");
    if (name == 3 && strncmp(text, "exp", 3) == 0) {
        tail.rule = PL_TAIL_EXPONENTIAL;
        good = colon && pl_parse_real(numbers, &tail.factor);
    } else if (name == 6 && strncmp(text, "pareto", 6) == 0) {
        char *comma = strchr(numbers, ',');
        if (comma) {
            *comma = '\0';
            good = pl_parse_real(comma + 1, &tail.factor);
        }
        good = good && (!colon || pl_parse_real(numbers, &tail.alpha));
    } else {
        good = false;
    }
    if (!good || !(tail.factor >= 1 && tail.alpha > 0))
        return pl_fail(ctx, PL_EUSAGE,
                       "'%s' is no long tail, expected exp:FACTOR or pareto[:ALPHA[,FACTOR]] with "
                       "FACTOR >= 1 and ALPHA > 0, as exp:100 or pareto:6,256",
                       text);
    *out = tail;
    return PL_OK;
}

double pl_tail_part(const pl_tail *tail, size_t c, size_t classes) {
    double along = classes > 1 ? (double)c / (double)(classes - 1) : 0;
    if (tail->rule == PL_TAIL_EXPONENTIAL)
        return pow(tail->factor, -along);
    return pow(1 + along * (pow(tail->factor, 1 / tail->alpha) - 1), -tail->alpha);
}

static int by_size(const void *a, const void *b) {
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    return (x > y) - (x < y);
}

pl_status pl_images_long_tail(pl_ctx *ctx, const pl_images *images, const pl_tail *tail,
                              uint64_t seed, size_t *out, size_t *n) {
    pl_status status;
    size_t *order = NULL, *left = NULL, kept = 0;
    PL_NEW(ctx, order, images->count);
    PL_NEW(ctx, left, images->classes);
    PL_TRY(pl_images_choose(ctx, images, PL_CHOOSE_RANDOM, images->count, seed, order));
    for (size_t i = 0; i < images->count; i++)
        left[images->labels[i]]++;
    for (size_t c = 0; c < images->classes; c++) {
        /* 1e-9: 0.01 x 5000 is 50 */
        double share = floor((double)left[c] * pl_tail_part(tail, c, images->classes) + 1e-9);
        left[c] = share < 1 && left[c] > 0 ? 1 : (size_t)share;
    }
    for (size_t i = 0; i < images->count; i++) {
        size_t y = (size_t)images->labels[order[i]];
        if (left[y] > 0) {
            left[y]--;
            out[kept++] = order[i];
        }
    }
    qsort(out, kept, sizeof *out, by_size);
    *n = kept;
done:
    pl_free(order);
    pl_free(left);
    return status;
}

/* ---- parts -------------------------------------------------------------------------------- */

pl_status pl_images_take(pl_ctx *ctx, const pl_images *images, const size_t *chosen, size_t n,
                         pl_images *out) {
    pl_status status = PL_OK;
    size_t dim = pl_images_held(images) * pl_images_dim(images);
    pl_images part = *images;
    part.count = n;
    part.pixels = NULL;
    part.labels = part.sublabels = NULL;
    part.codes = NULL;
    if (n == 0)
        return pl_fail(ctx, PL_ESHAPE, "no images of %s are chosen", images->name);
    part.pixels = pl_alloc(ctx, n, dim);
    if (!part.pixels) {
        status = PL_ENOMEM;
        goto done;
    }
    PL_NEW(ctx, part.labels, n);
    if (images->sublabels)
        PL_NEW(ctx, part.sublabels, n);
    if (images->codes)
        PL_NEW(ctx, part.codes, n);
    for (size_t i = 0; i < n; i++) {
        memcpy(part.pixels + i * dim, images->pixels + chosen[i] * dim, dim);
        part.labels[i] = images->labels[chosen[i]];
        if (part.sublabels)
            part.sublabels[i] = images->sublabels[chosen[i]];
        if (part.codes)
            part.codes[i] = images->codes[chosen[i]];
    }
    *out = part;
    part = (pl_images){0};
done:
    pl_images_free(&part);
    return status;
}

/* ---- coarser classes ---------------------------------------------------------------------- */

static pl_status bad_map(pl_ctx *ctx, const pl_images *images, const char *map) {
    return pl_fail(ctx, PL_EUSAGE,
                   "the map of classes is '%.60s', expected %zu whole numbers separated by commas, "
                   "the coarse class of each class of %s, from 0 on without a gap",
                   map, images->classes, images->name);
}

/* The map's numbers; *coarse is how many there are. */
static pl_status take_map(pl_ctx *ctx, const pl_images *images, const char *map, size_t *to,
                          bool *seen, size_t *coarse) {
    const char *at = map;
    *coarse = 0;
    for (size_t c = 0; c < images->classes; c++) {
        char *end;
        unsigned long y = strtoul(at, &end, 10);
        bool last = c + 1 == images->classes;
        if (*at < '0' || *at > '9' || *end != (last ? '\0' : ',') || y >= images->classes)
            return bad_map(ctx, images, map);
        to[c] = y;
        seen[y] = true;
        *coarse = y + 1 > *coarse ? y + 1 : *coarse;
        at = last ? end : end + 1;
    }
    for (size_t y = 0; y < *coarse; y++)
        if (!seen[y])
            return bad_map(ctx, images, map);
    return PL_OK;
}

pl_status pl_images_coarsen(pl_ctx *ctx, pl_images *images, const char *map) {
    pl_status status;
    size_t *to = NULL, coarse;
    int64_t *labels = NULL;
    bool *seen = NULL;
    PL_NEW(ctx, to, images->classes);
    PL_NEW(ctx, seen, images->classes);
    PL_NEW(ctx, labels, images->count);
    PL_TRY(take_map(ctx, images, map, to, seen, &coarse));
    for (size_t i = 0; i < images->count; i++)
        labels[i] = (int64_t)to[images->labels[i]];
    pl_free(images->sublabels);
    images->sublabels = images->labels;
    images->subclasses = images->classes;
    images->labels = labels;
    images->classes = coarse;
    labels = NULL;
done:
    pl_free(to);
    pl_free(seen);
    pl_free(labels);
    return status;
}

/* ---- RandBit ------------------------------------------------------------------------------ */

/* FNV-1a, 64 bits. */
static uint64_t hash(const unsigned char *bytes, size_t n) {
    uint64_t h = 0xcbf29ce484222325u;
    for (size_t k = 0; k < n; k++)
        h = (h ^ bytes[k]) * 0x100000001b3u;
    return h;
}

pl_status pl_images_randbit(pl_ctx *ctx, pl_images *images, size_t bits, uint64_t seed) {
    size_t dim = pl_images_dim(images);
    uint64_t *codes = NULL;
    if (bits > PL_MAX_BITS)
        return pl_fail(ctx, PL_EUSAGE, "%zu RandBit channels, expected 0 to %d", bits, PL_MAX_BITS);
    if (bits > 0) {
        codes = pl_alloc(ctx, images->count, sizeof *codes);
        if (!codes)
            return PL_ENOMEM;
        for (size_t i = 0; i < images->count; i++) {
            uint64_t row = hash(pl_images_view(images, i, 0), dim);
            codes[i] = pl_stream_bits((pl_stream){seed, CODE_STREAM, row}, 0) >> (64 - bits);
        }
    }
    pl_free(images->codes);
    images->codes = codes;
    images->bits = bits;
    return PL_OK;
}
