/* BL22.DYN on the trainer's network: full-batch training of a tabular encoder with SimCLR's squared
 * loss |ZZ' - G|^2 follows dZ/dt = 4 (G - ZZ')Z. From Z_0 = V diag(sqrt s_0), V the leading
 * eigenvectors of G, each mode grows alone and by the logistic curve
 *     s_k(t) = mu_k / (1 + (mu_k/s_k(0) - 1) e^{-8 mu_k t}):
 * stepwise learning, largest eigenvalue first. */

#include <math.h>
#include <string.h>

#include "math/eigen.h"
#include "ssl/spectral_losses.h"
#include "study/linear.h"
#include "study/study.h"

static const pl_option options[] = {
    {"nodes", PL_OPT_INT, "6", 4, 512, NULL, NULL, "of the path graph", 0},
    {"embedding", PL_OPT_INT, "3", 1, 16, NULL, "K", "dimension", 0},
    {"start", PL_OPT_REAL, "0.001", 1e-6, 1, NULL, NULL, "s_k(0)", 0},
    {"times", PL_OPT_LIST, "0.3,0.5,0.7,1,1.5,2.5", 1e-6, 100, NULL, NULL, "of the rows, rising",
     0},
    {"steps", PL_OPT_INT, "1000", 10, 1000000, NULL, NULL, "of training, a unit of time", 0},
    {0}};

static const pl_column columns[] = {
    {"time", "1", "rate x steps", false},
    {"mode", "1", "k, by falling eigenvalue", false},
    {"eigenvalue", "1", "mu_k of G", false},
    {"exact", "1", "s_k(t), the logistic curve", false},
    {"trained", "1", "v_k'ZZ'v_k of the network after steps of 1/steps", false},
    {"extrapolated", "1", "2 (steps of half the size) - trained: no error of first order", false},
    {"order", "1", "(error of trained)/(error at half the step): 2 for a first-order method",
     false},
    {"moving", "1", "1 where the error is above float32's, so that the order can be seen", false},
    {0}};

typedef struct setting {
    pl_graph graph;
    size_t n, k;
    double *value; /* n eigenvalues, falling */
    pl_mat vector; /* n x n: row j is v_j */
    float *onehot; /* n x n */
    pl_mat z, dz;  /* n x k */
    float *slope;  /* n x k */
} setting;

static pl_status setting_new(pl_ctx *ctx, const pl_options *o, setting *s) {
    pl_status status;
    s->n = (size_t)pl_option_int(o, "nodes");
    s->k = (size_t)pl_option_int(o, "embedding");
    size_t n = s->n, k = s->k;
    PL_TRY(pl_graph_grid(ctx, 1, n, &s->graph));
    PL_NEW(ctx, s->value, n);
    PL_NEW(ctx, s->onehot, n * n);
    PL_NEW(ctx, s->slope, n * k);
    s->vector = (pl_mat){NULL, n, n, n};
    s->z = s->dz = (pl_mat){NULL, n, k, k};
    PL_NEW(ctx, s->vector.a, n * n);
    PL_NEW(ctx, s->z.a, n * k);
    PL_NEW(ctx, s->dz.a, n * k);
    for (size_t i = 0; i < n; i++)
        s->onehot[i * n + i] = 1;
    PL_TRY(pl_graph_dense(ctx, &s->graph, s->vector));
    PL_TRY(pl_eigen_symmetric_vectors(ctx, s->vector, s->value));
    if (s->k > s->n / 2)
        status = pl_fail(ctx, PL_EUSAGE,
                         "--embedding is %zu: a path of %zu nodes has %zu positive eigenvalues", k,
                         n, n / 2);
done:
    return status;
}

static void setting_free(setting *s) {
    pl_graph_free(&s->graph);
    pl_free(s->value);
    pl_free(s->onehot);
    pl_free(s->slope);
    pl_free(s->vector.a);
    pl_free(s->z.a);
    pl_free(s->dz.a);
}

/* The network at Z_0: column i of W is row i of Z. */
static pl_status begin(pl_ctx *ctx, const setting *s, double start, study_linear *l) {
    pl_status status = PL_OK;
    pl_mat w = {NULL, s->k, s->n, s->n};
    PL_NEW(ctx, w.a, s->k * s->n);
    for (size_t c = 0; c < s->k; c++)
        for (size_t i = 0; i < s->n; i++)
            w.a[c * s->n + i] = sqrt(start) * s->vector.a[c * s->n + i];
    PL_TRY(study_linear_new(ctx, pl_const(w), s->n, l));
done:
    pl_free(w.a);
    return status;
}

static pl_status advance(pl_ctx *ctx, setting *s, study_linear *l, size_t steps, double rate) {
    pl_status status = PL_OK;
    const pl_spectral_loss loss = {.kind = PL_SIMCLR_SQUARED};
    const float *z;
    double value;
    for (size_t t = 0; t < steps; t++) {
        PL_TRY(study_linear_forward(ctx, l, s->onehot, &z));
        for (size_t i = 0; i < s->n * s->k; i++)
            s->z.a[i] = (double)z[i];
        PL_TRY(pl_spectral_loss_at(ctx, &loss, &s->graph, pl_const(s->z), &value, s->dz));
        for (size_t i = 0; i < s->n * s->k; i++)
            s->slope[i] = (float)s->dz.a[i];
        PL_TRY(study_linear_step(ctx, l, s->slope, rate));
    }
done:
    return status;
}

/* v'ZZ'v = |W v|^2. */
static double mode_of(const setting *s, const study_linear *l, size_t mode) {
    double sum = 0;
    for (size_t c = 0; c < s->k; c++) {
        double dot = 0;
        for (size_t i = 0; i < s->n; i++)
            dot += (double)l->weight[c * s->n + i] * s->vector.a[mode * s->n + i];
        sum += dot * dot;
    }
    return sum;
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status;
    setting s = {0};
    study_linear l[2] = {{0}};
    size_t count, taken = 0;
    const double *times = pl_option_list(o, "times", &count);
    double start = pl_option_real(o, "start"), unit = (double)pl_option_int(o, "steps");
    PL_TRY(setting_new(ctx, o, &s));
    for (size_t p = 0; p < 2; p++)
        PL_TRY(begin(ctx, &s, start, &l[p]));
    for (size_t t = 0; t < count; t++) {
        size_t until = (size_t)llround(times[t] * unit);
        if (until < taken) {
            status = pl_fail(ctx, PL_EUSAGE, "--times must not fall");
            goto done;
        }
        for (size_t p = 0; p < 2; p++) /* the second in steps of half the size */
            PL_TRY(
                advance(ctx, &s, &l[p], (until - taken) * (p + 1), 1 / (unit * (double)(p + 1))));
        taken = until;
        for (size_t k = 0; k < s.k; k++) {
            double mu = s.value[k], at = (double)until / unit;
            double exact = mu / (1 + (mu / start - 1) * exp(-8 * mu * at));
            double coarse = mode_of(&s, &l[0], k), fine = mode_of(&s, &l[1], k);
            PL_TRY(pl_table_add(ctx, out,
                                (double[]){at, (double)(k + 1), mu, exact, coarse,
                                           2 * fine - coarse, (coarse - exact) / (fine - exact),
                                           fabs(fine - exact) > 2e-4},
                                NULL));
        }
    }
done:
    study_linear_free(&l[0]);
    study_linear_free(&l[1]);
    setting_free(&s);
    return status;
}

const pl_program pl_study_riccati = {
    .name = "riccati",
    .summary = "full-batch training of a tabular network against the exact Riccati curve",
    .details = "SimCLR's squared loss |ZZ' - G|^2 on a path graph, one-hot inputs, float32 network "
               "and gradient descent of the trainer, from the leading eigenvectors: every mode "
               "follows its logistic curve.",
    .source = "BL22.DYN",
    .options = options,
    .columns = columns,
    .run = run};
