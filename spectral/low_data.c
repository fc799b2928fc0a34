/* BL22.LOW1-LOW3: what the invariance weight gamma does for a probe on VICReg's embedding with few
 * labels, with all labels and noise, and on targets that the relation does not support. */

#include <lapacke.h>
#include <math.h>
#include <string.h>

#include "spectral/dense.h"
#include "spectral/embedding.h"
#include "spectral/modes.h"
#include "spectral/relation.h"
#include "spectral/spectral.h"
#include "spectral/target.h"

static const pl_option options[] = {
    RELATION_OPTIONS("cliques:4x3"),
    {"task", PL_OPT_SPEC, "few", 0, 0, "few|all|misaligned", NULL,
     "one label a component; all labels with noise; residual of a ridge fit", 0},
    {"target", PL_OPT_SPEC, "clique", 0, 0, "faction|clique|mixed|misaligned|labels", NULL,
     "what is to be learnt (see downstream)", 0},
    {"gammas", PL_OPT_LIST, "0,0.1,0.2,0.3,0.4", 0, 1e9, NULL, "G,..", "invariance weights, rising",
     0},
    {"alpha", PL_OPT_REAL, "1", 1e-9, 1e9, NULL, NULL, "weight of variance and covariance", 0},
    {"delta", PL_OPT_REAL, "0.5", 0, 1e9, NULL, NULL, "ridge (few: 0 is the minimum-norm fit)", 0},
    {"noise", PL_OPT_REAL, "0.1", 0, 1e9, NULL, NULL, "variance of the labels' noise", 0},
    {0}};

static const pl_column columns[] = {
    {"gamma", "1", "invariance weight", false},
    {"shrinkage", "1", "b = (1 - eta lambda_max)_+, weight of the roughest mode", false},
    {"closed_form", "1", "error, the formula", false},
    {"computed", "1", "the same by a fit", false},
    {"change", "1", "computed less the row before; > 0: more invariance is worse", false},
    {"captured", "1", "misaligned: |Z'y| of SimCLR-squared's embedding", false},
    {0}};

typedef struct setting {
    const relation *rel;
    size_t n;
    double eta1; /* eta at gamma = 1 */
    double delta, noise;
    modes low;
    pl_mat y;
    double *mu;
    size_t groups, size; /* components and their size, when all are cliques of one size */
} setting;

/* K_gamma = sum mu_k u_k u_k'. */
static void kernel_of(const setting *s, pl_mat k) {
    for (size_t i = 0; i < s->n; i++)
        for (size_t j = 0; j < s->n; j++) {
            double sum = 0;
            for (size_t c = 0; c < s->low.k; c++)
                sum += s->mu[c] * s->low.vector.a[i * s->low.vector.ld + c] *
                       s->low.vector.a[j * s->low.vector.ld + c];
            k.a[i * s->n + j] = sum;
        }
}

/* One label a component, minimum norm (or ridge) and free intercept: [K + delta I, 1; 1', 0]. */
static pl_status few_fit(pl_ctx *ctx, const setting *s, double *mse) {
    pl_status status;
    pl_mat k = {0}, a = {0};
    double *rhs = NULL;
    size_t *component = NULL, *first = NULL, count, m = s->groups;
    lapack_int *pivot = NULL;
    PL_TRY(dense_new(ctx, s->n, s->n, &k));
    PL_TRY(dense_new(ctx, m + 1, m + 1, &a));
    PL_NEW(ctx, rhs, m + 1);
    PL_NEW(ctx, pivot, m + 1);
    PL_NEW(ctx, component, s->n);
    PL_NEW(ctx, first, m);
    PL_TRY(pl_graph_components(ctx, &s->rel->graph, component, &count));
    for (size_t i = s->n; i-- > 0;)
        first[component[i]] = i;
    kernel_of(s, k);
    for (size_t i = 0; i < m; i++) {
        for (size_t j = 0; j < m; j++)
            a.a[i * a.ld + j] = k.a[first[i] * s->n + first[j]] + (i == j ? s->delta : 0);
        a.a[i * a.ld + m] = a.a[m * a.ld + i] = 1;
        rhs[i] = s->y.a[first[i]];
    }
    if (LAPACKE_dgesv(LAPACK_ROW_MAJOR, (lapack_int)(m + 1), 1, a.a, (lapack_int)a.ld, pivot, rhs,
                      1) != 0) {
        status = pl_fail(ctx, PL_EDOMAIN, "the labelled nodes do not determine the fit");
        goto done;
    }
    double sum = 0;
    for (size_t i = 0; i < s->n; i++) {
        double f = rhs[m];
        for (size_t j = 0; j < m; j++)
            f += k.a[i * s->n + first[j]] * rhs[j];
        sum += first[component[i]] == i ? 0 : (f - s->y.a[i]) * (f - s->y.a[i]);
    }
    *mse = sum / (double)(s->n - m);
done:
    dense_free(&k);
    dense_free(&a);
    pl_free(rhs);
    pl_free(pivot);
    pl_free(component);
    pl_free(first);
    return status;
}

/* Smoother S = 11'/n + K(K + delta)^-1 H as a matrix; its risk |(S - I)y|^2 + noise |S|^2 over n,
 * or the residual fraction of Hy. */
static pl_status smoother(pl_ctx *ctx, const setting *s, double *risk, double *residual) {
    pl_status status;
    pl_mat k = {0}, shifted = {0}, fit = {0};
    size_t n = s->n;
    PL_TRY(dense_new(ctx, n, n, &k));
    kernel_of(s, k);
    PL_TRY(dense_copy(ctx, pl_const(k), &shifted));
    PL_TRY(dense_copy(ctx, pl_const(k), &fit));
    for (size_t i = 0; i < n; i++)
        shifted.a[i * n + i] += s->delta;
    PL_TRY(dense_solve(ctx, pl_const(shifted), fit)); /* (K + delta)^-1 K = K(K + delta)^-1 */
    dense_centre_both(fit);
    double mean = 0, norm = 0, off = 0, centred = 0, frobenius = 0;
    for (size_t i = 0; i < n; i++)
        mean += s->y.a[i] / (double)n;
    for (size_t i = 0; i < n; i++) {
        double f = mean;
        for (size_t j = 0; j < n; j++) {
            double entry = fit.a[i * n + j] + 1 / (double)n;
            f += fit.a[i * n + j] * s->y.a[j];
            frobenius += entry * entry;
        }
        off += (f - s->y.a[i]) * (f - s->y.a[i]);
        centred += (s->y.a[i] - mean) * (s->y.a[i] - mean);
    }
    norm = (double)n;
    *risk = (off + s->noise * frobenius) / norm;
    *residual = off / centred;
done:
    dense_free(&k);
    dense_free(&shifted);
    dense_free(&fit);
    return status;
}

/* u_k'y */
static double coefficient(const setting *s, size_t k) {
    double sum = 0;
    for (size_t i = 0; i < s->n; i++)
        sum += s->low.vector.a[i * s->low.vector.ld + k] * s->y.a[i];
    return sum;
}

/* (1/n)[sum theta^2 (delta/(mu + delta))^2 + noise (1 + sum (mu/(mu + delta))^2)]. */
static double risk_formula(const setting *s) {
    double sum = s->noise;
    for (size_t k = 0; k < s->low.k; k++) {
        double d = s->mu[k] + s->delta, theta = coefficient(s, k), kept = s->mu[k] / d;
        double lost = d > 0 ? s->delta / d : 0;
        sum += theta * theta * lost * lost + s->noise * (d > 0 ? kept * kept : 0);
    }
    return sum / (double)s->n;
}

static void set_gamma(const setting *s, double gamma) {
    for (size_t k = 0; k < s->low.k; k++)
        s->mu[k] = fmax(1 - gamma * s->eta1 * fmax(s->low.value[k], 0), 0);
}

static pl_status row_few(pl_ctx *ctx, const setting *s, double b, double *closed, double *found) {
    double mean = 0, variance = 0, v = (double)s->size, n = (double)s->n;
    for (size_t i = 0; i < s->n; i++)
        mean += s->y.a[i] / n;
    for (size_t i = 0; i < s->n; i++)
        variance += (s->y.a[i] - mean) * (s->y.a[i] - mean) / n;
    double rho = (1 - b) / (1 + b * (v - 1) + v * s->delta);
    *closed = (1 - rho) * (1 - rho) * variance;
    return few_fit(ctx, s, found);
}

/* The best gamma when all rough modes share one eigenvalue V: b = min(1, theta^2 delta/(m noise)).
 */
static pl_status summarise_optimum(pl_ctx *ctx, const setting *s, pl_table *out) {
    pl_status status = PL_OK;
    double energy = 0, m = 0, lambda = s->low.value[s->low.k - 1];
    for (size_t k = 0; k < s->low.k; k++)
        if (s->low.value[k] > 1e-8 * s->low.scale) {
            energy += coefficient(s, k) * coefficient(s, k);
            m++;
        }
    double b = fmin(1, energy * s->delta / (m * s->noise)), gamma = (1 - b) / (s->eta1 * lambda);
    double lo = 0, hi = 1 / (s->eta1 * lambda), golden = (sqrt(5) - 1) / 2, risk, unused;
    set_gamma(s, gamma);
    double least = risk_formula(s);
    double x = hi - golden * (hi - lo), y = lo + golden * (hi - lo), fx, fy;
    for (int step = 0; step < 60; step++) { /* golden section on the computed risk */
        set_gamma(s, x);
        PL_TRY(smoother(ctx, s, &fx, &unused));
        set_gamma(s, y);
        PL_TRY(smoother(ctx, s, &fy, &unused));
        if (fx < fy) {
            hi = y;
            y = x;
            x = hi - golden * (hi - lo);
        } else {
            lo = x;
            x = y;
            y = lo + golden * (hi - lo);
        }
    }
    set_gamma(s, (lo + hi) / 2);
    PL_TRY(smoother(ctx, s, &risk, &unused));
    const pl_summary list[] = {
        {"within_clique_energy", "1", "sum theta^2 over the rough modes", energy},
        {"optimal_shrinkage", "1", "b that the formula prefers", b},
        {"optimal_gamma", "1", "its gamma", gamma},
        {"minimum_risk", "1", "the risk there, formula", least},
        {"found_gamma", "1", "best gamma of the computed risk, by golden section", (lo + hi) / 2},
        {"found_risk", "1", "the risk there", risk}};
    PL_TRY(pl_table_summarise_list(ctx, out, list, sizeof list / sizeof *list));
done:
    return status;
}

/* |Z'y| of SimCLR-squared's embedding with every positive mode. */
static pl_status captured_by_simclr(pl_ctx *ctx, const setting *s, double *out) {
    modes top = {0};
    pl_status status = modes_new(ctx, &s->rel->graph, MODES_ADJACENCY, s->n, &top);
    double sum = 0;
    for (size_t k = 0; status == PL_OK && k < s->n && top.value[k] > 1e-10 * top.scale; k++) {
        double inner = 0;
        for (size_t i = 0; i < s->n; i++)
            inner += top.vector.a[i * top.vector.ld + k] * s->y.a[i];
        sum += top.value[k] * inner * inner;
    }
    modes_free(&top);
    if (status == PL_OK)
        *out = sqrt(sum);
    return status;
}

/* Cliques of one size: groups and size; otherwise size 0. */
static void find_cliques(setting *s) {
    const pl_graph_facts *f = &s->rel->facts;

    s->groups = f->components;
    s->size = s->n / f->components;
    if (!(f->regular && f->unit_weights && f->loops == 0 && s->groups * s->size == s->n &&
          f->max_degree == (double)s->size - 1))
        s->size = 0;
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status;
    relation rel = {0};
    setting s = {
        .rel = &rel, .delta = pl_option_real(o, "delta"), .noise = pl_option_real(o, "noise")};
    const char *task = pl_option_text(o, "task");
    size_t count;
    const double *gammas = pl_option_list(o, "gammas", &count);
    double before = NAN, captured = NAN;
    bool few = strcmp(task, "few") == 0, all = strcmp(task, "all") == 0;
    PL_TRY(relation_new(ctx, o, &rel));
    s.n = rel.graph.nodes;
    if (s.n > 1000) {
        status = pl_fail(ctx, PL_EUSAGE, "%zu nodes: low-data takes at most 1000", s.n);
        goto done;
    }
    if (!few && !(s.delta > 0)) {
        status = pl_fail(ctx, PL_EUSAGE, "--delta is 0: a ridge fit needs --delta > 0");
        goto done;
    }
    find_cliques(&s);
    if (!all && s.size == 0) {
        status = pl_fail(ctx, PL_EUSAGE,
                         "--task %s is about cliques of one size: --graph "
                         "cliques:CxV, or views",
                         task);
        goto done;
    }
    s.eta1 = ((double)s.n - 1) / (pl_option_real(o, "alpha") * (double)s.n);
    PL_TRY(target_new(ctx, o, &rel, &s.y));
    if (s.y.cols != 1) {
        status = pl_fail(ctx, PL_EUSAGE, "--target labels: low-data takes one column");
        goto done;
    }
    PL_TRY(modes_new(ctx, &rel.graph, MODES_LAPLACIAN, s.n - 1, &s.low));
    PL_NEW(ctx, s.mu, s.n);
    if (!few && !all)
        PL_TRY(captured_by_simclr(ctx, &s, &captured));
    for (size_t g = 0; g < count; g++) {
        double closed = NAN, found = NAN, risk, residual;
        set_gamma(&s, gammas[g]);
        double b = s.mu[s.low.k - 1];
        if (few) {
            PL_TRY(row_few(ctx, &s, b, &closed, &found));
        } else {
            PL_TRY(smoother(ctx, &s, &risk, &residual));
            closed = all ? risk_formula(&s) : pow(s.delta / (b + s.delta), 2);
            found = all ? risk : residual;
        }
        PL_TRY(pl_table_add(
            ctx, out, (double[]){gammas[g], b, closed, found, g ? found - before : 0, captured},
            NULL));
        before = found;
    }
    if (all && s.size && s.noise > 0)
        PL_TRY(summarise_optimum(ctx, &s, out));
done:
    relation_free(&rel);
    modes_free(&s.low);
    dense_free(&s.y);
    pl_free(s.mu);
    return status;
}

const pl_program pl_spectral_low_data = {
    .name = "low-data",
    .summary = "few labels, noisy labels, misaligned targets: what the invariance weight does",
    .details = "few: one label a clique; all: ridge risk with noise; misaligned: ridge residual. "
               "Formula and fit.",
    .source = "BL22 sec. 6; LOW1, LOW2, LOW3",
    .options = options,
    .columns = columns,
    .run = run};
