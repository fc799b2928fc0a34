/* TIAN20, growth under a frozen operator (theory notes, 1L.LIN, ROOT.GROW): gradient descent on
 * L_simp by backpropagation is power iteration, W(t) = W(0) (I + 2 lr V)^t, V = V[x-bar] of a
 * linear layer, or (1 - rho_0^2) u u^T of the root with its children frozen. */

#include <cblas.h>
#include <math.h>
#include <string.h>

#include "hltm/hltm.h"
#include "hltm/latent.h"
#include "hltm/setting.h"

static const pl_option options[] = {
    HLTM_TREE_OPTIONS,
    HLTM_NET_OPTIONS,
    {"case", PL_OPT_SPEC, "linear", 0, 0, "linear|root|free", NULL,
     "a linear layer on the leaves; the root with frozen children; the root with its children "
     "trained too (a control)",
     0},
    {"rate", PL_OPT_REAL, "0.05", 1e-9, 10, NULL, "LR", "learning rate of the total gradient", 0},
    {"steps", PL_OPT_INT, "100", 1, 1000000, NULL, NULL, "of gradient descent", 0},
    {"every", PL_OPT_INT, "10", 1, 1000000, NULL, NULL, "steps between rows", 0},
    {"operator", PL_OPT_SPEC, "means", 0, 0, "means|inputs", NULL,
     "predict with V[x-bar], or with V[x] (a control)", 0},
    {0}};

static const pl_column columns[] = {
    {"step", "1", "of gradient descent", false},
    {"growth", "1", "projection on the top eigenvector, relative to step 0", false},
    {"predicted", "1", "(1 + 2 lr lambda)^step", false},
    {"log_growth", "1", "its logarithm", false},
    {"log_flow", "1", "2 lambda lr step: the flow's", false},
    {"orthogonal", "1", "|W| orthogonal to that eigenvector, relative to step 0", false},
    {"relative_residual", "1", "growth/predicted - 1", false},
    {0}};

/* The direction of two classes' difference: the only eigenvector of V_x of class means. */
typedef struct direction {
    double *v; /* unit */
    size_t n;
    double lambda;
} direction;

static void normalise(direction *d, double factor) {
    double size = cblas_dnrm2((int)d->n, d->v, 1);
    d->lambda = factor * size * size;
    cblas_dscal((int)d->n, 1 / size, d->v, 1);
}

/* Length of W's rows along v, and of what is left. */
static void project(const hltm_layer *y, const direction *d, double *along, double *across) {
    double a = 0, all = 0;
    for (size_t c = 0; c < y->out; c++) {
        double s = cblas_ddot((int)d->n, y->w + c * y->in, 1, d->v, 1);
        a += s * s;
        for (size_t k = 0; k < y->in; k++)
            all += pow(y->w[c * y->in + k] - s * d->v[k], 2);
    }
    *along = sqrt(a);
    *across = sqrt(all);
}

static pl_status leaf_direction(pl_ctx *ctx, const hltm_population *p, bool inputs, direction *d,
                                pl_table *out) {
    pl_status status = PL_OK;
    size_t n = p->inputs;
    double *cov = NULL, *e = NULL, *vectors = NULL, *mean = NULL;
    PL_NEW(ctx, d->v, n);
    PL_NEW(ctx, cov, n * n);
    PL_NEW(ctx, vectors, n * n);
    PL_NEW(ctx, e, n);
    PL_NEW(ctx, mean, n);
    d->n = n;
    for (size_t x = 0; x < p->configs; x++)
        for (size_t a = 0; a < n; a++) {
            d->v[a] += (p->given[p->configs + x] - p->given[x]) * p->x[x * n + a];
            mean[a] += p->marginal[x] * p->x[x * n + a];
        }
    for (size_t a = 0; a < n; a++)
        for (size_t b = 0; b < n; b++)
            for (size_t x = 0; x < p->configs; x++)
                cov[a * n + b] +=
                    p->marginal[x] * (p->x[x * n + a] - mean[a]) * (p->x[x * n + b] - mean[b]);
    PL_TRY(hltm_eigen(ctx, cov, n, e, vectors));
    normalise(d, p->prior[0] * p->prior[1]);
    double cosine = fabs(cblas_ddot((int)n, d->v, 1, vectors, 1));
    PL_TRY(pl_table_summarise(ctx, out, "lambda1", "1", "top eigenvalue of V[x-bar]", d->lambda));
    PL_TRY(pl_table_summarise(ctx, out, "input_lambda1", "1", "top eigenvalue of V[x]", e[0]));
    PL_TRY(pl_table_summarise(ctx, out, "direction_sine", "1", "between the two top directions",
                              sqrt(fmax(0, 1 - cosine * cosine))));
    if (inputs)
        d->lambda = e[0];
done:
    pl_free(cov);
    pl_free(vectors);
    pl_free(e);
    pl_free(mean);
    return status;
}

static pl_status root_direction(pl_ctx *ctx, const hltm_setting *s, direction *d, pl_table *out) {
    pl_status status;
    hltm_pass pass = {0};
    hltm_latent l = {0};
    double rho0 = 2 * s->tree.root_prior - 1;
    PL_TRY(hltm_pass_new(ctx, &s->net, s->population.configs, &pass));
    hltm_forward(&s->net, s->population.x, s->population.configs, &pass);
    PL_TRY(hltm_latent_new(ctx, &s->tree, &s->net, &pass, 0, 0, &l));
    PL_NEW(ctx, d->v, l.in);
    d->n = l.in;
    memcpy(d->v, l.half_gap, l.in * sizeof *d->v);
    normalise(d, 1 - rho0 * rho0);
    PL_TRY(pl_table_summarise(ctx, out, "lambda1", "1", "(1 - rho_0^2) |u|^2", d->lambda));
done:
    hltm_pass_free(&pass);
    hltm_latent_free(&l);
    return status;
}

static pl_status descend(pl_ctx *ctx, const pl_options *o, hltm_setting *s, bool all,
                         const direction *d, pl_table *out) {
    pl_status status;
    hltm_net grad = {0};
    hltm_objective value;
    const hltm_loss simp = {.kind = HLTM_SIMP};
    double lr = pl_option_real(o, "rate"), along0, across0, along, across;
    long long steps = pl_option_int(o, "steps"), every = pl_option_int(o, "every");
    size_t moved = all ? s->net.count : hltm_weights(&s->net.layer[0]);
    PL_TRY(hltm_net_like(ctx, &s->net, &grad));
    project(&s->net.layer[0], d, &along0, &across0);
    for (long long t = 0;; t++) {
        if (t % every == 0 || t == steps) {
            double predicted = pow(1 + 2 * lr * d->lambda, (double)t);
            project(&s->net.layer[0], d, &along, &across);
            double growth = along / along0;
            PL_TRY(pl_table_add(ctx, out,
                                (double[]){(double)t, growth, predicted, log(growth),
                                           2 * d->lambda * lr * (double)t, across / across0,
                                           growth / predicted - 1},
                                NULL));
        }
        if (t == steps)
            break;
        PL_TRY(hltm_expected_loss(ctx, &s->net, &s->population, &simp, &grad, &value));
        if (!isfinite(value.value)) {
            pl_warn(ctx, "the run diverged at step %lld and stops there", t);
            break;
        }
        cblas_daxpy((int)moved, -lr, grad.parameters, 1, s->net.parameters, 1);
    }
done:
    hltm_net_free(&grad);
    return status;
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status;
    hltm_setting s = {0};
    direction d = {0};
    const char *word = pl_option_spec(o, "case", NULL);
    PL_TRY(hltm_setting_new(ctx, o, &s));
    if (strcmp(word, "linear") == 0) {
        hltm_draws draws = hltm_splitmix(pl_option_seed(o, "net-seed"));
        size_t outputs = hltm_outputs(&s.net);
        hltm_net_free(&s.net);
        PL_TRY(hltm_net_dense(ctx, (size_t[]){s.population.inputs, outputs}, 2, &s.net));
        hltm_net_draw(&s.net, &draws, 1);
        PL_TRY(leaf_direction(ctx, &s.population,
                              strcmp(pl_option_spec(o, "operator", NULL), "inputs") == 0, &d, out));
    } else {
        PL_TRY(root_direction(ctx, &s, &d, out));
    }
    PL_TRY(descend(ctx, o, &s, strcmp(word, "free") == 0, &d, out));
done:
    pl_free(d.v);
    hltm_setting_free(&s);
    return status;
}

const pl_program pl_hltm_growth = {
    .name = "growth",
    .summary = "gradient descent under a frozen operator is power iteration",
    .details = "W(t) = W(0) (I + 2 lr V)^t by backpropagation against the closed form.",
    .source = "TIAN20, one layer and the root (1L.LIN, ROOT.GROW)",
    .options = options,
    .columns = columns,
    .run = run};
