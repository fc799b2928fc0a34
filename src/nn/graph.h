#ifndef PL_NN_GRAPH_H
#define PL_NN_GRAPH_H
/* Inside a network: values (what flows), operations (what computes), buffers (where it lies).
 *
 * Time is counted in steps: operation i runs forward at step i and backward at step 2 F - 1 - i,
 * F the number of operations. Every buffer says from which step to which it is needed, and the
 * planner lays buffers that are never needed together over each other: one arena, no allocation
 * afterwards.
 *
 * A value has one producer and at most two consumers. Each consumer leaves its part of the
 * gradient in a buffer of its own; the producer reads both. */

#include "nn/net.h"

#include <oneapi/dnnl/dnnl.h>

enum { NN_LANES = 16, NN_CONSUMERS = 2, NN_ALGORITHM = 48 };
enum { NN_MAX_OPS = 256, NN_MAX_BUFFERS = 4096, NN_MAX_PARAMETERS = 512 };

typedef size_t nn_buffer; /* an index; nn_at gives the address once the arena stands */

/* Plain: n x c x h x w in float32 (a matrix where h = w = 1). Else the trunk's layout: channels in
 * blocks of 16 (nChw16c) where the processor has AVX-512, channels last elsewhere, in the trunk's
 * precision. */
typedef struct nn_value {
    size_t c, h, w;
    bool plain, bf16;
    nn_buffer data;
    int producer;  /* operation, -1: the images */
    int consumers; /* how many so far */
    nn_buffer gradient[NN_CONSUMERS];
} nn_value;

typedef enum { NN_ZERO, NN_ONE, NN_NORMAL, NN_UNIFORM } nn_law;

typedef struct nn_initial {
    nn_law law;
    double scale; /* standard deviation, or the half width of the interval */
} nn_initial;

typedef struct nn_op nn_op;

/* An operation's kind. `plan` makes primitive descriptors and asks for buffers; `bind` runs when
 * the arena stands. Neither is needed by simple kinds. */
typedef struct nn_kind {
    pl_status (*plan)(pl_ctx *ctx, pl_net *net, nn_op *op);
    pl_status (*bind)(pl_ctx *ctx, pl_net *net, nn_op *op);
    pl_status (*forward)(pl_ctx *ctx, pl_net *net, nn_op *op, bool train);
    pl_status (*backward)(pl_ctx *ctx, pl_net *net, nn_op *op);
    void (*free)(nn_op *op);
    bool keeps_input, keeps_output; /* backward reads them */
    bool adds_gradients;            /* backward reads both parts itself */
} nn_kind;

/* The first member of every kind's own struct. */
struct nn_op {
    const nn_kind *kind;
    char name[PL_NET_NAME];
    int index;
    size_t parameter;        /* the first of its own: those before belong to operations before */
    size_t in, out;          /* values */
    size_t residual;         /* value added before the ReLU, or NN_NONE */
    int slot, slot_residual; /* which consumer of its inputs it is */
    bool relu;               /* max(., 0) before it leaves its output */
    char algorithm[3][NN_ALGORITHM];
};

#define NN_NONE ((size_t)-1)

typedef struct nn_span {
    size_t bytes, offset;
    int first, last; /* steps */
} nn_span;

struct pl_net {
    pl_net_spec spec; /* its strings are owned */
    char *model, *projector;
    int threads;
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    dnnl_format_tag_t trunk; /* layout of the values that are not plain */

    nn_op *ops[NN_MAX_OPS];
    int n_ops;
    nn_value values[NN_MAX_OPS + 1];
    size_t n_values, features, embeddings;

    nn_span spans[NN_MAX_BUFFERS];
    size_t n_spans;
    unsigned char *arena;
    size_t arena_bytes;

    pl_parameter parameters[NN_MAX_PARAMETERS], state[NN_MAX_PARAMETERS];
    nn_initial initial[NN_MAX_PARAMETERS];
    size_t n_parameters, n_state;
    float *memory; /* parameters, gradients, BatchNorm's buffers */
    int64_t *batches;
    pl_net_layer layers[NN_MAX_OPS];
    size_t n_layers;
    pl_net_peers peers; /* ranks 0: alone */
    bool trained;       /* the last forward pass was a training one */
};

/* ---- building (graph.c) ---- */

/** An operation of `bytes` from value `in` to a new value of the given shape; the struct is owned
 *  by the network. */
pl_status nn_add(pl_ctx *ctx, pl_net *net, const nn_kind *kind, size_t bytes, const char *name,
                 size_t in, nn_value shape, nn_op **out);
/** Names the value that an operation adds before its ReLU. */
void nn_add_residual(pl_net *net, nn_op *op, size_t value);
/** A parameter "name.suffix"; its index goes to *out. */
pl_status nn_add_parameter(pl_ctx *ctx, pl_net *net, const char *name, const char *suffix, int dims,
                           const size_t *shape, bool decays, nn_initial initial, size_t *out);
/** A buffer of BatchNorm: like a parameter, without gradient. dims 0: num_batches_tracked. */
pl_status nn_add_state(pl_ctx *ctx, pl_net *net, const char *name, const char *suffix, int dims,
                       const size_t *shape, size_t *out);

/* ---- buffers (arena.c) ---- */

pl_status nn_need(pl_ctx *ctx, pl_net *net, size_t bytes, int first, int last, nn_buffer *out);
pl_status nn_arena_lay(pl_ctx *ctx, pl_net *net);

static inline void *nn_at(const pl_net *net, nn_buffer b) {
    return net->arena + net->spans[b].offset;
}

static inline int nn_forward_step(const nn_op *op) {
    return op->index;
}
static inline int nn_backward_step(const pl_net *net, const nn_op *op) {
    return 2 * net->n_ops - 1 - op->index;
}

static inline size_t nn_elements(const pl_net *net, const nn_value *v) {
    return net->spec.batch * v->c * v->h * v->w;
}
static inline void *nn_data(const pl_net *net, size_t value) {
    return nn_at(net, net->values[value].data);
}
static inline void *nn_gradient(const pl_net *net, size_t value, int slot) {
    return nn_at(net, net->values[value].gradient[slot]);
}
/* The images themselves want no gradient. */
static inline bool nn_wants_gradient(const pl_net *net, size_t value) {
    return net->values[value].producer >= 0;
}

/* ---- oneDNN (onednn.c) ---- */

/** PL_OK, or PL_ENOMEM or PL_EBUG with a message that names the operation. */
pl_status nn_check(pl_ctx *ctx, dnnl_status_t status, const nn_op *op, const char *what);
/** Descriptor of a value. */
dnnl_memory_desc_t nn_describe(const pl_net *net, const nn_value *v);

/* A primitive with its arguments: bound once, run every step. */
enum { NN_MAX_ARGS = 5 };
typedef struct nn_call {
    dnnl_primitive_desc_t pd;
    dnnl_primitive_t primitive;
    dnnl_exec_arg_t args[NN_MAX_ARGS];
    int n_args;
    nn_buffer scratch;
    bool scratched;
} nn_call;

/** Asks for the call's scratchpad at one step, once its descriptor stands. */
pl_status nn_call_plan(pl_ctx *ctx, pl_net *net, const nn_op *op, nn_call *call, int step);
/** Makes the primitive; arguments follow by nn_call_argument. */
pl_status nn_call_bind(pl_ctx *ctx, pl_net *net, const nn_op *op, nn_call *call);
pl_status nn_call_argument(pl_ctx *ctx, pl_net *net, const nn_op *op, nn_call *call, int arg,
                           const dnnl_memory_desc_t *md, void *address);
pl_status nn_call_run(pl_ctx *ctx, pl_net *net, const nn_op *op, const nn_call *call);
void nn_call_free(nn_call *call);
/** A reorder from one layout or precision to another. */
pl_status nn_reorder_plan(pl_ctx *ctx, pl_net *net, const nn_op *op, nn_call *call,
                          const dnnl_memory_desc_t *from, const dnnl_memory_desc_t *to, int step);
pl_status nn_reorder_bind(pl_ctx *ctx, pl_net *net, const nn_op *op, nn_call *call, void *from,
                          void *to);

/* ---- the kinds, each in its file; all make their output value, last in net->values ---- */

typedef struct nn_window {
    size_t kernel, stride, pad;
} nn_window;

/** Convolution without bias. */
pl_status nn_convolution(pl_ctx *ctx, pl_net *net, const char *name, size_t in, size_t out_channels,
                         nn_window window, nn_initial initial, size_t *out);

typedef struct nn_norm_form {
    bool relu;
    bool pool;       /* 2 x 2 maximum, after the ReLU */
    size_t residual; /* added before the ReLU; NN_NONE */
} nn_norm_form;

/** BatchNorm, what is added to it, ReLU and a 2 x 2 pool in one pass over memory. */
pl_status nn_norm(pl_ctx *ctx, pl_net *net, const char *name, size_t in, nn_norm_form form,
                  size_t *out);
/** Maximum over windows that overlap. */
pl_status nn_pool(pl_ctx *ctx, pl_net *net, const char *name, size_t in, nn_window window,
                  size_t *out);
/** Mean over the pixels: a matrix. */
pl_status nn_mean(pl_ctx *ctx, pl_net *net, const char *name, size_t in, size_t *out);
/** The trunk's layout as a matrix in PyTorch's order. */
pl_status nn_flatten(pl_ctx *ctx, pl_net *net, const char *name, size_t in, size_t *out);
/** x W^T (+ b) (and ReLU). */
pl_status nn_linear(pl_ctx *ctx, pl_net *net, const char *name, size_t in, size_t width, bool bias,
                    bool relu, nn_initial weights, nn_initial biases, size_t *out);
/** Rows divided by their norm (at least 1e-12, as PyTorch's normalize). */
pl_status nn_unit(pl_ctx *ctx, pl_net *net, const char *name, size_t in, size_t *out);

/* ---- models.c, initial.c ---- */

/** All operations of net->spec's model and projector. */
pl_status nn_model_build(pl_ctx *ctx, pl_net *net);
void nn_initialise(pl_ctx *ctx, pl_net *net);

#endif
