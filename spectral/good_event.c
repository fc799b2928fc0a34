/* The good event of XUE23 app. C: N noise coordinates, drawn from 1..d, are distinct and none is a
 * feature's. Exactly prod_{i<N} (1 - (K+i)/d), at least 1 - N(2K+N-1)/(2d); here beside draws. */

#include <math.h>

#include "math/random.h"
#include "spectral/spectral.h"
#include "spectral/xue23_model.h"

static const pl_option options[] = {
    {"columns", PL_OPT_INT, "48", 1, 1e6, NULL, "N", "augmented examples", 0},
    {"features", PL_OPT_INT, "5", 3, 1e6, NULL, "K", "features", 0},
    {"ambient", PL_OPT_LIST, "1000,4000,16000", 1, 1e12, NULL, "LIST", "dimensions d", 0},
    {"replicates", PL_OPT_INT, "20000", 200, 1e9, NULL, NULL, "sampled training sets", 0},
    {"seed", PL_OPT_SEED, "1", 0, 0, NULL, NULL, "of the draws", 0},
    {0}};

static const pl_column columns[] = {
    {"ambient", "1", "dimension d", false},
    {"probability", "1", "Pr(G), exact", false},
    {"lower_bound", "1", "1 - N(2K+N-1)/(2d)", false},
    {"sampled", "1", "share of sampled training sets on the good event", false},
    {"standard_error", "1", "of the share", false},
    {0}};

/* The draws of one training set, in an open hash table of a power of two slots: an entry counts
 * only while its stamp is that of the set at hand. */
typedef struct draws {
    uint64_t *value, *stamp;
    size_t slots;
} draws;

static pl_status draws_new(pl_ctx *ctx, size_t n, draws *d) {
    pl_status status = PL_OK;
    d->slots = 4;
    while (d->slots < 2 * n)
        d->slots *= 2;
    PL_NEW(ctx, d->value, d->slots);
    PL_NEW(ctx, d->stamp, d->slots);
done:
    return status;
}

/* False when the value is there already. */
static bool draws_add(draws *d, uint64_t stamp, uint64_t value) {
    size_t at = (size_t)(value * 0x9E3779B97F4A7C15u >> 20) & (d->slots - 1);
    for (; d->stamp[at] == stamp; at = (at + 1) & (d->slots - 1))
        if (d->value[at] == value)
            return false;
    d->stamp[at] = stamp;
    d->value[at] = value;
    return true;
}

static bool good(pl_stream s, size_t n, size_t features, uint64_t d, draws *seen, uint64_t stamp) {
    for (size_t i = 0; i < n; i++) {
        uint64_t at = 1 + pl_stream_below(s, i, d);
        if (at <= features || !draws_add(seen, stamp, at))
            return false;
    }
    return true;
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status = PL_OK;
    size_t n = (size_t)pl_option_int(o, "columns"), k = (size_t)pl_option_int(o, "features");
    size_t replicates = (size_t)pl_option_int(o, "replicates"), count;
    const double *ambient = pl_option_list(o, "ambient", &count);
    draws seen = {0};
    PL_TRY(draws_new(ctx, n, &seen));
    for (size_t a = 0; a < count; a++) {
        size_t hits = 0;
        for (size_t r = 0; r < replicates; r++)
            hits += good((pl_stream){pl_option_seed(o, "seed"), 24 + a, r}, n, k,
                         (uint64_t)ambient[a], &seen, 1 + a * replicates + r);
        double p = xue23_good_event(n, k, ambient[a]);
        /* the exact probability's own standard error: the share may be 0 or 1 */
        double error = sqrt(fmax(p * (1 - p), 1e-12) / (double)replicates);
        PL_TRY(pl_table_add(ctx, out,
                            (double[]){ambient[a], p, xue23_good_event_bound(n, k, ambient[a]),
                                       (double)hits / (double)replicates, error},
                            NULL));
    }
done:
    pl_free(seen.value);
    pl_free(seen.stamp);
    return status;
}

const pl_program pl_spectral_good_event = {.name = "good-event",
                                           .summary =
                                               "how likely it is that all noise coordinates differ",
                                           .source = "XUE23, app. C (exact, derived here)",
                                           .options = options,
                                           .columns = columns,
                                           .run = run};
