/* LEE25, total loss and chain of bounds. For an anchor z of image x and class y, m the mean of the
 * image's views, mu_y' the prototypes:
 *     l~ = 1/(alpha |T|) sum_t' [ -alpha s(z, f(t'x)) + (lambda/nu) log sum_x' e^{alpha s(z,
 * f(t'x'))} ] total:  -E s + lambda (repulsion bound) = l~ + (lambda/(nu alpha)) log(n/|X|); chain:
 * -s(z, mu_y) + lambda max_{y'} s(z, mu_y') <= the same + 2 |mu_y - m|/(|mu_y| + |m|). */

#include <math.h>
#include <string.h>

#include "bounds/balance.h"
#include "bounds/search.h"
#include "bounds/view_data.h"
#include "math/pairs.h"
#include "math/sphere.h"
#include "math/stats.h"
#include "math/zonal.h"

/* Everything that the two parts know of the anchors, one number each. */
typedef struct anchors {
    view_data data;
    size_t n, classes;
    double alpha, lambda, nu, log_n, least, most;
    bool balanced, unit;
    double *surrogate, *bound, *similarity; /* attraction: -s(z, m), -E s, E s           */
    double *max, *rhs, *without, *margin;   /* repulsion: both sides, s(z, mu_y) - max   */
    double *total;                          /* l~                                        */
    double *bias;                           /* 2 |mu_y - m|/(|mu_y| + |m|)               */
    double *means, *norms;
    size_t *sizes;
} anchors;

static void anchors_free(anchors *a) {
    double *const arrays[] = {a->surrogate, a->bound, a->similarity, a->max,   a->rhs,  a->without,
                              a->margin,    a->total, a->bias,       a->means, a->norms};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        pl_free(arrays[i]);
    pl_free(a->sizes);
    view_data_free(&a->data);
}

/* l~ from its definition: one log-sum-exp for each anchor and each view t' of all images. */
static pl_status total_loss(pl_ctx *ctx, anchors *a) {
    pl_status status;
    const pl_views *v = &a->data.views;
    size_t d = v->z.cols, views = v->views;
    double *unit = NULL, *log_sum = NULL;
    PL_NEW(ctx, unit, a->n * d);
    PL_NEW(ctx, log_sum, a->n);
    for (size_t r = 0; r < a->n; r++) {
        double square = 0;
        for (size_t j = 0; j < d; j++)
            square += v->z.a[r * v->z.ld + j] * v->z.a[r * v->z.ld + j];
        a->unit = a->unit && fabs(sqrt(square) - 1) <= 1e-3;
        for (size_t j = 0; j < d; j++)
            unit[r * d + j] = v->z.a[r * v->z.ld + j] / sqrt(square);
    }
    for (size_t t = 0; t < views; t++) {
        pl_cmat points = {unit + t * d, v->images, d, views * d};
        PL_TRY(pl_pairs_logsum(ctx, pl_points_f64((pl_cmat){unit, a->n, d, d}),
                               pl_points_f64(points), a->alpha, PL_SKIP_NONE, log_sum));
        for (size_t r = 0; r < a->n; r++) {
            const double *z = unit + r * d, *positive = unit + (r / views * views + t) * d;
            double s = 0;
            for (size_t j = 0; j < d; j++)
                s += z[j] * positive[j];
            a->total[r] +=
                (-a->alpha * s + a->lambda / a->nu * log_sum[r]) / (a->alpha * (double)views);
        }
    }
done:
    pl_free(unit);
    pl_free(log_sum);
    return status;
}

/* The bias term of each image's anchors, by the means themselves. */
static pl_status bias_terms(pl_ctx *ctx, anchors *a) {
    pl_status status = PL_OK;
    const pl_views *v = &a->data.views;
    size_t d = v->z.cols;
    double *m = NULL;
    PL_NEW(ctx, m, d);
    for (size_t i = 0; i < v->images; i++) {
        const double *mu = a->means + v->label[i] * d;
        double square = 0, distance = 0;
        memset(m, 0, d * sizeof *m);
        for (size_t t = 0; t < v->views; t++)
            for (size_t j = 0; j < d; j++)
                m[j] += v->z.a[(i * v->views + t) * v->z.ld + j] / (double)v->views;
        for (size_t j = 0; j < d; j++) {
            square += m[j] * m[j];
            distance += (m[j] - mu[j]) * (m[j] - mu[j]);
        }
        for (size_t t = 0; t < v->views; t++)
            a->bias[i * v->views + t] = 2 * sqrt(distance) / (a->norms[v->label[i]] + sqrt(square));
    }
done:
    pl_free(m);
    return status;
}

/* --search: two classes of two images of three views for the chain; the bound holds its bias term,
 * but for 'bias'. Without 'nu' it is 1. */
static pl_status searched(pl_ctx *ctx, const pl_options *o, double lambda, view_data *out) {
    pl_status status;
    const char *hypothesis = pl_option_spec(o, "search", NULL);
    bool common = strcmp(hypothesis, "common-norm") == 0; /* it takes many images */
    const search_problem problem = {.hypothesis = hypothesis,
                                    .images = 4,
                                    .views = common ? 1 : 3,
                                    .dim = SEARCH_MOST_DIM,
                                    .classes = 2,
                                    .most_times = common ? 1000 : 1,
                                    .unit = true,
                                    .balanced = true,
                                    .alpha = pl_option_real(o, "alpha"),
                                    .lambda = lambda,
                                    .remedy = "a smaller --lambda, as 0.1, or another --seed",
                                    .gap = search_chain_gap};
    PL_TRY(search_views(ctx, o, &problem, "balance --part chain", out));
    if (strcmp(hypothesis, "nu") == 0)
        out->nu = 1;
done:
    return status;
}

static pl_status anchors_new(pl_ctx *ctx, const pl_options *o, anchors *out) {
    pl_status status;
    anchors a = {.unit = true, .alpha = pl_option_real(o, "alpha")};
    size_t smallest;
    PL_TRY(balance_single(ctx, o, "lambda", &a.lambda));
    PL_TRY(balance_options_check(ctx, o));
    if (pl_option_has(o, "search"))
        PL_TRY(searched(ctx, o, a.lambda, &a.data));
    else
        PL_TRY(view_data_new(ctx, o, pl_option_spec(o, "data", NULL), true, &a.data));
    if (a.data.views.views < 2)
        pl_warn(ctx, "one view an image: its attraction bound is that of equal views, -1; pass "
                     "--views or an (N, V, d) array");
    const pl_views *v = &a.data.views;
    a.n = v->images * v->views;
    a.classes = v->classes;
    double **const arrays[] = {&a.surrogate, &a.bound,  &a.similarity, &a.max, &a.rhs,
                               &a.without,   &a.margin, &a.total,      &a.bias};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        PL_NEW(ctx, *arrays[i], a.n);
    PL_NEW(ctx, a.means, a.classes * v->z.cols);
    PL_NEW(ctx, a.norms, a.classes);
    PL_NEW(ctx, a.sizes, a.classes);
    PL_TRY(pl_prototypes(ctx, v, (pl_mat){a.means, a.classes, v->z.cols, v->z.cols}, a.norms,
                         a.sizes));
    PL_TRY(view_data_nu(ctx, o, &a.data, a.norms, &a.nu));
    view_data_extremes(a.norms, a.classes, &a.least, &a.most);
    a.balanced = view_data_balanced(&a.data, &smallest);
    a.log_n = log((double)a.classes);
    PL_TRY(pl_attraction(ctx, v, a.surrogate, a.bound, a.similarity));
    PL_TRY(
        pl_repulsion(ctx, v, a.alpha, a.nu, a.log_n, NULL, a.n, a.max, a.rhs, a.without, a.margin));
    PL_TRY(total_loss(ctx, &a));
    PL_TRY(bias_terms(ctx, &a));
    *out = a;
    a = (anchors){0};
done:
    anchors_free(&a);
    return status;
}

/* (lambda/(nu alpha)) log(n/|X|): free of theta only if nu is held constant. */
static double constant(const anchors *a) {
    return a->lambda / (a->nu * a->alpha) * (a->log_n - log((double)a->data.views.images));
}

static double mean_of(const pl_table *t, const char *name) {
    size_t c = pl_table_find(t, name), n = pl_table_rows(t);
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += pl_table_at(t, i, c) / (double)n;
    return sum;
}

#define ANCHOR_COLUMNS                                                                             \
    {"class", "1", "class of the anchor", false}, {"image", "1", "image of the anchor", false}, {  \
        "view", "1", "view that is the anchor", false                                              \
    }
#define ANCHOR(a, i)                                                                               \
    (double)(a).data.label[(i) / (a).data.views.views], (double)((i) / (a).data.views.views),      \
        (double)((i) % (a).data.views.views)

static const pl_column total_columns[] = {
    ANCHOR_COLUMNS,
    {"attraction_bound", "1", "-E s(z, f(Tx))", false},
    {"repulsion_bound", "1", "right side of the repulsion bound", false},
    {"sum", "1", "attraction bound + lambda (repulsion bound)", false},
    {"total_loss", "1", "l~, from its definition", false},
    {"total_loss_with_constant", "1", "l~ + (lambda/(nu alpha)) log(n/|X|)", false},
    {0}};

static pl_status run_total(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status;
    anchors a = {0};
    if (strcmp(pl_option_spec(o, "data", NULL), "population") == 0 && !pl_option_has(o, "features"))
        return pl_fail(ctx, PL_EUSAGE, "--data population goes with --part chain");
    PL_TRY(anchors_new(ctx, o, &a));
    size_t shown = a.data.anchor_only == SIZE_MAX ? a.n : 1;
    for (size_t i = 0; i < shown; i++)
        PL_TRY(pl_table_add(ctx, out,
                            (double[]){ANCHOR(a, i), a.bound[i], a.rhs[i],
                                       a.bound[i] + a.lambda * a.rhs[i], a.total[i],
                                       a.total[i] + constant(&a)},
                            NULL));
    double mean = mean_of(out, "total_loss");
    PL_TRY(PL_SUMMARISE(ctx, out, {"mean_total_loss", "1", "mean l~", mean},
                        {"constant", "1", "(lambda/(nu alpha)) log(n/|X|)", constant(&a)},
                        {"mean_total_loss_with_constant", "1", "their sum", mean + constant(&a)},
                        {"nu", "1", "prototype norm used", a.nu}));
done:
    anchors_free(&a);
    return status;
}

static const pl_column chain_columns[] = {
    ANCHOR_COLUMNS,
    {"supervised_attraction", "1", "-s(z, mu_y), to the ideal prototype", false},
    {"surrogate_attraction", "1", "-s(z, m), to the mean view", false},
    {"attraction_bound", "1", "-E s(z, f(Tx))", false},
    {"repulsion", "1", "max over other classes of s(z, mu_y')", false},
    {"supervised", "1", "supervised loss: attraction + lambda repulsion", false},
    {"surrogate", "1", "the same with the surrogate prototype", false},
    {"bound_without_bias", "1", "l~ + (lambda/(nu alpha)) log(n/|X|)", false},
    {"bias_term", "1", "2 |mu_y - m|/(|mu_y| + |m|)", false},
    {"bound", "1", "bound_without_bias + bias_term", false},
    {"applies", "1", "1 where the hypotheses are met", false},
    {0}};

/* Hierarchical vMF views in closed form: supervised attraction -A_v A_c, its bound -A_v^2; in the
 * row by quadrature over both laws. */
static double identity(double s, const void *unused) {
    (void)unused;
    return s;
}

static pl_status population(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status = PL_OK;
    pl_zonal class_law = {0}, view_law = {0};
    size_t d = (size_t)pl_option_int(o, "dim");
    double kc, kv, nan = NAN;
    if (strcmp(pl_option_spec(o, "class-law", &kc), "vmf") != 0 ||
        strcmp(pl_option_spec(o, "law", &kv), "vmf") != 0 || !(kc > 0) || !(kv > 0))
        return pl_fail(ctx, PL_EUSAGE,
                       "--data population needs --class-law vmf:KC and --law vmf:K "
                       "with KC, K > 0");
    double c = pl_resultant((double)d, kc), v = pl_resultant((double)d, kv);
    PL_TRY(pl_zonal_new(ctx, d, kc, &class_law));
    PL_TRY(pl_zonal_new(ctx, d, kv, &view_law));
    double qc = pl_zonal_mean(&class_law, identity, NULL),
           qv = pl_zonal_mean(&view_law, identity, NULL);
    PL_TRY(pl_table_add(
        ctx, out,
        (double[]){nan, nan, nan, -qv * qc, -qv, -qv * qv, nan, nan, nan, nan, nan, nan, 1}, NULL));
    PL_TRY(PL_SUMMARISE(
        ctx, out, {"mean_supervised_attraction", "1", "-A_v A_c", -v * c},
        {"mean_attraction_bound", "1", "-A_v^2", -v * v},
        {"gap", "1", "bound - supervised: >= 0 only where A_v <= A_c", v * c - v * v}));
done:
    pl_zonal_free(&class_law);
    pl_zonal_free(&view_law);
    return status;
}

/* P0: the ideal prototype is the one that the mean attraction is least for, -E |mu_y|; the rival is
 * the mean view of each class's first image. */
static pl_status summarise_ideal(pl_ctx *ctx, const anchors *a, pl_table *out) {
    pl_status status = PL_OK;
    const pl_views *v = &a->data.views;
    size_t d = v->z.cols, *first = NULL;
    double *rival = NULL, ideal = 0, with_rival = 0, n = (double)v->images;
    PL_NEW(ctx, first, a->classes);
    PL_NEW(ctx, rival, d);
    for (size_t i = v->images; i-- > 0;)
        first[v->label[i]] = i;
    for (size_t y = 0; y < a->classes; y++) {
        double square = 0, similarity = 0, share = (double)a->sizes[y] / n;
        memset(rival, 0, d * sizeof *rival);
        for (size_t t = 0; t < v->views; t++)
            for (size_t j = 0; j < d; j++)
                rival[j] += v->z.a[(first[y] * v->views + t) * v->z.ld + j];
        for (size_t j = 0; j < d; j++) {
            square += rival[j] * rival[j];
            similarity += rival[j] * a->means[y * d + j];
        }
        ideal -= share * a->norms[y];
        with_rival -= share * similarity / sqrt(square);
    }
    PL_TRY(PL_SUMMARISE(
        ctx, out, {"closed_supervised_attraction", "1", "-E |mu_y|, what its mean must be", ideal},
        {"rival_attraction", "1",
         "mean -s(z, m), m the mean view of the class's first "
         "image",
         with_rival}));
done:
    pl_free(first);
    pl_free(rival);
    return status;
}

static pl_status run_chain(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status;
    anchors a = {0};
    if (strcmp(pl_option_spec(o, "data", NULL), "population") == 0 && !pl_option_has(o, "features"))
        return population(ctx, o, out);
    PL_TRY(anchors_new(ctx, o, &a));
    bool common = fabs(a.nu - a.least) <= 1e-9 && a.most - a.least <= 1e-9;
    double difference = 0;
    size_t shown = a.data.anchor_only == SIZE_MAX ? a.n : 1;
    for (size_t i = 0; i < shown; i++) {
        double own = a.margin[i] + a.max[i], bound = a.total[i] + constant(&a);
        bool repels = common || (a.nu <= a.least + 1e-12 && a.max[i] >= 0);
        difference += fabs(-own - a.surrogate[i]) / (double)shown;
        PL_TRY(pl_table_add(ctx, out,
                            (double[]){ANCHOR(a, i), -own, a.surrogate[i], a.bound[i], a.max[i],
                                       -own + a.lambda * a.max[i],
                                       a.surrogate[i] + a.lambda * a.max[i], bound, a.bias[i],
                                       bound + a.bias[i], repels && a.similarity[i] >= 0},
                            NULL));
    }
    if (!a.unit)
        pl_table_unmet(out, "unit features");
    if (!a.balanced)
        pl_table_unmet(out, "balanced classes");
    double supervised = mean_of(out, "supervised"), surrogate = mean_of(out, "surrogate");
    PL_TRY(
        PL_SUMMARISE(ctx, out, {"mean_supervised_loss", "1", "mean supervised loss", supervised},
                     {"mean_surrogate_loss", "1", "mean surrogate loss", surrogate},
                     {"surrogate_minus_supervised", "1", "negative: the surrogate is optimistic",
                      surrogate - supervised},
                     {"mean_attraction_difference", "1", "mean |s(z, mu_y) - s(z, m)|", difference},
                     {"mean_supervised_attraction", "1", "mean -s(z, mu_y)",
                      mean_of(out, "supervised_attraction")},
                     {"mean_attraction_bound", "1", "mean -E s", mean_of(out, "attraction_bound")},
                     {"outside", "1", "anchors that miss a hypothesis",
                      (double)shown * (1 - mean_of(out, "applies"))},
                     {"nu", "1", "prototype norm used", a.nu}));
    PL_TRY(summarise_ideal(ctx, &a, out));
done:
    anchors_free(&a);
    return status;
}

const pl_program pl_balance_total = {.name = "--part total",
                                     .summary = "the total loss and its identity",
                                     .columns = total_columns,
                                     .run = run_total};
const pl_program pl_balance_chain = {.name = "--part chain",
                                     .summary = "supervised loss, surrogate loss and their bound",
                                     .columns = chain_columns,
                                     .run = run_chain};
