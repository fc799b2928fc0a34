/* Our side of tests/data/augment_parity.py: random images through a spec.
 *
 *     augment_tool SPEC CHANNELS HEIGHT WIDTH IMAGES OUT
 *
 * Image i has the bytes (i*7919 + k) * 2654435761 mod 2^32 >> 24. Standard output says, line by
 * line, what each step of each image was given; OUT.f32 takes the views. */

#include <stdio.h>
#include <stdlib.h>

#include "data/augment.h"

static void print_drawn(const pl_augment_step *step, const pl_augment_drawn *d) {
    printf("%d %d %zu %zu %zu %zu %d", (int)step->kind, (int)d->applied, d->region.top,
           d->region.left, d->region.height, d->region.width, (int)step->at[1].v[0]);
    for (int k = 0; k < 4; k++)
        printf(" %.17g %d", d->factor[k], (int)d->order[k]);
    printf("\n");
}

int main(int argc, char **argv) {
    if (argc != 7)
        return 2;
    pl_ctx *ctx = pl_ctx_new();
    pl_images images = {.name = "made",
                        .count = strtoull(argv[5], NULL, 10),
                        .channels = strtoull(argv[2], NULL, 10),
                        .height = strtoull(argv[3], NULL, 10),
                        .width = strtoull(argv[4], NULL, 10),
                        .classes = 1};
    size_t dim = pl_images_dim(&images);
    pl_augment_spec spec;
    pl_augment *a = NULL;
    images.pixels = malloc(images.count * dim);
    for (size_t i = 0; i < images.count; i++)
        for (size_t k = 0; k < dim; k++)
            images.pixels[i * dim + k] =
                (unsigned char)((uint32_t)((i * 7919 + k) * 2654435761u) >> 24);
    if (pl_augment_parse(ctx, argv[1], &spec) || pl_augment_new(ctx, &spec, &images, &a)) {
        fprintf(stderr, "%s\n", pl_message(ctx));
        return 1;
    }
    pl_augment_size size = pl_augment_shape(a);
    size_t view = size.channels * size.height * size.width;
    float *out = malloc(images.count * view * sizeof *out);
    FILE *f = fopen(argv[6], "wb");
    for (size_t i = 0; i < images.count; i++) {
        pl_augment_drawn drawn[PL_AUGMENT_STEPS];
        pl_augment_draw(a, (pl_stream){5, 9, i}, drawn);
        for (size_t s = 0; s < spec.count; s++)
            print_drawn(&spec.steps[s], &drawn[s]);
        pl_augment_apply(a, images.pixels + i * dim, drawn, out + i * view);
    }
    bool whole = f && fwrite(out, sizeof *out, images.count * view, f) == images.count * view;
    if (f && fclose(f) != 0)
        whole = false;
    pl_augment_free(a);
    free(out);
    free(images.pixels);
    pl_ctx_free(ctx);
    return whole ? 0 : 1;
}
