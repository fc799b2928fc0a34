/* LEE25, the balanced loss for large batches: bcl(alpha, lambda) - (lambda/alpha) log N tends to
 *     -E s+ + (lambda/alpha) E_u log E_v e^{alpha u.v} >= -1 + (lambda/alpha) log c(d, alpha),
 * with equality for aligned pairs and the uniform law whatever lambda > 0; at finite N the error is
 * (lambda/alpha)(C1 - 1)/M + O(1/M^2), M = N - 1, C1 = R - V/2, R = e^alpha/c, V = c(2 alpha)/c^2
 * - 1. */

#include <math.h>
#include <string.h>

#include "bounds/balance.h"
#include "math/logsum.h"
#include "math/sphere.h"
#include "math/zonal.h"

static const pl_column columns[] = {
    {"batch", "1", "pairs N in a batch", false},
    {"loss", "nats/alpha", "E bcl - (lambda/alpha) log N, exact", false},
    {"limit", "nats/alpha", "its limit, from the encoder's law", false},
    {"deviation", "nats/alpha", "loss - limit", false},
    {"scaled_error", "nats", "M (deviation) alpha/lambda, M = N - 1", false},
    {"remainder", "nats", "scaled_error - (C1 - 1), uniform encoder", false},
    {"remainder_of_c1", "nats", "scaled_error - C1: what log M in place of log N would leave",
     false},
    {"least", "nats/alpha", "-1 + (lambda/alpha) log c, which no encoder's limit lies below",
     false},
    {0}};

enum { NODES_PER_ALPHA = 16 };

/* The encoder's law vMF(e1, law) and its anchors' r = u.e1; law 0: nothing depends on r. */
typedef struct encoder {
    size_t d, fine;
    double alpha, law, pair; /* pair < 0: aligned */
    pl_zonal anchors, positive;
} encoder;

/* log E_v e^{alpha u.v} for u.e1 = r. */
static double log_partition(const encoder *e, double r) {
    double a = e->alpha, k = e->law, d = (double)e->d;
    return pl_log_c(d, sqrt(fmax(0, a * a + k * k + 2 * a * k * r))) - pl_log_c(d, k);
}

static pl_status encoder_new(pl_ctx *ctx, const pl_options *o, encoder *out) {
    pl_status status;
    encoder e = {.d = (size_t)pl_option_int(o, "dim"), .alpha = pl_option_real(o, "alpha")};
    if (strcmp(pl_option_spec(o, "encoder", &e.law), "uniform") == 0)
        e.law = 0;
    if (strcmp(pl_option_spec(o, "pairs", &e.pair), "aligned") == 0)
        e.pair = -1;
    e.fine = 64 + (size_t)(NODES_PER_ALPHA * fmin(e.alpha, 1000));
    PL_TRY(pl_zonal_new(ctx, e.d, e.law, &e.anchors));
    if (e.pair >= 0)
        PL_TRY(pl_zonal_new_fine(ctx, e.d, e.pair, e.fine, &e.positive));
    *out = e;
    e = (encoder){0};
done:
    pl_zonal_free(&e.anchors);
    pl_zonal_free(&e.positive);
    return status;
}

/* E log(e^{alpha s+} + sum of M) - log N over the anchors: one node is enough for the uniform law.
 */
static pl_status log_sum(pl_ctx *ctx, const encoder *e, double m, double *out) {
    pl_status status = PL_OK;
    double sum = 0, share = 0;
    size_t nodes = e->law > 0 ? e->anchors.n : 1;
    for (size_t i = 0; i < nodes; i++) {
        pl_zonal negatives = {0};
        double w = e->law > 0 ? e->anchors.w[i] : 1, term;
        if (w < 1e-18) /* below the sum's rounding */
            continue;
        PL_TRY(e->law > 0 ? pl_zonal_new_tilted(ctx, e->d, e->law, e->anchors.s[i], &negatives)
                          : pl_zonal_new_fine(ctx, e->d, 0, e->fine, &negatives));
        status = pl_logsum_mean(ctx, e->alpha, m, &negatives, 1, e->pair < 0 ? NULL : &e->positive,
                                true, &term);
        pl_zonal_free(&negatives);
        if (status)
            goto done;
        sum += w * (term - log(m + 1));
        share += w;
    }
    *out = sum / share;
done:
    return status;
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status;
    encoder e = {0};
    size_t count;
    const double *batches = pl_option_list(o, "batch", &count);
    double lambda, log_u = 0, alpha = pl_option_real(o, "alpha");
    PL_TRY(balance_options_check(ctx, o));
    PL_TRY(balance_single(ctx, o, "lambda", &lambda));
    PL_TRY(encoder_new(ctx, o, &e));
    double d = (double)e.d, log_c = pl_log_c(d, alpha), weight = lambda / alpha;
    double similarity = e.pair < 0 ? 1 : pl_resultant(d, e.pair);
    for (size_t i = 0; i < e.anchors.n; i++)
        log_u += e.anchors.w[i] * log_partition(&e, e.anchors.s[i]);
    double limit = -similarity + weight * log_u, least = -1 + weight * log_c;
    bool closed = !(e.law > 0) && e.pair < 0;
    double c1 =
        closed ? exp(alpha - log_c) - expm1(pl_log_c(d, 2 * alpha) - 2 * log_c) / 2 : (double)NAN;
    for (size_t i = 0; i < count; i++) {
        double m = batches[i] - 1, value;
        PL_TRY(log_sum(ctx, &e, m, &value));
        double deviation = weight * (value - log_u), scaled = m * deviation / weight;
        PL_TRY(pl_table_add(ctx, out,
                            (double[]){batches[i], limit + deviation, limit, deviation, scaled,
                                       scaled - c1 + 1, scaled - c1, least},
                            NULL));
    }
    if (closed)
        PL_TRY(PL_SUMMARISE(
            ctx, out, {"scaled_error_limit", "nats", "C1 - 1, where scaled_error tends", c1 - 1}));
done:
    pl_zonal_free(&e.anchors);
    pl_zonal_free(&e.positive);
    return status;
}

const pl_program pl_balance_limit = {.name = "--part limit",
                                     .summary = "the balanced loss as batches grow",
                                     .columns = columns,
                                     .run = run};
