/* How far apart are two random points of the sphere? The distance r = |u - v| of independent
 * uniform points of S^{d-1} has density
 *     p(r) = r^{d-2} (1 - r^2/4)^{(d-3)/2} / B(d),    0 < r < 2,
 * and piles up at sqrt 2 as d grows: in high dimension all points are far from each other. The
 * histogram of sampled pairs is held against the density's mass in each bin. */

#include <gsl/gsl_cdf.h>
#include <math.h>

#include "bounds/bounds.h"
#include "math/sampler.h"
#include "math/zonal.h"

static const pl_option options[] = {
    {"dim", PL_OPT_INT, "3", 2, 4096, NULL, NULL, "dimension d", 0},
    {"pairs", PL_OPT_INT, "20000", 100, 1e7, NULL, NULL, "independent pairs that are drawn", 0},
    {"bins", PL_OPT_INT, "40", 2, 1000, NULL, NULL, "bins of the distance on (0, 2)", 0},
    {"seed", PL_OPT_SEED, "1", 0, 0, NULL, NULL, "of the pairs", 0},
    {0}};

static const pl_column columns[] = {
    {"distance", "1", "middle of the bin", false},
    {"density", "1", "share of the sampled pairs in the bin, by its width", false},
    {"exact", "1", "the density's mass in the bin, by its width", false},
    {"standard_error", "1", "of the sampled density, from the exact mass", false},
    {0}};

/* Mass of the distances below r. s = u.v = 1 - r^2/2, and (1 - s)/2 = r^2/4 is Beta((d-1)/2,
 * (d-1)/2). */
static double mass_below(double d, double r) {
    return gsl_cdf_beta_P(fmin(1, r * r / 4), (d - 1) / 2, (d - 1) / 2);
}

static pl_status count(pl_ctx *ctx, uint64_t seed, size_t pairs, size_t d, size_t bins,
                       double *counts, double *mean) {
    enum { BLOCK = 512 };
    pl_status status = PL_OK;
    double *z = NULL, sum = 0;
    PL_NEW(ctx, z, 2 * BLOCK * d);
    for (size_t first = 0; first < pairs; first += BLOCK) {
        size_t n = pairs - first < BLOCK ? pairs - first : BLOCK;
        PL_TRY(pl_sample_sphere(ctx, (pl_stream){seed, 1, 2 * first}, (pl_mat){z, 2 * n, d, d}));
        for (size_t i = 0; i < n; i++) {
            double square = 0;
            for (size_t k = 0; k < d; k++)
                square += pow(z[2 * i * d + k] - z[(2 * i + 1) * d + k], 2);
            double r = sqrt(square);
            counts[(size_t)fmin((double)(bins - 1), r / 2 * (double)bins)]++;
            sum += r;
        }
    }
    *mean = sum / (double)pairs;
done:
    pl_free(z);
    return status;
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status = PL_OK;
    size_t d = (size_t)pl_option_int(o, "dim"), pairs = (size_t)pl_option_int(o, "pairs");
    size_t bins = (size_t)pl_option_int(o, "bins");
    double *counts = NULL, mean, exact_mean, width = 2 / (double)bins, n = (double)pairs;
    PL_NEW(ctx, counts, bins);
    PL_TRY(count(ctx, pl_option_seed(o, "seed"), pairs, d, bins, counts, &mean));
    PL_TRY(pl_distance_mean(ctx, d, 0, 1, &exact_mean));
    for (size_t b = 0; b < bins; b++) {
        double mass = mass_below((double)d, (double)(b + 1) * width) -
                      mass_below((double)d, (double)b * width);
        PL_TRY(pl_table_add(ctx, out,
                            (double[]){((double)b + 0.5) * width, counts[b] / n / width,
                                       mass / width, sqrt(mass * (1 - mass) / n) / width},
                            NULL));
    }
    PL_TRY(PL_SUMMARISE(ctx, out, {"mean", "1", "mean distance of the sampled pairs", mean},
                        {"exact_mean", "1", "E |u - v| by quadrature", exact_mean}));
done:
    pl_free(counts);
    return status;
}

const pl_program pl_bounds_pair_distances = {
    .name = "pair-distances",
    .summary = "distances of random pairs on the sphere: a histogram and its exact density",
    .details = "p(r) is proportional to r^{d-2} (1 - r^2/4)^{(d-3)/2} on (0, 2).",
    .source = "WANG20 sec. 4; derived here",
    .options = options,
    .columns = columns,
    .run = run};
