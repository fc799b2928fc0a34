#include "data/folder.h"

#include <png.h>

#include <jpeglib.h>

#include "data/picture.h"
#include "tests/data/files.h"

enum { ROOM = 1 << 16 };

/* ---- pictures that the tests write -------------------------------------------------------- */

static unsigned char pixel(size_t i, size_t j, size_t c) {
    return (unsigned char)(10 + 4 * i + 5 * j + 60 * c);
}

static size_t png_bytes(size_t height, size_t width, png_uint_32 format, unsigned char *out) {
    unsigned char raw[ROOM];
    png_image image = {.version = PNG_IMAGE_VERSION,
                       .width = (png_uint_32)width,
                       .height = (png_uint_32)height,
                       .format = format};
    size_t channels = PNG_IMAGE_SAMPLE_CHANNELS(format), n = ROOM;
    for (size_t k = 0; k < height * width; k++)
        for (size_t c = 0; c < channels; c++)
            raw[k * channels + c] = c == 3 ? 128 : pixel(k / width, k % width, c);
    ck_assert(png_image_write_to_memory(&image, out, &n, 0, raw, 0, NULL));
    return n;
}

static size_t jpeg_bytes(size_t height, size_t width, int channels, unsigned char *out) {
    struct jpeg_compress_struct c;
    struct jpeg_error_mgr errors;
    unsigned char *made = NULL;
    unsigned long n = 0;
    c.err = jpeg_std_error(&errors);
    jpeg_create_compress(&c);
    jpeg_mem_dest(&c, &made, &n);
    c.image_width = (JDIMENSION)width;
    c.image_height = (JDIMENSION)height;
    c.input_components = channels;
    c.in_color_space = channels == 3 ? JCS_RGB : JCS_GRAYSCALE;
    jpeg_set_defaults(&c);
    jpeg_set_quality(&c, 100, TRUE);
    jpeg_start_compress(&c, TRUE);
    for (size_t i = 0; i < height; i++) {
        unsigned char row[1024];
        for (size_t j = 0; j < width; j++)
            for (int k = 0; k < channels; k++)
                row[j * (size_t)channels + (size_t)k] = pixel(i, j, (size_t)k);
        jpeg_write_scanlines(&c, (JSAMPROW[]){row}, 1);
    }
    jpeg_finish_compress(&c);
    ck_assert_uint_le(n, ROOM);
    memcpy(out, made, n);
    jpeg_destroy_compress(&c);
    free(made);
    return n;
}

/* Fails if a channel, a row or a column were another's; JPEG of quality 100 is within 4 levels. */
START_TEST(pictures_decode) {
    unsigned char bytes[ROOM];
    pl_ctx *ctx = pl_ctx_new();
    for (int k = 0; k < 5; k++) {
        size_t n = k == 0   ? png_bytes(12, 17, PNG_FORMAT_RGB, bytes)
                   : k == 1 ? png_bytes(12, 17, PNG_FORMAT_RGBA, bytes)
                   : k == 2 ? png_bytes(12, 17, PNG_FORMAT_GRAY, bytes)
                            : jpeg_bytes(12, 17, k == 3 ? 3 : 1, bytes);
        pl_picture p = {0};
        ck_ok(ctx, pl_picture_decode(ctx, bytes, n, &p));
        ck_assert(p.height == 12 && p.width == 17);
        for (size_t i = 0; i < 12 * 17 * 3; i++) {
            size_t c = k == 2 || k == 4 ? 0 : i % 3;
            ck_close((double)p.rgb[i], (double)pixel(i / 51, i / 3 % 17, c), k < 3 ? 0.0 : 6.0);
        }
        pl_picture_free(&p);
    }
    pl_ctx_free(ctx);
}
END_TEST

/* Every truncation, and every byte changed in four ways: no crash, and no truncated picture is
 * taken (a JPEG without its last two bytes, the end marker, has lost nothing). */
START_TEST(damage_is_survived) {
    unsigned char bytes[ROOM];
    pl_ctx *ctx = pl_ctx_new();
    for (int jpeg = 0; jpeg < 2; jpeg++) {
        size_t n = jpeg ? jpeg_bytes(9, 11, 3, bytes) : png_bytes(9, 11, PNG_FORMAT_RGB, bytes);
        for (size_t cut = 0; cut < n; cut++) {
            unsigned char *part = malloc(cut ? cut : 1);
            pl_picture p = {0};
            memcpy(part, bytes, cut);
            pl_status status = pl_picture_decode(ctx, part, cut, &p);
            if (cut + 20 < n)
                ck_assert_msg(status == PL_EINPUT, "%zu of %zu bytes: status %d", cut, n,
                              (int)status);
            pl_picture_free(&p);
            free(part);
        }
        for (size_t k = 0; k < n; k++)
            for (int flip = 1; flip < 256; flip *= 4) {
                pl_picture p = {0};
                bytes[k] ^= (unsigned char)flip;
                pl_status status = pl_picture_decode(ctx, bytes, n, &p);
                ck_assert(status == PL_OK || status == PL_EINPUT);
                ck_assert((status == PL_OK) == (p.rgb != NULL));
                pl_picture_free(&p);
                bytes[k] ^= (unsigned char)flip;
            }
    }
    ck_fails(ctx, pl_picture_decode(ctx, (const unsigned char *)"GIF89a", 6, &(pl_picture){0}),
             PL_EINPUT, "neither JPEG nor PNG");
    pl_ctx_free(ctx);
}
END_TEST

/* A PNG header that promises 30000 x 3000 pixels in 60 bytes. Fails if memory were asked for. */
START_TEST(promises_are_not_believed) {
    unsigned char bytes[ROOM];
    pl_ctx *ctx = pl_ctx_new();
    pl_picture p = {0};
    size_t n = png_bytes(9, 11, PNG_FORMAT_RGB, bytes);
    memcpy(bytes + 16, (unsigned char[]){0, 0, 0x75, 0x30, 0, 0, 0x0b, 0xb8}, 8);
    uint32_t crc = (uint32_t)crc32(0, bytes + 12, 17);
    for (int k = 0; k < 4; k++)
        bytes[29 + k] = (unsigned char)(crc >> (24 - 8 * k));
    ck_fails(ctx, pl_picture_decode(ctx, bytes, n, &p), PL_EINPUT, "promises 3000 x 30000 pixels");
    bytes[16] = 0x10;
    crc = (uint32_t)crc32(0, bytes + 12, 17);
    for (int k = 0; k < 4; k++)
        bytes[29 + k] = (unsigned char)(crc >> (24 - 8 * k));
    ck_fails(ctx, pl_picture_decode(ctx, bytes, n, &p), PL_EINPUT, "");
    ck_assert_ptr_null(p.rgb);
    pl_ctx_free(ctx);
}
END_TEST

/* Where the scale is whole, the tent's weights are (1, 3, 3, 1)/8 for two: exact on a ramp away
 * from the edges. Fails for another centre, an unscaled tent, or a crop from another place. */
START_TEST(fit_averages_and_takes_the_middle) {
    pl_ctx *ctx = pl_ctx_new();
    pl_picture p = {12, 20, calloc(12 * 20, 3)};
    unsigned char out[3 * 12 * 12];
    for (size_t k = 0; k < 12 * 20; k++)
        for (size_t c = 0; c < 3; c++)
            p.rgb[3 * k + c] = pixel(k / 20, k % 20, c);
    ck_ok(ctx, pl_picture_fit(ctx, &p, 12, out)); /* no scaling: columns 4 .. 15 */
    for (size_t k = 0; k < 3 * 144; k++)
        ck_assert_uint_eq(out[k], pixel(k % 144 / 12, 4 + k % 12, k / 144));
    ck_ok(ctx, pl_picture_fit(ctx, &p, 6, out)); /* 10 columns of 2: 2 .. 7 */
    for (size_t i = 1; i < 5; i++)
        for (size_t j = 0; j < 6; j++) /* columns 2 .. 7 are inside */
            ck_close((double)out[36 + i * 6 + j],
                     10 + 4 * (2 * (double)i + 0.5) + 5 * (2 * (double)(j + 2) + 0.5) + 60, 0.5001);
    ck_fails(ctx, pl_picture_fit(ctx, &p, 13, out), PL_ESHAPE,
             "is 12 x 20, smaller than the crop of 13 x 13");
    free(p.rgb);
    pl_ctx_free(ctx);
}
END_TEST

/* ---- folders ------------------------------------------------------------------------------ */

typedef struct tree {
    char dir[64], path[256];
} tree;

static const char *in(tree *t, const char *name) {
    snprintf(t->path, sizeof t->path, "%s/%s", t->dir, name);
    return t->path;
}

static void put(tree *t, const char *name, const unsigned char *bytes, size_t n) {
    FILE *f = fopen(in(t, name), "wb");
    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fwrite(bytes, 1, n, f), n);
    fclose(f);
}

/* Two classes, owl before penguin: b.JPG before c.png. */
static tree tree_new(void) {
    tree t = {.dir = "/tmp/plumb-folder-XXXXXX"};
    unsigned char bytes[ROOM];
    ck_assert_ptr_nonnull(mkdtemp(t.dir));
    mkdir(in(&t, "penguin"), 0700);
    mkdir(in(&t, "owl"), 0700);
    mkdir(in(&t, ".hidden"), 0700);
    put(&t, "penguin/a.png", bytes, png_bytes(12, 20, PNG_FORMAT_RGB, bytes));
    put(&t, "owl/c.png", bytes, png_bytes(12, 20, PNG_FORMAT_GRAY, bytes));
    put(&t, "owl/b.JPG", bytes, jpeg_bytes(12, 20, 3, bytes));
    put(&t, "owl/notes.txt", bytes, 5);
    put(&t, "readme", bytes, 5);
    return t;
}

static void tree_free(tree *t) {
    static const char *const names[] = {"penguin/a.png", "owl/c.png", "owl/b.JPG", "owl/notes.txt",
                                        "readme",        "owl/x.png", "empty",     "penguin",
                                        "owl",           ".hidden",   "."};
    for (size_t k = 0; k < TEST_COUNT(names); k++)
        remove(in(t, names[k]));
    rmdir(t->dir);
}

/* Fails if classes or files came in another order than their names', or what is no picture were
 * read. */
START_TEST(folders_are_classes) {
    pl_ctx *ctx = pl_ctx_new();
    tree t = tree_new();
    pl_images images = {0};
    ck_ok(ctx, pl_folder_read(ctx, t.dir, 0, 0, &images));
    ck_assert(images.count == 3 && images.classes == 2 && images.channels == 3);
    ck_assert(images.height == 12 && images.width == 20);
    ck_assert(images.labels[0] == 0 && images.labels[1] == 0 && images.labels[2] == 1);
    ck_close((double)images.pixels[240 + 5], (double)pixel(0, 5, 1), 6.0); /* b.JPG, green */
    for (size_t k = 0; k < 720; k++) {
        ck_assert_uint_eq(images.pixels[720 + k], pixel(k % 240 / 20, k % 20, 0));
        ck_assert_uint_eq(images.pixels[1440 + k], pixel(k % 240 / 20, k % 20, k / 240));
    }
    pl_images_free(&images);
    ck_ok(ctx, pl_folder_read(ctx, t.dir, 6, 2, &images));
    ck_assert(images.count == 2 && images.height == 6 && images.width == 6);
    pl_images_free(&images);
    char spec[128];
    snprintf(spec, sizeof spec, "folder:%s@8", t.dir);
    ck_ok(ctx, pl_images_open(ctx, spec, PL_SPLIT_TEST, 0, &images));
    ck_assert(images.count == 3 && images.height == 8);
    pl_images_free(&images);
    tree_free(&t);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a message did not name the folder or file, or left out what is wrong with it. */
START_TEST(bad_folders_are_named) {
    unsigned char bytes[ROOM];
    pl_ctx *ctx = pl_ctx_new();
    tree t = tree_new();
    pl_images images = {0};
    ck_fails(ctx, pl_folder_read(ctx, t.dir, 13, 0, &images), PL_ESHAPE,
             "owl/b.JPG: is 12 x 20, smaller than the crop of 13 x 13");
    size_t n = png_bytes(9, 9, PNG_FORMAT_RGB, bytes);
    put(&t, "owl/x.png", bytes, n);
    ck_fails(ctx, pl_folder_read(ctx, t.dir, 0, 0, &images), PL_ESHAPE,
             "owl/x.png: is 9 x 9, the first image is 12 x 20; pass folder:DIR@SIDE");
    put(&t, "owl/x.png", bytes, n / 2);
    ck_fails(ctx, pl_folder_read(ctx, t.dir, 4, 0, &images), PL_EINPUT, "owl/x.png: is damaged");
    put(&t, "owl/x.png", bytes, 0);
    ck_fails(ctx, pl_folder_read(ctx, t.dir, 4, 0, &images), PL_EINPUT, "owl/x.png: is empty");
    remove(in(&t, "owl/x.png"));
    n = jpeg_bytes(12, 20, 3, bytes);
    put(&t, "owl/b.JPG", bytes, n - 40);
    ck_fails(ctx, pl_folder_read(ctx, t.dir, 0, 0, &images), PL_EINPUT,
             "owl/b.JPG: is damaged or cut off near byte");
    put(&t, "owl/b.JPG", bytes, n);
    mkdir(in(&t, "empty"), 0700);
    ck_fails(ctx, pl_folder_read(ctx, t.dir, 0, 0, &images), PL_EINPUT, "empty: holds no .jpg");
    ck_fails(ctx, pl_folder_read(ctx, in(&t, "owl"), 0, 0, &images), PL_EINPUT,
             "owl: holds no folders");
    ck_fails(ctx, pl_folder_read(ctx, in(&t, "none"), 0, 0, &images), PL_EIO, "none: cannot be");
    ck_assert_ptr_null(images.pixels);
    tree_free(&t);
    pl_ctx_free(ctx);
}
END_TEST

START_TEST(every_allocation_may_fail) {
    pl_ctx *ctx = pl_ctx_new();
    tree t = tree_new();
    pl_images images = {0};
    pl_status status;
    size_t k = 0;
    do {
        pl_ctx_fail_allocation(ctx, ++k);
        status = pl_folder_read(ctx, t.dir, 6, 0, &images);
        ck_assert(status == PL_OK || (status == PL_ENOMEM && !images.pixels));
    } while (status);
    ck_assert_uint_gt(k, 20);
    pl_images_free(&images);
    tree_free(&t);
    pl_ctx_free(ctx);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {pictures_decode,           damage_is_survived,
                                  promises_are_not_believed, fit_averages_and_takes_the_middle,
                                  folders_are_classes,       bad_folders_are_named,
                                  every_allocation_may_fail};
    return test_main("data/folder", tests, TEST_COUNT(tests));
}
