/* The models, layer by layer, under torchvision's names (small-alexnet: those of WANG20's code). */
#include "nn/models.h"
#include "nn/graph.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const nn_norm_form bare = {.residual = NN_NONE};
static const nn_norm_form then_relu = {.relu = true, .residual = NN_NONE};
static const nn_norm_form then_relu_pool = {.relu = true, .pool = true, .residual = NN_NONE};
static const nn_window window3 = {3, 1, 1}, pool3 = {3, 2, 0};
static const nn_initial zero = {NN_ZERO, 0};

int nn_widths(const char *text, size_t widths[NN_MAX_WIDTHS]) {
    int n = 0;
    if (!*text)
        return 0;
    for (;; text++) {
        char *end;
        errno = 0;
        unsigned long width = strtoul(text, &end, 10);
        if (n == NN_MAX_WIDTHS || *text < '0' || *text > '9' || errno || width < 1 ||
            width > NN_MAX_WIDTH)
            return -1;
        widths[n++] = width;
        if (!*end)
            return n;
        if (*end != ',')
            return -1;
        text = end;
    }
}

/* He 2015, fan out: keeps the variance of the gradient through a ReLU. */
static nn_initial he(size_t out_channels, size_t kernel) {
    return (nn_initial){NN_NORMAL, sqrt(2.0 / (double)(out_channels * kernel * kernel))};
}

/* PyTorch's default for linear layers, weights and biases. */
static nn_initial linear_default(const pl_net *net, size_t in) {
    const nn_value *x = &net->values[in];
    return (nn_initial){NN_UNIFORM, 1 / sqrt((double)(x->c * x->h * x->w))};
}

static pl_status convolution(pl_ctx *ctx, pl_net *net, const char *name, size_t in, size_t channels,
                             nn_window window, size_t *out) {
    return nn_convolution(ctx, net, name, in, channels, window, he(channels, window.kernel), out);
}

/* ---- small-cnn: three 3 x 3 convolutions with BatchNorm and ReLU, pools after the first two ----
 */

static pl_status small_cnn(pl_ctx *ctx, pl_net *net, size_t *out) {
    static const size_t channels[] = {32, 64, 128};
    pl_status status = PL_OK;
    size_t x = 0;
    for (size_t i = 0; i < 3; i++) {
        char name[PL_NET_NAME];
        snprintf(name, sizeof name, "conv%zu", i + 1);
        PL_TRY(convolution(ctx, net, name, x, channels[i], window3, &x));
        snprintf(name, sizeof name, "bn%zu", i + 1);
        PL_TRY(nn_norm(ctx, net, name, x, i < 2 ? then_relu_pool : then_relu, &x));
    }
    PL_TRY(nn_mean(ctx, net, "pool", x, out));
done:
    return status;
}

/* ---- small-alexnet: WANG20's encoder of STL-10, weights normal(0, 0.02) ---- */

static pl_status small_alexnet(pl_ctx *ctx, pl_net *net, size_t *out) {
    static const struct {
        size_t channels;
        bool pool;
    } blocks[] = {{96, true}, {192, true}, {384, false}, {384, false}, {192, true}};
    static const nn_initial law = {NN_NORMAL, 0.02};
    pl_status status = PL_OK;
    size_t x = 0;
    char name[PL_NET_NAME];
    for (size_t i = 0; i < 5; i++) {
        snprintf(name, sizeof name, "blocks.%zu.0", i);
        PL_TRY(nn_convolution(ctx, net, name, x, blocks[i].channels, window3, law, &x));
        snprintf(name, sizeof name, "blocks.%zu.1", i);
        PL_TRY(nn_norm(ctx, net, name, x, then_relu, &x));
        snprintf(name, sizeof name, "blocks.%zu.3", i);
        if (blocks[i].pool)
            PL_TRY(nn_pool(ctx, net, name, x, pool3, &x));
    }
    PL_TRY(nn_flatten(ctx, net, "blocks.5.0", x, &x));
    PL_TRY(nn_linear(ctx, net, "blocks.5.1", x, 4096, false, false, law, zero, &x));
    PL_TRY(nn_norm(ctx, net, "blocks.5.2", x, then_relu, &x));
    PL_TRY(nn_linear(ctx, net, "blocks.6.0", x, 4096, false, false, law, zero, &x));
    PL_TRY(nn_norm(ctx, net, "blocks.6.1", x, then_relu, out));
done:
    return status;
}

/* ---- residual networks (He et al. 2016), as torchvision numbers them ---- */

typedef struct residual_net {
    size_t blocks[4];
    bool bottleneck; /* 1 x 1, 3 x 3, 1 x 1 to four times the width; else two 3 x 3 */
} residual_net;

static const residual_net resnet18 = {{2, 2, 2, 2}, false}, resnet50 = {{3, 4, 6, 3}, true};

/* relu(F(x) + x); where the shape changes x goes through a 1 x 1 convolution. */
static pl_status residual_block(pl_ctx *ctx, pl_net *net, const char *name, bool bottleneck,
                                size_t width, size_t stride, size_t *x) {
    pl_status status = PL_OK;
    size_t out = bottleneck ? 4 * width : width, n = bottleneck ? 3 : 2, y = *x, skip = *x;
    bool changes = stride != 1 || net->values[*x].c != out;
    const nn_window thin = {1, 1, 0}, wide = {3, stride, 1}, strided = {1, stride, 0};
    const nn_window basic[] = {wide, window3}, narrow[] = {thin, wide, thin};
    char part[PL_NET_NAME + 16];
    for (size_t i = 0; i < n; i++) {
        bool last = i + 1 == n;
        snprintf(part, sizeof part, "%s.conv%zu", name, i + 1);
        PL_TRY(convolution(ctx, net, part, y, last ? out : width, bottleneck ? narrow[i] : basic[i],
                           &y));
        if (last && changes) {
            snprintf(part, sizeof part, "%s.downsample.0", name);
            PL_TRY(convolution(ctx, net, part, skip, out, strided, &skip));
            snprintf(part, sizeof part, "%s.downsample.1", name);
            PL_TRY(nn_norm(ctx, net, part, skip, bare, &skip));
        }
        snprintf(part, sizeof part, "%s.bn%zu", name, i + 1);
        PL_TRY(nn_norm(ctx, net, part, y,
                       (nn_norm_form){.relu = true, .residual = last ? skip : NN_NONE}, &y));
    }
    *x = y;
done:
    return status;
}

static pl_status residual(pl_ctx *ctx, pl_net *net, const residual_net *r, size_t *out) {
    static const nn_window cifar = {3, 1, 1}, imagenet = {7, 2, 3}, pool = {3, 2, 1};
    pl_status status = PL_OK;
    size_t x = 0;
    PL_TRY(convolution(ctx, net, "conv1", x, 64, net->spec.imagenet_stem ? imagenet : cifar, &x));
    PL_TRY(nn_norm(ctx, net, "bn1", x, then_relu, &x));
    if (net->spec.imagenet_stem)
        PL_TRY(nn_pool(ctx, net, "maxpool", x, pool, &x));
    for (size_t layer = 0; layer < 4; layer++)
        for (size_t i = 0; i < r->blocks[layer]; i++) {
            char name[PL_NET_NAME];
            snprintf(name, sizeof name, "layer%zu.%zu", layer + 1, i);
            PL_TRY(residual_block(ctx, net, name, r->bottleneck, (size_t)64 << layer,
                                  layer && !i ? 2 : 1, &x));
        }
    PL_TRY(nn_mean(ctx, net, "avgpool", x, out));
done:
    return status;
}

/* ---- fully connected: the MLP encoder, and every model's projector ---- */

/* Linear layers named as in one nn.Sequential: with BatchNorm linear, norm, ReLU, ...; else linear,
 * ReLU, .... `open`: the last layer has neither. */
static pl_status perceptron(pl_ctx *ctx, pl_net *net, const char *prefix, const char *widths,
                            bool norm, bool open, size_t *x) {
    pl_status status = PL_OK;
    size_t width[NN_MAX_WIDTHS];
    int n = nn_widths(widths, width), at = 0;
    char name[PL_NET_NAME];
    for (int i = 0; i < n; i++, at += norm ? 3 : 2) {
        bool last = open && i + 1 == n, normed = norm && !last;
        nn_initial law = linear_default(net, *x);
        snprintf(name, sizeof name, "%s.%d", prefix, at);
        PL_TRY(nn_linear(ctx, net, name, *x, width[i], !normed, !last && !norm, law, law, x));
        snprintf(name, sizeof name, "%s.%d", prefix, at + 1);
        if (normed)
            PL_TRY(nn_norm(ctx, net, name, *x, then_relu, x));
    }
done:
    return status;
}

pl_status nn_model_build(pl_ctx *ctx, pl_net *net) {
    pl_status status = PL_OK;
    const char *model = net->spec.model;
    size_t x = 0;
    if (strcmp(model, "small-cnn") == 0)
        PL_TRY(small_cnn(ctx, net, &x));
    else if (strcmp(model, "small-alexnet") == 0)
        PL_TRY(small_alexnet(ctx, net, &x));
    else if (strcmp(model, "resnet18") == 0)
        PL_TRY(residual(ctx, net, &resnet18, &x));
    else if (strcmp(model, "resnet50") == 0)
        PL_TRY(residual(ctx, net, &resnet50, &x));
    else
        PL_TRY(perceptron(ctx, net, "layers", model + strlen("mlp:"), false, false, &x));
    net->features = x;
    PL_TRY(
        perceptron(ctx, net, "projector", net->spec.projector, net->spec.projector_norm, true, &x));
    if (net->spec.unit)
        PL_TRY(nn_unit(ctx, net, "unit", x, &x));
    net->embeddings = x;
done:
    return status;
}

/* ---- what may be asked for ---- */

const char *const *pl_net_models(void) {
    static const char *const names[] = {"small-cnn", "small-alexnet", "resnet18",
                                        "resnet50",  "mlp:WIDTHS",    NULL};
    return names;
}

pl_net_spec pl_net_defaults(void) {
    return (pl_net_spec){.model = "small-cnn",
                         .channels = 1,
                         .height = 28,
                         .width = 28,
                         .projector = "128,64",
                         .precision = PL_NET_F32,
                         .batch = 512};
}

const char *pl_net_check(const pl_net_spec *s) {
    size_t widths[NN_MAX_WIDTHS];
    bool mlp = s->model && strncmp(s->model, "mlp:", 4) == 0, known = mlp;
    for (const char *const *name = pl_net_models(); s->model && *name; name++)
        known |= !strchr(*name, ':') && strcmp(*name, s->model) == 0;
    if (!known)
        return "the model must be small-cnn, small-alexnet, resnet18, resnet50 or mlp:WIDTHS";
    if (mlp && nn_widths(s->model + 4, widths) < 1)
        return "an MLP wants 1 to 8 widths of 1 to 65536: mlp:512,256";
    int layers = s->projector ? nn_widths(s->projector, widths) : -1;
    if (layers < 0 || layers > 3)
        return "the projector wants at most 3 widths of 1 to 65536: 512,128";
    if (!s->channels || !s->height || !s->width || s->channels > 1024 || s->height > 8192 ||
        s->width > 8192)
        return "images must have 1 to 1024 channels and sides of 1 to 8192";
    if (!s->batch || s->batch > 1 << 20)
        return "the batch must be 1 to 1048576 images";
    if (s->batch == 1 && (!mlp || (s->projector_norm && layers > 1)))
        return "BatchNorm has no variance in a batch of 1: take at least 2 images";
    return NULL;
}
