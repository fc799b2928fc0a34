#include "nn/graph.h"

#include <stdio.h>
#include <string.h>

pl_status nn_add(pl_ctx *ctx, pl_net *net, const nn_kind *kind, size_t bytes, const char *name,
                 size_t in, nn_value shape, nn_op **out) {
    if (net->n_ops == NN_MAX_OPS)
        return pl_fail(ctx, PL_EDOMAIN, "%s: more than %d operations in one network", name,
                       NN_MAX_OPS);
    nn_value *input = &net->values[in];
    if (input->consumers == NN_CONSUMERS)
        return pl_fail(ctx, PL_EBUG, "%s: its input has %d consumers already", name, NN_CONSUMERS);
    nn_op *op = pl_alloc(ctx, 1, bytes);
    if (!op)
        return PL_ENOMEM;
    op->kind = kind;
    snprintf(op->name, sizeof op->name, "%s", name);
    op->index = net->n_ops;
    op->parameter = net->n_parameters;
    op->in = in;
    op->residual = NN_NONE;
    op->slot = input->consumers++;
    op->out = net->n_values++;
    shape.producer = op->index;
    net->values[op->out] = shape;
    net->ops[net->n_ops++] = op;
    *out = op;
    return PL_OK;
}

void nn_add_residual(pl_net *net, nn_op *op, size_t value) {
    op->residual = value;
    op->slot_residual = net->values[value].consumers++;
}

static pl_status describe(pl_ctx *ctx, pl_parameter *p, const char *name, const char *suffix,
                          int dims, const size_t *shape) {
    int length = snprintf(p->name, sizeof p->name, "%s.%s", name, suffix);
    if (length < 0 || (size_t)length >= sizeof p->name)
        return pl_fail(ctx, PL_EBUG, "%s.%s: a parameter's name of more than %zu bytes", name,
                       suffix, sizeof p->name);
    p->dims = dims;
    p->count = 1;
    for (int i = 0; i < dims; i++) {
        p->shape[i] = shape[i];
        if (!pl_size_mul(p->count, shape[i], &p->count))
            return pl_fail(ctx, PL_ESHAPE, "%s: more elements than memory can address", p->name);
    }
    return PL_OK;
}

pl_status nn_add_parameter(pl_ctx *ctx, pl_net *net, const char *name, const char *suffix, int dims,
                           const size_t *shape, bool decays, nn_initial initial, size_t *out) {
    if (net->n_parameters == NN_MAX_PARAMETERS)
        return pl_fail(ctx, PL_EBUG, "%s: more than %d parameters", name, NN_MAX_PARAMETERS);
    pl_parameter *p = &net->parameters[net->n_parameters];
    pl_status status = describe(ctx, p, name, suffix, dims, shape);
    if (status != PL_OK)
        return status;
    p->decays = decays;
    net->initial[net->n_parameters] = initial;
    *out = net->n_parameters++;
    return PL_OK;
}

pl_status nn_add_state(pl_ctx *ctx, pl_net *net, const char *name, const char *suffix, int dims,
                       const size_t *shape, size_t *out) {
    if (net->n_state == NN_MAX_PARAMETERS)
        return pl_fail(ctx, PL_EBUG, "%s: more than %d buffers", name, NN_MAX_PARAMETERS);
    pl_parameter *p = &net->state[net->n_state];
    pl_status status = describe(ctx, p, name, suffix, dims, shape);
    if (status != PL_OK)
        return status;
    *out = net->n_state++;
    return PL_OK;
}
