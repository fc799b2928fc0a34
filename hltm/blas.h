#ifndef PL_HLTM_BLAS_H
#define PL_HLTM_BLAS_H
/* Products of many small matrices, in place and on one thread, so that the bits do not depend on
 * how many threads there are; pl_product is for single large ones. */

#include <cblas.h>
#include <omp.h>
#include <stdbool.h>
#include <stddef.h>

/* c = alpha A B + beta c, m x n over k, row-major; A = a or a^T, B = b or b^T. */
static inline void hltm_gemm(bool a_transposed, bool b_transposed, size_t m, size_t n, size_t k,
                             double alpha, const double *a, size_t lda, const double *b, size_t ldb,
                             double beta, double *c, size_t ldc) {
    int threads = omp_get_max_threads();
    omp_set_num_threads(1);
    cblas_dgemm(CblasRowMajor, a_transposed ? CblasTrans : CblasNoTrans,
                b_transposed ? CblasTrans : CblasNoTrans, (int)m, (int)n, (int)k, alpha, a,
                (int)lda, b, (int)ldb, beta, c, (int)ldc);
    omp_set_num_threads(threads);
}

/* The upper triangle of c = a^T a + beta c, n x n over k rows. */
static inline void hltm_gram(size_t n, size_t k, const double *a, size_t lda, double beta,
                             double *c) {
    int threads = omp_get_max_threads();
    omp_set_num_threads(1);
    cblas_dsyrk(CblasRowMajor, CblasUpper, CblasTrans, (int)n, (int)k, 1, a, (int)lda, beta, c,
                (int)n);
    omp_set_num_threads(threads);
}

#endif
