/* SLEPc's Krylov-Schur method through the same products, for -Dslepc=enabled. */

#include <math.h>

#include "math/sparse.h"

#ifndef PL_SLEPC

pl_status pl_eigen_slepc(pl_ctx *ctx, const pl_operator *a, pl_cmat deflate, size_t k,
                         const pl_eigen_settings *settings, double *values, pl_mat vectors,
                         pl_eigen_report *out) {
    (void)a, (void)deflate, (void)k, (void)settings, (void)values, (void)vectors, (void)out;
    return pl_fail(ctx, PL_EUSAGE,
                   "this build is without SLEPc: install libslepc-real-dev, then `meson configure "
                   "build -Dslepc=enabled` and build again");
}

#else

#include <slepceps.h>

typedef struct shell {
    pl_ctx *ctx;
    const pl_operator *a;
    size_t products;
    pl_status status; /* of the products */
} shell;

/* y = A x, one column. */
static PetscErrorCode multiply(Mat matrix, Vec x, Vec y) {
    shell *s;
    const PetscScalar *in;
    PetscScalar *out;
    PetscCall(MatShellGetContext(matrix, &s));
    PetscCall(VecGetArrayRead(x, &in));
    PetscCall(VecGetArray(y, &out));
    s->status =
        s->a->apply(s->ctx, s->a->data, (pl_cmat){in, s->a->n, 1, 1}, (pl_mat){out, s->a->n, 1, 1});
    s->products++;
    PetscCall(VecRestoreArrayRead(x, &in));
    PetscCall(VecRestoreArray(y, &out));
    return s->status ? PETSC_ERR_USER : 0;
}

/* What is left out, as SLEPc's vectors. */
static PetscErrorCode deflation(EPS eps, Mat matrix, pl_cmat q) {
    Vec *v;
    if (q.cols == 0)
        return 0;
    PetscCall(PetscMalloc1(q.cols, &v));
    for (size_t c = 0; c < q.cols; c++) {
        PetscScalar *at;
        PetscCall(MatCreateVecs(matrix, &v[c], NULL));
        PetscCall(VecGetArray(v[c], &at));
        for (size_t i = 0; i < q.rows; i++)
            at[i] = q.a[i * q.ld + c];
        PetscCall(VecRestoreArray(v[c], &at));
    }
    PetscCall(EPSSetDeflationSpace(eps, (PetscInt)q.cols, v));
    return VecDestroyVecs((PetscInt)q.cols, &v);
}

static PetscErrorCode solve(shell *s, pl_cmat deflate, size_t k, const pl_eigen_settings *settings,
                            double *values, pl_mat vectors, pl_eigen_report *out) {
    Mat matrix;
    EPS eps;
    Vec x;
    PetscInt n = (PetscInt)s->a->n, found, restarts;
    double width = s->a->upper - s->a->lower, tolerance = settings->tolerance;
    PetscCall(MatCreateShell(PETSC_COMM_SELF, n, n, n, n, s, &matrix));
    PetscCall(MatShellSetOperation(matrix, MATOP_MULT, (void (*)(void))multiply));
    PetscCall(EPSCreate(PETSC_COMM_SELF, &eps));
    PetscCall(EPSSetOperators(eps, matrix, NULL));
    PetscCall(EPSSetProblemType(eps, EPS_HEP));
    PetscCall(EPSSetType(eps, EPSKRYLOVSCHUR));
    PetscCall(EPSSetWhichEigenpairs(eps, EPS_SMALLEST_REAL));
    PetscCall(EPSSetDimensions(eps, (PetscInt)k, (PetscInt)(k + 48 < s->a->n ? k + 48 : s->a->n),
                               PETSC_DEFAULT));
    PetscCall(EPSSetConvergenceTest(eps, EPS_CONV_ABS));
    PetscCall(EPSSetTolerances(eps, tolerance * width, (PetscInt)settings->iterations));
    PetscCall(deflation(eps, matrix, deflate));
    PetscCall(EPSSolve(eps));
    PetscCall(EPSGetConverged(eps, &found));
    PetscCall(EPSGetIterationNumber(eps, &restarts));
    *out = (pl_eigen_report){.iterations = (size_t)restarts, .converged = found >= (PetscInt)k};
    PetscCall(MatCreateVecs(matrix, &x, NULL));
    for (size_t c = 0; c < k && (PetscInt)c < found; c++) {
        const PetscScalar *at;
        PetscReal residual;
        PetscCall(EPSGetEigenpair(eps, (PetscInt)c, &values[c], NULL, x, NULL));
        PetscCall(EPSComputeError(eps, (PetscInt)c, EPS_ERROR_ABSOLUTE, &residual));
        PetscCall(VecGetArrayRead(x, &at));
        for (size_t i = 0; i < s->a->n; i++)
            vectors.a[i * vectors.ld + c] = at[i];
        PetscCall(VecRestoreArrayRead(x, &at));
        out->residual = residual / width > out->residual ? residual / width : out->residual;
    }
    if (!out->converged)
        out->residual = (double)INFINITY;
    out->products = s->products;
    PetscCall(VecDestroy(&x));
    PetscCall(EPSDestroy(&eps));
    return MatDestroy(&matrix);
}

pl_status pl_eigen_slepc(pl_ctx *ctx, const pl_operator *a, pl_cmat deflate, size_t k,
                         const pl_eigen_settings *settings, double *values, pl_mat vectors,
                         pl_eigen_report *out) {
    pl_eigen_settings set = settings ? *settings : (pl_eigen_settings){0};
    shell s = {.ctx = ctx, .a = a};
    PetscBool running = PETSC_FALSE;
    const char *text = NULL;
    set.tolerance = set.tolerance > 0 ? set.tolerance : 1e-10;
    set.iterations = set.iterations ? set.iterations : 3000;
    if (k == 0 || k + deflate.cols >= a->n)
        return pl_fail(ctx, PL_ESHAPE, "%zu eigenpairs of an operator of size %zu, %zu left out", k,
                       a->n, deflate.cols);
    SlepcInitialized(&running);
    PetscErrorCode error = running ? 0 : SlepcInitializeNoArguments();
    if (!running && error == 0)
        PetscPopSignalHandler(); /* signals stay the program's */
    if (error == 0)
        PetscPushErrorHandler(PetscIgnoreErrorHandler, NULL); /* reports are ours */
    if (error == 0) {
        error = solve(&s, deflate, k, &set, values, vectors, out);
        PetscPopErrorHandler();
    }
    if (s.status)
        return s.status;
    if (error == 0)
        return PL_OK;
    PetscErrorMessage(error, &text, NULL);
    return pl_fail(ctx, error == PETSC_ERR_MEM ? PL_ENOMEM : PL_ENOCONV, "SLEPc stopped: %s",
                   text ? text : "unknown error");
}

#endif
