#ifndef PL_NN_NET_H
#define PL_NN_NET_H
/* Encoders with a projector: built once for a batch size, then forward and backward without a
 * single allocation. Activations keep oneDNN's blocked layout from the first convolution to the
 * last; parameters and their gradients are plain float arrays in PyTorch's order and under
 * torchvision's names.
 *
 * primary    pl_net_new, pl_net_free, pl_net_forward, pl_net_backward
 * secondary  pl_net_parameters, pl_net_buffers, pl_net_widths, pl_net_layers, pl_net_memory
 * tertiary   pl_net_share, pl_net_gradients: a batch that several processes share */

#include "base/ctx.h"

typedef struct pl_net pl_net;

typedef enum { PL_NET_F32, PL_NET_BF16 } pl_precision;

enum { PL_NET_NAME = 64 };

typedef struct pl_net_spec {
    const char *model; /* "small-cnn", "small-alexnet", "resnet18", "resnet50", "mlp:512,256" */
    size_t channels, height, width; /* of an image; an MLP takes their product */
    bool imagenet_stem;     /* ResNets: 7 x 7 stride 2 and a pool; else CIFAR's 3 x 3 stride 1 */
    const char *projector;  /* widths of its 1-3 layers, "512,128"; "" none: embedding = feature */
    bool projector_norm;    /* BatchNorm after its hidden layers, which then have no bias */
    bool unit;              /* embeddings divided by their norm */
    pl_precision precision; /* of the convolutional trunk; parameters are float32 always */
    bool deterministic;     /* direct convolutions only: no rule that looks at the processor */
    size_t batch;           /* images of a step, all views counted */
    uint64_t seed;          /* of the initial weights */
} pl_net_spec;

/** The defaults: small-cnn, 1 x 28 x 28, CIFAR stem, projector "128,64" without BatchNorm, not
 *  normalised, float32, batch 512, seed 0. */
pl_net_spec pl_net_defaults(void);
/** NULL, or the reason why the values do not fit together (static storage). */
const char *pl_net_check(const pl_net_spec *spec);

/** Names of the models, a NULL at the end ("mlp:WIDTHS" stands for all MLPs). */
const char *const *pl_net_models(void);

/** Builds a network: one arena, all primitives, initial weights.
 *  Weights: convolutions of ResNets and small-cnn normal(0, sqrt(2 / (out k k))) (He 2015, fan out,
 *  torchvision's choice), linear layers uniform(+-1/sqrt(in)) (PyTorch's default), small-alexnet
 *  normal(0, 0.02) throughout with zero biases (WANG20), BatchNorm scale 1, shift 0. Weight k of
 *  parameter p is word k of the stream (seed, "nn", p): the same for any number of threads.
 *  Given     spec   checked; its strings are copied. Where the processor has no bf16 arithmetic
 *                   PL_NET_BF16 becomes float32 with a warning
 *  Returned  *out   owned: pl_net_free. Computes with pl_threads(ctx) of this moment, for good
 *  Status    PL_EDOMAIN what pl_net_check says | PL_ENOMEM | PL_EBUG oneDNN refused a layer */
pl_status pl_net_new(pl_ctx *ctx, const pl_net_spec *spec, pl_net **out);
void pl_net_free(pl_net *net); /* NULL is fine */

/** Features and embeddings of a batch.
 *  Given     images  n x channels x height x width, copied
 *            n       train: exactly the batch; else 1..batch
 *            train   true: BatchNorm by the batch's moments, running moments updated (momentum 0.1,
 *                    unbiased variance, as PyTorch), activations kept for pl_net_backward;
 *                    false: BatchNorm by the running moments
 *  Returned  *features, *embeddings   n x widths, row-major, borrowed until the next call; either
 *                    pointer may be NULL
 *  Status    PL_ESHAPE n | PL_EBUG oneDNN failed */
pl_status pl_net_forward(pl_ctx *ctx, pl_net *net, const float *images, size_t n, bool train,
                         const float **features, const float **embeddings);

/** Gradients of all parameters from d(loss)/d(embedding) of the last training forward pass.
 *  Given     d_embeddings   batch x embedding width
 *  Returned  the parameters' gradients (overwritten)
 *  Status    PL_EBUG no training forward pass came before, or oneDNN failed */
pl_status pl_net_backward(pl_ctx *ctx, pl_net *net, const float *d_embeddings);

/* A parameter (value and gradient), or a buffer of BatchNorm (gradient NULL). */
typedef struct pl_parameter {
    char name[PL_NET_NAME]; /* torchvision's: "layer1.0.conv1.weight"; "projector.0.weight" */
    int dims;
    size_t shape[4], count;
    float *value, *gradient; /* PyTorch's order; borrowed, writable; NULL value: see batches */
    int64_t *batches;        /* the buffer num_batches_tracked (dims 0), else NULL */
    bool decays;             /* weight decay applies: not a bias, not BatchNorm's */
} pl_parameter;

/* Other processes that hold equal parts of the same batch, each with a network like this one. */
typedef struct pl_net_peers {
    size_t ranks; /* processes, this one counted */
    /* Every value becomes its sum over the ranks, the same bits on all: BatchNorm's moments. */
    void (*sum)(void *data, double *values, size_t count);
    /* In a backward pass: elements from `from` on of pl_net_gradients are final. */
    void (*ready)(void *data, size_t from);
    void *data;
} pl_net_peers;

/** From now on the batch is all ranks' batches together: BatchNorm is by the moments of the whole,
 *  and differentiated so. The gradients left are those of the loss through this rank's images:
 *  the gradient proper is their sum over the ranks. Copies; NULL: alone again. */
void pl_net_share(pl_net *net, const pl_net_peers *peers);
/** All parameters' gradients, in the parameters' order, as one array. */
float *pl_net_gradients(pl_net *net, size_t *count);

const pl_parameter *pl_net_parameters(const pl_net *net, size_t *count);
const pl_parameter *pl_net_buffers(const pl_net *net, size_t *count);

void pl_net_widths(const pl_net *net, size_t *feature, size_t *embedding);
/** What it was built from, with bf16 replaced where the processor has none. */
const pl_net_spec *pl_net_built(const pl_net *net);
/** Bytes of the arena: activations, gradients, weights in oneDNN's formats, scratch. */
size_t pl_net_memory(const pl_net *net);

/* What computes a layer, for run.json: "direct f32", "winograd f32", "direct bf16", "". */
typedef struct pl_net_layer {
    const char *name; /* "layer1.0.conv1" */
    const char *forward, *backward_data, *backward_weights;
} pl_net_layer;

const pl_net_layer *pl_net_layers(const pl_net *net, size_t *count);

#endif
