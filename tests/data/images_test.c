#include "data/images.h"

#include "tests/data/files.h"

static const char fashion_dir[] = "/usr/share/datasets/fashion-mnist";

/* Fails if the package's files were read in another order or to another end. Its documentation:
 * 60000 and 10000 images of 28 x 28, as many of each of 10 classes; the first is an ankle boot. */
START_TEST(fashion_mnist_is_read) {
    pl_ctx *ctx = pl_ctx_new();
    if (access(fashion_dir, R_OK) != 0) {
        fprintf(stderr, "skipped: %s is not there; apt-get install dataset-fashion-mnist\n",
                fashion_dir);
        pl_ctx_free(ctx);
        return;
    }
    for (int split = 0; split < 2; split++) {
        pl_images images = {0};
        size_t seen[10] = {0}, per_class = split ? 1000 : 6000;
        ck_ok(ctx, pl_images_open(ctx, "fashion-mnist", split ? PL_SPLIT_TEST : PL_SPLIT_TRAIN, 0,
                                  &images));
        ck_assert_uint_eq(images.count, 10 * per_class);
        ck_assert_uint_eq(pl_images_dim(&images), 28 * 28);
        ck_assert_int_eq(images.labels[0], 9);
        for (size_t i = 0; i < images.count; i++)
            seen[images.labels[i]]++;
        for (size_t y = 0; y < 10; y++)
            ck_assert_uint_eq(seen[y], per_class);
        pl_images_free(&images);
    }
    pl_ctx_free(ctx);
}
END_TEST

static void write_idx_set(scratch *s) {
    unsigned char bytes[4096];
    size_t n = idx_bytes(3, (const unsigned[]){6, 4, 3}, 0, 1, bytes);
    scratch_write_gz(s, "train-images-idx3-ubyte.gz", bytes, n);
    scratch_write(s, "t10k-images-idx3-ubyte", bytes, n);
    n = idx_bytes(1, (const unsigned[]){6}, 0, 1, bytes);
    scratch_write(s, "train-labels-idx1-ubyte", bytes, n);
    n = idx_bytes(1, (const unsigned[]){6}, 4, 1, bytes);
    scratch_write_gz(s, "t10k-labels-idx1-ubyte.gz", bytes, n);
}

static const char *spec(const char *name, const char *dir) {
    static char text[256];
    snprintf(text, sizeof text, "%s:%s", name, dir);
    return text;
}

/* Fails if a split took the other's files, or packed and plain files could not stand together. */
START_TEST(idx_sets_open_by_name) {
    pl_ctx *ctx = pl_ctx_new();
    scratch s = scratch_new();
    pl_images images = {0};
    write_idx_set(&s);
    ck_ok(ctx, pl_images_open(ctx, spec("mnist", s.dir), PL_SPLIT_TRAIN, 0, &images));
    ck_assert_str_eq(images.name, "mnist");
    ck_assert_uint_eq(images.count, 6);
    ck_assert_int_eq(images.labels[5], 5);
    pl_images_free(&images);
    ck_ok(ctx, pl_images_open(ctx, spec("fashion-mnist", s.dir), PL_SPLIT_TEST, 2, &images));
    ck_assert_uint_eq(images.count, 2);
    ck_assert_int_eq(images.labels[1], 5);
    pl_images_free(&images);
    scratch_free(&s);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if the five batches were taken out of order, or the test batch with them. */
START_TEST(cifar_sets_open_by_name) {
    static unsigned char record[3073], pair[2 * 3074];
    pl_ctx *ctx = pl_ctx_new();
    scratch s = scratch_new();
    pl_images images = {0};
    for (unsigned char b = 1; b <= 6; b++) {
        char name[32];
        snprintf(name, sizeof name, b < 6 ? "data_batch_%d.bin" : "test_batch.bin", (int)b);
        record[0] = b;
        scratch_write(&s, name, record, sizeof record);
    }
    ck_ok(ctx, pl_images_open(ctx, spec("cifar10", s.dir), PL_SPLIT_TRAIN, 0, &images));
    ck_assert_uint_eq(images.count, 5);
    for (size_t i = 0; i < 5; i++)
        ck_assert_int_eq(images.labels[i], (int64_t)i + 1);
    pl_images_free(&images);
    ck_ok(ctx, pl_images_open(ctx, spec("cifar10", s.dir), PL_SPLIT_TEST, 0, &images));
    ck_assert_int_eq(images.labels[0], 6);
    pl_images_free(&images);
    ck_ok(ctx, pl_images_open(ctx, spec("cifar10", scratch_path(&s, "data_batch_3.bin")),
                              PL_SPLIT_TEST, 0, &images));
    ck_assert_int_eq(images.labels[0], 3);
    pl_images_free(&images);
    pair[3074] = 2;
    pair[3075] = 50;
    scratch_write(&s, "test.bin", pair, sizeof pair);
    ck_ok(ctx, pl_images_open(ctx, spec("cifar100", s.dir), PL_SPLIT_TEST, 0, &images));
    ck_assert_int_eq(images.labels[1], 50);
    pl_images_free(&images);
    ck_ok(ctx, pl_images_open(ctx, spec("cifar100-coarse", s.dir), PL_SPLIT_TEST, 0, &images));
    ck_assert_int_eq(images.labels[1], 2);
    pl_images_free(&images);
    scratch_free(&s);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a message did not say which name or file is wrong and what to do. */
START_TEST(what_is_missing_is_named) {
    pl_ctx *ctx = pl_ctx_new();
    scratch s = scratch_new();
    pl_images images = {0};
    ck_fails(ctx, pl_images_open(ctx, "fashion-mnits:x", PL_SPLIT_TRAIN, 0, &images), PL_EUSAGE,
             "did you mean 'fashion-mnist'");
    ck_fails(ctx, pl_images_open(ctx, "cifar10:", PL_SPLIT_TRAIN, 0, &images), PL_EUSAGE,
             "cifar10:DIR");
    ck_fails(ctx, pl_images_open(ctx, "stars", PL_SPLIT_TRAIN, 0, &images), PL_EUSAGE,
             "expected fashion-mnist");
    ck_fails(ctx, pl_images_open(ctx, spec("fashion-mnist", s.dir), PL_SPLIT_TRAIN, 0, &images),
             PL_EIO, "train-images-idx3-ubyte[.gz] is missing; apt-get install dataset-fashion");
    write_idx_set(&s);
    unlink(scratch_path(&s, "train-labels-idx1-ubyte"));
    ck_fails(ctx, pl_images_open(ctx, spec("fashion-mnist", s.dir), PL_SPLIT_TRAIN, 0, &images),
             PL_EIO, "train-labels-idx1-ubyte[.gz] is missing");
    ck_fails(ctx, pl_images_open(ctx, spec("cifar10", s.dir), PL_SPLIT_TEST, 0, &images), PL_EIO,
             "test_batch.bin is missing; unpack cifar-10-binary.tar.gz");
    scratch_write(&s, "test_batch.bin.xz", "x", 1);
    ck_fails(ctx, pl_images_open(ctx, spec("cifar10", s.dir), PL_SPLIT_TEST, 0, &images), PL_EIO,
             "xz -dk");
    scratch_free(&s);
    pl_ctx_free(ctx);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {fashion_mnist_is_read, idx_sets_open_by_name,
                                  cifar_sets_open_by_name, what_is_missing_is_named};
    return test_main("data/images", tests, TEST_COUNT(tests));
}
