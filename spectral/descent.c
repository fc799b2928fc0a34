/* Gradient descent on VICReg (squared variance) from small random starts: the loss passes the
 * saddles' levels of BL22.THM1 (iii) and ends at the minimum's. */

#include <math.h>

#include "spectral/dense.h"
#include "spectral/relation.h"
#include "spectral/search.h"
#include "spectral/spectral.h"

static const pl_option options[] = {
    RELATION_OPTIONS("path:6"),
    {"embedding", PL_OPT_INT, "2", 1, 256, NULL, "K", "columns of the embedding", 0},
    {"alpha", PL_OPT_REAL, "1", 1e-9, 1e9, NULL, NULL, "weight of variance and covariance", 0},
    {"gamma", PL_OPT_REAL, "0.2", 0, 1e12, NULL, NULL, "weight of the invariance term", 0},
    {"scale", PL_OPT_REAL, "0.01", 1e-12, 1e3, NULL, NULL, "size of the random starts", 0},
    {"step", PL_OPT_REAL, "0.1", 1e-12, 1e6, NULL, NULL, "of gradient descent, times nu/alpha", 0},
    {"iterations", PL_OPT_INT, "300", 1, 1000000, NULL, "T", "steps of each start", 0},
    {"starts", PL_OPT_INT, "6", 1, 1000, NULL, NULL, "random starts", 0},
    {"seed", PL_OPT_SEED, "1", 0, 0, NULL, NULL, "seed of the starts", 0},
    {0}};

static const pl_column columns[] = {{"start", "1", "which", false},
                                    {"iteration", "1", "steps taken", false},
                                    {"loss", "nats", "there", false},
                                    {"gradient_norm", "nats", "there", false},
                                    {0}};

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status;
    relation rel = {0};
    pl_mat z = {0}, d = {0};
    size_t k = (size_t)pl_option_int(o, "embedding");
    size_t steps = (size_t)pl_option_int(o, "iterations");
    double alpha = pl_option_real(o, "alpha"), last = NAN, least = INFINITY, largest = -INFINITY;
    PL_TRY(relation_new(ctx, o, &rel));
    size_t n = rel.graph.nodes;
    double nu = (double)n - 1, step = pl_option_real(o, "step") * nu / alpha;
    pl_spectral_loss loss = {
        PL_VICREG_SQUARED, alpha, alpha, pl_option_real(o, "gamma"), 0, nu, 0, false};
    PL_TRY(dense_new(ctx, n, k, &d));
    for (size_t s = 0; s < (size_t)pl_option_int(o, "starts"); s++) {
        dense_free(&z);
        PL_TRY(dense_normals(ctx, n, k, pl_option_seed(o, "seed"), 800 + s, &z));
        for (size_t i = 0; i < n * k; i++)
            z.a[i] *= pl_option_real(o, "scale");
        for (size_t t = 0; t <= steps; t++) {
            PL_TRY(pl_spectral_loss_at(ctx, &loss, &rel.graph, pl_const(z), &last, d));
            PL_TRY(pl_table_add(
                ctx, out,
                (double[]){(double)(s + 1), (double)t, last, sqrt(dense_square(pl_const(d)))},
                NULL));
            if (!(last < 1e12)) {
                status = pl_fail(ctx, PL_ENOCONV,
                                 "gradient descent diverges: at step %zu the loss is %.3g; take a "
                                 "smaller --step",
                                 t, last);
                goto done;
            }
            for (size_t i = 0; i < n * k; i++)
                z.a[i] -= step * d.a[i];
        }
        least = fmin(least, last);
        largest = fmax(largest, last);
    }
    PL_TRY(PL_SUMMARISE(ctx, out, {"least_final_loss", "nats", "of all starts", least},
                        {"largest_final_loss", "nats", "of all starts", largest}));
    PL_TRY(relation_summarise(ctx, &rel, out));
done:
    relation_free(&rel);
    dense_free(&z);
    dense_free(&d);
    return status;
}

const pl_program pl_spectral_descent = {
    .name = "descent",
    .summary = "gradient descent on VICReg from small starts: saddle after saddle to the minimum",
    .details = "The loss along every start; its plateaus are the critical levels that `critical` "
               "lists.",
    .source = "BL22, THM1 (iii)",
    .options = options,
    .columns = columns,
    .run = run};
