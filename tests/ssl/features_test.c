#include "ssl/features.h"

#include <stdio.h>
#include <unistd.h>

#include "base/npy.h"
#include "math/random.h"
#include "tests/support.h"

/* Files in the working directory; they carry this program's process number. */
static char features_path[64], labels_path[64];

static void paths(void) {
    snprintf(features_path, sizeof features_path, "features-%d.npy", (int)getpid());
    snprintf(labels_path, sizeof labels_path, "labels-%d.npy", (int)getpid());
}

static void clean(void) {
    unlink(features_path);
    unlink(labels_path);
}

static pl_array array(pl_ctx *ctx, pl_dtype dtype, int dims, const size_t *shape) {
    pl_array a;
    ck_ok(ctx, pl_array_new(ctx, dtype, dims, shape, &a));
    return a;
}

static void write_array(pl_ctx *ctx, const char *path, pl_array *a) {
    ck_ok(ctx, pl_npy_write(ctx, path, a));
    pl_array_free(a);
}

static void set(pl_array *a, size_t i, double x) {
    if (a->dtype == PL_F32)
        ((float *)a->data)[i] = (float)x;
    else
        ((double *)a->data)[i] = x;
}

/* rows x d unit rows: row i is cos, sin of an angle of its own in two of the coordinates. */
static pl_array unit_rows(pl_ctx *ctx, pl_dtype dtype, size_t rows, size_t d) {
    pl_array a = array(ctx, dtype, 2, (size_t[]){rows, d});
    for (size_t i = 0; i < rows; i++) {
        set(&a, i * d + i % d, cos(1 + (double)i));
        set(&a, i * d + (i + 1) % d, sin(1 + (double)i));
    }
    return a;
}

static void labels(pl_ctx *ctx, size_t n, const int64_t *values) {
    pl_array a = array(ctx, PL_I64, 1, &n);
    memcpy(a.data, values, n * sizeof *values);
    write_array(ctx, labels_path, &a);
}

/* Fails if shapes, values or the order of rows and views came back otherwise than they were
 * written, for both precisions and both layouts. */
START_TEST(reads_what_was_written) {
    enum { N = 4, V = 3, D = 5 };
    pl_ctx *ctx = pl_ctx_new();
    for (int dtype = PL_F32; dtype <= PL_F64; dtype++)
        for (int dims = 2; dims <= 3; dims++) {
            pl_array a = unit_rows(ctx, (pl_dtype)dtype, N * V, D);
            double want[D * 2], got[D * 2];
            pl_features f;
            pl_array_doubles(&a, 6 * D, 2 * D, want);
            if (dims == 3) {
                a.dims = 3;
                memcpy(a.shape, (size_t[]){N, V, D}, 3 * sizeof *a.shape);
            }
            write_array(ctx, features_path, &a);
            ck_ok(ctx, pl_features_read(ctx, features_path, NULL, dims == 3 ? 1 : V, false, &f));
            ck_assert(f.images == N && f.views == V && f.dim == D && !f.label && !f.normalized);
            ck_assert(f.array.dtype == (pl_dtype)dtype);
            ck_assert(f.largest_error < (dtype == PL_F32 ? 1e-6 : 1e-14));
            pl_features_rows(&f, 6, 2, got);
            ck_assert_mem_eq(got, want, sizeof want);
            pl_features_free(&f);
        }
    clean();
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if --normalize left a row off unit norm, turned it, or overflowed or vanished on rows of
 * extreme size; or if the largest error were taken after it. */
START_TEST(normalizes_rows_of_any_size) {
    enum { D = 4 };
    const double sizes[] = {1, 3.41, 1e-3, 1e200, 1e-200, 1e-310};
    pl_ctx *ctx = pl_ctx_new();
    pl_array a = array(ctx, PL_F64, 2, (size_t[]){TEST_COUNT(sizes), D});
    pl_features f;
    double rows[TEST_COUNT(sizes) * D];
    for (size_t i = 0; i < TEST_COUNT(sizes); i++)
        for (size_t j = 0; j < D; j++)
            set(&a, i * D + j, sizes[i] * (j % 2 ? -0.5 : 0.5));
    write_array(ctx, features_path, &a);
    ck_ok(ctx, pl_features_read(ctx, features_path, NULL, 1, true, &f));
    ck_assert(f.normalized && f.largest_error > 1e199);
    pl_features_rows(&f, 0, TEST_COUNT(sizes), rows);
    for (size_t k = 0; k < TEST_COUNT(sizes) * D; k++)
        ck_close(rows[k], k % 2 ? -0.5 : 0.5, 1e-14);
    pl_features_free(&f);

    a = array(ctx, PL_F32, 2,
              (size_t[]){2, D}); /* single precision, whose squares would overflow */
    for (size_t k = 0; k < 2 * D; k++)
        set(&a, k, k < D ? 3e37 : 3e-38);
    write_array(ctx, features_path, &a);
    ck_ok(ctx, pl_features_read(ctx, features_path, NULL, 1, true, &f));
    pl_features_rows(&f, 0, 2, rows);
    for (size_t k = 0; k < 2 * D; k++)
        ck_close(rows[k], 0.5, 1e-7);
    pl_features_free(&f);
    clean();
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if half precision's rounding were refused, or 1 % let through. */
START_TEST(tolerates_rounding_only) {
    pl_ctx *ctx = pl_ctx_new();
    pl_features f;
    for (double off = 1e-6; off < 0.1; off *= 1e4) {
        pl_array a = unit_rows(ctx, PL_F64, 6, 3);
        for (size_t j = 0; j < 3; j++)
            set(&a, 4 * 3 + j, ((double *)a.data)[4 * 3 + j] * (1 + off));
        write_array(ctx, features_path, &a);
        if (off < 1e-3) {
            ck_ok(ctx, pl_features_read(ctx, features_path, NULL, 1, false, &f));
            ck_close(f.largest_error, off, 1e-14);
            pl_features_free(&f);
        } else {
            ck_fails(ctx, pl_features_read(ctx, features_path, NULL, 1, false, &f), PL_EDOMAIN,
                     "row 4 has norm 1.01, expected 1; pass --normalize");
        }
    }
    clean();
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if the file, the place, the value or the remedy went unsaid. */
START_TEST(says_what_is_wrong_with_a_row) {
    pl_ctx *ctx = pl_ctx_new();
    pl_features f = {.dim = 77};
    const struct {
        double value;
        const char *words;
    } bad[] = {{NAN, "row 5, column 1 is nan; every feature must be finite"},
               {-INFINITY, "row 5, column 1 is -inf; every feature must be finite"},
               {1e308, "the norm of row 5 overflows; scale the features down"},
               {0, "row 5 is zero; it has no direction, leave it out"},
               {2, "row 5 has norm 2.828, expected 1; pass --normalize"}};
    for (size_t i = 0; i < TEST_COUNT(bad); i++)
        for (int normalize = 0; normalize < (i < 4 ? 2 : 1); normalize++) {
            pl_array a = unit_rows(ctx, PL_F64, 8, 3);
            double rest = i == 2 ? 1.7e308 : i == 4 ? 2 : 0;
            set(&a, 15, 0);
            set(&a, 16, bad[i].value);
            set(&a, 17, rest);
            write_array(ctx, features_path, &a);
            ck_fails(ctx, pl_features_read(ctx, features_path, NULL, 1, normalize, &f), PL_EDOMAIN,
                     bad[i].words);
            ck_assert_ptr_nonnull(strstr(pl_message(ctx), features_path));
            ck_assert_uint_eq(f.dim, 77);
        }
    clean();
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a shape that means nothing were guessed at. */
START_TEST(says_what_is_wrong_with_the_shape) {
    pl_ctx *ctx = pl_ctx_new();
    pl_features f = {.dim = 77};
    const struct {
        pl_dtype dtype;
        int dims;
        size_t shape[4], views;
        pl_status status;
        const char *words;
    } bad[] = {
        {PL_F64,
         2,
         {7, 3},
         2,
         PL_ESHAPE,
         "7 rows are not divisible by 2 views; pass the right --views"},
        {PL_F64, 2, {6, 3}, 0, PL_ESHAPE, "pass --views 1 or more"},
        {PL_F32, 3, {3, 2, 4}, 3, PL_ESHAPE, "holds 2 views an image, not 3; leave --views out"},
        {PL_F64, 1, {6}, 1, PL_ESHAPE, "has 1 dimensions, expected (N, d) or (N, V, d)"},
        {PL_F64, 4, {1, 2, 3, 4}, 1, PL_ESHAPE, "has 4 dimensions"},
        {PL_F64, 2, {0, 3}, 1, PL_ESHAPE, "holds no rows"},
        {PL_F64, 3, {4, 0, 3}, 1, PL_ESHAPE, "holds no rows"},
        {PL_F64, 2, {6, 1}, 1, PL_EDOMAIN, "dimension 1, expected at least 2"},
        {PL_F64, 2, {6, 0}, 1, PL_EDOMAIN, "dimension 0, expected at least 2"},
        {PL_I64, 2, {6, 3}, 1, PL_EINPUT, "holds integers, expected float16, float32 or float64"},
    };
    for (size_t i = 0; i < TEST_COUNT(bad); i++) {
        pl_array a = array(ctx, bad[i].dtype, bad[i].dims, bad[i].shape);
        write_array(ctx, features_path, &a);
        ck_fails(ctx, pl_features_read(ctx, features_path, NULL, bad[i].views, true, &f),
                 bad[i].status, bad[i].words);
        ck_assert_ptr_nonnull(strstr(pl_message(ctx), features_path));
    }
    clean();
    ck_fails(ctx, pl_features_read(ctx, features_path, NULL, 1, true, &f), PL_EIO, features_path);
    ck_assert_uint_eq(f.dim, 77);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if labels were not numbered in the order of their values, whatever integers they are, or if
 * labels given for every row were not taken image by image. */
START_TEST(labels_become_classes) {
    pl_ctx *ctx = pl_ctx_new();
    pl_features f;
    pl_array a = unit_rows(ctx, PL_F32, 10, 3);
    const int64_t by_image[] = {7, INT64_MIN, INT64_MAX, 7, -1};
    const int64_t by_row[] = {7, 7, INT64_MIN, INT64_MIN, INT64_MAX, INT64_MAX, 7, 7, -1, -1};
    const size_t want[] = {2, 0, 3, 2, 1};
    write_array(ctx, features_path, &a);
    for (int rows = 0; rows < 2; rows++) {
        labels(ctx, rows ? 10 : 5, rows ? by_row : by_image);
        ck_ok(ctx, pl_features_read(ctx, features_path, labels_path, 2, false, &f));
        ck_assert_uint_eq(f.classes, 4);
        ck_assert_mem_eq(f.label, want, sizeof want);
        pl_features_free(&f);
    }
    clean();
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if labels that do not belong to these features went through. */
START_TEST(says_what_is_wrong_with_labels) {
    pl_ctx *ctx = pl_ctx_new();
    pl_features f = {.dim = 77};
    pl_array a = unit_rows(ctx, PL_F64, 6, 3);
    const int64_t some[] = {1, 2, 3, 3, 1, 1, 2, 2}, same[] = {4, 4, 4},
                  torn[] = {1, 1, 2, 3, 1, 1};
    write_array(ctx, features_path, &a);
    labels(ctx, 4, some);
    ck_fails(ctx, pl_features_read(ctx, features_path, labels_path, 2, false, &f), PL_ESHAPE,
             "4 labels for 3 images of 2 views; expected one per image");
    ck_assert_ptr_nonnull(strstr(pl_message(ctx), labels_path));
    labels(ctx, 3, same);
    ck_fails(ctx, pl_features_read(ctx, features_path, labels_path, 2, false, &f), PL_EDOMAIN,
             "all labels are 4; at least two classes are needed");
    labels(ctx, 6, torn);
    ck_fails(ctx, pl_features_read(ctx, features_path, labels_path, 2, false, &f), PL_ESHAPE,
             "image 1 has views with labels 2 and 3; expected one label per image");
    a = array(ctx, PL_F64, 1, (size_t[]){3});
    write_array(ctx, labels_path, &a);
    ck_fails(ctx, pl_features_read(ctx, features_path, labels_path, 2, false, &f), PL_EINPUT,
             "labels must be integers, one per image");
    a = array(ctx, PL_I64, 2, (size_t[]){3, 1});
    write_array(ctx, labels_path, &a);
    ck_fails(ctx, pl_features_read(ctx, features_path, labels_path, 2, false, &f), PL_ESHAPE,
             "labels of 2 dimensions, expected one: (N,)");
    unlink(labels_path);
    ck_fails(ctx, pl_features_read(ctx, features_path, labels_path, 2, false, &f), PL_EIO,
             labels_path);
    ck_assert_uint_eq(f.dim, 77);
    clean();
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if an allocation's failure were lost, or the output touched by it. */
START_TEST(allocation_failures) {
    pl_ctx *ctx = pl_ctx_new();
    pl_array a = unit_rows(ctx, PL_F64, 6, 3);
    const int64_t some[] = {1, 2, 3};
    pl_status status = PL_ENOMEM;
    write_array(ctx, features_path, &a);
    labels(ctx, 3, some);
    for (size_t k = 1; status != PL_OK; k++) {
        pl_features f = {.dim = 77};
        ck_assert_uint_lt(k, 100);
        pl_ctx_fail_allocation(ctx, k);
        status = pl_features_read(ctx, features_path, labels_path, 2, false, &f);
        if (status == PL_OK) {
            ck_assert_uint_gt(k, 4);
            pl_features_free(&f);
        } else {
            ck_assert(status == PL_ENOMEM && f.dim == 77);
        }
    }
    clean();
    pl_ctx_free(ctx);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {reads_what_was_written,
                                  normalizes_rows_of_any_size,
                                  tolerates_rounding_only,
                                  says_what_is_wrong_with_a_row,
                                  says_what_is_wrong_with_the_shape,
                                  labels_become_classes,
                                  says_what_is_wrong_with_labels,
                                  allocation_failures};
    paths();
    return test_main("ssl/features", tests, TEST_COUNT(tests));
}
