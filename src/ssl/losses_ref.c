/* The textbook twins of losses.c: each loss as its formula in theory notes, sec. 2 reads, from
 * un-normalised rows, one cosine at a time. */

#include <math.h>
#include <string.h>

#include "ssl/losses.h"

typedef struct pair {
    pl_cmat x, y;
    double alpha, lambda, nu, t, p, sigma, w_align, w_uniform;
} pair;

static double dot(const double *a, const double *b, size_t d) {
    double sum = 0;
    for (size_t k = 0; k < d; k++)
        sum += a[k] * b[k];
    return sum;
}

/* s(a_i, b_j) = a_i.b_j / (|a_i| |b_j|) */
static double cosine(pl_cmat a, size_t i, pl_cmat b, size_t j) {
    const double *p = a.a + i * a.ld, *q = b.a + j * b.ld;
    return dot(p, q, a.cols) / (sqrt(dot(p, p, a.cols)) * sqrt(dot(q, q, a.cols)));
}

/* s(z_i, z_k), z = [x; y] */
static double within(const pair *q, size_t i, size_t k) {
    size_t n = q->x.rows;
    return cosine(i < n ? q->x : q->y, i % n, k < n ? q->x : q->y, k % n);
}

/* |a_i/|a_i| - b_j/|b_j||^2, component by component */
static double square_distance(pl_cmat a, size_t i, pl_cmat b, size_t j) {
    const double *p = a.a + i * a.ld, *q = b.a + j * b.ld;
    double np = sqrt(dot(p, p, a.cols)), nq = sqrt(dot(q, q, a.cols)), sum = 0;
    for (size_t k = 0; k < a.cols; k++)
        sum += pow(p[k] / np - q[k] / nq, 2);
    return sum;
}

/* 1/N sum_i -log( e^{alpha s+} / (sum_j e^{alpha s_ij})^power ) */
static double one_way(pl_cmat a, pl_cmat b, double alpha, double power) {
    double loss = 0;
    for (size_t i = 0; i < a.rows; i++) {
        double sum = 0;
        for (size_t j = 0; j < b.rows; j++)
            sum += exp(alpha * cosine(a, i, b, j));
        loss -= log(exp(alpha * cosine(a, i, b, i)) / pow(sum, power));
    }
    return loss / (double)a.rows;
}

/* The sum over the negatives of anchor z_i. */
static double negatives(const pair *q, size_t i) {
    size_t n = q->x.rows;
    double sum = 0;
    for (size_t k = 0; k < 2 * n; k++)
        if (k != i && k != (i + n) % (2 * n))
            sum += exp(q->alpha * within(q, i, k));
    return sum;
}

static double positive(const pair *q, size_t i) {
    return within(q, i, (i + q->x.rows) % (2 * q->x.rows));
}

static double infonce(const pair *q) {
    return one_way(q->x, q->y, q->alpha, 1);
}

static double infonce_sym(const pair *q) {
    return (one_way(q->x, q->y, q->alpha, 1) + one_way(q->y, q->x, q->alpha, 1)) / 2;
}

static double gntxent(const pair *q) {
    double loss = 0;
    for (size_t i = 0; i < 2 * q->x.rows; i++) {
        double own = exp(q->alpha * positive(q, i));
        loss -= log(own / pow(own + negatives(q, i), q->lambda));
    }
    return loss / (2 * (double)q->x.rows);
}

static double ntxent(const pair *q) {
    pair one = *q;
    one.lambda = 1;
    return gntxent(&one);
}

static double gntxent_g2(const pair *q) {
    double loss = 0;
    for (size_t i = 0; i < 2 * q->x.rows; i++) {
        double own = exp(q->alpha * positive(q, i));
        loss -= log(own / (own + q->lambda * negatives(q, i)));
    }
    return loss / (2 * (double)q->x.rows);
}

static double gntxent_g3(const pair *q) {
    double loss = 0;
    for (size_t i = 0; i < 2 * q->x.rows; i++)
        loss -= log(exp(q->alpha * positive(q, i)) / pow(negatives(q, i), q->lambda));
    return loss / (2 * (double)q->x.rows);
}

static double bcl(const pair *q) {
    return one_way(q->x, q->y, q->alpha, q->lambda) / q->alpha;
}

static double bcl_sym(const pair *q) {
    return (one_way(q->x, q->y, q->alpha, q->lambda) + one_way(q->y, q->x, q->alpha, q->lambda)) /
           (2 * q->alpha);
}

static double dcl(const pair *q) {
    pair one = *q;
    one.lambda = 1;
    return gntxent_g3(&one);
}

static double dcl_cross(const pair *q) {
    double loss = 0;
    for (size_t i = 0; i < q->x.rows; i++) {
        double sum = 0;
        for (size_t j = 0; j < q->x.rows; j++)
            if (j != i)
                sum += exp(q->alpha * cosine(q->x, i, q->y, j));
        loss -= log(exp(q->alpha * cosine(q->x, i, q->y, i)) / sum);
    }
    return loss / (double)q->x.rows;
}

static double dclw(const pair *q) {
    size_t n = q->x.rows;
    double mean = 0, loss = 0;
    for (size_t j = 0; j < n; j++)
        mean += exp(cosine(q->x, j, q->y, j) / q->sigma) / (double)n;
    for (size_t i = 0; i < 2 * n; i++) {
        double weight = 2 - exp(positive(q, i) / q->sigma) / mean;
        loss += -weight * q->alpha * positive(q, i) + log(negatives(q, i));
    }
    return loss / (2 * (double)n);
}

static double align_power(const pair *q, double p) {
    double loss = 0;
    for (size_t i = 0; i < q->x.rows; i++)
        loss += pow(sqrt(square_distance(q->x, i, q->y, i)), p);
    return loss / (double)q->x.rows;
}

static double align(const pair *q) {
    return align_power(q, q->p);
}

/* log( 2/(N(N-1)) sum_{i<j} e^{-t |a_i - a_j|^2} ) */
static double unif_of(pl_cmat a, double t) {
    double sum = 0, n = (double)a.rows;
    for (size_t i = 0; i < a.rows; i++)
        for (size_t j = i + 1; j < a.rows; j++)
            sum += exp(-t * square_distance(a, i, a, j));
    return log(2 / (n * (n - 1)) * sum);
}

static double unif(const pair *q) {
    return (unif_of(q->x, q->t) + unif_of(q->y, q->t)) / 2;
}

static double unifv(const pair *q) {
    double sum = 0, n = (double)q->x.rows;
    for (size_t i = 0; i < q->x.rows; i++)
        for (size_t j = 0; j < q->x.rows; j++)
            sum += exp(-q->t * square_distance(q->x, i, q->x, j));
    return log(sum / (n * n));
}

static double align_uniform(const pair *q) {
    return q->w_align * align_power(q, 2) + q->w_uniform * unif(q);
}

static double lee_total(const pair *q) {
    return one_way(q->x, q->y, q->alpha, q->lambda / q->nu) / q->alpha;
}

static double moco_align(const pair *q) {
    double mean = 0;
    for (size_t i = 0; i < q->x.rows; i++)
        mean += cosine(q->x, i, q->y, i) / (double)q->x.rows;
    return 2 - 2 * mean;
}

static double moco_unif(const pair *q) {
    double sum = 0, count = 0;
    for (size_t i = 0; i < q->x.rows; i++) {
        for (size_t j = 0; j < q->y.rows; j++, count++)
            sum += exp(-q->t * square_distance(q->x, i, q->y, j));
        for (size_t j = i + 1; j < q->x.rows; j++, count++)
            sum += exp(-q->t * square_distance(q->x, i, q->x, j));
    }
    return log(sum / count);
}

static const struct {
    const char *name;
    double (*value)(const pair *q);
} twins[] = {{"infonce", infonce},
             {"infonce_sym", infonce_sym},
             {"ntxent", ntxent},
             {"gntxent", gntxent},
             {"gntxent_g2", gntxent_g2},
             {"gntxent_g3", gntxent_g3},
             {"bcl", bcl},
             {"bcl_sym", bcl_sym},
             {"dcl", dcl},
             {"dcl_cross", dcl_cross},
             {"dclw", dclw},
             {"align", align},
             {"unif", unif},
             {"unifv", unifv},
             {"lee_total", lee_total},
             {"align_uniform", align_uniform},
             {"moco_align", moco_align},
             {"moco_unif", moco_unif}};

double pl_loss_ref(const pl_loss *loss, const pl_loss_params *p, pl_cmat x, pl_cmat y) {
    const pair q = {x,    y,    p->alpha, p->lambda,  p->nu,
                    p->t, p->p, p->sigma, p->w_align, p->w_uniform};
    for (size_t i = 0; i < sizeof twins / sizeof *twins; i++)
        if (strcmp(twins[i].name, loss->name) == 0)
            return twins[i].value(&q);
    return NAN;
}
