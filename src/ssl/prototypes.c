#include "ssl/prototypes.h"

#include <math.h>
#include <string.h>

#include "math/pairs.h"
#include "math/stats.h"

static double dot(const double *a, const double *b, size_t n) {
    double sum = 0;
    for (size_t j = 0; j < n; j++)
        sum += a[j] * b[j];
    return sum;
}

pl_status pl_prototypes(pl_ctx *ctx, const pl_views *v, pl_mat means, double *norms,
                        size_t *sizes) {
    size_t d = v->z.cols;
    for (size_t y = 0; y < v->classes; y++)
        memset(means.a + y * means.ld, 0, d * sizeof *means.a);
    memset(sizes, 0, v->classes * sizeof *sizes);
    for (size_t i = 0; i < v->images; i++) {
        sizes[v->label[i]]++;
        for (size_t t = 0; t < v->views; t++)
            for (size_t j = 0; j < d; j++)
                means.a[v->label[i] * means.ld + j] += v->z.a[(i * v->views + t) * v->z.ld + j];
    }
    for (size_t y = 0; y < v->classes; y++) {
        double *mean = means.a + y * means.ld;
        if (sizes[y] == 0)
            return pl_fail(ctx, PL_ESHAPE, "class %zu has no image", y);
        for (size_t j = 0; j < d; j++)
            mean[j] /= (double)(sizes[y] * v->views);
        norms[y] = sqrt(dot(mean, mean, d));
    }
    return PL_OK;
}

/* |z| of a row; PL_EDOMAIN when it is zero. */
static pl_status row_norm(pl_ctx *ctx, const pl_views *v, size_t row, double *out) {
    const double *z = v->z.a + row * v->z.ld;
    *out = sqrt(dot(z, z, v->z.cols));
    if (!(*out > 0))
        return pl_fail(ctx, PL_EDOMAIN, "row %zu is zero; it has no direction", row);
    return PL_OK;
}

/* One image: m the mean view, u the mean of the views' directions; s(z, m) = z.m/(|z||m|) and
 * E_T s(z, f(T x)) = z.u/|z|. */
static pl_status attract(pl_ctx *ctx, const pl_views *v, size_t image, double *m, double *u,
                         double *lhs, double *rhs, double *mean_similarity) {
    pl_status status = PL_OK;
    size_t d = v->z.cols, first = image * v->views;
    double norm, mean_norm;
    memset(m, 0, d * sizeof *m);
    memset(u, 0, d * sizeof *u);
    for (size_t t = 0; t < v->views; t++) {
        const double *z = v->z.a + (first + t) * v->z.ld;
        PL_TRY(row_norm(ctx, v, first + t, &norm));
        for (size_t j = 0; j < d; j++) {
            m[j] += z[j] / (double)v->views;
            u[j] += z[j] / norm / (double)v->views;
        }
    }
    mean_norm = sqrt(dot(m, m, d));
    if (!(mean_norm > 0)) {
        status = pl_fail(ctx, PL_EDOMAIN,
                         "the views of image %zu have mean zero, which has no "
                         "direction",
                         image);
        goto done;
    }
    for (size_t t = 0; t < v->views; t++) {
        const double *z = v->z.a + (first + t) * v->z.ld;
        PL_TRY(row_norm(ctx, v, first + t, &norm));
        lhs[first + t] = -dot(z, m, d) / (norm * mean_norm);
        mean_similarity[first + t] = dot(z, u, d) / norm;
        rhs[first + t] = -mean_similarity[first + t];
    }
done:
    return status;
}

pl_status pl_attraction(pl_ctx *ctx, const pl_views *v, double *lhs, double *rhs,
                        double *mean_similarity) {
    pl_status status = PL_OK;
    double *m = NULL, *u = NULL;
    PL_NEW(ctx, m, v->z.cols);
    PL_NEW(ctx, u, v->z.cols);
    for (size_t i = 0; i < v->images; i++)
        PL_TRY(attract(ctx, v, i, m, u, lhs, rhs, mean_similarity));
done:
    pl_free(m);
    pl_free(u);
    return status;
}

/* What both forms of the repulsion bound need first: prototypes, their norms, class sizes. */
typedef struct classes {
    pl_mat means; /* classes x d */
    double *norms;
    size_t *sizes;
} classes;

static void classes_free(classes *c) {
    pl_free(c->means.a);
    pl_free(c->norms);
    pl_free(c->sizes);
}

static pl_status classes_new(pl_ctx *ctx, const pl_views *v, double alpha, double nu,
                             classes *out) {
    pl_status status;
    classes c = {.means = {NULL, v->classes, v->z.cols, v->z.cols}};
    size_t cells;
    if (v->classes < 2)
        return pl_fail(ctx, PL_ESHAPE, "repulsion needs two classes, there is %zu", v->classes);
    if (!(alpha > 0) || !(nu > 0))
        return pl_fail(ctx, PL_EDOMAIN, "alpha is %g and nu is %g, both must be > 0", alpha, nu);
    if (!pl_size_mul(v->classes, v->z.cols, &cells))
        return pl_fail(ctx, PL_ESHAPE, "%zu classes in dimension %zu are too many", v->classes,
                       v->z.cols);
    PL_NEW(ctx, c.means.a, cells);
    PL_NEW(ctx, c.norms, v->classes);
    PL_NEW(ctx, c.sizes, v->classes);
    PL_TRY(pl_prototypes(ctx, v, c.means, c.norms, c.sizes));
    for (size_t y = 0; y < v->classes; y++)
        if (!(c.norms[y] > 1e-300)) {
            status = pl_fail(ctx, PL_EDOMAIN,
                             "the prototype of class %zu is zero, which has no direction", y);
            goto done;
        }
    *out = c;
    c = (classes){0};
done:
    classes_free(&c);
    return status;
}

/* lhs = max over the other classes of s(z, mu), margin = s(z, mu_y) - lhs. */
static void nearest_other(const classes *c, const double *z, double norm, size_t own, double *lhs,
                          double *margin) {
    double best = -INFINITY, mine = 0;
    for (size_t y = 0; y < c->means.rows; y++) {
        double s = dot(z, c->means.a + y * c->means.ld, c->means.cols) / (norm * c->norms[y]);
        if (y == own)
            mine = s;
        else
            best = fmax(best, s);
    }
    *lhs = best;
    *margin = mine - best;
}

static double add_logs(double a, double b) {
    double most = fmax(a, b), least = fmin(a, b);
    return least == -(double)INFINITY ? most : most + log1p(exp(least - most));
}

/* Directions z/|z| sorted by class: view t of the k-th image in class order stands at row
 * t*images + k, so that "every image but those of class y" is at most two blocks. */
typedef struct sorted {
    double *u;     /* views*images x d */
    size_t *first; /* classes + 1 offsets in class order */
} sorted;

static pl_status sort_by_class(pl_ctx *ctx, const pl_views *v, const size_t *sizes, sorted *out) {
    pl_status status = PL_OK;
    size_t d = v->z.cols;
    sorted s = {0};
    size_t *next = NULL;
    double norm;
    PL_NEW(ctx, s.u, v->images * v->views * d);
    PL_NEW(ctx, s.first, v->classes + 1);
    PL_NEW(ctx, next, v->classes);
    for (size_t y = 0; y < v->classes; y++)
        next[y] = s.first[y + 1] = s.first[y] + sizes[y];
    for (size_t y = 0; y < v->classes; y++)
        next[y] = s.first[y];
    for (size_t i = 0; i < v->images; i++) {
        size_t k = next[v->label[i]]++;
        for (size_t t = 0; t < v->views; t++) {
            size_t row = i * v->views + t;
            PL_TRY(row_norm(ctx, v, row, &norm));
            for (size_t j = 0; j < d; j++)
                s.u[(t * v->images + k) * d + j] = v->z.a[row * v->z.ld + j] / norm;
        }
    }
    *out = s;
    s = (sorted){0};
done:
    pl_free(s.u);
    pl_free(s.first);
    pl_free(next);
    return status;
}

/* log sum over rows [from, to) of view t of e^{alpha z.u}, for n anchors (n x d). */
static pl_status block_logsum(pl_ctx *ctx, const pl_views *v, const sorted *s, size_t t,
                              size_t from, size_t to, double alpha, const double *z, size_t n,
                              double *out) {
    size_t d = v->z.cols;
    if (from == to) {
        for (size_t i = 0; i < n; i++)
            out[i] = -INFINITY;
        return PL_OK;
    }
    pl_cmat anchors = {z, n, d, d};
    pl_cmat points = {s->u + (t * v->images + from) * d, to - from, d, d};
    return pl_pairs_logsum(ctx, pl_points_f64(anchors), pl_points_f64(points), alpha, PL_SKIP_NONE,
                           out);
}

/* The anchors of one class: sums over the classes before, its own, those after. */
static pl_status repel_class(pl_ctx *ctx, const pl_views *v, const sorted *s, size_t y,
                             double alpha, double nu, double log_n, const double *z, size_t n,
                             double *rhs, double *without) {
    pl_status status = PL_OK;
    double *before = NULL, *own = NULL, *after = NULL, *all = NULL, *others = NULL;
    double images = (double)v->images, rest = images - (double)(s->first[y + 1] - s->first[y]);
    PL_NEW(ctx, before, n);
    PL_NEW(ctx, own, n);
    PL_NEW(ctx, after, n);
    PL_NEW(ctx, all, n);
    PL_NEW(ctx, others, n);
    for (size_t t = 0; t < v->views; t++) {
        PL_TRY(block_logsum(ctx, v, s, t, 0, s->first[y], alpha, z, n, before));
        PL_TRY(block_logsum(ctx, v, s, t, s->first[y], s->first[y + 1], alpha, z, n, own));
        PL_TRY(block_logsum(ctx, v, s, t, s->first[y + 1], v->images, alpha, z, n, after));
        for (size_t i = 0; i < n; i++) {
            double other = add_logs(before[i], after[i]);
            all[i] += add_logs(other, own[i]) - log(images);
            others[i] += other - log(rest);
        }
    }
    for (size_t i = 0; i < n; i++) {
        rhs[i] = (all[i] / (double)v->views + log_n) / (nu * alpha);
        without[i] = (others[i] / (double)v->views + log_n + log(rest / images)) / (nu * alpha);
    }
done:
    pl_free(before);
    pl_free(own);
    pl_free(after);
    pl_free(all);
    pl_free(others);
    return status;
}

pl_status pl_repulsion(pl_ctx *ctx, const pl_views *v, double alpha, double nu, double log_n,
                       const size_t *anchors, size_t n, double *lhs, double *rhs, double *without,
                       double *margin) {
    pl_status status;
    classes c = {0};
    sorted s = {0};
    double *z = NULL, *bound = NULL, *bound_without = NULL, norm;
    size_t d = v->z.cols, *members = NULL;
    PL_TRY(classes_new(ctx, v, alpha, nu, &c));
    PL_TRY(sort_by_class(ctx, v, c.sizes, &s));
    PL_NEW(ctx, z, n * d);
    PL_NEW(ctx, members, n);
    PL_NEW(ctx, bound, n);
    PL_NEW(ctx, bound_without, n);
    for (size_t y = 0; y < v->classes; y++) {
        size_t count = 0;
        for (size_t i = 0; i < n; i++) {
            size_t row = anchors ? anchors[i] : i;
            if (v->label[row / v->views] != y)
                continue;
            PL_TRY(row_norm(ctx, v, row, &norm));
            for (size_t j = 0; j < d; j++)
                z[count * d + j] = v->z.a[row * v->z.ld + j] / norm;
            nearest_other(&c, z + count * d, 1, y, &lhs[i], &margin[i]);
            members[count++] = i;
        }
        if (count)
            PL_TRY(repel_class(ctx, v, &s, y, alpha, nu, log_n, z, count, bound, bound_without));
        for (size_t k = 0; k < count; k++) {
            rhs[members[k]] = bound[k];
            without[members[k]] = bound_without[k];
        }
    }
done:
    classes_free(&c);
    pl_free(s.u);
    pl_free(s.first);
    pl_free(z);
    pl_free(members);
    pl_free(bound);
    pl_free(bound_without);
    return status;
}

pl_status pl_repulsion_ref(pl_ctx *ctx, const pl_views *v, double alpha, double nu, double log_n,
                           const size_t *anchors, size_t n, double *lhs, double *rhs,
                           double *without, double *margin) {
    pl_status status;
    classes c = {0};
    size_t d = v->z.cols;
    double norm, other;
    PL_TRY(classes_new(ctx, v, alpha, nu, &c));
    for (size_t i = 0; i < n; i++) {
        size_t row = anchors ? anchors[i] : i, own = v->label[row / v->views];
        const double *z = v->z.a + row * v->z.ld;
        double share = (double)c.sizes[own] / (double)v->images, all = 0, rest = 0;
        PL_TRY(row_norm(ctx, v, row, &norm));
        nearest_other(&c, z, norm, own, &lhs[i], &margin[i]);
        for (size_t t = 0; t < v->views; t++) {
            double sum = 0, sum_rest = 0;
            for (size_t x = 0; x < v->images; x++) {
                PL_TRY(row_norm(ctx, v, x * v->views + t, &other));
                double s = dot(z, v->z.a + (x * v->views + t) * v->z.ld, d) / (norm * other);
                double e = exp(alpha * (s - 1));
                sum += e / (double)v->images;
                sum_rest += v->label[x] == own ? 0 : e / (double)(v->images - c.sizes[own]);
            }
            all += (alpha + log(sum)) / (double)v->views;
            rest += (alpha + log(sum_rest)) / (double)v->views;
        }
        rhs[i] = (all + log_n) / (nu * alpha);
        without[i] = (rest + log_n + log(1 - share)) / (nu * alpha);
    }
done:
    classes_free(&c);
    return status;
}
