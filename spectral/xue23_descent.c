#include "spectral/xue23_descent.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

#include "math/product.h"
#include "math/splitmix.h"

/* Rows of W worth a team of threads; multiplications of a product that are not. */
enum { WORTH_A_TEAM = 32, SERIAL = 1 << 18 };

/* The loss may rise at first only by what a saddle allows; beyond this it has diverged. */
static const double FAR_ABOVE = 1e6;

/* c = scale a op(b). Small ones skip the team: BLAS itself takes one thread for them. */
static pl_status product(pl_ctx *ctx, double scale, pl_cmat a, pl_cmat b, bool tb, pl_mat c) {
    if (a.rows * a.cols * c.cols > SERIAL)
        return pl_product(ctx, scale, a, false, b, tb, 0, c);
    cblas_dgemm(CblasRowMajor, CblasNoTrans, tb ? CblasTrans : CblasNoTrans, (int)c.rows,
                (int)c.cols, (int)a.cols, scale, a.a, (int)a.ld, b.a, (int)b.ld, 0, c.a, (int)c.ld);
    return PL_OK;
}

size_t xue23_dims(const xue23_moments *m) {
    return m->set ? m->set->dims : m->x.a ? m->x.cols : m->diagonal ? m->factor.cols : m->q.cols;
}

static size_t examples(const xue23_moments *m) {
    return m->set ? m->set->columns : m->x.a ? m->x.rows : 0;
}

static size_t groups(const xue23_moments *m) {
    return m->set ? m->set->originals + 2 : m->classes + m->originals;
}

/* Per row of W: its embeddings of all examples, and the group sums. For a matrix of examples also
 * its averaged embeddings, so that S is applied before one product. */
size_t xue23_scratch(const xue23_moments *m, size_t p) {
    return p * (2 * examples(m) + groups(m) + m->factor.rows) + 2 * groups(m);
}

/* f <- S f for S = share S_SCL + (1 - share) S_UCL: group means, spread back.
 *   (S f)_i = share N/(C N_c) mean_c(f) + (1 - share) N/(n m_o) mean_o(f) */
static void average(const xue23_moments *m, const double *size, double *sum, const double *f,
                    double *out) {
    const size_t *label = m->set ? m->set->label : m->label;
    const size_t *original = m->set ? m->set->original : m->original;
    size_t classes = m->set ? 2 : m->classes, count = groups(m), n = examples(m);
    memset(sum, 0, count * sizeof *sum);
    for (size_t i = 0; i < n; i++) {
        sum[label[i]] += f[i];
        sum[classes + original[i]] += f[i];
    }
    for (size_t g = 0; g < count; g++) {
        double weight =
            g < classes ? m->share / (double)classes : (1 - m->share) / (double)(count - classes);
        sum[g] *= weight * (double)n / (size[g] * size[g]);
    }
    for (size_t i = 0; i < n; i++)
        out[i] = sum[label[i]] + sum[classes + original[i]];
}

static void group_sizes(const xue23_moments *m, double *size) {
    size_t classes = m->set ? 2 : m->classes;
    const size_t *label = m->set ? m->set->label : m->label;
    const size_t *original = m->set ? m->set->original : m->original;
    memset(size, 0, groups(m) * sizeof *size);
    for (size_t i = 0; i < examples(m); i++) {
        size[label[i]]++;
        size[classes + original[i]]++;
    }
}

/* One row of W against sparse examples: f = X w, and f X / N. */
static void embed(const xue23_set *s, const double *w, double *f) {
    for (size_t i = 0; i < s->columns; i++) {
        const xue23_example *e = &s->example[i];
        double sum = 0;
        for (size_t k = 0; k < XUE23_NONZEROS; k++)
            sum += e->value[k] * w[e->at[k]];
        f[i] = sum;
    }
}

static void gather(const xue23_set *s, const double *f, double *out) {
    memset(out, 0, s->dims * sizeof *out);
    for (size_t i = 0; i < s->columns; i++) {
        const xue23_example *e = &s->example[i];
        double fi = f[i] / (double)s->columns;
        for (size_t k = 0; k < XUE23_NONZEROS; k++)
            out[e->at[k]] += e->value[k] * fi;
    }
}

static void apply_sparse(pl_ctx *ctx, const xue23_moments *m, pl_cmat w, double *scratch, pl_mat wq,
                         pl_mat wp) {
    size_t n = examples(m), stride = 2 * n + groups(m);
    double *size = scratch + w.rows * stride;
    group_sizes(m, size);
    bool team = w.rows >= WORTH_A_TEAM;
#pragma omp parallel for num_threads(pl_threads(ctx)) schedule(static) if (team)
    for (size_t r = 0; r < w.rows; r++) {
        double *f = scratch + r * stride, *sf = f + n, *sum = sf + n;
        embed(m->set, w.a + r * w.ld, f);
        if (wq.a)
            gather(m->set, f, wq.a + r * wq.ld);
        if (wp.a) {
            average(m, size, sum, f, sf);
            gather(m->set, sf, wp.a + r * wp.ld);
        }
    }
}

static pl_status apply_dense(pl_ctx *ctx, const xue23_moments *m, pl_cmat w, double *scratch,
                             pl_mat wq, pl_mat wp) {
    pl_status status;
    size_t n = examples(m);
    pl_mat f = {scratch, w.rows, n, n}, sf = {scratch + w.rows * n, w.rows, n, n};
    double *sum = sf.a + w.rows * n, *size = sum + w.rows * groups(m);
    group_sizes(m, size);
    PL_TRY(product(ctx, 1, w, m->x, true, f));
    if (wq.a)
        PL_TRY(product(ctx, 1 / (double)n, pl_const(f), m->x, false, wq));
    if (wp.a) {
        for (size_t r = 0; r < w.rows; r++)
            average(m, size, sum, f.a + r * n, sf.a + r * n);
        PL_TRY(product(ctx, 1 / (double)n, pl_const(sf), m->x, false, wp));
    }
done:
    return status;
}

static pl_status apply_thin(pl_ctx *ctx, const xue23_moments *m, pl_cmat w, double *scratch,
                            pl_mat wq, pl_mat wp) {
    pl_mat along = {scratch, w.rows, m->factor.rows, m->factor.rows};
    for (size_t r = 0; r < w.rows && wq.a; r++)
        for (size_t k = 0; k < w.cols; k++)
            wq.a[r * wq.ld + k] = w.a[r * w.ld + k] * m->diagonal[k];
    if (!wp.a)
        return PL_OK;
    pl_status status = product(ctx, 1, w, m->factor, true, along);
    return status ? status : product(ctx, 1, pl_const(along), m->factor, false, wp);
}

pl_status xue23_apply(pl_ctx *ctx, const xue23_moments *m, pl_cmat w, double *scratch, pl_mat wq,
                      pl_mat wp) {
    pl_status status = PL_OK;
    if (m->diagonal)
        return apply_thin(ctx, m, w, scratch, wq, wp);
    if (m->x.a)
        return apply_dense(ctx, m, w, scratch, wq, wp);
    if (m->set)
        apply_sparse(ctx, m, w, scratch, wq, wp);
    else if (wq.a)
        status = product(ctx, 1, w, m->q, false, wq);
    if (!m->set && wp.a && status == PL_OK)
        status = product(ctx, 1, w, m->p, false, wp);
    return status;
}

static double norm(const double *a, size_t n) {
    return cblas_dnrm2((int)n, a, 1);
}

/* Everything that is reported at W_t, and the two terms of its gradient. */
static pl_status evaluate(pl_ctx *ctx, xue23_descent *d) {
    pl_status status;
    size_t p = d->w.rows, dims = d->w.cols, count = p * dims;
    pl_mat wq = {d->wq, p, dims, dims}, wp = {d->wp, p, dims, dims}, gram = {d->gram, p, p, p};
    PL_TRY(xue23_apply(ctx, d->moments, pl_const(d->w), d->scratch, wq, wp));
    PL_TRY(product(ctx, 1, pl_const(wq), pl_const(d->w), true, gram)); /* W Q W^T */
    PL_TRY(product(ctx, 4, pl_const(gram), pl_const(wq), false, (pl_mat){d->push, p, dims, dims}));
    double square = norm(d->gram, p * p);
    d->loss = -2 * cblas_ddot((int)count, d->wp, 1, d->w.a, 1) + square * square;
    d->attraction = 4 * norm(d->wp, count);
    d->repulsion = norm(d->push, count);
    d->wqw = 0;
    for (size_t r = 0; r < p; r++)
        d->wqw += d->gram[r * p + r];
done:
    return status;
}

pl_status xue23_descent_new(pl_ctx *ctx, const xue23_moments *m, pl_cmat w0, double step,
                            xue23_descent *out) {
    pl_status status = PL_OK;
    size_t p = w0.rows, dims = w0.cols, count, square;
    xue23_descent d = {.moments = m, .step = step};
    if (!(step > 0))
        return pl_fail(ctx, PL_EDOMAIN, "a step of %g; take one above 0", step);
    if (p < 1 || dims != xue23_dims(m) || !pl_size_mul(p, dims, &count) || count > INT32_MAX ||
        !pl_size_mul(p, p, &square))
        return pl_fail(ctx, PL_ESHAPE, "an encoder of %zu x %zu for dimension %zu", p, dims,
                       xue23_dims(m));
    PL_NEW(ctx, d.w.a, count);
    PL_NEW(ctx, d.wq, count);
    PL_NEW(ctx, d.wp, count);
    PL_NEW(ctx, d.push, count);
    PL_NEW(ctx, d.gram, square);
    PL_NEW(ctx, d.scratch, xue23_scratch(m, p) + 1);
    d.w = (pl_mat){d.w.a, p, dims, dims};
    for (size_t r = 0; r < p; r++)
        memcpy(d.w.a + r * dims, w0.a + r * w0.ld, dims * sizeof *d.w.a);
    PL_TRY(evaluate(ctx, &d));
    d.first_loss = d.loss;
    *out = d;
    d = (xue23_descent){0};
done:
    xue23_descent_free(&d);
    return status;
}

void xue23_descent_free(xue23_descent *d) {
    pl_free(d->w.a);
    pl_free(d->wq);
    pl_free(d->wp);
    pl_free(d->push);
    pl_free(d->gram);
    pl_free(d->scratch);
    *d = (xue23_descent){0};
}

pl_status xue23_descent_step(pl_ctx *ctx, xue23_descent *d) {
    size_t count = d->w.rows * d->w.cols;
    for (size_t i = 0; i < count; i++)
        d->w.a[i] += d->step * (4 * d->wp[i] - d->push[i]);
    d->iteration++;
    pl_status status = evaluate(ctx, d);
    if (status)
        return status;
    if (!(d->loss < FAR_ABOVE * fmax(1, fabs(d->first_loss))))
        return pl_fail(ctx, PL_ENOCONV,
                       "gradient descent diverges: at iteration %zu the loss is %.3g, it started "
                       "at %.3g; take a step below %.2g",
                       d->iteration, d->loss, d->first_loss, d->step);
    return PL_OK;
}

pl_status xue23_loss(pl_ctx *ctx, const xue23_moments *m, pl_cmat w, double *loss,
                     double *gradient_norm) {
    xue23_descent d;
    pl_status status = xue23_descent_new(ctx, m, w, 1, &d);
    if (status)
        return status;
    *loss = d.loss;
    for (size_t i = 0; i < w.rows * w.cols; i++)
        d.push[i] -= 4 * d.wp[i];
    *gradient_norm = norm(d.push, w.rows * w.cols);
    xue23_descent_free(&d);
    return PL_OK;
}

void xue23_column_norms(pl_cmat w, size_t count, double *out) {
    for (size_t k = 0; k < count; k++)
        out[k] = cblas_dnrm2((int)w.rows, w.a + k, (int)w.ld);
}

pl_status xue23_start(pl_ctx *ctx, size_t p, size_t dims, uint64_t seed, double scale,
                      pl_mat *out) {
    size_t count;
    if (p < 1 || !pl_size_mul(p, dims, &count))
        return pl_fail(ctx, PL_ESHAPE, "an encoder of %zu x %zu", p, dims);
    double *a = pl_alloc(ctx, count, sizeof *a);
    if (!a)
        return PL_ENOMEM;
    pl_splitmix_normals(&(pl_splitmix){seed}, scale, count, a);
    *out = (pl_mat){a, p, dims, dims};
    return PL_OK;
}

/* With A = W Pi and B = W*: |A A^T|^2 - 2 |A B^T|^2 + |B B^T|^2 would cancel, so the entries of
 * A^T A - B^T B themselves are summed. */
pl_status xue23_gram_error(pl_ctx *ctx, pl_cmat w, pl_cmat projector, pl_cmat least, double *out) {
    pl_status status = PL_OK;
    size_t p = w.rows, dims = w.cols;
    double *a = NULL, *row = NULL, sum = 0;
    PL_NEW(ctx, a, p * dims);
    PL_NEW(ctx, row, dims);
    PL_TRY(product(ctx, 1, w, projector, false, (pl_mat){a, p, dims, dims}));
    for (size_t i = 0; i < dims; i++) {
        cblas_dgemv(CblasRowMajor, CblasTrans, (int)p, (int)dims, 1, a, (int)dims, a + i, (int)dims,
                    0, row, 1);
        cblas_dgemv(CblasRowMajor, CblasTrans, (int)least.rows, (int)dims, -1, least.a,
                    (int)least.ld, least.a + i, (int)least.ld, 1, row, 1);
        double r = norm(row, dims);
        sum += r * r;
    }
    *out = sqrt(sum);
done:
    pl_free(a);
    pl_free(row);
    return status;
}
