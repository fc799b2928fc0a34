/* Point sets of least uniformity loss: WANG20, Proposition 2 (minimisers of N points tend to the
 * uniform law as N grows), with what makes it quantitative (theory notes, PROP2 SAND, MONO, WEAK)
 * and the optima that are known in closed form (OPTCFG). */

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bounds/bounds.h"
#include "bounds/minimise.h"
#include "bounds/sphere_law.h"
#include "math/sphere.h"
#include "math/stats.h"
#include "ssl/configurations.h"

static const pl_option options[] = {
    {"dim", PL_OPT_INT, "3", 2, 4096, NULL, NULL, "dimension d", 0},
    {"t", PL_OPT_REAL, "2", 1e-6, 1e4, NULL, NULL, "scale of the Gaussian potential, t > 0", 0},
    {"configuration", PL_OPT_TEXT, NULL, 0, 0, NULL, "NAME",
     "this one as it is (N-gon, simplex-N, icosahedron, cross-polytope, e8, ..., or cap: points in "
     "an arc of 0.7), nothing minimised",
     0},
    {"points", PL_OPT_LIST, "2,3,4,6,12", 2, 1e4, NULL, "LIST",
     "numbers N of points to minimise over", 0},
    {"starts", PL_OPT_INT, "8", 1, 1e6, NULL, NULL, "random starts of the descent", 0},
    {"seed", PL_OPT_SEED, "1", 0, 0, NULL, NULL, "of the starts", 0},
    {0}};

static const pl_column columns[] = {
    {"configuration", "", "its name, or 'least' where it was minimised", true},
    {"points", "1", "number N of points", false},
    {"potential", "1", "average over i != j of exp(-t |u_i - u_j|^2)", false},
    {"log_potential", "nats", "its logarithm, the uniformity loss", false},
    {"with_self", "1", "average over all i, j", false},
    {"lower", "1", "(N I - 1)/(N - 1), I the uniform law's potential", false},
    {"upper", "1", "I", false},
    {"before", "1", "potential of the row above; 0 in the first", false},
    {"known", "1", "the optimum in closed form; nan where none is known", false},
    {"has_known", "1", "1 where one is known", false},
    {"first_moment", "1", "|mean of the points|^2", false},
    {"first_bound", "1", "what it cannot exceed at a minimiser, (1 - I)/(N b_1)", false},
    {"second_moment", "1", "sum_k |mean of Y_2k|^2", false},
    {"second_bound", "1", "what it cannot exceed, (1 - I)/(N h_2)", false},
    {0}};

/* Closed forms by the inner products that a point sees (theory notes, OPTCFG). */
static double known_optimum(size_t d, size_t n, double t) {
    double p[4] = {exp(-4 * t)}, rest = (double)n - 1, sum = 0;
    if (n <= d + 1) /* simplex */
        return exp(-2 * t * (double)n / rest);
    if (d == 2) {
        for (size_t k = 1; k < n; k++)
            sum += exp(2 * t * (cos(2 * M_PI * (double)k / (double)n) - 1));
        return sum / rest;
    }
    if (n == 2 * d) /* cross-polytope */
        return ((rest - 1) * exp(-2 * t) + p[0]) / rest;
    if (d == 3 && n == 12) /* icosahedron */
        return (5 * exp(2 * t * (1 / sqrt(5) - 1)) + 5 * exp(-2 * t * (1 / sqrt(5) + 1)) + p[0]) /
               rest;
    if (d == 8 && n == 240) /* roots of E8 */
        return (56 * exp(-t) + 126 * exp(-2 * t) + 56 * exp(-3 * t) + p[0]) / rest;
    return NAN;
}

/* Eight points within an arc of 0.7: far from any optimum. */
static pl_status cap(pl_ctx *ctx, size_t d, pl_mat *out) {
    enum { POINTS = 8 };
    pl_mat z = {pl_alloc(ctx, POINTS * d, sizeof *z.a), POINTS, d, d};
    if (!z.a)
        return PL_ENOMEM;
    for (size_t i = 0; i < POINTS; i++) {
        z.a[i * d] = cos(0.1 * (double)i);
        z.a[i * d + 1] = sin(0.1 * (double)i);
    }
    *out = z;
    return PL_OK;
}

/* Averages over the pairs of a configuration: potential, |mean|^2, and P_2. */
static pl_status add_row(pl_ctx *ctx, const char *name, pl_cmat z, double t, double *before,
                         pl_table *out) {
    pl_status status;
    double n = (double)z.rows, d = (double)z.cols, inner = 0, second = 0, *row = NULL, sum;
    PL_NEW(ctx, row, z.rows);
    for (size_t i = 0; i < z.rows; i++)
        for (size_t j = 0; j < i; j++) {
            double s = 0;
            for (size_t k = 0; k < z.cols; k++)
                s += z.a[i * z.ld + k] * z.a[j * z.ld + k];
            row[i] += exp(2 * t * (s - 1));
            inner += s;
            second += (d * s * s - 1) / (d - 1); /* P_2 */
        }
    sum = pl_sum(row, z.rows);
    double potential = 2 * sum / (n * (n - 1)), uniform = exp(pl_log_c(d, 2 * t) - 2 * t);
    double first_h = d * exponential_coefficient(d, 2 * t, 1);
    double second_h = exponential_coefficient(d, 2 * t, 2), room = (1 - uniform) / n;
    double known = known_optimum(z.cols, z.rows, t);
    PL_TRY(pl_table_add(ctx, out,
                        (double[]){0, n, potential, log(potential), 1 / n + (1 - 1 / n) * potential,
                                   (n * uniform - 1) / (n - 1), uniform, *before, known,
                                   !isnan(known), (n + 2 * inner) / (n * n), room / first_h,
                                   harmonics(d, 2) * (n + 2 * second) / (n * n), room / second_h},
                        (const char *const[]){name}));
    *before = potential;
done:
    pl_free(row);
    return status;
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status = PL_OK;
    pl_mat z = {0};
    size_t d = (size_t)pl_option_int(o, "dim"), count;
    double t = pl_option_real(o, "t"), before = 0;
    const char *name = pl_option_text(o, "configuration");
    const double *points = pl_option_list(o, "points", &count);
    if (name) {
        PL_TRY(strcmp(name, "cap") == 0 ? cap(ctx, d, &z) : pl_configuration(ctx, name, d, &z));
        PL_TRY(add_row(ctx, name, pl_const(z), t, &before, out));
    }
    for (size_t i = 0; !name && i < count; i++) {
        size_t n = (size_t)points[i];
        double least;
        if (points[i] != floor(points[i])) {
            status = pl_fail(ctx, PL_EUSAGE, "--points is %g, expected a whole number", points[i]);
            goto done;
        }
        pl_free(z.a);
        z = (pl_mat){NULL, n, d, d};
        PL_NEW(ctx, z.a, n * d);
        PL_TRY(minimise_points(ctx, OBJECTIVE_UNIFORMITY, t, n, d,
                               (size_t)pl_option_int(o, "starts"),
                               (pl_stream){pl_option_seed(o, "seed"), n, 0}, &least, z));
        PL_TRY(add_row(ctx, "least", pl_const(z), t, &before, out));
    }
done:
    pl_free(z.a);
    return status;
}

const pl_program pl_bounds_configurations = {
    .name = "configurations",
    .summary = "named point sets and minimisers of the uniformity loss over N points",
    .details =
        "Minimisers are sought by L-BFGS on the sphere from random starts; a potential below "
        "`lower` would refute the sandwich.",
    .source = "WANG20, Proposition 2; optima: Cohn & Kumar 2007",
    .options = options,
    .columns = columns,
    .run = run};
