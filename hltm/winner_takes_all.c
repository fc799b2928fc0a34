/* TIAN20, one ReLU layer (theory notes, 1L.RELU): neurons decouple, and with two classes the
 * selectivity Delta_j = w_j . Delta u_j obeys dDelta_j/dt = p_0 p_1 |Delta u_j|^2 Delta_j. The
 * example: all cyclic shifts of the patterns 11 and 101, which a linear layer cannot tell apart. */

#include <math.h>
#include <string.h>

#include "hltm/hltm.h"
#include "hltm/tree.h"

enum { MAX_DIM = 64, MAX_NEURONS = 32 };

static const pl_option options[] = {
    {"dim", PL_OPT_INT, "8", 4, MAX_DIM, NULL, "D", "inputs: all cyclic shifts of each pattern", 0},
    {"network", PL_OPT_SPEC, "relu", 0, 0, "relu|linear", NULL, "the layer's units", 0},
    {"net-seed", PL_OPT_SEED, "5", 0, 0, NULL, "S", "weights U(-1, 1) (splitmix64)", 0},
    {"weights", PL_OPT_LIST, NULL, -1e6, 1e6, NULL, "LIST", "of one neuron, instead of drawn", 0},
    {"neurons", PL_OPT_INT, "1", 1, MAX_NEURONS, NULL, NULL, "of the layer", 0},
    {"rate", PL_OPT_REAL, "0.01", 1e-9, 100, NULL, "LR", "step of the anchor gradient", 0},
    {"steps", PL_OPT_INT, "2000", 1, 10000000, NULL, NULL, "of gradient descent", 0},
    {"every", PL_OPT_INT, "500", 1, 10000000, NULL, NULL, "steps between rows", 0},
    {0}};

static const pl_column columns[] = {
    {"step", "1", "of gradient descent", false},
    {"neuron", "1", "j", false},
    {"selectivity", "1", "Delta_j = f-bar_j(1) - f-bar_j(0)", false},
    {"initial", "1", "Delta_j at step 0", false},
    {"lambda1", "1", "p_0 p_1 |Delta u_j|^2", false},
    {"gain", "1", "|Delta_j| now minus |Delta_j| at the row before", false},
    {"next_ratio", "1", "Delta_j after one more step over Delta_j now", false},
    {"predicted_ratio", "1", "1 + LR lambda_j", false},
    {"same_gates", "1", "1 where that step changes no gate", false},
    {"same_sign", "1", "1 where Delta_j has its initial sign", false},
    {0}};

typedef struct shifts {
    size_t dim;
    bool linear;
} shifts;

/* Input i of shift s of a class: 11 for class 1, 101 for class 0. */
static double input(const shifts *p, size_t class, size_t s, size_t i) {
    size_t at = (i + p->dim - s) % p->dim;
    return at == 0 || at == (class ? 1 : 2);
}

/* Delta u = E[x gate(x)|1] - E[x gate(x)|0]; gates: one bit a class and shift. */
static double gated_difference(const shifts *p, const double *w, double *du, unsigned char *gates) {
    double delta = 0;
    memset(du, 0, p->dim * sizeof *du);
    for (size_t class = 0; class < 2; class ++)
        for (size_t s = 0; s < p->dim; s++) {
            double h = 0;
            for (size_t i = 0; i < p->dim; i++)
                h += w[i] * input(p, class, s, i);
            bool open = p->linear || h > 0;
            gates[class * MAX_DIM + s] = open;
            for (size_t i = 0; open && i < p->dim; i++)
                du[i] += (class ? 1 : -1) * input(p, class, s, i) / (double)p->dim;
        }
    for (size_t i = 0; i < p->dim; i++)
        delta += w[i] * du[i];
    return delta;
}

typedef struct neuron {
    double w[MAX_DIM], du[MAX_DIM], delta, initial, shown, lambda;
    unsigned char gates[2 * MAX_DIM];
} neuron;

static void look(const shifts *p, neuron *n) {
    n->delta = gated_difference(p, n->w, n->du, n->gates);
    n->lambda = 0;
    for (size_t i = 0; i < p->dim; i++)
        n->lambda += n->du[i] * n->du[i] / 4;
}

/* w += lr p_0 p_1 Delta Delta u */
static void step(const shifts *p, double lr, neuron *n) {
    for (size_t i = 0; i < p->dim; i++)
        n->w[i] += lr * n->delta * n->du[i] / 4;
    look(p, n);
}

static pl_status add_row(pl_ctx *ctx, const shifts *p, double lr, long long t, size_t j, neuron *n,
                         pl_table *out) {
    neuron next = *n;
    step(p, lr, &next);
    bool same = memcmp(next.gates, n->gates, sizeof n->gates) == 0;
    double ratio = n->delta != 0 ? next.delta / n->delta : 1;
    double gain = fabs(n->delta) - n->shown;
    n->shown = fabs(n->delta);
    return pl_table_add(ctx, out,
                        (double[]){(double)t, (double)j, n->delta, n->initial, n->lambda,
                                   t == 0 ? 0 : gain, ratio, 1 + lr * n->lambda, same,
                                   n->delta * n->initial >= 0},
                        NULL);
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status = PL_OK;
    shifts p = {.dim = (size_t)pl_option_int(o, "dim"),
                .linear = strcmp(pl_option_spec(o, "network", NULL), "linear") == 0};
    size_t count, neurons = (size_t)pl_option_int(o, "neurons");
    const double *given = pl_option_list(o, "weights", &count);
    double lr = pl_option_real(o, "rate"), least_gain = INFINITY, most_du = 0, grown = 0;
    long long steps = pl_option_int(o, "steps"), every = pl_option_int(o, "every");
    hltm_draws draws = hltm_splitmix(pl_option_seed(o, "net-seed"));
    neuron *n = NULL;
    if (pl_option_has(o, "weights") && (count != p.dim || neurons != 1))
        return pl_fail(ctx, PL_EUSAGE, "--weights has %zu numbers for %zu neurons; give %zu for 1",
                       count, neurons, p.dim);
    PL_NEW(ctx, n, neurons);
    for (size_t j = 0; j < neurons; j++) {
        for (size_t i = 0; i < p.dim; i++)
            n[j].w[i] = pl_option_has(o, "weights") ? given[i] : 2 * hltm_next(&draws) - 1;
        look(&p, &n[j]);
        n[j].initial = n[j].delta;
        for (size_t i = 0; i < p.dim; i++)
            most_du = fmax(most_du, fabs(n[j].du[i]));
    }
    for (long long t = 0; t <= steps; t++)
        for (size_t j = 0; j < neurons; j++) {
            if (t % every == 0 || t == steps)
                PL_TRY(add_row(ctx, &p, lr, t, j, &n[j], out));
            double before = fabs(n[j].delta);
            step(&p, lr, &n[j]);
            if (t < steps)
                least_gain = fmin(least_gain, fabs(n[j].delta) - before);
        }
    for (size_t i = 0; i + neurons < pl_table_rows(out) + 1 && i < neurons; i++)
        grown = fmax(grown, fabs(pl_table_at(out, pl_table_rows(out) - neurons + i, 2)) -
                                fabs(n[i].initial));
    PL_TRY(pl_table_summarise(ctx, out, "least_gain", "1", "least change of |Delta| in one step",
                              least_gain));
    PL_TRY(pl_table_summarise(ctx, out, "mean_difference_max", "1",
                              "largest entry of Delta u at step 0", most_du));
    PL_TRY(pl_table_summarise(ctx, out, "total_gain", "1", "largest growth of |Delta|", grown));
done:
    pl_free(n);
    return status;
}

const pl_program pl_hltm_winner_takes_all = {
    .name = "winner-takes-all",
    .summary = "one ReLU layer on cyclic shifts of 11 and 101: selective neurons grow",
    .details = "dDelta_j/dt = p_0 p_1 |Delta u_j|^2 Delta_j: exp(lambda_j t) while gates stay; a "
               "linear layer sees no difference at all.",
    .source = "TIAN20, one layer (1L.RELU)",
    .options = options,
    .columns = columns,
    .run = run};
