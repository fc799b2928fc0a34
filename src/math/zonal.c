#include "math/zonal.h"

#include <gsl/gsl_integration.h>
#include <math.h>
#include <string.h>

#include "math/sphere.h"
#include "math/stats.h"

enum { LEAST_NODES = 128, MOST_NODES = 1 << 16, LARGEST = 1 << 24 };

/* A law of s = cos(angle) with respect to the uniform law. */
typedef struct tilt {
    double d, k, r;
    bool oblique; /* v is not the mean direction: v.mu = r */
} tilt;

/* log of its density at an angle. k (s - 1) from the half angle: 1 - s itself would lose the digits
 * of a sharp law. */
static double log_tilt(const tilt *t, double angle) {
    double half = sin(angle / 2);
    if (!t->oblique)
        return -2 * t->k * half * half;
    double across = t->k * sin(angle) * sqrt((1 - t->r) * (1 + t->r));
    return t->k * cos(angle) * t->r + pl_log_c(t->d - 1, across) - t->k;
}

void pl_zonal_free(pl_zonal *rule) {
    pl_free(rule->s);
    pl_free(rule->w);
    memset(rule, 0, sizeof *rule);
}

/* The circle's trapezoid of 2n points, weight sin^{d-2}; its two halves are the same, so the angle
 * runs over [0, pi] with the ends counted half. */
static void trapezoid(size_t n, double *angle, double *w) {
    for (size_t i = 0; i <= n; i++) {
        angle[i] = M_PI * (double)i / (double)n;
        w[i] = (i == 0 || i == n ? 0.5 : 1) * M_PI / (double)n;
    }
}

/* Composite Gauss-Legendre over [lo, hi]: panels of 256 points, the size that GSL tabulates to full
 * precision (others it computes to 1e-10 only). */
enum { PANEL = 256 };

static pl_status gauss_nodes(pl_ctx *ctx, double lo, double hi, size_t n, double *x, double *w) {
    gsl_integration_glfixed_table *table = gsl_integration_glfixed_table_alloc(PANEL);
    if (!table)
        return pl_fail(ctx, PL_ENOMEM, "out of memory for a quadrature table");
    double width = (hi - lo) / (double)(n / PANEL);
    for (size_t i = 0; i < n; i++) {
        double left = lo + width * (double)(i / PANEL);
        gsl_integration_glfixed_point(left, left + width, i % PANEL, &x[i], &w[i], table);
    }
    gsl_integration_glfixed_table_free(table);
    return PL_OK;
}

static double identity(double s, const void *arg) {
    (void)arg;
    return s;
}

/* One rule of size n; *log_norm its normaliser, *mean its E s: what two rules must agree on.
 * Weights are formed as logarithms, to keep d = 4096 in range; all that do not underflow beside the
 * largest stay, because e^{kappa s} may lift a tail that the law itself never sees. */
static pl_status build(pl_ctx *ctx, const tilt *t, size_t n, pl_zonal *out, double *log_norm,
                       double *mean) {
    pl_status status = PL_OK;
    bool even = fmod(t->d, 2) == 0;
    size_t count = even ? n + 1 : n, kept = 0;
    pl_zonal rule = {0};
    double largest = -INFINITY, total;
    PL_NEW(ctx, rule.s, count);
    PL_NEW(ctx, rule.w, count);
    if (even)
        trapezoid(n, rule.s, rule.w);
    else
        PL_TRY(gauss_nodes(ctx, 0, M_PI, n, rule.s, rule.w));
    for (size_t i = 0; i < count; i++) {
        double angle = rule.s[i], density = t->d == 2 ? 0 : (t->d - 2) * log(sin(angle));
        rule.w[i] = log(rule.w[i]) + density + log_tilt(t, angle);
        rule.s[i] = cos(angle);
        largest = fmax(largest, rule.w[i]);
    }
    for (size_t i = 0; i < count; i++) {
        double w = exp(rule.w[i] - largest);
        if (w < 1e-300)
            continue;
        rule.s[kept] = rule.s[i];
        rule.w[kept++] = w;
    }
    rule.n = kept;
    total = pl_sum(rule.w, kept);
    for (size_t i = 0; i < kept; i++)
        rule.w[i] /= total;
    *log_norm = log(total) + largest;
    *mean = pl_zonal_mean(&rule, identity, NULL);
    *out = rule;
    memset(&rule, 0, sizeof rule);
done:
    pl_zonal_free(&rule);
    return status;
}

static pl_status converge(pl_ctx *ctx, const tilt *t, size_t least, pl_zonal *out) {
    pl_status status = PL_OK;
    pl_zonal rule = {0}, finer = {0};
    double norm, mean, finer_norm, finer_mean;
    bool even = fmod(t->d, 2) == 0;
    size_t n = even ? LEAST_NODES : PANEL;
    if (!(t->d >= 2) || !(t->k >= 0) || !isfinite(t->k))
        return pl_fail(ctx, PL_EDOMAIN,
                       "a law on the sphere needs dimension >= 2 and concentration >= 0, not %g "
                       "and %g",
                       t->d, t->k);
    if (t->d > LARGEST || least > LARGEST)
        return pl_fail(
            ctx, PL_EDOMAIN,
            "a law on the sphere of dimension %g with at least %zu nodes; both at most %d", t->d,
            least, LARGEST);
    while (n < least || (even && (double)n < t->d))
        n *= 2;
    PL_TRY(build(ctx, t, n, &rule, &norm, &mean));
    for (;;) {
        n *= 2;
        PL_TRY(build(ctx, t, n, &finer, &finer_norm, &finer_mean));
        bool agree = fabs(norm - finer_norm) < 1e-12 * fmax(1, fabs(norm)) &&
                     fabs(mean - finer_mean) < 1e-13;
        if (agree)
            break;
        if (n >= MOST_NODES && n > 2 * least) {
            status = pl_fail(ctx, PL_ENOCONV,
                             "quadrature on the sphere did not settle with %zu nodes (d = %g, "
                             "concentration %g); lower the concentration",
                             n, t->d, t->k);
            goto done;
        }
        pl_zonal_free(&rule);
        rule = finer;
        memset(&finer, 0, sizeof finer);
        norm = finer_norm;
        mean = finer_mean;
    }
    *out = rule; /* the coarser of the two that agree */
    memset(&rule, 0, sizeof rule);
done:
    pl_zonal_free(&rule);
    pl_zonal_free(&finer);
    return status;
}

pl_status pl_zonal_new(pl_ctx *ctx, size_t d, double k, pl_zonal *out) {
    return converge(ctx, &(tilt){.d = (double)d, .k = k}, 0, out);
}

pl_status pl_zonal_new_fine(pl_ctx *ctx, size_t d, double k, size_t least, pl_zonal *out) {
    return converge(ctx, &(tilt){.d = (double)d, .k = k}, least, out);
}

pl_status pl_zonal_new_tilted(pl_ctx *ctx, size_t d, double k, double r, pl_zonal *out) {
    return pl_zonal_new_tilted_fine(ctx, d, k, r, 0, out);
}

pl_status pl_zonal_new_tilted_fine(pl_ctx *ctx, size_t d, double k, double r, size_t least,
                                   pl_zonal *out) {
    if (!(fabs(r) <= 1))
        return pl_fail(ctx, PL_EDOMAIN, "an inner product of unit vectors is %g", r);
    return converge(ctx, &(tilt){.d = (double)d, .k = k, .r = r, .oblique = true}, least, out);
}

/* Kahan: the weights are all positive, f need not be. */
double pl_zonal_mean(const pl_zonal *rule, double (*f)(double s, const void *arg),
                     const void *arg) {
    double sum = 0, lost = 0;
    for (size_t i = 0; i < rule->n; i++) {
        double y = rule->w[i] * f(rule->s[i], arg) - lost, t = sum + y;
        lost = (t - sum) - y;
        sum = t;
    }
    return sum;
}

/* P_0 = 1, P_1 = s, (n + d - 2) P_{n+1} = (2n + d - 2) s P_n - n P_{n-1}. */
static double gegenbauer(double d, size_t order, double s) {
    double before = 1, p = s;
    if (order == 0)
        return 1;
    for (size_t n = 1; n < order; n++) {
        double k = (double)n;
        double next = ((2 * k + d - 2) * s * p - k * before) / (k + d - 2);
        before = p;
        p = next;
    }
    return p;
}

typedef struct projection {
    double d;
    size_t order;
    double (*f)(double s, const void *arg);
    const void *arg;
} projection;

static double projected(double s, const void *arg) {
    const projection *p = arg;
    return p->f(s, p->arg) * gegenbauer(p->d, p->order, s);
}

double pl_zonal_coefficient(const pl_zonal *uniform, size_t d, size_t order,
                            double (*f)(double s, const void *arg), const void *arg) {
    projection p = {(double)d, order, f, arg};
    return pl_zonal_mean(uniform, projected, &p);
}

pl_status pl_far_hemisphere(pl_ctx *ctx, size_t d, double k, double *out) {
    enum { NODES = 4 * PANEL };
    pl_status status;
    double *angle = NULL, *w = NULL, near = 0, far = 0, peak = -(double)INFINITY;
    if (d < 2 || !(k >= 0) || !isfinite(k))
        return pl_fail(
            ctx, PL_EDOMAIN,
            "a law on the sphere needs dimension >= 2 and concentration >= 0, not %zu and %g", d,
            k);
    PL_NEW(ctx, angle, NODES);
    PL_NEW(ctx, w, NODES);
    PL_TRY(gauss_nodes(ctx, 0, M_PI / 2, NODES, angle, w));
    for (int pass = 0; pass < 2; pass++) /* first the peak of the log weight, then the masses */
        for (size_t i = 0; i < NODES; i++) {
            double half = sin(angle[i] / 2), tilted = -2 * k * half * half;
            double power = ((double)d - 2) * log(sin(angle[i]));
            if (pass == 0) {
                peak = fmax(peak, power + tilted);
                continue;
            }
            near += w[i] * exp(power + tilted - peak);
            far += w[i] * exp(power - tilted - 2 * k - peak);
        }
    *out = far / (near + far);
done:
    pl_free(angle);
    pl_free(w);
    return status;
}

/* x = |u - v| = 2 sin(theta/2) has density x^{d-2} (1 - x^2/4)^{(d-3)/2} e^{-k x^2/2}; over
 * phi = theta/2 the weight is sin^{d-2}(phi) cos^{d-2}(phi) e^{-2 k sin^2 phi}. With phi = (pi/2)
 * t^4 every power x^p, p > 0, is smooth enough at 0 for the rule to settle. */
static pl_status distance_rule(pl_ctx *ctx, size_t d, double k, double power, size_t n,
                               double *out) {
    pl_status status;
    double *t = NULL, *w = NULL, peak = -(double)INFINITY;
    PL_NEW(ctx, t, n);
    PL_NEW(ctx, w, n);
    PL_TRY(gauss_nodes(ctx, 0, 1, n, t, w));
    for (size_t i = 0; i < n; i++) {
        double phi = M_PI_2 * pow(t[i], 4), sine = sin(phi);
        w[i] = log(w[i]) + 3 * log(t[i]) - 2 * k * sine * sine;
        if (d > 2)
            w[i] += ((double)d - 2) * log(sine * cos(phi));
        t[i] = 2 * sine;
        peak = fmax(peak, w[i]);
    }
    for (size_t i = 0; i < n; i++) {
        w[i] = exp(w[i] - peak);
        t[i] = w[i] * pow(t[i], power);
    }
    *out = pl_sum(t, n) / pl_sum(w, n);
done:
    pl_free(t);
    pl_free(w);
    return status;
}

pl_status pl_distance_mean(pl_ctx *ctx, size_t d, double k, double power, double *out) {
    double before = NAN, now = NAN;
    if (d < 2 || !(k >= 0) || !isfinite(k) || !(power > 0) || !isfinite(power))
        return pl_fail(
            ctx, PL_EDOMAIN,
            "a mean distance needs dimension >= 2, concentration >= 0 and power > 0, not "
            "%zu, %g and %g",
            d, k, power);
    for (size_t n = PANEL; n <= MOST_NODES; n *= 2) {
        pl_status status = distance_rule(ctx, d, k, power, n, &now);
        if (status)
            return status;
        if (fabs(now - before) <= 1e-13 * now) {
            *out = now;
            return PL_OK;
        }
        before = now;
    }
    return pl_fail(ctx, PL_ENOCONV,
                   "mean distance: quadrature did not settle with %d nodes (d = %zu, concentration "
                   "%g); lower the concentration",
                   MOST_NODES, d, k);
}
