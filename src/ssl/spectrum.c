#include "ssl/spectrum.h"

#include <cblas.h>
#include <float.h>
#include <math.h>
#include <omp.h>
#include <string.h>

#include "math/eigen.h"
#include "math/stats.h"

/* Rows are cut into the same parts whatever the threads, each part is summed by one thread, and the
 * parts are added in order. */
enum { PARTS = 8, BLOCK = 256, LARGEST_DIM = 8192 };

double pl_entropy_rank(const double *x, size_t n) {
    double total = pl_sum(x, n), entropy = 0;
    for (size_t i = 0; i < n; i++) {
        double p = x[i] / total;
        if (p > 0)
            entropy -= p * log(p);
    }
    return exp(entropy);
}

static void mean_row(const pl_features *f, double *mean, double *block) {
    size_t rows = f->images * f->views, d = f->dim;
    for (size_t first = 0; first < rows; first += BLOCK) {
        size_t n = rows - first < BLOCK ? rows - first : BLOCK;
        pl_features_rows(f, first, n, block);
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < d; j++)
                mean[j] += block[i * d + j];
    }
    for (size_t j = 0; j < d; j++)
        mean[j] /= (double)rows;
}

/* Upper triangle of sum (z - mean)(z - mean)^T over rows [from, to). */
static void scatter(const pl_features *f, size_t from, size_t to, const double *mean, double *block,
                    double *sum) {
    size_t d = f->dim;
    for (size_t first = from; first < to; first += BLOCK) {
        size_t n = to - first < BLOCK ? to - first : BLOCK;
        pl_features_rows(f, first, n, block);
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < d; j++)
                block[i * d + j] -= mean[j];
        cblas_dsyrk(CblasRowMajor, CblasUpper, CblasTrans, (int)d, (int)n, 1, block, (int)d, 1, sum,
                    (int)d);
    }
}

pl_status pl_spectrum_new(pl_ctx *ctx, const pl_features *f, pl_spectrum *out) {
    pl_status status = PL_OK;
    size_t rows = f->images * f->views, d = f->dim, square;
    size_t parts = d > 2048 ? 2 : PARTS;
    double *mean = NULL, *blocks = NULL, *sums = NULL, *values = NULL, *singular = NULL;
    if (rows < 2)
        return pl_fail(ctx, PL_ESHAPE, "a spectrum needs two rows, there is %zu", rows);
    if (d > LARGEST_DIM || !pl_size_mul(d, d, &square))
        return pl_fail(ctx, PL_ESHAPE, "a spectrum of dimension %zu, at most %d", d, LARGEST_DIM);
    PL_NEW(ctx, mean, d);
    PL_NEW(ctx, blocks, parts * BLOCK * d);
    PL_NEW(ctx, sums, parts * square);
    PL_NEW(ctx, values, d);
    PL_NEW(ctx, singular, d);
    mean_row(f, mean, blocks);
#pragma omp parallel num_threads(pl_threads(ctx))
    {
        omp_set_num_threads(1); /* of this region's tasks only: BLAS inside it is serial */
#pragma omp for schedule(static, 1)
        for (size_t p = 0; p < parts; p++)
            scatter(f, rows * p / parts, rows * (p + 1) / parts, mean, blocks + p * BLOCK * d,
                    sums + p * square);
    }
    for (size_t p = 1; p < parts; p++)
        for (size_t i = 0; i < square; i++)
            sums[i] += sums[p * square + i];
    for (size_t i = 0; i < d; i++)
        for (size_t j = i; j < d; j++)
            sums[j * d + i] = sums[i * d + j] /= (double)(rows - 1);
    PL_TRY(pl_eigen_symmetric(ctx, (pl_mat){sums, d, d, d}, values));
    if (!(values[0] > 1e-28)) {
        status = pl_fail(ctx, PL_EDOMAIN,
                         "all rows are equal: the features have collapsed to a point and have no "
                         "spectrum");
        goto done;
    }
    /* Beyond the possible rank, and below d eps of the largest, an eigenvalue is only rounding. It
     * must not count as a direction: its root is 1e-8 of the largest singular value. */
    size_t possible = rows - 1 < d ? rows - 1 : d;
    double rounding = (double)d * DBL_EPSILON * values[0];
    for (size_t i = 0; i < d; i++) {
        if (i >= possible || values[i] < rounding)
            values[i] = 0;
        singular[i] = sqrt(values[i]);
    }
    *out = (pl_spectrum){.values = values,
                         .dim = d,
                         .possible = possible,
                         .effective_rank = pl_entropy_rank(values, d),
                         .rankme = pl_entropy_rank(singular, d)};
    values = NULL;
done:
    pl_free(mean);
    pl_free(blocks);
    pl_free(sums);
    pl_free(values);
    pl_free(singular);
    return status;
}

void pl_spectrum_free(pl_spectrum *s) {
    pl_free(s->values);
    memset(s, 0, sizeof *s);
}
