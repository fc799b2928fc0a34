/* Chebyshev-filtered block subspace iteration: a polynomial that is small on the unwanted part of
 * the spectrum is applied to a block, then Rayleigh and Ritz. */

#include <math.h>
#include <omp.h>
#include <string.h>

#include "math/eigen.h"
#include "math/random.h"
#include "math/sparse.h"
#include "math/tall.h"

enum { PARALLEL = 4096 }; /* rows that are worth a team of threads */

typedef struct block {
    const pl_operator *a;
    pl_cmat deflate;
    size_t n, m;
    pl_mat x, y, z; /* n x m */
    pl_mat g, h, r; /* m x m */
    double *values; /* m     */
    size_t products;
} block;

static pl_status leave_out(pl_ctx *ctx, const block *b, pl_mat x) {
    pl_status status = PL_OK;
    double *c = NULL;
    if (b->deflate.cols == 0)
        return PL_OK;
    PL_NEW(ctx, c, b->deflate.cols * b->m);
    pl_mat inner = {c, b->deflate.cols, b->m, b->m};
    PL_TRY(pl_tall_gram(ctx, b->deflate, pl_const(x), inner));
    PL_TRY(pl_tall_times(ctx, -1, b->deflate, pl_const(inner), 1, x));
done:
    pl_free(c);
    return status;
}

/* x = x R^-1 with x'x = R'R, twice: the second pass restores what the first lost to rounding. */
static pl_status orthonormalise(pl_ctx *ctx, block *b) {
    pl_status status = PL_OK;
    for (int pass = 0; pass < 2; pass++) {
        PL_TRY(pl_tall_gram(ctx, pl_const(b->x), pl_const(b->x), b->g));
        /* eigen-decomposition survives a block that filtering made nearly dependent */
        memcpy(b->r.a, b->g.a, b->m * b->m * sizeof *b->r.a);
        PL_TRY(pl_eigen_symmetric_vectors(ctx, b->r, b->values));
        for (size_t k = 0; k < b->m; k++) /* rows are vectors: x <- x V' diag(s^-1/2) */
            for (size_t i = 0; i < b->m; i++)
                b->h.a[i * b->m + k] =
                    b->r.a[k * b->m + i] / sqrt(fmax(b->values[k], 1e-30 * b->values[0]));
        PL_TRY(pl_tall_times(ctx, 1, pl_const(b->x), pl_const(b->h), 0, b->y));
        pl_mat swap = b->x;
        b->x = b->y;
        b->y = swap;
    }
done:
    return status;
}

/* x <- T_degree((A - c)/e) x, scaled so that the wanted end stays of size 1 (Zhou & Saad 2007). */
static pl_status filter(pl_ctx *ctx, block *b, size_t degree, double cut, double wanted) {
    pl_status status = PL_OK;
    double e = (b->a->upper - cut) / 2, c = (b->a->upper + cut) / 2, sigma1 = e / (wanted - c);
    double sigma = sigma1;
    size_t count = b->n * b->m;
    PL_TRY(b->a->apply(ctx, b->a->data, pl_const(b->x), b->y));
#pragma omp parallel for schedule(static) num_threads(pl_threads(ctx)) if (b->n > PARALLEL)
    for (size_t i = 0; i < count; i++)
        b->y.a[i] = (b->y.a[i] - c * b->x.a[i]) * sigma1 / e;
    for (size_t d = 2; d <= degree; d++) {
        double next = 1 / (2 / sigma1 - sigma);
        PL_TRY(b->a->apply(ctx, b->a->data, pl_const(b->y), b->z));
#pragma omp parallel for schedule(static) num_threads(pl_threads(ctx)) if (b->n > PARALLEL)
        for (size_t i = 0; i < count; i++) {
            double t = 2 * next / e * (b->z.a[i] - c * b->y.a[i]) - sigma * next * b->x.a[i];
            b->x.a[i] = b->y.a[i];
            b->y.a[i] = t;
        }
        sigma = next;
    }
    pl_mat swap = b->x;
    b->x = b->y;
    b->y = swap;
    b->products += degree * b->m;
done:
    return status;
}

/* Ritz pairs of the block, ascending; y = A x. */
static pl_status ritz(pl_ctx *ctx, block *b) {
    pl_status status;
    PL_TRY(b->a->apply(ctx, b->a->data, pl_const(b->x), b->y));
    b->products += b->m;
    PL_TRY(pl_tall_gram(ctx, pl_const(b->x), pl_const(b->y), b->r));
    for (size_t i = 0; i < b->m; i++)
        for (size_t j = 0; j < i; j++)
            b->r.a[i * b->m + j] = b->r.a[j * b->m + i] =
                (b->r.a[i * b->m + j] + b->r.a[j * b->m + i]) / 2;
    PL_TRY(pl_eigen_symmetric_vectors(ctx, b->r, b->values));
    for (size_t k = 0; k < b->m; k++) /* ascending columns */
        for (size_t i = 0; i < b->m; i++)
            b->h.a[i * b->m + k] = b->r.a[(b->m - 1 - k) * b->m + i];
    for (size_t k = 0; k < b->m / 2; k++) {
        double swap = b->values[k];
        b->values[k] = b->values[b->m - 1 - k];
        b->values[b->m - 1 - k] = swap;
    }
    PL_TRY(pl_tall_times(ctx, 1, pl_const(b->x), pl_const(b->h), 0, b->z));
    pl_mat swap = b->x;
    b->x = b->z;
    b->z = swap;
    PL_TRY(pl_tall_times(ctx, 1, pl_const(b->y), pl_const(b->h), 0, b->z));
    swap = b->y;
    b->y = b->z;
    b->z = swap;
done:
    return status;
}

/* Largest |A x - value x| of the first k columns. */
static double worst(const block *b, size_t k) {
    double largest = 0;
    for (size_t c = 0; c < k; c++) {
        double sum = 0;
        for (size_t i = 0; i < b->n; i++) {
            double r = b->y.a[i * b->m + c] - b->values[c] * b->x.a[i * b->m + c];
            sum += r * r;
        }
        largest = fmax(largest, sqrt(sum));
    }
    return largest;
}

pl_status pl_eigen_chebyshev(pl_ctx *ctx, const pl_operator *a, pl_cmat deflate, size_t k,
                             const pl_eigen_settings *settings, double *values, pl_mat vectors,
                             pl_eigen_report *out) {
    pl_status status;
    pl_eigen_settings set = settings ? *settings : (pl_eigen_settings){0};
    double tolerance = set.tolerance > 0 ? set.tolerance : 1e-10, *work = NULL;
    double width = a->upper - a->lower;
    size_t n = a->n, m = set.block ? set.block : k + (k / 2 > 8 ? k / 2 : 8), tall, room;
    size_t limit = set.iterations ? set.iterations : 200;
    if (k == 0 || k + deflate.cols > n || !(width > 0))
        return pl_fail(ctx, PL_ESHAPE, "%zu eigenpairs of an operator of size %zu, %zu left out", k,
                       n, deflate.cols);
    m = m < n - deflate.cols ? m : n - deflate.cols;
    m = m > k ? m : k;
    if (!pl_size_mul(n, m, &tall) || !pl_size_mul(tall, 3, &room))
        return pl_fail(ctx, PL_ENOMEM, "a block of %zu x %zu overflows", n, m);
    PL_NEW(ctx, work, room + 3 * m * m + m);
    double *small = work + 3 * tall;
    block b = {.a = a,
               .deflate = deflate,
               .n = n,
               .m = m,
               .x = {work, n, m, m},
               .y = {work + tall, n, m, m},
               .z = {work + 2 * tall, n, m, m},
               .g = {small, m, m, m},
               .h = {small + m * m, m, m, m},
               .r = {small + 2 * m * m, m, m, m},
               .values = small + 3 * m * m};
    pl_eigen_report report = {0};
    pl_stream_normals((pl_stream){20220523, 2, 0}, 0, tall, b.x.a);
    size_t degree = 10;
    double last = INFINITY;
    for (; report.iterations < limit; report.iterations++) {
        PL_TRY(leave_out(ctx, &b, b.x));
        PL_TRY(orthonormalise(ctx, &b));
        PL_TRY(ritz(ctx, &b));
        report.residual = worst(&b, k) / width;
        if (report.residual <= tolerance || m == n - deflate.cols)
            break;
        /* the degree rises while the block's end is still far down the spectrum: the filter's gain
         * for a mode at distance s below the cut is cosh(degree acosh(1 + 2 s/width)) */
        double cut = b.values[m - 1], reach = cut - a->lower;
        if (cut - b.values[k - 1] < 1e-6 * reach) /* the block ends inside a repeated value */
            cut += fmin(0.1 * reach, 0.5 * (a->upper - cut));
        double below = fmax(cut - b.values[k - 1], 1e-14 * width);
        double rate = acosh(1 + 2 * below / fmax(a->upper - cut, 1e-14 * width));
        double wanted = fmax(log(report.residual / tolerance), 1) + 2;
        size_t enough = (size_t)fmin(ceil(wanted / rate), 400);
        degree = report.residual < 0.5 * last ? degree : degree + degree / 2;
        degree = enough < degree ? enough : degree < 60 ? degree + 8 : degree;
        degree = degree < 8 ? 8 : degree > 400 ? 400 : degree;
        last = report.residual;
        PL_TRY(filter(ctx, &b, degree, cut, fmin(b.values[0], cut - 1e-14 * width)));
    }
    report.products = b.products;
    report.converged = report.residual <= tolerance || m == n - deflate.cols;
    for (size_t c = 0; c < k; c++) {
        values[c] = b.values[c];
        for (size_t i = 0; i < n; i++)
            vectors.a[i * vectors.ld + c] = b.x.a[i * m + c];
    }
    *out = report;
done:
    pl_free(work);
    return status;
}
