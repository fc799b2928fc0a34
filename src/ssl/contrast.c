#include "ssl/contrast.h"

#include <math.h>

#include "math/product.h"
#include "math/stats.h"

/* alpha S_ik + log c_ik: the exponent with which k enters the sum; -INFINITY leaves it out. */
static double exponent(const pl_contrast *c, size_t i, size_t p, size_t k, double s) {
    if (c->own && k == i)
        return -INFINITY;
    return c->alpha * s + (k == p ? c->log_positive : c->log_negative);
}

/* One anchor's bracket; its row of S becomes its row of G. The largest term is taken out of the
 * sum, so that nothing overflows and a loss near 0 keeps its digits. */
static double anchor(const pl_contrast *c, size_t i, double *row, size_t points) {
    size_t p = (i + c->shift) % points, top = p;
    double pull = c->pull ? c->pull[i] : 1, attraction = c->alpha * pull * row[p];
    double most = -INFINITY;
    for (size_t k = 0; k < points; k++) {
        row[k] = exponent(c, i, p, k, row[k]);
        if (row[k] > most) {
            most = row[k];
            top = k;
        }
    }
    for (size_t k = 0; k < points; k++)
        row[k] = exp(row[k] - most);
    row[top] = 0;
    double rest = pl_sum(row, points);
    row[top] = 1;
    double scale = c->weight * c->alpha;
    for (size_t k = 0; k < points; k++)
        row[k] *= scale * c->lambda / (1 + rest);
    row[p] -= scale * pull;
    return c->lambda * most - attraction + c->lambda * log1p(rest);
}

/* ---- negative Euclidean distance as the similarity ---- */

static double distance(const double *a, const double *b, size_t d) {
    double square = 0;
    for (size_t k = 0; k < d; k++)
        square += (a[k] - b[k]) * (a[k] - b[k]);
    return sqrt(square);
}

/* S, from differences: products would cancel where points are near each other. */
static void negative_distances(pl_ctx *ctx, pl_cmat anchors, pl_cmat points, pl_mat s) {
#pragma omp parallel for num_threads(pl_threads(ctx)) schedule(static)
    for (size_t i = 0; i < s.rows; i++)
        for (size_t k = 0; k < s.cols; k++)
            s.a[i * s.ld + k] =
                -distance(anchors.a + i * anchors.ld, points.a + k * points.ld, anchors.cols);
}

/* G becomes H, and the diagonal terms go to the gradients. */
static void spread_distances(pl_cmat anchors, pl_cmat points, pl_mat g, pl_mat *grad_anchors,
                             pl_mat *grad_points) {
    size_t d = anchors.cols;
    for (size_t i = 0; i < g.rows; i++) {
        const double *a = anchors.a + i * anchors.ld;
        double *row = g.a + i * g.ld, *grad = grad_anchors->a + i * grad_anchors->ld, sum = 0;
        for (size_t k = 0; k < g.cols; k++) {
            const double *b = points.a + k * points.ld;
            double *pull = grad_points->a + k * grad_points->ld, r = distance(a, b, d);
            row[k] = r > 0 ? row[k] / r : 0;
            sum += row[k];
            for (size_t j = 0; j < d; j++)
                pull[j] -= row[k] * b[j];
        }
        for (size_t j = 0; j < d; j++)
            grad[j] -= sum * a[j];
    }
}

pl_status pl_contrast_add(pl_ctx *ctx, const pl_contrast *c, pl_cmat anchors, pl_cmat points,
                          double *terms, double *value, pl_mat *grad_anchors, pl_mat *grad_points) {
    pl_status status = PL_OK;
    size_t n = anchors.rows, m = points.rows, size;
    double *s = NULL, *term = NULL;
    if (n == 0 || n > m || !pl_size_mul(n, m, &size))
        return pl_fail(ctx, PL_ESHAPE, "%zu anchors cannot be contrasted with %zu points", n, m);
    PL_NEW(ctx, s, size);
    PL_NEW(ctx, term, n);
    pl_mat g = {s, n, m, m};
    if (c->euclidean)
        negative_distances(ctx, anchors, points, g);
    else
        PL_TRY(pl_product(ctx, 1, anchors, false, points, true, 0, g));
#pragma omp parallel for num_threads(pl_threads(ctx)) schedule(static)
    for (size_t i = 0; i < n; i++)
        term[i] = anchor(c, i, s + i * m, m);
    if (grad_anchors && c->euclidean)
        spread_distances(anchors, points, g, grad_anchors, grad_points);
    if (grad_anchors) {
        PL_TRY(pl_product(ctx, 1, pl_const(g), false, points, false, 1, *grad_anchors));
        PL_TRY(pl_product(ctx, 1, pl_const(g), true, anchors, false, 1, *grad_points));
    }
    *value += c->weight * pl_sum(term, n);
    for (size_t i = 0; terms && i < n; i++)
        terms[i] = term[i];
done:
    pl_free(s);
    pl_free(term);
    return status;
}
