#include "spectral/whitened.h"

#include <math.h>
#include <string.h>

#include "math/subspace.h"
#include "spectral/dense.h"

double whitened_minimum(const double *a, size_t k, double alpha) {
    double mean = 0, loss = 0;
    for (size_t i = 0; i < k; i++)
        mean += a[i] / (double)k;
    for (size_t i = 0; i < k; i++)
        loss += alpha >= 1 ? (1 - a[i]) * (1 - a[i])
                           : (1 - mean) * (1 - mean) + alpha * (a[i] - mean) * (a[i] - mean);
    return loss;
}

pl_status whitened_rotation(pl_ctx *ctx, const double *a, size_t k, double alpha, pl_mat *out) {
    pl_status status = dense_new(ctx, k, k, out);
    for (size_t i = 0; status == PL_OK && i < k; i++)
        out->a[i * k + i] = 1;
    if (status == PL_OK && alpha < 1)
        status = pl_equalise(ctx, a, *out);
    return status;
}

typedef struct stiefel {
    pl_cmat a;
    double alpha;
    pl_mat ay, c, e; /* A Y, Y'A Y, its derivative */
    pl_mat u, v;     /* of the retraction          */
    double *s;
} stiefel;

/* The loss at Y and its gradient along the manifold, 2 A Y E less its normal part. */
static double value(stiefel *w, pl_cmat y, pl_mat d) {
    size_t k = y.cols;
    double f = 0;
    dense_times(1, w->a, false, y, false, 0, w->ay);
    dense_times(1, y, true, pl_const(w->ay), false, 0, w->c);
    for (size_t i = 0; i < k; i++)
        for (size_t j = 0; j < k; j++) {
            double off = w->c.a[i * k + j] - (i == j), weight = i == j ? 1 : w->alpha;
            f += weight * off * off;
            w->e.a[i * k + j] = 2 * weight * off;
        }
    dense_times(2, pl_const(w->ay), false, pl_const(w->e), false, 0, d);
    dense_times(1, y, true, pl_const(d), false, 0, w->c);
    for (size_t i = 0; i < k; i++)
        for (size_t j = i; j < k; j++)
            w->c.a[i * k + j] = w->c.a[j * k + i] = (w->c.a[i * k + j] + w->c.a[j * k + i]) / 2;
    dense_times(-1, y, false, pl_const(w->c), false, 1, d);
    return f;
}

/* y = the orthonormal matrix nearest to x. */
static pl_status retract(pl_ctx *ctx, stiefel *w, pl_cmat x, pl_mat y) {
    pl_status status = dense_svd(ctx, x, w->u, w->s, w->v);
    if (status == PL_OK)
        dense_times(1, pl_const(w->u), false, pl_const(w->v), true, 0, y);
    return status;
}

static pl_status descend(pl_ctx *ctx, stiefel *w, pl_mat y, pl_mat d, pl_mat y1, pl_mat d1,
                         double *out) {
    pl_status status = PL_OK;
    size_t count = y.rows * y.cols;
    double f = value(w, pl_const(y), d), step = 0.1;
    for (int iteration = 0; iteration < 4000; iteration++) {
        double norm = dense_square(pl_const(d)), f1 = NAN, ss = 0, sy = 0;
        if (sqrt(norm) < 1e-10)
            break;
        bool lower = false;
        for (int half = 0; half < 40 && !lower; half++, step /= lower ? 1 : 2) {
            for (size_t i = 0; i < count; i++)
                y1.a[i] = y.a[i] - step * d.a[i];
            PL_TRY(retract(ctx, w, pl_const(y1), y1));
            f1 = value(w, pl_const(y1), d1);
            lower = f1 <= f - 1e-4 * step * norm;
            if (lower)
                break;
        }
        if (!lower)
            break;
        for (size_t i = 0; i < count; i++) {
            double s = y1.a[i] - y.a[i];
            ss += s * s;
            sy += s * (d1.a[i] - d.a[i]);
        }
        step = sy > 0 ? fmin(fmax(ss / sy, 1e-4), 1e3) : 1;
        memcpy(y.a, y1.a, count * sizeof *y.a);
        memcpy(d.a, d1.a, count * sizeof *d.a);
        f = f1;
    }
    *out = f;
done:
    return status;
}

pl_status whitened_search(pl_ctx *ctx, pl_cmat a, size_t k, double alpha, size_t starts,
                          uint64_t seed, double *best, pl_mat out) {
    pl_status status = PL_OK;
    size_t n = a.rows;
    stiefel w = {.a = a, .alpha = alpha};
    pl_mat y = {0}, d = {0}, y1 = {0}, d1 = {0}, start = {0};
    *best = INFINITY;
    PL_TRY(dense_new(ctx, n, k, &w.ay));
    PL_TRY(dense_new(ctx, k, k, &w.c));
    PL_TRY(dense_new(ctx, k, k, &w.e));
    PL_TRY(dense_new(ctx, n, k, &w.u));
    PL_TRY(dense_new(ctx, k, k, &w.v));
    PL_NEW(ctx, w.s, k);
    PL_TRY(dense_new(ctx, n, k, &y));
    PL_TRY(dense_new(ctx, n, k, &d));
    PL_TRY(dense_new(ctx, n, k, &y1));
    PL_TRY(dense_new(ctx, n, k, &d1));
    for (size_t s = 0; s < starts; s++) {
        double f;
        PL_TRY(dense_normals(ctx, n, k, seed, 900 + s, &start));
        PL_TRY(retract(ctx, &w, pl_const(start), y));
        dense_free(&start);
        PL_TRY(descend(ctx, &w, y, d, y1, d1, &f));
        if (f < *best) {
            *best = f;
            memcpy(out.a, y.a, n * k * sizeof *y.a);
        }
    }
done:
    dense_free(&w.ay);
    dense_free(&w.c);
    dense_free(&w.e);
    dense_free(&w.u);
    dense_free(&w.v);
    pl_free(w.s);
    dense_free(&y);
    dense_free(&d);
    dense_free(&y1);
    dense_free(&d1);
    dense_free(&start);
    return status;
}
