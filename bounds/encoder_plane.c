/* Where reference encoders lie in the plane of alignment and uniformity (WANG20, Fig. 5's plane):
 * what an encoder that knows nothing of pairs reaches by collapsing, and what views cost that
 * spread around features which are uniform. */

#include <math.h>

#include "bounds/bounds.h"
#include "bounds/sphere_law.h"
#include "math/sphere.h"

static const pl_option options[] = {
    {"dim", PL_OPT_INT, "128", 2, 1e5, NULL, NULL, "dimension d", 0},
    {"t", PL_OPT_REAL, "2", 1e-6, 1e5, NULL, NULL, "scale of uniformity", 0},
    {"concentration", PL_OPT_LIST, "1,2,4,8,16,32,64,128,256,512,1024,4096", 0, 1e6, NULL, "LIST",
     "K of the von Mises-Fisher laws", 0},
    {0}};

static const pl_column columns[] = {
    {"concentration", "1", "K of the law", false},
    {"blind_alignment", "1", "E |z - z'|^2 of independent draws of vMF(K): views not recognised",
     false},
    {"blind_uniformity", "nats", "uniformity of vMF(K), from 0 collapsed to the uniform law's",
     false},
    {"view_alignment", "1", "E |z - z'|^2 of a uniform feature and a view vMF(z, K) of it", false},
    {"uniform_law", "nats", "uniformity of the uniform law, which no law is below", false},
    {0}};

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status = PL_OK;
    sphere_law law = {0};
    size_t count, d = (size_t)pl_option_int(o, "dim");
    double t = pl_option_real(o, "t"), least = pl_log_c((double)d, 2 * t) - 2 * t;
    const double *concentrations = pl_option_list(o, "concentration", &count);
    for (size_t i = 0; i < count; i++) {
        double k = concentrations[i], resultant = pl_resultant((double)d, k);
        PL_TRY(sphere_law_new(ctx, "vmf", d, k, &law));
        PL_TRY(
            pl_table_add(ctx, out,
                         (double[]){k, 2 - 2 * resultant * resultant,
                                    log(sphere_law_energy(&law, 2 * t)), 2 - 2 * resultant, least},
                         NULL));
        sphere_law_free(&law);
        law = (sphere_law){0};
    }
done:
    sphere_law_free(&law);
    return status;
}

const pl_program pl_bounds_encoder_plane = {
    .name = "encoder-plane",
    .summary = "reference encoders in the plane of alignment and uniformity",
    .details = "Blind encoders draw both views independently from vMF(K); the others are uniform, "
               "with views vMF(z, K).",
    .source = "WANG20, sec. 4",
    .options = options,
    .columns = columns,
    .run = run};
