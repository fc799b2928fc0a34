/* plumb measure: what the theory's quantities are on a real model's embeddings, each with its
 * interval and with the range it could have. */

#include "claim/measure.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "claim/report.h"
#include "math/random.h"
#include "ssl/estimates.h"
#include "ssl/losses.h"
#include "ssl/spectrum.h"

static const pl_option options[] = {
    {"features", PL_OPT_INPUT, NULL, 0, 0, NULL, "FILE",
     "features (N, V, d), or (N V, d) with --views, or (N, d) with --pair; .npy or .npz", 0},
    {"labels", PL_OPT_INPUT, NULL, 0, 0, NULL, "FILE", "integer labels, one per image", 0},
    {"views", PL_OPT_INT, "1", 1, 1e6, NULL, "V", "views per image, row by row", 0},
    {"pair", PL_OPT_INPUT, NULL, 0, 0, NULL, "FILE", "second views, the same shape as FEATURES", 0},
    {"normalize", PL_OPT_FLAG, NULL, 0, 0, NULL, NULL, "scale the rows to unit norm", 0},
    {"alpha", PL_OPT_REAL, "2", 1e-6, 1e4, NULL, NULL, "inverse temperature of the losses", 0},
    {"lambda", PL_OPT_REAL, "1", 0, 1e4, NULL, NULL, "weight of repulsion in gntxent and bcl", 0},
    {"t", PL_OPT_REAL, "2", 1e-6, 1e3, NULL, NULL, "scale of uniformity", 0},
    {"batch", PL_OPT_INT, NULL, 2, 65536, NULL, NULL,
     "images of a batch of the losses, min(256, N/8) unless given", 0},
    {"max-pairs", PL_OPT_REAL, "1e9", 1e4, 1e15, NULL, NULL,
     "pairs of rows up to which uniformity and repulsion take every image; beyond, a random subset",
     0},
    {"eigenvalues", PL_OPT_INT, "8", 0, 8192, NULL, NULL, "of the covariance that are listed", 0},
    {"confidence", PL_OPT_REAL, "0.95", 0.5, 0.999999, NULL, NULL, "of the intervals", 0},
    {"seed", PL_OPT_SEED, "1", 0, 0, NULL, NULL, "of batches and subsets", 0},
    {0}};

static const pl_column columns[] = {
    {"quantity", "", "what is measured", true},
    {"value", "", "its value, or its estimate", false},
    {"low", "", "lower end of the interval; nan: exact for this sample, or none", false},
    {"high", "", "upper end of the interval", false},
    {"least", "", "least value it could have", false},
    {"most", "", "largest value it could have", false},
    {"meaning", "", "what it says", true},
    {0}};

typedef struct audit {
    pl_ctx *ctx;
    pl_table *table;
    const pl_options *options;
    pl_features f;
    double level, alpha, t;
    size_t *order; /* a random permutation of the images */
} audit;

static pl_status add(const audit *a, const char *name, pl_estimate e, double least, double most,
                     const char *meaning) {
    return pl_table_add(a->ctx, a->table, (double[]){0, e.value, e.lo, e.hi, least, most, 0},
                        (const char *const[]){name, meaning});
}

static pl_status add_exact(const audit *a, const char *name, double value, double least,
                           double most, const char *meaning) {
    return add(a, name, (pl_estimate){value, NAN, NAN}, least, most, meaning);
}

/* ---- input --------------------------------------------------------------------------------- */

/* Rows a0 b0 a1 b1 ...: (N, d) and (N, d) become (N, 2, d). */
static pl_status interleave(pl_ctx *ctx, pl_features *f, const pl_features *pair) {
    const size_t shape[] = {f->images, 2, f->dim};
    pl_array both = {0};
    if (pair->images != f->images || pair->dim != f->dim || f->views != 1 || pair->views != 1)
        return pl_fail(
            ctx, PL_ESHAPE,
            "--pair holds %zu rows of dimension %zu, FEATURES %zu of %zu; they must have "
            "the same shape (N, d)",
            pair->images * pair->views, pair->dim, f->images * f->views, f->dim);
    if (pair->array.dtype != f->array.dtype)
        return pl_fail(ctx, PL_EINPUT, "--pair and FEATURES have different precision");
    pl_status status = pl_array_new(ctx, f->array.dtype, 3, shape, &both);
    if (status)
        return status;
    size_t bytes = f->dim * pl_dtype_size(f->array.dtype);
    for (size_t i = 0; i < f->images; i++) {
        memcpy((char *)both.data + 2 * i * bytes, (char *)f->array.data + i * bytes, bytes);
        memcpy((char *)both.data + (2 * i + 1) * bytes, (char *)pair->array.data + i * bytes,
               bytes);
    }
    pl_array_free(&f->array);
    f->array = both;
    f->views = 2;
    f->largest_error = fmax(f->largest_error, pair->largest_error);
    return PL_OK;
}

static pl_status read_input(audit *a) {
    pl_status status;
    const pl_options *o = a->options;
    const char *pair = pl_option_text(o, "pair");
    size_t views = (size_t)pl_option_int(o, "views");
    bool normalize = pl_option_flag(o, "normalize");
    pl_features second = {0};
    if (!pl_option_has(o, "features"))
        return pl_fail(a->ctx, PL_EUSAGE, "measure needs the path of a feature array");
    if (pair && views != 1)
        return pl_fail(a->ctx, PL_EUSAGE, "--pair and --views exclude each other");
    PL_TRY(pl_features_read(a->ctx, pl_option_text(o, "features"), pl_option_text(o, "labels"),
                            views, normalize, &a->f));
    if (pair) {
        PL_TRY(pl_features_read(a->ctx, pair, NULL, 1, normalize, &second));
        PL_TRY(interleave(a->ctx, &a->f, &second));
    }
    if (!normalize && a->f.largest_error > 1e-5) {
        pl_features_normalize(&a->f);
        pl_warn(a->ctx,
                "rows have norms off by up to %.2g (half precision?); directions are "
                "measured",
                a->f.largest_error);
    }
done:
    pl_features_free(&second);
    return status;
}

/* A random order of the images. */
static pl_status shuffle(audit *a) {
    pl_status status = PL_OK;
    pl_stream stream = {pl_option_seed(a->options, "seed"), 20, 0};
    PL_NEW(a->ctx, a->order, a->f.images);
    for (size_t i = 0; i < a->f.images; i++)
        a->order[i] = i;
    pl_stream_shuffle(stream, a->f.images, a->order);
done:
    return status;
}

/* Images whose pairs are affordable: all of them, or the first of the permutation. */
static size_t affordable(const audit *a, double pairs_of_two_images, const char *what) {
    double most = floor(sqrt(pl_option_real(a->options, "max-pairs") / pairs_of_two_images));
    if ((double)a->f.images <= most)
        return a->f.images;
    size_t n = most < 2 ? 2 : (size_t)most;
    pl_warn(a->ctx, "%s: %zu of %zu images, drawn at random; --max-pairs takes more", what, n,
            a->f.images);
    return n;
}

/* The same for repulsion, whose bound wants balanced classes: a subset takes as many images of each
 * class as the smallest share allows. */
static pl_status affordable_by_class(const audit *a, double pairs_of_two_images, size_t *chosen,
                                     size_t *n) {
    pl_status status = PL_OK;
    size_t *taken = NULL, count = 0;
    size_t most = affordable(a, pairs_of_two_images, "repulsion");
    PL_NEW(a->ctx, taken, a->f.classes);
    size_t quota = most < a->f.images ? most / a->f.classes : a->f.images;
    for (size_t i = 0; i < a->f.images; i++) {
        size_t image = a->order[i];
        if (taken[a->f.label[image]]++ < (quota ? quota : 1))
            chosen[count++] = image;
    }
    *n = count;
done:
    pl_free(taken);
    return status;
}

/* ---- quantities ---------------------------------------------------------------------------- */

static pl_status measure_alignment(const audit *a) {
    pl_status status = PL_OK;
    pl_estimate e;
    if (a->f.views < 2) {
        pl_warn(a->ctx, "alignment, attraction and the losses need two views an image; pass "
                        "--views or --pair");
        return PL_OK;
    }
    PL_TRY(pl_estimate_alignment(a->ctx, &a->f, 2, a->level, &e));
    PL_TRY(add(a, "alignment_2", e, 0, 4, "mean |z - z'|^2 of two views; 0: identical views"));
    PL_TRY(pl_estimate_alignment(a->ctx, &a->f, 1, a->level, &e));
    PL_TRY(add(a, "alignment_1", e, 0, 2, "mean |z - z'| of two views"));
done:
    return status;
}

static pl_status measure_uniformity(const audit *a) {
    pl_status status = PL_OK;
    pl_estimate e;
    double d = (double)a->f.dim;
    if (a->f.images < 2) {
        pl_warn(a->ctx, "uniformity needs two images");
        return PL_OK;
    }
    size_t n = affordable(a, (double)a->f.views, "uniformity");
    PL_TRY(pl_estimate_uniformity(a->ctx, &a->f, a->t, a->order, n, a->level, &e));
    PL_TRY(add(a, "uniformity", e, pl_uniformity_least(d, a->t, (double)n), 0,
               "log mean e^{-t|z - z'|^2} of two images; 0: collapsed"));
    PL_TRY(add_exact(a, "uniform_law", pl_uniformity_limit(d, a->t), -2 * a->t, 0,
                     "uniformity of the uniform law in this dimension"));
done:
    return status;
}

/* Every named loss at batch size b: mean over disjoint random batches of views 2k and 2k + 1. */
static pl_status measure_loss(const audit *a, const pl_loss *loss, const pl_loss_params *params,
                              size_t b, size_t batches, double *x, double *work) {
    pl_status status = PL_OK;
    size_t d = a->f.dim, couples = a->f.views / 2;
    double *y = x + b * d;
    char meaning[240];
    for (size_t k = 0; k < batches; k++) {
        work[k] = 0;
        for (size_t c = 0; c < couples; c++) {
            double value;
            for (size_t i = 0; i < b; i++) {
                size_t row = a->order[k * b + i] * a->f.views + 2 * c;
                pl_features_rows(&a->f, row, 1, x + i * d);
                pl_features_rows(&a->f, row + 1, 1, y + i * d);
            }
            PL_TRY(pl_loss_eval(a->ctx, loss, params, (pl_cmat){x, b, d, d}, (pl_cmat){y, b, d, d},
                                &value, NULL, NULL));
            work[k] += value / (double)couples;
        }
    }
    snprintf(meaning, sizeof meaning, "%s; batches of %zu", loss->formula, b);
    PL_TRY(add(a, loss->name, pl_estimate_mean(work, batches, a->level), NAN, NAN, meaning));
done:
    return status;
}

static pl_status measure_losses(const audit *a) {
    enum { MOST_BATCHES = 64 };
    pl_status status = PL_OK;
    size_t n = a->f.images, b = n / 8 < 256 ? n / 8 : 256;
    double *x = NULL, *work = NULL;
    pl_loss_params params = pl_loss_defaults;
    if (a->f.views < 2 || n < 2)
        return PL_OK;
    if (pl_option_has(a->options, "batch"))
        b = (size_t)pl_option_int(a->options, "batch");
    if (b > n)
        return pl_fail(a->ctx, PL_EUSAGE, "--batch is %zu, there are %zu images", b, n);
    if (b < 2)
        b = n;
    size_t batches = n / b < MOST_BATCHES ? n / b : MOST_BATCHES;
    params.alpha = a->alpha;
    params.lambda = pl_option_real(a->options, "lambda");
    params.t = a->t;
    PL_NEW(a->ctx, x, 2 * b * a->f.dim);
    PL_NEW(a->ctx, work, batches);
    for (const pl_loss *loss = pl_losses; loss->name; loss++)
        PL_TRY(measure_loss(a, loss, &params, b, batches, x, work));
done:
    pl_free(x);
    pl_free(work);
    return status;
}

static pl_status measure_attraction(const audit *a) {
    pl_status status = PL_OK;
    pl_attraction_estimate e;
    char meaning[160];
    if (a->f.views < 2)
        return PL_OK;
    PL_TRY(pl_estimate_attraction(a->ctx, &a->f, a->level, &e));
    PL_TRY(add(a, "attraction_lhs", e.lhs, -1, 1, "-s(z, mean view), mean"));
    PL_TRY(add(a, "attraction_rhs", e.rhs, -1, 0, "its bound -E s(z, z'), mean"));
    PL_TRY(add(a, "attraction_gap", e.gap, 0, 0.25, "bound - bounded: |m| - |m|^2 on average"));
    PL_TRY(add_exact(a, "attraction_min_gap", e.least_gap, NAN, NAN, "least gap of an anchor"));
    snprintf(meaning, sizeof meaning,
             "%zu of %zu anchors violate the bound: their mean similarity is negative",
             e.violations, e.anchors);
    PL_TRY(add(a, "attraction_violations", e.violation_rate, 0, 1, meaning));
done:
    return status;
}

static pl_status measure_repulsion(const audit *a) {
    pl_status status = PL_OK;
    pl_repulsion_estimate e;
    char meaning[160];
    double views = (double)a->f.views;
    size_t *chosen = NULL, n;
    if (!a->f.label) {
        pl_warn(a->ctx, "repulsion and prototype bias need labels; pass --labels");
        return PL_OK;
    }
    PL_NEW(a->ctx, chosen, a->f.images);
    PL_TRY(affordable_by_class(a, views * views, chosen, &n));
    PL_TRY(pl_estimate_repulsion(a->ctx, &a->f, a->alpha, chosen, n, a->level, &e));
    PL_TRY(
        add(a, "repulsion_lhs", e.lhs, -1, 1, "max over other classes of s(z, prototype), mean"));
    snprintf(meaning, sizeof meaning, "its bound, alpha %g, nu %.4g%s, mean", a->alpha, e.nu,
             e.balanced ? "" : ", log 1/pi_min for unbalanced classes");
    PL_TRY(add(a, "repulsion_rhs", e.rhs, NAN, NAN, meaning));
    PL_TRY(add(a, "repulsion_gap", e.gap, NAN, NAN, "bound - bounded, mean"));
    PL_TRY(add_exact(a, "repulsion_min_gap", e.least_gap, NAN, NAN, "least gap of an anchor"));
    snprintf(meaning, sizeof meaning,
             "%zu of %zu anchors violate the bound; %zu have lhs < 0, outside its hypotheses",
             e.violations, e.anchors, e.outside);
    PL_TRY(add(a, "repulsion_violations", e.violation_rate, 0, 1, meaning));
    PL_TRY(add(a, "margin", e.margin, -2, 2, "s(z, own prototype) - repulsion_lhs, mean"));
done:
    pl_free(chosen);
    return status;
}

static pl_status measure_bias(const audit *a) {
    pl_status status = PL_OK;
    pl_bias_estimate e;
    if (!a->f.label)
        return PL_OK;
    PL_TRY(pl_estimate_bias(a->ctx, &a->f, a->level, &e));
    PL_TRY(add(a, "prototype_bias_1", e.first, 0, 2, "E |m - mu|, m mean view, mu prototype; raw"));
    PL_TRY(
        add(a, "prototype_bias_2", e.second, 0, 4, "E |m - mu|^2, raw: views and images bias it"));
    if (isnan(e.unbiased.value))
        pl_warn(a->ctx, "the unbiased prototype bias needs two views an image and two images a "
                        "class");
    else
        PL_TRY(add(a, "prototype_bias_2_unbiased", e.unbiased, 0, 4,
                   "the same from distinct pairs alone: positive - same-class similarity"));
    if (!isnan(e.positive))
        PL_TRY(add_exact(a, "positive_similarity", e.positive, -1, 1, "E s of two views"));
    if (!isnan(e.same_class))
        PL_TRY(add_exact(a, "same_class_similarity", e.same_class, -1, 1,
                         "E s of two images of a class"));
done:
    return status;
}

static pl_status measure_spectrum(const audit *a) {
    pl_status status;
    pl_spectrum s = {0};
    if (a->f.images * a->f.views < 2) {
        pl_warn(a->ctx, "the spectrum needs two rows");
        return PL_OK;
    }
    PL_TRY(pl_spectrum_new(a->ctx, &a->f, &s));
    double possible = (double)s.possible;
    PL_TRY(add_exact(a, "effective_rank", s.effective_rank, 1, possible,
                     "exp entropy of the covariance's eigenvalue shares"));
    PL_TRY(add_exact(a, "effective_rank_share", s.effective_rank / possible, 0, 1,
                     "of min(rows - 1, d)"));
    PL_TRY(add_exact(a, "rankme", s.rankme, 1, possible,
                     "the same of the singular values of the centred features"));
    PL_TRY(add_exact(a, "rankme_share", s.rankme / possible, 0, 1, "of min(rows - 1, d)"));
    size_t listed = (size_t)pl_option_int(a->options, "eigenvalues");
    for (size_t k = 0; k < listed && k < s.dim; k++) {
        char name[40];
        snprintf(name, sizeof name, "eigenvalue_%zu", k + 1);
        PL_TRY(add_exact(a, name, s.values[k], 0, 1, "of the covariance of the centred features"));
    }
done:
    pl_spectrum_free(&s);
    return status;
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status;
    audit a = {.ctx = ctx,
               .table = out,
               .options = o,
               .level = pl_option_real(o, "confidence"),
               .alpha = pl_option_real(o, "alpha"),
               .t = pl_option_real(o, "t")};
    static pl_status (*const parts[])(const audit *) = {
        measure_alignment, measure_uniformity, measure_attraction, measure_repulsion,
        measure_bias,      measure_losses,     measure_spectrum};
    PL_TRY(read_input(&a));
    PL_TRY(shuffle(&a));
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        PL_TRY(parts[i](&a));
    const struct {
        const char *name, *meaning;
        size_t value;
    } sizes[] = {{"images", "independent images", a.f.images},
                 {"views", "views of each", a.f.views},
                 {"dim", "dimension of the features", a.f.dim},
                 {"classes", "classes; 0: no labels", a.f.label ? a.f.classes : 0}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        PL_TRY(pl_table_summarise(ctx, out, sizes[i].name, "1", sizes[i].meaning,
                                  (double)sizes[i].value));
done:
    pl_free(a.order);
    pl_features_free(&a.f);
    return status;
}

const pl_program pl_measure = {
    .name = "measure",
    .summary = "audit of a model's embeddings: alignment, uniformity, losses, gaps, spectrum",
    .details =
        "Every quantity of the theory on a user's features, with the interval of its sampling "
        "error and the\nrange it could have. Features that are not of unit norm are refused "
        "unless --normalize.",
    .source = "WANG20 sec. 4; LEE25",
    .positional = "features",
    .options = options,
    .columns = columns,
    .run = run,
    .report = pl_report_audit};
