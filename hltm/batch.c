/* TIAN20, Theorem 3 on a finite batch (theory notes, THM3.BATCH): pairs (a_i, b_i), negatives (a_i,
 * b_j), i != j, gradient through the anchor: -g = C vec W, C = sum (a_i - a)(b_i - b)^T/(B - 1)
 * over the connections, exactly; C is neither symmetric nor PSD. */

#include <math.h>

#include "hltm/blas.h"
#include "hltm/hltm.h"
#include "hltm/operators.h"
#include "hltm/setting.h"

static const pl_option options[] = {
    HLTM_TREE_OPTIONS,
    HLTM_NET_OPTIONS,
    {"first", PL_OPT_LIST, "1,2,14,1,1,3", 0, 1e6, NULL, "LIST", "configurations a_i", 0},
    {"second", PL_OPT_LIST, "1,1,6,3,1,1", 0, 1e6, NULL, "LIST", "configurations b_i", 0},
    {"divisor", PL_OPT_SPEC, "unbiased", 0, 0, "unbiased|biased", NULL, "B - 1, or B (a control)",
     0},
    {0}};

static const pl_column columns[] = {
    {"level", "1", "0 the root", false},
    {"gradient_norm", "1", "anchor gradient", false},
    {"asymmetry", "1", "max |C - C^T|", false},
    {"identity_residual", "1", "max |g + C vec W|", false},
    {"lambda_min", "1", "smallest eigenvalue of C + C^T, the total gradient's operator", false},
    {"lambda_max", "1", "largest eigenvalue of C + C^T", false},
    {0}};

/* Both halves of the batch go through the net as one: rows 0..B-1 are a, rows B..2B-1 are b. */
static pl_status gather(pl_ctx *ctx, const pl_options *o, const hltm_population *p, double **x,
                        size_t *pairs) {
    size_t count[2];
    const double *list[2] = {pl_option_list(o, "first", &count[0]),
                             pl_option_list(o, "second", &count[1])};
    if (count[0] != count[1] || count[0] < 2)
        return pl_fail(ctx, PL_EUSAGE,
                       "%zu first and %zu second configurations: a batch with in-batch negatives "
                       "needs as many of both, at least 2",
                       count[0], count[1]);
    double *rows = pl_alloc(ctx, 2 * count[0] * p->inputs, sizeof *rows);
    if (!rows)
        return PL_ENOMEM;
    for (size_t half = 0; half < 2; half++)
        for (size_t i = 0; i < count[0]; i++) {
            size_t config = (size_t)list[half][i];
            if (config >= p->configs) {
                pl_free(rows);
                return pl_fail(ctx, PL_EUSAGE, "configuration %zu: this tree has %zu", config,
                               p->configs);
            }
            cblas_dcopy((int)p->inputs, p->x + config * p->inputs, 1,
                        rows + (half * count[0] + i) * p->inputs, 1);
        }
    *x = rows;
    *pairs = count[0];
    return PL_OK;
}

/* d/da of mean_i r(a_i, b_i) - mean_{i != j} r(a_i, b_j). */
static void anchor_gradient(const double *f, size_t b, size_t d, double *g) {
    for (size_t i = 0; i < b; i++)
        for (size_t c = 0; c < d; c++) {
            double positive = f[i * d + c] - f[(b + i) * d + c], negative = 0;
            for (size_t j = 0; j < b; j++)
                if (j != i)
                    negative += f[i * d + c] - f[(b + j) * d + c];
            g[i * d + c] = positive / (double)b - negative / ((double)b * (double)(b - 1));
        }
}

static void subtract_mean(double *rows, size_t b, size_t n) {
    for (size_t c = 0; c < n; c++) {
        double mean = 0;
        for (size_t i = 0; i < b; i++)
            mean += rows[i * n + c] / (double)b;
        for (size_t i = 0; i < b; i++)
            rows[i * n + c] -= mean;
    }
}

static pl_status add_level(pl_ctx *ctx, const hltm_net *net, const hltm_net *grad,
                           const hltm_pass *pass, const double *jacobian, size_t level,
                           double divisor, pl_table *out) {
    pl_status status = PL_OK;
    size_t n = hltm_weights(&net->layer[level]), d = hltm_outputs(net), b = pass->rows / 2;
    double *k = NULL, *c = NULL, *w = NULL, asymmetry = 0, residual = 0;
    PL_NEW(ctx, k, 2 * b * d * n);
    PL_NEW(ctx, c, n * n);
    PL_NEW(ctx, w, 4 * n);
    double *g = w + n, *product = g + n, *e = product + n;
    hltm_vec(&net->layer[level], w);
    hltm_vec(&grad->layer[level], g);
    hltm_connection(net, pass, level, jacobian, k);
    subtract_mean(k, b, d * n);
    subtract_mean(k + b * d * n, b, d * n);
    hltm_gemm(true, false, n, n, (b * d), 1 / divisor, k, n, k + b * d * n, n, 0, c, n);
    hltm_apply(c, n, w, product);
    for (size_t i = 0; i < n; i++)
        residual = fmax(residual, fabs(g[i] + product[i]));
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++) {
            double x = c[i * n + j], y = c[j * n + i];
            asymmetry = fmax(asymmetry, fabs(x - y));
            c[i * n + j] = c[j * n + i] = x + y;
        }
    PL_TRY(hltm_eigen(ctx, c, n, e, NULL));
    PL_TRY(pl_table_add(
        ctx, out,
        (double[]){(double)level, hltm_frobenius(g, n), asymmetry, residual, e[n - 1], e[0]},
        NULL));
done:
    pl_free(k);
    pl_free(c);
    pl_free(w);
    return status;
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status;
    hltm_setting s = {0};
    hltm_net grad = {0};
    hltm_pass pass = {0};
    double *x = NULL, *g = NULL, **jacobian = NULL;
    size_t b = 0;
    PL_TRY(hltm_setting_new(ctx, o, &s));
    PL_TRY(gather(ctx, o, &s.population, &x, &b));
    PL_TRY(hltm_net_like(ctx, &s.net, &grad));
    PL_TRY(hltm_pass_new(ctx, &s.net, 2 * b, &pass));
    hltm_forward(&s.net, x, 2 * b, &pass);
    size_t d = hltm_outputs(&s.net);
    PL_NEW(ctx, g, 2 * b * d); /* zero for the second half: through the anchor only */
    anchor_gradient(pass.out, b, d, g);
    hltm_backward(&s.net, &pass, g, &grad);
    PL_NEW(ctx, jacobian, s.net.levels);
    for (size_t l = 0; l < s.net.levels; l++)
        PL_NEW(ctx, jacobian[l], 2 * b * d * hltm_width(&s.net.layer[l]));
    PL_TRY(hltm_jacobian(ctx, &s.net, &pass, HLTM_HEAD_RAW, true, jacobian));
    double divisor = (double)b - (pl_option_spec(o, "divisor", NULL)[0] == 'u');
    for (size_t l = 0; l < s.net.levels; l++)
        PL_TRY(add_level(ctx, &s.net, &grad, &pass, jacobian[l], l, divisor, out));
done:
    for (size_t l = 0; jacobian && l < s.net.levels; l++)
        pl_free(jacobian[l]);
    pl_free(jacobian);
    pl_free(x);
    pl_free(g);
    hltm_pass_free(&pass);
    hltm_net_free(&grad);
    hltm_setting_free(&s);
    return status;
}

const pl_program pl_hltm_batch = {
    .name = "batch",
    .summary = "a finite batch: the sample covariance operator, exact but not symmetric",
    .details = "Pairs (a_i, b_i) with the other b_j as negatives, gradient through a: -g = C vec "
               "W, C = sum (a_i - a)(b_i - b)^T/(B - 1) over connections.",
    .source = "TIAN20, Theorem 3 (THM3.BATCH)",
    .options = options,
    .columns = columns,
    .run = run};
