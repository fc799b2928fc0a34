#include "data/views.h"

#include <math.h>
#include <unistd.h>

enum { VIEW_STREAM = 2, TRIES = 10, PLACE_WORD = 2 * TRIES, FLIP_WORD = PLACE_WORD + 2 };
enum { BLOCK = 4096 }; /* rows whose sum is one partial sum of the mean: the same for any threads */

const pl_view_law pl_view_law_default = {0.2, 1, 3.0 / 4, 4.0 / 3, 0.5};

const char *pl_view_law_check(const pl_view_law *law) {
    if (!(law->scale_lo > 0 && law->scale_lo <= law->scale_hi && law->scale_hi <= 1))
        return "the scale of crops must be LO,HI with 0 < LO <= HI <= 1";
    if (!(law->ratio_lo > 0 && law->ratio_lo <= law->ratio_hi && isfinite(law->ratio_hi)))
        return "the aspect ratio of crops must be LO,HI with 0 < LO <= HI";
    if (!(law->flip >= 0 && law->flip <= 1))
        return "the probability of a flip must lie between 0 and 1";
    return NULL;
}

/* ---- crops -------------------------------------------------------------------------------- */

static size_t at_least_one(double side) {
    return side < 1 ? 1 : (size_t)side;
}

/* The largest crop about the middle whose ratio is within the bounds. */
static pl_crop central_crop(const pl_view_law *law, size_t height, size_t width) {
    pl_crop c = {0, 0, height, width, false};
    double ratio = (double)width / (double)height;
    if (ratio < law->ratio_lo)
        c.height = at_least_one(rint((double)width / law->ratio_lo));
    else if (ratio > law->ratio_hi)
        c.width = at_least_one(rint((double)height * law->ratio_hi));
    c.top = (height - c.height) / 2;
    c.left = (width - c.width) / 2;
    return c;
}

pl_crop pl_crop_draw(const pl_view_law *law, size_t height, size_t width, pl_stream row) {
    pl_crop c = central_crop(law, height, width);
    double area = (double)height * (double)width;
    double log_lo = log(law->ratio_lo), log_hi = log(law->ratio_hi);
    for (uint64_t t = 0; t < TRIES; t++) {
        double u[2];
        pl_stream_uniforms(row, 2 * t, 2, u);
        double part = area * (law->scale_lo + (law->scale_hi - law->scale_lo) * u[0]);
        double ratio = exp(log_lo + (log_hi - log_lo) * u[1]);
        double w = rint(sqrt(part * ratio)), h = rint(sqrt(part / ratio));
        if (w < 1 || w > (double)width || h < 1 || h > (double)height)
            continue;
        c.height = (size_t)h;
        c.width = (size_t)w;
        c.top = pl_stream_below(row, PLACE_WORD, height - c.height + 1);
        c.left = pl_stream_below(row, PLACE_WORD + 1, width - c.width + 1);
        break;
    }
    c.flip = pl_stream_uniform(row, FLIP_WORD) < law->flip;
    return c;
}

/* Where output pixel k of n falls between two of m pixels: (1-t) of the lower, t of the upper. */
typedef struct {
    size_t lower, upper;
    double t;
} tap;

static inline tap tap_at(size_t k, size_t n, size_t m) {
    double x = ((double)k + 0.5) * ((double)m / (double)n) - 0.5, last = (double)(m - 1);
    x = x < 0 ? 0 : x > last ? last : x;
    size_t lower = (size_t)x;
    return (tap){lower, lower + 1 < m ? lower + 1 : lower, x - (double)lower};
}

static inline double between(double a, double b, double t) {
    return a + t * (b - a);
}

void pl_crop_resize(const unsigned char *pixels, size_t channels, size_t height, size_t width,
                    pl_crop crop, float *out) {
    for (size_t c = 0; c < channels; c++)
        for (size_t i = 0; i < height; i++) {
            tap y = tap_at(i, height, crop.height);
            const unsigned char *plane = pixels + c * height * width + crop.left;
            const unsigned char *above = plane + (crop.top + y.lower) * width;
            const unsigned char *below = plane + (crop.top + y.upper) * width;
            for (size_t j = 0; j < width; j++) {
                tap x = tap_at(crop.flip ? width - 1 - j : j, width, crop.width);
                double upper_row = between(above[x.lower], above[x.upper], x.t);
                double lower_row = between(below[x.lower], below[x.upper], x.t);
                *out++ = (float)(between(upper_row, lower_row, y.t) / 255);
            }
        }
}

/* ---- features ----------------------------------------------------------------------------- */

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
        pl_crop_resize(images->pixels + chosen[row / V] * dim, images->channels, images->height,
                       images->width, crop, z + row * dim);
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
