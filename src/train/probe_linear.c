#include "train/probe_linear.h"

#include <cblas.h>
#include <lapacke.h>
#include <math.h>
#include <omp.h>
#include <string.h>

#include "math/lbfgs.h"
#include "math/random.h"
#include "math/stats.h"
#include "math/tall.h"

enum { SGD_STREAM = 6, GRAM_ROWS = 8192 };
static const double MOMENTUM = 0.9, PI = 3.14159265358979323846;

/* Row of logits to softmax - one-hot; the row's loss. */
static double softmax_row(double *row, size_t classes, size_t label) {
    double most = -INFINITY, sum = 0, own = row[label];
    for (size_t c = 0; c < classes; c++)
        most = fmax(most, row[c]);
    for (size_t c = 0; c < classes; c++)
        sum += row[c] = exp(row[c] - most);
    for (size_t c = 0; c < classes; c++)
        row[c] /= sum;
    row[label] -= 1;
    return log(sum) + most - own;
}

double pl_linear_objective(void *data, const double *w, double *g) {
    pl_linear_problem *q = data;
    size_t n = q->x.rows, weights = (q->x.cols - 1) * q->classes, all = q->x.cols * q->classes;
    pl_cmat weight = {w, q->x.cols, q->classes, q->classes};
    pl_mat gradient = {g, q->x.cols, q->classes, q->classes};
    double square = 0;
    if (q->status == PL_OK)
        q->status = pl_tall_times(q->ctx, 1, pl_const(q->x), weight, 0, q->p);
    if (q->status)
        return (double)NAN;
#pragma omp parallel for num_threads(pl_threads(q->ctx)) schedule(static)
    for (size_t i = 0; i < n; i++)
        q->term[i] = softmax_row(q->p.a + i * q->p.ld, q->classes, q->label[i]);
    q->status = pl_tall_gram(q->ctx, pl_const(q->x), pl_const(q->p), gradient);
    for (size_t j = 0; j < all; j++)
        g[j] /= (double)n;
    for (size_t j = 0; j < weights; j++) {
        g[j] += q->decay * w[j];
        square += w[j] * w[j];
    }
    return pl_mean(q->term, n) + q->decay * square / 2;
}

/* ---- L-BFGS -------------------------------------------------------------------------------- */

typedef struct preconditioned {
    pl_linear_problem *q;
    const double *m; /* lower triangular, of order x.cols */
    double *w;
} preconditioned;

/* v to M'^-1 v, or M^-1 v; by BLAS in one thread, so that the bits do not depend on their number */
static void solve(const pl_linear_problem *q, const double *m, CBLAS_TRANSPOSE trans, double *v) {
    int before = omp_get_max_threads(), n = (int)q->x.cols, classes = (int)q->classes;
    omp_set_num_threads(1);
    cblas_dtrsm(CblasRowMajor, CblasLeft, CblasLower, trans, CblasNonUnit, n, classes, 1, m, n, v,
                classes);
    omp_set_num_threads(before);
}

/* Of a sample of the rows, evenly spaced: a preconditioner need not be exact. */
static pl_status factorise(const pl_linear_problem *q, double *m) {
    size_t n = q->x.cols, every = (q->x.rows + GRAM_ROWS - 1) / GRAM_ROWS;
    size_t rows = q->x.rows / every;
    double k = (double)q->classes, scale = (1 - 1 / k) / k / (double)rows;
    pl_cmat x = {q->x.a, rows, n, q->x.ld * every};
    pl_status status = pl_tall_gram(q->ctx, x, x, (pl_mat){m, n, n, n});
    if (status)
        return status;
    for (size_t i = 0; i < n * n; i++)
        m[i] *= scale;
    for (size_t i = 0; i < n; i++)
        m[i * n + i] += fmax(q->decay, 1e-9);
    int before = omp_get_max_threads();
    omp_set_num_threads(1);
    int info = (int)LAPACKE_dpotrf(LAPACK_ROW_MAJOR, 'L', (lapack_int)n, m, (lapack_int)n);
    omp_set_num_threads(before);
    return info == 0 ? PL_OK
                     : pl_fail(q->ctx, PL_EDOMAIN,
                               "the features' covariance has no Cholesky factor (column %d); are "
                               "all features finite?",
                               info);
}

static double in_v(void *data, const double *v, double *g) {
    preconditioned *p = data;
    memcpy(p->w, v, p->q->x.cols * p->q->classes * sizeof *v);
    solve(p->q, p->m, CblasTrans, p->w);
    double f = pl_linear_objective(p->q, p->w, g);
    solve(p->q, p->m, CblasNoTrans, g);
    return f;
}

pl_status pl_linear_lbfgs(pl_linear_problem *q, const pl_linear_spec *spec, double *w,
                          pl_probe_score *out) {
    pl_status status;
    size_t n = q->x.cols, size = n * q->classes;
    double *m = NULL, *v = NULL;
    pl_minimum minimum;
    const pl_lbfgs_settings settings = {
        .memory = 10, .iterations = spec->iterations, .gradient = spec->gradient};
    PL_NEW(q->ctx, m, n * n);
    PL_NEW(q->ctx, v, size); /* V = M' W = 0 */
    PL_TRY(factorise(q, m));
    preconditioned p = {q, m, w};
    status = pl_lbfgs(q->ctx, in_v, &p, size, &settings, v, &minimum);
    if (q->status)
        status = q->status;
    PL_TRY(status);
    memcpy(w, v, size * sizeof *w);
    solve(q, m, CblasTrans, w);
    out->iterations = minimum.iterations;
    out->converged = minimum.converged;
done:
    pl_free(m);
    pl_free(v);
    return status;
}

/* ---- SGD ----------------------------------------------------------------------------------- */

/* A random order of the training set, the epoch's own. */
static void shuffle(pl_stream s, size_t *order, size_t n) {
    for (size_t i = 0; i < n; i++)
        order[i] = i;
    pl_stream_shuffle(s, n, order);
}

static void gather(const pl_linear_problem *q, const size_t *index, pl_linear_problem *batch,
                   size_t *label) {
    for (size_t i = 0; i < batch->x.rows; i++) {
        memcpy(batch->x.a + i * batch->x.ld, q->x.a + index[i] * q->x.ld,
               q->x.cols * sizeof *q->x.a);
        label[i] = q->label[index[i]];
    }
}

pl_status pl_linear_sgd(pl_linear_problem *q, const pl_linear_spec *spec, double *w,
                        pl_probe_score *out) {
    pl_status status = PL_OK;
    size_t n = q->x.rows, cols = q->x.cols, size = cols * q->classes;
    size_t rows = spec->batch < n ? spec->batch : n, steps = n / rows, step = 0;
    size_t *order = NULL, *label = NULL;
    double *x = NULL, *g = NULL, *velocity = NULL;
    double rate = spec->rate > 0 ? spec->rate : 2 / (double)cols, total;
    PL_NEW(q->ctx, order, n);
    PL_NEW(q->ctx, label, rows);
    PL_NEW(q->ctx, x, rows * cols);
    PL_NEW(q->ctx, g, size);
    PL_NEW(q->ctx, velocity, size);
    pl_linear_problem batch = *q; /* its logits and losses are the whole problem's first rows */
    batch.x = (pl_mat){x, rows, cols, cols};
    batch.p.rows = rows;
    batch.label = label;
    total = (double)(spec->epochs * steps);
    for (size_t epoch = 0; epoch < spec->epochs; epoch++) {
        shuffle((pl_stream){spec->seed, SGD_STREAM, epoch}, order, n);
        for (size_t k = 0; k < steps; k++, step++) {
            double now = rate * (1 + cos(PI * (double)step / total)) / 2;
            gather(q, order + k * rows, &batch, label);
            pl_linear_objective(&batch, w, g);
            PL_TRY(batch.status);
            for (size_t j = 0; j < size; j++) {
                velocity[j] = MOMENTUM * velocity[j] + g[j];
                w[j] -= now * velocity[j];
            }
        }
    }
    out->iterations = step;
    out->converged = true;
done:
    pl_free(order);
    pl_free(label);
    pl_free(x);
    pl_free(g);
    pl_free(velocity);
    return status;
}
