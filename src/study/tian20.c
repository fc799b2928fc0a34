/* TIAN20 theorem 3 on images: training z = W x with L_simp multiplies W by I + 2 rate V, V the
 * covariance of the augmentation means, at every step (TIAN20.1L.LIN): power iteration, and the
 * rows of W align with V's leading eigenvectors. */

#include <math.h>
#include <string.h>

#include "data/augment.h"
#include "data/choose.h"
#include "math/eigen.h"
#include "math/product.h"
#include "math/random.h"
#include "math/stats.h"
#include "ssl/triplet_losses.h"
#include "study/compare.h"
#include "study/linear.h"
#include "study/study.h"

static const pl_option options[] = {
    {"data", PL_OPT_TEXT, "fashion-mnist", 0, 0, NULL, "NAME:DIR", "the images", 0},
    {"images", PL_OPT_INT, "4000", 64, 1e9, NULL, "N", "of them", 0},
    {"augment", PL_OPT_TEXT, "crop(.2,1)", 0, 0, NULL, "SPEC", "steps of a view", 0},
    {"neurons", PL_OPT_INT, "8", 1, 1024, NULL, NULL, "rows of W", 0},
    {"leading", PL_OPT_INT, "4", 1, 1024, NULL, "Q", "eigenvectors that count as leading", 0},
    {"batch", PL_OPT_INT, "250", 2, 1e6, NULL, NULL, NULL, 0},
    {"epochs", PL_OPT_INT, "4", 1, 1e6, NULL, NULL, NULL, 0},
    {"growth", PL_OPT_REAL, "0.2", 1e-6, 10, NULL, NULL, "2 rate lambda_1: of W, a step", 0},
    {"views", PL_OPT_INT, "8", 1, 1000, NULL, NULL, "pairs of views of an image that estimate V",
     0},
    {"replicates", PL_OPT_INT, "5", 2, 1000, NULL, "SEEDS", NULL, 0},
    {"seed", PL_OPT_SEED, "1", 0, 0, NULL, NULL, "the first of them", 0},
    {0}};

static const pl_column columns[] = {
    {"epoch", "1", "epochs that are over", false},
    {"leading", "1", "share of |W|^2 on the leading eigenvectors of V, mean over seeds", false},
    {"lo", "1", "of its 95 % t interval", false},
    {"hi", "1", "of it", false},
    {"predicted", "1", "the same share of W_0 (I + 2 rate V)^steps", false},
    {"difference", "1", "leading - predicted", false},
    {"error", "1", "its standard error over the seeds", false},
    {"last", "1", "share on as many of the last eigenvectors", false},
    {0}};

typedef struct job {
    pl_images images;
    pl_augment *views;
    size_t *chosen;
    size_t n, dim, batch, epochs, neurons, leading, seeds;
    double *value; /* eigenvalues of V, falling */
    pl_mat vector; /* dim x dim, rows */
    float *pixels; /* batch x 2 x dim */
    pl_mat z, dz;  /* 2 batch x neurons: first views, second views */
    float *slope;
    pl_mat grown; /* W_0 in the eigenbasis */
} job;

enum { SERIES_COVARIANCE = 1000000 };

/* V, from products of two independent views of an image: unbiased over views and images, no share
 * of one view's own variance. Symmetric; the mean image is taken off. */
static pl_status covariance(pl_ctx *ctx, job *j, size_t pairs) {
    pl_status status = PL_OK;
    size_t d = j->dim, b = j->batch;
    double *mean = NULL;
    pl_mat x = {NULL, b, d, d}, y = {NULL, b, d, d};
    double count = 0;
    PL_NEW(ctx, mean, d);
    PL_NEW(ctx, x.a, b * d);
    PL_NEW(ctx, y.a, b * d);
    for (size_t v = 0; v < pairs; v++)
        for (size_t at = 0; at + b <= j->n; at += b) {
            PL_TRY(pl_augment_batch(ctx, j->views, &j->images, j->chosen + at, b, 2,
                                    SERIES_COVARIANCE + v, 1, j->pixels));
            for (size_t i = 0; i < b; i++)
                for (size_t k = 0; k < d; k++) {
                    x.a[i * d + k] = (double)j->pixels[2 * i * d + k];
                    y.a[i * d + k] = (double)j->pixels[(2 * i + 1) * d + k];
                    mean[k] += (x.a[i * d + k] + y.a[i * d + k]) / 2;
                }
            PL_TRY(pl_product(ctx, .5, pl_const(x), true, pl_const(y), false, 1, j->vector));
            PL_TRY(pl_product(ctx, .5, pl_const(y), true, pl_const(x), false, 1, j->vector));
            count += (double)b;
        }
    double unbiased = (double)j->n / ((double)j->n - 1);
    for (size_t r = 0; r < d; r++)
        for (size_t c = 0; c < d; c++)
            j->vector.a[r * d + c] =
                unbiased * (j->vector.a[r * d + c] / count - mean[r] * mean[c] / (count * count));
    PL_TRY(pl_eigen_symmetric_vectors(ctx, j->vector, j->value));
done:
    pl_free(mean);
    pl_free(x.a);
    pl_free(y.a);
    return status;
}

static pl_status job_new(pl_ctx *ctx, const pl_options *o, job *j) {
    pl_status status;
    pl_augment_spec spec;
    PL_TRY(pl_augment_parse(ctx, pl_option_text(o, "augment"), &spec));
    PL_TRY(pl_images_open(ctx, pl_option_text(o, "data"), PL_SPLIT_TRAIN, 0, &j->images));
    PL_TRY(pl_augment_new(ctx, &spec, &j->images, &j->views));
    pl_augment_size size = pl_augment_shape(j->views);
    j->dim = size.channels * size.height * size.width;
    j->batch = (size_t)pl_option_int(o, "batch");
    j->n = (size_t)pl_option_int(o, "images") / j->batch * j->batch;
    j->epochs = (size_t)pl_option_int(o, "epochs");
    j->neurons = (size_t)pl_option_int(o, "neurons");
    j->leading = (size_t)pl_option_int(o, "leading");
    j->seeds = (size_t)pl_option_int(o, "replicates");
    size_t d = j->dim, k = j->neurons;
    if (j->n == 0 || j->n > j->images.count || 2 * j->leading > d) {
        status =
            pl_fail(ctx, PL_EUSAGE,
                    "%zu images of %zu pixels do not give --images %lld in batches of %zu with "
                    "%zu leading eigenvectors",
                    j->images.count, d, pl_option_int(o, "images"), j->batch, j->leading);
        goto done;
    }
    j->vector = (pl_mat){NULL, d, d, d};
    j->grown = (pl_mat){NULL, k, d, d};
    j->z = j->dz = (pl_mat){NULL, 2 * j->batch, k, k};
    PL_NEW(ctx, j->chosen, j->images.count);
    PL_NEW(ctx, j->value, d);
    PL_NEW(ctx, j->vector.a, d * d);
    PL_NEW(ctx, j->grown.a, k * d);
    PL_NEW(ctx, j->pixels, 2 * j->batch * d);
    PL_NEW(ctx, j->z.a, 2 * j->batch * k);
    PL_NEW(ctx, j->dz.a, 2 * j->batch * k);
    PL_NEW(ctx, j->slope, 2 * j->batch * k);
    PL_TRY(pl_images_choose(ctx, &j->images, PL_CHOOSE_RANDOM, j->n, pl_option_seed(o, "seed"),
                            j->chosen));
    PL_TRY(covariance(ctx, j, (size_t)pl_option_int(o, "views")));
done:
    return status;
}

static void job_free(job *j) {
    pl_images_free(&j->images);
    pl_augment_free(j->views);
    pl_free(j->chosen);
    pl_free(j->value);
    pl_free(j->vector.a);
    pl_free(j->grown.a);
    pl_free(j->pixels);
    pl_free(j->z.a);
    pl_free(j->dz.a);
    pl_free(j->slope);
}

/* One step on the images that stand at `index`. */
static pl_status train_step(pl_ctx *ctx, job *j, study_linear *l, const size_t *index,
                            uint64_t epoch, uint64_t seed, double rate) {
    pl_status status;
    const float *z;
    double value;
    size_t b = j->batch, k = j->neurons;
    const pl_triplet loss = {PL_TRIPLET_SIMP, 1, 0, b - 1}; /* every other image is a negative */
    const pl_cmat first = {j->z.a, b, k, k}, second = {j->z.a + b * k, b, k, k};
    const pl_mat dfirst = {j->dz.a, b, k, k}, dsecond = {j->dz.a + b * k, b, k, k};
    PL_TRY(pl_augment_batch(ctx, j->views, &j->images, index, b, 2, epoch, seed, j->pixels));
    PL_TRY(study_linear_forward(ctx, l, j->pixels, &z));
    for (size_t i = 0; i < 2 * b; i++)
        for (size_t c = 0; c < k; c++)
            j->z.a[((i % 2) * b + i / 2) * k + c] = (double)z[i * k + c];
    PL_TRY(pl_triplet_loss(ctx, &loss, first, second, &value, dfirst, dsecond));
    for (size_t i = 0; i < 2 * b; i++)
        for (size_t c = 0; c < k; c++)
            j->slope[i * k + c] = (float)j->dz.a[((i % 2) * b + i / 2) * k + c];
    PL_TRY(study_linear_step(ctx, l, j->slope, rate));
done:
    return status;
}

/* Where the weights stand after an epoch. */
typedef struct standing {
    double leading, last; /* shares of |W|^2 on the first and on the last eigenvectors */
    double along;         /* |W v_1| */
    double predicted;     /* `leading` of W_0 (I + 2 rate V)^steps */
} standing;

static pl_status stand(pl_ctx *ctx, const job *j, const study_linear *l, standing *out) {
    pl_status status = PL_OK;
    size_t d = j->dim, k = j->neurons, q = j->leading;
    pl_mat w = {NULL, k, d, d}, in_basis = {NULL, k, d, d};
    double first = 0, last = 0, all = 0, along = 0;
    PL_NEW(ctx, w.a, k * d);
    PL_NEW(ctx, in_basis.a, k * d);
    for (size_t i = 0; i < k * d; i++)
        w.a[i] = (double)l->weight[i];
    PL_TRY(pl_product(ctx, 1, pl_const(w), false, pl_const(j->vector), true, 0, in_basis));
    for (size_t r = 0; r < k; r++)
        for (size_t c = 0; c < d; c++) {
            double square = in_basis.a[r * d + c] * in_basis.a[r * d + c];
            all += square;
            first += c < q ? square : 0;
            last += c >= d - q ? square : 0;
            along += c == 0 ? square : 0;
        }
    out->leading = first / all;
    out->last = last / all;
    out->along = sqrt(along);
done:
    pl_free(w.a);
    pl_free(in_basis.a);
    return status;
}

/* The share of W_0 (I + 2 rate V)^steps. */
static double predicted(const job *j, double rate, size_t steps) {
    double lead = 0, all = 0;
    for (size_t r = 0; r < j->neurons; r++)
        for (size_t c = 0; c < j->dim; c++) {
            double g = j->grown.a[r * j->dim + c] * pow(1 + 2 * rate * j->value[c], (double)steps);
            all += g * g;
            lead += c < j->leading ? g * g : 0;
        }
    return lead / all;
}

/* One seed: a standing before training and after every epoch; *steps of gradient descent. */
static pl_status run_seed(pl_ctx *ctx, job *j, uint64_t seed, double rate, standing *rows,
                          size_t *taken) {
    pl_status status = PL_OK;
    study_linear l = {0};
    size_t d = j->dim, k = j->neurons, steps = 0, *index = NULL;
    pl_mat w = {NULL, k, d, d};
    PL_NEW(ctx, w.a, k * d);
    PL_NEW(ctx, index, j->n);
    for (size_t i = 0; i < k * d; i++)
        w.a[i] = (pl_stream_uniform((pl_stream){seed, 77, 0}, i) - .5) * 2 / sqrt((double)d);
    PL_TRY(study_linear_new(ctx, pl_const(w), 2 * j->batch, &l));
    PL_TRY(pl_product(ctx, 1, pl_const(w), false, pl_const(j->vector), true, 0, j->grown));
    for (size_t e = 0; e <= j->epochs; e++) {
        PL_TRY(stand(ctx, j, &l, &rows[e]));
        rows[e].predicted = predicted(j, rate, steps);
        if (e == j->epochs)
            break;
        memcpy(index, j->chosen, j->n * sizeof *index);
        pl_stream_shuffle((pl_stream){seed, 78, e}, j->n, index); /* a new order every epoch */
        for (size_t at = 0; at + j->batch <= j->n; at += j->batch, steps++)
            PL_TRY(train_step(ctx, j, &l, index + at, e, seed, rate));
    }
    *taken = steps;
done:
    study_linear_free(&l);
    pl_free(w.a);
    pl_free(index);
    return status;
}

/* Of every seed: how much the shares grew, and the measured growth of W v_1 over the predicted one,
 * both as exponents: log(|W v_1|/|W_0 v_1|) / (steps log(1 + 2 rate lambda_1)). */
static pl_status summarise(pl_ctx *ctx, const job *j, double rate, size_t steps,
                           const standing *rows, double *x, pl_table *out) {
    pl_status status;
    size_t n = j->seeds, each = j->epochs + 1;
    double exponent = (double)steps * log(1 + 2 * rate * j->value[0]);
    for (size_t s = 0; s < n; s++)
        x[s] = rows[s * each + j->epochs].leading - rows[s * each].leading;
    PL_TRY(study_summarise(ctx, out, "gain", "gain_error",
                           "leading share after the last epoch - before training", x, n));
    for (size_t s = 0; s < n; s++)
        x[s] = rows[s * each + j->epochs].last - rows[s * each].last;
    PL_TRY(study_summarise(ctx, out, "last_gain", "last_error", "the same of the last eigenvectors",
                           x, n));
    for (size_t s = 0; s < n; s++)
        x[s] = log(rows[s * each + j->epochs].along / rows[s * each].along) / exponent;
    PL_TRY(study_summarise(ctx, out, "growth", "growth_error",
                           "exponent of W v_1's growth, measured over predicted", x, n));
done:
    return status;
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status;
    job j = {0};
    standing *rows = NULL;
    double *x = NULL, *difference;
    uint64_t first = pl_option_seed(o, "seed");
    size_t steps = 0;
    PL_TRY(job_new(ctx, o, &j));
    size_t n = j.seeds, each = j.epochs + 1;
    double rate = pl_option_real(o, "growth") / (2 * j.value[0]);
    PL_NEW(ctx, rows, n * each);
    PL_NEW(ctx, x, 2 * n);
    difference = x + n;
    for (size_t s = 0; s < n; s++)
        PL_TRY(run_seed(ctx, &j, first + s, rate, rows + s * each, &steps));
    for (size_t e = 0; e < each; e++) {
        double predicted_mean = 0, last_mean = 0;
        for (size_t s = 0; s < n; s++) {
            const standing *at = &rows[s * each + e];
            x[s] = at->leading;
            difference[s] = at->leading - at->predicted;
            predicted_mean += at->predicted / (double)n;
            last_mean += at->last / (double)n;
        }
        pl_interval i = pl_mean_interval(x, n, .95);
        PL_TRY(pl_table_add(ctx, out,
                            (double[]){(double)e, pl_mean(x, n), i.lo, i.hi, predicted_mean,
                                       pl_mean(difference, n),
                                       sqrt(pl_variance(difference, n) / (double)n), last_mean},
                            NULL));
    }
    PL_TRY(summarise(ctx, &j, rate, steps, rows, x, out));
done:
    job_free(&j);
    pl_free(rows);
    pl_free(x);
    return status;
}

const pl_program pl_study_covariance = {
    .name = "covariance",
    .summary = "do the weights of a linear encoder align with the covariance operator?",
    .details =
        "z = W x trained by L_simp on two views of every image, mini-batches, no "
        "normalisation; V is estimated beforehand from pairs of views, its eigenvectors by "
        "LAPACK. Theory: W grows by I + 2 rate V a step; growth compares the exponents along "
        "v_1.",
    .source = "TIAN20 theorem 3; TIAN20.1L.LIN",
    .options = options,
    .columns = columns,
    .run = run};
