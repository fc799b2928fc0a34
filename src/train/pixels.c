#include "train/pixels.h"

/* Streams of the run's seed: others count from 0, views from here on, 256 to a series. */
static const uint64_t FIRST_STREAM = (uint64_t)1 << 16, VIEWS = 256;

void pl_pixels_view(const pl_pixels *p, uint64_t series, size_t view, size_t index, float *out) {
    const pl_images *m = p->images;
    pl_stream stream = {p->seed, FIRST_STREAM + series * VIEWS + view % VIEWS, index};
    stream.stream += view / VIEWS << 56;
    pl_crop crop = pl_crop_draw(&p->law, m->height, m->width, stream);
    pl_crop_resize(m->pixels + index * pl_images_dim(m), m->channels, m->height, m->width, crop,
                   out);
}

void pl_pixels_plain(const pl_pixels *p, size_t index, float *out) {
    size_t dim = pl_images_dim(p->images);
    const unsigned char *pixel = p->images->pixels + index * dim;
    for (size_t k = 0; k < dim; k++)
        out[k] = (float)pixel[k] / 255;
}
