/* Our side of tests/peers/step.py and convolution.py: one SimCLR step on images in memory. Not a
 * test: nothing here passes or fails by its speed.
 *
 *     step_bench MODEL IMAGES f32|direct|bf16 THREADS
 *
 * IMAGES is the number of views, both of every image; direct: f32 without Winograd. Each line on
 * standard input asks for a step, or for the "peak" of float multiply-adds; each answer is a line:
 * seconds, the loss, and the arena's bytes; or flops per second. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "math/random.h"
#include "nn/optimiser.h"
#include "ssl/losses.h"
#include "tests/peers/peak.h"

typedef struct bench {
    pl_net *net;
    pl_optimiser *optimiser;
    size_t n, width;
    float *images, *dz;
    double *z, *grad;
} bench;

static pl_status make(pl_ctx *ctx, char **words, bench *b) {
    pl_status status = PL_OK;
    bool small = strcmp(words[1], "small-cnn") == 0;
    pl_net_spec s = pl_net_defaults();
    size_t feature;
    b->n = s.batch = strtoul(words[2], NULL, 10);
    s.model = words[1];
    s.precision = strcmp(words[3], "bf16") == 0 ? PL_NET_BF16 : PL_NET_F32;
    s.deterministic = strcmp(words[3], "direct") == 0;
    if (!small) {
        s.channels = 3;
        s.height = s.width = 32;
        s.projector = strcmp(words[1], "resnet50") == 0 ? "2048,128" : "512,128";
    }
    pl_set_threads(ctx, atoi(words[4]));
    pl_optimiser_spec o = pl_optimiser_defaults(PL_SGD);
    PL_TRY(pl_net_new(ctx, &s, &b->net));
    PL_TRY(pl_optimiser_new(ctx, &o, b->net, &b->optimiser));
    pl_net_widths(b->net, &feature, &b->width);
    size_t elements = b->n * s.channels * s.height * s.width;
    PL_NEW(ctx, b->images, elements);
    PL_NEW(ctx, b->dz, b->n * b->width);
    PL_NEW(ctx, b->z, b->n * b->width);
    PL_NEW(ctx, b->grad, b->n * b->width);
    for (size_t i = 0; i < elements; i++)
        b->images[i] = (float)pl_stream_normal((pl_stream){.seed = 1}, i);
done:
    return status;
}

/* Forward, NT-Xent at temperature 0.5, backward, SGD. */
static pl_status step(pl_ctx *ctx, bench *b, double *loss) {
    pl_status status = PL_OK;
    const pl_loss *ntxent = pl_loss_find("ntxent");
    pl_loss_params p = pl_loss_defaults;
    p.alpha = 2;
    const float *z;
    size_t half = b->n / 2, d = b->width, count = b->n * d;
    pl_cmat x = {b->z, half, d, d}, y = {b->z + half * d, half, d, d};
    pl_mat gx = {b->grad, half, d, d}, gy = {b->grad + half * d, half, d, d};
    PL_TRY(pl_net_forward(ctx, b->net, b->images, b->n, true, NULL, &z));
    for (size_t i = 0; i < count; i++)
        b->z[i] = (double)z[i];
    PL_TRY(pl_loss_eval(ctx, ntxent, &p, x, y, loss, &gx, &gy));
    for (size_t i = 0; i < count; i++)
        b->dz[i] = (float)b->grad[i];
    PL_TRY(pl_net_backward(ctx, b->net, b->dz));
    pl_optimiser_step(ctx, b->optimiser, 0.03);
done:
    return status;
}

int main(int argc, char **argv) {
    if (argc != 5)
        return 2;
    pl_ctx *ctx = pl_ctx_new();
    bench b = {0};
    pl_status status = make(ctx, argv, &b);
    char line[64];
    while (status == PL_OK && fgets(line, sizeof line, stdin)) {
        double loss = 0, start = omp_get_wtime();
        if (strcmp(line, "peak\n") == 0)
            printf("%.6g\n", peak(atoi(argv[4])));
        else {
            status = step(ctx, &b, &loss);
            printf("%.9f %.12g %zu\n", omp_get_wtime() - start, loss, pl_net_memory(b.net));
        }
        fflush(stdout);
    }
    if (status != PL_OK)
        fprintf(stderr, "step_bench: %s\n", pl_message(ctx));
    pl_optimiser_free(b.optimiser);
    pl_net_free(b.net);
    pl_free(b.images);
    pl_free(b.dz);
    pl_free(b.z);
    pl_free(b.grad);
    pl_ctx_free(ctx);
    return status == PL_OK ? 0 : 1;
}
