#include "spectral/dense.h"

#include <cblas.h>
#include <lapacke.h>
#include <math.h>
#include <string.h>

#include "math/eigen.h"
#include "math/random.h"
#include "math/subspace.h"

pl_status dense_new(pl_ctx *ctx, size_t rows, size_t cols, pl_mat *out) {
    size_t room;
    if (!pl_size_mul(rows, cols, &room))
        return pl_fail(ctx, PL_ENOMEM, "a matrix of %zu x %zu overflows", rows, cols);
    double *a = pl_alloc(ctx, room, sizeof *a);
    if (!a)
        return PL_ENOMEM;
    *out = (pl_mat){a, rows, cols, cols};
    return PL_OK;
}

pl_status dense_copy(pl_ctx *ctx, pl_cmat a, pl_mat *out) {
    pl_status status = dense_new(ctx, a.rows, a.cols, out);
    for (size_t i = 0; status == PL_OK && i < a.rows; i++)
        memcpy(out->a + i * out->ld, a.a + i * a.ld, a.cols * sizeof *a.a);
    return status;
}

void dense_free(pl_mat *a) {
    pl_free(a->a);
    *a = (pl_mat){0};
}

void dense_times(double alpha, pl_cmat a, bool ta, pl_cmat b, bool tb, double beta, pl_mat out) {
    size_t inner = ta ? a.rows : a.cols;
    if (out.rows == 0 || out.cols == 0)
        return;
    cblas_dgemm(CblasRowMajor, ta ? CblasTrans : CblasNoTrans, tb ? CblasTrans : CblasNoTrans,
                (int)out.rows, (int)out.cols, (int)inner, alpha, a.a, (int)(a.ld ? a.ld : 1), b.a,
                (int)(b.ld ? b.ld : 1), beta, out.a, (int)out.ld);
}

double dense_inner(pl_cmat a, pl_cmat b) {
    double sum = 0;
    for (size_t i = 0; i < a.rows; i++) {
        double row = 0;
        for (size_t j = 0; j < a.cols; j++)
            row += a.a[i * a.ld + j] * b.a[i * b.ld + j];
        sum += row;
    }
    return sum;
}

double dense_square(pl_cmat a) {
    return dense_inner(a, a);
}

double dense_trace(pl_cmat a) {
    double sum = 0;
    for (size_t i = 0; i < a.rows && i < a.cols; i++)
        sum += a.a[i * a.ld + i];
    return sum;
}

void dense_centre(pl_mat a) {
    for (size_t j = 0; j < a.cols; j++) {
        double mean = 0;
        for (size_t i = 0; i < a.rows; i++)
            mean += a.a[i * a.ld + j];
        mean /= (double)a.rows;
        for (size_t i = 0; i < a.rows; i++)
            a.a[i * a.ld + j] -= mean;
    }
}

void dense_centre_both(pl_mat a) {
    dense_centre(a);
    for (size_t i = 0; i < a.rows; i++) {
        double mean = 0;
        for (size_t j = 0; j < a.cols; j++)
            mean += a.a[i * a.ld + j];
        mean /= (double)a.cols;
        for (size_t j = 0; j < a.cols; j++)
            a.a[i * a.ld + j] -= mean;
    }
}

pl_cmat dense_columns(pl_mat a, size_t k) {
    return (pl_cmat){a.a, a.rows, k < a.cols ? k : a.cols, a.ld};
}

void dense_scale_column(pl_mat a, size_t j, double s) {
    for (size_t i = 0; i < a.rows; i++)
        a.a[i * a.ld + j] *= s;
}

pl_status dense_eigen(pl_ctx *ctx, pl_cmat a, bool ascending, double *values, pl_mat vectors) {
    pl_status status;
    pl_mat copy = {0};
    double *found = NULL;
    size_t n = a.rows;
    PL_TRY(dense_copy(ctx, a, &copy));
    PL_NEW(ctx, found, n);
    PL_TRY(vectors.a ? pl_eigen_symmetric_vectors(ctx, copy, found)
                     : pl_eigen_symmetric(ctx, copy, found));
    for (size_t k = 0; k < n; k++) {
        size_t from = ascending ? n - 1 - k : k; /* descending, vectors as rows */
        values[k] = found[from];
        for (size_t i = 0; vectors.a && i < n; i++)
            vectors.a[i * vectors.ld + k] = copy.a[from * n + i];
    }
done:
    dense_free(&copy);
    pl_free(found);
    return status;
}

pl_status dense_singular_values(pl_ctx *ctx, pl_cmat a, double *values) {
    pl_mat copy = {0};
    pl_status status = dense_copy(ctx, a, &copy);
    if (status == PL_OK)
        status = pl_svd_values(ctx, copy, values);
    dense_free(&copy);
    return status;
}

pl_status dense_svd(pl_ctx *ctx, pl_cmat a, pl_mat u, double *s, pl_mat v) {
    pl_status status;
    pl_mat copy = {0}, vt = {0}, left = {0};
    size_t r = a.rows < a.cols ? a.rows : a.cols;
    PL_TRY(dense_copy(ctx, a, &copy));
    PL_TRY(dense_new(ctx, r, a.cols, &vt));
    PL_TRY(dense_new(ctx, a.rows, r, &left));
    PL_TRY(pl_svd(ctx, copy, left, s, vt));
    for (size_t i = 0; i < a.rows; i++)
        memcpy(u.a + i * u.ld, left.a + i * r, r * sizeof *u.a);
    for (size_t i = 0; i < a.cols; i++)
        for (size_t k = 0; k < r; k++)
            v.a[i * v.ld + k] = vt.a[k * vt.ld + i];
done:
    dense_free(&copy);
    dense_free(&vt);
    dense_free(&left);
    return status;
}

pl_status dense_rank(pl_ctx *ctx, pl_cmat a, double tol, size_t *rank) {
    pl_status status = PL_OK;
    double *s = NULL;
    size_t r = a.rows < a.cols ? a.rows : a.cols;
    PL_NEW(ctx, s, r + 1);
    if (r)
        PL_TRY(dense_singular_values(ctx, a, s));
    *rank = 0;
    while (*rank < r && s[*rank] > 0 && s[*rank] > tol * s[0])
        ++*rank;
done:
    pl_free(s);
    return status;
}

pl_status dense_solve(pl_ctx *ctx, pl_cmat a, pl_mat b) {
    pl_mat copy = {0};
    pl_status status = dense_copy(ctx, a, &copy);
    if (status == PL_OK &&
        LAPACKE_dposv(LAPACK_ROW_MAJOR, 'L', (lapack_int)a.rows, (lapack_int)b.cols, copy.a,
                      (lapack_int)copy.ld, b.a, (lapack_int)b.ld) != 0)
        status = pl_fail(ctx, PL_EDOMAIN, "a matrix that must be inverted is singular");
    dense_free(&copy);
    return status;
}

pl_status dense_normals(pl_ctx *ctx, size_t rows, size_t cols, uint64_t seed, uint64_t stream,
                        pl_mat *out) {
    pl_status status = dense_new(ctx, rows, cols, out);
    if (status == PL_OK)
        pl_stream_normals((pl_stream){seed, stream, 0}, 0, rows * cols, out->a);
    return status;
}

pl_status dense_rotation(pl_ctx *ctx, size_t k, uint64_t seed, pl_mat *out) {
    pl_status status;
    pl_mat normals = {0}, q = {0};
    size_t rank;
    PL_TRY(dense_normals(ctx, k, k, seed, 77, &normals));
    PL_TRY(dense_new(ctx, k, k, &q));
    PL_TRY(pl_orthonormal(ctx, pl_const(normals), -1, q, &rank));
    *out = q;
    q = (pl_mat){0};
done:
    dense_free(&normals);
    dense_free(&q);
    return status;
}
