/* A network: built once, then forward and backward over its operations. */
#include "nn/graph.h"
#include "nn/norm_kernel.h"

#include <omp.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

/* oneDNN cuts its work by OpenMP's number of threads at the time of the call, which must be that
 * of the time of building. */
static int take_threads(const pl_net *net) {
    int before = omp_get_max_threads();
    omp_set_num_threads(net->threads);
    return before;
}

/* ---- building ---- */

static bool processor_has(dnnl_cpu_isa_t isa) {
    return ((unsigned)dnnl_get_effective_cpu_isa() & (unsigned)isa) == (unsigned)isa;
}

static pl_status copy_spec(pl_ctx *ctx, pl_net *net, const pl_net_spec *spec) {
    net->spec = *spec;
    net->model = pl_strdup(ctx, spec->model);
    net->projector = net->model ? pl_strdup(ctx, spec->projector) : NULL;
    if (!net->projector)
        return PL_ENOMEM;
    net->spec.model = net->model;
    net->spec.projector = net->projector;
    net->threads = pl_threads(ctx);
    net->trunk = processor_has(dnnl_cpu_isa_avx512_core) ? dnnl_nChw16c : dnnl_nhwc;
    if (spec->precision == PL_NET_BF16 && !processor_has(dnnl_cpu_isa_avx512_core_bf16)) {
        net->spec.precision = PL_NET_F32;
        pl_warn(ctx, "this processor has no bf16 arithmetic (AVX512_BF16): computing in float32");
    }
    return PL_OK;
}

/* Lifetimes: a value lives from its producer to its last reader, forward or backward; a gradient
 * from the consumer that leaves it to the producer that reads it. What the caller borrows lives to
 * the end. */
static pl_status plan_values(pl_ctx *ctx, pl_net *net) {
    pl_status status = PL_OK;
    int end = 2 * net->n_ops - 1;
    for (size_t v = 0; v < net->n_values; v++) {
        nn_value *value = &net->values[v];
        const nn_op *producer = value->producer < 0 ? NULL : net->ops[value->producer];
        int first = producer ? nn_forward_step(producer) : 0, last = first;
        size_t bytes = nn_elements(net, value) * (value->bf16 ? 2 : 4);
        if (producer && producer->kind->keeps_output)
            last = nn_backward_step(net, producer);
        for (int i = 0; i < net->n_ops; i++) {
            const nn_op *op = net->ops[i];
            if (op->in != v && op->residual != v)
                continue;
            int reads = op->kind->keeps_input && op->in == v ? nn_backward_step(net, op)
                                                             : nn_forward_step(op);
            if (reads > last)
                last = reads;
            if (producer)
                PL_TRY(nn_need(ctx, net, bytes, nn_backward_step(net, op),
                               nn_backward_step(net, producer),
                               &value->gradient[op->in == v ? op->slot : op->slot_residual]));
        }
        if (v == net->features || v == net->embeddings)
            last = end;
        if (v == net->embeddings && producer) { /* the loss leaves its gradient */
            PL_TRY(nn_need(ctx, net, bytes, net->n_ops, nn_backward_step(net, producer),
                           &value->gradient[value->consumers++]));
        }
        PL_TRY(nn_need(ctx, net, bytes, first, last, &value->data));
    }
done:
    return status;
}

/* Parameters first, then their gradients, then BatchNorm's buffers: one piece of memory. */
static pl_status allocate_parameters(pl_ctx *ctx, pl_net *net) {
    pl_status status = PL_OK;
    size_t weights = 0, state = 0;
    for (size_t i = 0; i < net->n_parameters; i++)
        weights += net->parameters[i].count;
    for (size_t i = 0; i < net->n_state; i++)
        state += net->state[i].dims ? net->state[i].count : 0;
    PL_NEW(ctx, net->memory, 2 * weights + state);
    PL_NEW(ctx, net->batches, net->n_state);
    float *at = net->memory;
    for (size_t i = 0; i < net->n_parameters; at += net->parameters[i++].count) {
        net->parameters[i].value = at;
        net->parameters[i].gradient = at + weights;
    }
    at += weights;
    for (size_t i = 0; i < net->n_state; i++)
        if (net->state[i].dims) {
            net->state[i].value = at;
            at += net->state[i].count;
        } else
            net->state[i].batches = &net->batches[i];
done:
    return status;
}

/* Large pages where the system offers them: the arena is walked from end to end every step. */
static void use_large_pages(pl_net *net) {
    const uintptr_t page = (uintptr_t)1 << 21;
    uintptr_t first = ((uintptr_t)net->arena + page - 1) / page * page;
    uintptr_t last = ((uintptr_t)net->arena + net->arena_bytes) / page * page;
    if (last <= first || madvise((void *)first, last - first, MADV_HUGEPAGE) != 0)
        return;
    /* pl_alloc has touched it in small pages: give those back, the zeros come again in large ones
     */
    if (madvise((void *)first, last - first, MADV_DONTNEED) == 0)
        memset((void *)first, 0, last - first);
}

static void list_layers(pl_net *net) {
    for (int i = 0; i < net->n_ops; i++)
        if (net->ops[i]->algorithm[0][0])
            net->layers[net->n_layers++] = (pl_net_layer){
                .name = net->ops[i]->name,
                .forward = net->ops[i]->algorithm[0],
                .backward_data = net->ops[i]->algorithm[1],
                .backward_weights = net->ops[i]->algorithm[2],
            };
}

static pl_status build(pl_ctx *ctx, pl_net *net) {
    pl_status status = PL_OK;
    PL_TRY(nn_check(ctx, dnnl_engine_create(&net->engine, dnnl_cpu, 0), NULL, "engine"));
    PL_TRY(nn_check(ctx, dnnl_stream_create(&net->stream, net->engine, dnnl_stream_default_flags),
                    NULL, "stream"));
    net->values[net->n_values++] = (nn_value){.c = net->spec.channels,
                                              .h = net->spec.height,
                                              .w = net->spec.width,
                                              .plain = true,
                                              .producer = -1};
    PL_TRY(nn_model_build(ctx, net));
    PL_TRY(allocate_parameters(ctx, net));
    PL_TRY(plan_values(ctx, net));
    for (int i = 0; i < net->n_ops; i++)
        if (net->ops[i]->kind->plan)
            PL_TRY(net->ops[i]->kind->plan(ctx, net, net->ops[i]));
    PL_TRY(nn_arena_lay(ctx, net));
    use_large_pages(net);
    for (int i = 0; i < net->n_ops; i++)
        if (net->ops[i]->kind->bind)
            PL_TRY(net->ops[i]->kind->bind(ctx, net, net->ops[i]));
    nn_initialise(ctx, net);
    list_layers(net);
done:
    return status;
}

pl_status pl_net_new(pl_ctx *ctx, const pl_net_spec *spec, pl_net **out) {
    pl_status status = PL_OK;
    pl_net *net = NULL;
    const char *reason = pl_net_check(spec);
    if (reason)
        return pl_fail(ctx, PL_EDOMAIN, "%s", reason);
    PL_NEW(ctx, net, 1);
    PL_TRY(copy_spec(ctx, net, spec));
    int before = take_threads(net);
    status = build(ctx, net);
    omp_set_num_threads(before);
    if (status == PL_OK) {
        *out = net;
        net = NULL;
    }
done:
    pl_net_free(net);
    return status;
}

void pl_net_free(pl_net *net) {
    if (!net)
        return;
    for (int i = 0; i < net->n_ops; i++) {
        if (net->ops[i]->kind->free)
            net->ops[i]->kind->free(net->ops[i]);
        pl_free(net->ops[i]);
    }
    if (net->stream)
        dnnl_stream_destroy(net->stream);
    if (net->engine)
        dnnl_engine_destroy(net->engine);
    pl_free(net->arena);
    pl_free(net->memory);
    pl_free(net->batches);
    pl_free(net->model);
    pl_free(net->projector);
    pl_free(net);
}

/* ---- running ---- */

pl_status pl_net_forward(pl_ctx *ctx, pl_net *net, const float *images, size_t n, bool train,
                         const float **features, const float **embeddings) {
    pl_status status = PL_OK;
    const pl_net_spec *s = &net->spec;
    if (train ? n != s->batch : n < 1 || n > s->batch)
        return pl_fail(ctx, PL_ESHAPE, "%zu images in a %s pass, expected %s%zu", n,
                       train ? "training" : "forward", train ? "" : "1 to ", s->batch);
    int before = take_threads(net);
    memcpy(nn_data(net, 0), images, n * s->channels * s->height * s->width * sizeof *images);
    net->trained = false;
    for (int i = 0; i < net->n_ops; i++)
        PL_TRY(net->ops[i]->kind->forward(ctx, net, net->ops[i], train));
    net->trained = train;
    if (features)
        *features = nn_data(net, net->features);
    if (embeddings)
        *embeddings = nn_data(net, net->embeddings);
done:
    omp_set_num_threads(before);
    return status;
}

/* The gradients that two consumers left, added up in the first one's place. */
static void add_gradients(pl_net *net, size_t value) {
    static const nn_affine same = {.scale = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}};
    const nn_value *v = &net->values[value];
    size_t pixels = v->c * v->h * v->w / NN_LANES;
    const nn_layout l = {.images = net->spec.batch,
                         .width = pixels,
                         .height = 1,
                         .image_stride = pixels * NN_LANES,
                         .pixel_stride = NN_LANES,
                         .lanes = NN_LANES,
                         .bf16 = v->bf16};
    void *a = nn_gradient(net, value, 0), *b = nn_gradient(net, value, 1);
#pragma omp parallel for num_threads(net->threads) schedule(static)
    for (size_t n = 0; n < net->spec.batch; n++)
        nn_norm_apply(&l, a, b, a, n, n + 1, &same, false);
}

/* Elements of the gradients of all operations before this one. */
static size_t gradients_before(const pl_net *net, const nn_op *op) {
    size_t elements = 0;
    for (size_t i = 0; i < op->parameter; i++)
        elements += net->parameters[i].count;
    return elements;
}

pl_status pl_net_backward(pl_ctx *ctx, pl_net *net, const float *d_embeddings) {
    pl_status status = PL_OK;
    const nn_value *z = &net->values[net->embeddings];
    if (!net->trained)
        return pl_fail(ctx, PL_EBUG, "a backward pass without a training forward pass before it");
    int before = take_threads(net);
    net->trained = false; /* the activations are spent */
    memcpy(nn_gradient(net, net->embeddings, z->consumers - 1), d_embeddings,
           net->spec.batch * z->c * sizeof *d_embeddings);
    for (int i = net->n_ops; i-- > 0;) {
        nn_op *op = net->ops[i];
        if (!op->kind->adds_gradients && net->values[op->out].consumers == 2)
            add_gradients(net, op->out);
        PL_TRY(op->kind->backward(ctx, net, op));
        if (net->peers.ranks > 1)
            net->peers.ready(net->peers.data, gradients_before(net, op));
    }
done:
    omp_set_num_threads(before);
    return status;
}

void pl_net_share(pl_net *net, const pl_net_peers *peers) {
    net->peers = peers ? *peers : (pl_net_peers){0};
}

/* ---- looking inside ---- */

float *pl_net_gradients(pl_net *net, size_t *count) {
    *count = 0;
    for (size_t i = 0; i < net->n_parameters; i++)
        *count += net->parameters[i].count;
    return net->memory + *count; /* behind the parameters */
}

const pl_parameter *pl_net_parameters(const pl_net *net, size_t *count) {
    *count = net->n_parameters;
    return net->parameters;
}

const pl_parameter *pl_net_buffers(const pl_net *net, size_t *count) {
    *count = net->n_state;
    return net->state;
}

const pl_net_layer *pl_net_layers(const pl_net *net, size_t *count) {
    *count = net->n_layers;
    return net->layers;
}

void pl_net_widths(const pl_net *net, size_t *feature, size_t *embedding) {
    *feature = net->values[net->features].c;
    *embedding = net->values[net->embeddings].c;
}

const pl_net_spec *pl_net_built(const pl_net *net) {
    return &net->spec;
}

size_t pl_net_memory(const pl_net *net) {
    return net->arena_bytes;
}
