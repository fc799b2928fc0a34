/* Identities that hold for every embedding, both sides computed on their own: BL22.ID1, ID3,
 * THM1(i), EQ1, GIBBS, TAN23.ID, HC21.ID, GAR22.ID. */

#include <math.h>
#include <string.h>

#include "math/random.h"
#include "spectral/dense.h"
#include "spectral/embedding.h"
#include "spectral/relation.h"
#include "spectral/spectral.h"
#include "ssl/graph_infonce.h"
#include "ssl/spectral_losses.h"

static const pl_option options[] = {
    RELATION_OPTIONS("karate"),
    {"identity", PL_OPT_SPEC, "energy", 0, 0,
     "energy|pairs|least-squares|regular|gibbs|cross-entropy|laplacian|low-rank|duality", NULL,
     "which one", 0},
    {"columns", PL_OPT_INT, "3", 1, 64, NULL, "K", "columns of the embedding", 0},
    {"embedding-seed", PL_OPT_SEED, "5", 0, 0, NULL, "S", "Z = SM(S).mat(n, K)", 0},
    {"alpha", PL_OPT_REAL, "1", 1e-9, 1e9, NULL, NULL, "weight of the (co)variance terms", 0},
    {"gamma", PL_OPT_REAL, "0.3", 0, 1e12, NULL, NULL, "weight of the invariance term", 0},
    {"tau", PL_OPT_REAL, "0.4", 1e-3, 1e3, NULL, NULL, "temperature", 0},
    {0}};

static const pl_column columns[] = {
    {"row", "1", "sample of the identity, where it has one for each", false},
    {"left", "1", "one side", false},
    {"right", "1", "the other side", false},
    {"least_other", "1", "gibbs: least free energy of 200 other laws; nan elsewhere", false},
    {0}};

/* What the identities are about: Z, the dense G, and the options. */
typedef struct setting {
    const pl_graph *g;
    size_t n, k;
    double alpha, gamma, tau;
    pl_mat z, dense;
} setting;

static pl_status add(pl_ctx *ctx, pl_table *out, double left, double right) {
    return pl_table_add(ctx, out, (double[]){0, left, right, NAN}, NULL);
}

static double row_distance(pl_cmat z, size_t i, size_t j) {
    double sum = 0;
    for (size_t c = 0; c < z.cols; c++)
        sum += (z.a[i * z.ld + c] - z.a[j * z.ld + c]) * (z.a[i * z.ld + c] - z.a[j * z.ld + c]);
    return sum;
}

static pl_status energy_of(pl_ctx *ctx, const setting *s, pl_cmat z, double *out) {
    pl_mat lz = {0};
    pl_status status = dense_new(ctx, z.rows, z.cols, &lz);
    if (status == PL_OK)
        status = pl_graph_laplacian(ctx, s->g, z, lz);
    if (status == PL_OK)
        *out = dense_inner(z, pl_const(lz));
    dense_free(&lz);
    return status;
}

/* ID1: sum G_ij |z_i - z_j|^2 = 2 tr Z'LZ. */
static pl_status energy(pl_ctx *ctx, const setting *s, pl_table *out) {
    double left = 0, trace;
    pl_status status = energy_of(ctx, s, pl_const(s->z), &trace);
    for (size_t i = 0; i < s->n; i++)
        for (size_t j = 0; j < s->n; j++)
            left += s->dense.a[i * s->n + j] * row_distance(pl_const(s->z), i, j);
    return status ? status : add(ctx, out, left, 2 * trace);
}

/* ID3: the list of pairs (rows scaled by the root of a pair's weight) = the form in G. */
static pl_status pairs(pl_ctx *ctx, const setting *s, pl_table *out) {
    pl_status status;
    pl_mat left = {0}, right = {0};
    pl_spectral_loss loss = {.kind = PL_BARLOW_TWINS, .alpha = s->alpha};
    size_t count = 0, at = 0;
    double listed, formed;
    for (size_t e = 0; e < s->n * s->n; e++)
        count += s->dense.a[e] != 0;
    PL_TRY(dense_new(ctx, count, s->k, &left));
    PL_TRY(dense_new(ctx, count, s->k, &right));
    for (size_t e = 0; e < s->n * s->n; e++) {
        if (s->dense.a[e] == 0)
            continue;
        for (size_t c = 0; c < s->k; c++) {
            double root = sqrt(s->dense.a[e]);
            left.a[at * s->k + c] = root * s->z.a[e / s->n * s->k + c];
            right.a[at * s->k + c] = root * s->z.a[e % s->n * s->k + c];
        }
        at++;
    }
    PL_TRY(pl_barlow_pairs(ctx, pl_const(left), pl_const(right), s->alpha, false, &listed,
                           (pl_mat){0}, (pl_mat){0}));
    PL_TRY(pl_spectral_loss_at(ctx, &loss, s->g, pl_const(s->z), &formed, (pl_mat){0}));
    PL_TRY(add(ctx, out, formed, listed));
done:
    dense_free(&left);
    dense_free(&right);
    return status;
}

/* THM1(i): VIC2(Z) = alpha (|S - M|^2 + K - |M|^2), S = HZZ'H/nu, M = H - eta L. */
static pl_status squares(pl_ctx *ctx, const setting *s, pl_table *out) {
    pl_status status;
    pl_mat m = {0}, h = {0}, r = {0};
    pl_spectral_loss loss = {PL_VICREG_SQUARED, s->alpha, s->alpha, s->gamma, 0, 0, 0, false};
    double nu = (double)s->n - 1, eta = s->gamma * nu / (s->alpha * (double)s->n), value;
    PL_TRY(pl_spectral_loss_at(ctx, &loss, s->g, pl_const(s->z), &value, (pl_mat){0}));
    PL_TRY(dense_new(ctx, s->n, s->n, &m));
    PL_TRY(dense_copy(ctx, pl_const(s->z), &h));
    dense_centre(h);
    for (size_t i = 0; i < s->n; i++)
        for (size_t j = 0; j < s->n; j++) {
            double l = (i == j ? s->g->degree[i] : 0) - s->dense.a[i * s->n + j];
            m.a[i * s->n + j] = (i == j) - 1 / (double)s->n - eta * l;
        }
    PL_TRY(dense_copy(ctx, pl_const(m), &r));
    dense_times(1 / nu, pl_const(h), false, pl_const(h), true, -1, r);
    PL_TRY(add(ctx, out, value,
               s->alpha * (dense_square(pl_const(r)) + (double)s->k - dense_square(pl_const(m)))));
done:
    dense_free(&m);
    dense_free(&h);
    dense_free(&r);
    return status;
}

/* EQ1: on a d-regular graph at gamma = alpha n/(nu d), VIC2(Z) and the centred |QQ' - G|^2,
 * Q = sqrt(d/nu) Z, are one function up to a constant. */
static pl_status regular(pl_ctx *ctx, const setting *s, pl_table *out) {
    pl_status status;
    pl_mat q = {0};
    double n = (double)s->n, nu = n - 1, d = s->g->total / n, value, distance, degrees = 0;
    pl_spectral_loss vicreg = {
        PL_VICREG_SQUARED, s->alpha, s->alpha, s->alpha * n / (nu * d), 0, 0, 0, false};
    pl_spectral_loss simclr = {.kind = PL_SIMCLR_SQUARED, .centred = true};
    PL_TRY(dense_copy(ctx, pl_const(s->z), &q));
    for (size_t i = 0; i < s->n * s->k; i++)
        q.a[i] *= sqrt(d / nu);
    for (size_t i = 0; i < s->n; i++)
        degrees += s->g->degree[i] * s->g->degree[i];
    double centred = s->g->square + s->g->total * s->g->total / (n * n) - 2 * degrees / n;
    double offset = s->alpha * ((double)s->k - centred / (d * d));
    PL_TRY(pl_spectral_loss_at(ctx, &vicreg, s->g, pl_const(s->z), &value, (pl_mat){0}));
    PL_TRY(pl_spectral_loss_at(ctx, &simclr, s->g, pl_const(q), &distance, (pl_mat){0}));
    PL_TRY(add(ctx, out, value, s->alpha * distance / (d * d) + offset));
    PL_TRY(pl_table_summarise(ctx, out, "loss_offset", "1", "the constant: alpha (K - |HGH|^2/d^2)",
                              offset));
done:
    dense_free(&q);
    return status;
}

/* sum p_j c_j + tau sum p_j log p_j, over j /= i. */
static double free_energy(const double *p, const double *cost, size_t n, size_t i, double tau) {
    double sum = 0;
    for (size_t j = 0; j < n; j++)
        if (j != i && p[j] > 0)
            sum += p[j] * (cost[j] + tau * log(p[j]));
    return sum;
}

/* GIBBS: the softmax row minimises the free energy, whose minimum is -tau log sum e^{-c/tau}. */
static pl_status gibbs(pl_ctx *ctx, const setting *s, pl_table *out) {
    pl_status status;
    pl_mat u = {0}, gram = {0};
    double *p = NULL, *cost = NULL, *closed = NULL;
    PL_TRY(dense_new(ctx, s->n, s->k, &u));
    PL_TRY(dense_new(ctx, s->n, s->n, &gram));
    PL_NEW(ctx, p, s->n);
    PL_NEW(ctx, cost, s->n);
    PL_NEW(ctx, closed, s->n);
    PL_TRY(pl_unit_rows(ctx, pl_const(s->z), u));
    PL_TRY(pl_infonce_free_energy(ctx, pl_const(u), s->tau, closed));
    dense_times(1, pl_const(u), false, pl_const(u), true, 0, gram);
    for (size_t i = 0; i < s->n; i++) {
        double total = 0, least = INFINITY;
        for (size_t j = 0; j < s->n; j++) {
            cost[j] = -gram.a[i * s->n + j];
            total += p[j] = j == i ? 0 : exp(-cost[j] / s->tau);
        }
        for (size_t j = 0; j < s->n; j++)
            p[j] /= total;
        double at = free_energy(p, cost, s->n, i, s->tau);
        for (uint64_t t = 0; t < 200; t++) { /* other laws: p tilted by noise */
            double sum = 0;
            for (size_t j = 0; j < s->n; j++) {
                double tilt = pl_stream_normal((pl_stream){17, i, t}, j);
                sum += p[j] = j == i ? 0 : exp(-cost[j] / s->tau + tilt);
            }
            for (size_t j = 0; j < s->n; j++)
                p[j] /= sum;
            least = fmin(least, free_energy(p, cost, s->n, i, s->tau));
        }
        PL_TRY(pl_table_add(ctx, out, (double[]){(double)i, at, -closed[i], least}, NULL));
    }
done:
    dense_free(&u);
    dense_free(&gram);
    pl_free(p);
    pl_free(cost);
    pl_free(closed);
    return status;
}

/* InfoNCE of unit rows against sum d_i (H(P_i) + KL(P_i|softmax_i)), or against TAN23's split:
 * (1/tau) tr Z'LZ + sum d_i log sum_{k/=i} e^{-|z_i - z_k|^2/(2 tau)}. */
static pl_status infonce(pl_ctx *ctx, const setting *s, bool laplacian, pl_table *out) {
    pl_status status;
    pl_mat u = {0};
    double *closed = NULL, value, trace, repulsion = 0, crossed = 0;
    PL_TRY(dense_new(ctx, s->n, s->k, &u));
    PL_NEW(ctx, closed, s->n);
    PL_TRY(pl_unit_rows(ctx, pl_const(s->z), u));
    PL_TRY(pl_graph_infonce(ctx, s->g, s->tau, pl_const(s->z), &value, (pl_mat){0}));
    PL_TRY(energy_of(ctx, s, pl_const(u), &trace));
    PL_TRY(pl_infonce_free_energy(ctx, pl_const(u), s->tau, closed));
    for (size_t i = 0; i < s->n; i++) {
        double sum = 0, d = s->g->degree[i];
        for (size_t j = 0; j < s->n; j++) {
            double g = s->dense.a[i * s->n + j], half = row_distance(pl_const(u), i, j) / 2;
            if (j == i)
                continue;
            sum += exp(-half / s->tau);
            if (g > 0) { /* H + KL, each with its own logarithms */
                double p = g / d, q = (1 - half - closed[i]) / s->tau;
                crossed += d * (-p * log(p)) + d * p * (log(p) - q);
            }
        }
        repulsion += d * log(sum);
    }
    if (!laplacian) {
        PL_TRY(add(ctx, out, value, crossed));
        goto done;
    }
    PL_TRY(add(ctx, out, value, trace / s->tau + repulsion));
    PL_TRY(pl_table_summarise(ctx, out, "attraction", "nats", "(1/tau) tr Z'LZ", trace / s->tau));
    PL_TRY(pl_table_summarise(ctx, out, "repulsion", "nats", "sum d_i log sum e^{-|.|^2/(2 tau)}",
                              repulsion));
done:
    dense_free(&u);
    pl_free(closed);
    return status;
}

/* HC21.ID: SCL(f) = |A - FF'|^2 - |A|^2, F = D_w^1/2 f, A = D^-1/2 G D^-1/2. */
static pl_status low_rank_form(pl_ctx *ctx, const setting *s, pl_table *out) {
    pl_status status;
    pl_mat a = {0}, f = {0};
    pl_spectral_loss loss = {.kind = PL_SPECTRAL_CONTRASTIVE};
    double value, norm;
    PL_TRY(pl_spectral_loss_at(ctx, &loss, s->g, pl_const(s->z), &value, (pl_mat){0}));
    PL_TRY(dense_copy(ctx, pl_const(s->dense), &a));
    PL_TRY(dense_copy(ctx, pl_const(s->z), &f));
    for (size_t i = 0; i < s->n; i++) {
        for (size_t j = 0; j < s->n; j++)
            a.a[i * s->n + j] /= sqrt(s->g->degree[i] * s->g->degree[j]);
        for (size_t c = 0; c < s->k; c++)
            f.a[i * s->k + c] *= sqrt(s->g->degree[i] / s->g->total);
    }
    norm = dense_square(pl_const(a));
    dense_times(-1, pl_const(f), false, pl_const(f), true, 1, a);
    PL_TRY(add(ctx, out, value, dense_square(pl_const(a)) - norm));
done:
    dense_free(&a);
    dense_free(&f);
    return status;
}

/* GAR22: |offdiag ZZ'|^2 - |offdiag Z'Z|^2 = sum of columns' |.|^4 - sum of rows' |.|^4. */
static pl_status duality(pl_ctx *ctx, const setting *s, pl_table *out) {
    pl_status status;
    pl_mat rows = {0}, cols = {0};
    double left = 0, right = 0;
    PL_TRY(dense_new(ctx, s->n, s->n, &rows));
    PL_TRY(dense_new(ctx, s->k, s->k, &cols));
    dense_times(1, pl_const(s->z), false, pl_const(s->z), true, 0, rows);
    dense_times(1, pl_const(s->z), true, pl_const(s->z), false, 0, cols);
    for (size_t i = 0; i < s->n; i++)
        for (size_t j = 0; j < s->n; j++)
            left += i == j ? 0 : rows.a[i * s->n + j] * rows.a[i * s->n + j];
    for (size_t i = 0; i < s->k; i++)
        for (size_t j = 0; j < s->k; j++)
            left -= i == j ? 0 : cols.a[i * s->k + j] * cols.a[i * s->k + j];
    for (size_t c = 0; c < s->k; c++) {
        double norm = 0;
        for (size_t i = 0; i < s->n; i++)
            norm += s->z.a[i * s->k + c] * s->z.a[i * s->k + c];
        right += norm * norm;
    }
    for (size_t i = 0; i < s->n; i++) {
        double norm = 0;
        for (size_t c = 0; c < s->k; c++)
            norm += s->z.a[i * s->k + c] * s->z.a[i * s->k + c];
        right -= norm * norm;
    }
    PL_TRY(add(ctx, out, left, right));
done:
    dense_free(&rows);
    dense_free(&cols);
    return status;
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status;
    relation rel = {0};
    const char *which = pl_option_text(o, "identity");
    setting s = {.k = (size_t)pl_option_int(o, "columns"),
                 .alpha = pl_option_real(o, "alpha"),
                 .gamma = pl_option_real(o, "gamma"),
                 .tau = pl_option_real(o, "tau")};
    PL_TRY(relation_new(ctx, o, &rel));
    s.g = &rel.graph;
    s.n = rel.graph.nodes;
    if (s.n > 3000) {
        status = pl_fail(ctx, PL_EUSAGE,
                         "%zu nodes: both sides are computed entry by entry, for "
                         "at most 3000",
                         s.n);
        goto done;
    }
    PL_TRY(dense_new(ctx, s.n, s.n, &s.dense));
    PL_TRY(pl_graph_dense(ctx, s.g, s.dense));
    PL_TRY(splitmix_matrix(ctx, pl_option_seed(o, "embedding-seed"), s.n, s.k, &s.z));
    bool divides = strcmp(which, "pairs") == 0 || strcmp(which, "low-rank") == 0;
    if (divides && (rel.facts.isolated || !rel.facts.nonnegative)) {
        status = pl_fail(ctx, PL_EDOMAIN,
                         "this identity divides by degrees: none may be 0, and "
                         "weights must not be negative");
        goto done;
    }
    if (strcmp(which, "energy") == 0) {
        PL_TRY(energy(ctx, &s, out));
    } else if (strcmp(which, "pairs") == 0) {
        PL_TRY(pairs(ctx, &s, out));
    } else if (strcmp(which, "least-squares") == 0) {
        PL_TRY(squares(ctx, &s, out));
    } else if (strcmp(which, "regular") == 0) {
        if (!rel.facts.regular)
            pl_table_unmet(out, "G regular");
        PL_TRY(regular(ctx, &s, out));
    } else if (strcmp(which, "gibbs") == 0) {
        PL_TRY(gibbs(ctx, &s, out));
    } else if (strcmp(which, "low-rank") == 0) {
        PL_TRY(low_rank_form(ctx, &s, out));
    } else if (strcmp(which, "duality") == 0) {
        PL_TRY(duality(ctx, &s, out));
    } else {
        if (rel.facts.loops)
            pl_table_unmet(out, "no self-loops");
        PL_TRY(infonce(ctx, &s, strcmp(which, "laplacian") == 0, out));
    }
done:
    relation_free(&rel);
    dense_free(&s.z);
    dense_free(&s.dense);
    return status;
}

const pl_program pl_spectral_identities = {
    .name = "identities",
    .summary = "identities between losses, both sides on their own",
    .details = "energy: sum G_ij|z_i - z_j|^2 = 2 tr Z'LZ; pairs: Barlow Twins from lists; "
               "least-squares: VICReg\nas |S - M|^2; regular: VICReg = centred SimCLR; gibbs, "
               "cross-entropy, laplacian: InfoNCE;\nlow-rank: the spectral contrastive loss; "
               "duality: contrastive and non-contrastive terms.",
    .source = "BL22 sec. 2-3, TAN23, HC21, GAR22 Thm 3.3",
    .options = options,
    .columns = columns,
    .run = run};
