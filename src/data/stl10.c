#include "data/stl10.h"

#include "base/file.h"

enum { CHANNELS = 3, SIDE = 96, PLANE = SIDE * SIDE, PIXELS = CHANNELS * PLANE, CLASSES = 10 };

/* The file's columns become rows. */
static void turn(const unsigned char *columns, unsigned char *rows) {
    for (size_t c = 0; c < CHANNELS; c++)
        for (size_t i = 0; i < SIDE; i++)
            for (size_t j = 0; j < SIDE; j++)
                rows[c * PLANE + i * SIDE + j] = columns[c * PLANE + j * SIDE + i];
}

static pl_status read_pixels(pl_ctx *ctx, const char *path, size_t limit, pl_images *images,
                             size_t *held) {
    pl_status status;
    pl_source s = {.fd = -1};
    unsigned char *image = NULL;
    PL_TRY(pl_source_open(ctx, path, &s));
    if (s.size == 0 || s.size % PIXELS != 0) {
        status = pl_fail(ctx, PL_EINPUT,
                         "%s: has %zu bytes, no whole number of images of %d; it is cut off, "
                         "compressed, or not of this set",
                         path, s.size, PIXELS);
        goto done;
    }
    *held = images->count = s.size / PIXELS;
    if (limit > 0 && limit < images->count)
        images->count = limit;
    PL_NEW(ctx, image, PIXELS);
    images->pixels = pl_alloc(ctx, images->count, PIXELS);
    if (!images->pixels) {
        status = PL_ENOMEM;
        goto done;
    }
    for (size_t i = 0; i < images->count; i++) {
        status = pl_source_read(ctx, &s, i * PIXELS, image, PIXELS);
        if (status) {
            pl_message_prefix(ctx, path);
            goto done;
        }
        turn(image, images->pixels + i * PIXELS);
    }
done:
    pl_free(image);
    pl_source_close(&s);
    return status;
}

static pl_status read_labels(pl_ctx *ctx, const char *path, const char *images, size_t held,
                             size_t count, int64_t *out) {
    unsigned char *bytes = NULL;
    size_t n;
    pl_status status;
    PL_TRY(pl_file_read(ctx, path, &bytes, &n));
    if (n != held) {
        status =
            pl_fail(ctx, PL_ESHAPE, "%s has %zu images, %s has %zu labels", images, held, path, n);
        goto done;
    }
    for (size_t i = 0; i < count; i++) {
        if (bytes[i] < 1 || bytes[i] > CLASSES) {
            status =
                pl_fail(ctx, PL_EINPUT, "%s: image %zu (byte %zu) has label %u, expected 1 to %d",
                        path, i, i, (unsigned)bytes[i], CLASSES);
            goto done;
        }
        out[i] = bytes[i] - 1;
    }
done:
    pl_free(bytes);
    return status;
}

pl_status pl_stl10_read(pl_ctx *ctx, const char *images, const char *labels, size_t limit,
                        pl_images *out) {
    pl_status status;
    size_t held = 0;
    pl_images set = {
        .channels = CHANNELS, .height = SIDE, .width = SIDE, .classes = labels ? CLASSES : 1};
    PL_TRY(read_pixels(ctx, images, limit, &set, &held));
    PL_NEW(ctx, set.labels, set.count);
    if (labels)
        PL_TRY(read_labels(ctx, labels, images, held, set.count, set.labels));
    *out = set;
    set = (pl_images){0};
done:
    pl_images_free(&set);
    return status;
}
