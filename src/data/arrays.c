#include "data/arrays.h"

#include <math.h>

#include "base/npy.h"

enum { MAX_CLASSES = 1 << 20 };

static bool is_channels(size_t n) {
    return n == 1 || n == 3;
}

/* The set's sizes, and whether channels are last. */
static pl_status take_shape(pl_ctx *ctx, const char *path, const pl_array *a, pl_images *set,
                            bool *last) {
    const size_t *n = a->shape;
    bool views = a->dims == 5, colour = views || a->dims == 4;
    const size_t *image = n + (views ? 2 : 1); /* without N, and V */
    if ((a->dims != 3 && !colour) || (colour && !is_channels(image[2]) && !is_channels(image[0])))
        return pl_fail(ctx, PL_ESHAPE,
                       "%s: has %d dimensions; expected images (N, H, W), (N, H, W, C) or (N, C, "
                       "H, W) of 1 or 3 channels, or V views of each (N, V, ...)",
                       path, a->dims);
    if (a->count == 0)
        return pl_fail(ctx, PL_ESHAPE, "%s: holds no pixels", path);
    *last = colour && is_channels(image[2]);
    set->count = n[0];
    set->views = views ? n[1] : 0;
    set->channels = !colour ? 1 : *last ? image[2] : image[0];
    set->height = !colour || *last ? image[0] : image[1];
    set->width = !colour || *last ? image[1] : image[2];
    return PL_OK;
}

static pl_status take_pixel(pl_ctx *ctx, const char *path, const pl_array *a, size_t at,
                            size_t image, unsigned char *out) {
    bool whole = a->dtype == PL_I64;
    double v = pl_array_at(a, at), most = whole ? 255 : 1;
    if (!(v >= 0 && v <= most))
        return pl_fail(ctx, PL_EDOMAIN, "%s: image %zu has a pixel of %g, expected 0 to %g%s", path,
                       at / image, v, most,
                       whole ? "" : "; for floats up to 255 divide by 255 or save uint8");
    *out = (unsigned char)lrint(whole ? v : 255 * v);
    return PL_OK;
}

static pl_status read_images(pl_ctx *ctx, const char *path, size_t limit, pl_images *set,
                             size_t *held) {
    pl_status status;
    pl_array a = {0};
    bool last = false;
    PL_TRY(pl_npy_read(ctx, path, &a));
    PL_TRY(take_shape(ctx, path, &a, set, &last));
    *held = set->count;
    if (limit > 0 && limit < set->count)
        set->count = limit;
    size_t plane = set->height * set->width, dim = plane * set->channels;
    size_t shots = set->count * pl_images_held(set);
    PL_NEW(ctx, set->pixels, shots * dim);
    for (size_t i = 0; i < shots; i++)
        for (size_t c = 0; c < set->channels; c++)
            for (size_t k = 0; k < plane; k++) {
                size_t at = last ? k * set->channels + c : c * plane + k;
                PL_TRY(take_pixel(ctx, path, &a, i * dim + at, dim * pl_images_held(set),
                                  &set->pixels[i * dim + c * plane + k]));
            }
done:
    pl_array_free(&a);
    return status;
}

static pl_status read_labels(pl_ctx *ctx, const char *path, const char *images, size_t held,
                             pl_images *set) {
    pl_status status;
    pl_array a = {0};
    PL_TRY(pl_npy_read(ctx, path, &a));
    if (a.dtype != PL_I64 || a.dims != 1 || a.count != held) {
        status = pl_fail(ctx, PL_ESHAPE, "%s: expected %zu integers (N), one for each image of %s",
                         path, held, images);
        goto done;
    }
    set->classes = 1;
    for (size_t i = 0; i < set->count; i++) {
        int64_t y = ((const int64_t *)a.data)[i];
        if (y < 0 || y >= MAX_CLASSES) {
            status = pl_fail(ctx, PL_EDOMAIN, "%s: image %zu has label %lld, expected 0 to %d",
                             path, i, (long long)y, MAX_CLASSES - 1);
            goto done;
        }
        if ((size_t)y >= set->classes)
            set->classes = (size_t)y + 1;
        set->labels[i] = y;
    }
done:
    pl_array_free(&a);
    return status;
}

pl_status pl_arrays_read(pl_ctx *ctx, const char *images, const char *labels, size_t limit,
                         pl_images *out) {
    pl_status status;
    size_t held = 0;
    pl_images set = {.classes = 1};
    PL_TRY(read_images(ctx, images, limit, &set, &held));
    PL_NEW(ctx, set.labels, set.count);
    if (labels)
        PL_TRY(read_labels(ctx, labels, images, held, &set));
    *out = set;
    set = (pl_images){0};
done:
    pl_images_free(&set);
    return status;
}
