#include "base/npz.h"

#include <zlib.h>

#include "base/npy.h"
#include "tests/base/scratch.h"

static pl_ctx *ctx;

/* ---- archives made by hand, with every field open to be wrong -------------------------------- */

typedef struct archive {
    unsigned char bytes[8192];
    size_t n;
    unsigned char directory[2048];
    size_t n_directory, members;
} archive;

/* What may be unusual about a member. */
typedef struct twist {
    bool stored, zip64;
    unsigned method, flags; /* method: when not 0, written in place of the true one */
    long size, packed;      /* added to what the directory says */
    uint32_t crc;           /* xor-ed into it */
    long header;            /* added to the offset */
} twist;

static void put(unsigned char *to, size_t *n, uint64_t v, size_t bytes) {
    for (size_t k = 0; k < bytes; k++)
        to[(*n)++] = (unsigned char)(v >> 8 * k);
}

static void put_bytes(unsigned char *to, size_t *n, const void *from, size_t bytes) {
    memcpy(to + *n, from, bytes);
    *n += bytes;
}

static size_t pack(const unsigned char *data, size_t n, unsigned char *out, size_t room) {
    z_stream z = {.next_in = (unsigned char *)data,
                  .avail_in = (unsigned)n,
                  .next_out = out,
                  .avail_out = (unsigned)room};
    ck_assert_int_eq(deflateInit2(&z, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
    ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
    size_t packed = z.total_out;
    deflateEnd(&z);
    return packed;
}

static void add(archive *a, const char *name, const unsigned char *data, size_t n, twist t) {
    unsigned char packed[4096];
    size_t n_packed = n, at = a->n;
    if (t.stored)
        memcpy(packed, data, n);
    else
        n_packed = pack(data, n, packed, sizeof packed);
    unsigned method = t.method ? t.method : t.stored ? 0 : 8;
    uint32_t crc = (uint32_t)crc32(0, data, (unsigned)n) ^ t.crc;
    /* the local header: as numpy writes it, with a zip64 field that the directory lacks */
    put(a->bytes, &a->n, 0x04034b50, 4);
    put(a->bytes, &a->n, 45, 2);
    put(a->bytes, &a->n, t.flags, 2);
    put(a->bytes, &a->n, method, 2);
    put(a->bytes, &a->n, 0, 4);
    put(a->bytes, &a->n, crc, 4);
    put(a->bytes, &a->n, 0xffffffff, 4);
    put(a->bytes, &a->n, 0xffffffff, 4);
    put(a->bytes, &a->n, strlen(name), 2);
    put(a->bytes, &a->n, 20, 2);
    put_bytes(a->bytes, &a->n, name, strlen(name));
    put(a->bytes, &a->n, 1, 2);
    put(a->bytes, &a->n, 16, 2);
    put(a->bytes, &a->n, n, 8);
    put(a->bytes, &a->n, n_packed, 8);
    put_bytes(a->bytes, &a->n, packed, n_packed);
    uint64_t size = n + (uint64_t)t.size, said = n_packed + (uint64_t)t.packed;
    uint64_t header = at + (uint64_t)t.header;
    unsigned char *d = a->directory;
    put(d, &a->n_directory, 0x02014b50, 4);
    put(d, &a->n_directory, 0x002d002d, 4);
    put(d, &a->n_directory, t.flags, 2);
    put(d, &a->n_directory, method, 2);
    put(d, &a->n_directory, 0, 4);
    put(d, &a->n_directory, crc, 4);
    put(d, &a->n_directory, t.zip64 ? 0xffffffff : said, 4);
    put(d, &a->n_directory, t.zip64 ? 0xffffffff : size, 4);
    put(d, &a->n_directory, strlen(name), 2);
    put(d, &a->n_directory, t.zip64 ? 4 + 5 + 4 + 24 : 0, 2);
    put(d, &a->n_directory, 3, 2); /* a comment of three letters */
    put(d, &a->n_directory, 0, 8);
    put(d, &a->n_directory, t.zip64 ? 0xffffffff : header, 4);
    put_bytes(d, &a->n_directory, name, strlen(name));
    if (t.zip64) { /* behind an extra field of another kind */
        put(d, &a->n_directory, 0x5455, 2);
        put(d, &a->n_directory, 5, 2);
        put(d, &a->n_directory, 0, 5);
        put(d, &a->n_directory, 1, 2);
        put(d, &a->n_directory, 24, 2);
        put(d, &a->n_directory, size, 8);
        put(d, &a->n_directory, said, 8);
        put(d, &a->n_directory, header, 8);
    }
    put_bytes(d, &a->n_directory, "abc", 3);
    a->members++;
}

static void finish(archive *a, bool zip64, const char *comment) {
    size_t at = a->n;
    put_bytes(a->bytes, &a->n, a->directory, a->n_directory);
    if (zip64) {
        size_t end64 = a->n;
        put(a->bytes, &a->n, 0x06064b50, 4);
        put(a->bytes, &a->n, 44, 8);
        put(a->bytes, &a->n, 0x002d002d, 4);
        put(a->bytes, &a->n, 0, 8);
        put(a->bytes, &a->n, a->members, 8);
        put(a->bytes, &a->n, a->members, 8);
        put(a->bytes, &a->n, a->n_directory, 8);
        put(a->bytes, &a->n, at, 8);
        put(a->bytes, &a->n, 0x07064b50, 4);
        put(a->bytes, &a->n, 0, 4);
        put(a->bytes, &a->n, end64, 8);
        put(a->bytes, &a->n, 1, 4);
    }
    put(a->bytes, &a->n, 0x06054b50, 4);
    put(a->bytes, &a->n, 0, 4);
    put(a->bytes, &a->n, zip64 ? 0xffff : a->members, 2);
    put(a->bytes, &a->n, zip64 ? 0xffff : a->members, 2);
    put(a->bytes, &a->n, zip64 ? 0xffffffff : a->n_directory, 4);
    put(a->bytes, &a->n, zip64 ? 0xffffffff : at, 4);
    put(a->bytes, &a->n, strlen(comment), 2);
    put_bytes(a->bytes, &a->n, comment, strlen(comment));
}

/* A one-dimensional float64 array first, first + 1, ... as a .npy file; cut where the room ends. */
static size_t numbers(double first, size_t n, unsigned char out[1024]) {
    char shape[32];
    snprintf(shape, sizeof shape, "(%zu,)", n);
    memset(out, ' ', 128);
    memcpy(out, "\x93NUMPY\1\0v\0", 10);
    int length = snprintf((char *)out + 10, 100,
                          "{'descr': '<f8', 'fortran_order': False, 'shape': %s, }", shape);
    out[10 + length] = ' ';
    out[127] = '\n';
    for (size_t i = 0; i < n && i < 112; i++)
        memcpy(out + 128 + 8 * i, &(double){first + (double)i}, 8);
    return 128 + 8 * n;
}

static archive one(twist t) {
    unsigned char npy[1024];
    archive a = {0};
    add(&a, "z.npy", npy, numbers(3, 20, npy), t);
    finish(&a, false, "");
    return a;
}

static archive two(void) {
    unsigned char npy[1024];
    archive a = {0};
    add(&a, "first.npy", npy, numbers(10, 4, npy), (twist){0});
    add(&a, "readme.txt", (const unsigned char *)"hello", 5, (twist){.stored = true});
    add(&a, "deep/second.npy", npy, numbers(20, 5, npy), (twist){.stored = true});
    finish(&a, false, "");
    return a;
}

/* In memory of exactly its size, so that a sanitizer sees one read too many. */
static pl_status parse(const archive *a, size_t n, const char *member, pl_array *out) {
    unsigned char *bytes = malloc(n ? n : 1);
    ck_assert_ptr_nonnull(bytes);
    memcpy(bytes, a->bytes, n);
    pl_status status = pl_npz_parse(ctx, bytes, n, member, out);
    free(bytes);
    return status;
}

static void expect(const archive *a, const char *member, size_t count, double first) {
    pl_array x = {0};
    ck_ok(ctx, parse(a, a->n, member, &x));
    ck_assert_uint_eq(x.count, count);
    for (size_t i = 0; i < count; i++)
        ck_close(pl_array_at(&x, i), first + (double)i, 0);
    pl_array_free(&x);
}

static void refuse(archive a, const char *member, const char *words) {
    pl_array x = {.dims = 77};
    ck_fails(ctx, parse(&a, a.n, member, &x), PL_EINPUT, words);
    ck_assert_int_eq(x.dims, 77);
}

/* ---- tests ---------------------------------------------------------------------------------- */

/* Fails if a kind of member or of end record were not understood. */
START_TEST(every_kind_is_read) {
    unsigned char npy[1024];
    ctx = pl_ctx_new();
    for (int k = 0; k < 4; k++) {
        archive a = one((twist){.stored = k & 1, .zip64 = k & 2});
        expect(&a, NULL, 20, 3);
        expect(&a, "z", 20, 3);
        expect(&a, "z.npy", 20, 3);
    }
    archive a = {0};
    size_t n = numbers(1, 0, npy);
    add(&a, "empty.npy", npy, n, (twist){0});
    finish(&a, true, "a comment with PK\5\6 in it, which begins no end record");
    expect(&a, NULL, 0, 0);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a member were not found by its name, or one were chosen unasked. */
START_TEST(members_are_named) {
    ctx = pl_ctx_new();
    archive a = two();
    expect(&a, "first", 4, 10);
    expect(&a, "deep/second", 5, 20);
    expect(&a, "deep/second.npy", 5, 20);
    refuse(a, NULL, "holds several arrays: first, deep/second; name one, as in file.npz:first");
    refuse(a, "third", "holds no array 'third'; it holds first, deep/second");
    refuse(a, "readme.txt", "holds no array 'readme.txt'");
    archive none = {0};
    finish(&none, false, "");
    refuse(none, NULL, "without arrays");
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if an archive that lies were believed. */
START_TEST(lies_are_found) {
    ctx = pl_ctx_new();
    refuse(one((twist){.crc = 1}), NULL, "z.npy: is damaged: its checksum is");
    refuse(one((twist){.crc = 1, .stored = true}), NULL, "its checksum is");
    refuse(one((twist){.flags = 1}), NULL, "is encrypted");
    refuse(one((twist){.method = 12}), NULL, "is packed by method 12");
    refuse(one((twist){.method = 8, .stored = true}), NULL, "unpacks to");
    refuse(one((twist){.size = 8}), NULL, "holds 8 bytes beyond the 160 of its array");
    refuse(one((twist){.size = -8}), NULL, "= 160 bytes, the file holds 152");
    refuse(one((twist){.size = 8, .stored = true}), NULL, "is stored, yet takes");
    refuse(one((twist){.packed = -1}), NULL, "deflated data are damaged");
    refuse(one((twist){.packed = 1}), NULL, "holds more than the 288 bytes");
    refuse(one((twist){.packed = 4000}), NULL, "is cut short");
    refuse(one((twist){.header = 1}), NULL, "its header is missing");
    refuse(one((twist){.header = 100000}), NULL, "lies outside the archive");
    refuse(one((twist){.header = -1, .zip64 = true}), NULL, "lies outside the archive");
    refuse(one((twist){.size = 1L << 40, .zip64 = true}), NULL, "more than deflate can hold");
    pl_ctx_free(ctx);
}
END_TEST

/* A member that unpacks to a thousand times its size, though its header speaks of one number:
 * fails if more than that were asked for or unpacked. And the other way round: the header
 * promises a terabyte, the archive too, but the packed bytes could never hold it. */
START_TEST(bombs_do_not_go_off) {
    static unsigned char big[1 << 20];
    unsigned char npy[1024];
    archive a = {0};
    ctx = pl_ctx_new();
    memcpy(big, npy, numbers(1, 1, npy));
    memcpy(big, npy, 136);
    add(&a, "z.npy", big, sizeof big, (twist){.size = 136 - (1 << 20)});
    finish(&a, false, "");
    refuse(a, NULL, "z.npy: holds more than the 136 bytes");
    archive b = {0};
    numbers(1, 1UL << 37, npy);
    add(&b, "z.npy", npy, 136, (twist){.size = 1L << 40, .zip64 = true});
    finish(&b, false, "");
    refuse(b, NULL, "more than deflate can hold");
    pl_ctx_free(ctx);
}
END_TEST

/* Every byte flipped in every bit pattern that matters, and every length: never a crash, and never
 * other numbers than those that were saved. */
START_TEST(any_damage_is_survived) {
    ctx = pl_ctx_new();
    for (int k = 0; k < 4; k++) {
        archive a = one((twist){.stored = k & 1, .zip64 = k & 2});
        for (size_t i = 0; i < a.n; i++)
            for (unsigned flip = 1; flip < 256; flip = flip < 128 ? 2 * flip : flip + 127) {
                pl_array x = {0};
                a.bytes[i] ^= (unsigned char)flip;
                pl_status status = parse(&a, a.n, NULL, &x);
                ck_assert_msg(status == PL_OK || status == PL_EINPUT || status == PL_ESHAPE,
                              "byte %zu ^ %u: status %d", i, flip, (int)status);
                if (status == PL_OK)
                    for (size_t j = 0; j < x.count; j++)
                        ck_close(pl_array_at(&x, j), 3 + (double)j, 0);
                pl_array_free(&x);
                a.bytes[i] ^= (unsigned char)flip;
            }
        for (size_t n = 0; n < a.n; n++) {
            pl_array x = {0};
            ck_fails(ctx, parse(&a, n, NULL, &x), PL_EINPUT, "the zip archive is damaged");
        }
    }
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if the kind of a file were taken from its name, or a path lost its member or its prefix. */
START_TEST(load_takes_either_kind) {
    unsigned char npy[1024];
    char hash[65], other[65];
    pl_array x = {0};
    pl_text names = {0};
    ctx = pl_ctx_new();
    scratch_begin();
    archive a = two(), b = one((twist){0});
    scratch_put("two.npz", a.bytes, a.n);
    scratch_put("one.npy", b.bytes, b.n);
    scratch_put("x.dat", npy, numbers(7, 3, npy));
    scratch_put("odd:name", npy, numbers(8, 3, npy));
    ck_ok(ctx, pl_array_load(ctx, scratch("one.npy"), &x));
    ck_close(pl_array_at(&x, 0), 3, 0);
    pl_array_free(&x);
    ck_ok(ctx, pl_array_load(ctx, scratch("two.npz:deep/second"), &x));
    ck_close(pl_array_at(&x, 0), 20, 0);
    pl_array_free(&x);
    ck_ok(ctx, pl_array_load(ctx, scratch("x.dat"), &x));
    ck_close(pl_array_at(&x, 0), 7, 0);
    pl_array_free(&x);
    ck_ok(ctx, pl_array_load(ctx, scratch("odd:name"), &x));
    ck_close(pl_array_at(&x, 0), 8, 0);
    pl_array_free(&x);
    ck_ok(ctx, pl_npz_members(ctx, scratch("two.npz"), &names));
    ck_assert_str_eq(pl_text_get(&names), "first, deep/second");
    pl_text_free(&names);
    ck_ok(ctx, pl_array_hash(ctx, scratch("two.npz:first"), hash));
    ck_ok(ctx, pl_array_hash(ctx, scratch("two.npz"), other));
    ck_assert_str_eq(hash, other);

    ck_fails(ctx, pl_array_load(ctx, scratch("two.npz"), &x), PL_EINPUT, "two.npz: holds several");
    ck_fails(ctx, pl_array_load(ctx, scratch("two.npz:no"), &x), PL_EINPUT,
             "two.npz: holds no array");
    ck_fails(ctx, pl_array_load(ctx, scratch("x.dat:first"), &x), PL_EINPUT, "leave ':first' away");
    ck_fails(ctx, pl_array_load(ctx, scratch("no.npz:first"), &x), PL_EIO,
             "no.npz:first: cannot be read: No such file");
    ck_fails(ctx, pl_array_load(ctx, scratch_dir, &x), PL_EIO, "is a directory");
    scratch_put("x.dat", "", 0);
    ck_fails(ctx, pl_array_load(ctx, scratch("x.dat"), &x), PL_EINPUT, "x.dat: is empty");
    scratch_put("x.dat", "1,2\n", 4);
    ck_fails(ctx, pl_array_load(ctx, scratch("x.dat"), &x), PL_EINPUT,
             "x.dat: is neither a .npy nor a .npz file; write it with numpy.save");
    scratch_put("x.dat", npy, 60);
    ck_fails(ctx, pl_array_load(ctx, scratch("x.dat"), &x), PL_EINPUT, "x.dat: is cut short");
    ck_assert_ptr_null(x.data);
    scratch_end();
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if running out of memory at any allocation, zlib's own among them, did more than say so. */
START_TEST(every_allocation_may_fail) {
    ctx = pl_ctx_new();
    scratch_begin();
    archive a = two();
    scratch_put("two.npz", a.bytes, a.n);
    for (size_t k = 1;; k++) {
        pl_array x = {.dims = 77};
        pl_ctx_fail_allocation(ctx, k);
        pl_status status = pl_array_load(ctx, scratch("two.npz:first"), &x);
        if (status == PL_OK) {
            ck_assert_uint_ge(k, 8);
            pl_array_free(&x);
            break;
        }
        ck_assert_msg(status == PL_ENOMEM, "k = %zu: status %d: %s", k, (int)status,
                      pl_message(ctx));
        ck_assert_int_eq(x.dims, 77);
    }
    scratch_end();
    pl_ctx_free(ctx);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {every_kind_is_read,       members_are_named,
                                  lies_are_found,           bombs_do_not_go_off,
                                  any_damage_is_survived,   load_takes_either_kind,
                                  every_allocation_may_fail};
    return test_main("base/npz", tests, TEST_COUNT(tests));
}
