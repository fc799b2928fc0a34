/* LEE25, the balanced loss over free unit u_i, v_i (two towers, no shared encoder, d >= N): its
 * minimum is min over x in [0, 1] of
 *     psi(x) = -(2x-1) + (lambda/alpha) log( e^{alpha(2x-1)} + (N-1) e^{alpha(x-1-x/(N-1))} ),
 * attained at u_i = sqrt(x) a_i + sqrt(1-x) e, v_i = sqrt(x) a_i - sqrt(1-x) e with {a_i} a simplex
 * orthogonal to e. x = 1, the aligned simplex, for lambda <= lambda_1; x = 0, anti-collapse, for
 * lambda >= 2 (theory notes, LEE25.BCL.LAMC). */

#include <math.h>
#include <string.h>

#include "bounds/balance.h"
#include "math/lbfgs.h"
#include "math/random.h"
#include "ssl/configurations.h"
#include "ssl/losses.h"

static const pl_column columns[] = {
    {"lambda", "1", "weight of repulsion", false},
    {"minimum", "nats/alpha", "min psi over [0, 1]", false},
    {"searched", "nats/alpha", "the same by golden section, without the derivative", false},
    {"mean_positive", "1", "s+ = 2x - 1 at the minimum", false},
    {"aligned", "nats/alpha", "psi(1), the aligned simplex", false},
    {"anti_collapse", "nats/alpha", "psi(0), u = e and v = -e", false},
    {"constructed", "nats/alpha", "loss of the configuration that attains the minimum", false},
    {"optimised", "nats/alpha", "least loss found from random starts; nan beyond 64 pairs", false},
    {"optimised_positive", "1", "mean s+ there", false},
    {"phase", "1", "1 aligned, 2 tilted, 3 anti-collapsed, by lambda_1 and 2", false},
    {"phase_searched", "1", "the same by the golden section", false},
    {"phase_found", "1", "the same by the optimised features", false},
    {0}};

enum { MOST_PAIRS = 64 }; /* beyond, the optimiser would take too long: NAN */

/* The two exponents of psi at x, less their larger one; the larger one itself. */
static double exponents(double n, double alpha, double x, double *own, double *other) {
    *own = alpha * (2 * x - 1);
    *other = alpha * (x - 1 - x / (n - 1));
    double top = fmax(*own, *other);
    *own = exp(*own - top);
    *other = (n - 1) * exp(*other - top);
    return top;
}

static double psi(double n, double alpha, double lambda, double x) {
    double own, other, top = exponents(n, alpha, x, &own, &other);
    return -(2 * x - 1) + lambda / alpha * (top + log(own + other));
}

/* psi'(x)/lambda-free part: 2 p + (1 - p)(N-2)/(N-1), which grows with x; psi' = -2 + lambda times
 * it */
static double pull(double n, double alpha, double x) {
    double own, other;
    exponents(n, alpha, x, &own, &other);
    double p = own / (own + other);
    return 2 * p + (1 - p) * (n - 2) / (n - 1);
}

/* psi is convex: its minimiser by bisection of the derivative. */
static double minimiser(double n, double alpha, double lambda) {
    double lo = 0, hi = 1;
    if (lambda * pull(n, alpha, 1) <= 2)
        return 1;
    if (lambda * pull(n, alpha, 0) >= 2)
        return 0;
    for (int i = 0; i < 80; i++) {
        double x = (lo + hi) / 2;
        if (lambda * pull(n, alpha, x) < 2)
            lo = x;
        else
            hi = x;
    }
    return (lo + hi) / 2;
}

static double searched(double n, double alpha, double lambda, double *x) {
    const double ratio = (sqrt(5) - 1) / 2;
    double lo = 0, hi = 1;
    for (int i = 0; i < 80; i++) {
        double a = hi - ratio * (hi - lo), b = lo + ratio * (hi - lo);
        if (psi(n, alpha, lambda, a) < psi(n, alpha, lambda, b))
            hi = b;
        else
            lo = a;
    }
    const double candidates[] = {0, (lo + hi) / 2, 1};
    double least = INFINITY;
    for (size_t i = 0; i < 3; i++)
        if (psi(n, alpha, lambda, candidates[i]) <= least) {
            least = psi(n, alpha, lambda, candidates[i]);
            *x = candidates[i];
        }
    return least;
}

/* Both towers stacked, u over v, 2N x d, un-normalised: the losses take the rows' directions. */
typedef struct towers {
    pl_ctx *ctx;
    const pl_loss *loss;
    pl_loss_params params;
    size_t n, d;
    double scale;
    pl_status status;
} towers;

static double evaluate(void *data, const double *x, double *g) {
    towers *t = data;
    double value;
    size_t half = t->n * t->d;
    pl_cmat u = {x, t->n, t->d, t->d}, v = {x + half, t->n, t->d, t->d};
    pl_mat gu = {g, t->n, t->d, t->d}, gv = {g + half, t->n, t->d, t->d};
    pl_status status = pl_loss_eval(t->ctx, t->loss, &t->params, u, v, &value, &gu, &gv);
    if (status) {
        t->status = status;
        return NAN;
    }
    for (size_t i = 0; i < 2 * half; i++)
        g[i] *= t->scale;
    return value * t->scale;
}

static double mean_positive(const double *x, size_t n, size_t d) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        const double *u = x + i * d, *v = x + (n + i) * d;
        double uv = 0, uu = 0, vv = 0;
        for (size_t j = 0; j < d; j++) {
            uv += u[j] * v[j];
            uu += u[j] * u[j];
            vv += v[j] * v[j];
        }
        sum += uv / sqrt(uu * vv) / (double)n;
    }
    return sum;
}

/* The least loss of some random starts. x and best hold both towers, 2 n d numbers. */
static pl_status optimise(towers *t, const pl_options *o, uint64_t row, double *x, double *best,
                          double *value, double *positive) {
    pl_status status = PL_OK;
    size_t size = 2 * t->n * t->d;
    const pl_lbfgs_settings settings = {.iterations = 500, .gradient = 1e-9};
    *value = INFINITY;
    for (long long s = 0; s < pl_option_int(o, "starts"); s++) {
        pl_minimum found;
        const pl_stream stream = {pl_option_seed(o, "seed"), 30, row * 1000 + (uint64_t)s};
        pl_stream_normals(stream, 0, size, x);
        status = pl_lbfgs(t->ctx, evaluate, t, size, &settings, x, &found);
        if (t->status)
            status = t->status;
        PL_TRY(status);
        if (found.value < *value) {
            *value = found.value;
            memcpy(best, x, size * sizeof *x);
        }
    }
    *positive = mean_positive(best, t->n, t->d);
done:
    return status;
}

/* u_i = sqrt(x) a_i + sqrt(1-x) e, v_i = sqrt(x) a_i - sqrt(1-x) e, e the last axis. */
static void construct(double x, pl_mat simplex, size_t n, size_t d, double *out) {
    memset(out, 0, 2 * n * d * sizeof *out);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < simplex.cols; j++)
            out[i * d + j] = out[(n + i) * d + j] = sqrt(x) * simplex.a[i * simplex.ld + j];
        out[i * d + d - 1] = sqrt(1 - x);
        out[(n + i) * d + d - 1] = -sqrt(1 - x);
    }
}

static double phase(double positive) {
    return positive > 1 - 1e-6 ? 1 : positive < -1 + 1e-6 ? 3 : 2;
}

static double phase_by_lambda(double lambda, double first) {
    return lambda <= first ? 1 : lambda < 2 ? 2 : 3;
}

/* What the optimiser walks in. */
typedef struct workspace {
    double *x, *best, *g; /* both towers                 */
    pl_mat simplex;       /* n x n - 1                   */
    double first;         /* lambda_1                    */
} workspace;

static void workspace_free(workspace *w) {
    pl_free(w->x);
    pl_free(w->best);
    pl_free(w->g);
    pl_free(w->simplex.a);
}

static pl_status workspace_new(pl_ctx *ctx, size_t n, size_t d, workspace *out) {
    pl_status status = PL_OK;
    workspace w = {.simplex = {NULL, n, n - 1, n - 1}};
    PL_NEW(ctx, w.x, 2 * n * d);
    PL_NEW(ctx, w.best, 2 * n * d);
    PL_NEW(ctx, w.g, 2 * n * d);
    PL_NEW(ctx, w.simplex.a, n * (n - 1));
    pl_simplex(w.simplex);
    *out = w;
    w = (workspace){0};
done:
    workspace_free(&w);
    return status;
}

/* One lambda: psi, and where the pairs are few enough the features themselves. */
static pl_status add_row(towers *t, const pl_options *o, double n, uint64_t row, workspace *w,
                         pl_table *out) {
    pl_status status;
    double alpha = t->params.alpha, lambda = t->params.lambda, x = 0;
    double at = minimiser(n, alpha, lambda), by_search = searched(n, alpha, lambda, &x);
    double constructed = NAN, value = NAN, positive = NAN;
    if (n <= MOST_PAIRS) {
        construct(at, w->simplex, t->n, t->d, w->x);
        constructed = evaluate(t, w->x, w->g);
        PL_TRY(t->status);
        PL_TRY(optimise(t, o, row, w->x, w->best, &value, &positive));
    }
    PL_TRY(pl_table_add(t->ctx, out,
                        (double[]){lambda, psi(n, alpha, lambda, at), by_search, 2 * at - 1,
                                   psi(n, alpha, lambda, 1), psi(n, alpha, lambda, 0), constructed,
                                   value, positive, phase_by_lambda(lambda, w->first),
                                   phase(2 * x - 1), phase(positive)},
                        NULL));
done:
    return status;
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status;
    workspace w = {0};
    double n, alpha = pl_option_real(o, "alpha");
    size_t count;
    const double *lambdas = pl_option_list(o, "lambda", &count);
    bool bcl = strcmp(pl_option_spec(o, "loss", NULL), "bcl") == 0;
    int threads = pl_threads(ctx);
    pl_set_threads(ctx, 1); /* so few pairs are not worth sharing out */
    PL_TRY(balance_options_check(ctx, o));
    PL_TRY(balance_single(ctx, o, "batch", &n));
    size_t pairs = n <= MOST_PAIRS ? (size_t)n : 2;
    PL_TRY(workspace_new(ctx, pairs, pairs, &w));
    w.first = 2 / pull(n, alpha, 1);
    towers t = {.ctx = ctx,
                .loss = pl_loss_find(bcl ? "bcl" : "gntxent"),
                .params = pl_loss_defaults,
                .n = pairs,
                .d = pairs,
                .scale = bcl ? 1 : 1 / alpha};
    t.params.alpha = alpha;
    for (size_t i = 0; i < count; i++) {
        t.params.lambda = lambdas[i];
        PL_TRY(add_row(&t, o, n, i, &w, out));
    }
    if (!bcl)
        pl_table_unmet(out, "the balanced loss: all negatives from the other tower");
    /* log-sum-exp of the two extreme configurations, over alpha */
    double aligned = psi(n, alpha, 1, 1) + 1, collapsed = psi(n, alpha, 1, 0) - 1;
    PL_TRY(PL_SUMMARISE(
        ctx, out,
        {"lambda_1", "1", "alignment is optimal up to here: 2/(2p + (1-p)(N-2)/(N-1))", w.first},
        {"lambda_crossing", "1",
         "aligned simplex and anti-collapse have one value; not where alignment stops being "
         "optimal",
         2 / (aligned - collapsed)}));
done:
    pl_set_threads(ctx, threads);
    workspace_free(&w);
    return status;
}

const pl_program pl_balance_phases = {
    .name = "--part phases",
    .summary = "minima of the balanced loss over free two-tower features",
    .columns = columns,
    .run = run};
