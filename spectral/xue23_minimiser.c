#include "spectral/xue23_minimiser.h"

#include <cblas.h>
#include <lapacke.h>
#include <math.h>
#include <string.h>

#include "math/eigen.h"
#include "math/product.h"

/* Eigenvalues below RANK x the largest count as 0; nearer than TIE x the largest, as equal. */
static const double RANK = 1e-10, TIE = 1e-8;

static pl_mat rows_of(double *a, size_t rows, size_t cols) {
    return (pl_mat){a, rows, cols, cols};
}

static pl_status square_of(pl_ctx *ctx, size_t n, double **out) {
    size_t count;
    if (n > INT32_MAX || !pl_size_mul(n, n, &count))
        return pl_fail(ctx, PL_ESHAPE, "a matrix of %zu x %zu is too large", n, n);
    *out = pl_alloc(ctx, count, sizeof **out);
    return *out ? PL_OK : PL_ENOMEM;
}

/* The block of eigenvalues that ties with the p-th: [first, last). */
static void tied_block(const double *value, size_t n, size_t q, size_t *first, size_t *last) {
    double near = TIE * value[0];
    *first = q - 1;
    *last = q;
    while (*first > 0 && value[*first - 1] - value[q - 1] <= near)
        (*first)--;
    while (*last < n && value[q - 1] - value[*last] <= near)
        (*last)++;
}

/* Orders the tied rows u (t x n) by what they cost: eigenvectors of the Gram matrix of their images
 * v = u T (t x D), ascending; both u-images and costs come out in that order. */
static pl_status order_by_cost(pl_ctx *ctx, pl_mat v, double *cost) {
    pl_status status;
    double *gram = NULL, *turned = NULL, *value = NULL;
    size_t t = v.rows;
    PL_TRY(square_of(ctx, t, &gram));
    PL_NEW(ctx, turned, t * v.cols);
    PL_NEW(ctx, value, t);
    PL_TRY(pl_product(ctx, 1, pl_const(v), false, pl_const(v), true, 0, rows_of(gram, t, t)));
    PL_TRY(pl_eigen_symmetric_vectors(ctx, rows_of(gram, t, t), value));
    PL_TRY(pl_product(ctx, 1, (pl_cmat){gram, t, t, t}, false, pl_const(v), false, 0,
                      rows_of(turned, t, v.cols)));
    for (size_t i = 0; i < t; i++) { /* descending came out; ascending is wanted */
        cost[i] = value[t - 1 - i];
        memcpy(v.a + i * v.ld, turned + (t - 1 - i) * v.cols, v.cols * sizeof *v.a);
    }
done:
    pl_free(gram);
    pl_free(turned);
    pl_free(value);
    return status;
}

/* Given R (n x n, destroyed) and T (n x D) with W = sqrt(lambda) u^T T: the least-norm choice. */
static pl_status minimise(pl_ctx *ctx, pl_mat r, pl_cmat t, size_t p, xue23_minimiser *out) {
    pl_status status;
    size_t n = r.rows, d = t.cols, rank = 0, first, last;
    double *image = NULL, *cost = NULL;
    xue23_minimiser m = {.eigenvalues = n, .tie_gap = INFINITY};
    size_t count;
    if (!pl_size_mul(p, d, &count))
        return pl_fail(ctx, PL_ESHAPE, "an encoder of %zu x %zu is too large", p, d);
    PL_NEW(ctx, m.w.a, count);
    PL_NEW(ctx, m.eigenvalue, n);
    m.w = rows_of(m.w.a, p, d);
    PL_TRY(pl_eigen_symmetric_vectors(ctx, r, m.eigenvalue));
    if (!(m.eigenvalue[0] > 0)) {
        status = pl_fail(ctx, PL_EDOMAIN, "the positive pairs have no second moment: P is 0");
        goto done;
    }
    while (rank < n && m.eigenvalue[rank] > RANK * m.eigenvalue[0])
        rank++;
    m.rank = rank < p ? rank : p;
    tied_block(m.eigenvalue, rank, m.rank, &first, &last);
    PL_NEW(ctx, image, last * d);
    PL_NEW(ctx, cost, last);
    PL_TRY(pl_product(ctx, 1, (pl_cmat){r.a, last, n, r.ld}, false, t, false, 0,
                      rows_of(image, last, d)));
    for (size_t i = 0; i < first; i++)
        cost[i] = cblas_ddot((int)d, image + i * d, 1, image + i * d, 1);
    PL_TRY(order_by_cost(ctx, rows_of(image + first * d, last - first, d), cost + first));
    for (size_t i = 0; i < m.rank; i++) {
        double lambda = m.eigenvalue[i];
        cblas_daxpy((int)d, sqrt(lambda), image + i * d, 1, m.w.a + i * d, 1);
        m.loss -= lambda * lambda;
        m.norm_squared += lambda * cost[i];
    }
    if (m.rank < last)
        m.tie_gap = cost[m.rank] - cost[m.rank - 1];
    *out = m;
    m = (xue23_minimiser){0};
done:
    xue23_minimiser_free(&m);
    pl_free(image);
    pl_free(cost);
    return status;
}

void xue23_minimiser_free(xue23_minimiser *m) {
    pl_free(m->w.a);
    pl_free(m->eigenvalue);
    *m = (xue23_minimiser){0};
}

static pl_status check_embedding(pl_ctx *ctx, size_t p) {
    return p >= 1 ? PL_OK : pl_fail(ctx, PL_EDOMAIN, "an embedding of size 0; take p >= 1");
}

/* Eigenvectors of Q as rows of `basis`, and how many span col(Q). */
static pl_status span_of(pl_ctx *ctx, pl_cmat q, double *basis, double *value, size_t *rank) {
    size_t d = q.rows;
    for (size_t i = 0; i < d; i++)
        memcpy(basis + i * d, q.a + i * q.ld, d * sizeof *basis);
    pl_status status = pl_eigen_symmetric_vectors(ctx, rows_of(basis, d, d), value);
    if (status)
        return status;
    if (!(value[0] > 0))
        return pl_fail(ctx, PL_EDOMAIN, "the examples have no second moment: Q is 0");
    *rank = 0;
    while (*rank < d && value[*rank] > RANK * value[0])
        ++*rank;
    return PL_OK;
}

pl_status xue23_projector(pl_ctx *ctx, pl_cmat q, pl_mat out) {
    pl_status status;
    double *basis = NULL, *value = NULL;
    size_t d = q.rows, rank;
    PL_TRY(square_of(ctx, d, &basis));
    PL_NEW(ctx, value, d);
    PL_TRY(span_of(ctx, q, basis, value, &rank));
    PL_TRY(pl_product(ctx, 1, (pl_cmat){basis, rank, d, d}, true, (pl_cmat){basis, rank, d, d},
                      false, 0, out));
done:
    pl_free(basis);
    pl_free(value);
    return status;
}

pl_status xue23_minimise_moments(pl_ctx *ctx, pl_cmat p, pl_cmat q, size_t embedding,
                                 xue23_minimiser *out) {
    pl_status status;
    double *basis = NULL, *value = NULL, *r = NULL, *half = NULL;
    size_t d = q.rows, rank;
    PL_TRY(check_embedding(ctx, embedding));
    PL_TRY(square_of(ctx, d, &basis));
    PL_TRY(square_of(ctx, d, &half));
    PL_TRY(square_of(ctx, d, &r));
    PL_NEW(ctx, value, d);
    PL_TRY(span_of(ctx, q, basis, value, &rank));
    for (size_t i = 0; i < rank; i++) /* T = D^-1/2 V^T: the square root up to a rotation */
        cblas_dscal((int)d, 1 / sqrt(value[i]), basis + i * d, 1);
    pl_cmat t = {basis, rank, d, d};
    PL_TRY(pl_product(ctx, 1, t, false, p, false, 0, rows_of(half, rank, d)));
    PL_TRY(
        pl_product(ctx, 1, (pl_cmat){half, rank, d, d}, false, t, true, 0, rows_of(r, rank, rank)));
    for (size_t i = 0; i < rank; i++) /* rounding must not make R unsymmetric */
        for (size_t j = 0; j < i; j++)
            r[i * rank + j] = r[j * rank + i] = (r[i * rank + j] + r[j * rank + i]) / 2;
    PL_TRY(minimise(ctx, rows_of(r, rank, rank), t, embedding, out));
done:
    pl_free(basis);
    pl_free(value);
    pl_free(half);
    pl_free(r);
    return status;
}

/* X <- G^-1 X / sqrt(N), G = X X^T / N: the map from embeddings of the examples to encoders. */
static pl_status interpolation(pl_ctx *ctx, pl_cmat x, pl_mat t) {
    pl_status status;
    double *gram = NULL;
    size_t n = x.rows;
    PL_TRY(square_of(ctx, n, &gram));
    cblas_dsyrk(CblasRowMajor, CblasLower, CblasNoTrans, (int)n, (int)x.cols, 1 / (double)n, x.a,
                (int)x.ld, 0, gram, (int)n);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < x.cols; j++)
            t.a[i * t.ld + j] = x.a[i * x.ld + j] / sqrt((double)n);
    double largest = 0, least = INFINITY;
    int info = (int)LAPACKE_dpotrf(LAPACK_ROW_MAJOR, 'L', (int)n, gram, (int)n);
    for (size_t i = 0; info == 0 && i < n; i++) {
        largest = fmax(largest, gram[i * n + i]);
        least = fmin(least, gram[i * n + i]);
    }
    if (info != 0 || !(least * least > RANK * largest * largest)) {
        status = pl_fail(ctx, PL_EDOMAIN,
                         "the %zu examples are not linearly independent in dimension %zu; the "
                         "interpolation needs rank X = N",
                         n, x.cols);
        goto done;
    }
    info = (int)LAPACKE_dpotrs(LAPACK_ROW_MAJOR, 'L', (int)n, (int)x.cols, gram, (int)n, t.a,
                               (int)t.ld);
    if (info != 0)
        status = pl_fail(ctx, PL_ENOMEM, "solving with the Gram matrix of %zu examples", n);
done:
    pl_free(gram);
    return status;
}

pl_status xue23_minimise_examples(pl_ctx *ctx, pl_cmat x, pl_cmat s, size_t embedding,
                                  xue23_minimiser *out) {
    pl_status status;
    double *t = NULL, *r = NULL;
    size_t n = x.rows, d = x.cols, count;
    PL_TRY(check_embedding(ctx, embedding));
    if (d < n || !pl_size_mul(n, d, &count))
        return pl_fail(ctx, PL_EDOMAIN,
                       "%zu examples in dimension %zu are not linearly independent", n, d);
    PL_NEW(ctx, t, count);
    PL_TRY(square_of(ctx, n, &r));
    PL_TRY(interpolation(ctx, x, rows_of(t, n, d)));
    for (size_t i = 0; i < n; i++)
        memcpy(r + i * n, s.a + i * s.ld, n * sizeof *r);
    PL_TRY(minimise(ctx, rows_of(r, n, n), (pl_cmat){t, n, d, d}, embedding, out));
done:
    pl_free(t);
    pl_free(r);
    return status;
}

pl_status xue23_interpolate(pl_ctx *ctx, pl_cmat x, const double *f, double *w) {
    pl_status status;
    double *t = NULL;
    size_t n = x.rows, d = x.cols, count;
    if (d < n || !pl_size_mul(n, d, &count))
        return pl_fail(ctx, PL_EDOMAIN,
                       "%zu examples in dimension %zu are not linearly independent", n, d);
    PL_NEW(ctx, t, count);
    PL_TRY(interpolation(ctx, x, rows_of(t, n, d)));
    cblas_dgemv(CblasRowMajor, CblasTrans, (int)n, (int)d, 1 / sqrt((double)n), t, (int)d, f, 1, 0,
                w, 1);
done:
    pl_free(t);
    return status;
}
