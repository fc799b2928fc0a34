/* Barlow Twins with linear encoders under hard whitening: one for both views (BL22.LIN3), or two
 * (CCA). */

#include <math.h>
#include <stdlib.h>

#include "spectral/dense.h"
#include "spectral/embedding.h"
#include "spectral/linear.h"
#include "spectral/relation.h"
#include "spectral/whitened.h"

static int descending(const void *a, const void *b) {
    const double *x = a, *y = b;
    return *x > *y ? -1 : *x < *y;
}

/* Canonical correlations of two lists of rows: singular values of U_l'U_r. */
static pl_status canonical(pl_ctx *ctx, const thin_svd *left, const thin_svd *right, double *rho,
                           pl_mat pl, pl_mat pr) {
    pl_mat inner = {0};
    pl_status status = dense_new(ctx, left->rank, right->rank, &inner);
    if (status == PL_OK) {
        dense_times(1, pl_const(left->u), true, pl_const(right->u), false, 0, inner);
        status = pl.a ? dense_svd(ctx, pl_const(inner), pl, rho, pr)
                      : dense_singular_values(ctx, pl_const(inner), rho);
    }
    dense_free(&inner);
    return status;
}

/* rho of X'GXw = rho X'DXw, descending: U'GU in the metric of U'DU, by D^1/2 U = Q S V'. */
static pl_status tied(pl_ctx *ctx, const linear *l, double *rho, size_t *rank) {
    pl_status status;
    thin_svd t = {0};
    pl_mat weighted = {0}, scaled = {0}, a = {0};
    const double *d = l->g->degree;
    PL_TRY(dense_copy(ctx, pl_const(l->x), &weighted));
    for (size_t i = 0; i < l->n; i++)
        for (size_t c = 0; c < l->dim; c++)
            weighted.a[i * l->dim + c] *= sqrt(d[i]);
    PL_TRY(thin_svd_new(ctx, pl_const(weighted), false, &t));
    PL_TRY(dense_new(ctx, l->n, t.rank, &scaled));
    PL_TRY(dense_new(ctx, t.rank, t.rank, &a));
    for (size_t i = 0; i < l->n; i++)
        for (size_t c = 0; c < t.rank; c++)
            t.u.a[i * t.u.ld + c] /= sqrt(d[i]); /* an X-basis of unit energy under D */
    PL_TRY(pl_graph_apply(ctx, l->g, pl_const(t.u), scaled));
    dense_times(1, pl_const(t.u), true, pl_const(scaled), false, 0, a);
    PL_TRY(dense_eigen(ctx, pl_const(a), false, rho, (pl_mat){0}));
    *rank = t.rank;
done:
    thin_svd_free(&t);
    dense_free(&weighted);
    dense_free(&scaled);
    dense_free(&a);
    return status;
}

/* The symmetrised pairs of the graph, rows scaled by the root of the weight. */
static pl_status pair_lists(pl_ctx *ctx, const linear *l, thin_svd *left, thin_svd *right) {
    pl_status status;
    pl_mat dense = {0}, a = {0}, b = {0};
    size_t count = 0, at = 0;
    PL_TRY(dense_new(ctx, l->n, l->n, &dense));
    PL_TRY(pl_graph_dense(ctx, l->g, dense));
    for (size_t e = 0; e < l->n * l->n; e++)
        count += dense.a[e] != 0;
    PL_TRY(dense_new(ctx, count, l->dim, &a));
    PL_TRY(dense_new(ctx, count, l->dim, &b));
    for (size_t e = 0; e < l->n * l->n; e++) {
        if (dense.a[e] == 0)
            continue;
        for (size_t c = 0; c < l->dim; c++) {
            a.a[at * l->dim + c] = sqrt(dense.a[e]) * l->x.a[e / l->n * l->dim + c];
            b.a[at * l->dim + c] = sqrt(dense.a[e]) * l->x.a[e % l->n * l->dim + c];
        }
        at++;
    }
    PL_TRY(thin_svd_new(ctx, pl_const(a), false, left));
    PL_TRY(thin_svd_new(ctx, pl_const(b), false, right));
done:
    dense_free(&dense);
    dense_free(&a);
    dense_free(&b);
    return status;
}

pl_status linear_barlow(pl_ctx *ctx, const linear *l, pl_table *out) {
    pl_status status;
    thin_svd left = {0}, right = {0};
    double *rho = NULL, *modulus = NULL, *canon = NULL, difference = 0;
    size_t rank, equal = 0;
    PL_NEW(ctx, rho, l->dim);
    PL_NEW(ctx, modulus, l->dim);
    PL_NEW(ctx, canon, l->dim + 1);
    PL_TRY(tied(ctx, l, rho, &rank));
    PL_TRY(pair_lists(ctx, l, &left, &right));
    PL_TRY(canonical(ctx, &left, &right, canon, (pl_mat){0}, (pl_mat){0}));
    for (size_t c = 0; c < rank; c++)
        modulus[c] = fabs(rho[c]);
    qsort(modulus, rank, sizeof *modulus, descending);
    while (equal < rank && rho[equal] > 0 && rho[equal] == modulus[equal])
        equal++; /* the K largest moduli are positive correlations */
    for (size_t c = 0; c < rank; c++)
        difference = fmax(difference, fabs(modulus[c] - canon[c]));
    size_t k = l->k < rank ? l->k : rank;
    const pl_summary list[] = {{"closed_form_loss", "1", "least whitened loss of one encoder",
                                whitened_minimum(rho, k, l->alpha)},
                               {"cca_loss", "1", "least whitened loss of two encoders",
                                whitened_minimum(canon, k, l->alpha)},
                               {"largest_embedding_equal_to_cca", "1",
                                "so many columns: tied = canonical correlation", (double)equal},
                               {"correlation_difference", "1",
                                "largest difference of |rho| and canonical correlation",
                                difference}};
    PL_TRY(pl_table_summarise_list(ctx, out, list, sizeof list / sizeof *list));
    for (size_t c = 0; c < rank; c++)
        PL_TRY(pl_table_add(ctx, out, (double[]){(double)(c + 1), rho[c], canon[c], modulus[c]},
                            NULL));
done:
    thin_svd_free(&left);
    thin_svd_free(&right);
    pl_free(rho);
    pl_free(modulus);
    pl_free(canon);
    return status;
}

/* ---- two encoders ---------------------------------------------------------------------------- */

static pl_status from_stream(pl_ctx *ctx, uint64_t *state, size_t rows, size_t cols, pl_mat *out) {
    pl_status status = dense_new(ctx, rows, cols, out);
    for (size_t i = 0; status == PL_OK && i < rows * cols; i++)
        out->a[i] = splitmix_entry(state);
    return status;
}

/* X_l = S A + E_l/2, X_r = S B + E_r/2, one stream SM(51) in the order S, A, E_l, B, E_r. */
static pl_status two_views(pl_ctx *ctx, pl_mat *xl, pl_mat *xr) {
    pl_status status;
    uint64_t state = 51;
    pl_mat s = {0}, a = {0}, b = {0};
    PL_TRY(from_stream(ctx, &state, 40, 2, &s));
    PL_TRY(from_stream(ctx, &state, 2, 4, &a));
    PL_TRY(from_stream(ctx, &state, 40, 4, xl));
    PL_TRY(from_stream(ctx, &state, 2, 5, &b));
    PL_TRY(from_stream(ctx, &state, 40, 5, xr));
    dense_times(1, pl_const(s), false, pl_const(a), false, 0.5, *xl);
    dense_times(1, pl_const(s), false, pl_const(b), false, 0.5, *xr);
    dense_centre(*xl);
    dense_centre(*xr);
done:
    dense_free(&s);
    dense_free(&a);
    dense_free(&b);
    return status;
}

/* The textbook way: eigenvalues of S_ll^-1 S_lr S_rr^-1 S_rl, by Cholesky factors' products made
 * symmetric: rho^2 of S_ll^-1/2 (...) S_ll^-1/2. */
static pl_status by_covariances(pl_ctx *ctx, pl_cmat xl, pl_cmat xr, double *rho) {
    pl_status status;
    size_t p = xl.cols, q = xr.cols;
    pl_mat ll = {0}, lr = {0}, rr = {0}, solved = {0}, m = {0}, v = {0}, root = {0}, t = {0};
    double *d = NULL;
    PL_TRY(dense_new(ctx, p, p, &ll));
    PL_TRY(dense_new(ctx, p, q, &lr));
    PL_TRY(dense_new(ctx, q, q, &rr));
    PL_TRY(dense_new(ctx, q, p, &solved));
    PL_TRY(dense_new(ctx, p, p, &m));
    PL_TRY(dense_new(ctx, p, p, &v));
    PL_TRY(dense_new(ctx, p, p, &root));
    PL_TRY(dense_new(ctx, p, p, &t));
    PL_NEW(ctx, d, p);
    dense_times(1, xl, true, xl, false, 0, ll);
    dense_times(1, xl, true, xr, false, 0, lr);
    dense_times(1, xr, true, xr, false, 0, rr);
    for (size_t i = 0; i < q; i++)
        for (size_t j = 0; j < p; j++)
            solved.a[i * p + j] = lr.a[j * q + i];
    PL_TRY(dense_solve(ctx, pl_const(rr), solved));
    dense_times(1, pl_const(lr), false, pl_const(solved), false, 0, m);
    PL_TRY(dense_eigen(ctx, pl_const(ll), false, d, v));
    for (size_t i = 0; i < p; i++)
        for (size_t j = 0; j < p; j++) {
            root.a[i * p + j] = 0;
            for (size_t k = 0; k < p; k++)
                root.a[i * p + j] += v.a[i * p + k] * v.a[j * p + k] / sqrt(d[k]);
        }
    dense_times(1, pl_const(root), false, pl_const(m), false, 0, t);
    dense_times(1, pl_const(t), false, pl_const(root), false, 0, m);
    for (size_t i = 0; i < p; i++)
        for (size_t j = 0; j < i; j++)
            m.a[i * p + j] = m.a[j * p + i] = (m.a[i * p + j] + m.a[j * p + i]) / 2;
    PL_TRY(dense_eigen(ctx, pl_const(m), false, rho, (pl_mat){0}));
    for (size_t i = 0; i < p; i++)
        rho[i] = sqrt(fmax(rho[i], 0));
done:
    dense_free(&ll);
    dense_free(&lr);
    dense_free(&rr);
    dense_free(&solved);
    dense_free(&m);
    dense_free(&v);
    dense_free(&root);
    dense_free(&t);
    pl_free(d);
    return status;
}

/* Least pair loss of random whitened encoders: none may be below the formula. */
static pl_status random_encoders(pl_ctx *ctx, const linear *l, const thin_svd *left,
                                 const thin_svd *right, double *out) {
    pl_status status = PL_OK;
    pl_mat rl = {0}, rr = {0}, zl = {0}, zr = {0};
    *out = INFINITY;
    PL_TRY(dense_new(ctx, left->u.rows, l->k, &zl));
    PL_TRY(dense_new(ctx, left->u.rows, l->k, &zr));
    for (uint64_t trial = 0; trial < 300; trial++) {
        double loss;
        dense_free(&rl);
        dense_free(&rr);
        PL_TRY(dense_rotation(ctx, left->rank, l->seed + 2 * trial + 100, &rl));
        PL_TRY(dense_rotation(ctx, right->rank, l->seed + 2 * trial + 101, &rr));
        dense_times(1, pl_const(left->u), false, dense_columns(rl, l->k), false, 0, zl);
        dense_times(1, pl_const(right->u), false, dense_columns(rr, l->k), false, 0, zr);
        PL_TRY(pl_barlow_pairs(ctx, pl_const(zl), pl_const(zr), l->alpha, true, &loss, (pl_mat){0},
                               (pl_mat){0}));
        *out = fmin(*out, loss);
    }
done:
    dense_free(&rl);
    dense_free(&rr);
    dense_free(&zl);
    dense_free(&zr);
    return status;
}

pl_status linear_cca(pl_ctx *ctx, const linear *l, pl_table *out) {
    pl_status status;
    thin_svd left = {0}, right = {0};
    pl_mat xl = {0}, xr = {0}, p = {0}, q = {0}, r = {0}, zl = {0}, zr = {0}, t = {0};
    double rho[5] = {0}, textbook[4], at, least;
    if (l->k > 4)
        return pl_fail(ctx, PL_EUSAGE, "--embedding %zu: the two views have 4 correlations", l->k);
    PL_TRY(two_views(ctx, &xl, &xr));
    PL_TRY(thin_svd_new(ctx, pl_const(xl), false, &left));
    PL_TRY(thin_svd_new(ctx, pl_const(xr), false, &right));
    PL_TRY(dense_new(ctx, 4, 4, &p));
    PL_TRY(dense_new(ctx, 5, 4, &q));
    PL_TRY(canonical(ctx, &left, &right, rho, p, q));
    PL_TRY(by_covariances(ctx, pl_const(xl), pl_const(xr), textbook));
    PL_TRY(whitened_rotation(ctx, rho, l->k, l->alpha, &r));
    PL_TRY(dense_new(ctx, 40, l->k, &t));
    PL_TRY(dense_new(ctx, 40, l->k, &zl));
    PL_TRY(dense_new(ctx, 40, l->k, &zr));
    dense_times(1, pl_const(left.u), false, dense_columns(p, l->k), false, 0, t);
    dense_times(1, pl_const(t), false, pl_const(r), false, 0, zl);
    dense_times(1, pl_const(right.u), false, dense_columns(q, l->k), false, 0, t);
    dense_times(1, pl_const(t), false, pl_const(r), false, 0, zr);
    PL_TRY(pl_barlow_pairs(ctx, pl_const(zl), pl_const(zr), l->alpha, true, &at, (pl_mat){0},
                           (pl_mat){0}));
    PL_TRY(random_encoders(ctx, l, &left, &right, &least));
    const pl_summary list[] = {
        {"closed_form_loss", "1", "least whitened loss, the formula",
         whitened_minimum(rho, l->k, l->alpha)},
        {"loss_at_closed_form", "1", "the pair loss at the canonical directions", at},
        {"least_random_loss", "1", "least of 300 random whitened pairs of encoders", least}};
    PL_TRY(pl_table_summarise_list(ctx, out, list, sizeof list / sizeof *list));
    for (size_t c = 0; c < 4; c++)
        PL_TRY(pl_table_add(ctx, out, (double[]){(double)(c + 1), rho[c], textbook[c], NAN}, NULL));
done:
    thin_svd_free(&left);
    thin_svd_free(&right);
    dense_free(&xl);
    dense_free(&xr);
    dense_free(&p);
    dense_free(&q);
    dense_free(&r);
    dense_free(&zl);
    dense_free(&zr);
    dense_free(&t);
    return status;
}
