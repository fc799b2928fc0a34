/* LEE25, prototype representation bias: how far the surrogate prototype m = E_T f(T x) of an image
 * lies from the ideal one, mu_y = E_{T,X|y} f(T X),
 *     PRB_p = E_x |m - mu_y|^p,   p = 1, 2.
 * Analysis of variance, unit features:  PRB_2 = E_positive s - E_same-class s.
 * Dunkl and Williams:                   |s(z, mu) - s(z, m)| <= 2 |mu - m|/(|mu| + |m|). */

#include <math.h>
#include <string.h>

#include "bounds/bounds.h"
#include "bounds/view_data.h"
#include "math/sampler.h"
#include "math/sphere.h"
#include "math/stats.h"
#include "math/zonal.h"

static const pl_option options[] = {
    {"data", PL_OPT_SPEC, "views", 0, 0, "views|population|sampled|golden", NULL,
     "generated views; their law in closed form, or replicates of it; the golden set", 0},
    VIEW_DATA_OPTIONS,
    {"replicates", PL_OPT_INT, "400", 200, 1e7, NULL, NULL, "of --data sampled", 0},
    {0}};

static const pl_column columns[] = {
    {"class", "1", "class of the image", false},
    {"image", "1", "image; --data sampled: replicate", false},
    {"bias", "1", "|m - mu|, surrogate to ideal prototype", false},
    {"bias_squared", "1", "|m - mu|^2", false},
    {"positive_similarity", "1", "mean s over pairs of its views, own view included", false},
    {"same_class_similarity", "1", "mean s to all views of its class, own image included", false},
    {"change", "1", "largest |s(z, mu) - s(z, m)| of its views z", false},
    {"change_bound", "1", "2 |mu - m|/(|mu| + |m|)", false},
    {0}};

static const double ENUMERATION_LIMIT = 5e10; /* multiply-adds: some ten seconds a core */

enum { CLASS, IMAGE, BIAS, BIAS_SQUARED, POSITIVE, SAME_CLASS };

static double dot(const double *a, const double *b, size_t d) {
    double sum = 0;
    for (size_t j = 0; j < d; j++)
        sum += a[j] * b[j];
    return sum;
}

static double norm(const double *a, size_t d) {
    return sqrt(dot(a, a, d));
}

/* Means of the views, and everything that is measured from them. */
typedef struct bias_set {
    const pl_views *v;
    double *unit;      /* rows of the views, scaled to unit norm                   */
    double *mean;      /* images x d, m                                            */
    double *prototype; /* classes x d, mu                                          */
    double *length;    /* |mu|                                                     */
    size_t *size;      /* images of a class                                        */
    double *row;       /* images x 2: similarity by enumeration, SAME_CLASS beside */
} bias_set;

static void bias_set_free(bias_set *s) {
    pl_free(s->unit);
    pl_free(s->mean);
    pl_free(s->prototype);
    pl_free(s->length);
    pl_free(s->size);
    pl_free(s->row);
}

static pl_status bias_set_new(pl_ctx *ctx, const pl_views *v, bias_set *out) {
    pl_status status;
    bias_set s = {.v = v};
    size_t d = v->z.cols, rows = v->images * v->views;
    PL_NEW(ctx, s.unit, rows * d);
    PL_NEW(ctx, s.mean, v->images * d);
    PL_NEW(ctx, s.prototype, v->classes * d);
    PL_NEW(ctx, s.length, v->classes);
    PL_NEW(ctx, s.size, v->classes);
    PL_NEW(ctx, s.row, v->images * 2);
    PL_TRY(pl_prototypes(ctx, v, (pl_mat){s.prototype, v->classes, d, d}, s.length, s.size));
    for (size_t r = 0; r < rows; r++) {
        const double *z = v->z.a + r * v->z.ld;
        double length = norm(z, d);
        if (!(length > 0)) {
            status = pl_fail(ctx, PL_EDOMAIN, "row %zu is zero; it has no direction", r);
            goto done;
        }
        for (size_t j = 0; j < d; j++) {
            s.unit[r * d + j] = z[j] / length;
            s.mean[r / v->views * d + j] += z[j] / (double)v->views;
        }
    }
    *out = s;
    s = (bias_set){0};
done:
    bias_set_free(&s);
    return status;
}

/* Multiply-adds of the enumeration below. */
static double enumeration_cost(const bias_set *s) {
    double pairs = 0, views = (double)s->v->views;
    for (size_t y = 0; y < s->v->classes; y++)
        pairs += (double)s->size[y] * (double)s->size[y];
    return pairs * views * views * (double)s->v->z.cols;
}

/* The same two similarities through the means, |m|^2 and m.mu, where pairs are too many. */
static void through_means(const bias_set *s) {
    size_t d = s->v->z.cols;
    for (size_t i = 0; i < s->v->images; i++) {
        const double *m = s->mean + i * d;
        s->row[2 * i] = dot(m, m, d);
        s->row[2 * i + 1] = dot(m, s->prototype + s->v->label[i] * d, d);
    }
}

/* Mean cosine over pairs of views: of one image, and of all images of its class; pair by pair, so
 * that the identity has two independent sides. Images are shared out; each row is one sum. */
static void enumerate(pl_ctx *ctx, const bias_set *s) {
    const pl_views *v = s->v;
    size_t d = v->z.cols, views = v->views;
#pragma omp parallel for num_threads(pl_threads(ctx)) schedule(dynamic)
    for (size_t i = 0; i < v->images; i++) {
        double own = 0, same = 0;
        for (size_t j = 0; j < v->images; j++) {
            if (v->label[j] != v->label[i])
                continue;
            double sum = 0;
            for (size_t t = 0; t < views; t++)
                for (size_t u = 0; u < views; u++)
                    sum += dot(s->unit + (i * views + t) * d, s->unit + (j * views + u) * d, d);
            same += sum;
            own = j == i ? sum : own;
        }
        s->row[2 * i] = own / (double)(views * views);
        s->row[2 * i + 1] = same / (double)(views * views * s->size[v->label[i]]);
    }
}

/* PRB_2 of the population from distinct pairs alone: unbiased whatever the numbers of views and
 * images, where the means' own distances carry (1 - |m|^2)/V and 1/n_c (PRB.CF). */
static double unbiased(const bias_set *s) {
    const pl_views *v = s->v;
    size_t d = v->z.cols;
    double views = (double)v->views, positive = 0, cross = 0;
    for (size_t i = 0; i < v->images; i++) {
        double n = (double)s->size[v->label[i]], square = 0;
        const double *m = s->mean + i * d;
        for (size_t t = 0; t < v->views; t++) {
            const double *z = v->z.a + (i * v->views + t) * v->z.ld;
            square += dot(z, z, d);
        }
        positive += (views * views * dot(m, m, d) - square) / (views * (views - 1));
        cross += (n * dot(m, s->prototype + v->label[i] * d, d) - dot(m, m, d)) / (n - 1);
    }
    return (positive - cross) / (double)v->images;
}

static pl_status add_image(pl_ctx *ctx, const bias_set *s, size_t i, pl_table *out) {
    const pl_views *v = s->v;
    size_t d = v->z.cols, y = v->label[i];
    const double *m = s->mean + i * d, *mu = s->prototype + y * d;
    double length = norm(m, d), square = 0, change = 0;
    if (!(length > 0))
        return pl_fail(ctx, PL_EDOMAIN,
                       "the views of image %zu have mean zero, which has no "
                       "direction",
                       i);
    if (!(s->length[y] > 0))
        return pl_fail(ctx, PL_EDOMAIN,
                       "the prototype of class %zu is zero, which has no "
                       "direction",
                       y);
    for (size_t j = 0; j < d; j++)
        square += (m[j] - mu[j]) * (m[j] - mu[j]);
    for (size_t t = 0; t < v->views; t++) {
        const double *z = s->unit + (i * v->views + t) * d;
        change = fmax(change, fabs(dot(z, mu, d) / s->length[y] - dot(z, m, d) / length));
    }
    return pl_table_add(ctx, out,
                        (double[]){(double)y, (double)i, sqrt(square), square, s->row[2 * i],
                                   s->row[2 * i + 1], change,
                                   2 * sqrt(square) / (s->length[y] + length)},
                        NULL);
}

static double column_mean(const pl_table *t, size_t column) {
    double sum = 0, n = (double)pl_table_rows(t);
    for (size_t i = 0; i < pl_table_rows(t); i++)
        sum += pl_table_at(t, i, column) / n;
    return sum;
}

static pl_status from_views(pl_ctx *ctx, const pl_options *o, const char *data, pl_table *out) {
    pl_status status;
    view_data v = {0};
    bias_set s = {0};
    PL_TRY(view_data_new(ctx, o, data, true, &v));
    PL_TRY(bias_set_new(ctx, &v.views, &s));
    if (enumeration_cost(&s) <= ENUMERATION_LIMIT) {
        enumerate(ctx, &s);
    } else {
        pl_warn(ctx, "too many pairs of views: similarities come from the means, so that the "
                     "identity says nothing here");
        through_means(&s);
    }
    size_t d = v.views.z.cols, smallest;
    double square_mean = 0, square_prototype = 0, least = INFINITY, images = (double)v.views.images;
    view_data_balanced(&v, &smallest);
    for (size_t i = 0; i < v.views.images; i++) {
        size_t y = v.label[i];
        PL_TRY(add_image(ctx, &s, i, out));
        least = fmin(least, pl_table_at(out, i, 7) - pl_table_at(out, i, 6));
        square_mean += dot(s.mean + i * d, s.mean + i * d, d) / images;
        square_prototype += s.length[y] * s.length[y] / images;
    }
    bool enough = v.views.views > 1 && smallest > 1;
    if (v.views.views < 2)
        pl_warn(ctx,
                "one view an image: prb_2_unbiased needs two, and PRB is that of single views");
    if (smallest < 2)
        pl_warn(ctx, "a class has one image: prb_2_unbiased needs two in every class");
    for (size_t r = 0; r < v.views.z.rows; r++)
        if (fabs(norm(v.views.z.a + r * d, d) - 1) > 1e-3) {
            pl_table_unmet(out, "unit features");
            break;
        }
    double views = (double)v.views.views, positive = column_mean(out, POSITIVE);
    double same = column_mean(out, SAME_CLASS), prb = column_mean(out, BIAS_SQUARED);
    double without = views > 1 ? (views * positive - 1) / (views - 1) : (double)NAN;
    PL_TRY(PL_SUMMARISE(
        ctx, out, {"prb_1", "1", "E |m - mu|", column_mean(out, BIAS)},
        {"prb_2", "1", "E |m - mu|^2, as the sample's own means give it", prb},
        {"prb_2_unbiased", "1", "the same of the population, from distinct pairs alone",
         enough ? unbiased(&s) : (double)NAN},
        {"mean_positive", "1", "E s over pairs of views, own view included", positive},
        {"mean_same_class", "1", "E s over views of a class, same image included", same},
        {"difference", "1", "their difference, which PRB_2 must equal", positive - same},
        {"residual", "1", "difference - PRB_2", positive - same - prb},
        {"difference_without_own", "1", "the same with the anchor's own view left out",
         without - same},
        {"residual_without_own", "1", "and what is then left of the identity",
         without - same - prb},
        {"norms_difference", "1", "E |m|^2 - E |mu|^2", square_mean - square_prototype},
        {"least_slack", "1", "least slack of the change's bound", least}));
done:
    bias_set_free(&s);
    view_data_free(&v);
    return status;
}

/* Class concentration kc > 0 and view concentration kv of hierarchical von Mises-Fisher views. */
static pl_status concentrations(pl_ctx *ctx, const pl_options *o, double *kc, double *kv) {
    bool same = strcmp(pl_option_spec(o, "class-law", kc), "same") == 0;
    bool uniform = strcmp(pl_option_spec(o, "law", kv), "uniform") == 0;
    if (same || uniform || !(*kc > 0) || !(*kv > 0))
        return pl_fail(ctx, PL_EUSAGE,
                       "this needs --class-law vmf:KC and --law vmf:K with KC, K > 0");
    return PL_OK;
}

/* PRB.CF: with A_c, A_v the resultant lengths, PRB_2 = A_v^2 (1 - A_c^2), positives A_v^2, same
 * class A_v^2 A_c^2; V views add (1 - A_v^2)/V, n_c images multiply by 1 - 1/n_c. */
static pl_status summarise_closed(pl_ctx *ctx, const pl_options *o, double kc, double kv,
                                  pl_table *out) {
    double d = (double)pl_option_int(o, "dim"), views = (double)view_data_views(o);
    double images = (double)pl_option_int(o, "images");
    double c = pl_resultant(d, kc), v = pl_resultant(d, kv), prb = v * v * (1 - c * c);
    double known = prb + (1 - v * v) / views;
    return PL_SUMMARISE(
        ctx, out, {"closed_prb_2", "1", "A_v^2 (1 - A_c^2)", prb},
        {"closed_positive", "1", "A_v^2", v * v},
        {"closed_same_class", "1", "A_v^2 A_c^2", v * v * c * c},
        {"closed_plug_in", "1", "PRB_2 of means over the views, prototype known", known},
        {"plug_in_bias", "1", "of it, what the finite number of views adds: (1 - A_v^2)/V",
         known - prb},
        {"plug_in_factor", "1", "and the prototype of n_c images multiplies by 1 - 1/n_c",
         1 - 1 / images},
        {"closed_plug_in_estimated", "1", "both together", known * (1 - 1 / images)});
}

static double identity(double s, const void *unused) {
    (void)unused;
    return s;
}

/* |A_v x - A_v A_c mu|^power for x.mu = s. */
typedef struct distance {
    double v, c, power;
} distance;

static double distance_at(double s, const void *arg) {
    const distance *a = arg;
    return pow(a->v * sqrt(fmax(0, 1 - 2 * a->c * s + a->c * a->c)), a->power);
}

/* The same by quadrature over the laws of a view around its image and an image around its class. */
static pl_status population(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status;
    pl_zonal class_law = {0}, view_law = {0};
    size_t d = (size_t)pl_option_int(o, "dim");
    double kc, kv;
    PL_TRY(concentrations(ctx, o, &kc, &kv));
    PL_TRY(pl_zonal_new(ctx, d, kc, &class_law));
    PL_TRY(pl_zonal_new(ctx, d, kv, &view_law));
    double c = pl_zonal_mean(&class_law, identity, NULL),
           v = pl_zonal_mean(&view_law, identity, NULL);
    double first = pl_zonal_mean(&class_law, distance_at, &(distance){v, c, 1});
    double second = pl_zonal_mean(&class_law, distance_at, &(distance){v, c, 2});
    PL_TRY(pl_table_add(ctx, out, (double[]){0, NAN, first, second, v * v, v * c * v * c, NAN, NAN},
                        NULL));
    PL_TRY(summarise_closed(ctx, o, kc, kv, out));
done:
    pl_zonal_free(&class_law);
    pl_zonal_free(&view_law);
    return status;
}

/* One replicate: a class around e1, its images, their views; the unbiased PRB_2 and the plug-in one
 * with the prototype A_v A_c e1 known. */
static pl_status replicate(pl_ctx *ctx, pl_stream stream, double kc, double kv, double prototype,
                           pl_mat images, pl_mat around, pl_views *views, pl_mat z,
                           double *distinct, double *plug_in) {
    pl_status status;
    bias_set s = {0};
    size_t d = images.cols;
    double sum = 0;
    PL_TRY(pl_sample_vmf(ctx, stream, NULL, kc, images));
    for (size_t r = 0; r < z.rows; r++)
        memcpy(around.a + r * d, images.a + r / views->views * d, d * sizeof *around.a);
    PL_TRY(pl_sample_vmf_around(
        ctx, (pl_stream){stream.seed, stream.stream + 1, stream.row * views->views},
        pl_const(around), kv, z));
    PL_TRY(bias_set_new(ctx, views, &s));
    for (size_t i = 0; i < views->images; i++) {
        const double *m = s.mean + i * d;
        sum += dot(m, m, d) - 2 * prototype * m[0] + prototype * prototype;
    }
    *plug_in = sum / (double)views->images;
    *distinct = unbiased(&s);
done:
    bias_set_free(&s);
    return status;
}

static pl_status sampled(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status;
    size_t d = (size_t)pl_option_int(o, "dim"), n = (size_t)pl_option_int(o, "images");
    size_t k = view_data_views(o), rows, cells;
    size_t replicates = (size_t)pl_option_int(o, "replicates");
    double kc, kv, *distinct = NULL, *plug_in = NULL;
    size_t *label = NULL;
    pl_mat images = {NULL, n, d, d}, around, z;
    if (!pl_size_mul(n, k, &rows) || !pl_size_mul(rows, d, &cells))
        return pl_fail(ctx, PL_ESHAPE, "%zu images x %zu views x %zu are too many", n, k, d);
    around = z = (pl_mat){NULL, rows, d, d};
    PL_TRY(concentrations(ctx, o, &kc, &kv));
    if (n < 2 || k < 2) {
        status = pl_fail(ctx, PL_EUSAGE,
                         "--data sampled estimates PRB_2 from distinct pairs; it "
                         "needs --images and --views of two or more");
        goto done;
    }
    PL_NEW(ctx, images.a, n * d);
    PL_NEW(ctx, around.a, cells);
    PL_NEW(ctx, z.a, cells);
    PL_NEW(ctx, label, n);
    PL_NEW(ctx, distinct, replicates);
    PL_NEW(ctx, plug_in, replicates);
    pl_views views = {pl_const(z), n, k, label, 1};
    double prototype = pl_resultant((double)d, kc) * pl_resultant((double)d, kv);
    for (size_t r = 0; r < replicates; r++) {
        PL_TRY(replicate(ctx, (pl_stream){pl_option_seed(o, "seed"), 20, r * n}, kc, kv, prototype,
                         images, around, &views, z, &distinct[r], &plug_in[r]));
        PL_TRY(pl_table_add(ctx, out,
                            (double[]){0, (double)r, NAN, distinct[r], NAN, NAN, NAN, NAN}, NULL));
    }
    PL_TRY(PL_SUMMARISE(
        ctx, out,
        {"sampled_prb_2", "1", "mean of the unbiased estimates", pl_mean(distinct, replicates)},
        {"sampled_error", "1", "its standard error",
         sqrt(pl_variance(distinct, replicates) / (double)replicates)},
        {"sampled_plug_in", "1", "mean of |m - mu|^2 over the sample's own mean views",
         pl_mean(plug_in, replicates)},
        {"plug_in_error", "1", "its standard error",
         sqrt(pl_variance(plug_in, replicates) / (double)replicates)}));
    PL_TRY(summarise_closed(ctx, o, kc, kv, out));
done:
    pl_free(images.a);
    pl_free(around.a);
    pl_free(z.a);
    pl_free(label);
    pl_free(distinct);
    pl_free(plug_in);
    return status;
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    const char *data = pl_option_spec(o, "data", NULL);
    if (pl_option_has(o, "features"))
        return from_views(ctx, o, data, out);
    if (strcmp(data, "population") == 0)
        return population(ctx, o, out);
    if (strcmp(data, "sampled") == 0)
        return sampled(ctx, o, out);
    return from_views(ctx, o, data, out);
}

const pl_program pl_bounds_prototype_bias = {
    .name = "prototype-bias",
    .summary = "distance of the surrogate prototypes from the ideal ones, raw and de-biased",
    .details = "PRB_p = E |m - mu|^p, m the mean view of an image, mu the mean of its class.\n"
               "PRB_2 = E s(positive) - E s(same class) exactly for unit features; from V views it "
               "comes out\ntoo large by (1 - E|m|^2)/V, which prb_2_unbiased removes.",
    .source = "LEE25, prototype representation bias (derived here: LEE25.PRB)",
    .positional = "features labels",
    .options = options,
    .columns = columns,
    .run = run};
