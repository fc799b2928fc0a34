#include "base/npy.h"

#include <math.h>
#include <string.h>

#include "base/file.h"
#include "base/npy_header.h"
#include "base/text.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "elements are read as they stand");

/* MAGIC, major and minor version, length of the header in 2 bytes (version 1) or 4 */
static const unsigned char MAGIC[6] = {0x93, 'N', 'U', 'M', 'P', 'Y'};

/* NumPy itself refuses headers above 10,000 characters; CHUNK is divisible by every item size. */
enum { HEADER_MAX = 1 << 16, CHUNK = 1 << 16 };

/* ---- elements ----------------------------------------------------------------------------- */

/* IEEE 754 binary16: 1 sign, 5 exponent (bias 15), 10 fraction bits. Exact in float. */
static float from_half(uint16_t h) {
    int exponent = (h >> 10) & 31, fraction = h & 1023;
    float magnitude;
    if (exponent == 31)
        magnitude = fraction ? NAN : INFINITY;
    else if (exponent == 0)
        magnitude = ldexpf((float)fraction, -24);
    else
        magnitude = ldexpf((float)(1024 + fraction), exponent - 25);
    return copysignf(magnitude, h & 0x8000 ? -1.0F : 1.0F);
}

/* The integer of `size` bytes at p, whatever its alignment. *big: it does not fit into int64. */
static int64_t integer_at(const unsigned char *p, size_t size, char kind, bool *big) {
    uint64_t v = 0;
    memcpy(&v, p, size);
    *big = kind == 'u' && v > INT64_MAX;
    if (kind == 'b')
        return v != 0;
    if (kind == 'i' && size < 8) { /* the sign bit moves to the top and comes back */
        unsigned unused = 64 - 8 * (unsigned)size;
        return (int64_t)(v << unused) >> unused;
    }
    return (int64_t)v;
}

/* n elements of the file, the first of them number `first`, widened into an array of h->dtype. */
static pl_status widen(pl_ctx *ctx, const pl_npy_header *h, const unsigned char *raw, size_t first,
                       size_t n, void *out) {
    const char kind = h->descr[1];
    for (size_t i = 0; i < n; i++) {
        const unsigned char *p = raw + i * h->itemsize;
        if (kind == 'f') {
            if (h->itemsize == 2) {
                uint16_t half;
                memcpy(&half, p, sizeof half);
                ((float *)out)[i] = from_half(half);
            } else {
                memcpy((char *)out + i * h->itemsize, p, h->itemsize);
            }
            continue;
        }
        bool big;
        ((int64_t *)out)[i] = integer_at(p, h->itemsize, kind, &big);
        if (big)
            return pl_fail(ctx, PL_EINPUT,
                           "element %zu is %llu, above the largest int64; save a.astype('<i8')",
                           first + i, (unsigned long long)((int64_t *)out)[i]);
    }
    return PL_OK;
}

/* The file stands in memory's own form already. */
static bool is_plain(const pl_npy_header *h) {
    return h->itemsize == pl_dtype_size(h->dtype) && h->descr[1] != 'u';
}

/* ---- order -------------------------------------------------------------------------------- */

/* Where the elements of a Fortran-ordered file go: its first index runs fastest. */
typedef struct walk {
    const pl_npy_header *h;
    size_t index[PL_MAX_DIMS], stride[PL_MAX_DIMS], place;
} walk;

static walk walk_start(const pl_npy_header *h) {
    walk w = {.h = h};
    size_t stride = 1;
    for (int k = h->dims - 1; k >= 0; k--) {
        w.stride[k] = stride;
        stride *= h->shape[k];
    }
    return w;
}

static void walk_step(walk *w) {
    for (int k = 0; k < w->h->dims; k++) {
        w->place += w->stride[k];
        if (++w->index[k] < w->h->shape[k])
            return;
        w->place -= w->stride[k] * w->h->shape[k];
        w->index[k] = 0;
    }
}

/* ---- reading ------------------------------------------------------------------------------ */

static pl_status read_header(pl_ctx *ctx, pl_reader *r, pl_npy_header *out) {
    pl_status status;
    unsigned char head[12];
    char *text = NULL;
    if (r->size == 0)
        return pl_fail(ctx, PL_EINPUT, "is empty, expected a .npy file");
    size_t taken = r->size < 10 ? r->size : 10;
    PL_TRY(r->read(ctx, r->state, head, taken));
    if (memcmp(head, MAGIC, taken < sizeof MAGIC ? taken : sizeof MAGIC) != 0)
        return pl_fail(ctx, PL_EINPUT, "is not a .npy file; write it with numpy.save");
    if (taken >= 8 && (head[6] < 1 || head[6] > 3 || head[7] != 0))
        return pl_fail(ctx, PL_EINPUT, "is a .npy file of version %d.%d, expected 1.0 to 3.0",
                       head[6], head[7]);
    if (taken == 10 && head[6] > 1) {
        taken = r->size < 12 ? r->size : 12;
        PL_TRY(r->read(ctx, r->state, head + 10, taken - 10));
    }
    size_t needed = taken >= 7 && head[6] > 1 ? 12 : 10, length = 0;
    if (taken == needed)
        for (size_t k = needed; k-- > 8;)
            length = length << 8 | head[k];
    if (taken < needed || length > r->size - needed)
        return pl_fail(ctx, PL_EINPUT,
                       "is cut short: the header takes %zu bytes, the file holds %zu",
                       needed + length, r->size);
    if (length > HEADER_MAX)
        return pl_fail(ctx, PL_EINPUT, "has a header of %zu bytes, expected at most %d", length,
                       HEADER_MAX);
    PL_NEW(ctx, text, length + 1);
    PL_TRY(r->read(ctx, r->state, text, length));
    if (strlen(text) != length) {
        status = pl_fail(ctx, PL_EINPUT, "the .npy header is damaged: it holds a zero byte");
        goto done;
    }
    PL_TRY(pl_npy_header_parse(ctx, text, out));
    r->size -= needed + length; /* what is left to read */
done:
    pl_free(text);
    return status;
}

/* The header's promise against the bytes that are there, before memory is asked for. */
static pl_status check_size(pl_ctx *ctx, const pl_npy_header *h, size_t have) {
    if (h->bytes > have)
        return pl_fail(ctx, PL_EINPUT,
                       "is cut short: the header promises %zu elements of '%s' = %zu bytes, "
                       "the file holds %zu",
                       h->count, h->descr, h->bytes, have);
    if (h->bytes < have)
        return pl_fail(ctx, PL_EINPUT,
                       "holds %zu bytes beyond the %zu of its array; save the array again",
                       have - h->bytes, h->bytes);
    return PL_OK;
}

static pl_status read_elements(pl_ctx *ctx, pl_reader *r, const pl_npy_header *h, pl_array *a) {
    pl_status status = PL_OK;
    unsigned char *raw = NULL;
    void *wide = NULL;
    const size_t size = pl_dtype_size(h->dtype), most = CHUNK / h->itemsize;
    walk w = walk_start(h);
    if (is_plain(h) && !h->fortran)
        return r->read(ctx, r->state, a->data, h->bytes);
    PL_NEW(ctx, raw, CHUNK);
    wide = pl_alloc(ctx, most, size);
    if (!wide) {
        status = PL_ENOMEM;
        goto done;
    }
    for (size_t first = 0; first < h->count; first += most) {
        size_t n = h->count - first < most ? h->count - first : most;
        char *data = a->data;
        PL_TRY(r->read(ctx, r->state, raw, n * h->itemsize));
        PL_TRY(widen(ctx, h, raw, first, n, wide));
        if (!h->fortran)
            memcpy(data + first * size, wide, n * size);
        else
            for (size_t i = 0; i < n; i++, walk_step(&w))
                memcpy(data + w.place * size, (const char *)wide + i * size, size);
    }
done:
    pl_free(wide);
    pl_free(raw);
    return status;
}

pl_status pl_npy_decode(pl_ctx *ctx, pl_reader reader, pl_array *out) {
    pl_status status;
    pl_npy_header h;
    pl_array a = {0};
    PL_TRY(read_header(ctx, &reader, &h));
    PL_TRY(check_size(ctx, &h, reader.size));
    PL_TRY(pl_array_new(ctx, h.dtype, h.dims, h.shape, &a));
    PL_TRY(read_elements(ctx, &reader, &h, &a));
    *out = a;
    a.data = NULL;
done:
    pl_array_free(&a);
    return status;
}

/* A source, front to back. */
typedef struct forward {
    const pl_source *source;
    size_t at;
} forward;

static pl_status read_forward(pl_ctx *ctx, void *state, void *to, size_t n) {
    forward *f = state;
    pl_status status = pl_source_read(ctx, f->source, f->at, to, n);
    f->at += n;
    return status;
}

pl_status pl_npy_parse(pl_ctx *ctx, const unsigned char *bytes, size_t n, pl_array *out) {
    pl_source source = pl_source_memory(bytes, n);
    forward f = {&source, 0};
    return pl_npy_decode(ctx, (pl_reader){read_forward, &f, n}, out);
}

pl_status pl_npy_read(pl_ctx *ctx, const char *path, pl_array *out) {
    pl_source source;
    pl_status status = pl_source_open(ctx, path, &source);
    if (status)
        return status;
    forward f = {&source, 0};
    status = pl_npy_decode(ctx, (pl_reader){read_forward, &f, source.size}, out);
    if (status)
        pl_message_prefix(ctx, path);
    pl_source_close(&source);
    return status;
}

/* ---- writing ------------------------------------------------------------------------------ */

/* The header as numpy.lib.format spells it: a one-element tuple keeps its comma; blanks and a
 * newline end it at a multiple of 64 bytes. (NumPy leaves room for the first size to grow to 21
 * digits. With three dtypes and sizes that memory can hold, all of it lies in the blanks up to 128
 * bytes.) */
static void compose_header(const pl_array *a, pl_text *out) {
    static const char *const descr[] = {[PL_F32] = "<f4", [PL_F64] = "<f8", [PL_I64] = "<i8"};
    enum { PREFIX = 10, MULTIPLE = 64 };
    pl_text_printf(out, "{'descr': '%s', 'fortran_order': False, 'shape': (", descr[a->dtype]);
    for (int k = 0; k < a->dims; k++)
        pl_text_printf(out, k ? ", %zu" : "%zu", a->shape[k]);
    pl_text_add(out, a->dims == 1 ? ",), }" : "), }");
    size_t padding = MULTIPLE - (PREFIX + out->length + 1) % MULTIPLE;
    pl_text_printf(out, "%*s\n", (int)padding, "");
}

pl_status pl_npy_write(pl_ctx *ctx, const char *path, const pl_array *a) {
    pl_status status;
    pl_file *f = NULL;
    pl_text header = {0};
    compose_header(a, &header);
    PL_TRY(pl_text_status(ctx, &header));
    const unsigned char version_and_length[4] = {1, 0, (unsigned char)(header.length & 255),
                                                 (unsigned char)(header.length >> 8)};
    PL_TRY(pl_file_begin(ctx, path, &f));
    PL_TRY(pl_file_write(ctx, f, MAGIC, sizeof MAGIC));
    PL_TRY(pl_file_write(ctx, f, version_and_length, sizeof version_and_length));
    PL_TRY(pl_file_write(ctx, f, pl_text_get(&header), header.length));
    PL_TRY(pl_file_write(ctx, f, a->data, a->count * pl_dtype_size(a->dtype)));
    status = pl_file_commit(ctx, f);
    f = NULL;
done:
    pl_file_abandon(f);
    pl_text_free(&header);
    return status;
}
