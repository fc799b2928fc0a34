#include "bounds/sphere_law.h"

#include <ctype.h>
#include <float.h>
#include <gsl/gsl_integration.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "math/sphere.h"

const sphere_law_name sphere_law_names[] = {{"uniform", LAW_VMF, 1, 0, 0, false},
                                            {"vmf", LAW_VMF, 1, 0, 0, true},
                                            {"antipodal-vmf", LAW_VMF, 2, 0, 0, true},
                                            {"four-vmf", LAW_VMF, 4, 2, 0, true},
                                            {"half-circle", LAW_ARC, 1, 2, M_PI / 2, false},
                                            {"quarter-circle", LAW_ARC, 1, 2, M_PI / 4, false},
                                            {"antipodal", LAW_POINT, 2, 0, 0, false},
                                            {"dirac", LAW_POINT, 1, 0, 0, false},
                                            {0}};

enum { MOST_COPIES = 64 };

/* The N of "N-gon", N equal points on the circle; 0 when the name has another form. */
static size_t polygon(const char *name) {
    char *end;
    size_t n = isdigit((unsigned char)name[0]) ? strtoul(name, &end, 10) : 0;
    return n >= 2 && n <= MOST_COPIES && strcmp(end, "-gon") == 0 ? n : 0;
}

/* The arc's angles in [0, half], about which it is symmetric; or the one point. */
static pl_status nodes(pl_ctx *ctx, const sphere_law *law, pl_zonal *out) {
    enum { PANEL = 128 };
    pl_status status = PL_OK;
    pl_zonal rule = {law->component == LAW_POINT ? 1 : PANEL, NULL, NULL};
    gsl_integration_glfixed_table *table = NULL;
    PL_NEW(ctx, rule.s, rule.n);
    PL_NEW(ctx, rule.w, rule.n);
    rule.s[0] = rule.w[0] = 1;
    if (law->component == LAW_ARC) {
        table = gsl_integration_glfixed_table_alloc(PANEL);
        if (!table) {
            status = pl_fail(ctx, PL_ENOMEM, "out of memory for a quadrature table");
            goto done;
        }
    }
    for (size_t i = 0; table && i < rule.n; i++) {
        double angle;
        gsl_integration_glfixed_point(0, law->half, i, &angle, &rule.w[i], table);
        rule.s[i] = cos(angle);
        rule.w[i] /= law->half;
    }
    *out = rule;
    rule = (pl_zonal){0};
done:
    pl_zonal_free(&rule);
    if (table)
        gsl_integration_glfixed_table_free(table);
    return status;
}

pl_status sphere_law_new(pl_ctx *ctx, const char *name, size_t d, double concentration,
                         sphere_law *out) {
    const sphere_law_name gon = {name, LAW_POINT, polygon(name), 2, 0, false};
    const sphere_law_name *found = sphere_law_names;
    size_t best = SIZE_MAX;
    const char *nearest = NULL;
    for (; found->name && strcmp(found->name, name) != 0; found++)
        pl_nearest(name, found->name, &best, &nearest);
    if (gon.copies)
        found = &gon;
    if (!found->name)
        return pl_fail(ctx, PL_EUSAGE,
                       "there is no law '%s'%s%s; known: uniform, vmf, antipodal-vmf, four-vmf, "
                       "half-circle, quarter-circle, N-gon (N <= %d), antipodal, dirac, all",
                       name, nearest ? "; did you mean " : "", nearest ? nearest : "", MOST_COPIES);
    if (found->d && d != found->d)
        return pl_fail(ctx, PL_EUSAGE,
                       "the law %s lies on the circle, not in dimension %zu; pass --dim %zu", name,
                       d, found->d);
    sphere_law law = {.name = name,
                      .component = found->component,
                      .d = d,
                      .copies = found->copies,
                      .concentration = found->concentrated ? concentration : 0,
                      .half = found->half};
    pl_status status = law.component == LAW_VMF ? pl_zonal_new(ctx, d, law.concentration, &law.rule)
                                                : nodes(ctx, &law, &law.rule);
    if (status == PL_OK)
        *out = law;
    return status;
}

void sphere_law_free(sphere_law *law) {
    pl_zonal_free(&law->rule);
}

double sphere_law_moment(const sphere_law *law, size_t n) {
    double m = 1, x = (double)n * law->half;
    if (n % law->copies != 0)
        return 0;
    if (law->component == LAW_ARC)
        return n ? sin(x) / x : 1;
    for (size_t j = 0; law->component == LAW_VMF && j < n; j++)
        m *= pl_resultant((double)law->d + 2 * (double)j, law->concentration);
    return m;
}

/* log E e^{kappa u.v} over one component, v at the angle `angle` from its centre: two exponents of
 * von Mises-Fisher form add as vectors. */
static double component_log_potential(const sphere_law *law, double kappa, double angle) {
    double d = (double)law->d, k = law->concentration, sum = 0;
    if (law->component == LAW_POINT)
        return kappa * cos(angle);
    if (law->component == LAW_VMF) {
        double across = 2 * cos(angle / 2); /* (kappa - k)^2 + kappa k (2 cos(angle/2))^2 */
        double square = (kappa - k) * (kappa - k) + kappa * k * across * across;
        return pl_log_c(d, sqrt(fmax(square, 0))) - pl_log_c(d, k);
    }
    for (size_t i = 0; i < law->rule.n; i++) {
        double u = acos(law->rule.s[i]);
        sum += law->rule.w[i] / 2 *
               (exp(kappa * (cos(angle - u) - 1)) + exp(kappa * (cos(angle + u) - 1)));
    }
    return kappa + log(sum);
}

double sphere_law_log_potential(const sphere_law *law, double kappa, double s) {
    double angle = acos(fmin(1, fmax(-1, s))), term[MOST_COPIES], most = -(double)INFINITY, sum = 0;
    for (size_t j = 0; j < law->copies; j++) {
        term[j] =
            component_log_potential(law, kappa, angle - 2 * M_PI * (double)j / (double)law->copies);
        most = fmax(most, term[j]);
    }
    for (size_t j = 0; j < law->copies; j++)
        sum += exp(term[j] - most);
    return most + log(sum / (double)law->copies);
}

double exponential_coefficient(double d, double kappa, size_t n) {
    double h = exp(pl_log_c(d, kappa) - kappa);
    for (size_t j = 0; j < n; j++)
        h *= pl_resultant(d + 2 * (double)j, kappa);
    return h;
}

/* (2n + d - 2)/(n + d - 2) binomial(n + d - 2, n) */
double harmonics(double d, size_t n) {
    double k = (double)n, count = 1;
    if (n == 0)
        return 1;
    for (double j = 1; j <= k; j++)
        count *= (d - 2 + j) / j;
    return count * (2 * k + d - 2) / (k + d - 2);
}

static bool is_far(const sphere_law *law, double kappa) {
    return pl_log_c((double)law->d, kappa) - kappa < log(DBL_MIN);
}

/* harmonics(n) h_n rho_n^2, each factor from the one before. The parts of the kernel fall like
 * e^{-n^2/(2 kappa)} once they fall. */
double sphere_law_energy(const sphere_law *law, double kappa) {
    enum { MOST_ORDERS = 100000 };
    double d = (double)law->d, part = exp(pl_log_c(d, kappa) - kappa), sum = part, rho = 1;
    bool vmf = law->component == LAW_VMF;
    if (is_far(law, kappa))
        return exp(sphere_law_log_energy(law, kappa));
    for (size_t n = 1; n < MOST_ORDERS; n++) {
        double k = (double)n, before = fabs(part);
        part *= pl_resultant(d + 2 * (k - 1), kappa) * (d - 2 + k) / k;
        if (vmf) /* rho_n = prod A(d + 2j) */
            rho *= pl_resultant(d + 2 * (k - 1), law->concentration);
        double moment = !vmf ? sphere_law_moment(law, n) : n % law->copies == 0 ? rho : 0;
        double all = part * (2 * k + d - 2) / (k + d - 2);
        sum += all * moment * moment;
        bool fallen = fabs(part) < before && fabs(all) < 1e-19 * fabs(sum);
        if (fallen || (vmf && fabs(all) * rho * rho < 1e-19 * fabs(sum)))
            break;
    }
    return sum;
}

/* log of the integral over the angle of the law's density, times e^{log U - kappa} with
 * `potential`: the window closes around the peak until a quarter of its nodes carry the sum. */
static double log_integral(const sphere_law *law, double kappa, bool potential) {
    enum { NODES = 256 };
    double term[NODES + 1], d = (double)law->d, from = 0, to = M_PI;
    for (;;) {
        double step = (to - from) / NODES, most = -(double)INFINITY, sum = 0;
        int first = NODES, last = 0;
        for (int i = 0; i <= NODES; i++) {
            double angle = from + step * i, s = cos(angle);
            term[i] = law->concentration * (s - 1) + (d - 2) * log(fmax(sin(angle), DBL_MIN)) +
                      (potential ? sphere_law_log_potential(law, kappa, s) - kappa : 0);
            most = fmax(most, term[i]);
        }
        for (int i = 0; i <= NODES; i++)
            if (term[i] > most - 50) {
                first = first < i ? first : i;
                last = i;
                sum += exp(term[i] - most);
            }
        if (last - first > NODES / 4)
            return most + log(sum * step);
        to = fmin(M_PI, from + step * (last + 2));
        from = fmax(0, from + step * (first - 2));
    }
}

/* Where the kernel's mean is below what a double holds, the potential moves the peak of the law so
 * far that the weights of its own rule vanish there. */
static double far_log_energy(const sphere_law *law, double kappa) {
    return log_integral(law, kappa, true) - log_integral(law, kappa, false);
}

double sphere_law_log_energy(const sphere_law *law, double kappa) {
    if (law->component == LAW_VMF && is_far(law, kappa))
        return far_log_energy(law, kappa);
    double most = -(double)INFINITY, sum = 0;
    for (size_t i = 0; i < law->rule.n; i++)
        if (law->rule.w[i] > 0)
            most = fmax(most,
                        log(law->rule.w[i]) + sphere_law_log_potential(law, kappa, law->rule.s[i]));
    for (size_t i = 0; i < law->rule.n; i++)
        sum += law->rule.w[i] * exp(sphere_law_log_potential(law, kappa, law->rule.s[i]) - most);
    return most + log(sum) - kappa;
}

double sphere_law_energy_ref(const sphere_law *law, double kappa) {
    return exp(sphere_law_log_energy(law, kappa));
}
