#ifndef PL_BASE_SAFETENSORS_H
#define PL_BASE_SAFETENSORS_H
/* Named arrays in one file: eight bytes of header length, a JSON header, the arrays end to end.
 * Source: the safetensors format (huggingface/safetensors), as PyTorch's loader reads it.
 *
 * primary    pl_safetensors_write, pl_safetensors_read, pl_tensors_find, pl_tensors_free
 * secondary  pl_tensors_note
 * tertiary   pl_safetensors_parse (tests, fuzzing) */

#include "base/array.h"

/* An array of the file; names and data are borrowed, also in a pl_tensors. */
typedef struct pl_tensor {
    const char *name;
    const char *dtype; /* "F32", "F64", "I64", ...: of the format's list */
    int dims;          /* 0: one number */
    size_t shape[PL_MAX_DIMS];
    size_t bytes;
    const unsigned char *data; /* little-endian, C order, perhaps not aligned */
} pl_tensor;

/* A remark about the file: the header's __metadata__. */
typedef struct pl_tensor_note {
    const char *key, *text;
} pl_tensor_note;

typedef struct pl_tensors {
    pl_tensor *tensor; /* by position in the file */
    size_t count;
    pl_tensor_note *note;
    size_t notes;
    void *header;         /* owned: the parsed header, which holds the names */
    unsigned char *bytes; /* owned when the file was read */
} pl_tensors;

/** A tensor over numbers in memory; the shape is copied. */
pl_tensor pl_tensor_of(const char *name, pl_dtype dtype, int dims, const size_t *shape,
                       const void *data);

/** Writes a file, whole or not at all (base/file.h).
 *  Given     tensors  n with different names, none "__metadata__"
 *            notes    n_notes
 *  Status    PL_EIO | PL_ENOMEM | PL_EBUG two tensors have one name */
pl_status pl_safetensors_write(pl_ctx *ctx, const char *path, const pl_tensor *tensors, size_t n,
                               const pl_tensor_note *notes, size_t n_notes);

/** Reads a file.
 *  Returned  *out   free with pl_tensors_free; the data are views of the file's bytes
 *  Status    PL_EINPUT not such a file, damaged, cut off (the byte offset is said) | PL_EIO |
 *            PL_ENOMEM. Every message begins with the path
 *  Cost      the file's bytes once; every size is checked against them */
pl_status pl_safetensors_read(pl_ctx *ctx, const char *path, pl_tensors *out);

/** The same from n bytes in memory, which are borrowed. */
pl_status pl_safetensors_parse(pl_ctx *ctx, const unsigned char *bytes, size_t n, pl_tensors *out);
void pl_tensors_free(pl_tensors *t); /* an all-zero one is fine; leaves it all-zero */

/** The tensor of that name; NULL when there is none. */
const pl_tensor *pl_tensors_find(const pl_tensors *t, const char *name);
/** The remark of that key; NULL when there is none. */
const char *pl_tensors_note(const pl_tensors *t, const char *key);

#endif
