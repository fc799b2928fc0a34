#include "data/cifar.h"

#include "data/input.h"

enum { CHANNELS = 3, SIDE = 32, PIXELS = CHANNELS * SIDE * SIDE };

const pl_cifar_format pl_cifar10 = {1, 0, {10, 0}, false};
const pl_cifar_format pl_cifar100 = {2, 1, {20, 100}, false};
const pl_cifar_format pl_cifar100_coarse = {2, 0, {20, 100}, true};

/* Opens a file and counts its records. */
static pl_status open_records(pl_ctx *ctx, const char *path, const pl_cifar_format *format,
                              pl_input *in, size_t *records) {
    size_t record = format->label_bytes + PIXELS;
    pl_status status = pl_input_open(ctx, path, in);
    if (status)
        return status;
    if (in->compressed)
        status = pl_fail(ctx, PL_EINPUT, "is compressed; gunzip it first");
    else if (in->size % record != 0)
        status = pl_fail(ctx, PL_EINPUT,
                         "has %zu bytes, no whole number of records of %zu (%zu of label, %d of "
                         "pixels); it is cut off, or not of this set",
                         in->size, record, format->label_bytes, PIXELS);
    *records = in->size / record;
    return status;
}

static pl_status count_records(pl_ctx *ctx, const char *path, const pl_cifar_format *format,
                               size_t *records) {
    pl_input in = {0};
    pl_status status = open_records(ctx, path, format, &in, records);
    pl_input_close(&in);
    return status;
}

static pl_status read_record(pl_ctx *ctx, pl_input *in, const pl_cifar_format *format, size_t i,
                             int64_t *label, int64_t *sublabel, unsigned char *pixels) {
    unsigned char labels[2];
    size_t got_labels, got_pixels;
    pl_status status;
    PL_TRY(pl_input_read(ctx, in, labels, format->label_bytes, &got_labels));
    PL_TRY(pl_input_read(ctx, in, pixels, PIXELS, &got_pixels));
    if (got_labels < format->label_bytes || got_pixels < PIXELS) {
        status = pl_fail(ctx, PL_EIO, "became shorter while it was read");
        goto done;
    }
    for (size_t k = 0; k < format->label_bytes; k++)
        if (labels[k] >= format->classes[k]) {
            status = pl_fail(ctx, PL_EINPUT, "record %zu has %slabel %u, expected 0 to %zu", i,
                             format->label_bytes == 1 ? ""
                             : k == 0                 ? "coarse "
                                                      : "fine ",
                             (unsigned)labels[k], format->classes[k] - 1);
            goto done;
        }
    *label = labels[format->taken];
    if (sublabel)
        *sublabel = labels[format->taken + 1];
done:
    return status;
}

/* Fills the images from `first` on, up to all that there is room for. */
static pl_status read_file(pl_ctx *ctx, const char *path, const pl_cifar_format *format,
                           pl_images *images, size_t *first) {
    pl_status status;
    pl_input in = {0};
    size_t records;
    PL_TRY(open_records(ctx, path, format, &in, &records));
    for (size_t i = 0; i < records && *first < images->count; i++, ++*first)
        PL_TRY(read_record(ctx, &in, format, i, &images->labels[*first],
                           images->sublabels ? &images->sublabels[*first] : NULL,
                           images->pixels + *first * PIXELS));
done:
    pl_input_close(&in);
    return status;
}

pl_status pl_cifar_read(pl_ctx *ctx, const char *const *paths, size_t files,
                        const pl_cifar_format *format, size_t limit, pl_images *out) {
    pl_status status = PL_OK;
    pl_images images = {.channels = CHANNELS,
                        .height = SIDE,
                        .width = SIDE,
                        .classes = format->classes[format->taken]};
    size_t read = 0, records, f = 0;
    for (f = 0; f < files; f++) {
        PL_TRY(count_records(ctx, paths[f], format, &records));
        images.count += records;
    }
    if (limit > 0 && limit < images.count)
        images.count = limit;
    images.pixels = pl_alloc(ctx, images.count, PIXELS);
    if (!images.pixels) {
        status = PL_ENOMEM;
        goto done;
    }
    PL_NEW(ctx, images.labels, images.count);
    if (format->finer) {
        images.subclasses = format->classes[format->taken + 1];
        PL_NEW(ctx, images.sublabels, images.count);
    }
    for (f = 0; f < files && read < images.count; f++)
        PL_TRY(read_file(ctx, paths[f], format, &images, &read));
    if (read < images.count) {
        f = files - 1;
        status = pl_fail(ctx, PL_EIO, "became shorter while it was read");
        goto done;
    }
    *out = images;
    images = (pl_images){0};
done:
    if (status && f < files)
        pl_message_prefix(ctx, paths[f]);
    pl_images_free(&images);
    return status;
}
