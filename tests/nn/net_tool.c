/* A few training steps of a network, everything written as raw float32 for net_parity.py:
 *   net_tool MODEL BATCH CHANNELS SIDE STEM PROJECTOR NORM UNIT PRECISION OPTIMISER STEPS FOLDER
 * FOLDER/images and FOLDER/dz are read. Written: before.NAME (parameters), features, embeddings and
 * relu.K (first step), K.gradient.NAME (step K), after.NAME (parameters and buffers after the
 * last), evaluated (the embeddings after the last step, by the running moments). relu.K is the
 * output of the K-th operation with a ReLU, n x c x h x w; of one with a pool in it its input.
 * Standard output: one line a layer. */
#include "nn/graph.h"
#include "nn/optimiser.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS = 13 };

static const char *folder;

static FILE *file_of(const char *prefix, const char *name, const char *mode) {
    char path[1024];
    snprintf(path, sizeof path, "%s/%s%s", folder, prefix, name);
    FILE *f = fopen(path, mode);
    if (!f) {
        fprintf(stderr, "%s: cannot be opened\n", path);
        exit(1);
    }
    return f;
}

static void write_floats(const char *prefix, const char *name, const float *a, size_t n) {
    FILE *f = file_of(prefix, name, "wb");
    size_t done = fwrite(a, sizeof *a, n, f);
    if (fclose(f) != 0 || done != n)
        exit(1);
}

static float *read_floats(const char *name, size_t n) {
    FILE *f = file_of("", name, "rb");
    float *a = malloc(n * sizeof *a);
    if (!a || fread(a, sizeof *a, n, f) != n)
        exit(1);
    fclose(f);
    return a;
}

static void write_all(const char *prefix, const pl_parameter *p, size_t n, bool gradients) {
    for (size_t i = 0; i < n; i++)
        if (p[i].value)
            write_floats(prefix, p[i].name, gradients ? p[i].gradient : p[i].value, p[i].count);
}

/* Element (i, c, y, x) of a value, whatever its layout. */
static float element(const pl_net *net, const nn_value *v, size_t i, size_t c, size_t y, size_t x) {
    const void *data = nn_at(net, v->data);
    size_t plane = v->h * v->w, at = y * v->w + x;
    size_t k = v->plain                     ? (i * v->c + c) * plane + at
               : net->trunk == dnnl_nChw16c ? ((i * v->c + c / 16 * 16) * plane + at * 16) + c % 16
                                            : (i * plane + at) * v->c + c;
    if (!v->bf16)
        return ((const float *)data)[k];
    uint32_t bits = (uint32_t)((const uint16_t *)data)[k] << 16;
    float out;
    memcpy(&out, &bits, sizeof out);
    return out;
}

/* A training pass that leaves what the ReLUs saw, before memory is used again. */
static pl_status forward(pl_ctx *ctx, pl_net *net, const float *images) {
    size_t relus = 0;
    memcpy(nn_data(net, 0), images, nn_elements(net, &net->values[0]) * sizeof *images);
    for (int i = 0; i < net->n_ops; i++) {
        nn_op *op = net->ops[i];
        const nn_value *in = &net->values[op->in], *out = &net->values[op->out];
        pl_status status = op->kind->forward(ctx, net, op, true);
        if (status)
            return status;
        if (!op->relu)
            continue;
        const nn_value *v = in->c == out->c && in->h != out->h ? in : out;
        char name[32];
        snprintf(name, sizeof name, "relu.%zu", relus++);
        FILE *f = file_of("", name, "wb");
        for (size_t n = 0; n < net->spec.batch; n++)
            for (size_t c = 0; c < v->c; c++)
                for (size_t k = 0; k < v->h * v->w; k++) {
                    float x = element(net, v, n, c, k / v->w, k % v->w);
                    fwrite(&x, sizeof x, 1, f);
                }
        if (fclose(f) != 0)
            exit(1);
    }
    net->trained = true;
    return PL_OK;
}

static pl_status run(pl_ctx *ctx, char **words, pl_net **net, pl_optimiser **optimiser) {
    pl_status status = PL_OK;
    size_t n = strtoul(words[2], NULL, 10), count, feature, embedding;
    pl_net_spec s = pl_net_defaults();
    s.model = words[1];
    s.batch = n;
    s.channels = strtoul(words[3], NULL, 10);
    s.height = s.width = strtoul(words[4], NULL, 10);
    s.imagenet_stem = strcmp(words[5], "imagenet") == 0;
    s.projector = words[6];
    s.projector_norm = strcmp(words[7], "norm") == 0;
    s.unit = strcmp(words[8], "unit") == 0;
    s.precision = strcmp(words[9], "bf16") == 0 ? PL_NET_BF16 : PL_NET_F32;
    s.deterministic = strcmp(words[9], "direct") == 0;
    pl_optimiser_kind kind;
    if (!pl_optimiser_named(words[10], &kind))
        return pl_fail(ctx, PL_EUSAGE, "no optimiser %s", words[10]);
    pl_optimiser_spec o = pl_optimiser_defaults(kind);
    o.weight_decay = 0.05;
    PL_TRY(pl_net_new(ctx, &s, net));
    PL_TRY(pl_optimiser_new(ctx, &o, *net, optimiser));
    pl_net_widths(*net, &feature, &embedding);
    const pl_parameter *p = pl_net_parameters(*net, &count);
    write_all("before.", p, count, false);
    float *images = read_floats("images", n * s.channels * s.height * s.width);
    float *dz = read_floats("dz", n * embedding);
    const float *h, *z;
    char prefix[32];
    for (long k = 0; k < strtol(words[11], NULL, 10); k++) {
        if (k == 0) {
            PL_TRY(forward(ctx, *net, images));
            h = nn_data(*net, (*net)->features);
            z = nn_data(*net, (*net)->embeddings);
            write_floats("", "features", h, n * feature);
            write_floats("", "embeddings", z, n * embedding);
        } else
            PL_TRY(pl_net_forward(ctx, *net, images, n, true, NULL, NULL));
        PL_TRY(pl_net_backward(ctx, *net, dz));
        snprintf(prefix, sizeof prefix, "%ld.gradient.", k);
        write_all(prefix, p, count, true);
        pl_optimiser_step(ctx, *optimiser, 0.01);
    }
    write_all("after.", p, count, false);
    PL_TRY(pl_net_forward(ctx, *net, images, n, false, NULL, &z));
    write_floats("", "evaluated", z, n * embedding);
    p = pl_net_buffers(*net, &count);
    write_all("after.", p, count, false);
    const pl_net_layer *layers = pl_net_layers(*net, &count);
    for (size_t i = 0; i < count; i++)
        printf("%s: %s | %s | %s\n", layers[i].name, layers[i].forward, layers[i].backward_data,
               layers[i].backward_weights);
    free(images);
    free(dz);
done:
    return status;
}

int main(int argc, char **argv) {
    if (argc != WORDS)
        return 2;
    folder = argv[WORDS - 1];
    pl_ctx *ctx = pl_ctx_new();
    pl_net *net = NULL;
    pl_optimiser *optimiser = NULL;
    pl_status status = run(ctx, argv, &net, &optimiser);
    if (status != PL_OK)
        fprintf(stderr, "%s\n", pl_message(ctx));
    pl_optimiser_free(optimiser);
    pl_net_free(net);
    pl_ctx_free(ctx);
    return status == PL_OK ? 0 : 1;
}
