#include "base/safetensors.h"

#include "base/file.h"
#include "tests/base/scratch.h"

static pl_ctx *ctx;

static void setup(void) {
    ctx = pl_ctx_new();
    ck_assert_ptr_nonnull(ctx);
    scratch_begin();
}

static void teardown(void) {
    scratch_end();
    pl_ctx_free(ctx);
}

/* Header and data as a file would hold them; *n bytes, to free. */
static unsigned char *file_of(const char *header, const void *data, size_t bytes, size_t *n) {
    size_t length = strlen(header);
    unsigned char *f = calloc(1, 8 + length + bytes);
    ck_assert_ptr_nonnull(f);
    for (int i = 0; i < 8; i++)
        f[i] = (unsigned char)((uint64_t)length >> 8 * i);
    memcpy(f + 8, header, length);
    if (bytes)
        memcpy(f + 8 + length, data, bytes);
    *n = 8 + length + bytes;
    return f;
}

static void refuse(const char *header, size_t bytes, const char *words) {
    static const unsigned char data[64];
    size_t n;
    pl_tensors t = {0};
    unsigned char *f = file_of(header, data, bytes, &n);
    ck_fails(ctx, pl_safetensors_parse(ctx, f, n, &t), PL_EINPUT, words);
    ck_assert_ptr_null(t.tensor);
    free(f);
}

/* Fails when a name, type, shape, remark or byte does not come back as it was written. */
START_TEST(what_is_written_is_read) {
    setup();
    const float a[] = {1, -2.5F, 3e-38F, 4, 5, 6};
    const double b = -0.1;
    const int64_t c[] = {INT64_MIN, 7};
    const pl_tensor tensors[] = {
        pl_tensor_of("layer1.0.conv1.weight", PL_F32, 2, (const size_t[]){2, 3}, a),
        pl_tensor_of("b", PL_F64, 0, NULL, &b),
        pl_tensor_of("empty", PL_F32, 2, (const size_t[]){0, 5}, a),
        pl_tensor_of("c", PL_I64, 1, (const size_t[]){2}, c)};
    const pl_tensor_note notes[] = {{"format", "pt"}, {"settings", "{\"lr\":\"0.1\"}"}};
    pl_tensors t;
    ck_ok(ctx, pl_safetensors_write(ctx, scratch("x"), tensors, 4, notes, 2));
    ck_ok(ctx, pl_safetensors_read(ctx, scratch("x"), &t));
    ck_assert_uint_eq(t.count, 4);
    for (size_t i = 0; i < 4; i++) {
        const pl_tensor *got = pl_tensors_find(&t, tensors[i].name);
        ck_assert_ptr_nonnull(got);
        ck_assert_str_eq(got->dtype, tensors[i].dtype);
        ck_assert_int_eq(got->dims, tensors[i].dims);
        ck_assert_uint_eq(got->bytes, tensors[i].bytes);
        for (int k = 0; k < got->dims; k++)
            ck_assert_uint_eq(got->shape[k], tensors[i].shape[k]);
        ck_assert_int_eq(memcmp(got->data, tensors[i].data, got->bytes), 0);
    }
    ck_assert_str_eq(pl_tensors_note(&t, "settings"), "{\"lr\":\"0.1\"}");
    ck_assert_ptr_null(pl_tensors_note(&t, "absent"));
    ck_assert_ptr_null(pl_tensors_find(&t, "absent"));
    pl_tensors_free(&t);
    teardown();
}
END_TEST

/* The format's own layout, made by hand: fails when the length is not little-endian, or the data
 * do not begin right after the header. */
START_TEST(file_made_by_hand) {
    setup();
    const float one[] = {1.5F};
    size_t n;
    unsigned char *f =
        file_of("{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", one, 4, &n);
    pl_tensors t;
    ck_ok(ctx, pl_safetensors_parse(ctx, f, n, &t));
    float got;
    memcpy(&got, t.tensor[0].data, sizeof got);
    ck_close((double)got, 1.5, 0);
    ck_assert_uint_eq(t.notes, 0);
    pl_tensors_free(&t);
    free(f);
    teardown();
}
END_TEST

/* Every kind of damage has its message; none is believed. */
START_TEST(damage_is_named) {
    setup();
    static const unsigned char few[] = {1, 2, 3};
    pl_tensors t = {0};
    ck_fails(ctx, pl_safetensors_parse(ctx, few, 3, &t), PL_EINPUT, "3 bytes");
    static const unsigned char huge[] = {255, 255, 255, 255, 255, 255, 255, 127, '{', '}'};
    ck_fails(ctx, pl_safetensors_parse(ctx, huge, sizeof huge, &t), PL_EINPUT, "byte 0");
    refuse("{\"w\":", 0, "byte");
    refuse("[]", 0, "no JSON object");
    refuse("{\"w\":3}", 0, "dtype");
    refuse("{\"w\":{\"dtype\":\"F31\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "dtype");
    refuse("{\"w\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}", 4, "shape");
    refuse("{\"w\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,4]}}",
           4, "shape");
    refuse("{\"w\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,1,1,1],\"data_offsets\":[0,4]}}", 4,
           "8 dimensions");
    refuse("{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}", 4, "data_offsets");
    refuse("{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 4, "cut off");
    refuse("{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}", 4,
           "its shape wants 8");
    refuse("{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 8,
           "begins at byte 4");
    refuse("{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 8,
           "4 bytes of data");
    refuse("{\"w\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]},"
           "\"v\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[1,3]}}",
           3, "begins at byte 1");
    refuse("{\"w\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
           "\"w\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}",
           1, "duplicate");
    refuse("{\"__metadata__\":{\"a\":1}}", 0, "no text");
    teardown();
}
END_TEST

/* Fails when a file cut at any byte is taken for a whole one. */
START_TEST(every_truncation_is_refused) {
    setup();
    const float a[] = {1, 2, 3};
    const pl_tensor tensor = pl_tensor_of("a", PL_F32, 1, (const size_t[]){3}, a);
    const pl_tensor_note note = {"k", "v"};
    unsigned char *bytes;
    size_t n;
    ck_ok(ctx, pl_safetensors_write(ctx, scratch("x"), &tensor, 1, &note, 1));
    ck_ok(ctx, pl_file_read(ctx, scratch("x"), &bytes, &n));
    for (size_t cut = 0; cut < n; cut++) {
        pl_tensors t = {0};
        ck_fails(ctx, pl_safetensors_parse(ctx, bytes, cut, &t), PL_EINPUT, "");
    }
    pl_free(bytes);
    teardown();
}
END_TEST

START_TEST(two_tensors_of_one_name) {
    setup();
    const float a[] = {1};
    const pl_tensor t = pl_tensor_of("a", PL_F32, 1, (const size_t[]){1}, a);
    const pl_tensor twice[] = {t, t};
    ck_fails(ctx, pl_safetensors_write(ctx, scratch("x"), twice, 2, NULL, 0), PL_EBUG, "one name");
    ck_assert_uint_eq(scratch_files(false), 0);
    teardown();
}
END_TEST

/* Fails when memory that runs out at any allocation leaks, crashes or leaves half a file. */
START_TEST(out_of_memory) {
    setup();
    const float a[] = {1, 2, 3};
    const pl_tensor tensor = pl_tensor_of("a", PL_F32, 1, (const size_t[]){3}, a);
    for (size_t k = 1;; k++) {
        pl_tensors t = {0};
        pl_ctx_fail_allocation(ctx, k);
        pl_status status = pl_safetensors_write(ctx, scratch("x"), &tensor, 1, NULL, 0);
        if (status == PL_OK)
            status = pl_safetensors_read(ctx, scratch("x"), &t);
        pl_ctx_fail_allocation(ctx, 0);
        pl_tensors_free(&t);
        if (status == PL_OK)
            break;
        ck_assert_int_eq(status, PL_ENOMEM);
    }
    teardown();
}
END_TEST

int main(void) {
    const TTest *const tests[] = {what_is_written_is_read, file_made_by_hand,
                                  damage_is_named,         every_truncation_is_refused,
                                  two_tensors_of_one_name, out_of_memory};
    return test_main("base/safetensors", tests, TEST_COUNT(tests));
}
