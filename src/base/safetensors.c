#include "base/safetensors.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

enum { LENGTH_BYTES = 8, MOST_HEADER = 100 << 20, ALIGNMENT = 8 };

static const char metadata[] = "__metadata__";

static const struct {
    const char *name;
    size_t size;
} dtypes[] = {{"F32", 4}, {"F64", 8},  {"I64", 8}, {"F16", 2}, {"BF16", 2}, {"I32", 4}, {"U8", 1},
              {"I8", 1},  {"BOOL", 1}, {"I16", 2}, {"U16", 2}, {"U32", 4},  {"U64", 8}};

enum { DTYPES = sizeof dtypes / sizeof *dtypes };

pl_tensor pl_tensor_of(const char *name, pl_dtype dtype, int dims, const size_t *shape,
                       const void *data) {
    static const size_t row[] = {[PL_F32] = 0, [PL_F64] = 1, [PL_I64] = 2};
    pl_tensor t = {.name = name,
                   .dtype = dtypes[row[dtype]].name,
                   .dims = dims,
                   .bytes = pl_dtype_size(dtype),
                   .data = data};
    for (int i = 0; i < dims; i++) {
        t.shape[i] = shape[i];
        t.bytes *= shape[i];
    }
    return t;
}

/* ---- writing ------------------------------------------------------------------------------ */

static json_t *tensor_json(const pl_tensor *t, size_t begin) {
    json_t *shape = json_array();
    for (int i = 0; i < t->dims; i++)
        json_array_append_new(shape, json_integer((json_int_t)t->shape[i]));
    return json_pack("{s:s, s:o, s:[I, I]}", "dtype", t->dtype, "shape", shape, "data_offsets",
                     (json_int_t)begin, (json_int_t)(begin + t->bytes));
}

/* The header's text, NULL when memory runs out; free() it. *unique: no name stands twice. */
static char *header_text(const pl_tensor *tensors, size_t n, const pl_tensor_note *notes,
                         size_t n_notes, bool *unique) {
    json_t *header = json_object(), *remarks = json_object();
    size_t begin = 0;
    int failed = 0;
    *unique = true;
    for (size_t i = 0; i < n_notes; i++)
        failed |= json_object_set_new(remarks, notes[i].key, json_string(notes[i].text));
    failed |= json_object_set_new(header, metadata, remarks);
    for (size_t i = 0; i < n; i++) {
        *unique = *unique && !json_object_get(header, tensors[i].name);
        failed |= json_object_set_new(header, tensors[i].name, tensor_json(&tensors[i], begin));
        begin += tensors[i].bytes;
    }
    char *text = failed ? NULL : json_dumps(header, JSON_COMPACT);
    json_decref(header);
    return text;
}

pl_status pl_safetensors_write(pl_ctx *ctx, const char *path, const pl_tensor *tensors, size_t n,
                               const pl_tensor_note *notes, size_t n_notes) {
    static const char spaces[ALIGNMENT + 1] = "        ";
    pl_status status;
    pl_file *f = NULL;
    bool unique;
    char *text = header_text(tensors, n, notes, n_notes, &unique);
    if (!text)
        return pl_fail(ctx, PL_ENOMEM, "%s: out of memory while its header is written", path);
    if (!unique) {
        free(text);
        return pl_fail(ctx, PL_EBUG, "%s: two tensors have one name", path);
    }
    size_t length = strlen(text), padding = (ALIGNMENT - length % ALIGNMENT) % ALIGNMENT;
    unsigned char prefix[LENGTH_BYTES];
    for (int i = 0; i < LENGTH_BYTES; i++)
        prefix[i] = (unsigned char)((length + padding) >> 8 * i);
    PL_TRY(pl_file_begin(ctx, path, &f));
    PL_TRY(pl_file_write(ctx, f, prefix, sizeof prefix));
    PL_TRY(pl_file_write(ctx, f, text, length));
    PL_TRY(pl_file_write(ctx, f, spaces, padding));
    for (size_t i = 0; i < n; i++)
        PL_TRY(pl_file_write(ctx, f, tensors[i].data, tensors[i].bytes));
    pl_file *complete = f;
    f = NULL;
    PL_TRY(pl_file_commit(ctx, complete));
done:
    pl_file_abandon(f);
    free(text);
    return status;
}

/* ---- reading ------------------------------------------------------------------------------ */

/* A size or offset: a whole number that is not negative. */
static bool take_size(const json_t *v, size_t *out) {
    if (!json_is_integer(v) || json_integer_value(v) < 0)
        return false;
    *out = (size_t)json_integer_value(v);
    return true;
}

static pl_status damaged(pl_ctx *ctx, const char *name, const char *what) {
    return pl_fail(ctx, PL_EINPUT, "tensor '%s' %s; the file is damaged", name, what);
}

/* One entry of the header; data_bytes follow it, from `data` on. */
static pl_status take_tensor(pl_ctx *ctx, const char *name, const json_t *entry,
                             const unsigned char *data, size_t data_bytes, pl_tensor *out) {
    pl_tensor t = {.name = name};
    const char *dtype = json_string_value(json_object_get(entry, "dtype"));
    const json_t *shape = json_object_get(entry, "shape");
    const json_t *offsets = json_object_get(entry, "data_offsets");
    size_t begin, end, bytes = 0;
    for (size_t i = 0; dtype && i < DTYPES; i++)
        if (strcmp(dtype, dtypes[i].name) == 0) {
            t.dtype = dtypes[i].name;
            bytes = dtypes[i].size;
        }
    if (!t.dtype)
        return damaged(ctx, name, "has no known dtype");
    if (!json_is_array(shape) || json_array_size(shape) > PL_MAX_DIMS)
        return damaged(ctx, name, "has no shape of at most 8 dimensions");
    t.dims = (int)json_array_size(shape);
    for (int i = 0; i < t.dims; i++)
        if (!take_size(json_array_get(shape, (size_t)i), &t.shape[i]) ||
            !pl_size_mul(bytes, t.shape[i], &bytes))
            return damaged(ctx, name, "has a shape that cannot be");
    if (json_array_size(offsets) != 2 || !take_size(json_array_get(offsets, 0), &begin) ||
        !take_size(json_array_get(offsets, 1), &end) || begin > end)
        return damaged(ctx, name, "has no data_offsets");
    if (end > data_bytes)
        return pl_fail(ctx, PL_EINPUT,
                       "tensor '%s' ends at byte %zu of the data, which have %zu; the file is cut "
                       "off",
                       name, end, data_bytes);
    if (end - begin != bytes)
        return pl_fail(ctx, PL_EINPUT,
                       "tensor '%s' has %zu bytes, its shape wants %zu; the file is damaged", name,
                       end - begin, bytes);
    t.bytes = bytes;
    t.data = data + begin;
    *out = t;
    return PL_OK;
}

static int by_position(const void *a, const void *b) {
    const pl_tensor *s = a, *t = b;
    if (s->data != t->data)
        return s->data < t->data ? -1 : 1;
    return s->bytes < t->bytes ? -1 : s->bytes > t->bytes;
}

/* Tensors lie end to end and fill the data: the format allows no hole. */
static pl_status check_cover(pl_ctx *ctx, const pl_tensors *t, const unsigned char *data,
                             size_t data_bytes) {
    const unsigned char *at = data;
    for (size_t i = 0; i < t->count; at += t->tensor[i++].bytes)
        if (t->tensor[i].data != at)
            return pl_fail(ctx, PL_EINPUT,
                           "tensor '%s' begins at byte %zu of the data, expected %zu; the file is "
                           "damaged",
                           t->tensor[i].name, (size_t)(t->tensor[i].data - data),
                           (size_t)(at - data));
    if (at != data + data_bytes)
        return pl_fail(ctx, PL_EINPUT,
                       "%zu bytes of data after the last tensor; the file is damaged",
                       data_bytes - (size_t)(at - data));
    return PL_OK;
}

static pl_status take_notes(pl_ctx *ctx, json_t *remarks, pl_tensors *t) {
    pl_status status = PL_OK;
    const char *key;
    json_t *text;
    PL_NEW(ctx, t->note, json_object_size(remarks) + 1);
    json_object_foreach(remarks, key, text) {
        if (!json_is_string(text)) {
            status =
                pl_fail(ctx, PL_EINPUT, "the remark '%s' is no text; the file is damaged", key);
            goto done;
        }
        t->note[t->notes++] = (pl_tensor_note){key, json_string_value(text)};
    }
done:
    return status;
}

pl_status pl_safetensors_parse(pl_ctx *ctx, const unsigned char *bytes, size_t n, pl_tensors *out) {
    pl_status status = PL_OK;
    pl_tensors t = {0};
    json_t *header = NULL, *entry;
    json_error_t error;
    const char *name;
    uint64_t length = 0;
    if (n < LENGTH_BYTES)
        return pl_fail(ctx, PL_EINPUT, "%zu bytes are no safetensors file", n);
    for (int i = 0; i < LENGTH_BYTES; i++)
        length |= (uint64_t)bytes[i] << 8 * i;
    if (length > MOST_HEADER || length > n - LENGTH_BYTES)
        return pl_fail(ctx, PL_EINPUT,
                       "byte 0 says that a header of %llu bytes follows, the file has %zu; it is "
                       "cut off, or no safetensors file",
                       (unsigned long long)length, n);
    header = json_loadb((const char *)bytes + LENGTH_BYTES, length, JSON_REJECT_DUPLICATES, &error);
    if (!json_is_object(header)) {
        status = pl_fail(ctx, PL_EINPUT, "the header is no JSON object at byte %d: %s",
                         LENGTH_BYTES + (header ? 0 : error.position),
                         header ? "another type" : error.text);
        goto done;
    }
    const unsigned char *data = bytes + LENGTH_BYTES + length;
    size_t data_bytes = n - LENGTH_BYTES - length;
    PL_NEW(ctx, t.tensor, json_object_size(header) + 1);
    PL_TRY(take_notes(ctx, json_object_get(header, metadata), &t));
    json_object_foreach(header, name, entry) {
        if (strcmp(name, metadata) != 0)
            PL_TRY(take_tensor(ctx, name, entry, data, data_bytes, &t.tensor[t.count++]));
    }
    qsort(t.tensor, t.count, sizeof *t.tensor, by_position);
    PL_TRY(check_cover(ctx, &t, data, data_bytes));
    t.header = header;
    header = NULL;
    *out = t;
    t = (pl_tensors){0};
done:
    json_decref(header);
    pl_tensors_free(&t);
    return status;
}

pl_status pl_safetensors_read(pl_ctx *ctx, const char *path, pl_tensors *out) {
    unsigned char *bytes = NULL;
    size_t n = 0;
    pl_tensors t = {0};
    pl_status status = pl_file_read(ctx, path, &bytes, &n);
    if (status)
        return status;
    status = pl_safetensors_parse(ctx, bytes, n, &t);
    if (status) {
        pl_message_prefix(ctx, path);
        pl_free(bytes);
        return status;
    }
    t.bytes = bytes;
    *out = t;
    return PL_OK;
}

void pl_tensors_free(pl_tensors *t) {
    json_decref(t->header);
    pl_free(t->tensor);
    pl_free(t->note);
    pl_free(t->bytes);
    memset(t, 0, sizeof *t);
}

const pl_tensor *pl_tensors_find(const pl_tensors *t, const char *name) {
    for (size_t i = 0; i < t->count; i++)
        if (strcmp(t->tensor[i].name, name) == 0)
            return &t->tensor[i];
    return NULL;
}

const char *pl_tensors_note(const pl_tensors *t, const char *key) {
    for (size_t i = 0; i < t->notes; i++)
        if (strcmp(t->note[i].key, key) == 0)
            return t->note[i].text;
    return NULL;
}
