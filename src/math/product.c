#include "math/product.h"

#include <cblas.h>
#include <limits.h>
#include <omp.h>

enum { BLOCK = 64 };

pl_status pl_product(pl_ctx *ctx, double scale, pl_cmat a, bool a_transposed, pl_cmat b,
                     bool b_transposed, double keep, pl_mat out) {
    size_t rows = a_transposed ? a.cols : a.rows, inner = a_transposed ? a.rows : a.cols;
    size_t cols = b_transposed ? b.rows : b.cols, b_inner = b_transposed ? b.cols : b.rows;
    const size_t sizes[] = {rows, cols, inner, a.ld, b.ld, out.ld};
    if (inner != b_inner || rows != out.rows || cols != out.cols)
        return pl_fail(ctx, PL_ESHAPE,
                       "a product of %zu x %zu and %zu x %zu does not fit %zu x %zu", rows, inner,
                       b_inner, cols, out.rows, out.cols);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        if (sizes[i] > INT_MAX)
            return pl_fail(ctx, PL_ESHAPE, "a product with a side of %zu, at most %d", sizes[i],
                           INT_MAX);
    CBLAS_TRANSPOSE ta = a_transposed ? CblasTrans : CblasNoTrans;
    CBLAS_TRANSPOSE tb = b_transposed ? CblasTrans : CblasNoTrans;
#pragma omp parallel num_threads(pl_threads(ctx))
    {
        omp_set_num_threads(1); /* of this region's tasks only: BLAS inside it is serial */
#pragma omp for schedule(static)
        for (size_t first = 0; first < rows; first += BLOCK) {
            size_t n = rows - first < BLOCK ? rows - first : BLOCK;
            const double *part = a.a + first * (a_transposed ? 1 : a.ld);
            cblas_dgemm(CblasRowMajor, ta, tb, (int)n, (int)cols, (int)inner, scale, part,
                        (int)a.ld, b.a, (int)b.ld, keep, out.a + first * out.ld, (int)out.ld);
        }
    }
    return PL_OK;
}
