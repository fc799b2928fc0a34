/* Our side of tests/peers/augment.py: views a second. Not a test.
 *
 *     augment_bench SPEC CHANNELS SIDE THREADS
 *
 * Each line on standard input asks for a run over 4096 views; each answer is its seconds. */

#include <omp.h>
#include <stdio.h>
#include <stdlib.h>

#include "data/augment.h"

enum { IMAGES = 256, RUNS = 16 };

int main(int argc, char **argv) {
    if (argc != 5) {
        fprintf(stderr, "usage: augment_bench SPEC CHANNELS SIDE THREADS\n");
        return 2;
    }
    pl_ctx *ctx = pl_ctx_new();
    size_t side = strtoull(argv[3], NULL, 10), indices[IMAGES];
    pl_images images = {.name = "random",
                        .count = IMAGES,
                        .channels = strtoull(argv[2], NULL, 10),
                        .height = side,
                        .width = side,
                        .classes = 1};
    size_t dim = pl_images_dim(&images);
    pl_augment_spec spec;
    pl_augment *a = NULL;
    char line[16];
    if (!ctx)
        return 1;
    pl_set_threads(ctx, atoi(argv[4]));
    images.pixels = malloc(IMAGES * dim);
    for (size_t k = 0; images.pixels && k < IMAGES * dim; k++)
        images.pixels[k] = (unsigned char)pl_stream_below((pl_stream){1, 2, 3}, k, 256);
    for (size_t i = 0; i < IMAGES; i++)
        indices[i] = i;
    pl_status status = pl_augment_parse(ctx, argv[1], &spec);
    if (status == PL_OK)
        status = pl_augment_new(ctx, &spec, &images, &a);
    if (status) {
        fprintf(stderr, "%s\n", pl_message(ctx));
        return 1;
    }
    pl_augment_size size = pl_augment_shape(a);
    float *out = malloc(IMAGES * size.channels * size.height * size.width * sizeof *out);
    for (uint64_t epoch = 0; out && fgets(line, sizeof line, stdin);) {
        double start = omp_get_wtime();
        for (int k = 0; k < RUNS; k++, epoch++)
            status |= pl_augment_batch(ctx, a, &images, indices, IMAGES, 1, epoch, 1, out);
        printf("%.9f\n", omp_get_wtime() - start);
        fflush(stdout);
    }
    pl_augment_free(a);
    free(out);
    free(images.pixels);
    pl_ctx_free(ctx);
    return status ? 1 : 0;
}
