/* BL22.DYN: gradient flow of VICReg (alpha = beta) and of SimCLR-squared is a matrix Riccati
 * equation, dZ/dt = (M - ZZ')Z, with an exact solution; plain gradient descent follows it. */

#include <math.h>
#include <string.h>

#include "spectral/dense.h"
#include "spectral/embedding.h"
#include "spectral/relation.h"
#include "spectral/spectral.h"
#include "ssl/spectral_losses.h"

static const pl_option options[] = {
    RELATION_OPTIONS("path:6"),
    {"loss", PL_OPT_SPEC, "simclr", 0, 0, "simclr|vicreg", NULL, "which flow", 0},
    {"embedding", PL_OPT_INT, "2", 1, 64, NULL, "K", "columns of the embedding", 0},
    {"alpha", PL_OPT_REAL, "1", 1e-9, 1e9, NULL, NULL, "VICReg: weight of variance and covariance",
     0},
    {"gamma", PL_OPT_REAL, "0.2", 0, 1e12, NULL, NULL, "VICReg: weight of the invariance term", 0},
    {"times", PL_OPT_LIST, "0.25,0.5,1,3", 1e-6, 1e6, NULL, NULL, "times of the rows", 0},
    {"steps", PL_OPT_INT, "2000", 1, 10000000, NULL, NULL,
     "steps of gradient descent a unit of time", 0},
    {"inputs-seed", PL_OPT_SEED, "61", 0, 0, NULL, "S", "Z_0 = 0.1 SM(S).mat(n, K)", 0},
    {0}};

static const pl_column columns[] = {
    {"time", "1", "t of the gradient flow dZ/dt = -grad", false},
    {"trace", "1", "tr ZZ' (VICReg: tr Cov Z), exact", false},
    {"loss", "1", "loss, exact", false},
    {"descent_trace", "1", "the same trace by gradient descent of step h = 1/steps", false},
    {"extrapolated_trace", "1", "2 (step h/2) - (step h): without the error of order h", false},
    {"order", "1", "(error at h)/(error at h/2): 2 for a method of first order", false},
    {"moving", "1", "1 where the error is above rounding, so that its order can be seen", false},
    {0}};

typedef struct flow {
    const pl_graph *g;
    pl_spectral_loss loss;
    size_t n, k;
    bool vicreg;
    double *m;    /* eigenvalues of M */
    pl_mat v;     /* eigenvectors     */
    pl_mat z0;    /* Z_0, or HZ_0/sqrt nu */
    double speed; /* t of the Riccati equation per t of the flow */
} flow;

/* S(t) = e^{Mt} Z0 [I + Z0'((e^{2Mt} - I)/M)Z0]^-1 Z0' e^{Mt}: its trace, and with it the loss
 * |S - M|^2 + const in the eigenbasis of M. */
static pl_status riccati(pl_ctx *ctx, const flow *f, double time, double *trace, double *distance) {
    pl_status status;
    size_t n = f->n, k = f->k;
    double t = time * f->speed;
    pl_mat c = {0}, grown = {0}, inner = {0}, solved = {0}, s = {0};
    PL_TRY(dense_new(ctx, n, k, &c)); /* V'Z_0 */
    PL_TRY(dense_new(ctx, n, k, &grown));
    PL_TRY(dense_new(ctx, k, k, &inner));
    PL_TRY(dense_new(ctx, k, n, &solved));
    PL_TRY(dense_new(ctx, n, n, &s));
    dense_times(1, pl_const(f->v), true, pl_const(f->z0), false, 0, c);
    for (size_t i = 0; i < n; i++)
        for (size_t a = 0; a < k; a++) {
            double rate = f->m[i] == 0 ? 2 * t : expm1(2 * f->m[i] * t) / f->m[i];
            grown.a[i * k + a] = exp(f->m[i] * t) * c.a[i * k + a];
            solved.a[a * n + i] = grown.a[i * k + a];
            for (size_t b = 0; b < k; b++)
                inner.a[a * k + b] += c.a[i * k + a] * rate * c.a[i * k + b];
        }
    for (size_t a = 0; a < k; a++)
        inner.a[a * k + a] += 1;
    PL_TRY(dense_solve(ctx, pl_const(inner), solved));
    dense_times(1, pl_const(grown), false, pl_const(solved), false, 0, s);
    *trace = dense_trace(pl_const(s));
    for (size_t i = 0; i < n; i++)
        s.a[i * n + i] -= f->m[i];
    *distance = dense_square(pl_const(s));
done:
    dense_free(&c);
    dense_free(&grown);
    dense_free(&inner);
    dense_free(&solved);
    dense_free(&s);
    return status;
}

/* M: G itself, or H - eta L. */
static pl_status flow_new(pl_ctx *ctx, const pl_options *o, const pl_graph *g, flow *f) {
    pl_status status;
    pl_mat m = {0};
    size_t n = g->nodes;
    f->g = g;
    f->n = n;
    f->k = (size_t)pl_option_int(o, "embedding");
    f->vicreg = strcmp(pl_option_text(o, "loss"), "vicreg") == 0;
    double alpha = pl_option_real(o, "alpha"), gamma = pl_option_real(o, "gamma");
    double nu = (double)n - 1, eta = gamma * nu / (alpha * (double)n);
    f->loss = f->vicreg
                  ? (pl_spectral_loss){PL_VICREG_SQUARED, alpha, alpha, gamma, 0, nu, 0, false}
                  : (pl_spectral_loss){.kind = PL_SIMCLR_SQUARED};
    f->speed = f->vicreg ? 4 * alpha / nu : 4;
    PL_TRY(dense_new(ctx, n, n, &m));
    PL_TRY(dense_new(ctx, n, n, &f->v));
    PL_NEW(ctx, f->m, n);
    PL_TRY(pl_graph_dense(ctx, g, m));
    for (size_t i = 0; f->vicreg && i < n; i++)
        for (size_t j = 0; j < n; j++)
            m.a[i * n + j] =
                (i == j) - 1 / (double)n - eta * ((i == j ? g->degree[i] : 0) - m.a[i * n + j]);
    PL_TRY(dense_eigen(ctx, pl_const(m), false, f->m, f->v));
    PL_TRY(splitmix_matrix(ctx, pl_option_seed(o, "inputs-seed"), n, f->k, &f->z0));
    for (size_t i = 0; i < n * f->k; i++)
        f->z0.a[i] *= 0.1;
    if (f->vicreg) {
        dense_centre(f->z0);
        for (size_t i = 0; i < n * f->k; i++)
            f->z0.a[i] /= sqrt(nu);
    }
done:
    dense_free(&m);
    return status;
}

/* Plain gradient descent from z for `time`, steps of size h. */
static pl_status descend(pl_ctx *ctx, const flow *f, double time, double h, pl_mat z, pl_mat d) {
    pl_status status = PL_OK;
    size_t steps = (size_t)llround(fmax(1, ceil(time / h)));
    double step = time / (double)steps, value;
    for (size_t s = 0; s < steps; s++) {
        PL_TRY(pl_spectral_loss_at(ctx, &f->loss, f->g, pl_const(z), &value, d));
        for (size_t i = 0; i < f->n * f->k; i++)
            z.a[i] -= step * d.a[i];
    }
done:
    return status;
}

static double trace_of(const flow *f, pl_cmat z) {
    double scale = f->vicreg ? f->loss.nu : 1;
    return dense_square(z) / scale;
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status;
    relation rel = {0};
    flow f = {0};
    pl_mat path[2] = {{0}}, d = {0};
    size_t count;
    const double *times = pl_option_list(o, "times", &count);
    double h = 1 / (double)pl_option_int(o, "steps"), now = 0, norm = 0;
    PL_TRY(relation_new(ctx, o, &rel));
    if (rel.graph.nodes > 500) {
        status = pl_fail(ctx, PL_EUSAGE, "%zu nodes: dynamics takes at most 500", rel.graph.nodes);
        goto done;
    }
    PL_TRY(flow_new(ctx, o, &rel.graph, &f));
    for (size_t i = 0; i < f.n; i++)
        norm += f.m[i] * f.m[i];
    PL_TRY(dense_new(ctx, f.n, f.k, &d));
    for (int p = 0; p < 2; p++) {
        PL_TRY(dense_copy(ctx, pl_const(f.z0), &path[p]));
        for (size_t i = 0; f.vicreg && i < f.n * f.k; i++)
            path[p].a[i] *= sqrt(f.loss.nu);
    }
    for (size_t t = 0; t < count; t++) {
        double trace, distance, coarse, fine;
        if (times[t] < now) {
            status = pl_fail(ctx, PL_EUSAGE, "--times must not fall");
            goto done;
        }
        PL_TRY(riccati(ctx, &f, times[t], &trace, &distance));
        for (int p = 0; p < 2 && times[t] > now; p++)
            PL_TRY(descend(ctx, &f, times[t] - now, p ? h / 2 : h, path[p], d));
        now = times[t];
        coarse = trace_of(&f, pl_const(path[0]));
        fine = trace_of(&f, pl_const(path[1]));
        double loss = f.vicreg ? f.loss.alpha * (distance + (double)f.k - norm) : distance;
        PL_TRY(
            pl_table_add(ctx, out,
                         (double[]){times[t], trace, loss, coarse, 2 * fine - coarse,
                                    (coarse - trace) / (fine - trace), fabs(fine - trace) > 1e-8},
                         NULL));
    }
done:
    relation_free(&rel);
    pl_free(f.m);
    dense_free(&f.v);
    dense_free(&f.z0);
    dense_free(&path[0]);
    dense_free(&path[1]);
    dense_free(&d);
    return status;
}

const pl_program pl_spectral_dynamics = {
    .name = "dynamics",
    .summary = "training dynamics: the exact Riccati curve against gradient descent",
    .details =
        "ZZ'(t) of the gradient flow in closed form, and plain gradient descent with steps h "
        "and h/2.",
    .source = "BL22.DYN",
    .options = options,
    .columns = columns,
    .run = run};
