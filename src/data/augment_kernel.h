#ifndef PL_DATA_AUGMENT_KERNEL_H
#define PL_DATA_AUGMENT_KERNEL_H
/* The loops over pixels (augment_kernel.c), compiled once for each instruction set. Every loop
 * does the same operations in the same order whatever the width of a vector, so that all of them
 * give the same bits. Planes are float32 in [0, 1]; n is their number of pixels. Private to
 * src/data. */

#include "data/crop.h"

typedef struct pl_augment_kernel {
    const char *name;

    /* pl_crop_resize */
    void (*crop)(const unsigned char *pixels, size_t channels, size_t height, size_t width,
                 pl_crop crop, size_t out_height, size_t out_width, float *out);
    void (*flip)(float *x, size_t rows, size_t width);

    /* x = f x + c, held in [0, 1] */
    void (*blend)(float *x, size_t n, float f, float c);
    /* red, green, blue, one plane after the other */
    void (*luma)(const float *rgb, size_t n, float *out);
    void (*saturate)(float *rgb, size_t n, float f);
    void (*gray)(float *rgb, size_t n);
    void (*hue)(float *rgb, size_t n, float shift); /* shift in turns */
    double (*mean)(const float *x, size_t n);

    /* Taps w[0 .. k-1] along rows, then along columns, mirrored about the outermost pixels;
     * scratch: height x width + width + k floats. */
    void (*blur)(float *x, size_t height, size_t width, const float *w, size_t k, float *scratch);
    /* Counter-clockwise about the centre, zero outside; from x to out. */
    void (*rotate)(const float *x, size_t channels, size_t height, size_t width, double degrees,
                   bool bilinear, float *out);

    void (*solarize)(float *x, size_t n, float threshold);
    void (*normalize)(float *x, size_t n, float mean, float std);
} pl_augment_kernel;

extern const pl_augment_kernel pl_augment_generic, pl_augment_avx2, pl_augment_avx512;

/** The one for this processor. */
const pl_augment_kernel *pl_augment_best(void);

#endif
