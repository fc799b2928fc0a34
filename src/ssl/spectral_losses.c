#include "ssl/spectral_losses.h"

#include <float.h>
#include <lapacke.h>
#include <math.h>
#include <string.h>

#include "math/tall.h"
#include "ssl/graph_infonce.h"

/* Two n x K and two K x K work matrices, in one block. */
typedef struct work {
    double *block;
    pl_mat y, lz, c, s;
} work;

static pl_status work_new(pl_ctx *ctx, size_t n, size_t k, work *w) {
    size_t tall, small, total;
    if (!pl_size_mul(n, 2 * k, &tall) || !pl_size_mul(k, 2 * k, &small) ||
        __builtin_add_overflow(tall, small, &total))
        return pl_fail(ctx, PL_ENOMEM, "an embedding of %zu x %zu overflows", n, k);
    double *a = pl_alloc(ctx, total, sizeof *a);
    if (!a)
        return PL_ENOMEM;
    *w = (work){a,
                {a, n, k, k},
                {a + n * k, n, k, k},
                {a + 2 * n * k, k, k, k},
                {a + 2 * n * k + k * k, k, k, k}};
    return PL_OK;
}

/* y = z - 1 (p' z), p the weights of the mean (NULL: 1/n each). */
static void centre(pl_cmat z, const double *p, double scale, pl_mat y) {
    for (size_t c = 0; c < z.cols; c++) {
        double mean = 0;
        for (size_t i = 0; i < z.rows; i++)
            mean += (p ? p[i] : 1) * z.a[i * z.ld + c];
        mean *= scale;
        for (size_t i = 0; i < z.rows; i++)
            y.a[i * y.ld + c] = z.a[i * z.ld + c] - mean;
    }
}

static double inner(pl_cmat a, pl_cmat b) {
    double sum = 0;
    for (size_t i = 0; i < a.rows; i++) {
        double row = 0;
        for (size_t c = 0; c < a.cols; c++)
            row += a.a[i * a.ld + c] * b.a[i * b.ld + c];
        sum += row;
    }
    return sum;
}

static double square(pl_cmat a) {
    return inner(a, a);
}

/* ---- VICReg: Omega(C) + c tr Z'LZ ----------------------------------------------------------- */

/* Omega and S = dOmega/dC (symmetric) of the variance and covariance terms. */
static double variance_terms(const pl_spectral_loss *loss, pl_cmat c, pl_mat s) {
    double omega = 0;
    for (size_t k = 0; k < c.rows; k++)
        for (size_t l = 0; l < c.cols; l++) {
            double v = c.a[k * c.ld + l], *out = &s.a[k * s.ld + l];
            if (k != l) {
                omega += loss->beta * v * v;
                *out = 2 * loss->beta * v;
            } else if (loss->kind != PL_VICREG_HINGE) {
                omega += loss->alpha * (1 - v) * (1 - v);
                *out = -2 * loss->alpha * (1 - v);
            } else { /* hinge of the standard deviation; a constant column has no gradient */
                double root = sqrt(fmax(v, 0)), x = 1 - root, d = loss->smoothing;
                double soft = d > 0 ? sqrt(x * x + d * d) : fabs(x);
                double slope = d > 0 ? (1 + x / soft) / 2 : x > 0;
                omega += loss->alpha * (x + soft) / 2;
                *out = root > 0 ? -loss->alpha * slope / (2 * root) : 0;
            }
        }
    return omega;
}

/* tr C - log det C and I - C^-1, by Cholesky. */
static pl_status log_determinant(pl_ctx *ctx, pl_cmat c, double *omega, pl_mat s) {
    lapack_int k = (lapack_int)c.rows;
    double trace = 0, log_det = 0;
    for (size_t i = 0; i < c.rows; i++) {
        memcpy(s.a + i * s.ld, c.a + i * c.ld, c.cols * sizeof *s.a);
        trace += c.a[i * c.ld + i];
    }
    if (LAPACKE_dpotrf(LAPACK_ROW_MAJOR, 'L', k, s.a, (lapack_int)s.ld) != 0)
        return pl_fail(ctx, PL_EDOMAIN, "the covariance is singular: its log-determinant is -inf");
    for (size_t i = 0; i < c.rows; i++)
        log_det += 2 * log(s.a[i * s.ld + i]);
    if (LAPACKE_dpotri(LAPACK_ROW_MAJOR, 'L', k, s.a, (lapack_int)s.ld) != 0)
        return pl_fail(ctx, PL_EDOMAIN, "the covariance is singular");
    for (size_t i = 0; i < c.rows; i++)
        for (size_t j = 0; j <= i; j++)
            s.a[i * s.ld + j] = s.a[j * s.ld + i] = (i == j) - s.a[i * s.ld + j];
    *omega = trace - log_det;
    return PL_OK;
}

/* C = Z'BZ with B = H/nu, or (D - dd'/vol)/vol; the gradient is 2 BZ S + 2 c LZ. */
static pl_status vicreg(pl_ctx *ctx, const pl_spectral_loss *loss, const pl_graph *g, pl_cmat z,
                        double *value, pl_mat gradient) {
    pl_status status;
    work w = {0};
    size_t n = z.rows, k = z.cols;
    bool by_degree = loss->kind == PL_VICREG_DEGREE;
    double nu = loss->nu > 0 ? loss->nu : (double)(n - 1), omega = 0;
    double divisor = by_degree ? g->total : nu;
    double c = 2 * loss->gamma / (by_degree ? g->total : (double)n);
    PL_TRY(work_new(ctx, n, k, &w));
    centre(z, by_degree ? g->degree : NULL, by_degree ? 1 / g->total : 1 / (double)n, w.y);
    PL_TRY(pl_graph_laplacian(ctx, g, pl_const(w.y), w.lz)); /* L HZ = L Z, with less rounding */
    double energy = inner(pl_const(w.y), pl_const(w.lz));
    for (size_t i = 0; by_degree && i < n; i++) /* y = H_D z; D y weighs it */
        for (size_t j = 0; j < k; j++)
            w.y.a[i * k + j] *= sqrt(g->degree[i]);
    PL_TRY(pl_tall_gram(ctx, pl_const(w.y), pl_const(w.y), w.c));
    for (size_t i = 0; i < k * k; i++)
        w.c.a[i] /= divisor;
    if (loss->kind == PL_LOG_DETERMINANT)
        PL_TRY(log_determinant(ctx, pl_const(w.c), &omega, w.s));
    else
        omega = variance_terms(loss, pl_const(w.c), w.s);
    if (gradient.a) {
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < k; j++) {
                w.y.a[i * k + j] *= by_degree ? sqrt(g->degree[i]) : 1;
                gradient.a[i * gradient.ld + j] = w.lz.a[i * k + j];
            }
        PL_TRY(pl_tall_times(ctx, 2 / divisor, pl_const(w.y), pl_const(w.s), 2 * c, gradient));
    }
    *value = omega + c * energy;
done:
    pl_free(w.block);
    return status;
}

/* ---- |ZZ' - G|^2 and -2 tr F'WF + |F'diag(w)F|^2 --------------------------------------------- */

static pl_status simclr_squared(pl_ctx *ctx, const pl_spectral_loss *loss, const pl_graph *g,
                                pl_cmat z, double *value, pl_mat gradient) {
    pl_status status;
    work w = {0};
    double n = (double)z.rows, norm = g->square, degrees = 0;
    PL_TRY(work_new(ctx, z.rows, z.cols, &w));
    centre(z, NULL, loss->centred ? 1 / n : 0, w.y);
    for (size_t i = 0; i < z.rows; i++)
        degrees += g->degree[i] * g->degree[i];
    if (loss->centred) /* |HGH|^2 */
        norm += g->total * g->total / (n * n) - 2 * degrees / n;
    PL_TRY(pl_graph_apply(ctx, g, pl_const(w.y), w.lz));
    PL_TRY(pl_tall_gram(ctx, pl_const(w.y), pl_const(w.y), w.c));
    *value = square(pl_const(w.c)) - 2 * inner(pl_const(w.y), pl_const(w.lz)) + norm;
    if (gradient.a) { /* 4 (Z Z'Z - GZ), centred once more since G HZ is not */
        PL_TRY(pl_tall_times(ctx, 4, pl_const(w.y), pl_const(w.c), -4, w.lz));
        centre(pl_const(w.lz), NULL, loss->centred ? 1 / n : 0, gradient);
    }
done:
    pl_free(w.block);
    return status;
}

static pl_status spectral_contrastive(pl_ctx *ctx, const pl_graph *g, pl_cmat z, double *value,
                                      pl_mat gradient) {
    pl_status status;
    work w = {0};
    PL_TRY(work_new(ctx, z.rows, z.cols, &w));
    PL_TRY(pl_graph_apply(ctx, g, z, w.lz));
    for (size_t i = 0; i < z.rows; i++)
        for (size_t j = 0; j < z.cols; j++)
            w.y.a[i * z.cols + j] = g->degree[i] / g->total * z.a[i * z.ld + j];
    PL_TRY(pl_tall_gram(ctx, z, pl_const(w.y), w.c));
    *value = square(pl_const(w.c)) - 2 / g->total * inner(z, pl_const(w.lz));
    if (gradient.a) {
        for (size_t i = 0; i < z.rows; i++)
            memcpy(gradient.a + i * gradient.ld, w.lz.a + i * z.cols, z.cols * sizeof(double));
        PL_TRY(pl_tall_times(ctx, 4, pl_const(w.y), pl_const(w.c), -4 / g->total, gradient));
    }
done:
    pl_free(w.block);
    return status;
}

/* ---- Barlow Twins ---------------------------------------------------------------------------- */

/* From the products m = Z_l'G Z_r and the columns' energies: cosines, the value, and
 * E_kl = 2 w_kl (C_kl - [k = l]) in place of m. */
static pl_status cosines(pl_ctx *ctx, double alpha, pl_mat m, const double *ql, const double *qr,
                         pl_mat c, double *value) {
    double sum = 0;
    for (size_t k = 0; k < m.rows; k++)
        for (size_t l = 0; l < m.cols; l++) {
            if (!(ql[k] > 0 && qr[l] > 0))
                return pl_fail(ctx, PL_EDOMAIN,
                               "column %zu of the embedding has no energy: its cosine is 0/0",
                               ql[k] > 0 ? l : k);
            double v = m.a[k * m.ld + l] / sqrt(ql[k] * qr[l]), off = v - (k == l);
            double weight = k == l ? 1 : alpha;
            c.a[k * c.ld + l] = v;
            m.a[k * m.ld + l] = 2 * weight * off;
            sum += weight * off * off;
        }
    *value = sum;
    return PL_OK;
}

static pl_status barlow(pl_ctx *ctx, const pl_spectral_loss *loss, const pl_graph *g, pl_cmat z,
                        double *value, pl_mat gradient) {
    pl_status status;
    work w = {0};
    double *q = NULL;
    size_t n = z.rows, k = z.cols;
    PL_TRY(work_new(ctx, n, k, &w));
    PL_NEW(ctx, q, k);
    centre(z, g->degree, loss->centred ? 1 / g->total : 0, w.y);
    PL_TRY(pl_graph_apply(ctx, g, pl_const(w.y), w.lz));
    PL_TRY(pl_tall_gram(ctx, pl_const(w.y), pl_const(w.lz), w.s));
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < k; j++)
            q[j] += g->degree[i] * w.y.a[i * k + j] * w.y.a[i * k + j];
    PL_TRY(cosines(ctx, loss->alpha, w.s, q, q, w.c, value));
    if (gradient.a) { /* 2 [GZ Q^-1/2 E Q^-1/2 - DZ diag(r/q)], r_k = sum_l E_kl C_kl */
        for (size_t a = 0; a < k; a++) {
            double r = 0;
            for (size_t b = 0; b < k; b++)
                r += w.s.a[a * k + b] * w.c.a[a * k + b];
            for (size_t i = 0; i < n; i++)
                gradient.a[i * gradient.ld + a] = g->degree[i] * w.y.a[i * k + a] * r / q[a];
        }
        for (size_t a = 0; a < k; a++)
            for (size_t b = 0; b < k; b++)
                w.s.a[a * k + b] /= sqrt(q[a] * q[b]);
        PL_TRY(pl_tall_times(ctx, 2, pl_const(w.lz), pl_const(w.s), -2, gradient));
        /* H_D' = I - d 1'/vol takes the column sums off, weighted by degree */
        for (size_t a = 0; loss->centred && a < k; a++) {
            double sum = 0;
            for (size_t i = 0; i < n; i++)
                sum += gradient.a[i * gradient.ld + a];
            for (size_t i = 0; i < n; i++)
                gradient.a[i * gradient.ld + a] -= g->degree[i] / g->total * sum;
        }
    }
done:
    pl_free(w.block);
    pl_free(q);
    return status;
}

pl_status pl_barlow_pairs(pl_ctx *ctx, pl_cmat left, pl_cmat right, double alpha, bool centred,
                          double *value, pl_mat gradient_left, pl_mat gradient_right) {
    pl_status status;
    work w = {0};
    double *q = NULL, found;
    size_t n = left.rows, k = left.cols;
    if (right.rows != n || right.cols != k || n == 0)
        return pl_fail(ctx, PL_ESHAPE, "lists of %zu x %zu and %zu x %zu are no pairs", n, k,
                       right.rows, right.cols);
    PL_TRY(work_new(ctx, n, k, &w));
    PL_NEW(ctx, q, 2 * k);
    centre(left, NULL, centred ? 1 / (double)n : 0, w.y);
    centre(right, NULL, centred ? 1 / (double)n : 0, w.lz);
    PL_TRY(pl_tall_gram(ctx, pl_const(w.y), pl_const(w.lz), w.s));
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < k; j++) {
            q[j] += w.y.a[i * k + j] * w.y.a[i * k + j];
            q[k + j] += w.lz.a[i * k + j] * w.lz.a[i * k + j];
        }
    PL_TRY(cosines(ctx, alpha, w.s, q, q + k, w.c, &found));
    for (int side = 0; side < 2; side++) { /* R Q^-1/2 E' Q^-1/2 - L diag(r/q) and its mirror */
        pl_mat out = side ? gradient_right : gradient_left, own = side ? w.lz : w.y,
               other = side ? w.y : w.lz;
        const double *qo = side ? q + k : q;
        if (!out.a)
            continue;
        for (size_t i = 0; i < n; i++)
            for (size_t a = 0; a < k; a++) {
                double sum = 0;
                for (size_t b = 0; b < k; b++) {
                    size_t at = side ? b * k + a : a * k + b;
                    double e = w.s.a[at];
                    sum += e * (other.a[i * k + b] / sqrt(q[side ? b : a] * q[k + (side ? a : b)]) -
                                w.c.a[at] * own.a[i * k + a] / qo[a]);
                }
                out.a[i * out.ld + a] = sum;
            }
        if (centred)
            centre(pl_const(out), NULL, 1 / (double)n, out);
    }
    *value = found;
done:
    pl_free(w.block);
    pl_free(q);
    return status;
}

pl_status pl_spectral_loss_at(pl_ctx *ctx, const pl_spectral_loss *loss, const pl_graph *g,
                              pl_cmat z, double *value, pl_mat gradient) {
    if (z.rows != g->nodes || z.cols == 0 || z.rows < 2)
        return pl_fail(ctx, PL_ESHAPE, "an embedding of %zu x %zu on a graph of %zu nodes", z.rows,
                       z.cols, g->nodes);
    if (gradient.a && (gradient.rows != z.rows || gradient.cols != z.cols))
        return pl_fail(ctx, PL_ESHAPE, "a gradient of %zu x %zu for an embedding of %zu x %zu",
                       gradient.rows, gradient.cols, z.rows, z.cols);
    switch (loss->kind) {
    case PL_VICREG_SQUARED:
    case PL_VICREG_HINGE:
    case PL_LOG_DETERMINANT:
        return vicreg(ctx, loss, g, z, value, gradient);
    case PL_VICREG_DEGREE: {
        pl_spectral_loss whole = *loss; /* alpha |Cov_D - I|^2 */
        whole.beta = loss->alpha;
        return vicreg(ctx, &whole, g, z, value, gradient);
    }
    case PL_GRAPH_INFONCE:
        return pl_graph_infonce(ctx, g, loss->tau, z, value, gradient);
    case PL_SIMCLR_SQUARED:
        return simclr_squared(ctx, loss, g, z, value, gradient);
    case PL_BARLOW_TWINS:
        return barlow(ctx, loss, g, z, value, gradient);
    case PL_SPECTRAL_CONTRASTIVE:
        return spectral_contrastive(ctx, g, z, value, gradient);
    }
    return pl_fail(ctx, PL_EBUG, "unknown spectral loss %d", (int)loss->kind);
}
