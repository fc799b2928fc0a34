#include "math/subspace.h"

#include <math.h>
#include <string.h>

#include "math/eigen.h"
#include "math/tall.h"

pl_status pl_orthonormal(pl_ctx *ctx, pl_cmat a, double tol, pl_mat q, size_t *rank) {
    pl_status status;
    double *work = NULL;
    size_t n = a.rows, k = a.cols, r = n < k ? n : k, room, more;
    if (q.rows != n || q.cols < r || r == 0)
        return pl_fail(ctx, PL_ESHAPE, "a basis of %zu x %zu into %zu x %zu", n, k, q.rows, q.cols);
    if (!pl_size_mul(n + r, k, &room) || !pl_size_mul(n + 1, r, &more) ||
        __builtin_add_overflow(room, more, &room))
        return pl_fail(ctx, PL_ENOMEM, "a basis of %zu x %zu overflows", n, k);
    PL_NEW(ctx, work, room);
    pl_mat copy = {work, n, k, k}, vt = {copy.a + n * k, r, k, k}, u = {vt.a + r * k, n, r, r};
    double *s = u.a + n * r;
    size_t found = 0;
    for (size_t i = 0; i < n; i++)
        memcpy(copy.a + i * k, a.a + i * a.ld, k * sizeof *a.a);
    PL_TRY(pl_svd(ctx, copy, u, s, vt));
    while (found < r && (tol < 0 || (s[found] > 0 && s[found] > tol * s[0])))
        found++;
    for (size_t i = 0; i < n; i++)
        memcpy(q.a + i * q.ld, u.a + i * r, found * sizeof *q.a);
    *rank = found;
done:
    pl_free(work);
    return status;
}

pl_status pl_subspace_sine(pl_ctx *ctx, pl_cmat a, pl_cmat b, double *out) {
    pl_status status;
    double *work = NULL, *s = NULL;
    size_t n = b.rows, k = b.cols;
    if (a.rows != n)
        return pl_fail(ctx, PL_ESHAPE, "spans in %zu and in %zu dimensions", a.rows, n);
    if (k == 0 || n == 0) {
        *out = 0;
        return PL_OK;
    }
    PL_NEW(ctx, work, n * k + a.cols * k + 1);
    PL_NEW(ctx, s, k + n);
    pl_mat rest = {work, n, k, k}, inner = {work + n * k, a.cols, k, k};
    for (size_t i = 0; i < n; i++)
        memcpy(rest.a + i * k, b.a + i * b.ld, k * sizeof *b.a);
    if (a.cols) {
        PL_TRY(pl_tall_gram(ctx, a, b, inner));
        PL_TRY(pl_tall_times(ctx, -1, a, pl_const(inner), 1, rest));
    }
    PL_TRY(pl_svd_values(ctx, rest, s));
    *out = fmin(s[0], 1);
done:
    pl_free(work);
    pl_free(s);
    return status;
}

pl_status pl_span_sine(pl_ctx *ctx, pl_cmat a, pl_cmat b, double tol, double *out) {
    pl_status status;
    double *work = NULL;
    size_t n = a.rows, ra = 0, rb = 0, k = n < a.cols ? n : a.cols, l = n < b.cols ? n : b.cols;
    if (b.rows != n)
        return pl_fail(ctx, PL_ESHAPE, "spans in %zu and in %zu dimensions", n, b.rows);
    PL_NEW(ctx, work, n * (k + l) + 1);
    pl_mat qa = {work, n, k, k}, qb = {work + n * k, n, l, l};
    if (k)
        PL_TRY(pl_orthonormal(ctx, a, tol, qa, &ra));
    if (l)
        PL_TRY(pl_orthonormal(ctx, b, tol, qb, &rb));
    PL_TRY(pl_subspace_sine(ctx, (pl_cmat){qa.a, n, ra, k}, (pl_cmat){qb.a, n, rb, l}, out));
done:
    pl_free(work);
    return status;
}

pl_status pl_equalise(pl_ctx *ctx, const double *sigma, pl_mat r) {
    pl_status status = PL_OK;
    double *a = NULL, mean = 0;
    size_t k = r.rows;
    if (r.cols != k || k == 0)
        return pl_fail(ctx, PL_ESHAPE, "a rotation of %zu x %zu", r.rows, r.cols);
    PL_NEW(ctx, a, k * k);
    for (size_t i = 0; i < k; i++) {
        mean += sigma[i] / (double)k;
        for (size_t j = 0; j < k; j++)
            r.a[i * r.ld + j] = i == j;
        a[i * k + i] = sigma[i];
    }
    for (size_t step = 0; step + 1 < k; step++) {
        /* i: farthest from the mean; j: farthest on the other side, so that rounding cannot make
         * the discriminant negative */
        size_t i = 0, j = 0;
        for (size_t c = 1; c < k; c++)
            if (fabs(a[c * k + c] - mean) > fabs(a[i * k + i] - mean))
                i = c;
        double side = a[i * k + i] > mean ? 1 : -1, far = 0;
        for (size_t c = 0; c < k; c++)
            if (side * (mean - a[c * k + c]) > far) {
                far = side * (mean - a[c * k + c]);
                j = c;
            }
        if (far == 0 || i == j)
            break;
        /* (a_jj - m) t^2 + 2 a_ij t + (a_ii - m) = 0 */
        double p = a[j * k + j] - mean, q = a[i * k + j], s = a[i * k + i] - mean;
        double root = sqrt(q * q - p * s), t = q >= 0 ? -s / (q + root) : (-q + root) / p;
        double c = 1 / sqrt(1 + t * t), d = t * c;
        for (size_t row = 0; row < k; row++) { /* columns of r and a, then rows of a */
            double ri = r.a[row * r.ld + i], rj = r.a[row * r.ld + j];
            r.a[row * r.ld + i] = c * ri + d * rj;
            r.a[row * r.ld + j] = -d * ri + c * rj;
            double ai = a[row * k + i], aj = a[row * k + j];
            a[row * k + i] = c * ai + d * aj;
            a[row * k + j] = -d * ai + c * aj;
        }
        for (size_t col = 0; col < k; col++) {
            double ai = a[i * k + col], aj = a[j * k + col];
            a[i * k + col] = c * ai + d * aj;
            a[j * k + col] = -d * ai + c * aj;
        }
        a[i * k + i] = mean; /* done; rounding must not choose it again */
    }
done:
    pl_free(a);
    return status;
}
