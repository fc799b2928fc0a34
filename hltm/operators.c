#include "hltm/operators.h"

#include <math.h>
#include <string.h>

#include "hltm/blas.h"
#include "math/eigen.h"

enum { BLOCK = 1024 };

double hltm_frobenius(const double *a, size_t n) {
    double s = 0;
    for (size_t i = 0; i < n; i++)
        s += a[i] * a[i];
    return sqrt(s);
}

double hltm_max_abs(const double *a, size_t n) {
    double s = 0;
    for (size_t i = 0; i < n; i++)
        s = fmax(s, fabs(a[i]));
    return s;
}

double hltm_max_difference(const double *a, const double *b, size_t n) {
    double s = 0;
    for (size_t i = 0; i < n; i++)
        s = fmax(s, fabs(a[i] - b[i]));
    return s;
}

void hltm_apply(const double *a, size_t n, const double *v, double *out) {
    for (size_t i = 0; i < n; i++) {
        double s = 0;
        for (size_t k = 0; k < n; k++)
            s += a[i * n + k] * v[k];
        out[i] = s;
    }
}

void hltm_moments_free(hltm_moments *m) {
    for (size_t l = 0; l < m->levels; l++) {
        if (m->k)
            pl_free(m->k[l]);
        if (m->bias)
            pl_free(m->bias[l]);
    }
    pl_free(m->k);
    pl_free(m->bias);
    pl_free(m->out);
    *m = (hltm_moments){0};
}

static pl_status allocate(pl_ctx *ctx, const hltm_net *net, size_t datapoints, hltm_moments *out) {
    pl_status status = PL_OK;
    hltm_moments m = {net->levels, datapoints, hltm_outputs(net), NULL, NULL, NULL};
    PL_NEW(ctx, m.out, datapoints * m.outputs);
    PL_NEW(ctx, m.k, net->levels);
    PL_NEW(ctx, m.bias, net->levels);
    for (size_t l = 0; l < net->levels; l++) {
        PL_NEW(ctx, m.k[l], datapoints * m.outputs * hltm_weights(&net->layer[l]));
        PL_NEW(ctx, m.bias[l], datapoints * m.outputs);
    }
    *out = m;
    return PL_OK;
done:
    hltm_moments_free(&m);
    return status;
}

/* M_z += sum_x P(x|z) inp(x) (x) J(x) of one node and a block of rows: one matrix product. */
static void add_node(const hltm_layer *y, const double *input, const double *jacobian, size_t node,
                     const double *chance, size_t rows, size_t d, double *packed, double *product,
                     double *k) {
    size_t width = hltm_width(y), columns = d * y->out;
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < d; c++)
            for (size_t o = 0; o < y->out; o++)
                packed[r * columns + c * y->out + o] =
                    chance[r] * jacobian[(r * d + c) * width + node * y->out + o];
    hltm_gemm(true, false, y->in, columns, rows, 1, input + node * y->in, (y->nodes * y->in),
              packed, columns, 0, product, columns);
    for (size_t c = 0; c < d; c++)
        for (size_t a = 0; a < y->in; a++)
            for (size_t o = 0; o < y->out; o++)
                k[c * hltm_weights(y) + (node * y->in + a) * y->out + o] +=
                    product[a * columns + c * y->out + o];
}

/* c-bar_l += sum_x P(x|z) J_l(x) b_l, which every level below inherits. */
static void add_bias(const hltm_layer *y, const double *jacobian, const double *chance, size_t rows,
                     size_t d, double *bias) {
    size_t width = hltm_width(y);
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < d; c++)
            bias[c] +=
                chance[r] * cblas_ddot((int)width, jacobian + (r * d + c) * width, 1, y->b, 1);
}

pl_status hltm_moments_new(pl_ctx *ctx, const hltm_net *net, const hltm_population *p,
                           hltm_head head, bool own_gate, hltm_moments *out) {
    pl_status status;
    hltm_moments m = {0};
    hltm_pass pass = {0};
    double **jacobian = NULL, *packed = NULL, *product = NULL;
    size_t d = hltm_outputs(net), n = p->configs, block = n < BLOCK ? n : BLOCK;
    size_t most_out = 0, most_in = 0;
    PL_TRY(allocate(ctx, net, p->datapoints, &m));
    PL_TRY(hltm_pass_new(ctx, net, block, &pass));
    PL_NEW(ctx, jacobian, net->levels);
    for (size_t l = 0; l < net->levels; l++) {
        const hltm_layer *y = &net->layer[l];
        most_out = y->out > most_out ? y->out : most_out;
        most_in = y->in > most_in ? y->in : most_in;
        PL_NEW(ctx, jacobian[l], block * d * hltm_width(y));
    }
    PL_NEW(ctx, packed, block * d * most_out);
    PL_NEW(ctx, product, most_in * d * most_out);
    for (size_t at = 0; at < n; at += block) {
        size_t rows = n - at < block ? n - at : block;
        hltm_forward(net, p->x + at * p->inputs, rows, &pass);
        PL_TRY(hltm_jacobian(ctx, net, &pass, head, own_gate, jacobian));
        for (size_t z = 0; z < p->datapoints; z++) {
            const double *chance = p->given + z * n + at;
            for (size_t r = 0; r < rows; r++)
                for (size_t c = 0; c < d; c++)
                    m.out[z * d + c] += chance[r] * pass.out[r * d + c];
            for (size_t l = 0; l < net->levels; l++) {
                const hltm_layer *y = &net->layer[l];
                const double *input = l + 1 == net->levels ? pass.x : pass.f[l + 1];
                for (size_t i = 0; i < y->nodes; i++)
                    add_node(y, input, jacobian[l], i, chance, rows, d, packed, product,
                             m.k[l] + z * d * hltm_weights(y));
                add_bias(y, jacobian[l], chance, rows, d, m.bias[l] + z * d);
            }
        }
    }
    for (size_t l = 1; l < net->levels; l++)
        for (size_t k = 0; k < p->datapoints * d; k++)
            m.bias[l][k] += m.bias[l - 1][k];
    *out = m;
    m = (hltm_moments){0};
done:
    hltm_moments_free(&m);
    hltm_pass_free(&pass);
    for (size_t l = 0; jacobian && l < net->levels; l++)
        pl_free(jacobian[l]);
    pl_free(jacobian);
    pl_free(packed);
    pl_free(product);
    return status;
}

/* Rows sqrt(p_z) (v_z - mean), in place. */
static void centre(const hltm_population *p, size_t n, double *v) {
    for (size_t i = 0; i < n; i++) {
        double mean = 0;
        for (size_t z = 0; z < p->datapoints; z++)
            mean += p->prior[z] * v[z * n + i];
        for (size_t z = 0; z < p->datapoints; z++)
            v[z * n + i] = sqrt(p->prior[z]) * (v[z * n + i] - mean);
    }
}

/* V_x of two classes is p0 p1 times the outer product of a difference, of one root factor less. */
static pl_status centred(pl_ctx *ctx, const hltm_population *p, const hltm_moments *m, size_t level,
                         size_t weights, double **out) {
    size_t n = m->outputs * weights;
    double *v = pl_alloc(ctx, p->datapoints * n, sizeof *v);
    if (!v)
        return PL_ENOMEM;
    memcpy(v, m->k[level], p->datapoints * n * sizeof *v);
    centre(p, n, v);
    *out = v;
    return PL_OK;
}

pl_status hltm_operator(pl_ctx *ctx, const hltm_population *p, const hltm_moments *left,
                        const hltm_moments *right, size_t level, size_t weights, double *op) {
    pl_status status;
    double *l = NULL, *r = NULL;
    int rows = (int)(p->datapoints * left->outputs), n = (int)weights;
    PL_TRY(centred(ctx, p, left, level, weights, &l));
    if (left != right) {
        PL_TRY(centred(ctx, p, right, level, weights, &r));
        hltm_gemm(true, false, n, n, rows, 1, l, n, r, n, 0, op, n);
    } else {
        hltm_gram(n, rows, l, n, 0, op);
        for (size_t i = 0; i < weights; i++)
            for (size_t k = 0; k < i; k++)
                op[i * weights + k] = op[k * weights + i];
    }
done:
    pl_free(l);
    pl_free(r);
    return status;
}

void hltm_bias_term(const hltm_population *p, const hltm_moments *left, const hltm_moments *right,
                    size_t level, size_t weights, double *out) {
    size_t d = left->outputs;
    memset(out, 0, weights * sizeof *out);
    for (size_t c = 0; c < d; c++) {
        double mean = 0;
        for (size_t z = 0; z < p->datapoints; z++)
            mean += p->prior[z] * right->bias[level][z * d + c];
        for (size_t z = 0; z < p->datapoints; z++) /* centring one factor is enough */
            cblas_daxpy((int)weights, p->prior[z] * (right->bias[level][z * d + c] - mean),
                        left->k[level] + (z * d + c) * weights, 1, out, 1);
    }
}

pl_status hltm_pair_operator(pl_ctx *ctx, const hltm_pair_weights *w, const double *k,
                             size_t outputs, size_t weights, double *op) {
    pl_status status = PL_OK;
    double *s = NULL, *sk = NULL;
    size_t n = w->n;
    int columns = (int)(outputs * weights);
    PL_NEW(ctx, s, n * n);
    PL_NEW(ctx, sk, n * outputs * weights);
    for (size_t i = 0; i < n; i++) {
        double row = 0;
        for (size_t j = 0; j < n; j++) {
            double b = w->negative[i * n + j] + w->negative[j * n + i] - w->positive[i * n + j] -
                       w->positive[j * n + i];
            s[i * n + j] = -b;
            row += b;
        }
        s[i * n + i] += row;
    }
    hltm_gemm(false, false, n, columns, n, 1, s, n, k, columns, 0, sk, columns);
    hltm_gemm(true, false, weights, weights, (n * outputs), 1, k, weights, sk, weights, 0, op,
              weights);
done:
    pl_free(s);
    pl_free(sk);
    return status;
}

pl_status hltm_marginal_operator(pl_ctx *ctx, const hltm_population *p, const double *k,
                                 size_t outputs, size_t weights, double *op) {
    pl_status status = PL_OK;
    double *mean = NULL, *c = NULL;
    size_t n = outputs * weights;
    PL_NEW(ctx, mean, n);
    PL_NEW(ctx, c, p->configs * n);
    for (size_t i = 0; i < p->configs; i++)
        for (size_t j = 0; j < n; j++)
            mean[j] += p->marginal[i] * k[i * n + j];
    for (size_t i = 0; i < p->configs; i++)
        for (size_t j = 0; j < n; j++)
            c[i * n + j] = sqrt(p->marginal[i]) * (k[i * n + j] - mean[j]);
    hltm_gemm(true, false, weights, weights, (p->configs * outputs), 1, c, weights, c, weights, 0,
              op, weights);
done:
    pl_free(mean);
    pl_free(c);
    return status;
}

pl_status hltm_eigen(pl_ctx *ctx, const double *a, size_t n, double *values, double *vectors) {
    pl_status status = PL_OK;
    double *copy = NULL, *e = NULL;
    PL_NEW(ctx, copy, n * n);
    PL_NEW(ctx, e, n);
    memcpy(copy, a, n * n * sizeof *copy);
    pl_mat m = {copy, n, n, n};
    PL_TRY(vectors ? pl_eigen_symmetric_vectors(ctx, m, e) : pl_eigen_symmetric(ctx, m, e));
    memcpy(values, e, n * sizeof *values);
    if (vectors)
        memcpy(vectors, copy, n * n * sizeof *vectors);
done:
    pl_free(copy);
    pl_free(e);
    return status;
}

pl_status hltm_node_norm(pl_ctx *ctx, const hltm_net *net, const hltm_population *p,
                         const hltm_moments *m, size_t level, size_t node, bool released,
                         double *out) {
    pl_status status;
    const hltm_layer *y = &net->layer[level];
    size_t d = m->outputs, weights = hltm_weights(y);
    size_t rows = y->in * (released ? d : y->out), columns = released ? y->out : d;
    double *v = NULL, *factor = NULL, *op = NULL;
    PL_TRY(centred(ctx, p, m, level, weights, &v));
    PL_NEW(ctx, factor, p->datapoints * columns * rows);
    PL_NEW(ctx, op, rows * rows);
    for (size_t z = 0; z < p->datapoints; z++)
        for (size_t r = 0; r < d; r++)
            for (size_t a = 0; a < y->in; a++)
                for (size_t c = 0; c < y->out; c++) {
                    double value = v[(z * d + r) * weights + (node * y->in + a) * y->out + c];
                    size_t row = released ? a * d + r : a * y->out + c, column = released ? c : r;
                    factor[(z * columns + column) * rows + row] = value;
                }
    hltm_gemm(true, false, rows, rows, (p->datapoints * columns), 1, factor, rows, factor, rows, 0,
              op, rows);
    *out = hltm_frobenius(op, rows * rows);
done:
    pl_free(v);
    pl_free(factor);
    pl_free(op);
    return status;
}
