#ifndef PL_CLAIM_ENVIRONMENT_H
#define PL_CLAIM_ENVIRONMENT_H
/* What the numbers may depend on: library versions, the BLAS kernel that runs, threads. */

#include <jansson.h>

#include "base/ctx.h"

#define PL_VERSION_TEXT "plumb " PL_VERSION

/** {"plumb", "compiler", "gsl", "openblas", "blas_kernel", "blas_threading", "jansson", "zlib",
 *   "pair_kernel", "mpi", "threads", "processors"} */
json_t *pl_environment_json(const pl_ctx *ctx);

#endif
