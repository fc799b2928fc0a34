/* Block Lanczos on (A - shift)^-1, shift below the spectrum: its largest eigenvalues are A's
 * smallest. A Ritz vector is bettered by what the recurrence leaves over, without another solve. */

#include <math.h>
#include <string.h>

#include "math/block_lanczos.h"
#include "math/factor.h"
#include "math/tall.h"

/* The part of the tolerance that Lanczos may use up; and of a vector that the recurrence may leave
 * over. */
static const double SHARE = 1e-2, LEFT = 1e-6;

typedef struct inverse {
    pl_factor *factor;
    const pl_operator *a;
    pl_eigen_settings settings;
} inverse;

static pl_status apply(pl_ctx *ctx, void *data, pl_mat w) {
    return pl_factor_solve(ctx, data, w);
}

/* With T u = theta u + r for T = (A - shift)^-1: u + r/theta has the residual |r|/theta^2 of A. */
static bool good(const pl_block_lanczos *l, size_t loose, double tolerance) {
    bool all = true;
    for (size_t k = 0; all && k < l->k; k++) {
        double t = l->theta[k], before = k > 0 ? 1 / l->theta[k - 1] : 0;
        all = l->rest[k] <= t * t * pl_lanczos_allowed(k, l->k, loose, tolerance, before, 1 / t) &&
              l->rest[k] <= LEFT * t;
    }
    return all;
}

/* x = V h + W (R h_last)/theta for the wanted, made orthonormal by one step of Newton. */
static pl_status improved(pl_ctx *ctx, const pl_block_lanczos *l, pl_mat x) {
    pl_status status;
    double *room = NULL;
    size_t u = l->used, b = l->b, k = l->k;
    PL_NEW(ctx, room, l->n * k + u * k + b * k + k * k);
    pl_mat y = {room, l->n, k, k}, turn = {y.a + l->n * k, u, k, k};
    pl_mat left = {turn.a + u * k, b, k, k}, g = {left.a + b * k, k, k, k};
    for (size_t c = 0; c < k; c++) {
        const double *h = l->h.a + c * u;
        for (size_t i = 0; i < u; i++)
            turn.a[i * k + c] = h[i];
        for (size_t i = 0; i < b; i++)
            for (size_t j = i; j < b; j++)
                left.a[i * k + c] += l->r.a[i * b + j] * h[u - b + j] / l->theta[c];
    }
    PL_TRY(pl_tall_times(ctx, 1, (pl_cmat){l->v.a, l->n, u, l->m}, pl_const(turn), 0, y));
    PL_TRY(pl_tall_times(ctx, 1, pl_const(l->w), pl_const(left), 1, y));
    PL_TRY(pl_tall_gram(ctx, pl_const(y), pl_const(y), g));
    for (size_t i = 0; i < k; i++)
        for (size_t j = 0; j < k; j++)
            g.a[i * k + j] = (i == j ? 1.5 : 0) - g.a[i * k + j] / 2;
    PL_TRY(pl_tall_times(ctx, 1, pl_const(y), pl_const(g), 0, x));
done:
    pl_free(room);
    return status;
}

static pl_status once(pl_ctx *ctx, const void *data, uint64_t attempt, pl_cmat deflate, size_t k,
                      double *values, pl_mat vectors, pl_eigen_report *out) {
    const inverse *v = data;
    pl_status status;
    pl_block_lanczos l = {0};
    pl_mat x = {NULL, v->a->n, k, k};
    double width = v->a->upper - v->a->lower;
    double tolerance = v->settings.tolerance > 0 ? v->settings.tolerance : 1e-10;
    size_t b = PL_LANCZOS_BLOCK, limit = v->settings.iterations ? v->settings.iterations : 100;
    pl_eigen_report report = {0};
    bool enough = false;
    PL_TRY(pl_block_lanczos_new(ctx, v->a->n, k, deflate, attempt, &l));
    PL_NEW(ctx, x.a, v->a->n * k);
    l.apply = apply;
    l.data = v->factor;
    while (!enough && report.iterations < limit) {
        PL_TRY(pl_block_lanczos_extend(ctx, &l));
        report.products += b;
        bool full = l.used + b > l.m;
        if (l.used < k + b && !full)
            continue;
        PL_TRY(pl_block_lanczos_ritz(ctx, &l));
        report.iterations += full;
        enough = good(&l, v->settings.loose, SHARE * tolerance * width);
        if (!enough && full && report.iterations < limit)
            PL_TRY(pl_block_lanczos_contract(ctx, &l, k + b));
    }
    PL_TRY(improved(ctx, &l, x));
    PL_TRY(pl_rayleigh_ritz(ctx, v->a, x, k, v->settings.loose, values, vectors, &report.residual));
    report.residual /= width;
    report.converged = enough && report.residual <= tolerance;
    *out = report;
done:
    pl_block_lanczos_free(&l);
    pl_free(x.a);
    return status;
}

pl_status pl_eigen_shift_invert(pl_ctx *ctx, pl_factor *factor, const pl_operator *a, double shift,
                                pl_cmat deflate, size_t k, const pl_eigen_settings *settings,
                                double *values, pl_mat vectors, pl_eigen_report *out) {
    inverse v = {.factor = factor, .a = a};
    pl_eigen_run run = {once, &v, a->n, a->upper - a->lower};
    if (settings)
        v.settings = *settings;
    pl_status status = pl_factor_at(ctx, factor, shift);
    return status ? status : pl_eigen_complete(ctx, &run, deflate, k, values, vectors, out);
}
