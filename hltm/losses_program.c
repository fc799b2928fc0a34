/* TIAN20, the loss property: dL/dr_+ > 0, dL/dr_h < 0, and the derivatives sum to 0, which is
 * L(r + c) = L(r). The program `losses` shows one point, `weights` the weight xi of a gap. */

#include <math.h>
#include <string.h>

#include "hltm/hltm.h"
#include "hltm/setting.h"

enum { MAX_NEGATIVES = 16 };

static const pl_option options[] = {
    HLTM_LOSS_OPTIONS,
    {"positive", PL_OPT_REAL, "0.3", 0, 1e6, NULL, NULL, "r_+", 0},
    {"negative", PL_OPT_LIST, "0.7", 0, 1e6, NULL, "LIST", "r_h", 0},
    {"unaveraged", PL_OPT_FLAG, NULL, 0, 0, NULL, NULL,
     "simp with a sum, not a mean, over negatives (a control)", 0},
    {0}};

static const pl_column columns[] = {
    {"pair", "1", "0 the positive, 1.. the negatives", false},
    {"distance", "1", "r", false},
    {"derivative", "1", "dL/dr", false},
    {"difference", "1", "the same by central differences", false},
    {"signed_derivative", "1", "positive where the sign is the stated one", false},
    {0}};

typedef struct point {
    hltm_loss loss;
    bool unaveraged;
    size_t negatives;
} point;

/* simp and the released losses extend to H negatives by their mean. */
static double value_at(const point *p, const double *r, double *d) {
    double h = (double)p->negatives, value;
    if (p->loss.kind == HLTM_NCE || (p->loss.kind == HLTM_TRI && p->negatives == 1))
        return hltm_loss_at(&p->loss, r[0], r + 1, d, d + 1);
    double mean = 0, share = p->unaveraged ? 1 : 1 / h, s = 1;
    for (size_t i = 1; i <= p->negatives; i++)
        mean += share * r[i];
    value = r[0] - mean;
    if (p->loss.kind == HLTM_RELEASED) {
        double q = hltm_sigmoid((mean - r[0]) / p->loss.tau);
        value = -q;
        s = q * (1 - q) / p->loss.tau;
    }
    d[0] = s;
    for (size_t i = 1; i <= p->negatives; i++)
        d[i] = -share * s;
    return value;
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status = PL_OK;
    const double h = 1e-6, shift = 0.25;
    double r[MAX_NEGATIVES + 1], d[MAX_NEGATIVES + 1], scratch[MAX_NEGATIVES + 1], sum = 0;
    point p = {.loss = hltm_setting_loss(o), .unaveraged = pl_option_flag(o, "unaveraged")};
    const double *negative = pl_option_list(o, "negative", &p.negatives);
    if (p.negatives > MAX_NEGATIVES || (p.loss.kind == HLTM_TRI && p.negatives > 1))
        return pl_fail(ctx, PL_EUSAGE, "--negative takes at most %d distances, one for tri",
                       MAX_NEGATIVES);
    p.loss.negatives = p.negatives;
    r[0] = pl_option_real(o, "positive");
    memcpy(r + 1, negative, p.negatives * sizeof *r);
    double value = value_at(&p, r, d);
    for (size_t i = 0; i <= p.negatives; i++) {
        double keep = r[i];
        r[i] = keep + h;
        double up = value_at(&p, r, scratch);
        r[i] = keep - h;
        double down = value_at(&p, r, scratch);
        r[i] = keep;
        sum += d[i];
        PL_TRY(pl_table_add(
            ctx, out,
            (double[]){(double)i, r[i], d[i], (up - down) / (2 * h), i == 0 ? d[i] : -d[i]}, NULL));
    }
    for (size_t i = 0; i <= p.negatives; i++)
        r[i] += shift;
    PL_TRY(pl_table_summarise(ctx, out, "loss", "1", "L(r)", value));
    PL_TRY(
        pl_table_summarise(ctx, out, "shifted_loss", "1", "L(r + 1/4)", value_at(&p, r, scratch)));
    PL_TRY(pl_table_summarise(ctx, out, "derivative_positive", "1", "dL/dr_+", d[0]));
    PL_TRY(pl_table_summarise(ctx, out, "derivative_sum", "1", "of all derivatives", sum));
done:
    return status;
}

const pl_program pl_hltm_losses = {
    .name = "losses",
    .summary = "derivatives of a contrastive loss in the distances of its pairs",
    .details = "dL/dr_+ > 0, dL/dr_h < 0, and their sum is 0: L(r + c) = L(r).",
    .source = "TIAN20, Theorem 2 (THM2)",
    .options = options,
    .columns = columns,
    .run = run};

static const pl_option weight_options[] = {
    {"tau", PL_OPT_REAL, "0.5", 1e-6, 1e6, NULL, NULL, "temperature of tri and nce", 0},
    {"r0", PL_OPT_REAL, "0.1", -1e6, 1e6, NULL, NULL, "margin of tri", 0},
    {"temperature", PL_OPT_REAL, "0.1", 1e-6, 1e6, NULL, NULL, "T of the released loss", 0},
    {"hidden", PL_OPT_INT, "10", 1, 4096, NULL, "H", "outputs, over which it averages", 0},
    {"most", PL_OPT_REAL, "2", 1e-6, 1e6, NULL, NULL, "gaps r_- - r_+ from -MOST to MOST", 0},
    {"points", PL_OPT_INT, "201", 2, 100000, NULL, NULL, "of the curve", 0},
    {0}};

static const pl_column weight_columns[] = {
    {"gap", "1", "r_- - r_+", false},
    {"simp", "1", "weight of the pair's gradient, L_simp", false},
    {"tri", "1", "the same, L_tri", false},
    {"nce", "1", "the same, L_nce with one negative", false},
    {"released", "1", "(2/hid) p (1 - p)/T, the released loss", false},
    {0}};

static pl_status run_weights(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    double tau = pl_option_real(o, "tau"), t = pl_option_real(o, "temperature");
    double most = pl_option_real(o, "most"), mse = 2 / (double)pl_option_int(o, "hidden");
    long long points = pl_option_int(o, "points");
    for (long long i = 0; i < points; i++) {
        double gap = most * (2 * (double)i / (double)(points - 1) - 1);
        double p = hltm_sigmoid(mse * gap / t);
        pl_status status =
            pl_table_add(ctx, out,
                         (double[]){gap, 1, hltm_sigmoid((pl_option_real(o, "r0") - gap) / tau),
                                    hltm_sigmoid(-gap / tau), mse * p * (1 - p) / t},
                         NULL);
        if (status)
            return status;
    }
    return PL_OK;
}

const pl_program pl_hltm_weights = {
    .name = "weights",
    .summary = "the weight xi of a pair against its gap, loss by loss",
    .details = "1 for L_simp, sigma((r_+ - r_- + r_0)/tau) for L_tri, r_0 = 0 for L_nce; the "
               "released loss weighs the whole batch at once.",
    .source = "TIAN20, Theorem 2 (THM2, CODE.NCE)",
    .options = weight_options,
    .columns = weight_columns,
    .run = run_weights};
