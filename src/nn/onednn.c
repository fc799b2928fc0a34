/* oneDNN's C API behind calls that are bound once and run every step. */
#include "nn/graph.h"

#include <string.h>

pl_status nn_check(pl_ctx *ctx, dnnl_status_t status, const nn_op *op, const char *what) {
    if (status == dnnl_success)
        return PL_OK;
    if (status == dnnl_out_of_memory)
        return pl_fail(ctx, PL_ENOMEM, "%s: out of memory in oneDNN (%s)", op ? op->name : "net",
                       what);
    return pl_fail(ctx, PL_EBUG, "%s: oneDNN refused the %s (status %d)", op ? op->name : "net",
                   what, (int)status);
}

dnnl_memory_desc_t nn_describe(const pl_net *net, const nn_value *v) {
    dnnl_memory_desc_t md;
    dnnl_dims_t dims = {(dnnl_dim_t)net->spec.batch, (dnnl_dim_t)v->c, (dnnl_dim_t)v->h,
                        (dnnl_dim_t)v->w};
    dnnl_memory_desc_init_by_tag(&md, 4, dims, v->bf16 ? dnnl_bf16 : dnnl_f32,
                                 v->plain ? dnnl_nchw : net->trunk);
    return md;
}

pl_status nn_call_plan(pl_ctx *ctx, pl_net *net, const nn_op *op, nn_call *call, int step) {
    (void)op;
    const dnnl_memory_desc_t *md =
        dnnl_primitive_desc_query_md(call->pd, dnnl_query_scratchpad_md, 0);
    size_t bytes = md ? dnnl_memory_desc_get_size(md) : 0;
    if (!bytes)
        return PL_OK;
    call->scratched = true;
    return nn_need(ctx, net, bytes, step, step, &call->scratch);
}

pl_status nn_call_argument(pl_ctx *ctx, pl_net *net, const nn_op *op, nn_call *call, int arg,
                           const dnnl_memory_desc_t *md, void *address) {
    if (call->n_args == NN_MAX_ARGS)
        return pl_fail(ctx, PL_EBUG, "%s: more than %d arguments", op->name, NN_MAX_ARGS);
    dnnl_exec_arg_t *a = &call->args[call->n_args];
    pl_status status =
        nn_check(ctx, dnnl_memory_create(&a->memory, md, net->engine, address), op, "memory");
    if (status != PL_OK)
        return status;
    a->arg = arg;
    call->n_args++;
    return PL_OK;
}

pl_status nn_call_bind(pl_ctx *ctx, pl_net *net, const nn_op *op, nn_call *call) {
    pl_status status =
        nn_check(ctx, dnnl_primitive_create(&call->primitive, call->pd), op, "primitive");
    if (status == PL_OK && call->scratched)
        status =
            nn_call_argument(ctx, net, op, call, DNNL_ARG_SCRATCHPAD,
                             dnnl_primitive_desc_query_md(call->pd, dnnl_query_scratchpad_md, 0),
                             nn_at(net, call->scratch));
    return status;
}

pl_status nn_call_run(pl_ctx *ctx, pl_net *net, const nn_op *op, const nn_call *call) {
    return nn_check(ctx,
                    dnnl_primitive_execute(call->primitive, net->stream, call->n_args, call->args),
                    op, "execution");
}

void nn_call_free(nn_call *call) {
    for (int i = 0; i < call->n_args; i++)
        dnnl_memory_destroy(call->args[i].memory);
    if (call->primitive)
        dnnl_primitive_destroy(call->primitive);
    if (call->pd)
        dnnl_primitive_desc_destroy(call->pd);
}

pl_status nn_reorder_plan(pl_ctx *ctx, pl_net *net, const nn_op *op, nn_call *call,
                          const dnnl_memory_desc_t *from, const dnnl_memory_desc_t *to, int step) {
    pl_status status = PL_OK;
    dnnl_primitive_attr_t attr = NULL;
    PL_TRY(nn_check(ctx, dnnl_primitive_attr_create(&attr), op, "attributes"));
    dnnl_primitive_attr_set_scratchpad_mode(attr, dnnl_scratchpad_mode_user);
    PL_TRY(nn_check(
        ctx,
        dnnl_reorder_primitive_desc_create(&call->pd, from, net->engine, to, net->engine, attr), op,
        "reorder"));
    PL_TRY(nn_call_plan(ctx, net, op, call, step));
done:
    dnnl_primitive_attr_destroy(attr);
    return status;
}

pl_status nn_reorder_bind(pl_ctx *ctx, pl_net *net, const nn_op *op, nn_call *call, void *from,
                          void *to) {
    pl_status status = PL_OK;
    PL_TRY(nn_call_bind(ctx, net, op, call));
    PL_TRY(nn_call_argument(ctx, net, op, call, DNNL_ARG_FROM,
                            dnnl_primitive_desc_query_md(call->pd, dnnl_query_src_md, 0), from));
    PL_TRY(nn_call_argument(ctx, net, op, call, DNNL_ARG_TO,
                            dnnl_primitive_desc_query_md(call->pd, dnnl_query_dst_md, 0), to));
done:
    return status;
}
