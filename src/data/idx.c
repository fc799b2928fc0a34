#include "data/idx.h"

#include <string.h>

#include "data/input.h"

enum { UBYTE = 0x08, MAGIC = 4, SIZE = 4, MAX_HEADER = MAGIC + SIZE * PL_IDX_MAX_DIMS };

static const char *type_name(unsigned code) {
    static const char *const names[] = {
        [0x08] = "unsigned bytes",  [0x09] = "signed bytes",  [0x0b] = "16-bit integers",
        [0x0c] = "32-bit integers", [0x0d] = "32-bit floats", [0x0e] = "64-bit floats"};
    return code < sizeof names / sizeof *names && names[code] ? names[code] : "an unknown type";
}

static size_t header_size(int dims) {
    return MAGIC + SIZE * (size_t)dims;
}

static size_t big_endian(const unsigned char *b) {
    return (size_t)b[0] << 24 | (size_t)b[1] << 16 | (size_t)b[2] << 8 | (size_t)b[3];
}

/* The first bytes of a file, n of them up to its header's end, as a shape. */
static pl_status take_header(pl_ctx *ctx, const unsigned char *b, size_t n, int dims, pl_idx *out) {
    pl_idx idx = {.dims = dims, .count = 1};
    if (n < MAGIC || b[0] != 0 || b[1] != 0)
        return pl_fail(ctx, PL_EINPUT,
                       "is not an idx file: it does not begin with two zero bytes "
                       "and the type");
    if (b[2] != UBYTE)
        return pl_fail(ctx, PL_EINPUT,
                       "holds %s (type code 0x%02x), expected unsigned bytes (0x08)",
                       type_name(b[2]), (unsigned)b[2]);
    if (b[3] != dims)
        return pl_fail(ctx, PL_EINPUT, "has %u dimensions, expected %d (images have 3, labels 1)",
                       (unsigned)b[3], dims);
    if (n < header_size(dims))
        return pl_fail(ctx, PL_EINPUT, "ends after %zu bytes, within its header of %zu", n,
                       header_size(dims));
    for (int k = 0; k < dims; k++) {
        idx.shape[k] = big_endian(b + MAGIC + SIZE * k);
        if (idx.shape[k] == 0)
            return pl_fail(ctx, PL_EINPUT, "is empty: dimension %d has size 0", k);
        if (!pl_size_mul(idx.count, idx.shape[k], &idx.count))
            return pl_fail(ctx, PL_EINPUT, "the product of its sizes overflows");
    }
    *out = idx;
    return PL_OK;
}

static pl_status too_short(pl_ctx *ctx, const pl_idx *idx, const char *at_most, size_t held) {
    return pl_fail(ctx, PL_EINPUT,
                   "its header promises %zu bytes of data, it holds %s%zu; it is "
                   "cut off, get it again",
                   idx->count, at_most, held);
}

static pl_status too_long(pl_ctx *ctx, const pl_idx *idx) {
    return pl_fail(ctx, PL_EINPUT, "goes on after the %zu bytes of data that its header promises",
                   idx->count);
}

pl_status pl_idx_parse(pl_ctx *ctx, const unsigned char *bytes, size_t n, int dims, pl_idx *out) {
    pl_idx idx;
    pl_status status = take_header(ctx, bytes, n, dims, &idx);
    if (status)
        return status;
    size_t held = n - header_size(dims);
    if (held < idx.count)
        return too_short(ctx, &idx, "", held);
    if (held > idx.count)
        return too_long(ctx, &idx);
    idx.data = pl_alloc(ctx, idx.count, 1);
    if (!idx.data)
        return PL_ENOMEM;
    memcpy(idx.data, bytes + header_size(dims), idx.count);
    *out = idx;
    return PL_OK;
}

/* The data after the header; kept items only, and the file's end where all are kept. */
static pl_status read_data(pl_ctx *ctx, pl_input *in, size_t limit, pl_idx *idx) {
    pl_status status = PL_OK;
    size_t bound = pl_input_bound(in) - header_size(idx->dims), got;
    unsigned char beyond;
    if (bound < idx->count)
        return too_short(ctx, idx, in->compressed ? "at most " : "", bound);
    if (!in->compressed && bound > idx->count)
        return too_long(ctx, idx);
    bool cut = limit > 0 && limit < idx->shape[0];
    size_t keep = cut ? idx->count / idx->shape[0] * limit : idx->count;
    PL_NEW(ctx, idx->data, keep);
    PL_TRY(pl_input_read(ctx, in, idx->data, keep, &got));
    if (got < keep) {
        status = too_short(ctx, idx, "", got);
        goto done;
    }
    if (cut) {
        idx->shape[0] = limit;
        idx->count = keep;
        goto done;
    }
    PL_TRY(pl_input_read(ctx, in, &beyond, 1, &got)); /* checks gzip's sum, too */
    if (got)
        status = too_long(ctx, idx);
done:
    return status;
}

pl_status pl_idx_read(pl_ctx *ctx, const char *path, int dims, size_t limit, pl_idx *out) {
    pl_status status;
    pl_input in = {0};
    pl_idx idx = {0};
    unsigned char header[MAX_HEADER];
    size_t got;
    PL_TRY(pl_input_open(ctx, path, &in));
    PL_TRY(pl_input_read(ctx, &in, header, header_size(dims), &got));
    PL_TRY(take_header(ctx, header, got, dims, &idx));
    PL_TRY(read_data(ctx, &in, limit, &idx));
    *out = idx;
    idx.data = NULL;
done:
    pl_input_close(&in);
    pl_free(idx.data);
    if (status)
        pl_message_prefix(ctx, path);
    return status;
}

void pl_idx_free(pl_idx *idx) {
    pl_free(idx->data);
    memset(idx, 0, sizeof *idx);
}

pl_status pl_idx_images(pl_ctx *ctx, const char *images, const char *labels, size_t classes,
                        size_t limit, pl_images *out) {
    pl_status status;
    pl_idx x = {0}, y = {0};
    int64_t *label = NULL;
    PL_TRY(pl_idx_read(ctx, images, 3, limit, &x));
    PL_TRY(pl_idx_read(ctx, labels, 1, limit, &y));
    if (x.shape[0] != y.shape[0]) {
        status = pl_fail(ctx, PL_ESHAPE, "%s has %zu images, %s has %zu labels", images, x.shape[0],
                         labels, y.shape[0]);
        goto done;
    }
    PL_NEW(ctx, label, y.count);
    for (size_t i = 0; i < y.count; i++) {
        if (y.data[i] >= classes) {
            status = pl_fail(ctx, PL_EINPUT, "%s: image %zu has label %u, expected 0 to %zu",
                             labels, i, (unsigned)y.data[i], classes - 1);
            goto done;
        }
        label[i] = y.data[i];
    }
    *out = (pl_images){.count = x.shape[0],
                       .channels = 1,
                       .height = x.shape[1],
                       .width = x.shape[2],
                       .classes = classes,
                       .pixels = x.data,
                       .labels = label};
    x.data = NULL;
    label = NULL;
done:
    pl_idx_free(&x);
    pl_idx_free(&y);
    pl_free(label);
    return status;
}
