/* A user's inputs with class and subclass labels, and the directions that are asked about: the
 * bias, the classes, the subclasses within them, and what else varies most. */

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/npz.h"
#include "math/eigen.h"
#include "spectral/xue23_problem.h"

enum { OTHERS = 8, LARGEST_SIDE = 4096 };

typedef struct inputs {
    size_t images, views, dim;
} inputs;

/* A subclass is one of its class: the same number in two classes names two subclasses. */
typedef struct group_key {
    int64_t part[2]; /* class, subclass */
} group_key;

static pl_status take_shape(pl_ctx *ctx, const char *path, const pl_array *a, size_t views,
                            inputs *in) {
    if (a->dtype == PL_I64)
        return pl_fail(ctx, PL_EINPUT, "%s: holds integers, expected float16, float32 or float64",
                       path);
    if (a->dims == 3)
        *in = (inputs){a->shape[0], a->shape[1], a->shape[2]};
    else if (a->dims == 2 && a->shape[0] % views == 0)
        *in = (inputs){a->shape[0] / views, views, a->shape[1]};
    else if (a->dims == 2)
        return pl_fail(ctx, PL_ESHAPE,
                       "%s: %zu rows are not divisible by %zu views; pass the right --views", path,
                       a->shape[0], views);
    else
        return pl_fail(ctx, PL_ESHAPE, "%s: has %d dimensions, expected (N, d) or (N, V, d)", path,
                       a->dims);
    if (in->images < 2 || in->views < 1 || in->dim < 1)
        return pl_fail(ctx, PL_ESHAPE, "%s: %zu originals of dimension %zu, expected at least two",
                       path, in->images, in->dim);
    return PL_OK;
}

/* Rows (1, x). */
static pl_status take_rows(pl_ctx *ctx, const char *path, const pl_array *a, bool bias, pl_mat x) {
    for (size_t i = 0; i < x.rows; i++) {
        double *row = x.a + i * x.ld;
        row[0] = bias ? 1 : 0;
        pl_array_doubles(a, i * (x.cols - 1), x.cols - 1, row + 1);
        for (size_t j = 1; j < x.cols; j++)
            if (!isfinite(row[j]))
                return pl_fail(ctx, PL_EDOMAIN,
                               "%s: row %zu, column %zu is %g; every input must be finite", path, i,
                               j - 1, row[j]);
    }
    return PL_OK;
}

static int by_value(const void *a, const void *b) {
    const int64_t *x = ((const group_key *)a)->part, *y = ((const group_key *)b)->part;
    int first = (x[0] > y[0]) - (x[0] < y[0]);
    return first ? first : (x[1] > y[1]) - (x[1] < y[1]);
}

/* Keys of every image become numbers 0.. in increasing order, one per row of X.
 * Returned: how many, and the least number of images of one. */
static pl_status number_groups(pl_ctx *ctx, const group_key *key, const inputs *in, size_t *group,
                               size_t *groups, size_t *least) {
    group_key *sorted = pl_alloc(ctx, in->images, sizeof *sorted);
    if (!sorted)
        return PL_ENOMEM;
    memcpy(sorted, key, in->images * sizeof *sorted);
    qsort(sorted, in->images, sizeof *sorted, by_value);
    size_t count = 0, run = 0;
    *least = in->images;
    for (size_t i = 0; i < in->images; i++, run++)
        if (i == 0 || by_value(&sorted[i], &sorted[count - 1]) != 0) {
            *least = i > 0 && run < *least ? run : *least;
            run = 0;
            sorted[count++] = sorted[i];
        }
    *least = run < *least ? run : *least;
    for (size_t i = 0; i < in->images; i++) {
        const group_key *found = bsearch(&key[i], sorted, count, sizeof *sorted, by_value);
        for (size_t v = 0; v < in->views; v++)
            group[i * in->views + v] = (size_t)(found - sorted);
    }
    *groups = count;
    pl_free(sorted);
    return PL_OK;
}

static pl_status read_labels(pl_ctx *ctx, const char *path, const inputs *in, group_key *key,
                             int place) {
    pl_array a = {0};
    pl_status status;
    PL_TRY(pl_array_load(ctx, path, &a));
    if (a.dtype != PL_I64 || a.dims != 1 || a.shape[0] != in->images) {
        status = pl_fail(ctx, PL_ESHAPE, "%s: expected %zu integers, one per original", path,
                         in->images);
        goto done;
    }
    for (size_t i = 0; i < in->images; i++)
        key[i].part[place] = ((const int64_t *)a.data)[i];
done:
    pl_array_free(&a);
    return status;
}

static pl_status take_labels(pl_ctx *ctx, const pl_options *o, const inputs *in, xue23_problem *p) {
    pl_status status;
    const char *labels = pl_option_text(o, "labels"), *sub = pl_option_text(o, "subclasses");
    group_key *key = NULL;
    size_t least;
    if (!labels)
        return pl_fail(ctx, PL_EUSAGE, "--features needs --labels, one class per original");
    PL_NEW(ctx, key, in->images);
    PL_TRY(read_labels(ctx, labels, in, key, 0));
    PL_TRY(number_groups(ctx, key, in, p->label, &p->classes, &least));
    if (p->classes < 2) {
        status =
            pl_fail(ctx, PL_EDOMAIN, "%s: all labels are %lld; at least two classes are needed",
                    labels, (long long)key[0].part[0]);
        goto done;
    }
    if (sub) {
        PL_TRY(read_labels(ctx, sub, in, key, 1));
        PL_TRY(number_groups(ctx, key, in, p->subclass, &p->subclasses, &least));
        if (least < 2) {
            status = pl_fail(ctx, PL_EDOMAIN,
                             "%s: a subclass has one original; its mean is that original, take at "
                             "least two or leave it out",
                             sub);
            goto done;
        }
        if (p->subclasses == p->classes)
            pl_warn(ctx, "every class has one subclass: nothing to lose within a class");
    }
done:
    pl_free(key);
    return status;
}

/* Leading principal directions of the rows of A, through its smaller side, as unit rows of `out`;
 * those without variance stay 0. */
static pl_status leading(pl_ctx *ctx, pl_cmat a, size_t count, pl_mat out) {
    pl_status status;
    bool wide = a.rows <= a.cols;
    size_t side = wide ? a.rows : a.cols;
    double *gram = NULL, *value = NULL;
    PL_NEW(ctx, gram, side * side);
    PL_NEW(ctx, value, side);
    cblas_dgemm(CblasRowMajor, wide ? CblasNoTrans : CblasTrans, wide ? CblasTrans : CblasNoTrans,
                (int)side, (int)side, (int)(wide ? a.cols : a.rows), 1, a.a, (int)a.ld, a.a,
                (int)a.ld, 0, gram, (int)side);
    PL_TRY(pl_eigen_symmetric_vectors(ctx, (pl_mat){gram, side, side, side}, value));
    for (size_t k = 0; k < count && k < side && value[k] > 1e-12 * value[0]; k++) {
        double *v = out.a + k * out.ld;
        if (wide)
            cblas_dgemv(CblasRowMajor, CblasTrans, (int)a.rows, (int)a.cols, 1 / sqrt(value[k]),
                        a.a, (int)a.ld, gram + k * side, 1, 0, v, 1);
        else
            memcpy(v, gram + k * side, side * sizeof *v);
    }
done:
    pl_free(gram);
    pl_free(value);
    return status;
}

/* Rows of `a` less their parts along the first k directions. */
static void deflate(pl_mat a, pl_cmat direction, size_t k) {
    for (size_t i = 0; i < a.rows; i++)
        for (size_t j = 0; j < k; j++) {
            const double *v = direction.a + j * direction.ld;
            double part = cblas_ddot((int)a.cols, a.a + i * a.ld, 1, v, 1);
            cblas_daxpy((int)a.cols, -part, v, 1, a.a + i * a.ld, 1);
        }
}

/* Group means, each less the mean of its kin (kin NULL: of all). */
static void centred_means(const xue23_problem *p, const size_t *group, size_t groups,
                          const size_t *kin, size_t kins, double *mean, double *base) {
    size_t d = p->x.cols, n = p->x.rows;
    for (int pass = 0; pass < 2; pass++) {
        double *sum = pass ? base : mean;
        size_t count = pass ? kins : groups;
        for (size_t g = 0; g < count; g++) {
            size_t size = 0;
            for (size_t i = 0; i < n; i++)
                if ((pass ? (kin ? kin[i] : 0) : group[i]) == g) {
                    cblas_daxpy((int)d, 1, p->x.a + i * d, 1, sum + g * d, 1);
                    size++;
                }
            cblas_dscal((int)d, 1 / (double)size, sum + g * d, 1);
        }
    }
    for (size_t g = 0; g < groups; g++) {
        size_t i = 0;
        while (group[i] != g)
            i++;
        cblas_daxpy((int)d, -1, base + (kin ? kin[i] : 0) * d, 1, mean + g * d, 1);
    }
}

/* v_0 bias, v_1 between classes, v_2 between subclasses within a class, v_3.. what varies most
 * beside them. */
static pl_status find_directions(pl_ctx *ctx, xue23_problem *p) {
    pl_status status;
    size_t d = p->x.cols, n = p->x.rows, count = p->subclasses ? p->subclasses : p->classes;
    double *mean = NULL, *base = NULL, *rest = NULL;
    p->direction = (pl_mat){NULL, 3 + OTHERS, d, d};
    PL_NEW(ctx, p->direction.a, p->direction.rows * d);
    PL_NEW(ctx, mean, (p->classes + count) * d);
    PL_NEW(ctx, base, (p->classes + 1) * d);
    double *v = p->direction.a;
    pl_mat rows = {mean, p->classes, d, d};
    v[0] = 1;
    centred_means(p, p->label, p->classes, NULL, 1, mean, base);
    deflate(rows, pl_const(p->direction), 1);
    PL_TRY(leading(ctx, pl_const(rows), 1, (pl_mat){v + d, 1, d, d}));
    if (p->subclasses) {
        memset(mean, 0, (p->classes + count) * d * sizeof *mean);
        memset(base, 0, (p->classes + 1) * d * sizeof *base);
        rows.rows = p->subclasses;
        centred_means(p, p->subclass, p->subclasses, p->label, p->classes, mean, base);
        deflate(rows, pl_const(p->direction), 2);
        PL_TRY(leading(ctx, pl_const(rows), 1, (pl_mat){v + 2 * d, 1, d, d}));
    }
    if (d <= LARGEST_SIDE || n <= LARGEST_SIDE) {
        PL_NEW(ctx, rest, n * d);
        memcpy(rest, p->x.a, n * d * sizeof *rest);
        memset(base, 0, d * sizeof *base);
        for (size_t i = 0; i < n; i++)
            cblas_daxpy((int)d, 1 / (double)n, rest + i * d, 1, base, 1);
        for (size_t i = 0; i < n; i++)
            cblas_daxpy((int)d, -1, base, 1, rest + i * d, 1);
        deflate((pl_mat){rest, n, d, d}, pl_const(p->direction), 3);
        PL_TRY(leading(ctx, (pl_cmat){rest, n, d, d}, OTHERS, (pl_mat){v + 3 * d, OTHERS, d, d}));
    }
done:
    pl_free(mean);
    pl_free(base);
    pl_free(rest);
    return status;
}

pl_status xue23_problem_read(pl_ctx *ctx, const pl_options *o, xue23_problem *p) {
    pl_status status;
    pl_array a = {0};
    inputs in;
    const char *path = pl_option_text(o, "features");
    PL_TRY(pl_array_load(ctx, path, &a));
    PL_TRY(take_shape(ctx, path, &a, (size_t)pl_option_int(o, "views"), &in));
    size_t n = in.images * in.views, d = in.dim + 1, count;
    if (!pl_size_mul(n, d, &count) || n > INT32_MAX || d > INT32_MAX) {
        status =
            pl_fail(ctx, PL_ESHAPE, "%s: %zu rows of dimension %zu are too many", path, n, in.dim);
        goto done;
    }
    p->x = (pl_mat){NULL, n, d, d};
    PL_NEW(ctx, p->x.a, count);
    PL_NEW(ctx, p->label, n);
    PL_NEW(ctx, p->original, n);
    PL_NEW(ctx, p->subclass, n);
    PL_TRY(take_rows(ctx, path, &a, !pl_option_flag(o, "no-bias"), p->x));
    PL_TRY(take_labels(ctx, o, &in, p));
    p->originals = in.images;
    for (size_t i = 0; i < n; i++)
        p->original[i] = i / in.views;
    PL_TRY(find_directions(ctx, p));
done:
    pl_array_free(&a);
    return status;
}
