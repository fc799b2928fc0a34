/* One view: what is drawn, and what is then done. */

#include "data/augment.h"

#include <math.h>
#include <omp.h>
#include <string.h>

#include "data/augment_kernel.h"

enum {
    WORDS = 64,      /* of a view's stream, for each step */
    APPLY_WORD = 63, /* whether the step is done at all */
    TRIES = 10,      /* of erase; then two words for the place */
    VIEW_BITS = 16,  /* of a stream's number, below the epoch's */
    EPOCH_BITS = 40, /* and those of the epoch */
    MAX_KERNEL = 255 /* taps of a blur */
};

static const uint64_t AUGMENT_STREAM = 3ull << (VIEW_BITS + EPOCH_BITS); /* no other stream's */

struct pl_augment {
    pl_augment_spec spec;
    pl_augment_size in, out; /* of the images; out without RandBit channels */
    size_t bits, scratch;    /* scratch: floats a thread */
    int threads;
    float *room; /* threads x scratch */
    const pl_augment_kernel *kernel;
};

/* ---- making ready ------------------------------------------------------------------------- */

static size_t taps(const pl_augment_step *step, const pl_augment_size *size) {
    size_t side = size->height < size->width ? size->height : size->width;
    size_t tenth = 2 * (side / 20) + 1;
    if (step->at[1].count > 0)
        return (size_t)step->at[1].v[0];
    return tenth < 3 ? 3 : tenth > MAX_KERNEL ? MAX_KERNEL : tenth;
}

static const char *const step_names[] = {"crop",   "flip",  "jitter",   "gray",     "blur",
                                         "rotate", "erase", "solarize", "normalize"};

static pl_status check_numbers(pl_ctx *ctx, const pl_augment_step *step, size_t parameter,
                               const char *name, size_t channels) {
    size_t count = step->at[parameter].count;
    if (count == 1 || count == channels)
        return PL_OK;
    return pl_fail(ctx, PL_ESHAPE,
                   "augment: %s has %zu numbers for %s, the images have %zu channels; give one, or "
                   "one a channel",
                   step_names[step->kind], count, name, channels);
}

static pl_status check_step(pl_ctx *ctx, const pl_augment_step *step, const pl_augment_size *size) {
    pl_status status = PL_OK;
    size_t half = step->kind == PL_AUGMENT_BLUR ? taps(step, size) / 2 : 0;
    bool colour = step->kind == PL_AUGMENT_JITTER || step->kind == PL_AUGMENT_GRAY;
    if (colour && size->channels != 1 && size->channels != 3)
        return pl_fail(ctx, PL_ESHAPE, "augment: %s needs 1 or 3 channels, the images have %zu",
                       step_names[step->kind], size->channels);
    if (half >= size->height || (half > 0 && half >= size->width))
        return pl_fail(ctx, PL_ESHAPE,
                       "augment: blur's kernel of %zu reaches beyond images of %zu x %zu; pass a "
                       "smaller kernel",
                       2 * half + 1, size->height, size->width);
    if (step->kind == PL_AUGMENT_ERASE)
        status = check_numbers(ctx, step, 2, "value", size->channels);
    if (step->kind == PL_AUGMENT_NORMALIZE) {
        status = check_numbers(ctx, step, 0, "mean", size->channels);
        if (status == PL_OK)
            status = check_numbers(ctx, step, 1, "std", size->channels);
    }
    return status;
}

pl_status pl_augment_new(pl_ctx *ctx, const pl_augment_spec *spec, const pl_images *images,
                         pl_augment **out) {
    pl_status status = PL_OK;
    pl_augment *a = NULL;
    size_t plane, room;
    PL_NEW(ctx, a, 1);
    a->spec = *spec;
    a->in = a->out = (pl_augment_size){images->channels, images->height, images->width};
    a->bits = images->bits;
    a->threads = pl_threads(ctx);
    a->kernel = pl_augment_best();
    for (size_t s = 0; s < spec->count; s++) {
        const pl_augment_step *step = &spec->steps[s];
        if (step->kind == PL_AUGMENT_CROP && step->at[2].count > 0) {
            a->out.height = (size_t)step->at[2].v[0];
            a->out.width = (size_t)step->at[2].v[1];
        }
        PL_TRY(check_step(ctx, step, &a->out));
    }
    /* a turned image; or a blurred plane, a padded row; or a plane of luma */
    if (!pl_size_mul(a->out.height, a->out.width, &plane) ||
        !pl_size_mul(plane, a->out.channels + 2, &room)) {
        status = pl_fail(ctx, PL_ESHAPE, "augment: %zu x %zu x %zu pixels are too many",
                         a->out.channels, a->out.height, a->out.width);
        goto done;
    }
    a->scratch = room + a->out.width + MAX_KERNEL + 1;
    if (!pl_size_mul(a->scratch, (size_t)a->threads, &room)) {
        status = pl_fail(ctx, PL_ESHAPE, "augment: too much room for %d threads", a->threads);
        goto done;
    }
    PL_NEW(ctx, a->room, room);
    *out = a;
    a = NULL;
done:
    pl_augment_free(a);
    return status;
}

void pl_augment_free(pl_augment *a) {
    if (a)
        pl_free(a->room);
    pl_free(a);
}

pl_augment_size pl_augment_shape(const pl_augment *a) {
    return (pl_augment_size){a->out.channels + a->bits, a->out.height, a->out.width};
}

/* ---- drawing ------------------------------------------------------------------------------ */

static double between(pl_stream row, uint64_t word, double lo, double hi) {
    return lo + (hi - lo) * pl_stream_uniform(row, word);
}

/* Factors around 1, at least 0; the hue around 0; a random order (Fisher-Yates). */
static void draw_jitter(const pl_augment_step *step, pl_stream row, uint64_t word,
                        pl_augment_drawn *d) {
    for (unsigned k = 0; k < 4; k++) {
        double v = step->at[k].v[0], centre = k < 3;
        d->factor[k] = between(row, word + k, k < 3 && v > 1 ? 0 : centre - v, centre + v);
        d->order[k] = (unsigned char)k;
    }
    for (unsigned k = 3; k > 0; k--) {
        uint64_t other = pl_stream_below(row, word + 3 + k, k + 1);
        unsigned char kept = d->order[k];
        d->order[k] = d->order[other];
        d->order[other] = kept;
    }
}

/* As torchvision's RandomErasing: ten tries at a rectangle smaller than the image, else none. */
static pl_crop draw_hole(const pl_augment_step *step, const pl_augment_size *size, pl_stream row,
                         uint64_t word) {
    double area = (double)size->height * (double)size->width;
    double lo = log(step->at[1].v[0]), hi = log(step->at[1].v[1]);
    for (uint64_t t = 0; t < TRIES; t++) {
        double part = area * between(row, word + 2 * t, step->at[0].v[0], step->at[0].v[1]);
        double ratio = exp(between(row, word + 2 * t + 1, lo, hi));
        double h = rint(sqrt(part * ratio)), w = rint(sqrt(part / ratio));
        if (h >= (double)size->height || w >= (double)size->width)
            continue;
        pl_crop hole = {.height = (size_t)h, .width = (size_t)w};
        hole.top = pl_stream_below(row, word + 2 * TRIES, size->height - hole.height + 1);
        hole.left = pl_stream_below(row, word + 2 * TRIES + 1, size->width - hole.width + 1);
        return hole;
    }
    return (pl_crop){0};
}

void pl_augment_draw(const pl_augment *a, pl_stream row, pl_augment_drawn *drawn) {
    for (size_t s = 0; s < a->spec.count; s++) {
        const pl_augment_step *step = &a->spec.steps[s];
        pl_augment_drawn *d = &drawn[s];
        uint64_t word = WORDS * s;
        *d = (pl_augment_drawn){.applied = true};
        if (step->p < 1)
            d->applied = pl_stream_uniform(row, word + APPLY_WORD) < step->p;
        if (step->kind == PL_AUGMENT_CROP)
            d->region = (pl_crop){0, 0, a->in.height, a->in.width, false};
        if (!d->applied)
            continue;
        switch (step->kind) {
        case PL_AUGMENT_CROP: /* the first step: its words are those of pl_crop_draw */
            d->region = pl_crop_draw(&(pl_view_law){step->at[0].v[0], step->at[0].v[1],
                                                    step->at[1].v[0], step->at[1].v[1], 0},
                                     a->in.height, a->in.width, row);
            break;
        case PL_AUGMENT_JITTER:
            draw_jitter(step, row, word, d);
            break;
        case PL_AUGMENT_BLUR:
        case PL_AUGMENT_ROTATE:
            d->factor[0] = between(row, word, step->at[0].v[0], step->at[0].v[1]);
            break;
        case PL_AUGMENT_ERASE:
            d->region = draw_hole(step, &a->out, row, word);
            break;
        case PL_AUGMENT_FLIP:
        case PL_AUGMENT_GRAY:
        case PL_AUGMENT_SOLARIZE:
        case PL_AUGMENT_NORMALIZE:
            break;
        }
    }
}

/* ---- doing -------------------------------------------------------------------------------- */

static void jitter(const pl_augment *a, const pl_augment_step *step, const pl_augment_drawn *d,
                   float *x, float *scratch) {
    const pl_augment_kernel *kernel = a->kernel;
    size_t plane = a->out.height * a->out.width, n = plane * a->out.channels;
    for (int k = 0; k < 4; k++) {
        unsigned which = d->order[k];
        double f = d->factor[which];
        if (step->at[which].v[0] == 0 || (which >= 2 && a->out.channels == 1))
            continue;
        if (which == 0) {
            kernel->blend(x, n, (float)f, 0);
        } else if (which == 1) {
            const float *gray = x;
            if (a->out.channels == 3) {
                kernel->luma(x, plane, scratch);
                gray = scratch;
            }
            kernel->blend(x, n, (float)f, (float)((1 - f) * kernel->mean(gray, plane)));
        } else if (which == 2) {
            kernel->saturate(x, plane, (float)f);
        } else {
            kernel->hue(x, plane, (float)f);
        }
    }
}

/* Gaussian weights that sum to one. */
static void blur(const pl_augment *a, const pl_augment_step *step, double sigma, float *x,
                 float *scratch) {
    float w[MAX_KERNEL];
    double density[MAX_KERNEL], sum = 0;
    size_t k = taps(step, &a->out), plane = a->out.height * a->out.width;
    for (size_t q = 0; q < k; q++) {
        double z = ((double)q - (double)(k / 2)) / sigma;
        sum += density[q] = exp(-z * z / 2);
    }
    for (size_t q = 0; q < k; q++)
        w[q] = (float)(density[q] / sum);
    for (size_t c = 0; c < a->out.channels; c++)
        a->kernel->blur(x + c * plane, a->out.height, a->out.width, w, k, scratch);
}

static float of_channel(const pl_augment_step *step, size_t parameter, size_t channel) {
    return (float)step->at[parameter].v[step->at[parameter].count > 1 ? channel : 0];
}

static void erase(const pl_augment *a, const pl_augment_step *step, pl_crop hole, float *x) {
    for (size_t c = 0; c < a->out.channels; c++)
        for (size_t i = hole.top; i < hole.top + hole.height; i++)
            for (size_t j = hole.left; j < hole.left + hole.width; j++)
                x[(c * a->out.height + i) * a->out.width + j] = of_channel(step, 2, c);
}

static void do_step(const pl_augment *a, const pl_augment_step *step, const pl_augment_drawn *d,
                    float *x, float *scratch) {
    const pl_augment_kernel *kernel = a->kernel;
    size_t channels = a->out.channels, height = a->out.height, width = a->out.width;
    size_t plane = height * width;
    switch (step->kind) {
    case PL_AUGMENT_CROP:
        break;
    case PL_AUGMENT_FLIP:
        kernel->flip(x, channels * height, width);
        break;
    case PL_AUGMENT_JITTER:
        jitter(a, step, d, x, scratch);
        break;
    case PL_AUGMENT_GRAY:
        if (channels == 3)
            kernel->gray(x, plane);
        break;
    case PL_AUGMENT_BLUR:
        blur(a, step, d->factor[0], x, scratch);
        break;
    case PL_AUGMENT_ROTATE:
        kernel->rotate(x, channels, height, width, d->factor[0], step->at[1].v[0] != 0, scratch);
        memcpy(x, scratch, channels * plane * sizeof *x);
        break;
    case PL_AUGMENT_ERASE:
        erase(a, step, d->region, x);
        break;
    case PL_AUGMENT_SOLARIZE:
        kernel->solarize(x, channels * plane, (float)step->at[0].v[0]);
        break;
    case PL_AUGMENT_NORMALIZE:
        for (size_t c = 0; c < channels; c++)
            kernel->normalize(x + c * plane, plane, of_channel(step, 0, c), of_channel(step, 1, c));
        break;
    }
}

static void apply(const pl_augment *a, const unsigned char *pixels, const pl_augment_drawn *drawn,
                  float *scratch, float *out) {
    const pl_augment_spec *spec = &a->spec;
    pl_crop region = {0, 0, a->in.height, a->in.width, false};
    size_t s = 0;
    if (spec->count > 0 && spec->steps[0].kind == PL_AUGMENT_CROP)
        region = drawn[s++].region;
    if (s < spec->count && spec->steps[s].kind == PL_AUGMENT_FLIP) /* one pass with the crop */
        region.flip = drawn[s++].applied;
    a->kernel->crop(pixels, a->in.channels, a->in.height, a->in.width, region, a->out.height,
                    a->out.width, out);
    for (; s < spec->count; s++)
        if (drawn[s].applied)
            do_step(a, &spec->steps[s], &drawn[s], out, scratch);
}

void pl_augment_apply(pl_augment *a, const unsigned char *pixels, const pl_augment_drawn *drawn,
                      float *out) {
    apply(a, pixels, drawn, a->room, out);
}

/* The RandBit channels: bit b of the image's code, everywhere in channel b. */
static void add_bits(const pl_augment *a, uint64_t code, float *out) {
    size_t plane = a->out.height * a->out.width;
    for (size_t b = 0; b < a->bits; b++)
        for (size_t k = 0; k < plane; k++)
            out[b * plane + k] = (float)(code >> b & 1);
}

/* Where the set holds several views of an image, those of one batch follow each other round from a
 * random one: two views of a pair differ. Stream (epoch, 65535) is no view's. */
static const unsigned char *source(const pl_images *images, size_t i, size_t view, uint64_t epoch,
                                   uint64_t seed) {
    const uint64_t stream = AUGMENT_STREAM | epoch << VIEW_BITS | ((1 << VIEW_BITS) - 1);
    size_t first =
        images->views > 1 ? pl_stream_below((pl_stream){seed, stream, i}, 0, images->views) : 0;
    return pl_images_view(images, i, first + view);
}

static pl_status check_batch(pl_ctx *ctx, const pl_augment *a, const pl_images *images,
                             const size_t *indices, size_t n, size_t V, uint64_t epoch) {
    if (images->channels != a->in.channels || images->height != a->in.height ||
        images->width != a->in.width || images->bits != a->bits)
        return pl_fail(ctx, PL_ESHAPE,
                       "augment: the images are %zu x %zu x %zu, it was made for %zu x %zu x %zu",
                       images->channels, images->height, images->width, a->in.channels,
                       a->in.height, a->in.width);
    if (V >> VIEW_BITS || epoch >> EPOCH_BITS)
        return pl_fail(ctx, PL_EDOMAIN, "augment: %zu views in epoch %llu, at most 65535 and 2^40",
                       V, (unsigned long long)epoch);
    for (size_t i = 0; i < n; i++)
        if (indices[i] >= images->count)
            return pl_fail(ctx, PL_EDOMAIN, "augment: image %zu of a set of %zu", indices[i],
                           images->count);
    return PL_OK;
}

pl_status pl_augment_batch(pl_ctx *ctx, pl_augment *a, const pl_images *images,
                           const size_t *indices, size_t n, size_t V, uint64_t epoch, uint64_t seed,
                           float *out) {
    pl_status status = check_batch(ctx, a, images, indices, n, V, epoch);
    if (status)
        return status;
    size_t plane = a->out.height * a->out.width;
    size_t view = plane * (a->out.channels + a->bits);
    int threads = pl_threads(ctx) < a->threads ? pl_threads(ctx) : a->threads;
#pragma omp parallel for num_threads(threads) schedule(static)
    for (size_t row = 0; row < n * V; row++) {
        pl_augment_drawn drawn[PL_AUGMENT_STEPS];
        size_t i = indices[row / V];
        uint64_t stream = AUGMENT_STREAM | epoch << VIEW_BITS | row % V;
        float *scratch = a->room + (size_t)omp_get_thread_num() * a->scratch;
        pl_augment_draw(a, (pl_stream){seed, stream, i}, drawn);
        apply(a, source(images, i, row % V, epoch, seed), drawn, scratch, out + row * view);
        if (a->bits > 0)
            add_bits(a, images->codes[i], out + row * view + a->out.channels * plane);
    }
    return PL_OK;
}
