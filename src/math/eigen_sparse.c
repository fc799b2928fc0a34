/* ARPACK's implicitly restarted Lanczos method for an operator on a complement. */

#include <arpack/arpack.h>
#include <math.h>
#include <string.h>

#include "math/random.h"
#include "math/sparse.h"

/* x less its part in the columns of q. */
static void project(pl_cmat q, double *x) {
    for (size_t c = 0; c < q.cols; c++) {
        double inner = 0;
        for (size_t i = 0; i < q.rows; i++)
            inner += q.a[i * q.ld + c] * x[i];
        for (size_t i = 0; i < q.rows; i++)
            x[i] -= inner * q.a[i * q.ld + c];
    }
}

static double residual_of(const double *y, const double *u, double value, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (y[i] - value * u[i]) * (y[i] - value * u[i]);
    return sqrt(sum);
}

pl_status pl_eigen_lanczos(pl_ctx *ctx, const pl_operator *a, pl_cmat deflate, size_t k,
                           const pl_eigen_settings *settings, double *values, pl_mat vectors,
                           pl_eigen_report *out) {
    pl_status status = PL_OK;
    pl_eigen_settings set = settings ? *settings : (pl_eigen_settings){0};
    double tolerance = set.tolerance > 0 ? set.tolerance : 1e-10, *work = NULL, *z = NULL;
    a_int *select = NULL;
    size_t n = a->n, ncv = 2 * k + 1 < 64 ? (k + 48 < 64 ? k + 48 : 64) : 2 * k + 1, room;
    ncv = ncv < n ? ncv : n;
    if (k == 0 || k + deflate.cols > n || k >= n || ncv <= k || n > INT32_MAX)
        return pl_fail(ctx, PL_ESHAPE, "%zu eigenpairs of an operator of size %zu, %zu left out", k,
                       n, deflate.cols);
    size_t lworkl = ncv * (ncv + 8);
    if (!pl_size_mul(n, ncv + 4, &room))
        return pl_fail(ctx, PL_ENOMEM, "%zu Lanczos vectors overflow", ncv);
    PL_NEW(ctx, work, room + lworkl);
    PL_NEW(ctx, select, ncv);
    PL_NEW(ctx, z, n * (k + 1));
    double *v = work, *resid = v + n * ncv, *workd = resid + n, *workl = workd + 3 * n;
    a_int iparam[11] = {1, 0, (a_int)(set.iterations ? set.iterations : 3000), 1, 0, 0, 1};
    a_int ipntr[14] = {0}, ido = 0, info = 1;
    pl_eigen_report report = {0};
    pl_stream_normals((pl_stream){20220523, 1, 0}, 0, n, resid);
    project(deflate, resid);
    /* the smallest of A are the smallest algebraic; ARPACK's tolerance is relative to the value, so
     * that the operator is shifted: A - upper, whose wanted values are the largest in modulus */
    for (;;) {
        dsaupd_c(&ido, "I", (a_int)n, "SA", (a_int)k, tolerance, resid, (a_int)ncv, v, (a_int)n,
                 iparam, ipntr, workd, workl, (a_int)lworkl, &info);
        if (ido != 1 && ido != -1)
            break;
        double *x = workd + ipntr[0] - 1, *y = workd + ipntr[1] - 1;
        PL_TRY(a->apply(ctx, a->data, (pl_cmat){x, n, 1, 1}, (pl_mat){y, n, 1, 1}));
        for (size_t i = 0; i < n; i++)
            y[i] -= a->upper * x[i];
        project(deflate, y);
        report.products++;
    }
    if (info < 0) {
        status = pl_fail(ctx, PL_ENOCONV, "ARPACK stopped with error %d", (int)info);
        goto done;
    }
    a_int extracted = 0;
    memset(select, 0, ncv * sizeof *select);
    dseupd_c(true, "A", select, values, z, (a_int)n, 0, "I", (a_int)n, "SA", (a_int)k, tolerance,
             resid, (a_int)ncv, v, (a_int)n, iparam, ipntr, workd, workl, (a_int)lworkl,
             &extracted);
    if (extracted != 0 || (size_t)iparam[4] < k) {
        status =
            pl_fail(ctx, PL_ENOCONV,
                    "ARPACK found %d of %zu eigenpairs in %d restarts; ask for fewer, or for a "
                    "looser tolerance",
                    (int)iparam[4], k, (int)iparam[2]);
        goto done;
    }
    report.iterations = (size_t)iparam[2];
    for (size_t c = 0; c < k; c++) {
        double *u = z + c * n, *y = z + k * n;
        values[c] += a->upper;
        PL_TRY(a->apply(ctx, a->data, (pl_cmat){u, n, 1, 1}, (pl_mat){y, n, 1, 1}));
        report.residual = fmax(report.residual, residual_of(y, u, values[c], n));
        for (size_t i = 0; i < n; i++)
            vectors.a[i * vectors.ld + c] = u[i];
    }
    report.residual /= fmax(a->upper - a->lower, 1e-300);
    report.converged = info == 0;
    *out = report;
done:
    pl_free(work);
    pl_free(select);
    pl_free(z);
    return status;
}
