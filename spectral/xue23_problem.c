#include "spectral/xue23_problem.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

#include "ssl/moment_losses.h"

/* X is kept as a matrix up to this many numbers (256 MB). */
enum { LARGEST_MATRIX = 1 << 25, LARGEST_SIDE = 8192 };

double xue23_share(const pl_options *o) {
    double beta;
    const char *word = pl_option_spec(o, "loss", &beta);
    return strcmp(word, "scl") == 0 ? 1 : strcmp(word, "ucl") == 0 ? 0 : beta;
}

void xue23_problem_free(xue23_problem *p) {
    xue23_set_free(&p->set);
    pl_free(p->x.a);
    pl_free(p->label);
    pl_free(p->original);
    pl_free(p->subclass);
    pl_free(p->direction.a);
    *p = (xue23_problem){0};
}

static pl_status allocate(pl_ctx *ctx, size_t n, size_t dims, xue23_problem *p) {
    pl_status status = PL_OK;
    size_t count;
    PL_NEW(ctx, p->label, n);
    PL_NEW(ctx, p->original, n);
    PL_NEW(ctx, p->subclass, n);
    p->x = (pl_mat){NULL, n, dims, dims};
    if (pl_size_mul(n, dims, &count) && count <= LARGEST_MATRIX)
        PL_NEW(ctx, p->x.a, count);
done:
    return status;
}

pl_status xue23_problem_model(pl_ctx *ctx, const xue23_spec *spec, xue23_problem *p) {
    pl_status status;
    PL_TRY(xue23_set_new(ctx, spec, &p->set));
    PL_TRY(allocate(ctx, p->set.columns, p->set.dims, p));
    if (p->x.a)
        xue23_set_dense(&p->set, p->x);
    for (size_t i = 0; i < p->set.columns; i++) {
        p->label[i] = p->set.label[i];
        p->original[i] = p->set.original[i];
        p->subclass[i] = 2 * p->label[i] + (p->set.subclass[i] > 0 ? 0 : 1);
    }
    p->classes = 2;
    p->subclasses = 4;
    p->originals = p->set.originals;
    p->direction.rows = p->set.features + 1;
    p->moments = (xue23_moments){.set = &p->set, .share = p->share};
done:
    return status;
}

xue23_spec xue23_spec_of(const pl_options *o) {
    double ambient;
    xue23_spec spec = {.mu = pl_option_real(o, "mu"),
                       .sigma = pl_option_real(o, "sigma"),
                       .views = (size_t)pl_option_int(o, "views"),
                       .repeats = (size_t)pl_option_int(o, "repeats"),
                       .bias = !pl_option_flag(o, "no-bias"),
                       .unbalanced = pl_option_flag(o, "unbalanced"),
                       .noise_seed = pl_option_seed(o, "noise-seed")};
    spec.phi = pl_option_list(o, "phi", &spec.features);
    if (strcmp(pl_option_spec(o, "noise", &ambient), "sampled") == 0)
        spec.ambient = (size_t)ambient;
    return spec;
}

/* X_ij = cos(1 + 3i + 2j + ij) with coordinate i and example j; groups side by side. */
static pl_status from_cosines(pl_ctx *ctx, const char *name, xue23_problem *p) {
    static const struct {
        const char *name;
        size_t dims, n, classes[9], originals[9];
    } list[] = {
        {"cos-5x6", 5, 6, {0, 0, 0, 0, 1, 1}, {0, 0, 1, 1, 2, 2}},
        {"cos-5x9", 5, 9, {0, 0, 0, 1, 1, 1, 2, 2, 2}, {0, 0, 0, 1, 1, 1, 2, 2, 2}},
        {"cos-9x6", 9, 6, {0, 0, 1, 1, 2, 2}, {0, 0, 1, 1, 2, 2}},
        {"cos-5x9-2", 5, 9, {0, 0, 0, 0, 1, 1, 1, 1, 1}, {0, 0, 0, 0, 1, 1, 1, 1, 1}},
    };
    size_t k = 0;
    while (k < sizeof list / sizeof *list && strcmp(list[k].name, name) != 0)
        k++;
    if (k == sizeof list / sizeof *list)
        return pl_fail(ctx, PL_EUSAGE,
                       "--data %s: expected model, cos-5x6, cos-5x9, cos-5x9-2 or "
                       "cos-9x6",
                       name);
    pl_status status = allocate(ctx, list[k].n, list[k].dims, p);
    if (status)
        return status;
    for (size_t j = 0; j < list[k].n; j++) {
        for (size_t i = 0; i < list[k].dims; i++)
            p->x.a[j * list[k].dims + i] = cos((double)(1 + 3 * i + 2 * j + i * j));
        p->label[j] = p->subclass[j] = list[k].classes[j];
        p->original[j] = list[k].originals[j];
        p->classes = p->label[j] + 1;
        p->originals = p->original[j] + 1;
    }
    p->direction.rows = list[k].dims;
    return PL_OK;
}

pl_status xue23_problem_new(pl_ctx *ctx, const pl_options *o, const char *data, xue23_problem *p) {
    pl_status status;
    p->share = pl_option_has(o, "loss") ? xue23_share(o) : 1;
    p->embedding = pl_option_has(o, "embedding") ? (size_t)pl_option_int(o, "embedding") : 1;
    if (pl_option_has(o, "features"))
        status = xue23_problem_read(ctx, o, p);
    else if (pl_option_has(o, "labels") || pl_option_has(o, "subclasses"))
        status = pl_fail(ctx, PL_EUSAGE, "--labels and --subclasses need --features");
    else if (data && strcmp(data, "model") != 0)
        status = from_cosines(ctx, data, p);
    else {
        xue23_spec spec = xue23_spec_of(o);
        return xue23_problem_model(ctx, &spec, p);
    }
    p->moments = (xue23_moments){.x = pl_const(p->x),
                                 .label = p->label,
                                 .original = p->original,
                                 .classes = p->classes,
                                 .originals = p->originals,
                                 .share = p->share};
    return status;
}

/* S, or P: share of the classes' pairs, the rest of the originals'. */
static void mix(double share, pl_mat a, pl_cmat b) {
    for (size_t i = 0; i < a.rows * a.cols; i++)
        a.a[i] = share * a.a[i] + (1 - share) * b.a[i];
}

static pl_status from_examples(pl_ctx *ctx, const xue23_problem *p, double share, size_t embedding,
                               xue23_minimiser *out) {
    pl_status status;
    size_t n = p->x.rows;
    double *s = NULL, *t = NULL;
    PL_NEW(ctx, s, n * n);
    PL_NEW(ctx, t, n * n);
    PL_TRY(pl_group_pairs(ctx, p->label, n, p->classes, (pl_mat){s, n, n, n}));
    PL_TRY(pl_group_pairs(ctx, p->original, n, p->originals, (pl_mat){t, n, n, n}));
    mix(share, (pl_mat){s, n, n, n}, (pl_cmat){t, n, n, n});
    PL_TRY(xue23_minimise_examples(ctx, pl_const(p->x), (pl_cmat){s, n, n, n}, embedding, out));
done:
    pl_free(s);
    pl_free(t);
    return status;
}

static pl_status from_moments(pl_ctx *ctx, const xue23_problem *p, double share, size_t embedding,
                              xue23_minimiser *out) {
    pl_status status;
    size_t d = p->x.cols;
    double *m = NULL, *other = NULL, *q = NULL;
    PL_NEW(ctx, m, d * d);
    PL_NEW(ctx, other, d * d);
    PL_NEW(ctx, q, d * d);
    pl_mat positive = {m, d, d, d}, unsupervised = {other, d, d, d}, second = {q, d, d, d};
    PL_TRY(pl_group_moment(ctx, pl_const(p->x), p->label, p->classes, positive));
    PL_TRY(pl_group_moment(ctx, pl_const(p->x), p->original, p->originals, unsupervised));
    PL_TRY(pl_second_moment(ctx, pl_const(p->x), second));
    mix(share, positive, pl_const(unsupervised));
    PL_TRY(xue23_minimise_moments(ctx, pl_const(positive), pl_const(second), embedding, out));
done:
    pl_free(m);
    pl_free(other);
    pl_free(q);
    return status;
}

pl_status xue23_problem_minimise(pl_ctx *ctx, const xue23_problem *p, double share,
                                 size_t embedding, xue23_minimiser *out) {
    size_t side = p->x.rows < p->x.cols ? p->x.rows : p->x.cols;
    if (!p->x.a || side > LARGEST_SIDE)
        return pl_fail(ctx, PL_ESHAPE,
                       "%zu examples in dimension %zu: the minimiser needs one of the two below "
                       "%d; take fewer --repeats, or early-learning",
                       p->x.rows, p->x.cols, LARGEST_SIDE);
    if (p->x.rows <= p->x.cols) {
        pl_status status = from_examples(ctx, p, share, embedding, out);
        if (status != PL_EDOMAIN || embedding < 1 || p->x.cols > LARGEST_SIDE)
            return status;
    }
    return from_moments(ctx, p, share, embedding, out);
}

pl_status xue23_problem_loss(pl_ctx *ctx, const xue23_problem *p, double share, pl_cmat w,
                             double *loss, double *gradient_norm) {
    xue23_moments m = p->moments;
    m.share = share;
    return xue23_loss(ctx, &m, w, loss, gradient_norm);
}

pl_status xue23_problem_start(pl_ctx *ctx, const pl_options *o, const xue23_problem *p,
                              pl_mat *w0) {
    double ambient;
    size_t d = xue23_dims(&p->moments);
    if (!p->set.columns || strcmp(pl_option_spec(o, "noise", &ambient), "sampled") != 0)
        ambient = (double)d;
    return xue23_start(ctx, p->embedding, d, pl_option_seed(o, "start-seed"),
                       pl_option_real(o, "start-scale") / sqrt(ambient), w0);
}

size_t xue23_problem_directions(const xue23_problem *p) {
    return p->direction.rows;
}

pl_status xue23_problem_norms(pl_ctx *ctx, const xue23_problem *p, pl_cmat w, double *norm) {
    if (!p->direction.a) {
        xue23_column_norms(w, p->direction.rows, norm);
        return PL_OK;
    }
    double *image = pl_alloc(ctx, w.rows, sizeof *image);
    if (!image)
        return PL_ENOMEM;
    for (size_t k = 0; k < p->direction.rows; k++) {
        cblas_dgemv(CblasRowMajor, CblasNoTrans, (int)w.rows, (int)w.cols, 1, w.a, (int)w.ld,
                    p->direction.a + k * p->direction.ld, 1, 0, image, 1);
        norm[k] = cblas_dnrm2((int)w.rows, image, 1);
    }
    pl_free(image);
    return PL_OK;
}
