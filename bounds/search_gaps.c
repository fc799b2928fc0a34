/* The bounds that the search breaks, at its anchor, from their definitions: a few weighted views,
 * no kernel, so that the programs that run on the found set check it independently. */

#include <math.h>
#include <string.h>

#include "bounds/search.h"

/* Shorter means are next to none: what they point at is rounding. */
static const double SHORTEST = 0.05;

static double dot(const double *a, const double *b, size_t d) {
    double sum = 0;
    for (size_t j = 0; j < d; j++)
        sum += a[j] * b[j];
    return sum;
}

static double cosine(const double *a, const double *b, size_t d) {
    return dot(a, b, d) / sqrt(dot(a, a, d) * dot(b, b, d));
}

static const double *view(const candidate *c, size_t image, size_t t) {
    return c->z + (image * c->views + t) * c->dim;
}

static bool dropped(const search_problem *p, const char *hypothesis) {
    return strcmp(p->hypothesis, hypothesis) == 0;
}

/* m of an image. */
static void mean_view(const candidate *c, size_t image, double *m) {
    memset(m, 0, c->dim * sizeof *m);
    for (size_t t = 0; t < c->views; t++)
        for (size_t j = 0; j < c->dim; j++)
            m[j] += view(c, image, t)[j] / (double)c->views;
}

/* mu_y. */
static void prototype(const candidate *c, size_t y, double *mu) {
    double m[SEARCH_MOST_DIM], size = 0;
    memset(mu, 0, c->dim * sizeof *mu);
    for (size_t i = 0; i < c->images; i++) {
        if (c->label[i] != y)
            continue;
        mean_view(c, i, m);
        size += (double)c->times[i];
        for (size_t j = 0; j < c->dim; j++)
            mu[j] += (double)c->times[i] * m[j];
    }
    for (size_t j = 0; j < c->dim; j++)
        mu[j] /= size;
}

static double mean_similarity(const candidate *c) {
    double sum = 0;
    for (size_t t = 0; t < c->views; t++)
        sum += cosine(view(c, 0, 0), view(c, 0, t), c->dim) / (double)c->views;
    return sum;
}

double search_attraction_gap(const search_problem *p, const candidate *c) {
    double m[SEARCH_MOST_DIM], similarity = mean_similarity(c);
    mean_view(c, 0, m);
    if (!(dot(m, m, c->dim) > SHORTEST * SHORTEST) || (!dropped(p, "sign") && similarity < 0))
        return INFINITY;
    return -similarity + cosine(view(c, 0, 0), m, c->dim);
}

/* Right side of the repulsion bound, and the log-sum-exp of l~, less its positive. */
static double log_mean_exp(const search_problem *p, const candidate *c) {
    double mean = 0, images = 0;
    for (size_t i = 0; i < c->images; i++)
        images += (double)c->times[i];
    for (size_t t = 0; t < c->views; t++) {
        double sum = 0;
        for (size_t i = 0; i < c->images; i++)
            sum += (double)c->times[i] *
                   exp(p->alpha * (cosine(view(c, 0, 0), view(c, i, t), c->dim) - 1));
        mean += (p->alpha + log(sum / images)) / (double)c->views;
    }
    return mean;
}

/* Left side, max over the other classes, and the least prototype norm; false: a prototype is 0. */
static bool left_side(const candidate *c, double *lhs, double *least) {
    double mu[SEARCH_MOST_DIM];
    *lhs = -INFINITY;
    *least = INFINITY;
    for (size_t y = 0; y < c->classes; y++) {
        prototype(c, y, mu);
        double norm = sqrt(dot(mu, mu, c->dim));
        if (!(norm > SHORTEST))
            return false;
        *least = fmin(*least, norm);
        if (y != c->label[0])
            *lhs = fmax(*lhs, cosine(view(c, 0, 0), mu, c->dim));
    }
    return true;
}

double search_repulsion_gap(const search_problem *p, const candidate *c) {
    double lhs, least;
    if (!left_side(c, &lhs, &least) || (!dropped(p, "common-norm") && lhs < 0))
        return INFINITY;
    double nu = dropped(p, "nu") ? 1 : least;
    return (log_mean_exp(p, c) + log((double)c->classes)) / (nu * p->alpha) - lhs;
}

/* The supervised loss against -E s + lambda (repulsion bound), without the bias term or with it. */
double search_chain_gap(const search_problem *p, const candidate *c) {
    double lhs, least, m[SEARCH_MOST_DIM], mu[SEARCH_MOST_DIM], distance = 0;
    double similarity = mean_similarity(c);
    bool common_norm = !dropped(p, "common-norm"), sign = !dropped(p, "sign");
    if (!left_side(c, &lhs, &least) || (common_norm && lhs < 0) || (sign && similarity < 0))
        return INFINITY;
    for (size_t i = c->images; i-- > 0;) { /* the anchor's last */
        mean_view(c, i, m);
        if (!(dot(m, m, c->dim) > SHORTEST * SHORTEST))
            return INFINITY;
    }
    prototype(c, c->label[0], mu);
    for (size_t j = 0; j < c->dim; j++)
        distance += (mu[j] - m[j]) * (mu[j] - m[j]);
    double length = sqrt(dot(m, m, c->dim)) + sqrt(dot(mu, mu, c->dim));
    double bias = dropped(p, "bias") ? 0 : 2 * sqrt(distance) / length;
    double nu = dropped(p, "nu") ? 1 : least;
    double rhs = (log_mean_exp(p, c) + log((double)c->classes)) / (nu * p->alpha);
    double supervised = -cosine(view(c, 0, 0), mu, c->dim) + p->lambda * lhs;
    return -similarity + p->lambda * rhs + bias - supervised;
}
