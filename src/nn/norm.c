/* BatchNorm with what follows it: y = relu(gamma (x - mean) / sqrt(var + eps) + beta (+ residual)),
 * then perhaps a 2 x 2 maximum. Forward reads x twice (moments, affine map), backward reads it
 * twice again; the residual's gradient and the sum over two consumers ride along. Work is cut by
 * channel block and by a fixed number of image ranges, so the bits do not depend on the threads.
 * Where other ranks hold parts of the batch, each block's sums are added over them in between. */
#include "nn/graph.h"
#include "nn/norm_kernel.h"

#include <math.h>
#include <string.h>

enum { RANGES = 16 };
static const double epsilon = 1e-5, momentum = 0.1; /* PyTorch's defaults */

typedef struct norm {
    nn_op op;
    bool pool;
    size_t gamma, beta;                        /* parameters */
    size_t running_mean, running_var, batches; /* buffers */
    size_t channels, blocks;
    nn_buffer affine, mean, inverse, sums; /* per block; sums per block and range */
    nn_buffer whole;                       /* per block: sums over all ranks */
} norm;

typedef double moments[2][NN_BLOCK];

static nn_layout layout_of(const pl_net *net, const nn_value *v, size_t block) {
    bool blocked = !v->plain && net->trunk == dnnl_nChw16c;
    size_t left = v->c - block * NN_BLOCK;
    return (nn_layout){.images = net->spec.batch,
                       .width = v->w,
                       .height = v->h,
                       .image_stride = v->c * v->h * v->w,
                       .pixel_stride = blocked ? NN_BLOCK : v->c,
                       .lanes = left < NN_BLOCK ? left : NN_BLOCK,
                       .bf16 = v->bf16};
}

/* A tensor's pointer moved to the first element of a block. */
static void *block_of(const pl_net *net, const nn_value *v, void *data, size_t block) {
    bool blocked = !v->plain && net->trunk == dnnl_nChw16c;
    size_t elements = block * NN_BLOCK * (blocked ? v->h * v->w : 1);
    return (unsigned char *)data + elements * (v->bf16 ? 2 : 4);
}

static void range_of(const pl_net *net, size_t range, size_t *first, size_t *last) {
    *first = net->spec.batch * range / RANGES;
    *last = net->spec.batch * (range + 1) / RANGES;
}

static pl_status plan(pl_ctx *ctx, pl_net *net, nn_op *op) {
    pl_status status = PL_OK;
    norm *m = (norm *)op;
    int forward = nn_forward_step(op), backward = nn_backward_step(net, op);
    size_t padded = m->blocks * NN_BLOCK;
    PL_TRY(nn_need(ctx, net, m->blocks * sizeof(nn_affine), forward, backward, &m->affine));
    PL_TRY(nn_need(ctx, net, padded * sizeof(float), forward, backward, &m->mean));
    PL_TRY(nn_need(ctx, net, padded * sizeof(double), forward, backward, &m->inverse));
    PL_TRY(nn_need(ctx, net, m->blocks * RANGES * sizeof(moments), forward, backward, &m->sums));
    PL_TRY(nn_need(ctx, net, m->blocks * sizeof(moments), forward, backward, &m->whole));
done:
    return status;
}

/* The ranges' sums of one block, added in order. */
static void total(const moments *sums, moments out) {
    memset(out, 0, sizeof(moments));
    for (size_t r = 0; r < RANGES; r++)
        for (int k = 0; k < 2; k++)
            for (int i = 0; i < NN_BLOCK; i++)
                out[k][i] += sums[r][k][i];
}

/* Origin of the moments: each channel's first element, so that no digits cancel. */
static void origin_of(const nn_layout *l, const void *x, float origin[NN_BLOCK]) {
    memset(origin, 0, NN_BLOCK * sizeof *origin);
    for (size_t i = 0; i < l->lanes; i++)
        if (l->bf16) {
            uint32_t bits = (uint32_t)((const uint16_t *)x)[i] << 16;
            memcpy(&origin[i], &bits, sizeof bits);
        } else
            origin[i] = ((const float *)x)[i];
}

static bool shared(const pl_net *net) {
    return net->peers.ranks > 1;
}

/* Values of a channel, on all ranks. */
static double values(const pl_net *net, const nn_layout *l) {
    return (double)(l->images * l->height * l->width) *
           (shared(net) ? (double)net->peers.ranks : 1);
}

static void sum_over_ranks(const pl_net *net, const norm *m) {
    net->peers.sum(net->peers.data, nn_at(net, m->whole), m->blocks * 2 * NN_BLOCK);
}

/* Each rank has an origin of its own: sums about one that all know, the running mean, add up.
 * With d = origin - running: sum (x - running) = s + n d, sum (x - running)^2 = q + d (2 s + n d).
 */
static void recentre(const pl_net *net, const norm *m, size_t block, const nn_layout *l,
                     const float *origin, moments sum) {
    const float *running = net->state[m->running_mean].value + block * NN_BLOCK;
    double n = (double)(l->images * l->height * l->width);
    for (size_t i = 0; i < l->lanes; i++) {
        double d = (double)origin[i] - (double)running[i], s = sum[0][i];
        sum[0][i] = s + n * d;
        sum[1][i] += d * (2 * s + n * d);
    }
}

/* Mean, 1 / sqrt(var + eps) and the affine map of one block; running moments when training, from
 * sums about the origin. */
static void settle(pl_net *net, norm *m, size_t block, const nn_layout *l, const float *origin,
                   const double (*sum)[NN_BLOCK], bool train) {
    const float *gamma = net->parameters[m->gamma].value, *beta = net->parameters[m->beta].value;
    float *running_mean = net->state[m->running_mean].value;
    float *running_var = net->state[m->running_var].value;
    float *mean = nn_at(net, m->mean);
    double *inverse = nn_at(net, m->inverse);
    nn_affine *a = (nn_affine *)nn_at(net, m->affine) + block;
    double count = values(net, l);
    for (size_t i = 0; i < l->lanes; i++) {
        size_t c = block * NN_BLOCK + i;
        double mu = (double)running_mean[c], var = (double)running_var[c];
        if (train) {
            double shift = sum[0][i] / count;
            mu = (double)origin[i] + shift;
            var = fmax(sum[1][i] / count - shift * shift, 0);
            if (isnan(sum[1][i]))
                var = NAN; /* fmax would hide it */
            running_mean[c] = (float)((1 - momentum) * (double)running_mean[c] + momentum * mu);
            running_var[c] = (float)((1 - momentum) * (double)running_var[c] +
                                     momentum * var * count / (count - 1));
        }
        mean[c] = (float)mu;
        inverse[c] = 1 / sqrt(var + epsilon);
        a->scale[i] = (float)((double)gamma[c] * inverse[c]);
        a->shift[i] = (float)((double)beta[c] - mu * (double)gamma[c] * inverse[c]);
    }
}

static pl_status forward(pl_ctx *ctx, pl_net *net, nn_op *op, bool train) {
    (void)ctx;
    norm *m = (norm *)op;
    const nn_value *in = &net->values[op->in], *out = &net->values[op->out];
    void *x = nn_data(net, op->in), *y = nn_data(net, op->out);
    void *r = op->residual == NN_NONE ? NULL : nn_data(net, op->residual);
    moments *sums = nn_at(net, m->sums), *whole = nn_at(net, m->whole);
    nn_affine *affine = nn_at(net, m->affine);
    size_t tasks = m->blocks * RANGES;
    bool together = train && shared(net);
    if (train)
        ++*net->state[m->batches].batches;
#pragma omp parallel num_threads(net->threads)
    {
        if (train) {
#pragma omp for schedule(static)
            for (size_t t = 0; t < tasks; t++) {
                size_t block = t / RANGES, first, last;
                nn_layout l = layout_of(net, in, block);
                const void *xb = block_of(net, in, x, block);
                float origin[NN_BLOCK];
                origin_of(&l, xb, origin);
                range_of(net, t % RANGES, &first, &last);
                memset(sums[t], 0, sizeof sums[t]);
                nn_norm_moments(&l, xb, first, last, origin, sums[t]);
            }
        }
        if (together) {
#pragma omp for schedule(static)
            for (size_t block = 0; block < m->blocks; block++) {
                nn_layout l = layout_of(net, in, block);
                float origin[NN_BLOCK];
                origin_of(&l, block_of(net, in, x, block), origin);
                total((const moments *)sums + block * RANGES, whole[block]);
                recentre(net, m, block, &l, origin, whole[block]);
            }
#pragma omp master
            sum_over_ranks(net, m);
#pragma omp barrier
        }
#pragma omp for schedule(static)
        for (size_t block = 0; block < m->blocks; block++) {
            nn_layout l = layout_of(net, in, block);
            float origin[NN_BLOCK];
            origin_of(&l, block_of(net, in, x, block), origin);
            if (together)
                memcpy(origin, net->state[m->running_mean].value + block * NN_BLOCK,
                       l.lanes * sizeof *origin);
            else if (train)
                total((const moments *)sums + block * RANGES, whole[block]);
            settle(net, m, block, &l, origin, (const double(*)[NN_BLOCK])whole[block], train);
        }
#pragma omp for schedule(static)
        for (size_t k = 0; k < tasks; k++) { /* backwards: the end of x is still in cache */
            size_t t = tasks - 1 - k, block = t / RANGES, first, last;
            nn_layout l = layout_of(net, in, block), pooled = layout_of(net, out, block);
            const void *xb = block_of(net, in, x, block);
            void *yb = block_of(net, out, y, block);
            range_of(net, t % RANGES, &first, &last);
            if (m->pool)
                nn_norm_apply_pool(&l, &pooled, xb, yb, first, last, &affine[block]);
            else
                nn_norm_apply(&l, xb, r ? block_of(net, in, r, block) : NULL, yb, first, last,
                              &affine[block], op->relu);
        }
    }
    return PL_OK;
}

/* dx = c0 g + c1 x + c2 of one block: with N values a channel and x^ = (x - mean) inverse,
 * dx = gamma inverse (g - sum g / N - x^ sum(g x^) / N), sums and N over all ranks. And, to leave,
 * d gamma = sum(g x^), d beta = sum g over this one's images. */
static void differentiate(pl_net *net, const norm *m, size_t block, const nn_layout *l,
                          const moments *sums, bool leave, float c[3][NN_BLOCK]) {
    const float *gamma = net->parameters[m->gamma].value;
    const float *mean = nn_at(net, m->mean);
    const double *inverse = nn_at(net, m->inverse);
    double count = values(net, l);
    moments own;
    total(sums, own);
    const double(*sum)[NN_BLOCK] = shared(net) ? ((const moments *)nn_at(net, m->whole))[block]
                                               : (const double(*)[NN_BLOCK])own;
    memset(c, 0, 3 * sizeof *c);
    for (size_t i = 0; i < l->lanes; i++) {
        size_t k = block * NN_BLOCK + i;
        double g = sum[0][i], gx = sum[1][i] * inverse[k]; /* sum g, sum g x^ */
        double c0 = (double)gamma[k] * inverse[k], c1 = -c0 * inverse[k] * gx / count;
        if (leave) {
            net->parameters[m->gamma].gradient[k] = (float)(own[1][i] * inverse[k]);
            net->parameters[m->beta].gradient[k] = (float)own[0][i];
        }
        c[0][i] = (float)c0;
        c[1][i] = (float)c1;
        c[2][i] = (float)(-c0 * g / count - c1 * (double)mean[k]);
    }
}

static nn_norm_back pointers(pl_net *net, const norm *m, size_t block) {
    const nn_op *op = &m->op;
    const nn_value *in = &net->values[op->in], *out = &net->values[op->out];
    bool residual = op->residual != NN_NONE;
    void *dy = nn_gradient(net, op->out, 0);
    nn_norm_back b = {.x = block_of(net, in, nn_data(net, op->in), block),
                      .dy = block_of(net, out, dy, block),
                      .dx = block_of(net, in, nn_gradient(net, op->in, op->slot), block),
                      .relu = op->relu};
    if (out->consumers == 2)
        b.dy2 = block_of(net, out, nn_gradient(net, op->out, 1), block);
    if (residual) {
        b.y = block_of(net, out, nn_data(net, op->out), block);
        b.g = block_of(net, in, nn_gradient(net, op->residual, op->slot_residual), block);
    }
    return b;
}

static pl_status backward(pl_ctx *ctx, pl_net *net, nn_op *op) {
    (void)ctx;
    norm *m = (norm *)op;
    const nn_value *in = &net->values[op->in], *out = &net->values[op->out];
    moments *sums = nn_at(net, m->sums), *whole = nn_at(net, m->whole);
    const nn_affine *affine = nn_at(net, m->affine);
    const float *mean = nn_at(net, m->mean);
    size_t tasks = m->blocks * RANGES;
#pragma omp parallel num_threads(net->threads)
    {
#pragma omp for schedule(static)
        for (size_t t = 0; t < tasks; t++) {
            size_t block = t / RANGES, first, last;
            nn_layout l = layout_of(net, in, block), pooled = layout_of(net, out, block);
            nn_norm_back b = pointers(net, m, block);
            range_of(net, t % RANGES, &first, &last);
            memset(sums[t], 0, sizeof sums[t]);
            if (m->pool)
                nn_norm_back_moments_pool(&l, &pooled, &b, first, last, &affine[block],
                                          mean + block * NN_BLOCK, sums[t]);
            else
                nn_norm_back_moments(&l, &b, first, last, &affine[block], mean + block * NN_BLOCK,
                                     sums[t]);
        }
        if (shared(net)) {
#pragma omp for schedule(static)
            for (size_t block = 0; block < m->blocks; block++)
                total((const moments *)sums + block * RANGES, whole[block]);
#pragma omp master
            sum_over_ranks(net, m);
#pragma omp barrier
        }
#pragma omp for schedule(static)
        for (size_t k = 0; k < tasks; k++) {
            size_t t = tasks - 1 - k, block = t / RANGES, first, last;
            nn_layout l = layout_of(net, in, block), pooled = layout_of(net, out, block);
            nn_norm_back b = pointers(net, m, block);
            float c[3][NN_BLOCK]; /* each range works its block's out anew: no barrier between */
            differentiate(net, m, block, &l, (const moments *)sums + block * RANGES,
                          t % RANGES == 0, c);
            range_of(net, t % RANGES, &first, &last);
            if (m->pool)
                nn_norm_back_apply_pool(&l, &pooled, &b, first, last, &affine[block],
                                        (const float(*)[NN_BLOCK])c);
            else
                nn_norm_back_apply(&l, &b, first, last, &affine[block],
                                   (const float(*)[NN_BLOCK])c);
        }
    }
    return PL_OK;
}

static const nn_kind plain = {.plan = plan,
                              .forward = forward,
                              .backward = backward,
                              .keeps_input = true,
                              .adds_gradients = true};
static const nn_kind with_residual = {.plan = plan,
                                      .forward = forward,
                                      .backward = backward,
                                      .keeps_input = true,
                                      .keeps_output = true,
                                      .adds_gradients = true};

static pl_status parameters(pl_ctx *ctx, pl_net *net, const char *name, norm *m) {
    pl_status status = PL_OK;
    const size_t *c = &m->channels;
    PL_TRY(nn_add_parameter(ctx, net, name, "weight", 1, c, false, (nn_initial){NN_ONE, 0},
                            &m->gamma));
    PL_TRY(
        nn_add_parameter(ctx, net, name, "bias", 1, c, false, (nn_initial){NN_ZERO, 0}, &m->beta));
    PL_TRY(nn_add_state(ctx, net, name, "running_mean", 1, c, &m->running_mean));
    PL_TRY(nn_add_state(ctx, net, name, "running_var", 1, c, &m->running_var));
    PL_TRY(nn_add_state(ctx, net, name, "num_batches_tracked", 0, NULL, &m->batches));
done:
    return status;
}

pl_status nn_norm(pl_ctx *ctx, pl_net *net, const char *name, size_t in, nn_norm_form form,
                  size_t *out) {
    pl_status status = PL_OK;
    nn_value shape = net->values[in];
    nn_op *op;
    if (form.pool && (shape.h < 2 || shape.w < 2))
        return pl_fail(ctx, PL_EDOMAIN, "%s: maps of %zu x %zu are too small for its pool", name,
                       shape.h, shape.w);
    if (form.pool) {
        shape.h /= 2;
        shape.w /= 2;
    }
    shape.consumers = 0;
    PL_TRY(nn_add(ctx, net, form.residual == NN_NONE ? &plain : &with_residual, sizeof(norm), name,
                  in, shape, &op));
    norm *m = (norm *)op;
    op->relu = form.relu;
    m->pool = form.pool;
    m->channels = shape.c;
    m->blocks = (shape.c + NN_BLOCK - 1) / NN_BLOCK;
    if (form.residual != NN_NONE)
        nn_add_residual(net, op, form.residual);
    PL_TRY(parameters(ctx, net, name, m));
    *out = op->out;
done:
    return status;
}
