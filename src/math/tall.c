#include "math/tall.h"

#include <cblas.h>
#include <omp.h>
#include <string.h>

enum { BLOCK = 4096, PARALLEL_WORK = 1 << 18 };

static size_t blocks_of(size_t n) {
    return (n + BLOCK - 1) / BLOCK;
}

static size_t block_rows(size_t n, size_t b) {
    return n - b * BLOCK < BLOCK ? n - b * BLOCK : BLOCK;
}

pl_status pl_tall_gram(pl_ctx *ctx, pl_cmat a, pl_cmat b, pl_mat out) {
    pl_status status = PL_OK;
    double *part = NULL;
    size_t n = a.rows, k = a.cols, l = b.cols, blocks = blocks_of(n), size, room;
    if (b.rows != n || out.rows != k || out.cols != l)
        return pl_fail(ctx, PL_ESHAPE, "a' b of %zu x %zu and %zu x %zu into %zu x %zu", n, k,
                       b.rows, l, out.rows, out.cols);
    if (!pl_size_mul(k, l, &size) || !pl_size_mul(size, blocks, &room))
        return pl_fail(ctx, PL_ENOMEM, "a Gram matrix of %zu x %zu overflows", k, l);
    PL_NEW(ctx, part, room);
#pragma omp parallel num_threads(pl_threads(ctx)) if (n * size > PARALLEL_WORK)
    {
        omp_set_num_threads(
            1); /* of this region's tasks: BLAS inside is serial in a team of one too */
#pragma omp for schedule(static)
        for (size_t t = 0; t < blocks; t++)
            cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)k, (int)l,
                        (int)block_rows(n, t), 1, a.a + t * BLOCK * a.ld, (int)a.ld,
                        b.a + t * BLOCK * b.ld, (int)b.ld, 0, part + t * size, (int)l);
    }
    for (size_t i = 0; i < k; i++)
        for (size_t j = 0; j < l; j++) {
            double sum = 0;
            for (size_t t = 0; t < blocks; t++)
                sum += part[t * size + i * l + j];
            out.a[i * out.ld + j] = sum;
        }
done:
    pl_free(part);
    return status;
}

pl_status pl_tall_times(pl_ctx *ctx, double alpha, pl_cmat a, pl_cmat s, double beta, pl_mat out) {
    size_t n = a.rows, blocks = blocks_of(n);
    if (s.rows != a.cols || out.rows != n || out.cols != s.cols)
        return pl_fail(ctx, PL_ESHAPE, "a s of %zu x %zu and %zu x %zu into %zu x %zu", n, a.cols,
                       s.rows, s.cols, out.rows, out.cols);
#pragma omp parallel num_threads(pl_threads(ctx)) if (n * s.rows * s.cols > PARALLEL_WORK)
    {
        omp_set_num_threads(1);
#pragma omp for schedule(static)
        for (size_t t = 0; t < blocks; t++)
            cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)block_rows(n, t),
                        (int)s.cols, (int)s.rows, alpha, a.a + t * BLOCK * a.ld, (int)a.ld, s.a,
                        (int)s.ld, beta, out.a + t * BLOCK * out.ld, (int)out.ld);
    }
    return PL_OK;
}
