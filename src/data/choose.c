#include "data/choose.h"

#include <string.h>

#include "math/random.h"

enum { CHOICE_STREAM = 1 };

/* The first n of a random order of 0 .. count-1 (Fisher-Yates from the front, so that they do not
 * depend on n); order holds count numbers. */
static void shuffle(uint64_t seed, size_t count, size_t n, size_t *order) {
    const pl_stream stream = {seed, CHOICE_STREAM, 0};
    for (size_t i = 0; i < count; i++)
        order[i] = i;
    for (size_t k = 0; k < n; k++) {
        size_t j = k + pl_stream_below(stream, k, count - k), kept = order[k];
        order[k] = order[j];
        order[j] = kept;
    }
}

/* The r-th image of class y in `order` becomes item r*classes + y. */
static pl_status deal(pl_ctx *ctx, const pl_images *images, const size_t *order, size_t n,
                      size_t *out) {
    pl_status status = PL_OK;
    size_t *seen = NULL, *chosen = NULL, classes = images->classes;
    PL_NEW(ctx, seen, classes);
    PL_NEW(ctx, chosen, n);
    for (size_t i = 0; i < images->count; i++) {
        size_t y = (size_t)images->labels[order[i]], rank = seen[y]++;
        if (rank < n && rank * classes + y < n)
            chosen[rank * classes + y] = order[i];
    }
    for (size_t y = 0; y < classes; y++) {
        size_t share = n / classes + (y < n % classes);
        if (seen[y] < share) {
            status = pl_fail(ctx, PL_EUSAGE,
                             "--choose balanced: %s has %zu images of class %zu, %zu are needed; "
                             "pass at most --images %zu, or --choose random",
                             images->name, seen[y], y, share, seen[y] * classes + y);
            goto done;
        }
    }
    memcpy(out, chosen, n * sizeof *out);
done:
    pl_free(seen);
    pl_free(chosen);
    return status;
}

pl_status pl_images_choose(pl_ctx *ctx, const pl_images *images, pl_choice choice, size_t n,
                           uint64_t seed, size_t *out) {
    pl_status status = PL_OK;
    size_t *order = NULL, count = images->count;
    if (n > count)
        return pl_fail(ctx, PL_EUSAGE,
                       "--images is %zu, but this part of %s has %zu; pass at most "
                       "--images %zu",
                       n, images->name, count, count);
    if (choice == PL_CHOOSE_FIRST) {
        for (size_t i = 0; i < n; i++)
            out[i] = i;
        return PL_OK;
    }
    PL_NEW(ctx, order, count);
    shuffle(seed, count, choice == PL_CHOOSE_BALANCED ? count : n, order);
    if (choice == PL_CHOOSE_BALANCED)
        PL_TRY(deal(ctx, images, order, n, out));
    else
        memcpy(out, order, n * sizeof *out);
done:
    pl_free(order);
    return status;
}
