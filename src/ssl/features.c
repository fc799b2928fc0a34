#include "ssl/features.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/npz.h"

/* A float16 row of unit norm comes back within about 5e-4/sqrt(d); a float32 one within 1e-7. */
static const double UNIT_TOLERANCE = 1e-3;

static pl_status take_shape(pl_ctx *ctx, const char *path, size_t views, pl_features *f) {
    const pl_array *a = &f->array;
    if (a->dtype == PL_I64)
        return pl_fail(ctx, PL_EINPUT, "%s: holds integers, expected float16, float32 or float64",
                       path);
    if (views == 0)
        return pl_fail(ctx, PL_ESHAPE, "%s: 0 views an image; pass --views 1 or more", path);
    if (a->dims == 3) {
        if (views > 1 && views != a->shape[1])
            return pl_fail(ctx, PL_ESHAPE,
                           "%s: holds %zu views an image, not %zu; leave --views out", path,
                           a->shape[1], views);
        f->images = a->shape[0];
        f->views = a->shape[1];
        f->dim = a->shape[2];
    } else if (a->dims == 2) {
        if (a->shape[0] % views != 0)
            return pl_fail(ctx, PL_ESHAPE,
                           "%s: %zu rows are not divisible by %zu views; pass the right --views",
                           path, a->shape[0], views);
        f->images = a->shape[0] / views;
        f->views = views;
        f->dim = a->shape[1];
    } else {
        return pl_fail(ctx, PL_ESHAPE, "%s: has %d dimensions, expected (N, d) or (N, V, d)", path,
                       a->dims);
    }
    if (f->images == 0 || f->views == 0)
        return pl_fail(ctx, PL_ESHAPE, "%s: holds no rows", path);
    if (f->dim < 2)
        return pl_fail(ctx, PL_EDOMAIN, "%s: features of dimension %zu, expected at least 2", path,
                       f->dim);
    return PL_OK;
}

static double at(const pl_array *a, size_t i) {
    return a->dtype == PL_F32 ? (double)((const float *)a->data)[i] : ((const double *)a->data)[i];
}

/* Norm of row i. Squares that leave the range of a double are taken relative to the largest. */
static double row_norm(const pl_features *f, size_t i) {
    size_t first = i * f->dim, end = first + f->dim;
    double square = 0, largest = 0;
    for (size_t k = first; k < end; k++)
        square += at(&f->array, k) * at(&f->array, k);
    if (square > 1e-280 && square < 1e280)
        return sqrt(square);
    for (size_t k = first; k < end; k++)
        largest = fmax(largest, fabs(at(&f->array, k)));
    if (largest == 0)
        return 0;
    square = 0;
    for (size_t k = first; k < end; k++)
        square += pow(at(&f->array, k) / largest, 2);
    return largest * sqrt(square);
}

/* Every row finite, non-zero and, unless it is scaled, of unit norm. */
static pl_status check_rows(pl_ctx *ctx, const char *path, bool normalize, pl_features *f) {
    size_t rows = f->images * f->views, d = f->dim;
    for (size_t i = 0; i < rows; i++) {
        for (size_t j = 0; j < d; j++)
            if (!isfinite(at(&f->array, i * d + j)))
                return pl_fail(ctx, PL_EDOMAIN,
                               "%s: row %zu, column %zu is %g; every feature must be finite", path,
                               i, j, at(&f->array, i * d + j));
        double norm = row_norm(f, i), error = fabs(norm - 1);
        if (norm == 0)
            return pl_fail(ctx, PL_EDOMAIN,
                           "%s: row %zu is zero; it has no direction, leave it out", path, i);
        if (!isfinite(norm))
            return pl_fail(ctx, PL_EDOMAIN,
                           "%s: the norm of row %zu overflows; scale the features down", path, i);
        if (error > UNIT_TOLERANCE && !normalize)
            return pl_fail(ctx, PL_EDOMAIN,
                           "%s: row %zu has norm %.4g, expected 1; pass --normalize", path, i,
                           norm);
        f->largest_error = fmax(f->largest_error, error);
    }
    if (normalize)
        pl_features_normalize(f);
    f->normalized = normalize;
    return PL_OK;
}

void pl_features_normalize(pl_features *f) {
    size_t rows = f->images * f->views, d = f->dim;
    for (size_t i = 0; i < rows; i++) {
        double norm = row_norm(f, i);
        for (size_t k = i * d; k < (i + 1) * d; k++)
            if (f->array.dtype == PL_F32)
                ((float *)f->array.data)[k] = (float)(at(&f->array, k) / norm);
            else
                ((double *)f->array.data)[k] /= norm;
    }
}

static int by_value(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Any integers become 0..classes-1, in increasing order. */
static pl_status take_labels(pl_ctx *ctx, const char *path, const pl_array *labels,
                             pl_features *f) {
    pl_status status = PL_OK;
    int64_t *sorted = NULL;
    size_t *label = NULL, n = f->images, classes = 0;
    const int64_t *given = labels->data;
    bool per_row = labels->dims == 1 && labels->shape[0] == f->images * f->views && f->views > 1;
    if (labels->dtype != PL_I64)
        return pl_fail(ctx, PL_EINPUT, "%s: labels must be integers, one per image", path);
    if (labels->dims != 1)
        return pl_fail(ctx, PL_ESHAPE, "%s: labels of %d dimensions, expected one: (N,)", path,
                       labels->dims);
    if (labels->shape[0] != n && !per_row)
        return pl_fail(ctx, PL_ESHAPE,
                       "%s: %zu labels for %zu images of %zu views; expected one per image", path,
                       labels->count, n, f->views);
    PL_NEW(ctx, sorted, n);
    PL_NEW(ctx, label, n);
    for (size_t i = 0; i < n; i++) {
        sorted[i] = given[per_row ? i * f->views : i];
        for (size_t v = 1; per_row && v < f->views; v++)
            if (given[i * f->views + v] != sorted[i]) {
                status = pl_fail(ctx, PL_ESHAPE,
                                 "%s: image %zu has views with labels %lld and %lld; expected one "
                                 "label per image",
                                 path, i, (long long)sorted[i], (long long)given[i * f->views + v]);
                goto done;
            }
    }
    qsort(sorted, n, sizeof *sorted, by_value);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || sorted[i] != sorted[i - 1])
            sorted[classes++] = sorted[i];
    if (classes < 2) {
        status =
            pl_fail(ctx, PL_EDOMAIN, "%s: all labels are %lld; at least two classes are needed",
                    path, (long long)sorted[0]);
        goto done;
    }
    for (size_t i = 0; i < n; i++) {
        int64_t key = given[per_row ? i * f->views : i];
        const int64_t *found = bsearch(&key, sorted, classes, sizeof key, by_value);
        label[i] = (size_t)(found - sorted);
    }
    f->label = label;
    f->classes = classes;
    label = NULL;
done:
    pl_free(label);
    pl_free(sorted);
    return status;
}

pl_status pl_features_read(pl_ctx *ctx, const char *features, const char *labels, size_t views,
                           bool normalize, pl_features *out) {
    pl_status status;
    pl_features f = {0};
    pl_array label_array = {0};
    PL_TRY(pl_array_load(ctx, features, &f.array));
    PL_TRY(take_shape(ctx, features, views, &f));
    PL_TRY(check_rows(ctx, features, normalize, &f));
    if (labels) {
        PL_TRY(pl_array_load(ctx, labels, &label_array));
        PL_TRY(take_labels(ctx, labels, &label_array, &f));
    }
    *out = f;
    memset(&f, 0, sizeof f);
done:
    pl_array_free(&label_array);
    pl_features_free(&f);
    return status;
}

void pl_features_free(pl_features *f) {
    pl_array_free(&f->array);
    pl_free(f->label);
    memset(f, 0, sizeof *f);
}

void pl_features_rows(const pl_features *f, size_t first, size_t n, double *out) {
    pl_array_doubles(&f->array, first * f->dim, n * f->dim, out);
}
