#include "data/crop.h"

#include <math.h>

#include "data/augment_kernel.h"

enum { TRIES = 10, PLACE_WORD = 2 * TRIES, FLIP_WORD = PLACE_WORD + 2 };

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

const pl_augment_kernel *pl_augment_best(void) {
#if defined __x86_64__
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
        return &pl_augment_avx512;
    if (__builtin_cpu_supports("avx2"))
        return &pl_augment_avx2;
#endif
    return &pl_augment_generic;
}

void pl_crop_resize(const unsigned char *pixels, size_t channels, size_t height, size_t width,
                    pl_crop crop, size_t out_height, size_t out_width, float *out) {
    pl_augment_best()->crop(pixels, channels, height, width, crop, out_height, out_width, out);
}
