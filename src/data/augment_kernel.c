/* The loops over pixels, once per instruction set: PL_AUGMENT_KERNEL is generic, avx2 or avx512.
 * Written plainly for the compiler to vectorise; contraction is off and no sum is reordered. */

#include "data/augment_kernel.h"

#include <math.h>

enum {
    TILE = 64,   /* columns of a crop that are resized together */
    LANES = 16,  /* partial sums of a mean, whatever the vectors' width */
    BLOCK = 4096 /* pixels whose sum is kept in single precision */
};

static const float RED = 0.2989f, GREEN = 0.587f, BLUE = 0.114f; /* ITU-R 601 as torchvision has */

static inline float held(float v) {
    return v < 0 ? 0 : v > 1 ? 1 : v;
}

/* ---- crop --------------------------------------------------------------------------------- */

/* Where output pixel k of n falls between two of m pixels: (1-t) of the lower, t of the upper. */
typedef struct {
    size_t lower, upper;
    float t;
} tap;

static inline tap tap_at(size_t k, double step, size_t m) {
    double x = ((double)k + 0.5) * step - 0.5, last = (double)(m - 1);
    x = x < 0 ? 0 : x > last ? last : x;
    size_t lower = (size_t)x;
    return (tap){lower, lower + 1 < m ? lower + 1 : lower, (float)(x - (double)lower)};
}

typedef struct {
    size_t n;
    unsigned lower[TILE], upper[TILE];
    float t[TILE];
} columns;

static columns columns_at(size_t from, size_t out_width, pl_crop crop) {
    columns c = {.n = out_width - from < TILE ? out_width - from : TILE};
    double step = (double)crop.width / (double)out_width;
    for (size_t j = 0; j < c.n; j++) {
        size_t column = crop.flip ? out_width - 1 - (from + j) : from + j;
        tap x = tap_at(column, step, crop.width);
        c.lower[j] = (unsigned)(crop.left + x.lower);
        c.upper[j] = (unsigned)(crop.left + x.upper);
        c.t[j] = x.t;
    }
    return c;
}

/* One row of bytes, resized along the row. */
static inline void resize_row(const unsigned char *row, const columns *c, float *out) {
    unsigned char a[TILE] = {0}, b[TILE] = {0};
    for (size_t j = 0; j < c->n; j++) {
        a[j] = row[c->lower[j]];
        b[j] = row[c->upper[j]];
    }
    for (size_t j = 0; j < TILE; j++)
        out[j] = (float)a[j] + c->t[j] * ((float)b[j] - (float)a[j]);
}

static void crop_tile(const unsigned char *plane, size_t width, pl_crop crop, const columns *c,
                      size_t out_height, size_t out_width, float *out) {
    float rows[2][TILE]; /* resized row r lies in rows[r % 2] */
    size_t have[2] = {SIZE_MAX, SIZE_MAX};
    double step = (double)crop.height / (double)out_height;
    for (size_t i = 0; i < out_height; i++, out += out_width) {
        tap y = tap_at(i, step, crop.height);
        const size_t want[2] = {y.lower, y.upper};
        for (int k = 0; k < 2; k++)
            if (have[want[k] % 2] != want[k]) {
                have[want[k] % 2] = want[k];
                resize_row(plane + (crop.top + want[k]) * width, c, rows[want[k] % 2]);
            }
        const float *above = rows[y.lower % 2], *below = rows[y.upper % 2];
        for (size_t j = 0; j < c->n; j++)
            out[j] = (above[j] + y.t * (below[j] - above[j])) / 255;
    }
}

static void crop(const unsigned char *pixels, size_t channels, size_t height, size_t width,
                 pl_crop region, size_t out_height, size_t out_width, float *out) {
    for (size_t from = 0; from < out_width; from += TILE) {
        columns c = columns_at(from, out_width, region);
        for (size_t ch = 0; ch < channels; ch++)
            crop_tile(pixels + ch * height * width, width, region, &c, out_height, out_width,
                      out + ch * out_height * out_width + from);
    }
}

static void flip(float *x, size_t rows, size_t width) {
    for (; rows > 0; rows--, x += width)
        for (size_t j = 0; j < width / 2; j++) {
            float kept = x[j];
            x[j] = x[width - 1 - j];
            x[width - 1 - j] = kept;
        }
}

/* ---- colour ------------------------------------------------------------------------------- */

static void blend(float *x, size_t n, float f, float c) {
    for (size_t k = 0; k < n; k++)
        x[k] = held(f * x[k] + c);
}

static inline float luma_of(float r, float g, float b) {
    return RED * r + GREEN * g + BLUE * b;
}

static void luma(const float *rgb, size_t n, float *out) {
    for (size_t k = 0; k < n; k++)
        out[k] = luma_of(rgb[k], rgb[n + k], rgb[2 * n + k]);
}

static void gray(float *rgb, size_t n) {
    float *r = rgb, *g = rgb + n, *b = rgb + 2 * n;
    for (size_t k = 0; k < n; k++)
        r[k] = g[k] = b[k] = luma_of(r[k], g[k], b[k]);
}

static void saturate(float *rgb, size_t n, float f) {
    float *r = rgb, *g = rgb + n, *b = rgb + 2 * n;
    for (size_t k = 0; k < n; k++) {
        float c = (1 - f) * luma_of(r[k], g[k], b[k]);
        r[k] = held(f * r[k] + c);
        g[k] = held(f * g[k] + c);
        b[k] = held(f * b[k] + c);
    }
}

/* A colour of value V, chroma C and hue H (in sextants) has the channel
 *     V - C min(1, max(0, min(k, 4 - k))),   k = (5, 3, 1 for red, green, blue) + H  mod 6,
 * which is the six-way table of HSV written as one line: nothing in it branches. */
static inline float channel(float v, float chroma, float k) {
    k = k >= 6 ? k - 6 : k;
    return v - chroma * held(k < 4 - k ? k : 4 - k);
}

static void hue(float *rgb, size_t n, float shift) {
    float *red = rgb, *green = rgb + n, *blue = rgb + 2 * n, turn = 6 * shift;
    for (size_t i = 0; i < n; i++) {
        float r = red[i], g = green[i], b = blue[i];
        float high = r > g ? r : g, low = r < g ? r : g;
        high = high > b ? high : b;
        low = low < b ? low : b;
        float chroma = high - low, unit = 1 / (chroma > 0 ? chroma : 1);
        float h = b == high ? 4 + (r - g) * unit : 0;
        h = g == high ? 2 + (b - r) * unit : h;
        h = r == high ? (g - b) * unit : h;
        h += turn; /* from -4 to 8 */
        h = h < 0 ? h + 6 : h;
        h = h >= 6 ? h - 6 : h;
        red[i] = channel(high, chroma, h + 5);
        green[i] = channel(high, chroma, h + 3);
        blue[i] = channel(high, chroma, h + 1);
    }
}

static double mean(const float *x, size_t n) {
    double total = 0;
    for (size_t from = 0; from < n; from += BLOCK) {
        size_t end = n - from < BLOCK ? n : from + BLOCK, k = from;
        float lane[LANES] = {0};
        for (; k + LANES <= end; k += LANES)
            for (size_t l = 0; l < LANES; l++)
                lane[l] += x[k + l];
        for (size_t l = 0; k < end; k++, l++)
            lane[l] += x[k];
        for (size_t l = 0; l < LANES; l++)
            total += (double)lane[l];
    }
    return total / (double)n;
}

static void solarize(float *x, size_t n, float threshold) {
    for (size_t k = 0; k < n; k++)
        x[k] = x[k] >= threshold ? 1 - x[k] : x[k];
}

static void normalize(float *x, size_t n, float centre, float std) {
    for (size_t k = 0; k < n; k++)
        x[k] = (x[k] - centre) / std;
}

/* ---- blur and rotation -------------------------------------------------------------------- */

/* Pixel i of n, mirrored about the first and the last: -1 is 1, n is n - 2. */
static inline size_t mirrored(ptrdiff_t i, size_t n) {
    ptrdiff_t last = (ptrdiff_t)n - 1;
    return (size_t)(i < 0 ? -i : i > last ? 2 * last - i : i);
}

static inline void add_row(float *restrict out, const float *restrict row, size_t n, float w,
                           bool first) {
    if (first)
        for (size_t j = 0; j < n; j++)
            out[j] = w * row[j];
    else
        for (size_t j = 0; j < n; j++)
            out[j] += w * row[j];
}

static void blur(float *x, size_t height, size_t width, const float *w, size_t k, float *scratch) {
    float *along = scratch, *padded = scratch + height * width;
    ptrdiff_t half = (ptrdiff_t)k / 2;
    for (size_t i = 0; i < height; i++) {
        const float *row = x + i * width;
        for (size_t j = 0; j < width; j++)
            padded[(size_t)half + j] = row[j];
        for (ptrdiff_t j = 1; j <= half; j++) {
            padded[half - j] = row[mirrored(-j, width)];
            padded[half + (ptrdiff_t)width - 1 + j] =
                row[mirrored((ptrdiff_t)width - 1 + j, width)];
        }
        for (size_t q = 0; q < k; q++)
            add_row(along + i * width, padded + q, width, w[q], q == 0);
    }
    for (size_t i = 0; i < height; i++)
        for (size_t q = 0; q < k; q++) {
            size_t from = mirrored((ptrdiff_t)(i + q) - half, height);
            add_row(x + i * width, along + from * width, width, w[q], q == 0);
        }
}

static inline float pixel_at(const float *x, size_t height, size_t width, long i, long j) {
    bool inside = i >= 0 && i < (long)height && j >= 0 && j < (long)width;
    return inside ? x[(size_t)i * width + (size_t)j] : 0;
}

static void rotate(const float *x, size_t channels, size_t height, size_t width, double degrees,
                   bool bilinear, float *out) {
    const size_t plane = height * width;
    const double angle = degrees * (M_PI / 180), c = cos(angle), s = sin(angle);
    const double middle_i = ((double)height - 1) / 2, middle_j = ((double)width - 1) / 2;
    for (size_t i = 0; i < height; i++)
        for (size_t j = 0; j < width; j++) {
            double down = (double)i - middle_i, right = (double)j - middle_j;
            double fi = s * right + c * down + middle_i, fj = c * right - s * down + middle_j;
            long i0 = lrint(bilinear ? floor(fi) : rint(fi));
            long j0 = lrint(bilinear ? floor(fj) : rint(fj));
            float a = (float)(fi - (double)i0), b = (float)(fj - (double)j0);
            for (size_t ch = 0; ch < channels; ch++) {
                const float *p = x + ch * plane;
                float v = pixel_at(p, height, width, i0, j0);
                if (bilinear)
                    v = (1 - a) * ((1 - b) * v + b * pixel_at(p, height, width, i0, j0 + 1)) +
                        a * ((1 - b) * pixel_at(p, height, width, i0 + 1, j0) +
                             b * pixel_at(p, height, width, i0 + 1, j0 + 1));
                out[ch * plane + i * width + j] = v;
            }
        }
}

#define PASTE(a, b) a##b
#define NAMED(a, b) PASTE(a, b)
#define TEXT(a) #a
#define QUOTED(a) TEXT(a)

const pl_augment_kernel NAMED(pl_augment_, PL_AUGMENT_KERNEL) = {QUOTED(PL_AUGMENT_KERNEL),
                                                                 crop,
                                                                 flip,
                                                                 blend,
                                                                 luma,
                                                                 saturate,
                                                                 gray,
                                                                 hue,
                                                                 mean,
                                                                 blur,
                                                                 rotate,
                                                                 solarize,
                                                                 normalize};
