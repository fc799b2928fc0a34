#include "bounds/minimise.h"

#include <math.h>
#include <string.h>

#include "math/lbfgs.h"
#include "math/sampler.h"
#include "ssl/losses.h"

pl_status point_objective_new(pl_ctx *ctx, objective_kind kind, double scale, size_t points,
                              size_t d, point_objective *out) {
    pl_status status = PL_OK;
    bool pairs = kind == OBJECTIVE_INFONCE || kind == OBJECTIVE_NTXENT;
    point_objective o = {ctx, kind, scale, pairs ? 2 * points : points, d, NULL, NULL, NULL, PL_OK};
    size_t cells;
    if (points < 2 || d < 1 || !pl_size_mul(o.rows, d, &cells))
        return pl_fail(ctx, PL_ESHAPE, "%zu points in dimension %zu cannot be arranged", points, d);
    PL_NEW(ctx, o.unit, cells);
    PL_NEW(ctx, o.pull, cells);
    PL_NEW(ctx, o.norm, o.rows);
    *out = o;
    return PL_OK;
done:
    point_objective_free(&o);
    return status;
}

void point_objective_free(point_objective *o) {
    pl_free(o->unit);
    pl_free(o->pull);
    pl_free(o->norm);
    memset(o, 0, sizeof *o);
}

static double dot(const double *a, const double *b, size_t d) {
    double sum = 0;
    for (size_t k = 0; k < d; k++)
        sum += a[k] * b[k];
    return sum;
}

static void add(double factor, const double *a, double *out, size_t d) {
    for (size_t k = 0; k < d; k++)
        out[k] += factor * a[k];
}

/* sum_{i<j} e^{2t(s_ij - 1)}, its gradient over 2t in pull. */
static double uniformity(point_objective *o) {
    size_t n = o->rows, d = o->d;
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++) {
            const double *a = o->unit + i * d, *b = o->unit + j * d;
            double e = exp(2 * o->scale * (dot(a, b, d) - 1));
            sum += e;
            add(e, b, o->pull + i * d, d);
            add(e, a, o->pull + j * d, d);
        }
    for (size_t i = 0; i < n * d; i++)
        o->pull[i] *= 2 * o->scale / sum;
    return log(2 * sum / ((double)n * (double)(n - 1)));
}

/* mean_i log mean_j e^{kappa s_ij}: row i of the softmax pulls both u_i and u_j. */
static double second_term(point_objective *o) {
    size_t n = o->rows, d = o->d;
    double sum = 0, rows = (double)n;
    for (size_t i = 0; i < n; i++) {
        const double *a = o->unit + i * d;
        double row = 0;
        for (size_t j = 0; j < n; j++)
            row += exp(o->scale * (dot(a, o->unit + j * d, d) - 1));
        for (size_t j = 0; j < n; j++) {
            const double *b = o->unit + j * d;
            double p = o->scale * exp(o->scale * (dot(a, b, d) - 1)) / (row * rows);
            add(p, b, o->pull + i * d, d);
            add(p, a, o->pull + j * d, d);
        }
        sum += log(row / rows) + o->scale;
    }
    return sum / rows;
}

/* A loss of pairs: rows 0..N-1 of x are the u_i, the others the v_i. */
static double pair_loss(point_objective *o, const double *x, double *gradient) {
    size_t n = o->rows / 2, d = o->d;
    pl_loss_params p = pl_loss_defaults;
    const pl_loss *loss = pl_loss_find(o->kind == OBJECTIVE_INFONCE ? "infonce" : "ntxent");
    pl_mat grad_u = {gradient, n, d, d}, grad_v = {gradient + n * d, n, d, d};
    double value;
    p.alpha = o->scale;
    o->failed = pl_loss_eval(o->ctx, loss, &p, (pl_cmat){x, n, d, d}, (pl_cmat){x + n * d, n, d, d},
                             &value, &grad_u, &grad_v);
    return o->failed ? (double)NAN : value;
}

double point_objective_eval(void *objective, const double *x, double *gradient) {
    point_objective *o = objective;
    size_t d = o->d;
    if (o->kind == OBJECTIVE_INFONCE || o->kind == OBJECTIVE_NTXENT)
        return pair_loss(o, x, gradient);
    memset(o->pull, 0, o->rows * d * sizeof *o->pull);
    for (size_t i = 0; i < o->rows; i++) {
        o->norm[i] = sqrt(dot(x + i * d, x + i * d, d));
        for (size_t k = 0; k < d; k++)
            o->unit[i * d + k] = x[i * d + k] / o->norm[i];
    }
    double value = o->kind == OBJECTIVE_UNIFORMITY ? uniformity(o) : second_term(o);
    for (size_t i = 0; i < o->rows; i++) { /* dL/dx = (g - (g.u) u)/|x| */
        const double *u = o->unit + i * d, *g = o->pull + i * d;
        double along = dot(g, u, d);
        for (size_t k = 0; k < d; k++)
            gradient[i * d + k] = (g[k] - along * u[k]) / o->norm[i];
    }
    return value;
}

pl_status minimise_points(pl_ctx *ctx, objective_kind kind, double scale, size_t points, size_t d,
                          size_t starts, pl_stream stream, double *value, pl_mat found) {
    pl_status status;
    point_objective o = {0};
    double *x = NULL, *best = NULL, least = INFINITY;
    const pl_lbfgs_settings settings = {.gradient = 1e-9, .iterations = 1000};
    PL_TRY(point_objective_new(ctx, kind, scale, points, d, &o));
    PL_NEW(ctx, x, o.rows * d);
    PL_NEW(ctx, best, o.rows * d);
    for (size_t r = 0; r < starts; r++) {
        pl_minimum m;
        pl_stream from = {stream.seed, stream.stream, stream.row + (uint64_t)r * o.rows};
        PL_TRY(pl_sample_sphere(ctx, from, (pl_mat){x, o.rows, d, d}));
        status = pl_lbfgs(ctx, point_objective_eval, &o, o.rows * d, &settings, x, &m);
        if (o.failed == PL_ENOMEM) /* to the descent it was a point outside the domain */
            status = o.failed;
        if (status)
            goto done;
        if (m.value < least) {
            least = m.value;
            memcpy(best, x, o.rows * d * sizeof *x);
        }
    }
    for (size_t i = 0; i < points; i++) {
        double norm = sqrt(dot(best + i * d, best + i * d, d));
        for (size_t k = 0; k < d; k++)
            found.a[i * found.ld + k] = best[i * d + k] / norm;
    }
    *value = least;
done:
    point_objective_free(&o);
    pl_free(x);
    pl_free(best);
    return status;
}
