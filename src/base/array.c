#include "base/array.h"

#include <string.h>

size_t pl_dtype_size(pl_dtype dtype) {
    return dtype == PL_F32 ? 4 : 8;
}

pl_status pl_array_new(pl_ctx *ctx, pl_dtype dtype, int dims, const size_t *shape, pl_array *out) {
    if (dims < 0 || dims > PL_MAX_DIMS)
        return pl_fail(ctx, PL_ESHAPE, "an array of %d dimensions; at most %d are supported", dims,
                       PL_MAX_DIMS);
    pl_array a = {.dtype = dtype, .dims = dims, .count = 1};
    size_t whole = 1; /* without the zeros, so that callers may multiply sizes of an empty array */
    for (int k = 0; k < dims; k++) {
        a.shape[k] = shape[k];
        if (!pl_size_mul(whole, shape[k] ? shape[k] : 1, &whole))
            return pl_fail(ctx, PL_ESHAPE, "the product of the array's sizes overflows");
        a.count *= shape[k];
    }
    a.data = pl_alloc(ctx, a.count, pl_dtype_size(dtype));
    if (!a.data)
        return PL_ENOMEM;
    *out = a;
    return PL_OK;
}

void pl_array_free(pl_array *a) {
    pl_free(a->data);
    memset(a, 0, sizeof *a);
}

double pl_array_at(const pl_array *a, size_t i) {
    switch (a->dtype) {
    case PL_F32:
        return (double)((const float *)a->data)[i];
    case PL_F64:
        return ((const double *)a->data)[i];
    case PL_I64:
        break;
    }
    return (double)((const int64_t *)a->data)[i];
}

void pl_array_doubles(const pl_array *a, size_t first, size_t n, double *out) {
    if (a->dtype == PL_F64)
        memcpy(out, (const double *)a->data + first, n * sizeof *out);
    else if (a->dtype == PL_F32)
        for (size_t i = 0; i < n; i++)
            out[i] = (double)((const float *)a->data)[first + i];
    else
        for (size_t i = 0; i < n; i++)
            out[i] = pl_array_at(a, first + i);
}
