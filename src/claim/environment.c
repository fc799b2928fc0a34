#include "claim/environment.h"

#include <cblas.h>
#include <gsl/gsl_version.h>
#include <omp.h>
#include <oneapi/dnnl/dnnl.h>
#include <stdio.h>
#include <zlib.h>

#include "math/pairs.h"

json_t *pl_environment_json(const pl_ctx *ctx) {
    static const char *const threading[] = {"sequential", "pthreads", "openmp"};
    int parallel = openblas_get_parallel();
    const dnnl_version_t *dnnl = dnnl_version();
    char onednn[32];
    snprintf(onednn, sizeof onednn, "%d.%d.%d", dnnl->major, dnnl->minor, dnnl->patch);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:i}", /* */
                     "plumb", PL_VERSION, "compiler", __VERSION__, "gsl", GSL_VERSION, "openblas",
                     openblas_get_config(), "blas_kernel", openblas_get_corename(),
                     "blas_threading", parallel >= 0 && parallel <= 2 ? threading[parallel] : "?",
                     "onednn", onednn, "jansson", JANSSON_VERSION, "zlib", zlibVersion(),
                     "pair_kernel", pl_pairs_kernel(), "mpi", PL_MPI, "threads", pl_threads(ctx),
                     "processors", omp_get_num_procs());
}
