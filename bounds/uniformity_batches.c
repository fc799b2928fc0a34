/* The uniformity loss of a batch: log of the U-statistic over pairs i < j (the code of WANG20) and
 * of the V-statistic that counts i = j too. What both estimate, their exact moments for uniform
 * features, and three lower bounds (theory notes, PROP3.EST). The U-statistic is degenerate at the
 * uniform law, so that replicates are whole batches. */

#include <math.h>

#include "bounds/bounds.h"
#include "math/sampler.h"
#include "math/sphere.h"
#include "math/stats.h"
#include "ssl/configurations.h"

static const pl_option options[] = {
    {"dim", PL_OPT_INT, "3", 2, 1e5, NULL, NULL, "dimension d", 0},
    {"t", PL_OPT_REAL, "2", 1e-6, 1e4, NULL, NULL, "scale of the potential, t > 0", 0},
    {"batch", PL_OPT_LIST, "2,16,64", 2, 1e6, NULL, "LIST", "batch sizes B", 0},
    {"replicates", PL_OPT_INT, "2000", 200, 1e8, NULL, NULL, "independent batches", 0},
    {"seed", PL_OPT_SEED, "1", 0, 0, NULL, NULL, "of the features", 0},
    {"configuration", PL_OPT_TEXT, NULL, 0, 0, NULL, "NAME",
     "the one batch of this name (antipodal, simplex-N, N-gon, ...) instead of uniform features",
     0},
    {"exact", PL_OPT_FLAG, NULL, 0, 0, NULL, NULL, "moments and bounds only, nothing sampled", 0},
    {0}};

static const pl_column columns[] = {
    {"batch_size", "1", "batch size B", false},
    {"mean_u", "1", "mean of the U-statistic over the batches", false},
    {"mean_u_error", "1", "its standard error", false},
    {"potential", "1", "its expectation, c(d, 2t) e^{-2t}", false},
    {"variance_u", "1", "variance of the U-statistic over the batches", false},
    {"variance_u_error", "1", "its standard error", false},
    {"exact_variance_u", "1", "2/(B(B-1)) [e^{-4t} c(4t) - (e^{-2t} c(2t))^2]", false},
    {"mean_v", "1", "mean of the V-statistic", false},
    {"mean_v_error", "1", "its standard error", false},
    {"exact_mean_v", "1", "1/B + (1 - 1/B) potential", false},
    {"least_log_u", "nats", "least log U over the batches", false},
    {"paper_lower", "nats", "max(-4t, log((B e^{L*} - 1)/(B - 1)))", false},
    {"jensen_lower", "nats", "-2tB/(B - 1)", false},
    {"lower", "nats", "the larger of the two", false},
    {"least_log_v", "nats", "least log V over the batches", false},
    {"limit", "nats", "L* = -2t + log c(d, 2t)", false},
    {"relative_deviation", "1", "sd(U)/E U, exact", false},
    {"log_bias", "nats", "leading bias of log U: right where the above is below 0.1", false},
    {"attained", "1", "1 where the least log U equals the published strict bound", false},
    {0}};

/* Both statistics of one batch; the V-statistic counts the B pairs i = j, of potential 1. */
static double u_statistic(pl_cmat z, double t) {
    double sum = 0, n = (double)z.rows;
    for (size_t i = 0; i < z.rows; i++)
        for (size_t j = 0; j < i; j++) {
            double s = 0;
            for (size_t k = 0; k < z.cols; k++)
                s += z.a[i * z.ld + k] * z.a[j * z.ld + k];
            sum += exp(2 * t * (s - 1));
        }
    return 2 * sum / (n * (n - 1));
}

typedef struct sampled {
    double mean, mean_error, variance, variance_error, least;
} sampled;

static sampled moments(const double *u, size_t n, double *work) {
    sampled s = {.least = INFINITY};
    double r = (double)n, fourth;
    s.mean = pl_mean(u, n);
    s.variance = n > 1 ? pl_variance(u, n) : 0;
    for (size_t i = 0; i < n; i++) {
        work[i] = pow(u[i] - s.mean, 4);
        s.least = fmin(s.least, u[i]);
    }
    fourth = pl_mean(work, n);
    s.mean_error = sqrt(s.variance / r);
    s.variance_error = sqrt(fmax(fourth - s.variance * s.variance, 0) / r);
    return s;
}

/* Replicates of uniform features, or the one named batch. */
static pl_status sample(pl_ctx *ctx, const pl_options *o, size_t batch, sampled *out) {
    pl_status status;
    pl_mat z = {0};
    double *u = NULL, *work = NULL, t = pl_option_real(o, "t");
    size_t d = (size_t)pl_option_int(o, "dim"), cells;
    const char *name = pl_option_text(o, "configuration");
    size_t n = name ? 1 : (size_t)pl_option_int(o, "replicates");
    if (!pl_size_mul(batch, d, &cells))
        return pl_fail(ctx, PL_ESHAPE, "a batch of %zu in dimension %zu is too large", batch, d);
    PL_NEW(ctx, u, n);
    PL_NEW(ctx, work, n);
    if (name) {
        PL_TRY(pl_configuration(ctx, name, d, &z));
        u[0] = u_statistic(pl_const(z), t);
    } else {
        z = (pl_mat){NULL, batch, d, d};
        PL_NEW(ctx, z.a, cells);
    }
    for (size_t r = 0; !name && r < n; r++) {
        pl_stream stream = {pl_option_seed(o, "seed"), 1, (uint64_t)r * batch};
        PL_TRY(pl_sample_sphere(ctx, stream, z));
        u[r] = u_statistic(pl_const(z), t);
    }
    *out = moments(u, n, work);
done:
    pl_free(z.a);
    pl_free(u);
    pl_free(work);
    return status;
}

static pl_status add_row(pl_ctx *ctx, const pl_options *o, double b, pl_table *out) {
    pl_status status;
    sampled s = {
        .mean = NAN, .mean_error = NAN, .variance = NAN, .variance_error = NAN, .least = NAN};
    double d = (double)pl_option_int(o, "dim"), t = pl_option_real(o, "t");
    if (b != floor(b))
        return pl_fail(ctx, PL_EUSAGE, "--batch is %g, expected a whole number", b);
    if (!pl_option_flag(o, "exact"))
        PL_TRY(sample(ctx, o, (size_t)b, &s));
    double limit = pl_log_c(d, 2 * t) - 2 * t, mean = exp(limit);
    double ratio = expm1(pl_log_c(d, 4 * t) - 2 * pl_log_c(d, 2 * t)); /* Var G/(E G)^2 */
    double variance = 2 / (b * (b - 1)) * ratio * mean * mean;
    double argument = (b * mean - 1) / (b - 1), jensen = -2 * t * b / (b - 1);
    double paper = argument > 0 ? fmax(-4 * t, log(argument)) : -4 * t;
    double relative = sqrt(2 / (b * (b - 1)) * ratio);
    double self = 1 / b, v = self + (1 - self) * s.mean, least = log(s.least);
    double row[] = {b,
                    s.mean,
                    s.mean_error,
                    mean,
                    s.variance,
                    s.variance_error,
                    variance,
                    v,
                    (1 - self) * s.mean_error,
                    self + (1 - self) * mean,
                    least,
                    paper,
                    jensen,
                    fmax(paper, jensen),
                    log(self + (1 - self) * s.least),
                    limit,
                    relative,
                    -relative * relative / 2,
                    fabs(least + 4 * t) <= 1e-12 * t};
    PL_TRY(pl_table_add(ctx, out, row, NULL));
done:
    return status;
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status = PL_OK;
    size_t count;
    const double *batch = pl_option_list(o, "batch", &count);
    const char *name = pl_option_text(o, "configuration");
    if (name) {
        pl_mat z = {0};
        PL_TRY(pl_configuration(ctx, name, (size_t)pl_option_int(o, "dim"), &z));
        pl_free(z.a);
        PL_TRY(add_row(ctx, o, (double)z.rows, out));
    } else {
        for (size_t i = 0; i < count; i++)
            PL_TRY(add_row(ctx, o, batch[i], out));
    }
    PL_TRY(pl_table_summarise(
        ctx, out, "log_bias_two", "nats", "exact bias of log U at B = 2, -log c(d, 2t)",
        -pl_log_c((double)pl_option_int(o, "dim"), 2 * pl_option_real(o, "t"))));
done:
    return status;
}

const pl_program pl_bounds_uniformity_batches = {
    .name = "uniformity-batches",
    .summary = "the uniformity loss of batches: its moments and its lower bounds",
    .details = "U- and V-statistic of the Gaussian potential over independent batches of uniform "
               "features, beside their exact moments and the bounds that no batch can pass.",
    .source = "WANG20, Proposition 3 and its estimators",
    .options = options,
    .columns = columns,
    .run = run};
