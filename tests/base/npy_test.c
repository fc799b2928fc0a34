#include "base/npy.h"

#include "tests/base/scratch.h"

static pl_ctx *ctx;

/* A .npy file made by hand: the given dictionary, padded with blanks, and the data behind it. */
typedef struct made {
    unsigned char *bytes; /* of exactly n bytes, so that a sanitizer sees one read too many */
    size_t n;
} made;

static made make(int version, const char *dictionary, const void *data, size_t n_data) {
    size_t prefix = version == 1 ? 10 : 12, text = strlen(dictionary);
    size_t header = (prefix + text + 1 + 63) / 64 * 64 - prefix;
    made m = {malloc(prefix + header + n_data), prefix + header + n_data};
    ck_assert_ptr_nonnull(m.bytes);
    memcpy(m.bytes, "\x93NUMPY", 6);
    m.bytes[6] = (unsigned char)version;
    m.bytes[7] = 0;
    for (size_t k = 8; k < prefix; k++)
        m.bytes[k] = (unsigned char)(header >> 8 * (k - 8));
    memset(m.bytes + prefix, ' ', header);
    memcpy(m.bytes + prefix, dictionary, text);
    m.bytes[prefix + header - 1] = '\n';
    if (n_data)
        memcpy(m.bytes + prefix + header, data, n_data);
    return m;
}

static made make_simple(const char *descr, const char *shape, const void *data, size_t n_data) {
    char dictionary[256];
    snprintf(dictionary, sizeof dictionary,
             "{'descr': '%s', 'fortran_order': False, 'shape': %s, }", descr, shape);
    return make(1, dictionary, data, n_data);
}

/* Parses, and expects this failure; the output must be untouched. */
static void refuse(made m, pl_status want, const char *words) {
    pl_array a = {.dims = 77};
    ck_fails(ctx, pl_npy_parse(ctx, m.bytes, m.n, &a), want, words);
    ck_assert_int_eq(a.dims, 77);
    free(m.bytes);
}

static pl_array accept(made m) {
    pl_array a = {0};
    ck_ok(ctx, pl_npy_parse(ctx, m.bytes, m.n, &a));
    free(m.bytes);
    return a;
}

/* Fails if any integer type were widened wrongly at the ends of its range. */
START_TEST(integers_widen) {
    const unsigned char ones[8] = {255, 255, 255, 255, 255, 255, 255, 127};
    const unsigned char low[8] = {0, 0, 0, 0, 0, 0, 0, 128};
    const struct {
        const char *descr;
        const unsigned char *bytes;
        size_t skip, n;
        int64_t value;
    } cases[] = {
        {"|i1", low, 7, 1, -128},        {"|u1", low, 7, 1, 128},
        {"|b1", low, 7, 1, 1},           {"|b1", low, 0, 1, 0},
        {"<i2", low, 6, 2, INT16_MIN},   {"<u2", low, 6, 2, 32768},
        {"<i4", low, 4, 4, INT32_MIN},   {"<u4", low, 4, 4, 2147483648LL},
        {"<i8", low, 0, 8, INT64_MIN},   {"<i8", ones, 0, 8, INT64_MAX},
        {"<u8", ones, 0, 8, INT64_MAX},  {"|i1", ones, 0, 1, -1},
        {"<i2", ones, 0, 2, -1},         {"<i4", ones, 0, 4, -1},
        {"<u4", ones, 0, 4, UINT32_MAX}, {">i1", ones, 0, 1, -1},
    };
    ctx = pl_ctx_new();
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        pl_array a =
            accept(make_simple(cases[i].descr, "(1,)", cases[i].bytes + cases[i].skip, cases[i].n));
        ck_assert_int_eq(a.dtype, PL_I64);
        ck_assert_msg(*(int64_t *)a.data == cases[i].value, "%s: %lld, expected %lld",
                      cases[i].descr, (long long)*(int64_t *)a.data, (long long)cases[i].value);
        pl_array_free(&a);
    }
    refuse(make_simple("<u8", "(1,)", low, 8), PL_EINPUT,
           "element 0 is 9223372036854775808, above the largest int64; save a.astype('<i8')");
    pl_ctx_free(ctx);
}
END_TEST

/* IEEE 754 binary16's marked values. Fails if bias, subnormals, signs or infinities were wrong. */
START_TEST(halves_widen) {
    const struct {
        uint16_t half;
        float value;
    } cases[] = {
        {0x3C00, 1.0F},      {0xC000, -2.0F},         {0x7BFF, 65504.0F},        {0x0400, 0x1p-14F},
        {0x0001, 0x1p-24F},  {0x83FF, -0x1.FF8p-15F}, {0x3555, 0.333251953125F}, {0x7C00, INFINITY},
        {0xFC00, -INFINITY}, {0x8000, -0.0F}};
    ctx = pl_ctx_new();
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        pl_array a = accept(make_simple("<f2", "()", &cases[i].half, 2));
        float got = *(float *)a.data;
        ck_assert_int_eq(a.dtype, PL_F32);
        ck_assert_int_eq(a.dims, 0);
        ck_assert_msg(memcmp(&got, &cases[i].value, 4) == 0, "0x%04x is %g, expected %g",
                      cases[i].half, (double)got, (double)cases[i].value);
        pl_array_free(&a);
    }
    pl_array a = accept(make_simple("<f2", "(1,)", &(uint16_t){0x7E01}, 2));
    ck_assert(isnan(*(float *)a.data));
    pl_array_free(&a);
    pl_ctx_free(ctx);
}
END_TEST

/* Element (i, j, k) of a Fortran-ordered file stands at i + 2 (j + 3 k). Fails if it were not put
 * at (i 3 + j) 4 + k, for a plain, a converted and a chunked dtype. */
START_TEST(fortran_order_is_turned) {
    const char *descrs[] = {"<f8", "<i4", "<f4"};
    ctx = pl_ctx_new();
    for (size_t d = 0; d < 3; d++) {
        double f8[24];
        int32_t i4[24];
        float f4[24];
        char dictionary[128];
        for (int p = 0; p < 24; p++) {
            f8[p] = p;
            i4[p] = p;
            f4[p] = (float)p;
        }
        const void *data[] = {f8, i4, f4};
        snprintf(dictionary, sizeof dictionary,
                 "{'shape': (2, 3, 4), 'descr': '%s', 'fortran_order': True}", descrs[d]);
        pl_array a = accept(make(2, dictionary, data[d], d == 0 ? 192 : 96));
        for (size_t i = 0; i < 2; i++)
            for (size_t j = 0; j < 3; j++)
                for (size_t k = 0; k < 4; k++)
                    ck_close(pl_array_at(&a, (i * 3 + j) * 4 + k), (double)(i + 2 * (j + 3 * k)),
                             0);
        pl_array_free(&a);
    }
    enum { ROWS = 300, COLUMNS = 700 }; /* more than one chunk */
    int16_t *wide = malloc(sizeof *wide * ROWS * COLUMNS);
    ck_assert_ptr_nonnull(wide);
    for (int p = 0; p < ROWS * COLUMNS; p++)
        wide[p] = (int16_t)(p % 32749);
    pl_array a = accept(make(3, "{'descr': '<i2', 'fortran_order': True, 'shape': (300, 700)}",
                             wide, sizeof *wide * ROWS * COLUMNS));
    for (size_t i = 0; i < ROWS; i++)
        for (size_t j = 0; j < COLUMNS; j++)
            ck_assert_int_eq(((int64_t *)a.data)[i * COLUMNS + j], wide[i + ROWS * j]);
    pl_array_free(&a);
    free(wide);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if the writer's file were not read back as it was, or left its name on failure. */
START_TEST(round_trips) {
    const struct {
        int dims;
        size_t shape[PL_MAX_DIMS];
    } shapes[] = {{0, {0}},
                  {1, {1}},
                  {1, {0}},
                  {2, {3, 5}},
                  {3, {2, 0, 4}},
                  {1, {100000}},
                  {8, {1, 2, 1, 3, 1, 2, 1, 2}}};
    ctx = pl_ctx_new();
    scratch_begin();
    for (size_t s = 0; s < TEST_COUNT(shapes); s++)
        for (pl_dtype dtype = PL_F32; dtype <= PL_I64; dtype++) {
            pl_array a, b = {0};
            ck_ok(ctx, pl_array_new(ctx, dtype, shapes[s].dims, shapes[s].shape, &a));
            for (size_t i = 0; i < a.count * pl_dtype_size(dtype); i++)
                ((unsigned char *)a.data)[i] = (unsigned char)(i * 31 % 97);
            ck_ok(ctx, pl_npy_write(ctx, scratch("z.npy"), &a));
            ck_ok(ctx, pl_npy_read(ctx, scratch("z.npy"), &b));
            ck_assert_int_eq(b.dtype, dtype);
            ck_assert_int_eq(b.dims, a.dims);
            ck_assert_uint_eq(b.count, a.count);
            ck_assert_int_eq(memcmp(a.shape, b.shape, sizeof a.shape), 0);
            ck_assert_int_eq(memcmp(a.data, b.data, a.count * pl_dtype_size(dtype)), 0);
            pl_array_free(&a);
            pl_array_free(&b);
        }
    pl_array a;
    ck_ok(ctx, pl_array_new(ctx, PL_F64, 1, (size_t[]){100000}, &a));
    ck_fails(ctx, pl_npy_write(ctx, "/dev/full", &a), PL_EIO, "No space left on device");
    ck_fails(ctx, pl_npy_write(ctx, scratch("no/z.npy"), &a), PL_EIO,
             "no/z.npy: cannot be written");
    pl_array_free(&a);
    ck_assert_uint_eq(scratch_files(false), 1);
    scratch_end();
    pl_ctx_free(ctx);
}
END_TEST

/* The bytes of numpy.save(f, numpy.array([1, -1], '<f4')), NumPy 1.24. */
START_TEST(writes_what_numpy_writes) {
    const char head[] = "\x93NUMPY\1\0v\0{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }";
    unsigned char want[136];
    memset(want, ' ', sizeof want);
    memcpy(want, head, sizeof head - 1);
    want[127] = '\n';
    memcpy(want + 128, "\0\0\x80\x3f\0\0\x80\xbf", 8);
    pl_array a;
    ctx = pl_ctx_new();
    scratch_begin();
    ck_ok(ctx, pl_array_new(ctx, PL_F32, 1, (size_t[]){2}, &a));
    ((float *)a.data)[0] = 1;
    ((float *)a.data)[1] = -1;
    ck_ok(ctx, pl_npy_write(ctx, scratch("z.npy"), &a));
    scratch_holds("z.npy", want, sizeof want);
    pl_array_free(&a);
    scratch_end();
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a file that is not what it should be were read, or refused in other words. */
START_TEST(bad_files_are_named) {
    const double x[4] = {1, 2, 3, 4};
    const char *good = "{'descr': '<f8', 'fortran_order': False, 'shape': (4,), }";
    ctx = pl_ctx_new();
    made m = make(1, good, x, 32);
    m.bytes[0] = 'P';
    refuse(m, PL_EINPUT, "is not a .npy file");
    m = make(1, good, x, 32);
    m.bytes[6] = 9;
    refuse(m, PL_EINPUT, "version 9.0, expected 1.0 to 3.0");
    m = make(1, good, x, 32);
    m.n = 0;
    refuse(m, PL_EINPUT, "is empty");
    m = make(1, good, x, 32);
    m.n = 40;
    refuse(m, PL_EINPUT, "the header takes 128 bytes, the file holds 40");
    m = make(2, good, x, 32);
    m.bytes[11] = 255; /* a header of almost 4 GiB */
    refuse(m, PL_EINPUT, "is cut short: the header takes");
    refuse(make(1, good, x, 20), PL_EINPUT,
           "the header promises 4 elements of '<f8' = 32 bytes, the file holds 20");
    refuse(make_simple("<f8", "(3,)", x, 32), PL_EINPUT,
           "holds 8 bytes beyond the 24 of its array");
    refuse(make_simple("<f8", "(4294967296, 4294967296)", x, 32), PL_ESHAPE, "overflows");
    refuse(make_simple("<f8", "(0, 4294967296, 4294967296)", x, 0), PL_ESHAPE, "overflows");
    refuse(make_simple("<f8", "(2305843009213693952,)", x, 32), PL_ESHAPE, "overflows");
    refuse(make_simple("<f8", "(99999999999999999999,)", x, 32), PL_ESHAPE, "beyond 2^64");
    refuse(make_simple("<f8", "(1, 1, 1, 1, 1, 1, 1, 1, 4)", x, 32), PL_ESHAPE,
           "more than 8 dimensions");
    refuse(make_simple("<f8", "(1152921504606846976,)", x, 32), PL_EINPUT,
           "= 9223372036854775808 bytes, the file holds 32");
    refuse(make_simple("|O", "(4,)", x, 32), PL_EINPUT, "Python objects");
    refuse(make_simple(">f4", "(8,)", x, 32), PL_EINPUT, "save a.astype('<f4')");
    refuse(make_simple(">i8", "(4,)", x, 32), PL_EINPUT, "save a.astype('<i8')");
    refuse(make_simple("<c16", "(2,)", x, 32), PL_EINPUT, "dtype '<c16' is not read");
    refuse(make_simple("<U8", "(1,)", x, 32), PL_EINPUT, "dtype '<U8' is not read");
    refuse(make_simple("<M8[ns]", "(4,)", x, 32), PL_EINPUT, "is not read");
    refuse(make_simple("f8", "(4,)", x, 32), PL_EINPUT, "is not read");
    refuse(make(1, "{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (4,), }", x, 32),
           PL_EINPUT, "structured dtype; save one field");
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a header that Python would not read were accepted. */
START_TEST(bad_headers_are_refused) {
    static const char *const bad[] = {
        "",
        "descr",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), ",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), } x",
        "{'descr': '<f8', 'fortran_order': False, }",
        "{'descr': '<f8', 'shape': (1,), }",
        "{'fortran_order': False, 'shape': (1,), }",
        "{'descr': '<f8', 'descr': '<f8', 'fortran_order': False, 'shape': (1,), }",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), 'more': 1, }",
        "{'descr': '<f8', 'fortran_order': Maybe, 'shape': (1,), }",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1), }",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1 1), }",
        "{'descr': '<f8', 'fortran_order': False, 'shape': [1], }",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (,), }",
        "{'descr': '<f8' 'fortran_order': False, 'shape': (1,), }",
        "{'descr': '<f8, 'fortran_order': False, 'shape': (1,), }",
        "{'descr' '<f8', 'fortran_order': False, 'shape': (1,), }",
        "{descr: '<f8', 'fortran_order': False, 'shape': (1,), }",
        "{'descr': '<a very long name of a dtype that is none>', 'fortran_order': False, "
        "'shape': (1,), }",
    };
    const double x = 1;
    ctx = pl_ctx_new();
    for (size_t i = 0; i < TEST_COUNT(bad); i++)
        refuse(make(1, bad[i], &x, 8), PL_EINPUT, "the .npy header is damaged");
    made m = make(1, "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }", &x, 8);
    m.bytes[70] = '\0'; /* among the blanks */
    refuse(m, PL_EINPUT, "it holds a zero byte");
    pl_array a = accept(make(1, "{\"shape\":(1L,),\"fortran_order\":False,\"descr\":\"<f8\"}", &x,
                             8)); /* Python 2's spelling, other order, no blanks */
    ck_close(pl_array_at(&a, 0), 1, 0);
    pl_array_free(&a);
    pl_ctx_free(ctx);
}
END_TEST

/* Every byte with every bit flipped, and every length: an answer, or a message; never a crash.
 * Fails if a cut file were read, or a status other than bad input came out. */
START_TEST(any_damage_is_survived) {
    const char *dictionary = "{'descr': '<u2', 'fortran_order': True, 'shape': (2, 3), }";
    const uint16_t x[6] = {1, 2, 3, 4, 5, 6};
    ctx = pl_ctx_new();
    for (int version = 1; version <= 3; version++) {
        made m = make(version, dictionary, x, sizeof x);
        for (size_t i = 0; i < m.n; i++)
            for (unsigned flip = 1; flip < 256; flip++) {
                pl_array a = {0};
                m.bytes[i] ^= (unsigned char)flip;
                pl_status status = pl_npy_parse(ctx, m.bytes, m.n, &a);
                ck_assert_msg(status == PL_OK || status == PL_EINPUT || status == PL_ESHAPE,
                              "byte %zu ^ %u: status %d", i, flip, (int)status);
                pl_array_free(&a);
                m.bytes[i] ^= (unsigned char)flip;
            }
        for (size_t n = 0; n < m.n; n++) {
            made cut = {malloc(n ? n : 1), n};
            ck_assert_ptr_nonnull(cut.bytes);
            memcpy(cut.bytes, m.bytes, n);
            refuse(cut, PL_EINPUT, n == 0 ? "is empty" : "is cut short");
        }
        free(m.bytes);
    }
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if running out of memory at any allocation leaked, crashed or touched the output. */
START_TEST(every_allocation_may_fail) {
    const uint16_t x[6] = {1, 2, 3, 4, 5, 6};
    ctx = pl_ctx_new();
    scratch_begin();
    made m = make(1, "{'descr': '<u2', 'fortran_order': True, 'shape': (2, 3), }", x, sizeof x);
    for (size_t k = 1;; k++) {
        pl_array a = {.dims = 77};
        pl_ctx_fail_allocation(ctx, k);
        pl_status status = pl_npy_parse(ctx, m.bytes, m.n, &a);
        if (status == PL_OK) {
            ck_assert_uint_eq(k, 5); /* header, array, raw and widened chunk */
            pl_array_free(&a);
            break;
        }
        ck_assert_int_eq(status, PL_ENOMEM);
        ck_assert_int_eq(a.dims, 77);
    }
    free(m.bytes);
    pl_ctx_fail_allocation(ctx, 0);
    pl_array a;
    ck_ok(ctx, pl_array_new(ctx, PL_I64, 1, (size_t[]){3}, &a));
    for (size_t k = 1;; k++) {
        pl_ctx_fail_allocation(ctx, k);
        pl_status status = pl_npy_write(ctx, scratch("z.npy"), &a);
        if (status == PL_OK)
            break;
        ck_assert_int_eq(status, PL_ENOMEM);
        ck_assert_uint_eq(scratch_files(false), 0);
    }
    pl_ctx_fail_allocation(ctx, 0);
    pl_array_free(&a);
    scratch_end();
    pl_ctx_free(ctx);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {integers_widen,           halves_widen,
                                  fortran_order_is_turned,  round_trips,
                                  writes_what_numpy_writes, bad_files_are_named,
                                  bad_headers_are_refused,  any_damage_is_survived,
                                  every_allocation_may_fail};
    return test_main("base/npy", tests, TEST_COUNT(tests));
}
