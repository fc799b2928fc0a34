#include "bounds/view_data.h"

#include <math.h>
#include <string.h>

#include "math/sampler.h"
#include "ssl/configurations.h"
#include "ssl/features.h"

enum { GOLDEN_CLASSES = 3, GOLDEN_IMAGES = 4, GOLDEN_VIEWS = 5, GOLDEN_DIM = 4 };

static pl_status allocate(pl_ctx *ctx, size_t images, size_t views, size_t d, size_t classes,
                          view_data *v) {
    size_t rows, cells;
    if (!pl_size_mul(images, views, &rows) || !pl_size_mul(rows, d, &cells))
        return pl_fail(ctx, PL_ESHAPE, "%zu images x %zu views x %zu are too many", images, views,
                       d);
    v->z = pl_alloc(ctx, cells, sizeof *v->z);
    v->label = pl_alloc(ctx, images, sizeof *v->label);
    if (!v->z || !v->label)
        return PL_ENOMEM;
    v->views = (pl_views){{v->z, rows, d, d}, images, views, v->label, classes};
    return PL_OK;
}

/* raw = cos(1+2y+3k+yk) + 0.5 sin(0.5+1.7y+2.3i+3.1k) + 0.4 sin(0.2+1.1y+0.7i+2.9t+1.9k+tk),
 * rows scaled to unit norm (theory notes, sec. 4.9). */
static void golden_row(double y, double i, double t, double *z) {
    double square = 0;
    for (int k = 0; k < GOLDEN_DIM; k++) {
        z[k] = cos(1 + 2 * y + 3 * k + y * k) + 0.5 * sin(0.5 + 1.7 * y + 2.3 * i + 3.1 * k) +
               0.4 * sin(0.2 + 1.1 * y + 0.7 * i + 2.9 * t + 1.9 * k + t * k);
        square += z[k] * z[k];
    }
    for (int k = 0; k < GOLDEN_DIM; k++)
        z[k] /= sqrt(square);
}

static pl_status golden(pl_ctx *ctx, view_data *v) {
    pl_status status =
        allocate(ctx, GOLDEN_CLASSES * GOLDEN_IMAGES, GOLDEN_VIEWS, GOLDEN_DIM, GOLDEN_CLASSES, v);
    if (status)
        return status;
    double *z = v->z;
    for (size_t y = 0; y < GOLDEN_CLASSES; y++)
        for (size_t i = 0; i < GOLDEN_IMAGES; i++) {
            v->label[y * GOLDEN_IMAGES + i] = y;
            for (size_t t = 0; t < GOLDEN_VIEWS; t++, z += GOLDEN_DIM)
                golden_row((double)y, (double)i, (double)t, z);
        }
    return PL_OK;
}

/* The finite counterexamples: vectors with multiplicities, by class; one view per image, but for
 * ce1 and ce2, which are the views of one image. The anchor is the first vector. */
typedef struct point {
    double x[3];
    size_t times, label;
} point;

#define ROOT 0.8660254037844386 /* sqrt(3)/2 */

static const struct {
    const char *name;
    size_t dim, classes, count;
    bool views_of_one_image;
    double alpha, nu;
    point points[6];
} counterexamples[] = {
    {"ce1", 2, 1, 2, true, NAN, NAN, {{{1, 0}, 1, 0}, {{-1, 0}, 2, 0}}},
    {"ce2", 2, 1, 2, true, NAN, NAN, {{{0.01, 0}, 1, 0}, {{0, 1}, 1, 0}}},
    {"h3f",
     3,
     2,
     4,
     false,
     4,
     NAN,
     {{{1, 0, 0}, 1, 0},
      {{-0.5, ROOT, 0}, 1000, 0},
      {{-0.5, -ROOT, 0}, 1000, 0},
      {{-0.5, 0, ROOT}, 2001, 1}}},
    {"h4f", 3, 2, 3, false, 2, NAN, {{{1, 0, 0}, 1, 0}, {{-1, 0, 0}, 998, 0}, {{1, 0, 0}, 1, 1}}},
    {"h4bf",
     3,
     2,
     5,
     false,
     8,
     1,
     {{{1, 0, 0}, 1, 0},
      {{0.5, ROOT, 0}, 1000, 0},
      {{0.5, -ROOT, 0}, 999, 0},
      {{0.5, ROOT, 0}, 1000, 1},
      {{0.5, -ROOT, 0}, 1000, 1}}},
};

static pl_status counterexample(pl_ctx *ctx, const char *name, view_data *v) {
    size_t c = 0, count = sizeof counterexamples / sizeof *counterexamples, rows = 0;
    while (c < count && strcmp(counterexamples[c].name, name) != 0)
        c++;
    if (c == count)
        return pl_fail(ctx, PL_EUSAGE, "--data %s is neither views, golden nor a counterexample",
                       name);
    for (size_t p = 0; p < counterexamples[c].count; p++)
        rows += counterexamples[c].points[p].times;
    bool one = counterexamples[c].views_of_one_image;
    size_t d = counterexamples[c].dim;
    pl_status status =
        allocate(ctx, one ? 1 : rows, one ? rows : 1, d, counterexamples[c].classes, v);
    if (status)
        return status;
    double *z = v->z;
    for (size_t p = 0, row = 0; p < counterexamples[c].count; p++)
        for (size_t k = 0; k < counterexamples[c].points[p].times; k++, row++, z += d) {
            memcpy(z, counterexamples[c].points[p].x, d * sizeof *z);
            if (!one)
                v->label[row] = counterexamples[c].points[p].label;
        }
    v->anchor_only = 0;
    v->alpha = counterexamples[c].alpha;
    v->nu = counterexamples[c].nu;
    return PL_OK;
}

/* n class directions: a regular simplex where it fits (n <= d + 1), else uniform draws. */
static pl_status class_directions(pl_ctx *ctx, uint64_t seed, pl_mat out) {
    if (out.rows > out.cols + 1)
        return pl_sample_sphere(ctx, (pl_stream){seed, 10, 0}, out);
    pl_simplex(out);
    return PL_OK;
}

/* Hierarchical von Mises-Fisher views: class -> image by --class-law, image -> view by --law. */
static pl_status generated(pl_ctx *ctx, const pl_options *o, view_data *v) {
    pl_status status;
    size_t d = (size_t)pl_option_int(o, "dim"), n = (size_t)pl_option_int(o, "classes");
    size_t per_class = (size_t)pl_option_int(o, "images"), views = view_data_views(o);
    uint64_t seed = pl_option_seed(o, "seed");
    double law, class_law;
    bool uniform = strcmp(pl_option_spec(o, "law", &law), "uniform") == 0;
    bool same = strcmp(pl_option_spec(o, "class-law", &class_law), "same") == 0;
    double *direction = NULL, *mean = NULL, *around = NULL;
    size_t images = n * per_class;
    PL_TRY(allocate(ctx, images, views, d, n, v));
    PL_NEW(ctx, direction, n * d);
    PL_NEW(ctx, mean, images * d);
    PL_NEW(ctx, around, images * views * d);
    PL_TRY(class_directions(ctx, seed, (pl_mat){direction, n, d, d}));
    for (size_t i = 0; i < images; i++) {
        v->label[i] = i / per_class;
        memcpy(around + i * d, direction + v->label[i] * d, d * sizeof *around);
    }
    if (same)
        memcpy(mean, around, images * d * sizeof *mean);
    else
        PL_TRY(pl_sample_vmf_around(ctx, (pl_stream){seed, 11, 0}, (pl_cmat){around, images, d, d},
                                    class_law, (pl_mat){mean, images, d, d}));
    for (size_t i = 0; i < images * views; i++)
        memcpy(around + i * d, mean + i / views * d, d * sizeof *around);
    PL_TRY(pl_sample_vmf_around(ctx, (pl_stream){seed, 12, 0},
                                (pl_cmat){around, images * views, d, d}, uniform ? 0 : law,
                                (pl_mat){v->z, images * views, d, d}));
done:
    pl_free(direction);
    pl_free(mean);
    pl_free(around);
    return status;
}

/* A user's arrays. Without labels every image is a class of its own (the SSL view: n = |X|). */
static pl_status from_files(pl_ctx *ctx, const pl_options *o, bool classes, view_data *v) {
    pl_status status;
    pl_features f = {0};
    const char *labels = pl_option_text(o, "labels");
    if (classes && !labels)
        return pl_fail(ctx, PL_EUSAGE, "--features needs --labels here, one integer per image");
    PL_TRY(pl_features_read(ctx, pl_option_text(o, "features"), labels, view_data_views(o),
                            pl_option_flag(o, "normalize"), &f));
    PL_TRY(allocate(ctx, f.images, f.views, f.dim, f.label ? f.classes : f.images, v));
    pl_features_rows(&f, 0, f.images * f.views, v->z);
    for (size_t i = 0; i < f.images; i++)
        v->label[i] = f.label ? f.label[i] : i;
done:
    pl_features_free(&f);
    return status;
}

pl_status view_data_new(pl_ctx *ctx, const pl_options *o, const char *data, bool classes,
                        view_data *out) {
    view_data v = {.anchor_only = SIZE_MAX, .alpha = NAN, .nu = NAN};
    pl_status status;
    if (pl_option_has(o, "features"))
        status = from_files(ctx, o, classes, &v);
    else if (pl_option_has(o, "labels"))
        status = pl_fail(ctx, PL_EUSAGE, "--labels needs --features");
    else if (strcmp(data, "golden") == 0)
        status = golden(ctx, &v);
    else if (strcmp(data, "views") == 0)
        status = generated(ctx, o, &v);
    else
        status = counterexample(ctx, data, &v);
    if (status == PL_OK)
        *out = v;
    else
        view_data_free(&v);
    return status;
}

void view_data_free(view_data *v) {
    pl_free(v->z);
    pl_free(v->label);
    v->z = NULL;
    v->label = NULL;
}

size_t view_data_views(const pl_options *o) {
    if (pl_option_has(o, "views"))
        return (size_t)pl_option_int(o, "views");
    return pl_option_has(o, "features") ? 1 : 8;
}

bool view_data_balanced(const view_data *v, size_t *smallest) {
    size_t least = SIZE_MAX, most = 0;
    for (size_t y = 0; y < v->views.classes; y++) {
        size_t size = 0;
        for (size_t i = 0; i < v->views.images; i++)
            size += v->label[i] == y;
        least = size < least ? size : least;
        most = size > most ? size : most;
    }
    *smallest = least;
    return least == most;
}

void view_data_extremes(const double *x, size_t n, double *least, double *most) {
    *least = *most = x[0];
    for (size_t i = 1; i < n; i++) {
        *least = fmin(*least, x[i]);
        *most = fmax(*most, x[i]);
    }
}

pl_status view_data_nu(pl_ctx *ctx, const pl_options *o, const view_data *v, const double *norms,
                       double *out) {
    double value, least, most;
    view_data_extremes(norms, v->views.classes, &least, &most);
    const char *word = pl_option_spec(o, "nu", &value);
    if (strcmp(word, "common") == 0 && most - least > 1e-6 * most)
        return pl_fail(
            ctx, PL_EDOMAIN,
            "--nu common: the prototypes' norms lie between %.6g and %.6g; pass --nu min", least,
            most);
    if (strcmp(word, "VALUE") != 0)
        value = isnan(v->nu) ? least : v->nu;
    if (!(value > 1e-12))
        return pl_fail(ctx, PL_EDOMAIN, "a class prototype has norm %.3g: nu must be positive",
                       value);
    *out = value;
    return PL_OK;
}
