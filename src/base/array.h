#ifndef PL_BASE_ARRAY_H
#define PL_BASE_ARRAY_H
/* Arrays as files hold them, and the two matrix views that the numerical layers pass by value. */

#include "base/ctx.h"

/* Row-major views, passed by value: element (i, j) is a[i*ld + j], ld >= cols. */
typedef struct {
    double *a;
    size_t rows, cols, ld;
} pl_mat;

typedef struct {
    const double *a;
    size_t rows, cols, ld;
} pl_cmat;

static inline pl_cmat pl_const(pl_mat m) {
    return (pl_cmat){m.a, m.rows, m.cols, m.ld};
}

/* What an array holds in memory, whatever the file held: f2 is widened to f4, every integer type
 * to int64; always C order, native bytes. */
typedef enum { PL_F32, PL_F64, PL_I64 } pl_dtype;

enum { PL_MAX_DIMS = 8 };

typedef struct pl_array {
    pl_dtype dtype;
    int dims;
    size_t shape[PL_MAX_DIMS];
    size_t count; /* product of the shape */
    void *data;   /* owned: pl_array_free */
} pl_array;

/** An array of zeros. Status PL_ESHAPE when the product of sizes overflows | PL_ENOMEM */
pl_status pl_array_new(pl_ctx *ctx, pl_dtype dtype, int dims, const size_t *shape, pl_array *out);
void pl_array_free(pl_array *a); /* an all-zero array is fine; leaves it all-zero */
size_t pl_dtype_size(pl_dtype dtype);

/** Element i as a double (int64 is converted). */
double pl_array_at(const pl_array *a, size_t i);

/** Copies `n` consecutive elements from `first` on, converted to double. */
void pl_array_doubles(const pl_array *a, size_t first, size_t n, double *out);

#endif
