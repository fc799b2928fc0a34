/* The paper's experiments on real images, for a linear encoder, where every minimiser is an
 * eigenproblem (theory notes, sec. 9): which accuracy do SCL, UCL and the joint loss leave to
 * subclasses and classes (its Tables 3 and 5), what do random bits take away (Figure 5, Table 2),
 * and is the subclass learned and then forgotten by descent (Figure 3)? */

#include <cblas.h>
#include <math.h>
#include <string.h>

#include "base/progress.h"
#include "math/eigen.h"
#include "math/product.h"
#include "spectral/spectral.h"
#include "spectral/xue23_images.h"
#include "spectral/xue23_minimiser.h"
#include "spectral/xue23_problem.h"

static const pl_option options[] = {
    {"dataset", PL_OPT_TEXT, "fashion-mnist", 0, 0, NULL, "NAME:DIR",
     "images, as for plumb views; fashion-mnist is Debian's package dataset-fashion-mnist", 0},
    {"features", PL_OPT_INPUT, NULL, 0, 0, NULL, "FILE", "inputs (N, d) in place of it", 0},
    {"labels", PL_OPT_INPUT, NULL, 0, 0, NULL, "FILE", "their subclasses, integers from 0", 0},
    {"test-features", PL_OPT_INPUT, NULL, 0, 0, NULL, "FILE", "inputs held out", 0},
    {"test-labels", PL_OPT_INPUT, NULL, 0, 0, NULL, "FILE", "their subclasses", 0},
    {"classes", PL_OPT_LIST, NULL, 0, 1023, NULL, "LIST",
     "class of every subclass; fashion-mnist has tops, trousers, shoes, bags", 0},
    {"images", PL_OPT_INT, "0", 0, 1e9, NULL, "N", "take the first N of each part; 0: all", 0},
    {"centre", PL_OPT_FLAG, NULL, 0, 0, NULL, NULL, "take the mean image off", 0},
    {"codes", PL_OPT_INT, "0", 0, 12, NULL, "b", "append one of 2^b random codes (RandBit)", 0},
    {"variance", PL_OPT_REAL, "0.05", 1e-6, 1e6, NULL, "tau2", "of Gaussian augmentation", 0},
    {"loss", PL_OPT_SPEC, "scl", 0, 1, "scl|ucl|joint:BETA", NULL,
     "supervised, unsupervised, or BETA of the first and the rest of the second", 0},
    {"embeddings", PL_OPT_LIST, "16", 1, 4096, NULL, "LIST", "sizes p of the embedding", 0},
    {"iterations", PL_OPT_INT, "0", 0, 1e7, NULL, "T", "steps of gradient descent; 0: minimiser",
     0},
    {"step", PL_OPT_REAL, "0.1", 1e-9, 1e3, NULL, "eta", "its step times largest eigenvalue of Q",
     0},
    {"start-scale", PL_OPT_REAL, "0.001", 0, 1e6, NULL, "sigma0",
     "sigma0: the start has entries N(0, sigma0^2/D)", 0},
    {"points", PL_OPT_INT, "24", 2, 1e4, NULL, NULL, "rows along it, geometrically spaced", 0},
    {"probe-every", PL_OPT_INT, "1", 1, 1e6, NULL, NULL, "train the probe on every k-th image", 0},
    {"ridge", PL_OPT_SPEC, "relative:1e-6", 0, 1e6, "relative:R|absolute:R", NULL,
     "of the probe: times the embedding's mean square, or as it stands (descent needs that)", 0},
    {"seed", PL_OPT_SEED, "1", 0, 0, NULL, NULL, "of codes and start", 0},
    {0}};

static const pl_column columns[] = {
    {"embedding", "1", "p", false},
    {"iteration", "1", "step of gradient descent; nan: the minimiser", false},
    {"loss", "1", "L(W)", false},
    {"minimum_loss", "1", "its minimum", false},
    {"subclass_accuracy", "1", "of a linear probe on held-out images", false},
    {"class_accuracy", "1", "of a linear probe on held-out images", false},
    {0}};

typedef struct job {
    const pl_options *options;
    xue23_images train, test;
    double *p, *q, *factor; /* D x D, D x D, classes x D */
    size_t dims;
    double share, ridge;
    bool absolute;
} job;

static pl_status job_new(pl_ctx *ctx, const pl_options *o, job *j) {
    pl_status status;
    j->options = o;
    j->share = xue23_share(o);
    j->absolute = strcmp(pl_option_spec(o, "ridge", &j->ridge), "absolute") == 0;
    PL_TRY(xue23_images_read(ctx, o, false, NULL, &j->train));
    PL_TRY(xue23_images_read(ctx, o, true, &j->train, &j->test));
    size_t d = j->dims = xue23_images_dims(&j->train), count;
    if (d > 8192 || !pl_size_mul(d, d, &count)) {
        status = pl_fail(ctx, PL_ESHAPE, "inputs of dimension %zu, at most 8192", d);
        goto done;
    }
    PL_NEW(ctx, j->p, count);
    PL_NEW(ctx, j->q, count);
    PL_NEW(ctx, j->factor, j->train.groups * d);
    pl_mat h = {j->q, d, d, d}, factor = {j->factor, j->train.groups, d, d};
    PL_TRY(xue23_images_moments(ctx, &j->train, h, factor));
    memcpy(j->p, j->q, count * sizeof *j->p); /* P = share C^T C + (1 - share) H */
    PL_TRY(pl_product(ctx, j->share, pl_const(factor), true, pl_const(factor), false, 1 - j->share,
                      (pl_mat){j->p, d, d, d}));
    xue23_images_augment(&j->train, pl_option_real(o, "variance"), h);
done:
    return status;
}

static void job_free(job *j) {
    xue23_images_free(&j->train);
    xue23_images_free(&j->test);
    pl_free(j->p);
    pl_free(j->q);
    pl_free(j->factor);
}

static pl_status probe(pl_ctx *ctx, const job *j, pl_cmat w, double iteration, double loss,
                       double minimum, pl_table *out) {
    double subclass = NAN, group = NAN;
    pl_status status = xue23_images_probe(ctx, &j->train, &j->test, w,
                                          (size_t)pl_option_int(j->options, "probe-every"),
                                          j->ridge, j->absolute, &subclass, &group);
    if (status)
        return status;
    return pl_table_add(
        ctx, out, (double[]){(double)w.rows, iteration, loss, minimum, subclass, group}, NULL);
}

static pl_status minimiser(pl_ctx *ctx, const job *j, size_t p, xue23_minimiser *m) {
    size_t d = j->dims;
    return xue23_minimise_moments(ctx, (pl_cmat){j->p, d, d, d}, (pl_cmat){j->q, d, d, d}, p, m);
}

/* In the eigenbasis V of Q descent is the same path, W_t V^T, and W Q a scaling; P = C^T C stays
 * of the rank of its classes. Other losses have no thin P and take the moments as they are. */
typedef struct basis {
    double *vectors, *value, *factor; /* V as rows, its eigenvalues, C V^T */
} basis;

static pl_status basis_new(pl_ctx *ctx, const job *j, basis *b) {
    pl_status status;
    size_t d = j->dims, groups = j->train.groups;
    PL_NEW(ctx, b->vectors, d * d);
    PL_NEW(ctx, b->value, d);
    PL_NEW(ctx, b->factor, groups * d);
    memcpy(b->vectors, j->q, d * d * sizeof *b->vectors);
    PL_TRY(pl_eigen_symmetric_vectors(ctx, (pl_mat){b->vectors, d, d, d}, b->value));
    PL_TRY(pl_product(ctx, 1, (pl_cmat){j->factor, groups, d, d}, false,
                      (pl_cmat){b->vectors, d, d, d}, true, 0, (pl_mat){b->factor, groups, d, d}));
done:
    return status;
}

static pl_status descend(pl_ctx *ctx, const job *j, size_t p, pl_table *out) {
    pl_status status;
    size_t d = j->dims, steps = (size_t)pl_option_int(j->options, "iterations");
    double points = (double)pl_option_int(j->options, "points"), *w = NULL;
    basis b = {0};
    xue23_minimiser least = {0};
    xue23_descent t = {0};
    pl_mat w0 = {0};
    bool thin = j->share == 1;
    pl_progress progress = pl_progress_start("gradient descent", steps, false);
    PL_TRY(minimiser(ctx, j, p, &least));
    PL_TRY(basis_new(ctx, j, &b));
    PL_NEW(ctx, w, p * d);
    PL_TRY(xue23_start(ctx, p, d, pl_option_seed(j->options, "seed"),
                       pl_option_real(j->options, "start-scale") / sqrt((double)d), &w0));
    pl_cmat v = {b.vectors, d, d, d};
    memcpy(w, w0.a, p * d * sizeof *w);
    if (thin)
        PL_TRY(pl_product(ctx, 1, (pl_cmat){w, p, d, d}, false, v, true, 0, w0));
    xue23_moments m = {.p = {j->p, d, d, d}, .q = {j->q, d, d, d}};
    if (thin)
        m = (xue23_moments){.diagonal = b.value, .factor = {b.factor, j->train.groups, d, d}};
    PL_TRY(xue23_descent_new(ctx, &m, pl_const(w0), pl_option_real(j->options, "step") / b.value[0],
                             &t));
    double next = 1, ratio = pow((double)steps, 1 / (points - 1));
    for (;;) {
        if ((double)t.iteration >= next - 0.5 || t.iteration == steps) {
            memcpy(w, t.w.a, p * d * sizeof *w);
            if (thin)
                PL_TRY(pl_product(ctx, 1, pl_const(t.w), false, v, false, 0, (pl_mat){w, p, d, d}));
            PL_TRY(
                probe(ctx, j, (pl_cmat){w, p, d, d}, (double)t.iteration, t.loss, least.loss, out));
            while (next - 0.5 <= (double)t.iteration)
                next *= ratio;
        }
        if (t.iteration == steps)
            break;
        PL_TRY(xue23_descent_step(ctx, &t));
        pl_progress_step(&progress, t.iteration);
    }
done:
    pl_progress_end(&progress);
    pl_free(b.vectors);
    pl_free(b.value);
    pl_free(b.factor);
    pl_free(w);
    pl_free(w0.a);
    xue23_descent_free(&t);
    xue23_minimiser_free(&least);
    return status;
}

/* One eigenproblem serves all p: the minimisers of size p are the first p rows of the largest,
 * except within a tied block, so that each is computed afresh only there. */
static pl_status minimise(pl_ctx *ctx, const job *j, const double *size, size_t count,
                          pl_table *out) {
    pl_status status;
    size_t d = j->dims, largest = 1;
    xue23_minimiser m = {0};
    for (size_t i = 0; i < count; i++)
        largest = (size_t)size[i] > largest ? (size_t)size[i] : largest;
    PL_TRY(minimiser(ctx, j, largest, &m));
    for (size_t i = 0; i < count; i++) {
        size_t p = (size_t)size[i];
        double loss = 0;
        for (size_t k = 0; k < p && k < m.rank; k++)
            loss -= m.eigenvalue[k] * m.eigenvalue[k];
        PL_TRY(probe(ctx, j, (pl_cmat){m.w.a, p, d, d}, NAN, loss, loss, out));
    }
done:
    xue23_minimiser_free(&m);
    return status;
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status;
    job j = {0};
    size_t count;
    const double *size = pl_option_list(o, "embeddings", &count);
    PL_TRY(job_new(ctx, o, &j));
    if (pl_option_int(o, "iterations") == 0)
        PL_TRY(minimise(ctx, &j, size, count, out));
    else
        for (size_t i = 0; i < count; i++)
            PL_TRY(descend(ctx, &j, (size_t)size[i], out));
    double best = 0;
    for (size_t i = 0; i < pl_table_rows(out); i++)
        best = fmax(best, pl_table_at(out, i, 4));
    const struct {
        const char *name, *meaning;
        double value;
    } list[] = {
        {"best_subclass_accuracy", "largest of the rows", best},
        {"last_subclass_accuracy", "of the last row", pl_table_at(out, pl_table_rows(out) - 1, 4)},
        {"last_class_accuracy", "of the last row", pl_table_at(out, pl_table_rows(out) - 1, 5)},
        {"train_images", "images that the moments are of", (double)j.train.rows},
        {"test_images", "images that the probe is tested on", (double)j.test.rows},
        {"subclasses", "labels", (double)j.train.labels},
        {"classes", "classes", (double)j.train.groups}};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        PL_TRY(pl_table_summarise(ctx, out, list[i].name, "1", list[i].meaning, list[i].value));
done:
    job_free(&j);
    return status;
}

const pl_program pl_spectral_linear_features = {
    .name = "linear-features",
    .summary = "SCL, UCL and the joint loss on real images: subclass and class accuracy",
    .details = "A linear encoder with bias on pixels/255, Gaussian augmentation in closed form. "
               "Minimisers by eigenproblem, or\ngradient descent with accuracy along the way; "
               "--codes appends random bits as XUE23's RandBit does.",
    .source = "XUE23, Figures 3 and 5, Tables 2, 3, 5 (linear analogues)",
    .options = options,
    .columns = columns,
    .run = run};
