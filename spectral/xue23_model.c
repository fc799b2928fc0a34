#include "spectral/xue23_model.h"

#include <math.h>
#include <string.h>

#include "math/splitmix.h"

enum { LARGEST = 1 << 24 }; /* columns; beyond it sizes are a mistake */

static pl_status check(pl_ctx *ctx, const xue23_spec *s) {
    if (s->features < 3 || s->features > XUE23_MAX_FEATURES)
        return pl_fail(ctx, PL_EDOMAIN,
                       "%zu features: the model needs K >= 3 (class, subclass and an irrelevant "
                       "one), at most %d; give --phi as many numbers",
                       s->features, XUE23_MAX_FEATURES);
    for (size_t k = 0; k < s->features; k++)
        if (!(s->phi[k] > 0) || !isfinite(s->phi[k]))
            return pl_fail(ctx, PL_EDOMAIN, "phi_%zu is %g, expected a positive number", k + 1,
                           s->phi[k]);
    if (!(s->sigma > 0) || !isfinite(s->sigma) || !isfinite(s->mu))
        return pl_fail(ctx, PL_EDOMAIN, "sigma is %g and mu %g, expected sigma > 0, mu finite",
                       s->sigma, s->mu);
    if (s->views < 1 || s->repeats < 1)
        return pl_fail(ctx, PL_EDOMAIN, "%zu views of %zu repeats, expected at least one of each",
                       s->views, s->repeats);
    if (s->repeats > LARGEST / 8 / (s->features - 2) / s->views)
        return pl_fail(ctx, PL_ESHAPE, "%zu repeats x %zu views of %zu features are too many",
                       s->repeats, s->views, s->features);
    return PL_OK;
}

static pl_status allocate(pl_ctx *ctx, size_t columns, xue23_set *s) {
    pl_status status = PL_OK;
    PL_NEW(ctx, s->phi, s->features + 1);
    PL_NEW(ctx, s->moment, s->features + 1);
    PL_NEW(ctx, s->example, columns);
    PL_NEW(ctx, s->original, columns);
    PL_NEW(ctx, s->label, columns);
    PL_NEW(ctx, s->subclass, columns);
    PL_NEW(ctx, s->irrelevant, columns);
    PL_NEW(ctx, s->sign, columns);
done:
    return status;
}

/* One original's views; `first` numbers its columns in the full design, where the noise of the
 * good event stands. */
static void add_views(const xue23_spec *spec, const int sign[3], size_t k, size_t first,
                      pl_splitmix *noise, xue23_set *s) {
    for (size_t j = 0; j < spec->views; j++) {
        size_t c = s->columns++, at = s->features + 1 + first + j;
        if (spec->ambient)
            at = 1 + (size_t)(pl_splitmix_uniform(noise) * (double)spec->ambient);
        s->example[c] =
            (xue23_example){{0, 1, 2, k, at},
                            {spec->bias ? 1 : 0, sign[0] * s->phi[1], sign[1] * s->phi[2] + s->mu,
                             sign[2] * s->phi[k], s->sigma}};
        s->original[c] = s->originals;
        s->label[c] = sign[0] > 0 ? 0 : 1;
        s->subclass[c] = sign[1];
        s->irrelevant[c] = k;
        s->sign[c] = sign[2];
    }
    s->originals++;
}

/* Good event: noise coordinates distinct and beyond the features. */
static pl_status check_noise(pl_ctx *ctx, xue23_set *s) {
    bool *taken = pl_alloc(ctx, s->dims, sizeof *taken);
    if (!taken)
        return PL_ENOMEM;
    s->good = true;
    for (size_t c = 0; c < s->columns; c++) {
        size_t at = s->example[c].at[XUE23_NONZEROS - 1];
        s->good = s->good && at > s->features && !taken[at];
        taken[at] = true;
    }
    pl_free(taken);
    return PL_OK;
}

pl_status xue23_set_new(pl_ctx *ctx, const xue23_spec *spec, xue23_set *out) {
    pl_status status;
    xue23_set s = {.features = spec->features,
                   .mu = spec->mu,
                   .sigma = spec->sigma,
                   .bias = spec->bias,
                   .balanced = !spec->unbalanced};
    PL_TRY(check(ctx, spec));
    size_t kinds = spec->features - 2, full = 8 * spec->repeats * kinds;
    pl_splitmix noise = {spec->noise_seed};
    PL_TRY(allocate(ctx, full * spec->views, &s));
    s.dims = 1 + (spec->ambient ? spec->ambient : s.features + full * spec->views);
    if (s.dims <= s.features) {
        status = pl_fail(ctx, PL_EDOMAIN, "an ambient dimension of %zu holds no %zu features",
                         spec->ambient, s.features);
        goto done;
    }
    s.phi[0] = 1;
    memcpy(s.phi + 1, spec->phi, s.features * sizeof *s.phi);
    for (size_t k = 0; k <= s.features; k++)
        s.moment[k] = s.phi[k] * s.phi[k] / (k > 2 ? (double)kinds : 1);
    if (!s.bias)
        s.moment[0] = 0;
    for (size_t i = 0; i < full; i++) { /* bits of i, slowest first: y, y_sub, k, rho */
        size_t in = i % (8 * kinds);
        int sign[3] = {in / (4 * kinds) ? -1 : 1, in / (2 * kinds) % 2 ? -1 : 1, in % 2 ? -1 : 1};
        if (!spec->unbalanced || sign[0] + sign[1] + sign[2] > -3)
            add_views(spec, sign, 3 + in / 2 % kinds, i * spec->views, &noise, &s);
    }
    s.epsilon = s.sigma * s.sigma / (double)s.columns;
    PL_TRY(check_noise(ctx, &s));
    *out = s;
    return PL_OK;
done:
    xue23_set_free(&s);
    return status;
}

void xue23_set_free(xue23_set *s) {
    pl_free(s->phi);
    pl_free(s->moment);
    pl_free(s->example);
    pl_free(s->original);
    pl_free(s->label);
    pl_free(s->subclass);
    pl_free(s->irrelevant);
    pl_free(s->sign);
    *s = (xue23_set){0};
}

void xue23_set_dense(const xue23_set *s, pl_mat x) {
    for (size_t c = 0; c < s->columns; c++) {
        double *row = x.a + c * x.ld;
        memset(row, 0, s->dims * sizeof *row);
        for (size_t e = 0; e < XUE23_NONZEROS; e++)
            row[s->example[c].at[e]] += s->example[c].value[e];
    }
}

size_t xue23_points(const xue23_set *s) {
    return 8 * (s->features - 2);
}

void xue23_point(const xue23_set *s, size_t i, double *u, int *y, int *subclass) {
    size_t kinds = s->features - 2;
    *y = i / (4 * kinds) ? -1 : 1;
    *subclass = i / (2 * kinds) % 2 ? -1 : 1;
    size_t k = 3 + i / 2 % kinds;
    memset(u, 0, (s->features + 1) * sizeof *u);
    u[0] = s->bias ? 1 : 0;
    u[1] = *y * s->phi[1];
    u[2] = *subclass * s->phi[2] + s->mu;
    u[k] = (i % 2 ? -1 : 1) * s->phi[k];
}

double xue23_good_event(size_t columns, size_t features, double ambient) {
    double log_p = 0;
    for (size_t i = 0; i < columns; i++) {
        double taken = (double)(features + i) / ambient;
        if (taken >= 1)
            return 0;
        log_p += log1p(-taken);
    }
    return exp(log_p);
}

double xue23_good_event_bound(size_t columns, size_t features, double ambient) {
    double n = (double)columns;
    return 1 - n * (2 * (double)features + n - 1) / (2 * ambient);
}

double xue23_denominator(const xue23_set *s) {
    double e = s->epsilon, square = s->phi[2] * s->phi[2];
    return square + e * (1 + s->mu * s->mu + square) + e * e;
}
