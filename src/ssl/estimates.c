#include "ssl/estimates.h"

#include <math.h>
#include <string.h>

#include "math/pairs.h"
#include "math/sphere.h"
#include "math/stats.h"
#include "ssl/prototypes.h"

enum { BLOCK = 512 }; /* images held as doubles at a time */

static const pl_estimate nothing = {NAN, NAN, NAN};

pl_estimate pl_estimate_mean(const double *x, size_t n, double level) {
    pl_interval i = n < 2 ? (pl_interval){NAN, NAN} : pl_mean_interval(x, n, level);
    return (pl_estimate){pl_mean(x, n), i.lo, i.hi};
}

/* ---- alignment ----------------------------------------------------------------------------- */

/* Mean over pairs of rows of |z - z'|^power. */
static double pair_distance(const double *z, size_t views, size_t d, double power) {
    double sum = 0;
    for (size_t s = 0; s < views; s++)
        for (size_t t = s + 1; t < views; t++) {
            double square = 0;
            for (size_t j = 0; j < d; j++) {
                double x = z[s * d + j] - z[t * d + j];
                square += x * x;
            }
            sum += power == 2 ? square : pow(square, power / 2);
        }
    return sum / ((double)(views * (views - 1)) / 2);
}

pl_status pl_estimate_alignment(pl_ctx *ctx, const pl_features *f, double power, double level,
                                pl_estimate *out) {
    pl_status status = PL_OK;
    double *image = NULL, *z = NULL;
    size_t rows = f->views * f->dim;
    if (f->views < 2)
        return pl_fail(ctx, PL_ESHAPE, "alignment needs two views an image; pass --views");
    if (!(power > 0))
        return pl_fail(ctx, PL_EDOMAIN, "alignment: power is %g, expected > 0", power);
    PL_NEW(ctx, image, f->images);
    PL_NEW(ctx, z, rows);
    for (size_t i = 0; i < f->images; i++) {
        pl_features_rows(f, i * f->views, f->views, z);
        image[i] = pair_distance(z, f->views, f->dim, power);
    }
    *out = pl_estimate_mean(image, f->images, level);
done:
    pl_free(image);
    pl_free(z);
    return status;
}

/* ---- uniformity ---------------------------------------------------------------------------- */

double pl_uniformity_limit(double d, double t) {
    return -2 * t + pl_log_c(d, 2 * t);
}

double pl_uniformity_least(double d, double t, double n) {
    double simplex = -2 * t * n / (n - 1), diagonal = n * exp(pl_uniformity_limit(d, t)) - 1;
    return diagonal > 0 ? fmax(simplex, log(diagonal / (n - 1))) : simplex;
}

/* View v of the images, n x d, in the array's own precision. */
static void gather(const pl_features *f, const size_t *images, size_t n, size_t v, void *out) {
    size_t bytes = f->dim * pl_dtype_size(f->array.dtype);
    for (size_t i = 0; i < n; i++) {
        size_t row = (images ? images[i] : i) * f->views + v;
        memcpy((char *)out + i * bytes, (const char *)f->array.data + row * bytes, bytes);
    }
}

pl_status pl_estimate_uniformity(pl_ctx *ctx, const pl_features *f, double t, const size_t *images,
                                 size_t n, double level, pl_estimate *out) {
    pl_status status = PL_OK;
    void *z = NULL;
    double *log_sum = NULL, *potential = NULL;
    double d = (double)f->dim, count = (double)n;
    if (n < 2 || !(t > 0))
        return pl_fail(ctx, PL_EDOMAIN, "uniformity: %zu images and t = %g, expected >= 2 and > 0",
                       n, t);
    z = pl_alloc(ctx, n * f->dim, pl_dtype_size(f->array.dtype));
    if (!z)
        return PL_ENOMEM;
    PL_NEW(ctx, log_sum, n);
    PL_NEW(ctx, potential, n);
    for (size_t v = 0; v < f->views; v++) {
        gather(f, images, n, v, z);
        pl_points rows = {z, f->array.dtype == PL_F32, n, f->dim, f->dim};
        PL_TRY(pl_pairs_logsum(ctx, rows, rows, 2 * t, 0, log_sum));
        for (size_t i = 0; i < n; i++) /* e^{-t|z-z'|^2} = e^{2t z.z' - 2t} */
            potential[i] += exp(log_sum[i] - 2 * t) / (count - 1) / (double)f->views;
    }
    double u = pl_mean(potential, n), first_order = 2 * sqrt(pl_variance(potential, n) / count);
    double degenerate = sqrt(2 / (count * (count - 1))) * exp(-2 * t + pl_log_c(d, 2 * t)) *
                        sqrt(fmax(0, expm1(pl_log_c(d, 4 * t) - 2 * pl_log_c(d, 2 * t))));
    double half = pl_normal_quantile(0.5 + level / 2) * hypot(first_order, degenerate);
    double lo = u > half ? log(u - half) : pl_uniformity_limit(d, t); /* none can be lower */
    *out = (pl_estimate){log(u), lo, fmin(log(u + half), 0)};
done:
    pl_free(z);
    pl_free(log_sum);
    pl_free(potential);
    return status;
}

/* ---- attraction ---------------------------------------------------------------------------- */

/* Interval of a share of anchors: the images are the independent draws, so a share of them. */
static pl_estimate share(double hits, size_t anchors, size_t images, double level) {
    double rate = hits / (double)anchors;
    pl_interval i = pl_proportion_interval((size_t)llround(rate * (double)images), images, level);
    return (pl_estimate){rate, fmin(i.lo, rate), fmax(i.hi, rate)};
}

pl_status pl_estimate_attraction(pl_ctx *ctx, const pl_features *f, double level,
                                 pl_attraction_estimate *out) {
    pl_status status = PL_OK;
    size_t block_rows = BLOCK * f->views;
    double *z = NULL, *side = NULL, *mean = NULL;
    pl_attraction_estimate e = {.least_gap = INFINITY, .anchors = f->images * f->views};
    if (f->views < 2)
        return pl_fail(ctx, PL_ESHAPE, "attraction needs two views an image; pass --views");
    PL_NEW(ctx, z, block_rows * f->dim);
    PL_NEW(ctx, side, 3 * block_rows);
    PL_NEW(ctx, mean, 3 * f->images);
    double *lhs = mean, *rhs = mean + f->images, *gap = mean + 2 * f->images;
    for (size_t first = 0; first < f->images; first += BLOCK) {
        size_t images = f->images - first < BLOCK ? f->images - first : BLOCK;
        pl_features_rows(f, first * f->views, images * f->views, z);
        const pl_views v = {{z, images * f->views, f->dim, f->dim}, images, f->views, NULL, 0};
        double *left = side, *right = side + block_rows;
        PL_TRY(pl_attraction(ctx, &v, left, right, side + 2 * block_rows));
        for (size_t i = 0; i < images * f->views; i++) {
            double g = right[i] - left[i];
            lhs[first + i / f->views] += left[i] / (double)f->views;
            rhs[first + i / f->views] += right[i] / (double)f->views;
            gap[first + i / f->views] += g / (double)f->views;
            e.least_gap = fmin(e.least_gap, g);
            e.violations += g < -1e-12;
        }
    }
    e.lhs = pl_estimate_mean(lhs, f->images, level);
    e.rhs = pl_estimate_mean(rhs, f->images, level);
    e.gap = pl_estimate_mean(gap, f->images, level);
    e.violation_rate = share((double)e.violations, e.anchors, f->images, level);
    *out = e;
done:
    pl_free(z);
    pl_free(side);
    pl_free(mean);
    return status;
}

/* ---- repulsion ----------------------------------------------------------------------------- */

static void image_means(const double *rows, size_t images, size_t views, double *out) {
    for (size_t i = 0; i < images; i++)
        out[i] = pl_mean(rows + i * views, views);
}

static pl_estimate over_images(const double *rows, size_t images, size_t views, double level,
                               double *work) {
    image_means(rows, images, views, work);
    return pl_estimate_mean(work, images, level);
}

/* The chosen images as doubles, with their labels. */
static pl_status chosen_views(pl_ctx *ctx, const pl_features *f, const size_t *images, size_t n,
                              double **z, size_t **label) {
    pl_status status = PL_OK;
    size_t width = f->views * f->dim;
    PL_NEW(ctx, *z, n * width);
    PL_NEW(ctx, *label, n);
    for (size_t i = 0; i < n; i++) {
        size_t image = images ? images[i] : i;
        pl_features_rows(f, image * f->views, f->views, *z + i * width);
        (*label)[i] = f->label[image];
    }
done:
    return status;
}

pl_status pl_estimate_repulsion(pl_ctx *ctx, const pl_features *f, double alpha,
                                const size_t *images, size_t n, double level,
                                pl_repulsion_estimate *out) {
    pl_status status = PL_OK;
    size_t anchors = n * f->views, *label = NULL, *sizes = NULL, smallest = SIZE_MAX, largest = 0;
    double *z = NULL, *means = NULL, *norms = NULL, *side = NULL, *work = NULL;
    pl_repulsion_estimate e = {.least_gap = INFINITY, .nu = INFINITY, .anchors = anchors};
    if (!f->label)
        return pl_fail(ctx, PL_ESHAPE, "repulsion needs labels; pass --labels");
    PL_TRY(chosen_views(ctx, f, images, n, &z, &label));
    const pl_views v = {{z, anchors, f->dim, f->dim}, n, f->views, label, f->classes};
    PL_NEW(ctx, means, f->classes * f->dim);
    PL_NEW(ctx, norms, f->classes);
    PL_NEW(ctx, sizes, f->classes);
    PL_NEW(ctx, side, 5 * anchors);
    PL_NEW(ctx, work, n);
    PL_TRY(pl_prototypes(ctx, &v, (pl_mat){means, f->classes, f->dim, f->dim}, norms, sizes));
    for (size_t y = 0; y < f->classes; y++) {
        e.nu = fmin(e.nu, norms[y]);
        smallest = sizes[y] < smallest ? sizes[y] : smallest;
        largest = sizes[y] > largest ? sizes[y] : largest;
    }
    e.balanced = smallest == largest;
    double *lhs = side, *rhs = side + anchors, *gap = side + 2 * anchors;
    double *margin = side + 3 * anchors, *without = side + 4 * anchors;
    PL_TRY(pl_repulsion(ctx, &v, alpha, e.nu, log((double)n / (double)smallest), NULL, anchors, lhs,
                        rhs, without, margin));
    for (size_t i = 0; i < anchors; i++) {
        gap[i] = rhs[i] - lhs[i];
        e.least_gap = fmin(e.least_gap, gap[i]);
        e.violations += gap[i] < -1e-12;
        e.outside += lhs[i] < 0;
    }
    e.lhs = over_images(lhs, n, f->views, level, work);
    e.rhs = over_images(rhs, n, f->views, level, work);
    e.gap = over_images(gap, n, f->views, level, work);
    e.margin = over_images(margin, n, f->views, level, work);
    e.violation_rate = share((double)e.violations, anchors, n, level);
    *out = e;
done:
    pl_free(z);
    pl_free(label);
    pl_free(means);
    pl_free(norms);
    pl_free(sizes);
    pl_free(side);
    pl_free(work);
    return status;
}

/* ---- prototype bias ------------------------------------------------------------------------ */

/* Mean view of one image, and the mean of z.z' over pairs of different views (NAN: one view). */
static double mean_view(const pl_features *f, size_t image, double *z, double *m) {
    size_t d = f->dim, views = f->views;
    double squares = 0, square = 0;
    pl_features_rows(f, image * views, views, z);
    memset(m, 0, d * sizeof *m);
    for (size_t t = 0; t < views; t++)
        for (size_t j = 0; j < d; j++) {
            m[j] += z[t * d + j] / (double)views;
            squares += z[t * d + j] * z[t * d + j];
        }
    for (size_t j = 0; j < d; j++)
        square += m[j] * m[j];
    double k = (double)views;
    return views < 2 ? (double)NAN : (k * k * square - squares) / (k * (k - 1));
}

/* What one image adds: |m - mu|, its square, the mean over other images of its class of m.m', and
 * the influence a - 2b on the unbiased difference (classes weighted by size). */
static void image_bias(const double *m, const double *mean, double size, size_t d, double *first,
                       double *second, double *same) {
    double square = 0, apart = 0, along = 0;
    for (size_t j = 0; j < d; j++) {
        double x = m[j] - mean[j];
        apart += x * x;
        square += m[j] * m[j];
        along += m[j] * mean[j];
    }
    *first = sqrt(apart);
    *second = apart;
    *same = size < 2 ? (double)NAN : (size * along - square) / (size - 1);
}

pl_status pl_estimate_bias(pl_ctx *ctx, const pl_features *f, double level, pl_bias_estimate *out) {
    pl_status status = PL_OK;
    size_t n = f->images, d = f->dim, *sizes = NULL;
    double *z = NULL, *m = NULL, *means = NULL, *work = NULL;
    if (!f->label)
        return pl_fail(ctx, PL_ESHAPE, "prototype bias needs labels; pass --labels");
    PL_NEW(ctx, z, f->views * d);
    PL_NEW(ctx, m, d);
    PL_NEW(ctx, means, f->classes * d);
    PL_NEW(ctx, sizes, f->classes);
    PL_NEW(ctx, work, 5 * n);
    double *first = work, *second = work + n, *pair = work + 2 * n, *same = work + 3 * n;
    double *influence = work + 4 * n;
    for (size_t i = 0; i < n; i++) {
        pair[i] = mean_view(f, i, z, m);
        sizes[f->label[i]]++;
        for (size_t j = 0; j < d; j++)
            means[f->label[i] * d + j] += m[j];
    }
    for (size_t y = 0; y < f->classes; y++)
        for (size_t j = 0; j < d; j++)
            means[y * d + j] /= (double)sizes[y];
    for (size_t i = 0; i < n; i++) {
        mean_view(f, i, z, m);
        image_bias(m, means + f->label[i] * d, (double)sizes[f->label[i]], d, &first[i], &second[i],
                   &same[i]);
        influence[i] = pair[i] - 2 * same[i];
    }
    pl_bias_estimate e = {.first = pl_estimate_mean(first, n, level),
                          .second = pl_estimate_mean(second, n, level),
                          .unbiased = nothing,
                          .positive = pl_mean(pair, n),
                          .same_class = pl_mean(same, n)};
    double difference = e.positive - e.same_class;
    if (!isnan(difference) && n > 1) {
        double half = pl_t_quantile(0.5 + level / 2, (double)n - 1) *
                      sqrt(pl_variance(influence, n) / (double)n);
        e.unbiased = (pl_estimate){difference, difference - half, difference + half};
    }
    *out = e;
done:
    pl_free(z);
    pl_free(m);
    pl_free(means);
    pl_free(sizes);
    pl_free(work);
    return status;
}
