#include "spectral/xue23_early.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

#include "math/eigen.h"
#include "ssl/moment_losses.h"

enum { UNKNOWNS = 4, MOST_ROWS = 48 };

static double image_norm(pl_cmat w, const double *v) {
    double sum = 0;
    for (size_t r = 0; r < w.rows; r++) {
        double at = cblas_ddot((int)w.cols, w.a + r * w.ld, 1, v, 1);
        sum += at * at;
    }
    return sqrt(sum);
}

/* |Q|_2^1/2 = |X|_2 / sqrt(N), from the smaller Gram matrix. */
static pl_status spectral_root(pl_ctx *ctx, pl_cmat x, double *root) {
    pl_status status;
    size_t n = x.rows < x.cols ? x.rows : x.cols;
    bool wide = n == x.rows;
    double *gram = NULL, *value = NULL;
    PL_NEW(ctx, gram, n * n);
    PL_NEW(ctx, value, n);
    cblas_dgemm(CblasRowMajor, wide ? CblasNoTrans : CblasTrans, wide ? CblasTrans : CblasNoTrans,
                (int)n, (int)n, (int)(wide ? x.cols : x.rows), 1 / (double)x.rows, x.a, (int)x.ld,
                x.a, (int)x.ld, 0, gram, (int)n);
    PL_TRY(pl_eigen_symmetric(ctx, (pl_mat){gram, n, n, n}, value));
    *root = sqrt(value[0]);
done:
    pl_free(gram);
    pl_free(value);
    return status;
}

pl_status xue23_certificate_new(pl_ctx *ctx, const xue23_problem *p, pl_cmat w0, double step,
                                xue23_certificate *out) {
    pl_status status;
    const xue23_set *s = &p->set;
    xue23_certificate c = {0};
    double *l1 = NULL, *across = NULL;
    size_t d = w0.cols;
    if (!s->columns || !s->good || !s->bias || p->share != 1 || !p->x.a)
        return pl_fail(ctx, PL_EDOMAIN,
                       "the certificate needs the model's good event, a bias and "
                       "--loss scl");
    PL_NEW(ctx, l1, d);
    PL_NEW(ctx, across, d);
    PL_NEW(ctx, c.linear.a, w0.rows * d);
    PL_NEW(ctx, c.step, w0.rows * d);
    PL_NEW(ctx, c.scratch, xue23_scratch(&p->moments, w0.rows) + 1);
    PL_TRY(spectral_root(ctx, pl_const(p->x), &c.root));
    double e = s->epsilon, mu = s->mu, a1 = 1 + mu * mu + e;
    l1[0] = 1 / sqrt(a1); /* l_1 = (v_0 + mu v_2 + (sigma/N) sum of noise)/sqrt(a_1) */
    l1[2] = mu / sqrt(a1);
    for (size_t i = 0; i < s->columns; i++)
        l1[s->example[i].at[XUE23_NONZEROS - 1]] += s->sigma / (double)s->columns / sqrt(a1);
    for (size_t k = 0; k < d; k++) /* v_2 = (mu l_1 + sqrt(1+eps) l_perp)/sqrt(a_1) */
        across[k] = (sqrt(a1) * (k == 2) - mu * l1[k]) / sqrt(1 + e);
    c.alpha = 1 + 4 * step * a1;
    c.learned = fabs(mu) / sqrt(a1) * image_norm(w0, l1);
    c.orthogonal = sqrt((1 + e) / a1) * image_norm(w0, across);
    c.linear = (pl_mat){c.linear.a, w0.rows, d, d};
    for (size_t r = 0; r < w0.rows; r++)
        memcpy(c.linear.a + r * d, w0.a + r * w0.ld, d * sizeof *l1);
    *out = c;
    c = (xue23_certificate){0};
done:
    pl_free(l1);
    pl_free(across);
    xue23_certificate_free(&c);
    return status;
}

pl_status xue23_certificate_step(pl_ctx *ctx, const xue23_problem *p, double step, double wqw,
                                 xue23_certificate *c) {
    size_t count = c->linear.rows * c->linear.cols;
    c->spent = c->alpha * c->spent + 4 * step * c->root * pow(wqw, 1.5);
    c->learned *= c->alpha;
    pl_status status =
        xue23_apply(ctx, &p->moments, pl_const(c->linear), c->scratch, (pl_mat){0},
                    (pl_mat){c->step, c->linear.rows, c->linear.cols, c->linear.cols});
    if (status == PL_OK)
        cblas_daxpy((int)count, 4 * step, c->step, 1, c->linear.a, 1);
    return status;
}

double xue23_certificate_bound(const xue23_certificate *c) {
    return c->learned - c->orthogonal - c->spent;
}

double xue23_certificate_distance(const xue23_certificate *c, pl_cmat w) {
    double sum = 0;
    for (size_t r = 0; r < w.rows; r++)
        for (size_t k = 0; k < w.cols; k++) {
            double gap = w.a[r * w.ld + k] - c->linear.a[r * c->linear.ld + k];
            sum += gap * gap;
        }
    return sqrt(sum);
}

void xue23_certificate_free(xue23_certificate *c) {
    pl_free(c->linear.a);
    pl_free(c->step);
    pl_free(c->scratch);
    *c = (xue23_certificate){0};
}

/* Solves the n x n system in place by elimination with pivoting; false: singular. */
static bool solve(double a[UNKNOWNS][UNKNOWNS + 1], size_t n, double *x) {
    for (size_t k = 0; k < n; k++) {
        size_t pivot = k;
        for (size_t i = k + 1; i < n; i++)
            if (fabs(a[i][k]) > fabs(a[pivot][k]))
                pivot = i;
        if (fabs(a[pivot][k]) < 1e-14)
            return false;
        for (size_t j = 0; j <= n; j++) {
            double swap = a[k][j];
            a[k][j] = a[pivot][j];
            a[pivot][j] = swap;
        }
        for (size_t i = 0; i < n; i++) {
            double f = i == k ? 0 : a[i][k] / a[k][k];
            for (size_t j = k; f != 0 && j <= n; j++)
                a[i][j] -= f * a[k][j];
        }
    }
    for (size_t k = 0; k < n; k++)
        x[k] = a[k][n] / a[k][k];
    return true;
}

/* max t over g_i . beta >= t, |beta|_inf <= 1: the optimum is a vertex, so every n of the rows
 * (g_i, -1) >= 0 and (+-e_k, 0) >= -1 that meet in one feasible point are tried. */
static double best_margin(double rows[MOST_ROWS][UNKNOWNS], const double *bound, size_t count,
                          size_t n) {
    double best = -INFINITY;
    size_t pick[UNKNOWNS];
    for (size_t k = 0; k < n; k++)
        pick[k] = k;
    for (;;) {
        double a[UNKNOWNS][UNKNOWNS + 1], x[UNKNOWNS];
        for (size_t k = 0; k < n; k++) {
            memcpy(a[k], rows[pick[k]], n * sizeof(double));
            a[k][n] = bound[pick[k]];
        }
        if (solve(a, n, x)) {
            bool feasible = true;
            for (size_t i = 0; i < count && feasible; i++)
                feasible = cblas_ddot((int)n, rows[i], 1, x, 1) >= bound[i] - 1e-12;
            best = feasible && x[n - 1] > best ? x[n - 1] : best;
        }
        size_t k = n; /* the next choice of n rows in lexicographic order */
        while (k > 0 && pick[k - 1] == count - n + k - 1)
            k--;
        if (k == 0)
            return best;
        pick[k - 1]++;
        for (; k < n; k++)
            pick[k] = pick[k - 1] + 1;
    }
}

pl_status xue23_margins_at(pl_ctx *ctx, const xue23_set *s, pl_cmat w, xue23_margins *out) {
    pl_status status = PL_OK;
    size_t p = w.rows, points = xue23_points(s), n = p + 1;
    double *beta = NULL, *f = NULL, *u = NULL;
    double rows[MOST_ROWS][UNKNOWNS] = {{0}}, bound[MOST_ROWS] = {0};
    bool small = n <= UNKNOWNS && points + 2 * p <= MOST_ROWS;
    xue23_margins m = {INFINITY, INFINITY, NAN};
    PL_NEW(ctx, beta, p);
    PL_NEW(ctx, f, p);
    PL_NEW(ctx, u, s->features + 1);
    for (size_t r = 0; r < p; r++)
        beta[r] = w.a[r * w.ld + 2];
    double size = cblas_dnrm2((int)p, beta, 1), shift = 0;
    for (size_t r = 0; r < p; r++) {
        beta[r] /= size;
        shift -= beta[r] * (w.a[r * w.ld] + s->mu * w.a[r * w.ld + 2]);
    }
    for (size_t i = 0; i < points; i++) {
        int y, subclass;
        xue23_point(s, i, u, &y, &subclass);
        for (size_t r = 0; r < p; r++) {
            f[r] = cblas_ddot((int)(s->features + 1), w.a + r * w.ld, 1, u, 1);
            if (small)
                rows[i][r] = subclass * f[r];
        }
        double at = cblas_ddot((int)p, beta, 1, f, 1);
        m.affine = fmin(m.affine, subclass * (at + shift));
        m.homogeneous = fmin(m.homogeneous, subclass * at);
        if (small)
            rows[i][p] = -1;
    }
    for (size_t r = 0; small && r < p; r++)
        for (size_t side = 0; side < 2; side++) {
            rows[points + 2 * r + side][r] = side ? 1 : -1;
            bound[points + 2 * r + side] = -1;
        }
    if (small)
        m.best = best_margin(rows, bound, points + 2 * p, n);
    *out = m;
done:
    pl_free(beta);
    pl_free(f);
    pl_free(u);
    return status;
}
