#include "math/lbfgs.h"

#include <math.h>
#include <string.h>

/* Weak Wolfe constants; SLACK is what rounding leaves of a difference of two values of f. */
static const double DECREASE = 1e-4, CURVATURE = 0.9, SLACK = 4e-16;

static double dot(const double *a, const double *b, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

/* The last pairs s = x' - x, y = g' - g, in a ring: the k-th newest is at (newest - k) mod m. */
typedef struct pairs {
    double *s, *y, *rho, *alpha;
    size_t n, m, count, newest;
} pairs;

static void remember(pairs *p, const double *x, const double *x1, const double *g,
                     const double *g1) {
    size_t at = p->count ? (p->newest + 1) % p->m : 0;
    double *s = p->s + at * p->n, *y = p->y + at * p->n, sy = 0;
    for (size_t i = 0; i < p->n; i++)
        sy += (x1[i] - x[i]) * (g1[i] - g[i]);
    if (!(sy > 1e-300)) /* curvature is not positive: the pair would spoil the metric */
        return;
    for (size_t i = 0; i < p->n; i++) {
        s[i] = x1[i] - x[i];
        y[i] = g1[i] - g[i];
    }
    p->rho[at] = 1 / sy;
    p->newest = at;
    p->count += p->count < p->m;
}

/* d = -H g by the two-loop recursion. */
static void direction(pairs *p, const double *g, double *d) {
    for (size_t i = 0; i < p->n; i++)
        d[i] = -g[i];
    for (size_t k = 0; k < p->count; k++) {
        size_t at = (p->newest + p->m - k) % p->m;
        const double *s = p->s + at * p->n, *y = p->y + at * p->n;
        p->alpha[at] = p->rho[at] * dot(s, d, p->n);
        for (size_t i = 0; i < p->n; i++)
            d[i] -= p->alpha[at] * y[i];
    }
    if (p->count) {
        const double *y = p->y + p->newest * p->n;
        double scale = 1 / (p->rho[p->newest] * dot(y, y, p->n));
        for (size_t i = 0; i < p->n; i++)
            d[i] *= scale;
    }
    for (size_t k = p->count; k-- > 0;) {
        size_t at = (p->newest + p->m - k) % p->m;
        const double *s = p->s + at * p->n, *y = p->y + at * p->n;
        double beta = p->rho[at] * dot(y, d, p->n);
        for (size_t i = 0; i < p->n; i++)
            d[i] += (p->alpha[at] - beta) * s[i];
    }
}

typedef struct line {
    pl_objective f;
    void *data;
    const double *x, *d;
    double *x1, *g1; /* the trial point and its gradient */
    size_t n, evaluations;
} line;

static double trial(line *l, double step, double *slope) {
    for (size_t i = 0; i < l->n; i++)
        l->x1[i] = l->x[i] + step * l->d[i];
    double f = l->f(l->data, l->x1, l->g1);
    l->evaluations++;
    *slope = dot(l->g1, l->d, l->n);
    return isfinite(f) && isfinite(*slope) ? f : (double)INFINITY;
}

/* A step that meets the weak Wolfe conditions, or their approximate form (Hager & Zhang), which
 * slopes decide where values of f differ by rounding only. False: none was found. */
static bool search(line *l, double f0, double slope0, double first, double *f1) {
    double lo = 0, hi = INFINITY, step = first, slope_lo = slope0;
    for (int k = 0; k < 60; k++) {
        double slope, f = trial(l, step, &slope);
        bool approximately = f <= f0 + SLACK * fabs(f0) && slope <= (2 * DECREASE - 1) * slope0;
        if (!(f <= f0 + DECREASE * step * slope0 || approximately)) {
            hi = step;
            step = lo + 0.5 * (hi - lo);
            /* secant of the slopes, when the far end slopes upwards */
            if (isfinite(f) && slope > 0) {
                double secant = lo + (hi - lo) * slope_lo / (slope_lo - slope);
                step = fmin(fmax(secant, lo + 0.1 * (hi - lo)), hi - 0.1 * (hi - lo));
            }
        } else if (slope < CURVATURE * slope0) {
            lo = step;
            slope_lo = slope;
            step = isinf(hi) ? 2 * step : lo + 0.5 * (hi - lo);
        } else {
            *f1 = f;
            return true;
        }
        if (step == lo || step == hi)
            return false;
    }
    return false;
}

pl_status pl_lbfgs(pl_ctx *ctx, pl_objective f, void *data, size_t n,
                   const pl_lbfgs_settings *settings, double *x, pl_minimum *out) {
    pl_status status = PL_OK;
    pl_lbfgs_settings set = settings ? *settings : (pl_lbfgs_settings){0};
    size_t m = set.memory ? set.memory : 30, limit = set.iterations ? set.iterations : 2000, room;
    double small = set.gradient > 0 ? set.gradient : 1e-10;
    pairs p = {.n = n, .m = m};
    double *work = NULL;
    if (!pl_size_mul(2 * m + 5, n, &room) || n == 0)
        return pl_fail(ctx, PL_ESHAPE, "a function of %zu variables cannot be minimised", n);
    PL_NEW(ctx, work, room + 2 * m);
    double *at = work, *g = at + n, *x1 = g + n, *g1 = x1 + n, *d = g1 + n;
    p.s = d + n;
    p.y = p.s + m * n;
    p.rho = p.y + m * n;
    p.alpha = p.rho + m;
    memcpy(at, x, n * sizeof *at);
    double value = f(data, at, g), length = sqrt(dot(g, g, n));
    pl_minimum result = {.evaluations = 1};
    if (!isfinite(value) || !isfinite(length)) {
        status = pl_fail(ctx, PL_EDOMAIN, "the objective is %g at the starting point", value);
        goto done;
    }
    while (result.iterations < limit && !(length <= small * fmax(1, fabs(value)))) {
        direction(&p, g, d);
        double slope = dot(g, d, n), next;
        if (!(slope < 0)) { /* rounding spoilt the metric: start it afresh */
            p.count = 0;
            direction(&p, g, d);
            slope = -length * length;
        }
        line l = {f, data, at, d, x1, g1, n, 0};
        bool stepped = search(&l, value, slope, p.count ? 1 : fmin(1, 1 / length), &next);
        result.evaluations += l.evaluations;
        if (!stepped && p.count == 0)
            break;
        if (!stepped) {
            p.count = 0;
            continue;
        }
        remember(&p, at, x1, g, g1);
        memcpy(at, x1, n * sizeof *at);
        memcpy(g, g1, n * sizeof *g);
        value = next;
        length = sqrt(dot(g, g, n));
        result.iterations++;
    }
    result.value = value;
    result.gradient = length;
    result.converged = length <= small * fmax(1, fabs(value));
    memcpy(x, at, n * sizeof *x);
    *out = result;
done:
    pl_free(work);
    return status;
}
