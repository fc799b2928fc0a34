#include "math/eigen.h"

#include <lapacke.h>
#include <math.h>
#include <omp.h>
#include <string.h>

/* LAPACK counts in int: 2 n^2, the workspace for vectors, must fit. */
enum { LARGEST = 32000 };

static pl_status check(pl_ctx *ctx, const char *what, pl_mat a) {
    if (a.rows == 0 || a.cols == 0 || a.rows > LARGEST || a.cols > LARGEST || a.ld > INT32_MAX)
        return pl_fail(ctx, PL_ESHAPE,
                       "%s of a %zu x %zu matrix, expected 1 to %d rows and "
                       "columns",
                       what, a.rows, a.cols, LARGEST);
    for (size_t i = 0; i < a.rows; i++)
        for (size_t j = 0; j < a.cols; j++)
            if (!isfinite(a.a[i * a.ld + j]))
                return pl_fail(ctx, PL_EDOMAIN,
                               "%s: element (%zu, %zu) is %g, expected a finite "
                               "number",
                               what, i, j, a.a[i * a.ld + j]);
    return PL_OK;
}

static pl_status check_info(pl_ctx *ctx, const char *routine, lapack_int info) {
    if (info == 0)
        return PL_OK;
    if (info > 0)
        return pl_fail(ctx, PL_ENOCONV,
                       "%s did not converge (info %d); is the matrix badly scaled?", routine,
                       (int)info);
    return pl_fail(ctx, PL_EBUG, "%s rejects its argument %d", routine, (int)-info);
}

/* A row-major symmetric matrix is its column-major self: its upper triangle is LAPACK's lower one,
 * and LAPACK's eigenvector columns are our rows. */
static pl_status symmetric(pl_ctx *ctx, char job, pl_mat a, double *values) {
    pl_status status = PL_OK;
    double *work = NULL, *found = NULL, size;
    lapack_int *iwork = NULL, n = (lapack_int)a.rows, ld = (lapack_int)a.ld, isize, info;
    if (a.rows != a.cols)
        return pl_fail(ctx, PL_ESHAPE, "eigenvalues of a %zu x %zu matrix, expected a square one",
                       a.rows, a.cols);
    PL_TRY(check(ctx, "eigenvalues", a));
    PL_NEW(ctx, found, a.rows);
    info =
        LAPACKE_dsyevd_work(LAPACK_COL_MAJOR, job, 'L', n, a.a, ld, found, &size, -1, &isize, -1);
    PL_TRY(check_info(ctx, "dsyevd", info));
    PL_NEW(ctx, work, (size_t)size);
    PL_NEW(ctx, iwork, (size_t)isize);
    info = LAPACKE_dsyevd_work(LAPACK_COL_MAJOR, job, 'L', n, a.a, ld, found, work,
                               (lapack_int)size, iwork, isize);
    PL_TRY(check_info(ctx, "dsyevd", info));
    for (size_t i = 0; i < a.rows; i++) /* LAPACK's are ascending */
        values[i] = found[a.rows - 1 - i];
done:
    pl_free(work);
    pl_free(iwork);
    pl_free(found);
    return status;
}

static void reverse_rows(pl_mat a) {
    for (size_t i = 0; i < a.rows / 2; i++)
        for (size_t j = 0; j < a.cols; j++) {
            double *p = a.a + i * a.ld + j, *q = a.a + (a.rows - 1 - i) * a.ld + j, held = *p;
            *p = *q;
            *q = held;
        }
}

/* Row-major a is LAPACK's a' = v diag(values) u', whose factors, column-major, are our vt and u. */
static pl_status singular(pl_ctx *ctx, char job, pl_mat a, pl_mat u, double *values, pl_mat vt) {
    pl_status status = PL_OK;
    double *work = NULL, *found = NULL, size;
    lapack_int *iwork = NULL, info;
    lapack_int rows = (lapack_int)a.cols, cols = (lapack_int)a.rows, ld = (lapack_int)a.ld;
    lapack_int u_ld = (lapack_int)(u.a ? u.ld : 1), vt_ld = (lapack_int)(vt.a ? vt.ld : 1);
    size_t rank = a.rows < a.cols ? a.rows : a.cols;
    PL_TRY(check(ctx, "singular values", a));
    PL_NEW(ctx, found, rank);
    PL_NEW(ctx, iwork, 8 * rank);
    info = LAPACKE_dgesdd_work(LAPACK_COL_MAJOR, job, rows, cols, a.a, ld, found, vt.a, vt_ld, u.a,
                               u_ld, &size, -1, iwork);
    PL_TRY(check_info(ctx, "dgesdd", info));
    PL_NEW(ctx, work, (size_t)size);
    info = LAPACKE_dgesdd_work(LAPACK_COL_MAJOR, job, rows, cols, a.a, ld, found, vt.a, vt_ld, u.a,
                               u_ld, work, (lapack_int)size, iwork);
    PL_TRY(check_info(ctx, "dgesdd", info));
    memcpy(values, found, rank * sizeof *values);
done:
    pl_free(work);
    pl_free(iwork);
    pl_free(found);
    return status;
}

/* OpenBLAS takes as many threads as OpenMP would, and its threaded symv sums in their order. */
static int alone(void) {
    int threads = omp_get_max_threads();
    omp_set_num_threads(1);
    return threads;
}

pl_status pl_eigen_symmetric(pl_ctx *ctx, pl_mat a, double *values) {
    int threads = alone();
    pl_status status = symmetric(ctx, 'N', a, values);
    omp_set_num_threads(threads);
    return status;
}

pl_status pl_eigen_symmetric_vectors(pl_ctx *ctx, pl_mat a, double *values) {
    int threads = alone();
    pl_status status = symmetric(ctx, 'V', a, values);
    omp_set_num_threads(threads);
    if (status == PL_OK)
        reverse_rows(a);
    return status;
}

pl_status pl_svd_values(pl_ctx *ctx, pl_mat a, double *values) {
    int threads = alone();
    pl_status status = singular(ctx, 'N', a, (pl_mat){0}, values, (pl_mat){0});
    omp_set_num_threads(threads);
    return status;
}

pl_status pl_svd(pl_ctx *ctx, pl_mat a, pl_mat u, double *values, pl_mat vt) {
    size_t rank = a.rows < a.cols ? a.rows : a.cols;
    if (u.rows != a.rows || u.cols != rank || vt.rows != rank || vt.cols != a.cols)
        return pl_fail(ctx, PL_ESHAPE,
                       "factors %zu x %zu and %zu x %zu of a %zu x %zu matrix, "
                       "expected %zu x %zu and %zu x %zu",
                       u.rows, u.cols, vt.rows, vt.cols, a.rows, a.cols, a.rows, rank, rank,
                       a.cols);
    int threads = alone();
    pl_status status = singular(ctx, 'S', a, u, values, vt);
    omp_set_num_threads(threads);
    return status;
}
