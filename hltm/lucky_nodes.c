/* TIAN20, lucky nodes, in the rigorous form of theory notes, LUCKY: rows w with independent entries
 * U(-s, s), s = sigma sqrt(3/n), and a fixed u,
 *     P(max_{j <= M} w_j.u >= sqrt(theta) sigma |u|/sqrt(n)) >= 1 - (1 - (1 - theta)^2/6)^M
 * (Paley-Zygmund, symmetry). */

#include <math.h>

#include "hltm/hltm.h"
#include "hltm/tree.h"

enum { MAX_FAN_IN = 4096 };

static const pl_option options[] = {
    {"theta", PL_OPT_REAL, "0.25", 1e-6, 1 - 1e-6, NULL, NULL, "share of the variance", 0},
    {"units", PL_OPT_LIST, "2,5,10", 1, 1000, NULL, "LIST", "M", 0},
    {"fan-in", PL_OPT_INT, "20", 1, MAX_FAN_IN, NULL, "N", "n, inputs of a unit", 0},
    {"replicates", PL_OPT_INT, "20000", 200, 100000000, NULL, NULL, "of the layer", 0},
    {"threshold", PL_OPT_REAL, "1", 1e-6, 1e6, NULL, NULL,
     "multiplies the event's threshold (3: a control)", 0},
    {"seed", PL_OPT_SEED, "1", 0, 0, NULL, NULL, "of weights and of u", 0},
    {0}};

static const pl_column columns[] = {
    {"units", "1", "M", false},
    {"probability_lower_bound", "1", "1 - (1 - (1 - theta)^2/6)^M", false},
    {"frequency", "1", "share of layers with a lucky unit", false},
    {"standard_error", "1", "of the frequency", false},
    {0}};

/* Layers of `units` rows; each layer has its own row of the stream. */
static double frequency(pl_ctx *ctx, const pl_options *o, size_t units, const double *u, size_t n) {
    double size = 0, factor = pl_option_real(o, "threshold");
    for (size_t i = 0; i < n; i++)
        size += u[i] * u[i];
    double threshold = factor * sqrt(pl_option_real(o, "theta") * size / (double)n);
    double spread = sqrt(3 / (double)n); /* sigma = 1 */
    long long layers = pl_option_int(o, "replicates"), hits = 0;
    uint64_t seed = pl_option_seed(o, "seed");
#pragma omp parallel for schedule(static) num_threads(pl_threads(ctx)) reduction(+ : hits)
    for (long long r = 0; r < layers; r++) {
        pl_stream s = {.seed = seed, .stream = 2, .row = (uint64_t)r};
        bool lucky = false;
        uint64_t words[4] = {0};
        for (size_t j = 0; j < units && !lucky; j++) {
            double along = 0;
            for (size_t i = 0; i < n; i++) {
                uint64_t k = j * n + i;
                if (k % 4 == 0 || i == 0)
                    pl_stream_block(s, k / 4, words);
                along += spread * ((double)(words[k % 4] >> 11) * 0x1p-52 - 1) * u[i];
            }
            lucky = along >= threshold;
        }
        hits += lucky;
    }
    return (double)hits / (double)layers;
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status = PL_OK;
    size_t n = (size_t)pl_option_int(o, "fan-in"), count;
    const double *units = pl_option_list(o, "units", &count);
    double theta = pl_option_real(o, "theta"), layers = (double)pl_option_int(o, "replicates");
    double *u = NULL;
    PL_NEW(ctx, u, n);
    pl_stream_normals((pl_stream){.seed = pl_option_seed(o, "seed"), .stream = 1}, 0, n, u);
    for (size_t i = 0; i < count; i++) {
        double f = frequency(ctx, o, (size_t)units[i], u, n);
        PL_TRY(
            pl_table_add(ctx, out,
                         (double[]){units[i], 1 - pow(1 - (1 - theta) * (1 - theta) / 6, units[i]),
                                    f, sqrt(fmax(f * (1 - f), 1 / layers) / layers)},
                         NULL));
    }
done:
    pl_free(u);
    return status;
}

const pl_program pl_hltm_lucky_nodes = {
    .name = "lucky-nodes",
    .summary = "how often one of M random units is selective, against its lower bound",
    .details = "P(max_j w_j.u >= sqrt(theta) sigma |u|/sqrt(n)) >= 1 - (1 - (1 - theta)^2/6)^M.",
    .source = "TIAN20, lucky nodes (form of LUCKY)",
    .options = options,
    .columns = columns,
    .run = run};
