/* A kernel g(u.v) on the sphere has the uniform law as its least energy if and only if no zonal
 * coefficient h_n = E g P_n, n >= 1, is negative, and as its only one if none is zero: the energy
 * of a law is sum_n h_n sum_k |E Y_nk|^2. WANG20, Proposition 1: true of the Gaussian potential;
 * Theorem 2: false of the loss with one negative (theory notes, PROP1 and THM2). */

#include <complex.h>
#include <math.h>
#include <string.h>

#include "bounds/bounds.h"
#include "bounds/sphere_law.h"
#include "math/sphere.h"

static const pl_option options[] = {
    {"dim", PL_OPT_INT, "3", 2, 4096, NULL, NULL, "dimension d", 0},
    {"kernel", PL_OPT_SPEC, "gaussian:2", -1e4, 1e4,
     "gaussian:T|single-negative:TAU|inner-product|minus-inner-product|minus-squared-distance",
     NULL, "exp(-T |u-v|^2), log(1 + e^{(u.v-1)/TAU}), u.v, -u.v, -|u-v|^2", 0},
    {"orders", PL_OPT_INT, "12", 1, 400, NULL, NULL, "orders n = 1 .. N", 0},
    {0}};

static const pl_column columns[] = {
    {"order", "1", "order n", false},
    {"harmonics", "1", "dimension of the harmonics of order n", false},
    {"coefficient", "1", "h_n by quadrature", false},
    {"closed_form", "1", "h_n in closed form, or by the residue series", false},
    {"magnitude", "1", "|h_n|, for logarithmic axes", false},
    {0}};

/* A kernel: g(s), and h_n without quadrature (NULL, or NAN: not known). */
typedef struct kernel {
    const char *name;
    double (*value)(double s, const void *parameter);
    double (*closed)(double d, double parameter, size_t n);
} kernel;

static double gaussian(double s, const void *t) {
    return exp(2 * *(const double *)t * (s - 1));
}

static double gaussian_closed(double d, double t, size_t n) {
    return exponential_coefficient(d, 2 * t, n);
}

static double single_negative(double s, const void *tau) {
    return log1p(exp((s - 1) / *(const double *)tau));
}

/* On the circle 2 h_n = -(4/n) sum_k Re z_k^{-n}, z_k = s_k + sqrt(s_k^2 - 1), over the zeros
 * s_k = 1 + i pi (2k+1) tau of 1 + e^{kappa(s-1)}. What is left after K terms is the midpoint rule
 * of int z^{-n} dk, where dk = (1 - z^-2) dz/(4 pi i tau). */
static double residues(double d, double tau, size_t n) {
    if (d != 2)
        return NAN;
    double order = (double)n, terms = ceil(20000 * fmax(1, 0.2 / tau)), sum;
    double complex s = 1 + CMPLX(0, 1) * 2 * M_PI * terms * tau, z = s + csqrt(s * s - 1);
    double complex tail = n == 1 ? -clog(z) : cpow(z, 1 - order) / (order - 1);
    sum = creal((tail - cpow(z, -order - 1) / (order + 1)) / (4 * M_PI * CMPLX(0, 1) * tau));
    for (double k = terms - 1; k >= 0; k--) { /* from the smallest up */
        s = 1 + CMPLX(0, 1) * M_PI * (2 * k + 1) * tau;
        sum += creal(cpow(s + csqrt(s * s - 1), -order));
    }
    return -2 * sum / order;
}

static double inner(double s, const void *unused) {
    (void)unused;
    return s;
}

static double inner_closed(double d, double unused, size_t n) {
    (void)unused;
    return n == 1 ? 1 / d : 0;
}

static double minus_inner(double s, const void *unused) {
    (void)unused;
    return -s;
}

static double minus_inner_closed(double d, double unused, size_t n) {
    return -inner_closed(d, unused, n);
}

static double minus_square(double s, const void *unused) {
    (void)unused;
    return 2 * s - 2;
}

static double minus_square_closed(double d, double unused, size_t n) {
    return n == 0 ? -2 : 2 * inner_closed(d, unused, n);
}

static const kernel kernels[] = {{"gaussian", gaussian, gaussian_closed},
                                 {"single-negative", single_negative, residues},
                                 {"inner-product", inner, inner_closed},
                                 {"minus-inner-product", minus_inner, minus_inner_closed},
                                 {"minus-squared-distance", minus_square, minus_square_closed}};

typedef struct squared_kernel {
    const kernel *g;
    double parameter;
} squared_kernel;

static double square(double s, const void *arg) {
    const squared_kernel *k = arg;
    double g = k->g->value(s, &k->parameter);
    return g * g;
}

/* Energies of three laws by their own sums, and the variance of g(u.v) under the uniform one. */
static pl_status summarise(pl_ctx *ctx, const kernel *g, double p, size_t d, const pl_zonal *rule,
                           pl_table *out) {
    pl_status status;
    double uniform = pl_zonal_mean(rule, g->value, &p), same = g->value(1, &p);
    double square_mean = pl_zonal_mean(rule, square, &(squared_kernel){g, p});
    PL_TRY(pl_table_summarise(ctx, out, "energy_uniform", "1", "E g(u.v), uniform law", uniform));
    PL_TRY(pl_table_summarise(ctx, out, "energy_antipodal", "1", "(g(1) + g(-1))/2",
                              (same + g->value(-1, &p)) / 2));
    PL_TRY(pl_table_summarise(ctx, out, "energy_dirac", "1", "g(1)", same));
    if (d == 2)
        PL_TRY(pl_table_summarise(ctx, out, "energy_square", "1", "(g(1) + 2 g(0) + g(-1))/4",
                                  (same + 2 * g->value(0, &p) + g->value(-1, &p)) / 4));
    PL_TRY(pl_table_summarise(ctx, out, "variance", "1", "Var g(u.v), uniform law",
                              square_mean - uniform * uniform));
done:
    return status;
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status;
    pl_zonal rule = {0};
    size_t d = (size_t)pl_option_int(o, "dim");
    double parameter, squares = 0, cubes = 0, least = INFINITY;
    const char *name = pl_option_spec(o, "kernel", &parameter);
    const kernel *g = kernels;
    size_t zeros = 0, orders = (size_t)pl_option_int(o, "orders");
    while (strcmp(g->name, name) != 0)
        g++;
    if (strcmp(name, "single-negative") == 0 && !(parameter >= 1e-3))
        return pl_fail(ctx, PL_EUSAGE, "--kernel single-negative:%g: a temperature is 1e-3 or more",
                       parameter);
    PL_TRY(pl_zonal_new_fine(ctx, d, 0, 4 * (orders + 32), &rule));
    for (size_t n = 1; n <= orders; n++) {
        double h = pl_zonal_coefficient(&rule, d, n, g->value, &parameter);
        double closed = g->closed((double)d, parameter, n), many = harmonics((double)d, n);
        double best = isnan(closed) ? h : closed;
        squares += many * best * best;
        cubes += many * best * best * best;
        zeros += best == 0;
        least = fmin(least, best);
        PL_TRY(pl_table_add(ctx, out, (double[]){(double)n, many, h, closed, fabs(best)}, NULL));
    }
    PL_TRY(summarise(ctx, g, parameter, d, &rule, out));
    PL_TRY(pl_table_summarise(ctx, out, "zero_orders", "1", "orders whose coefficient is 0",
                              (double)zeros));
    PL_TRY(pl_table_summarise(ctx, out, "least_coefficient", "1", "the least h_n", least));
    PL_TRY(pl_table_summarise(ctx, out, "square_sum", "1", "sum of harmonics h_n^2", squares));
    PL_TRY(pl_table_summarise(ctx, out, "limit_skewness", "1",
                              "skewness of the U-statistic's limit law",
                              sqrt(8) * cubes / pow(squares, 1.5)));
done:
    pl_zonal_free(&rule);
    return status;
}

const pl_program pl_bounds_kernels = {
    .name = "kernels",
    .summary = "zonal coefficients of a kernel: is the uniform law its least energy?",
    .details = "h_n = E g(u.v) P_n(u.v) under the uniform law, n >= 1, by quadrature and in closed "
               "form.\nA negative one refutes minimality, a zero one uniqueness.",
    .source = "WANG20, Proposition 1 and Theorem 2",
    .options = options,
    .columns = columns,
    .run = run};
