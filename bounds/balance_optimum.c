/* LEE25, the supervised prototype problem with prototypes tied to the features, mu_y = E f(T X|y):
 *     E[ -s(z, mu_y) + lambda max_{y' != y} s(z, mu_y') ] >= -1 - lambda/(n-1),    0 < lambda <=
 * n-1, attained by classes that collapse onto a regular simplex, d >= n - 1 (the theory notes,
 * LEE25.P0.OPT). */

#include <math.h>
#include <string.h>

#include "bounds/balance.h"
#include "math/lbfgs.h"
#include "math/random.h"
#include "ssl/configurations.h"

static const pl_column columns[] = {
    {"lambda", "1", "weight of repulsion", false},
    {"optimum", "1", "-1 - lambda/(n-1)", false},
    {"simplex", "1", "objective of classes collapsed onto a simplex", false},
    {"optimised", "1", "least objective found from random starts; nan beyond 32 classes", false},
    {"collapsed_free", "1", "free prototypes: all mu_y = mu, all z = -mu", false},
    {"applies", "1", "1 where lambda <= n - 1", false},
    {0}};

enum { FEATURES = 2, MOST_CLASSES = 32 }; /* a class in the optimiser; beyond: NAN */
static const double SHARPNESS[] = {10, 100, 1000, 1e4};

/* n classes of FEATURES features in R^d, un-normalised. beta: sharpness of the smooth maximum,
 * log sum_{y'} e^{beta s}/beta; infinite: the maximum itself. */
typedef struct problem {
    size_t n, d;
    double lambda, beta;
    double *z, *length, *mu, *nu, *slope; /* unit rows, their lengths, unit prototypes, their norms,
                                           * derivative by the prototypes */
    double *similarity;                   /* of one feature to the prototypes */
} problem;

static void problem_free(problem *p) {
    pl_free(p->z);
    pl_free(p->length);
    pl_free(p->mu);
    pl_free(p->nu);
    pl_free(p->slope);
    pl_free(p->similarity);
}

static pl_status problem_new(pl_ctx *ctx, size_t n, size_t d, problem *out) {
    pl_status status = PL_OK;
    problem p = {.n = n, .d = d};
    PL_NEW(ctx, p.z, n * FEATURES * d);
    PL_NEW(ctx, p.length, n * FEATURES);
    PL_NEW(ctx, p.mu, n * d);
    PL_NEW(ctx, p.nu, n);
    PL_NEW(ctx, p.slope, n * d);
    PL_NEW(ctx, p.similarity, n);
    *out = p;
    p = (problem){0};
done:
    problem_free(&p);
    return status;
}

static double normalise(const double *x, size_t d, double *out) {
    double square = 0;
    for (size_t j = 0; j < d; j++)
        square += x[j] * x[j];
    for (size_t j = 0; j < d; j++)
        out[j] = x[j] / sqrt(square);
    return sqrt(square);
}

static void prototypes(problem *p, const double *x) {
    memset(p->mu, 0, p->n * p->d * sizeof *p->mu);
    for (size_t r = 0; r < p->n * FEATURES; r++) {
        p->length[r] = normalise(x + r * p->d, p->d, p->z + r * p->d);
        for (size_t j = 0; j < p->d; j++)
            p->mu[r / FEATURES * p->d + j] += p->z[r * p->d + j] / FEATURES;
    }
    for (size_t y = 0; y < p->n; y++)
        p->nu[y] = normalise(p->mu + y * p->d, p->d, p->mu + y * p->d);
}

/* g <- (g - (g.u) u)/length: through u = x/|x|. */
static void through_normalisation(double *g, const double *u, double length, size_t d) {
    double along = 0;
    for (size_t j = 0; j < d; j++)
        along += g[j] * u[j];
    for (size_t j = 0; j < d; j++)
        g[j] = (g[j] - along * u[j]) / length;
}

/* One feature's term; adds its derivatives to g (by z) and slope (by the prototypes). */
static double feature(problem *p, size_t r, double *g) {
    size_t d = p->d, own = r / FEATURES;
    const double *z = p->z + r * d;
    double top = -INFINITY, sum = 0, share = 1 / (double)(p->n * FEATURES);
    for (size_t y = 0; y < p->n; y++) {
        p->similarity[y] = 0;
        for (size_t j = 0; j < d; j++)
            p->similarity[y] += z[j] * p->mu[y * d + j];
        if (y != own)
            top = fmax(top, p->similarity[y]);
    }
    if (!g)
        return (-p->similarity[own] + p->lambda * top) * share;
    for (size_t y = 0; y < p->n; y++)
        sum += y == own ? 0 : exp(p->beta * (p->similarity[y] - top));
    for (size_t y = 0; y < p->n; y++) {
        double w =
            y == own ? -share : share * p->lambda * exp(p->beta * (p->similarity[y] - top)) / sum;
        for (size_t j = 0; j < d; j++) {
            g[r * d + j] += w * p->mu[y * d + j];
            p->slope[y * d + j] += w * z[j];
        }
    }
    return (-p->similarity[own] + p->lambda * (top + log(sum) / p->beta)) * share;
}

static double objective(void *data, const double *x, double *g) {
    problem *p = data;
    size_t d = p->d;
    double value = 0;
    prototypes(p, x);
    if (g) {
        memset(g, 0, p->n * FEATURES * d * sizeof *g);
        memset(p->slope, 0, p->n * d * sizeof *p->slope);
    }
    for (size_t r = 0; r < p->n * FEATURES; r++)
        value += feature(p, r, g);
    for (size_t y = 0; g && y < p->n; y++)
        through_normalisation(p->slope + y * d, p->mu + y * d, p->nu[y], d);
    for (size_t r = 0; g && r < p->n * FEATURES; r++) {
        for (size_t j = 0; j < d; j++)
            g[r * d + j] += p->slope[r / FEATURES * d + j] / FEATURES;
        through_normalisation(g + r * d, p->z + r * d, p->length[r], d);
    }
    return value;
}

/* Random starts, each with a smooth maximum that sharpens; the value is that of the maximum. */
static pl_status optimise(pl_ctx *ctx, problem *p, const pl_options *o, uint64_t row, double *x,
                          double *out) {
    pl_status status = PL_OK;
    size_t size = p->n * FEATURES * p->d;
    double least = INFINITY;
    const pl_lbfgs_settings settings = {.iterations = 300};
    for (long long s = 0; s < pl_option_int(o, "starts"); s++) {
        pl_minimum found;
        pl_stream_normals((pl_stream){pl_option_seed(o, "seed"), 31, row * 1000 + (uint64_t)s}, 0,
                          size, x);
        for (size_t k = 0; k < sizeof SHARPNESS / sizeof *SHARPNESS; k++) {
            p->beta = SHARPNESS[k];
            PL_TRY(pl_lbfgs(ctx, objective, p, size, &settings, x, &found));
        }
        least = fmin(least, objective(p, x, NULL));
    }
    *out = least;
done:
    return status;
}

/* All mu_y = e1 and all z = -e1, from the definition. */
static double collapsed_free(double lambda) {
    const double mu = 1, z = -1;
    return -z * mu + lambda * z * mu;
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status;
    size_t n = (size_t)pl_option_int(o, "classes"), d = (size_t)pl_option_int(o, "dim"), count;
    const double *lambdas = pl_option_list(o, "lambda", &count);
    bool small = n <= MOST_CLASSES;
    problem p = {0};
    double *x = NULL;
    pl_mat simplex = {NULL, n, d, d};
    if (n > d + 1)
        return pl_fail(ctx, PL_EDOMAIN,
                       "%zu classes have no simplex in dimension %zu; pass --dim %zu or more", n, d,
                       n - 1);
    PL_TRY(balance_options_check(ctx, o));
    PL_TRY(problem_new(ctx, n, d, &p));
    PL_NEW(ctx, x, n * FEATURES * d);
    PL_NEW(ctx, simplex.a, n * d);
    pl_simplex(simplex);
    for (size_t i = 0; i < count; i++) {
        double found = NAN, best;
        p.lambda = lambdas[i];
        if (small)
            PL_TRY(optimise(ctx, &p, o, i, x, &found));
        for (size_t r = 0; r < n * FEATURES; r++)
            memcpy(x + r * d, simplex.a + r / FEATURES * d, d * sizeof *x);
        best = objective(&p, x, NULL);
        PL_TRY(pl_table_add(ctx, out,
                            (double[]){p.lambda, -1 - p.lambda / (double)(n - 1), best, found,
                                       collapsed_free(p.lambda), p.lambda <= (double)(n - 1)},
                            NULL));
    }
done:
    problem_free(&p);
    pl_free(x);
    pl_free(simplex.a);
    return status;
}

const pl_program pl_balance_optimum = {
    .name = "--part optimum",
    .summary = "the supervised optimum with prototypes tied to the features",
    .columns = columns,
    .run = run};
