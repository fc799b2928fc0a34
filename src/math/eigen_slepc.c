/* SLEPc's Krylov-Schur method through the same products, for -Dslepc=enabled. */

#include "math/sparse.h"

#ifndef PL_SLEPC

pl_status pl_eigen_slepc(pl_ctx *ctx, const pl_operator *a, pl_cmat deflate, size_t k,
                         const pl_eigen_settings *settings, double *values, pl_mat vectors,
                         pl_eigen_report *out) {
    (void)a, (void)deflate, (void)k, (void)settings, (void)values, (void)vectors, (void)out;
    return pl_fail(ctx, PL_EUSAGE,
                   "this build is without SLEPc: install slepc-dev, then `meson configure build "
                   "-Dslepc=enabled` and build again");
}

#else

#include <slepceps.h>

#endif
