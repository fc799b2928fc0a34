#include "spectral/search.h"

#include <math.h>
#include <string.h>

#include "math/lbfgs.h"
#include "math/random.h"
#include "spectral/dense.h"

typedef struct objective {
    pl_ctx *ctx;
    pl_spectral_loss loss;
    const pl_graph *g;
    pl_cmat basis;
    pl_mat z, gradient; /* work, n x K */
    size_t k;
    double ridge;
    bool memory; /* an evaluation ran out of memory */
} objective;

static double value(void *data, const double *x, double *g) {
    objective *o = data;
    size_t n = o->z.rows, k = o->k;
    double f;
    if (!o->basis.a) {
        pl_status status = pl_spectral_loss_at(o->ctx, &o->loss, o->g, (pl_cmat){x, n, k, k}, &f,
                                               (pl_mat){g, n, k, k});
        o->memory = o->memory || status == PL_ENOMEM;
        return status == PL_OK ? f : (double)NAN;
    }
    size_t r = o->basis.cols; /* Z = B W, gradient B' dZ */
    dense_times(1, o->basis, false, (pl_cmat){x, r, k, k}, false, 0, o->z);
    pl_status status = pl_spectral_loss_at(o->ctx, &o->loss, o->g, pl_const(o->z), &f, o->gradient);
    o->memory = o->memory || status == PL_ENOMEM;
    if (status != PL_OK)
        return NAN;
    dense_times(1, o->basis, true, pl_const(o->gradient), false, 0, (pl_mat){g, r, k, k});
    for (size_t i = 0; o->ridge > 0 && i < r * k; i++) {
        f += o->ridge * x[i] * x[i];
        g[i] += 2 * o->ridge * x[i];
    }
    return f;
}

/* z = H z, columns of variance above 1 cut to 1. */
static void cut_columns(const pl_spectral_loss *loss, pl_mat z) {
    double nu = loss->nu > 0 ? loss->nu : (double)(z.rows - 1);
    dense_centre(z);
    for (size_t c = 0; c < z.cols; c++) {
        double v = 0;
        for (size_t i = 0; i < z.rows; i++)
            v += z.a[i * z.ld + c] * z.a[i * z.ld + c];
        dense_scale_column(z, c, 1 / fmax(1, sqrt(v / nu)));
    }
}

static const double smoothings[] = {3e-2, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8};

/* One walk from x to a minimum of the loss. */
static pl_status walk(objective *o, size_t variables, pl_stream noise, double *x, pl_minimum *at) {
    pl_lbfgs_settings settings = {.gradient = 1e-12, .iterations = 3000};
    pl_status status = PL_OK;
    size_t word = variables, stages = sizeof smoothings / sizeof *smoothings;
    if (o->loss.kind != PL_VICREG_HINGE)
        return pl_lbfgs(o->ctx, value, o, variables, &settings, x, at);
    for (size_t s = 0; s < stages; s++) {
        o->loss.smoothing = smoothings[s];
        /* a stage is a start for the next: the last is walked to its end */
        settings.gradient = s + 1 < stages ? 1e-2 * smoothings[s] : 1e-12;
        for (int kick = 0; kick < (smoothings[s] >= 1e-2 ? 2 : 1); kick++) {
            for (size_t i = 0; kick && i < variables; i++)
                x[i] += 0.1 * pl_stream_normal(noise, word++);
            PL_TRY(pl_lbfgs(o->ctx, value, o, variables, &settings, x, at));
        }
    }
done:
    o->loss.smoothing = 0;
    return status;
}

pl_status search_minimum(pl_ctx *ctx, const pl_spectral_loss *loss, const pl_graph *g, size_t k,
                         const search_settings *settings, search_result *out) {
    pl_status status;
    size_t n = g->nodes, rows = settings->basis.a ? settings->basis.cols : n, variables;
    objective o = {.ctx = ctx,
                   .loss = *loss,
                   .g = g,
                   .basis = settings->basis,
                   .k = k,
                   .ridge = settings->ridge};
    pl_mat best = {0};
    double *x = NULL, norm = NAN;
    search_result r = {.best = INFINITY, .worst = -INFINITY};
    if (!pl_size_mul(rows, k, &variables))
        return pl_fail(ctx, PL_ENOMEM, "an embedding of %zu x %zu overflows", n, k);
    PL_TRY(dense_new(ctx, n, k, &o.z));
    PL_TRY(dense_new(ctx, n, k, &o.gradient));
    PL_TRY(dense_new(ctx, n, k, &best));
    PL_NEW(ctx, x, variables);
    for (size_t start = 0; start < settings->starts; start++) {
        pl_stream stream = {settings->seed, 501, start};
        pl_minimum at;
        double f;
        pl_stream_normals(stream, 0, variables, x);
        for (size_t i = 0; i < variables; i++)
            x[i] *= settings->scale;
        status = walk(&o, variables, stream, x, &at);
        if (o.memory)
            status = pl_fail(ctx, PL_ENOMEM, "out of memory in the %zu-th start", start + 1);
        if (status)
            goto done;
        pl_cmat w = {x, rows, k, k};
        if (o.basis.a)
            dense_times(1, o.basis, false, w, false, 0, o.z);
        else
            memcpy(o.z.a, x, variables * sizeof *x);
        if (loss->kind == PL_VICREG_HINGE)
            cut_columns(loss, o.z);
        PL_TRY(pl_spectral_loss_at(ctx, loss, g, pl_const(o.z), &f, o.gradient));
        norm = sqrt(dense_square(pl_const(o.gradient)));
        f += o.basis.a ? o.ridge * dense_square(w) : 0;
        r.worst = fmax(r.worst, f);
        if (f < r.best) {
            r.best = f;
            r.gradient = norm;
            memcpy(best.a, o.z.a, n * k * sizeof *best.a);
        }
    }
    r.z = best;
    best = (pl_mat){0};
    *out = r;
done:
    dense_free(&o.z);
    dense_free(&o.gradient);
    dense_free(&best);
    pl_free(x);
    return status;
}

void search_free(search_result *r) {
    dense_free(&r->z);
}

pl_status search_curvature(pl_ctx *ctx, const pl_spectral_loss *loss, const pl_graph *g, pl_cmat z,
                           size_t tries, uint64_t seed, double *out) {
    pl_status status;
    pl_mat e = {0}, moved = {0};
    double f, least = INFINITY, h = 1e-3 * fmax(1, sqrt(dense_square(z)));
    PL_TRY(dense_copy(ctx, z, &moved));
    PL_TRY(pl_spectral_loss_at(ctx, loss, g, z, &f, (pl_mat){0}));
    for (size_t t = 0; t < tries; t++) {
        double sides = 0, one;
        dense_free(&e);
        PL_TRY(dense_normals(ctx, z.rows, z.cols, seed, 600 + t, &e));
        double norm = sqrt(dense_square(pl_const(e)));
        for (int side = -1; side <= 1; side += 2) {
            for (size_t i = 0; i < z.rows; i++)
                for (size_t c = 0; c < z.cols; c++)
                    moved.a[i * z.cols + c] =
                        z.a[i * z.ld + c] + side * h / norm * e.a[i * z.cols + c];
            PL_TRY(pl_spectral_loss_at(ctx, loss, g, pl_const(moved), &one, (pl_mat){0}));
            sides += one;
        }
        least = fmin(least, (sides / 2 - f) / (h * h));
    }
    *out = least;
done:
    dense_free(&e);
    dense_free(&moved);
    return status;
}

pl_status search_gradient(pl_ctx *ctx, const pl_spectral_loss *loss, const pl_graph *g, pl_cmat z,
                          double *value_out, double *norm) {
    pl_status status;
    pl_mat gradient = {0};
    PL_TRY(dense_new(ctx, z.rows, z.cols, &gradient));
    PL_TRY(pl_spectral_loss_at(ctx, loss, g, z, value_out, gradient));
    *norm = sqrt(dense_square(pl_const(gradient)));
done:
    dense_free(&gradient);
    return status;
}
