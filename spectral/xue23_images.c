#include "spectral/xue23_images.h"

#include <cblas.h>
#include <lapacke.h>
#include <math.h>
#include <omp.h>
#include <string.h>

#include "base/npz.h"
#include "data/images.h"
#include "math/product.h"
#include "math/random.h"

/* Rows are cut into the same parts whatever the threads, and read in blocks. */
enum { PARTS = 8, BLOCK = 500, MOST_LABELS = 1024 };

/* Fashion-MNIST: tops, trousers, shoes, bags. */
static const double FASHION[] = {0, 1, 0, 0, 0, 2, 0, 2, 3, 2};

void xue23_images_free(xue23_images *s) {
    pl_array_free(&s->x);
    pl_free(s->label);
    pl_free(s->group);
    pl_free(s->code);
    pl_free(s->mean);
    *s = (xue23_images){0};
}

size_t xue23_images_dims(const xue23_images *s) {
    return 1 + s->dim + s->codes;
}

static pl_status from_set(pl_ctx *ctx, const pl_options *o, bool test, xue23_images *s) {
    pl_status status;
    pl_images images = {0};
    PL_TRY(pl_images_open(ctx, pl_option_text(o, "dataset"), test ? PL_SPLIT_TEST : PL_SPLIT_TRAIN,
                          (size_t)pl_option_int(o, "images"), &images));
    s->rows = images.count;
    s->dim = pl_images_dim(&images);
    PL_TRY(pl_array_new(ctx, PL_F32, 2, (size_t[]){s->rows, s->dim}, &s->x));
    PL_NEW(ctx, s->label, s->rows);
    for (size_t i = 0; i < s->rows; i++) {
        const unsigned char *pixels = pl_images_view(&images, i, 0);
        for (size_t k = 0; k < s->dim; k++)
            ((float *)s->x.data)[i * s->dim + k] = (float)pixels[k] / 255;
        s->label[i] = (size_t)images.labels[i];
    }
    s->labels = images.classes;
done:
    pl_images_free(&images);
    return status;
}

static pl_status from_files(pl_ctx *ctx, const pl_options *o, bool test, xue23_images *s) {
    pl_status status;
    const char *features = pl_option_text(o, test ? "test-features" : "features");
    const char *labels = pl_option_text(o, test ? "test-labels" : "labels");
    pl_array y = {0};
    if (!features || !labels)
        return pl_fail(ctx, PL_EUSAGE,
                       "--features goes with --labels, --test-features and "
                       "--test-labels");
    PL_TRY(pl_array_load(ctx, features, &s->x));
    PL_TRY(pl_array_load(ctx, labels, &y));
    if (s->x.dtype == PL_I64 || s->x.dims < 2 || s->x.shape[0] == 0) {
        status = pl_fail(ctx, PL_EINPUT, "%s: expected features (N, d) or (N, 1, d) of floats",
                         features);
        goto done;
    }
    s->rows = s->x.shape[0];
    s->dim = s->x.count / s->rows;
    if (y.dtype != PL_I64 || y.count != s->rows) {
        status = pl_fail(ctx, PL_ESHAPE, "%s: expected %zu integers, one per row of %s", labels,
                         s->rows, features);
        goto done;
    }
    for (size_t i = 0; i < s->x.count; i++)
        if (!isfinite(pl_array_at(&s->x, i))) {
            status = pl_fail(ctx, PL_EDOMAIN, "%s: row %zu, column %zu is not finite", features,
                             i / s->dim, i % s->dim);
            goto done;
        }
    PL_NEW(ctx, s->label, s->rows);
    for (size_t i = 0; i < s->rows; i++) {
        int64_t label = ((const int64_t *)y.data)[i];
        if (label < 0 || label >= MOST_LABELS) {
            status = pl_fail(ctx, PL_EDOMAIN, "%s: label %lld of row %zu, expected 0 to %d", labels,
                             (long long)label, i, MOST_LABELS - 1);
            goto done;
        }
        s->label[i] = (size_t)label;
        s->labels = s->label[i] >= s->labels ? s->label[i] + 1 : s->labels;
    }
done:
    pl_array_free(&y);
    return status;
}

/* The class of every label: --classes, Fashion-MNIST's own, or the label itself. */
static pl_status take_classes(pl_ctx *ctx, const pl_options *o, xue23_images *s) {
    size_t count = 0;
    const double *of = pl_option_has(o, "classes") ? pl_option_list(o, "classes", &count) : NULL;
    const char *name = pl_option_text(o, "dataset");
    if (!of && !pl_option_has(o, "features") && strncmp(name, "fashion-mnist", 13) == 0) {
        of = FASHION;
        count = sizeof FASHION / sizeof *FASHION;
    }
    if (of && count < s->labels)
        return pl_fail(ctx, PL_EUSAGE, "--classes names %zu classes for %zu labels", count,
                       s->labels);
    for (size_t i = 0; i < s->rows; i++) {
        s->group[i] = of ? (size_t)of[s->label[i]] : s->label[i];
        s->groups = s->group[i] >= s->groups ? s->group[i] + 1 : s->groups;
    }
    if (s->groups < 2)
        return pl_fail(ctx, PL_EDOMAIN, "all images are of one class; at least two are needed");
    return PL_OK;
}

pl_status xue23_images_read(pl_ctx *ctx, const pl_options *o, bool test, const xue23_images *like,
                            xue23_images *out) {
    pl_status status;
    xue23_images s = {0};
    double *row = NULL;
    PL_TRY(pl_option_has(o, "features") ? from_files(ctx, o, test, &s)
                                        : from_set(ctx, o, test, &s));
    PL_NEW(ctx, s.group, s.rows);
    PL_NEW(ctx, s.code, s.rows);
    PL_NEW(ctx, s.mean, s.dim);
    PL_NEW(ctx, row, s.dim);
    PL_TRY(take_classes(ctx, o, &s));
    if (like && (like->dim != s.dim || s.labels > like->labels)) {
        status = pl_fail(ctx, PL_ESHAPE,
                         "test images of dimension %zu with %zu labels, training ones of %zu with "
                         "%zu",
                         s.dim, s.labels, like->dim, like->labels);
        goto done;
    }
    size_t bits = (size_t)pl_option_int(o, "codes");
    s.codes = bits ? (size_t)1 << bits : 0;
    for (size_t i = 0; i < s.rows && s.codes; i++)
        s.code[i] = (size_t)pl_stream_below((pl_stream){pl_option_seed(o, "seed"), 31 + test, 0}, i,
                                            s.codes);
    if (like) {
        memcpy(s.mean, like->mean, s.dim * sizeof *row);
        s.labels = like->labels;
        s.groups = like->groups;
    }
    for (size_t i = 0; i < s.rows && !like && pl_option_flag(o, "centre"); i++) {
        pl_array_doubles(&s.x, i * s.dim, s.dim, row);
        cblas_daxpy((int)s.dim, 1 / (double)s.rows, row, 1, s.mean, 1);
    }
    *out = s;
    s = (xue23_images){0};
done:
    pl_free(row);
    xue23_images_free(&s);
    return status;
}

/* Rows first, first + stride, .. (n of them) as (1, pixels - mean). */
static void block_rows(const xue23_images *s, size_t first, size_t stride, size_t n, double *out) {
    size_t d = s->dim + 1;
    for (size_t i = 0; i < n; i++) {
        double *row = out + i * d;
        row[0] = 1;
        pl_array_doubles(&s->x, (first + i * stride) * s->dim, s->dim, row + 1);
        cblas_daxpy((int)s->dim, -1, s->mean, 1, row + 1, 1);
    }
}

/* What one part of the rows adds: X^T X (upper triangle), sums by class and by code. */
typedef struct part {
    double *square, *group, *code, *block;
} part;

static void add_part(const xue23_images *s, size_t from, size_t to, const part *p) {
    size_t d = s->dim + 1;
    for (size_t first = from; first < to; first += BLOCK) {
        size_t n = to - first < BLOCK ? to - first : BLOCK;
        block_rows(s, first, 1, n, p->block);
        cblas_dsyrk(CblasRowMajor, CblasUpper, CblasTrans, (int)d, (int)n, 1, p->block, (int)d, 1,
                    p->square, (int)d);
        for (size_t i = 0; i < n; i++) {
            const double *row = p->block + i * d;
            cblas_daxpy((int)d, 1, row, 1, p->group + s->group[first + i] * d, 1);
            if (s->codes)
                cblas_daxpy((int)d, 1, row, 1, p->code + s->code[first + i] * d, 1);
        }
    }
}

pl_status xue23_images_moments(pl_ctx *ctx, const xue23_images *s, pl_mat h, pl_mat factor) {
    pl_status status = PL_OK;
    size_t d = s->dim + 1, n = s->rows, each = d * (d + s->groups + s->codes + BLOCK);
    double *room = NULL, *size = NULL;
    PL_NEW(ctx, room, PARTS * each);
    PL_NEW(ctx, size, s->groups + s->groups * s->codes);
#pragma omp parallel num_threads(pl_threads(ctx))
    {
        omp_set_num_threads(1); /* BLAS inside is serial: its bits must not depend on the team */
#pragma omp for schedule(static, 1)
        for (size_t k = 0; k < PARTS; k++) {
            double *a = room + k * each;
            part p = {a, a + d * d, a + d * (d + s->groups), a + d * (d + s->groups + s->codes)};
            add_part(s, n * k / PARTS, n * (k + 1) / PARTS, &p);
        }
    }
    for (size_t k = 1; k < PARTS; k++)
        for (size_t i = 0; i < each - d * BLOCK; i++)
            room[i] += room[k * each + i];
    const double *group = room + d * d, *code = group + d * s->groups;
    double *both = size + s->groups; /* images of a class with a code */
    for (size_t i = 0; i < n; i++) {
        size[s->group[i]]++;
        if (s->codes)
            both[s->group[i] * s->codes + s->code[i]]++;
    }
    memset(h.a, 0, h.rows * h.ld * sizeof *h.a);
    for (size_t i = 0; i < d; i++)
        for (size_t j = i; j < d; j++)
            h.a[i * h.ld + j] = h.a[j * h.ld + i] = room[i * d + j] / (double)n;
    for (size_t c = 0; c < s->codes; c++) { /* one-hot codes: sums of the rows that have them */
        for (size_t j = 0; j < d; j++)
            h.a[(d + c) * h.ld + j] = h.a[j * h.ld + d + c] = code[c * d + j] / (double)n;
        h.a[(d + c) * h.ld + d + c] = code[c * d] / (double)n; /* column 0 counts */
    }
    for (size_t g = 0; g < s->groups; g++) { /* rows xbar_g / sqrt(C) */
        double scale = 1 / (fmax(size[g], 1) * sqrt((double)s->groups));
        for (size_t j = 0; j < d; j++)
            factor.a[g * factor.ld + j] = scale * group[g * d + j];
        for (size_t c = 0; c < s->codes; c++)
            factor.a[g * factor.ld + d + c] = scale * both[g * s->codes + c];
    }
done:
    pl_free(room);
    pl_free(size);
    return status;
}

void xue23_images_augment(const xue23_images *s, double variance, pl_mat q) {
    for (size_t k = 1; k <= s->dim; k++)
        q.a[k * q.ld + k] += variance;
}

/* Embeddings of n rows, n x p. */
static pl_status embed(pl_ctx *ctx, const xue23_images *s, pl_cmat w, size_t first, size_t stride,
                       size_t n, double *block, double *f) {
    size_t d = s->dim + 1, p = w.rows;
    block_rows(s, first, stride, n, block);
    pl_status status = pl_product(ctx, 1, (pl_cmat){block, n, d, d}, false,
                                  (pl_cmat){w.a, p, d, w.ld}, true, 0, (pl_mat){f, n, p, p});
    for (size_t i = 0; i < n && s->codes && status == PL_OK; i++)
        for (size_t r = 0; r < p; r++)
            f[i * p + r] += w.a[r * w.ld + d + s->code[first + i * stride]];
    return status;
}

/* Normal equations of the probe on (f, 1) against one-hot labels and one-hot classes. */
typedef struct probe {
    double *gram, *target, *block, *f; /* (p+1)^2; (p+1) x (labels + groups) */
    size_t side, outputs, rows;
} probe;

static pl_status gather(pl_ctx *ctx, const xue23_images *s, pl_cmat w, size_t stride, probe *t) {
    pl_status status = PL_OK;
    size_t p = w.rows, side = t->side;
    size_t taken = (s->rows + stride - 1) / stride;
    double *rows = NULL;
    PL_NEW(ctx, rows, BLOCK * side);
    for (size_t first = 0; first < taken; first += BLOCK) {
        size_t n = taken - first < BLOCK ? taken - first : BLOCK;
        PL_TRY(embed(ctx, s, w, first * stride, stride, n, t->block, t->f));
        for (size_t i = 0; i < n; i++) {
            memcpy(rows + i * side, t->f + i * p, p * sizeof *rows);
            rows[i * side + p] = 1;
            size_t at = (first + i) * stride;
            double *targets = t->target;
            for (size_t k = 0; k < side; k++) {
                targets[k * t->outputs + s->label[at]] += rows[i * side + k];
                targets[k * t->outputs + s->labels + s->group[at]] += rows[i * side + k];
            }
        }
        pl_cmat a = {rows, n, side, side};
        PL_TRY(pl_product(ctx, 1, a, true, a, false, 1, (pl_mat){t->gram, side, side, side}));
    }
    t->rows = taken;
done:
    pl_free(rows);
    return status;
}

static pl_status score(pl_ctx *ctx, const xue23_images *s, pl_cmat w, const probe *t,
                       double *subclass, double *group) {
    pl_status status = PL_OK;
    size_t p = w.rows, hits = 0, group_hits = 0;
    double *out = NULL;
    PL_NEW(ctx, out, t->outputs);
    for (size_t first = 0; first < s->rows; first += BLOCK) {
        size_t n = s->rows - first < BLOCK ? s->rows - first : BLOCK;
        PL_TRY(embed(ctx, s, w, first, 1, n, t->block, t->f));
        for (size_t i = 0; i < n; i++) {
            memcpy(out, t->target + p * t->outputs, t->outputs * sizeof *out);
            for (size_t k = 0; k < p; k++)
                cblas_daxpy((int)t->outputs, t->f[i * p + k], t->target + k * t->outputs, 1, out,
                            1);
            size_t best = 0, best_group = s->labels;
            for (size_t k = 1; k < s->labels; k++)
                best = out[k] > out[best] ? k : best;
            for (size_t k = s->labels + 1; k < t->outputs; k++)
                best_group = out[k] > out[best_group] ? k : best_group;
            hits += best == s->label[first + i];
            group_hits += best_group - s->labels == s->group[first + i];
        }
    }
    *subclass = (double)hits / (double)s->rows;
    *group = (double)group_hits / (double)s->rows;
done:
    pl_free(out);
    return status;
}

pl_status xue23_images_probe(pl_ctx *ctx, const xue23_images *train, const xue23_images *test,
                             pl_cmat w, size_t stride, double ridge, bool absolute,
                             double *subclass, double *group) {
    pl_status status;
    size_t p = w.rows, side = p + 1, outputs = train->labels + train->groups;
    probe t = {.side = side, .outputs = outputs};
    if (train->rows / stride < train->labels)
        return pl_fail(ctx, PL_EDOMAIN, "a probe on %zu images of %zu labels; take more images",
                       train->rows / stride, train->labels);
    PL_NEW(ctx, t.gram, side * side);
    PL_NEW(ctx, t.target, side * outputs);
    PL_NEW(ctx, t.block, BLOCK * (train->dim + 1));
    PL_NEW(ctx, t.f, BLOCK * p);
    PL_TRY(gather(ctx, train, w, stride, &t));
    double trace = 0;
    for (size_t k = 0; k < p; k++)
        trace += t.gram[k * side + k];
    double lambda = absolute ? ridge * (double)t.rows : ridge * trace / (double)p;
    for (size_t k = 0; k < p; k++) /* the intercept is not shrunk */
        t.gram[k * side + k] += fmax(lambda, 1e-300);
    t.gram[p * side + p] *= 1 + 1e-12; /* a constant embedding row makes it a second intercept */
    int info = (int)LAPACKE_dposv(LAPACK_ROW_MAJOR, 'U', (int)side, (int)outputs, t.gram, (int)side,
                                  t.target, (int)outputs);
    if (info != 0) {
        status = pl_fail(ctx, PL_EDOMAIN,
                         "the probe's %zu embeddings are not independent; raise "
                         "--ridge",
                         p);
        goto done;
    }
    PL_TRY(score(ctx, test, w, &t, subclass, group));
done:
    pl_free(t.gram);
    pl_free(t.target);
    pl_free(t.block);
    pl_free(t.f);
    return status;
}
