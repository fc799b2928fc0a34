/* BL22, VICReg: the global minimum of variance + covariance + invariance on a relation graph, in
 * closed form and by an optimiser. The embedding is that of Laplacian eigenmaps; how its modes are
 * weighted, and whether the right singular vectors are free, depends on the variance term. */

#include <math.h>
#include <string.h>

#include "math/subspace.h"
#include "spectral/dense.h"
#include "spectral/embedding.h"
#include "spectral/modes.h"
#include "spectral/relation.h"
#include "spectral/search.h"
#include "spectral/spectral.h"
#include "spectral/vicreg_closed.h"

static const pl_option options[] = {
    RELATION_OPTIONS("karate"),
    {"embedding", PL_OPT_INT, "4", 1, 4096, NULL, "K", "columns of the embedding", 0},
    {"loss", PL_OPT_SPEC, "squared", 0, 0, "squared|hinge|degree|log-determinant", NULL,
     "variance term: (1 - var)^2, the paper's hinge of the std, degree-weighted, tr C - log det C",
     0},
    {"alpha", PL_OPT_REAL, "1", 1e-9, 1e9, NULL, NULL, "weight of the variance term", 0},
    {"beta", PL_OPT_REAL, NULL, 0, 1e9, NULL, NULL,
     "weight of the covariance term; alpha unless given", 0},
    {"gamma", PL_OPT_REAL, "0.5", 0, 1e12, NULL, NULL, "weight of the invariance term", 0},
    {"nu", PL_OPT_SPEC, "n-1", 0, 0, "n-1|n", NULL, "divisor of the covariance", 0},
    {"starts", PL_OPT_INT, "10", 0, 10000, NULL, NULL, "random starts of the optimiser", 0},
    {"seed", PL_OPT_SEED, "1", 0, 0, NULL, NULL, "seed of the starts", 0},
    {0}};

static const pl_column columns[] = {
    {"mode", "1", "k, from the smoothest", false},
    {"eigenvalue", "1", "lambda_k of L on 1-perp (degree: of I - D^-1/2 G D^-1/2)", false},
    {"variance", "1", "eigenvalue sigma_k of Cov(Z*), closed form", false},
    {"singular_value", "1", "sqrt(nu sigma_k) of HZ*, closed form", false},
    {"found_variance", "1", "the same eigenvalue at the best point that was found", false},
    {"threshold_gamma", "1", "mode k vanishes at this gamma (squared, alpha = beta); nan: never",
     false},
    {0}};

static pl_spectral_loss loss_of(const pl_options *o, size_t n) {
    static const struct {
        const char *name;
        pl_spectral_kind kind;
    } kinds[] = {{"squared", PL_VICREG_SQUARED},
                 {"hinge", PL_VICREG_HINGE},
                 {"degree", PL_VICREG_DEGREE},
                 {"log-determinant", PL_LOG_DETERMINANT}};
    pl_spectral_loss loss = {.alpha = pl_option_real(o, "alpha"),
                             .gamma = pl_option_real(o, "gamma"),
                             .nu = (double)n - (strcmp(pl_option_text(o, "nu"), "n-1") == 0)};
    loss.beta = pl_option_has(o, "beta") ? pl_option_real(o, "beta") : loss.alpha;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(pl_option_text(o, "loss"), kinds[i].name) == 0)
            loss.kind = kinds[i].kind;
    return loss;
}

/* What the program compares, in one place. */
typedef struct vicreg {
    const pl_graph *g;
    pl_spectral_loss loss;
    size_t n, k, modes; /* columns; k' = min(K, n - 1) */
    double divisor;     /* nu, or the volume           */
    modes m;            /* k' and everything above      */
    double *sigma;
    vicreg_optimum optimum;
    pl_mat z; /* the closed form's embedding */
} vicreg;

static void vicreg_free(vicreg *v) {
    modes_free(&v->m);
    pl_free(v->sigma);
    dense_free(&v->z);
}

/* Z* = sqrt(nu) U diag(sqrt sigma) R (degree-weighted: D^-1/2 in front), R as the formula asks. */
static pl_status closed_embedding(pl_ctx *ctx, vicreg *v) {
    pl_status status;
    pl_mat r = {0}, scaled = {0};
    size_t k = v->k, m = v->modes;
    if (v->optimum.rotation == VICREG_ANY) {
        PL_TRY(dense_rotation(ctx, k, 9, &r));
    } else {
        PL_TRY(dense_new(ctx, k, k, &r));
        for (size_t i = 0; i < k; i++)
            r.a[i * k + i] = 1;
        if (v->optimum.rotation == VICREG_LEVEL)
            PL_TRY(pl_equalise(ctx, v->sigma, r));
    }
    PL_TRY(dense_new(ctx, v->n, k, &scaled));
    PL_TRY(dense_new(ctx, v->n, k, &v->z));
    for (size_t i = 0; i < v->n; i++)
        for (size_t c = 0; c < m; c++) {
            double d = v->loss.kind == PL_VICREG_DEGREE ? v->g->degree[i] : 1;
            scaled.a[i * k + c] = sqrt(v->divisor * v->sigma[c] / (d > 0 ? d : 1)) *
                                  v->m.vector.a[i * v->m.vector.ld + c];
        }
    dense_times(1, pl_const(scaled), false, pl_const(r), false, 0, v->z);
done:
    dense_free(&r);
    dense_free(&scaled);
    return status;
}

static pl_status vicreg_solve(pl_ctx *ctx, const pl_options *o, const relation *rel, vicreg *v) {
    pl_status status;
    v->g = &rel->graph;
    v->n = v->g->nodes;
    v->k = (size_t)pl_option_int(o, "embedding");
    v->modes = v->k < v->n - 1 ? v->k : v->n - 1;
    v->loss = loss_of(o, v->n);
    bool degree = v->loss.kind == PL_VICREG_DEGREE;
    v->divisor = degree ? v->g->total : v->loss.nu;
    double kappa = degree ? 2 * v->loss.gamma : 2 * v->loss.gamma * v->loss.nu / (double)v->n;
    if (degree && rel->facts.isolated)
        return pl_fail(ctx, PL_EDOMAIN,
                       "%zu isolated nodes have degree 0, by which the degree-weighted loss "
                       "divides; take them out, or use another --loss",
                       rel->facts.isolated);
    PL_TRY(modes_new(ctx, v->g, degree ? MODES_CUT : MODES_LAPLACIAN, v->modes, &v->m));
    PL_NEW(ctx, v->sigma, v->k);
    for (size_t i = 0; i < v->modes; i++) /* rounding leaves -1e-16 for a zero mode */
        v->m.value[i] = fmax(v->m.value[i], 0);
    vicreg_minimum(&v->loss, kappa, v->m.value, v->modes, v->k, v->sigma, &v->optimum);
    PL_TRY(closed_embedding(ctx, v));
done:
    return status;
}

/* Eigenvalues of Cov(Z), or Cov_D, descending. */
static pl_status covariance(pl_ctx *ctx, const vicreg *v, pl_cmat z, double *values) {
    pl_status status;
    pl_mat y = {0}, c = {0};
    bool degree = v->loss.kind == PL_VICREG_DEGREE;
    PL_TRY(dense_copy(ctx, z, &y));
    PL_TRY(dense_new(ctx, z.cols, z.cols, &c));
    embedding_centre(y, degree ? v->g : NULL);
    dense_times(1 / v->divisor, pl_const(y), true, pl_const(y), false, 0, c);
    PL_TRY(dense_eigen(ctx, pl_const(c), false, values, (pl_mat){0}));
done:
    dense_free(&y);
    dense_free(&c);
    return status;
}

/* theta <= 10 sqrt( dL/(2 alpha mu_K (mu_K - mu_{K+1})) ) (theory notes, sec. 1.4). */
static double angle_bound(const vicreg *v, size_t rank, double excess) {
    double kappa = 2 * v->loss.gamma * v->loss.nu / (double)v->n;
    excess = fmax(excess, 1e-14 * fmax(1, fabs(v->optimum.loss)));
    if (v->loss.kind != PL_VICREG_SQUARED || v->loss.beta != v->loss.alpha || rank == 0)
        return 2e-3;
    double mu = v->sigma[rank - 1], next = 0;
    if (v->m.all && rank < v->m.count)
        next = fmax(1 - kappa * v->m.all[rank] / (2 * v->loss.alpha), 0);
    return fmin(1, 10 * sqrt(excess / (2 * v->loss.alpha * mu * fmax(mu - next, 1e-12))));
}

static pl_status add_modes(pl_ctx *ctx, const vicreg *v, const double *found, pl_table *out) {
    for (size_t k = 0; k < v->modes; k++) {
        double lambda = v->m.value[k];
        double threshold = lambda > 1e-10 * v->m.scale
                               ? v->loss.alpha * (double)v->n / (v->loss.nu * lambda)
                               : (double)NAN;
        pl_status status = pl_table_add(ctx, out,
                                        (double[]){(double)(k + 1), lambda, v->sigma[k],
                                                   sqrt(v->divisor * v->sigma[k]),
                                                   found ? found[k] : (double)NAN, threshold},
                                        NULL);
        if (status)
            return status;
    }
    return PL_OK;
}

/* Least tr Z'LZ of random Z with Cov Z = I: none may be below nu sum lambda (Ky Fan). */
static pl_status least_white_trace(pl_ctx *ctx, const vicreg *v, double *out) {
    pl_status status;
    pl_mat z = {0}, q = {0}, lq = {0};
    size_t rank;
    *out = INFINITY;
    PL_TRY(dense_new(ctx, v->n, v->k, &q));
    PL_TRY(dense_new(ctx, v->n, v->k, &lq));
    for (uint64_t t = 0; t < 200; t++) {
        dense_free(&z);
        PL_TRY(dense_normals(ctx, v->n, v->k, 8, 700 + t, &z));
        dense_centre(z);
        PL_TRY(pl_orthonormal(ctx, pl_const(z), -1, q, &rank));
        PL_TRY(pl_graph_laplacian(ctx, v->g, pl_const(q), lq));
        *out = fmin(*out, v->loss.nu * dense_inner(pl_const(q), pl_const(lq)));
    }
done:
    dense_free(&z);
    dense_free(&q);
    dense_free(&lq);
    return status;
}

/* Closed form against the loss itself, at one point. */
static pl_status check_closed(pl_ctx *ctx, const vicreg *v, pl_table *out) {
    pl_status status;
    pl_mat moved = {0}, white = {0}, r = {0};
    double at, gradient, shifted, rotated, whitened = NAN, curvature = NAN, trace = 0, squares = 0;
    double least = NAN, eta = v->loss.gamma * v->loss.nu / (v->loss.alpha * (double)v->n);
    double kappa = 2 * v->loss.gamma * v->loss.nu / (double)v->n, mean_loss = 0;
    bool hinge = v->loss.kind == PL_VICREG_HINGE, degree = v->loss.kind == PL_VICREG_DEGREE;
    PL_TRY(dense_copy(ctx, pl_const(v->z), &moved));
    for (size_t i = 0; i < v->n * v->k; i++)
        moved.a[i] += 1 + (double)(i % v->k); /* the gauge Z + 1 b' */
    PL_TRY(search_gradient(ctx, &v->loss, v->g, pl_const(v->z), &at, &gradient));
    PL_TRY(pl_spectral_loss_at(ctx, &v->loss, v->g, pl_const(moved), &shifted, (pl_mat){0}));
    PL_TRY(dense_rotation(ctx, v->k, 31, &r));
    dense_times(1, pl_const(v->z), false, pl_const(r), false, 0, moved);
    PL_TRY(pl_spectral_loss_at(ctx, &v->loss, v->g, pl_const(moved), &rotated, (pl_mat){0}));
    if (v->modes == v->k && !degree) { /* C = I: what the whitened eigenmaps cost */
        PL_TRY(dense_new(ctx, v->n, v->k, &white));
        for (size_t i = 0; i < v->n; i++)
            for (size_t c = 0; c < v->k; c++)
                white.a[i * v->k + c] = sqrt(v->loss.nu) * v->m.vector.a[i * v->m.vector.ld + c];
        PL_TRY(pl_spectral_loss_at(ctx, &v->loss, v->g, pl_const(white), &whitened, (pl_mat){0}));
        for (size_t c = 0; c < v->k; c++) {
            trace += v->loss.nu * v->m.value[c];
            mean_loss += kappa * v->m.value[c];
            squares += v->loss.alpha * pow(eta * v->m.value[c], 2);
        }
        if (v->n <= 3000)
            PL_TRY(least_white_trace(ctx, v, &least));
    }
    if (!hinge && v->n <= 3000)
        PL_TRY(search_curvature(ctx, &v->loss, v->g, pl_const(v->z), 20, 5, &curvature));
    const pl_summary list[] = {
        {"closed_form_loss", "nats", "L*, the formula", v->optimum.loss},
        {"loss_at_closed_form", "nats", "the loss itself at Z*", at},
        {"gradient_norm", "nats", "|gradient| at Z* (hinge: at the kink it need not vanish)",
         gradient},
        {"gauge_change", "nats", "loss(Z* + 1b') - loss(Z*)", shifted - at},
        {"rotation_rise", "nats", "loss(Z* R) - loss(Z*): > 0 where right singular vectors count",
         rotated - at},
        {"curvature", "nats", "least second difference of the loss around Z*", curvature},
        {"column_variance", "1", "s, where all columns have one variance",
         v->optimum.column_variance},
        {"whitened_loss", "nats", "the loss at C = I: whitened eigenmaps", whitened},
        {"whitened_formula", "nats", "kappa sum lambda, what C = I costs",
         v->modes == v->k && !degree ? mean_loss : (double)NAN},
        {"whitened_excess", "nats", "that less L*", whitened - v->optimum.loss},
        {"minimum_trace", "1", "nu sum lambda: least tr Z'LZ under Cov = I",
         v->modes == v->k && !degree ? trace : (double)NAN},
        {"least_random_trace", "1", "least tr Z'LZ of 200 random whitened Z", least},
        {"small_gamma_loss", "nats",
         "kappa sum lambda - alpha eta^2 sum lambda^2, for eta lambda_K "
         "<= 1",
         v->modes == v->k && !degree ? mean_loss - squares : (double)NAN}};
    PL_TRY(pl_table_summarise_list(ctx, out, list, sizeof list / sizeof *list));
done:
    dense_free(&moved);
    dense_free(&white);
    dense_free(&r);
    return status;
}

/* The optimiser's best against the closed form. */
static pl_status check_found(pl_ctx *ctx, const pl_options *o, const vicreg *v, double *found,
                             pl_table *out) {
    pl_status status = PL_OK;
    search_result r = {0};
    pl_mat y = {0};
    size_t starts = (size_t)pl_option_int(o, "starts"), rank = 0, closed = 0, small = 0;
    double sine = NAN, *c = NULL;
    bool degree = v->loss.kind == PL_VICREG_DEGREE;
    PL_NEW(ctx, c, v->k);
    for (size_t i = 0; i < v->modes; i++)
        closed += v->sigma[i] > 1e-10;
    if (starts > 0) {
        search_settings set = {starts, pl_option_seed(o, "seed"), 0.7, {0}, 0};
        PL_TRY(search_minimum(ctx, &v->loss, v->g, v->k, &set, &r));
        PL_TRY(covariance(ctx, v, pl_const(r.z), c));
        for (size_t i = 0; i < v->k; i++)
            rank += c[i] * v->divisor > 4e-4; /* singular values above 2e-2 */
        for (size_t i = 0; i < v->modes; i++)
            found[i] = c[i];
        PL_TRY(dense_copy(ctx, pl_const(r.z), &y));
        embedding_centre(y, degree ? v->g : NULL);
        PL_TRY(embedding_sandwich(ctx, &v->m, pl_const(y), closed, 2e-2, &sine));
    }
    for (size_t i = 0; i < v->modes; i++) /* modes whose decay at mu = 0 is slow: t^-1/2 */
        small += v->sigma[i] * v->divisor > 4e-4;
    const pl_summary list[] = {
        {"best_found_loss", "nats", "least loss of all starts", starts ? r.best : (double)NAN},
        {"worst_found_loss", "nats", "largest loss at the end of a start",
         starts ? r.worst : (double)NAN},
        {"rank", "1", "rank of the best embedding found (singular values > 2e-2)",
         starts ? (double)rank : (double)NAN},
        {"closed_rank", "1", "modes with sigma_k > 0", (double)closed},
        {"visible_rank", "1", "modes whose singular value is > 2e-2", (double)small},
        {"rank_formula", "1", "#{k <= K: lambda_k < alpha n/(gamma nu)}", NAN},
        {"subspace_sine", "1", "largest angle between what was found and the eigenspaces", sine},
        {"subspace_bound", "1", "what the loss's excess allows of it",
         starts ? angle_bound(v, closed, r.best - v->optimum.loss) : (double)NAN},
        {"determined", "1", "1: the spectral gap behind mode K determines the subspace",
         modes_determined(&v->m)}};
    pl_summary filled[sizeof list / sizeof *list];
    memcpy(filled, list, sizeof list);
    filled[5].value = 0;
    for (size_t i = 0; i < v->modes; i++)
        filled[5].value +=
            v->loss.gamma * v->loss.nu * v->m.value[i] < v->loss.alpha * (double)v->n * (1 - 1e-12);
    PL_TRY(pl_table_summarise_list(ctx, out, filled, sizeof filled / sizeof *filled));
done:
    search_free(&r);
    dense_free(&y);
    pl_free(c);
    return status;
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status;
    relation rel = {0};
    vicreg v = {0};
    double *found = NULL;
    PL_TRY(relation_new(ctx, o, &rel));
    PL_TRY(vicreg_solve(ctx, o, &rel, &v));
    const char *unmet = vicreg_unmet(&v.loss, v.modes, v.k);
    if (unmet)
        pl_table_unmet(out, unmet);
    if (!rel.facts.nonnegative)
        pl_table_unmet(out, "G >= 0");
    PL_NEW(ctx, found, v.k);
    for (size_t i = 0; i < v.k; i++)
        found[i] = NAN;
    PL_TRY(check_closed(ctx, &v, out));
    PL_TRY(check_found(ctx, o, &v, found, out));
    PL_TRY(add_modes(ctx, &v, found, out));
    PL_TRY(pl_table_summarise_column(ctx, out, "singular_values", "1", "of HZ*, closed form",
                                     "singular_value"));
    PL_TRY(relation_summarise(ctx, &rel, out));
done:
    relation_free(&rel);
    vicreg_free(&v);
    pl_free(found);
    return status;
}

const pl_program pl_spectral_vicreg = {
    .name = "vicreg",
    .summary = "VICReg's global minimum on a graph: Laplacian eigenmaps",
    .details = "min Omega(Cov Z) + (2 gamma/n) tr Z'LZ in closed form, and by L-BFGS from random "
               "starts.",
    .source = "BL22 sec. 3; THM1, 1a-1d, 1h",
    .options = options,
    .columns = columns,
    .run = run};
