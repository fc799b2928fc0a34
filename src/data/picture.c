#include "data/picture.h"

#include <math.h>
#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jerror.h>
#include <jpeglib.h>

enum {
    MAX_PIXELS = 1 << 27, /* a file of a few bytes may promise any size */
    DEFLATE_RATIO = 1032  /* and this is the most that zlib packs into one byte */
};

static pl_status check_size(pl_ctx *ctx, size_t height, size_t width) {
    size_t pixels;
    if (height == 0 || width == 0 || !pl_size_mul(height, width, &pixels) || pixels > MAX_PIXELS)
        return pl_fail(ctx, PL_EINPUT, "is %zu x %zu pixels, expected 1 to %d in all", height,
                       width, MAX_PIXELS);
    return PL_OK;
}

/* ---- JPEG --------------------------------------------------------------------------------- */

typedef struct jpeg {
    struct jpeg_decompress_struct decoder;
    struct jpeg_error_mgr errors;
    jmp_buf out;
    char message[JMSG_LENGTH_MAX];
    bool damaged; /* a warning that means that pixels are missing */
    pl_picture picture;
} jpeg;

static void give_up(j_common_ptr decoder) {
    jpeg *j = decoder->client_data;
    decoder->err->format_message(decoder, j->message);
    longjmp(j->out, 1);
}

/* libjpeg goes on and paints gray where data are missing: that is not an image of the set. */
static void note(j_common_ptr decoder, int level) {
    jpeg *j = decoder->client_data;
    int code = decoder->err->msg_code;
    if (level >= 0 || j->damaged)
        return;
    if (code == JWRN_JPEG_EOF || code == JWRN_HIT_MARKER || code == JWRN_HUFF_BAD_CODE ||
        code == JWRN_MUST_RESYNC) {
        j->damaged = true;
        decoder->err->format_message(decoder, j->message);
    }
}

static void say_nothing(j_common_ptr decoder) {
    (void)decoder;
}

/* Everything that may jump; what it leaves behind is in *j. */
static pl_status decode_rows(pl_ctx *ctx, jpeg *j, const unsigned char *bytes, size_t n) {
    if (setjmp(j->out))
        return PL_EINPUT;
    jpeg_create_decompress(&j->decoder);
    j->decoder.client_data = j;
    jpeg_mem_src(&j->decoder, bytes, n);
    jpeg_read_header(&j->decoder, TRUE);
    j->decoder.out_color_space = JCS_RGB;
    jpeg_calc_output_dimensions(&j->decoder);
    pl_status status = check_size(ctx, j->decoder.output_height, j->decoder.output_width);
    if (status)
        return status;
    j->picture.height = j->decoder.output_height;
    j->picture.width = j->decoder.output_width;
    j->picture.rgb = pl_alloc(ctx, j->picture.height * j->picture.width, 3);
    if (!j->picture.rgb)
        return PL_ENOMEM;
    jpeg_start_decompress(&j->decoder);
    while (j->decoder.output_scanline < j->decoder.output_height && !j->damaged) {
        JSAMPROW row = j->picture.rgb + (size_t)j->decoder.output_scanline * j->picture.width * 3;
        jpeg_read_scanlines(&j->decoder, &row, 1);
    }
    if (!j->damaged)
        jpeg_finish_decompress(&j->decoder);
    return PL_OK;
}

static pl_status decode_jpeg(pl_ctx *ctx, const unsigned char *bytes, size_t n, pl_picture *out) {
    pl_status status;
    jpeg *j = NULL;
    PL_NEW(ctx, j, 1);
    j->decoder.err = jpeg_std_error(&j->errors);
    j->errors.error_exit = give_up;
    j->errors.emit_message = note;
    j->errors.output_message = say_nothing;
    j->decoder.client_data = j; /* jpeg_create_decompress keeps it */
    status = decode_rows(ctx, j, bytes, n);
    if (j->message[0] != '\0') {
        const JOCTET *next = j->decoder.src ? j->decoder.src->next_input_byte : NULL;
        size_t at = next && next >= bytes && next <= bytes + n ? (size_t)(next - bytes) : n;
        status = pl_fail(ctx, PL_EINPUT, "is damaged or cut off near byte %zu of %zu (%s)", at, n,
                         j->message);
    }
    jpeg_destroy_decompress(&j->decoder);
    if (status) {
        pl_picture_free(&j->picture);
        goto done;
    }
    *out = j->picture;
done:
    pl_free(j);
    return status;
}

/* ---- PNG ---------------------------------------------------------------------------------- */

static pl_status decode_png(pl_ctx *ctx, const unsigned char *bytes, size_t n, pl_picture *out) {
    pl_status status;
    png_image image = {.version = PNG_IMAGE_VERSION};
    unsigned char *rgba = NULL, *rgb = NULL;
    size_t pixels;
    if (!png_image_begin_read_from_memory(&image, bytes, n)) {
        status = pl_fail(ctx, PL_EINPUT, "is damaged or cut off, a PNG of %zu bytes (%s)", n,
                         image.message);
        goto done;
    }
    PL_TRY(check_size(ctx, image.height, image.width));
    pixels = (size_t)image.height * image.width;
    if (pixels / 8 / DEFLATE_RATIO > n) {
        status =
            pl_fail(ctx, PL_EINPUT, "promises %u x %u pixels, more than its %zu bytes can hold",
                    (unsigned)image.height, (unsigned)image.width, n);
        goto done;
    }
    image.format = PNG_FORMAT_RGBA;
    rgba = pl_alloc(ctx, pixels, 4);
    rgb = pl_alloc(ctx, pixels, 3);
    if (!rgba || !rgb) {
        status = PL_ENOMEM;
        goto done;
    }
    if (!png_image_finish_read(&image, NULL, rgba, 0, NULL)) {
        status = pl_fail(ctx, PL_EINPUT, "is damaged or cut off, a PNG of %zu bytes (%s)", n,
                         image.message);
        goto done;
    }
    for (size_t k = 0; k < pixels; k++)
        memcpy(rgb + 3 * k, rgba + 4 * k, 3);
    *out = (pl_picture){image.height, image.width, rgb};
    rgb = NULL;
done:
    png_image_free(&image);
    pl_free(rgba);
    pl_free(rgb);
    return status;
}

pl_status pl_picture_decode(pl_ctx *ctx, const unsigned char *bytes, size_t n, pl_picture *out) {
    static const unsigned char png[4] = {0x89, 'P', 'N', 'G'}, jpg[2] = {0xff, 0xd8};
    if (n >= sizeof png && memcmp(bytes, png, sizeof png) == 0)
        return decode_png(ctx, bytes, n, out);
    if (n >= sizeof jpg && memcmp(bytes, jpg, sizeof jpg) == 0)
        return decode_jpeg(ctx, bytes, n, out);
    return pl_fail(ctx, PL_EINPUT, "is neither JPEG nor PNG");
}

void pl_picture_free(pl_picture *p) {
    pl_free(p->rgb);
    memset(p, 0, sizeof *p);
}

/* ---- fitting ------------------------------------------------------------------------------ */

/* The picture's pixels under the tent of output pixel k, each `scale` pixels wide. */
typedef struct {
    size_t from, to;
    double centre, scale;
} tent;

static tent tent_at(size_t k, double scale, size_t m) {
    double centre = ((double)k + 0.5) * scale, lo = ceil(centre - scale - 0.5);
    double hi = floor(centre + scale - 0.5);
    size_t from = lo < 0 ? 0 : (size_t)lo, to = (size_t)hi + 1;
    return (tent){from, to < m ? to : m, centre, scale};
}

static double weight(const tent *t, size_t i) {
    double w = 1 - fabs((double)i + 0.5 - t->centre) / t->scale;
    return w > 0 ? w : 0;
}

/* Bytes a[from * stride], .. under the tent, averaged. */
static float averaged(const tent *t, const float *a, size_t stride) {
    double sum = 0, total = 0;
    for (size_t i = t->from; i < t->to; i++) {
        double w = weight(t, i);
        sum += w * (double)a[i * stride];
        total += w;
    }
    return (float)(sum / total);
}

/* torchvision: Resize(side) makes the longer side whole, CenterCrop(side) rounds halves to even. */
static void middle(size_t length, size_t shorter, size_t side, size_t *first, double *scale) {
    size_t fitted = side * length / shorter;
    *first = (size_t)rint((double)(fitted - side) / 2);
    *scale = (double)length / (double)fitted;
}

pl_status pl_picture_fit(pl_ctx *ctx, const pl_picture *p, size_t side, unsigned char *out) {
    pl_status status = PL_OK;
    float *row = NULL, *along = NULL; /* one row's channel; height x side of one channel */
    size_t shorter = p->height < p->width ? p->height : p->width, top, left, room;
    double down, right;
    if (side == 0 || shorter < side)
        return pl_fail(ctx, PL_ESHAPE, "is %zu x %zu, smaller than the crop of %zu x %zu",
                       p->height, p->width, side, side);
    middle(p->height, shorter, side, &top, &down);
    middle(p->width, shorter, side, &left, &right);
    if (!pl_size_mul(p->height, side, &room))
        return pl_fail(ctx, PL_ESHAPE, "is too large");
    PL_NEW(ctx, row, p->width);
    PL_NEW(ctx, along, room);
    for (size_t c = 0; c < 3; c++) {
        for (size_t i = 0; i < p->height; i++) {
            for (size_t j = 0; j < p->width; j++)
                row[j] = (float)p->rgb[(i * p->width + j) * 3 + c];
            for (size_t j = 0; j < side; j++) {
                tent t = tent_at(left + j, right, p->width);
                along[i * side + j] = averaged(&t, row, 1);
            }
        }
        for (size_t i = 0; i < side; i++) {
            tent t = tent_at(top + i, down, p->height);
            for (size_t j = 0; j < side; j++)
                *out++ = (unsigned char)lrint((double)averaged(&t, along + j, side));
        }
    }
done:
    pl_free(row);
    pl_free(along);
    return status;
}
