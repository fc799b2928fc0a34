#include "hltm/net.h"

#include <math.h>
#include <string.h>

#include "hltm/blas.h"

static const double EPSILON = 1e-4; /* of the released code's normalisation */

static pl_status allocate(pl_ctx *ctx, size_t levels, const hltm_layer *shapes, hltm_net *out) {
    pl_status status = PL_OK;
    hltm_net net = {.levels = levels, .epsilon = EPSILON};
    for (size_t l = 0; l < levels; l++)
        net.count += hltm_weights(&shapes[l]) + hltm_width(&shapes[l]);
    PL_NEW(ctx, net.layer, levels);
    PL_NEW(ctx, net.parameters, net.count);
    double *at = net.parameters;
    for (size_t l = 0; l < levels; l++) {
        net.layer[l] = shapes[l];
        net.layer[l].w = at;
        net.layer[l].b = at + hltm_weights(&shapes[l]);
        at = net.layer[l].b + hltm_width(&shapes[l]);
    }
    *out = net;
    return PL_OK;
done:
    hltm_net_free(&net);
    return status;
}

pl_status hltm_net_tree(pl_ctx *ctx, size_t depth, size_t hidden, hltm_net *out) {
    hltm_layer shapes[HLTM_MAX_DEPTH];
    if (hidden < 1 || hidden > 4096)
        return pl_fail(ctx, PL_EDOMAIN, "%zu hidden units a latent: expected 1 to 4096", hidden);
    if (depth < 1 || depth > HLTM_MAX_DEPTH)
        return pl_fail(ctx, PL_EDOMAIN, "a tree net of depth %zu: expected 1 to %d", depth,
                       HLTM_MAX_DEPTH);
    for (size_t l = 0; l < depth; l++)
        shapes[l] = (hltm_layer){
            .nodes = (size_t)1 << l, .in = l + 1 == depth ? 2 : 2 * hidden, .out = hidden};
    return allocate(ctx, depth, shapes, out);
}

pl_status hltm_net_dense(pl_ctx *ctx, const size_t *widths, size_t count, hltm_net *out) {
    hltm_layer shapes[HLTM_MAX_DEPTH];
    if (count < 2 || count > HLTM_MAX_DEPTH)
        return pl_fail(ctx, PL_ESHAPE, "%zu widths: a dense net needs 2 to %d", count,
                       HLTM_MAX_DEPTH);
    for (size_t l = 0; l + 1 < count; l++) {
        shapes[l] =
            (hltm_layer){.nodes = 1, .in = widths[count - 2 - l], .out = widths[count - 1 - l]};
        if (shapes[l].in == 0 || shapes[l].out == 0)
            return pl_fail(ctx, PL_ESHAPE, "a dense net has a layer without units");
    }
    return allocate(ctx, count - 1, shapes, out);
}

pl_status hltm_net_like(pl_ctx *ctx, const hltm_net *net, hltm_net *out) {
    pl_status status = allocate(ctx, net->levels, net->layer, out);
    if (status == PL_OK) {
        out->bias = net->bias;
        out->slope = net->slope;
        out->norm = net->norm;
    }
    return status;
}

void hltm_net_free(hltm_net *net) {
    pl_free(net->layer);
    pl_free(net->parameters);
    *net = (hltm_net){0};
}

void hltm_net_draw(hltm_net *net, hltm_draws *draws, double scale) {
    for (size_t l = net->levels; l-- > 0;) {
        hltm_layer *y = &net->layer[l];
        double root = sqrt((double)y->in);
        for (size_t i = 0; i < y->nodes; i++) {
            for (size_t k = 0; k < y->in * y->out; k++)
                y->w[i * y->in * y->out + k] = (2 * hltm_next(draws) - 1) * scale / root;
            for (size_t c = 0; net->bias && c < y->out; c++)
                y->b[i * y->out + c] = (2 * hltm_next(draws) - 1) * scale / root;
        }
    }
}

size_t hltm_inputs(const hltm_net *net) {
    const hltm_layer *lowest = &net->layer[net->levels - 1];
    return lowest->nodes * lowest->in;
}

void hltm_vec(const hltm_layer *l, double *out) {
    for (size_t i = 0; i < l->nodes; i++)
        for (size_t c = 0; c < l->out; c++)
            for (size_t a = 0; a < l->in; a++)
                out[(i * l->in + a) * l->out + c] = l->w[(i * l->out + c) * l->in + a];
}

pl_status hltm_pass_new(pl_ctx *ctx, const hltm_net *net, size_t rows, hltm_pass *out) {
    pl_status status = PL_OK;
    hltm_pass p = {.rows = rows, .levels = net->levels};
    size_t widest = 0;
    PL_NEW(ctx, p.h, net->levels);
    PL_NEW(ctx, p.f, net->levels);
    for (size_t l = 0; l < net->levels; l++) {
        size_t width = hltm_width(&net->layer[l]);
        widest = width > widest ? width : widest;
        PL_NEW(ctx, p.h[l], rows * width);
        PL_NEW(ctx, p.f[l], rows * width);
    }
    PL_NEW(ctx, p.out, rows * hltm_outputs(net));
    PL_NEW(ctx, p.delta[0], rows * widest);
    PL_NEW(ctx, p.delta[1], rows * widest);
    *out = p;
    return PL_OK;
done:
    hltm_pass_free(&p);
    return status;
}

void hltm_pass_free(hltm_pass *p) {
    for (size_t l = 0; l < p->levels; l++) {
        if (p->h)
            pl_free(p->h[l]);
        if (p->f)
            pl_free(p->f[l]);
    }
    pl_free(p->h);
    pl_free(p->f);
    pl_free(p->out);
    pl_free(p->delta[0]);
    pl_free(p->delta[1]);
    *p = (hltm_pass){0};
}

static const double *inputs(const hltm_pass *p, size_t level) {
    return level + 1 == p->levels ? p->x : p->f[level + 1];
}

static double norm2(const double *v, size_t n) {
    double s = 0;
    for (size_t i = 0; i < n; i++)
        s += v[i] * v[i];
    return sqrt(s);
}

void hltm_forward(const hltm_net *net, const double *x, size_t rows, hltm_pass *p) {
    p->x = x;
    p->rows = rows;
    for (size_t l = net->levels; l-- > 0;) {
        const hltm_layer *y = &net->layer[l];
        size_t width = hltm_width(y), below = y->nodes * y->in;
        for (size_t r = 0; r < rows; r++)
            memcpy(p->h[l] + r * width, y->b, width * sizeof(double));
        for (size_t i = 0; i < y->nodes; i++)
            hltm_gemm(false, true, rows, y->out, y->in, 1, inputs(p, l) + i * y->in, below,
                      y->w + i * y->in * y->out, y->in, 1, p->h[l] + i * y->out, width);
        for (size_t k = 0; k < rows * width; k++)
            p->f[l][k] = l == 0 || p->h[l][k] > 0 ? p->h[l][k] : net->slope * p->h[l][k];
    }
    size_t d = hltm_outputs(net);
    for (size_t r = 0; r < rows; r++) {
        const double *raw = p->h[0] + r * d;
        double scale = net->norm == HLTM_NORM_NONE ? 1 : 1 / (norm2(raw, d) + net->epsilon);
        for (size_t c = 0; c < d; c++)
            p->out[r * d + c] = raw[c] * scale;
    }
}

/* N v, N = I/(|f| + eps) - f f^T/(|f| (|f| + eps)^2) = d normalised / d raw; symmetric. */
static void through_norm(const hltm_net *net, const double *raw, const double *v, size_t d,
                         double *out) {
    double size = norm2(raw, d), s = size + net->epsilon, along = 0;
    for (size_t c = 0; c < d; c++)
        along += raw[c] * v[c];
    double back = size > 0 && net->norm == HLTM_NORM_L2 ? along / (size * s * s) : 0;
    for (size_t c = 0; c < d; c++)
        out[c] = v[c] / s - back * raw[c];
}

static void gate(const hltm_net *net, const double *h, size_t n, double *v) {
    for (size_t k = 0; k < n; k++)
        if (!(h[k] > 0))
            v[k] *= net->slope;
}

void hltm_backward(const hltm_net *net, hltm_pass *p, const double *gradient, hltm_net *grad) {
    size_t rows = p->rows, d = hltm_outputs(net);
    double *delta = p->delta[0], *next = p->delta[1];
    for (size_t r = 0; r < rows; r++)
        if (net->norm == HLTM_NORM_NONE)
            memcpy(delta + r * d, gradient + r * d, d * sizeof(double));
        else
            through_norm(net, p->h[0] + r * d, gradient + r * d, d, delta + r * d);
    for (size_t l = 0; l < net->levels; l++) {
        const hltm_layer *y = &net->layer[l];
        size_t width = hltm_width(y), below = y->nodes * y->in;
        for (size_t i = 0; i < y->nodes; i++) {
            hltm_gemm(true, false, y->out, y->in, rows, 1, delta + i * y->out, width,
                      inputs(p, l) + i * y->in, below, 1, grad->layer[l].w + i * y->in * y->out,
                      y->in);
            if (l + 1 < net->levels)
                hltm_gemm(false, false, rows, y->in, y->out, 1, delta + i * y->out, width,
                          y->w + i * y->in * y->out, y->in, 0, next + i * y->in, below);
        }
        for (size_t r = 0; net->bias && r < rows; r++)
            for (size_t c = 0; c < width; c++)
                grad->layer[l].b[c] += delta[r * width + c];
        if (l + 1 < net->levels) {
            gate(net, p->h[l + 1], rows * below, next);
            double *t = delta;
            delta = next;
            next = t;
        }
    }
}

/* J_0: the identity, or what the normalisation makes of it. */
static void top_jacobian(const hltm_net *net, const hltm_pass *p, hltm_head head, double *j) {
    size_t d = hltm_outputs(net);
    memset(j, 0, p->rows * d * d * sizeof *j);
    for (size_t r = 0; r < p->rows; r++) {
        const double *raw = p->h[0] + r * d;
        double scale = head == HLTM_HEAD_RAW || net->norm == HLTM_NORM_NONE
                           ? 1
                           : 1 / (norm2(raw, d) + net->epsilon);
        for (size_t c = 0; c < d; c++) {
            double *row = j + (r * d + c) * d;
            row[c] = scale;
            if (head == HLTM_HEAD_BACKWARD && net->norm == HLTM_NORM_L2) {
                double size = norm2(raw, d), s = size + net->epsilon;
                for (size_t k = 0; size > 0 && k < d; k++)
                    row[k] -= raw[c] * raw[k] / (size * s * s);
            }
        }
    }
}

static void gate_jacobian(const hltm_net *net, const hltm_pass *p, size_t level, double *j) {
    size_t width = hltm_width(&net->layer[level]), d = hltm_outputs(net);
    for (size_t r = 0; level > 0 && r < p->rows; r++)
        for (size_t c = 0; c < d; c++)
            gate(net, p->h[level] + r * width, width, j + (r * d + c) * width);
}

pl_status hltm_jacobian(pl_ctx *ctx, const hltm_net *net, const hltm_pass *p, hltm_head head,
                        bool own_gate, double *const *jacobian) {
    pl_status status = PL_OK;
    double *open = NULL; /* J with respect to the post-activation, kept only for the control */
    size_t d = hltm_outputs(net);
    top_jacobian(net, p, head, jacobian[0]);
    for (size_t l = 0; l + 1 < net->levels; l++) {
        const hltm_layer *y = &net->layer[l];
        size_t width = hltm_width(y), below = y->nodes * y->in, size = p->rows * d * width;
        if (!own_gate) {
            PL_NEW(ctx, open, size);
            memcpy(open, jacobian[l], size * sizeof *open);
        }
        gate_jacobian(net, p, l, jacobian[l]);
        for (size_t i = 0; i < y->nodes; i++)
            hltm_gemm(false, false, (p->rows * d), y->in, y->out, 1, jacobian[l] + i * y->out,
                      width, y->w + i * y->in * y->out, y->in, 0, jacobian[l + 1] + i * y->in,
                      below);
        if (!own_gate) {
            memcpy(jacobian[l], open, size * sizeof *open);
            pl_free(open);
            open = NULL;
        }
    }
    if (own_gate)
        gate_jacobian(net, p, net->levels - 1, jacobian[net->levels - 1]);
done:
    pl_free(open);
    return status;
}

void hltm_connection(const hltm_net *net, const hltm_pass *p, size_t level, const double *jacobian,
                     double *k) {
    const hltm_layer *y = &net->layer[level];
    size_t d = hltm_outputs(net), width = hltm_width(y), weights = hltm_weights(y);
    for (size_t r = 0; r < p->rows; r++)
        for (size_t c = 0; c < d; c++) {
            double *row = k + (r * d + c) * weights;
            const double *j = jacobian + (r * d + c) * width;
            const double *f = inputs(p, level) + r * y->nodes * y->in;
            for (size_t i = 0; i < y->nodes; i++)
                for (size_t a = 0; a < y->in; a++)
                    for (size_t o = 0; o < y->out; o++)
                        row[(i * y->in + a) * y->out + o] = f[i * y->in + a] * j[i * y->out + o];
        }
}
