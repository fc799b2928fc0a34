#include "data/views.h"

#include <math.h>
#include <unistd.h>

enum { VIEW_STREAM = 2 };
enum { BLOCK = 4096 }; /* rows whose sum is one partial sum of the mean: the same for any threads */

/* Linux grants memory that it does not have and then kills the process: what cannot fit is refused
 * here. */
static pl_status check_memory(pl_ctx *ctx, size_t n, size_t V, size_t dim) {
    size_t bytes;
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    double memory = pages > 0 && page > 0 ? (double)pages * (double)page : HUGE_VAL;
    if (!pl_size_mul(n, V, &bytes) || !pl_size_mul(bytes, dim, &bytes) ||
        !pl_size_mul(bytes, sizeof(float), &bytes))
        return pl_fail(ctx, PL_ENOMEM,
                       "%zu images x %zu views x %zu pixels are more bytes than "
                       "memory can address",
                       n, V, dim);
    if ((double)bytes > memory)
        return pl_fail(ctx, PL_ENOMEM,
                       "%zu images x %zu views x %zu pixels need %zu bytes, this "
                       "machine has %.0f; take fewer images or views",
                       n, V, dim, bytes, memory);
    return PL_OK;
}

pl_status pl_views_make(pl_ctx *ctx, const pl_images *images, const size_t *chosen, size_t n,
                        size_t V, const pl_view_law *law, uint64_t seed, pl_array *out) {
    pl_array a = {0};
    size_t dim = pl_images_dim(images);
    if (n == 0 || V == 0)
        return pl_fail(ctx, PL_ESHAPE, "%zu images x %zu views: at least one of each is needed", n,
                       V);
    pl_status status = check_memory(ctx, n, V, dim);
    if (status == PL_OK)
        status = pl_array_new(ctx, PL_F32, 3, (const size_t[]){n, V, dim}, &a);
    if (status)
        return status;
    float *z = a.data;
#pragma omp parallel for num_threads(pl_threads(ctx)) schedule(static)
    for (size_t row = 0; row < n * V; row++) {
        pl_stream stream = {seed, VIEW_STREAM, row};
        pl_crop crop = pl_crop_draw(law, images->height, images->width, stream);
        pl_crop_resize(pl_images_view(images, chosen[row / V], row % V), images->channels,
                       images->height, images->width, crop, images->height, images->width,
                       z + row * dim);
    }
    *out = a;
    return PL_OK;
}

pl_status pl_views_centre(pl_ctx *ctx, pl_array *features) {
    float *z = features->data;
    size_t dim = features->shape[features->dims - 1], rows = features->count / dim;
    size_t blocks = (rows + BLOCK - 1) / BLOCK;
    double *sum =
        pl_alloc(ctx, blocks * dim, sizeof *sum); /* block by block; the first: the mean */
    if (!sum)
        return PL_ENOMEM;
#pragma omp parallel for num_threads(pl_threads(ctx)) schedule(static)
    for (size_t b = 0; b < blocks; b++)
        for (size_t row = b * BLOCK; row < rows && row < (b + 1) * BLOCK; row++)
            for (size_t j = 0; j < dim; j++)
                sum[b * dim + j] += (double)z[row * dim + j];
    for (size_t b = 1; b < blocks; b++)
        for (size_t j = 0; j < dim; j++)
            sum[j] += sum[b * dim + j];
    for (size_t j = 0; j < dim; j++)
        sum[j] /= (double)rows;
#pragma omp parallel for num_threads(pl_threads(ctx)) schedule(static)
    for (size_t row = 0; row < rows; row++)
        for (size_t j = 0; j < dim; j++)
            z[row * dim + j] = (float)((double)z[row * dim + j] - sum[j]);
    pl_free(sum);
    return PL_OK;
}

pl_status pl_views_normalise(pl_ctx *ctx, const size_t *chosen, pl_array *features) {
    pl_status status = PL_OK;
    float *z = features->data;
    double *norm = NULL;
    size_t V = features->shape[1], dim = features->shape[2], rows = features->count / dim;
    const double zero = sqrt((double)dim) * 0x1p-24;
    PL_NEW(ctx, norm, rows);
#pragma omp parallel for num_threads(pl_threads(ctx)) schedule(static)
    for (size_t row = 0; row < rows; row++) {
        double square = 0;
        for (size_t j = 0; j < dim; j++)
            square += (double)z[row * dim + j] * (double)z[row * dim + j];
        norm[row] = sqrt(square);
    }
    for (size_t row = 0; row < rows; row++)
        if (norm[row] <= zero) {
            status =
                pl_fail(ctx, PL_EDOMAIN,
                        "image %zu (number %zu of the set): view %zu is the mean of all views, "
                        "so that it has no direction once centred; take more images",
                        row / V, chosen[row / V], row % V);
            goto done;
        }
#pragma omp parallel for num_threads(pl_threads(ctx)) schedule(static)
    for (size_t row = 0; row < rows; row++)
        for (size_t j = 0; j < dim; j++)
            z[row * dim + j] = (float)((double)z[row * dim + j] / norm[row]);
done:
    pl_free(norm);
    return status;
}
