#include "spectral/target.h"

#include <string.h>

#include "spectral/dense.h"

/* Mr Hi's faction of the karate club. */
static const unsigned char hi[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 16, 17, 19, 21};

/* One value a component, deviations 0.3, 0, -0.3 inside (misaligned: 1, 0, -1 alone). */
static pl_status by_component(pl_ctx *ctx, const relation *rel, const char *target, pl_mat y) {
    static const double level[] = {1, -2, 0.5, 3};
    bool misaligned = strcmp(target, "misaligned") == 0;
    double inside = misaligned ? 1 : strcmp(target, "mixed") == 0 ? 0.3 : 0;
    pl_status status = PL_OK;
    size_t *component = NULL, *seen = NULL, count;
    PL_NEW(ctx, component, y.rows);
    PL_TRY(pl_graph_components(ctx, &rel->graph, component, &count));
    PL_NEW(ctx, seen, count);
    for (size_t i = 0; i < y.rows; i++) {
        size_t k = component[i], member = seen[k]++ % 3;
        y.a[i] = (misaligned ? 0 : level[k % 4]) + inside * (1 - (double)member);
    }
done:
    pl_free(component);
    pl_free(seen);
    return status;
}

pl_status target_new(pl_ctx *ctx, const pl_options *o, const relation *rel, pl_mat *out) {
    pl_status status;
    const char *target = pl_option_text(o, "target");
    size_t n = rel->graph.nodes;
    pl_mat y = {0};
    bool faction = strcmp(target, "faction") == 0;
    if (rel->label && (faction || strcmp(target, "labels") == 0)) {
        PL_TRY(dense_new(ctx, n, rel->classes, &y));
        for (size_t i = 0; i < n; i++)
            if (rel->label[i] != SIZE_MAX)
                y.a[i * y.ld + rel->label[i]] = 1;
    } else if (faction && n == 34) {
        PL_TRY(dense_new(ctx, n, 1, &y));
        for (size_t i = 0; i < n; i++)
            y.a[i] = 1;
        for (size_t i = 0; i < sizeof hi; i++)
            y.a[hi[i]] = 0;
    } else if (faction || strcmp(target, "labels") == 0) {
        status = pl_fail(ctx, PL_EUSAGE, "--target %s needs %s", target,
                         faction ? "--graph karate" : "--features and --labels");
        goto done;
    } else {
        PL_TRY(dense_new(ctx, n, 1, &y));
        PL_TRY(by_component(ctx, rel, target, y));
    }
    *out = y;
    y = (pl_mat){0};
done:
    dense_free(&y);
    return status;
}
