#include "train/encode.h"

#include <math.h>
#include <string.h>

size_t pl_encode_width(const pl_encoding *e) {
    size_t feature, embedding;
    pl_net_widths(e->net, &feature, &embedding);
    return e->embedding ? embedding : feature;
}

pl_status pl_encode(pl_ctx *ctx, const pl_encoding *e, const size_t *index, size_t n, float *out) {
    pl_status status = PL_OK;
    const pl_net_spec *s = pl_net_built(e->net);
    size_t width = pl_encode_width(e), most = s->batch / e->views;
    float *pixels = NULL;
    size_t *chunk = NULL;
    if (most == 0)
        return pl_fail(ctx, PL_ESHAPE, "%zu views of an image, the network takes %zu at once",
                       e->views, s->batch);
    PL_NEW(ctx, pixels, s->batch * s->channels * s->height * s->width);
    PL_NEW(ctx, chunk, most);
    for (size_t first = 0; first < n; first += most) {
        size_t images = n - first < most ? n - first : most;
        const float *features, *embeddings;
        for (size_t i = 0; i < images; i++)
            chunk[i] = index ? index[first + i] : first + i;
        PL_TRY(pl_augment_batch(ctx, e->augment, e->images, chunk, images, e->views, e->series,
                                e->seed, pixels));
        PL_TRY(
            pl_net_forward(ctx, e->net, pixels, images * e->views, false, &features, &embeddings));
        const float *z = e->embedding ? embeddings : features;
        for (size_t i = 0; i < images * e->views * width; i++)
            if (!isfinite(z[i])) {
                status =
                    pl_fail(ctx, PL_EDOMAIN, "the network's output for image %zu is not finite",
                            chunk[i / (e->views * width)]);
                goto done;
            }
        memcpy(out + first * e->views * width, z, images * e->views * width * sizeof *z);
    }
done:
    pl_free(pixels);
    pl_free(chunk);
    return status;
}

bool pl_unit_floats(float *z, size_t rows, size_t width) {
    for (size_t i = 0; i < rows; i++, z += width) {
        double square = 0;
        for (size_t k = 0; k < width; k++)
            square += (double)z[k] * (double)z[k];
        if (!(square > 0))
            return false;
        for (size_t k = 0; k < width; k++)
            z[k] = (float)((double)z[k] / sqrt(square));
    }
    return true;
}
