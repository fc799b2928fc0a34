/* The least value that a contrastive loss can take on one batch of N pairs, or the second term of
 * the limit on N points: log(1 + (N-1) e^{-kappa N/(N-1)}) and its like, attained by an aligned
 * regular simplex when N <= d + 1 (theory notes, BATCH.OPT, and the finite support of THM1.2). */

#include <math.h>
#include <string.h>

#include "bounds/bounds.h"
#include "bounds/minimise.h"
#include "math/sphere.h"
#include "ssl/configurations.h"

static const pl_option options[] = {
    {"loss", PL_OPT_SPEC, "infonce", 0, 0, "infonce|ntxent|second-term", NULL,
     "of N pairs, or T2 = mean_i log mean_j e^{kappa u_i.u_j} of N points", 0},
    {"dim", PL_OPT_INT, "3", 2, 4096, NULL, NULL, "dimension d", 0},
    {"batch", PL_OPT_LIST, "2,3,4", 2, 1e4, NULL, "LIST", "numbers N of pairs or points", 0},
    {"kappa", PL_OPT_REAL, "2", 1e-3, 1e6, NULL, NULL, "inverse temperature 1/tau", 0},
    {"starts", PL_OPT_INT, "4", 0, 1e6, NULL, NULL, "random starts; 0: nothing is minimised", 0},
    {"seed", PL_OPT_SEED, "1", 0, 0, NULL, NULL, "of the starts", 0},
    {0}};

static const pl_column columns[] = {
    {"batch_size", "1", "number N", false},
    {"closed_form", "nats", "least value when N <= d + 1", false},
    {"simplex", "nats", "the loss of an aligned simplex; nan when N > d + 1", false},
    {"least", "nats", "least value found by descent", false},
    {"lower", "nats", "what no N can go below: closed form; second term: or log c", false},
    {"attainable", "1", "1 where N <= d + 1", false},
    {"simplex_gap", "1", "simplex/closed_form - 1", false},
    {"least_gap", "1", "least - closed_form, in units of the closed form and 1e-8", false},
    {0}};

static double closed_form(objective_kind kind, double n, double kappa) {
    double far = exp(-kappa * n / (n - 1)); /* e^{kappa(s - 1)} of two vertices */
    if (kind == OBJECTIVE_SECOND_TERM)
        return kappa + log((1 + (n - 1) * far) / n);
    return log1p((kind == OBJECTIVE_NTXENT ? 2 : 1) * (n - 1) * far);
}

/* The objective at an aligned simplex, u_i = v_i; summed by its own terms, so that a value near 0
 * keeps its digits: log1p of the far ones. */
static pl_status at_simplex(pl_ctx *ctx, objective_kind kind, size_t n, size_t d, double kappa,
                            double *out) {
    pl_mat z = {pl_alloc(ctx, n * d, sizeof *z.a), n, d, d};
    double sum = 0;
    if (!z.a)
        return PL_ENOMEM;
    pl_simplex(z);
    for (size_t i = 0; i < n; i++) {
        double far = 0;
        for (size_t j = 0; j < n; j++) {
            double s = 0;
            for (size_t k = 0; k < d; k++)
                s += z.a[i * d + k] * z.a[j * d + k];
            far += j == i ? 0 : exp(kappa * (s - 1));
        }
        sum += kind == OBJECTIVE_SECOND_TERM ? kappa + log((1 + far) / (double)n)
                                             : log1p((kind == OBJECTIVE_NTXENT ? 2 : 1) * far);
    }
    *out = sum / (double)n;
    pl_free(z.a);
    return PL_OK;
}

static pl_status add_row(pl_ctx *ctx, const pl_options *o, objective_kind kind, size_t n,
                         pl_table *out) {
    pl_status status = PL_OK;
    pl_mat found = {0};
    size_t d = (size_t)pl_option_int(o, "dim"), starts = (size_t)pl_option_int(o, "starts");
    double kappa = pl_option_real(o, "kappa"), simplex = NAN, least = NAN;
    double closed = closed_form(kind, (double)n, kappa), lower = closed;
    bool attainable = n <= d + 1;
    if (kind == OBJECTIVE_SECOND_TERM)
        lower = fmax(lower, pl_log_c((double)d, kappa));
    if (attainable)
        PL_TRY(at_simplex(ctx, kind, n, d, kappa, &simplex));
    if (starts > 0) {
        found = (pl_mat){NULL, n, d, d};
        PL_NEW(ctx, found.a, n * d);
        PL_TRY(minimise_points(ctx, kind, kappa, n, d, starts,
                               (pl_stream){pl_option_seed(o, "seed"), n, 0}, &least, found));
    }
    PL_TRY(
        pl_table_add(ctx, out,
                     (double[]){(double)n, closed, simplex, least, lower, attainable,
                                simplex / closed - 1, (least - closed) / fmax(fabs(closed), 1e-8)},
                     NULL));
done:
    pl_free(found.a);
    return status;
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status = PL_OK;
    size_t count;
    const double *batch = pl_option_list(o, "batch", &count);
    const char *word = pl_option_spec(o, "loss", NULL);
    objective_kind kind = strcmp(word, "infonce") == 0  ? OBJECTIVE_INFONCE
                          : strcmp(word, "ntxent") == 0 ? OBJECTIVE_NTXENT
                                                        : OBJECTIVE_SECOND_TERM;
    for (size_t i = 0; i < count; i++) {
        if (batch[i] != floor(batch[i]))
            return pl_fail(ctx, PL_EUSAGE, "--batch is %g, expected a whole number", batch[i]);
        PL_TRY(add_row(ctx, o, kind, (size_t)batch[i], out));
    }
done:
    return status;
}

const pl_program pl_bounds_batch_optimum = {
    .name = "batch-optimum",
    .summary = "the least loss of a batch: closed form, simplex and descent",
    .details = "InfoNCE of N pairs is at least log(1 + (N-1) e^{-kappa N/(N-1)}), NT-Xent at least "
               "log(1 + (2N-2) e^{-kappa N/(N-1)}); both are met by an aligned simplex.",
    .source = "WANG20, sec. 4.3; derived here: BATCH.OPT and THM1.2",
    .options = options,
    .columns = columns,
    .run = run};
