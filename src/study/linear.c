#include "study/linear.h"

#include <stdio.h>
#include <string.h>

pl_status study_linear_new(pl_ctx *ctx, pl_cmat w, size_t batch, study_linear *l) {
    pl_status status;
    char model[32], projector[32];
    size_t in = w.cols, out = w.rows, count;
    snprintf(model, sizeof model, "mlp:%zu", in);
    snprintf(projector, sizeof projector, "%zu", out);
    pl_net_spec spec = pl_net_defaults();
    spec.model = model;
    spec.projector = projector;
    spec.channels = spec.height = 1;
    spec.width = in;
    spec.batch = batch;
    pl_optimiser_spec rule = pl_optimiser_defaults(PL_SGD);
    rule.momentum = rule.weight_decay = 0;
    PL_TRY(pl_net_new(ctx, &spec, &l->net));
    PL_TRY(pl_optimiser_new(ctx, &rule, l->net, &l->rule));
    const pl_parameter *p = pl_net_parameters(l->net, &count);
    for (size_t i = 0; i < count; i++) {
        bool projects = strncmp(p[i].name, "projector.", 10) == 0;
        memset(p[i].value, 0, p[i].count * sizeof *p[i].value);
        if (projects && p[i].dims == 2)
            l->weight = p[i].value;
        else if (p[i].dims == 2)
            for (size_t k = 0; k < in; k++)
                p[i].value[k * in + k] = 1;
    }
    for (size_t r = 0; r < out; r++)
        for (size_t c = 0; c < in; c++)
            l->weight[r * in + c] = (float)w.a[r * w.ld + c];
done:
    return status;
}

void study_linear_free(study_linear *l) {
    pl_optimiser_free(l->rule);
    pl_net_free(l->net);
    *l = (study_linear){0};
}

pl_status study_linear_forward(pl_ctx *ctx, study_linear *l, const float *x, const float **z) {
    return pl_net_forward(ctx, l->net, x, pl_net_built(l->net)->batch, true, NULL, z);
}

pl_status study_linear_step(pl_ctx *ctx, study_linear *l, const float *dz, double rate) {
    size_t count;
    pl_status status = pl_net_backward(ctx, l->net, dz);
    if (status)
        return status;
    const pl_parameter *p = pl_net_parameters(l->net, &count);
    for (size_t i = 0; i < count; i++)
        if (p[i].value != l->weight)
            memset(p[i].gradient, 0, p[i].count * sizeof *p[i].gradient);
    pl_optimiser_step(ctx, l->rule, rate);
    return PL_OK;
}
