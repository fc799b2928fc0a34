/* BL22.EQ2: which method is which spectral embedding on a given graph. On a connected regular graph
 * [1, VICReg(K)], SimCLR-squared(K + 1), whitened Barlow Twins(K + 1) and the spectral contrastive
 * loss(K + 1) span the same space; on others they differ, and the angles say how much. */

#include <math.h>
#include <string.h>

#include "math/subspace.h"
#include "spectral/dense.h"
#include "spectral/embedding.h"
#include "spectral/modes.h"
#include "spectral/relation.h"
#include "spectral/search.h"
#include "spectral/spectral.h"

static const pl_option options[] = {
    RELATION_OPTIONS("karate"),
    {"embedding", PL_OPT_INT, "2", 1, 1024, NULL, "K", "modes beside the constant", 0},
    {"tau", PL_OPT_REAL, "0.5", 1e-3, 1e3, NULL, NULL, "temperature of InfoNCE", 0},
    {"starts", PL_OPT_INT, "5", 0, 1000, NULL, NULL,
     "starts of the optimiser for InfoNCE, which has no closed form here; 0 leaves it out", 0},
    {"seed", PL_OPT_SEED, "1", 0, 0, NULL, NULL, "seed of the starts", 0},
    {0}};

static const pl_column columns[] = {
    {"method", "", "one method", true},
    {"other", "", "another", true},
    {"embeds", "", "what the first one is on this graph", true},
    {"sine", "1", "largest principal angle between the two spans", false},
    {"spectral", "1", "1: both have a closed form", false},
    {"applies", "1",
     "1: and the graph is connected and regular, g_{K+1} > 0, with a gap: the spans must agree",
     false},
    {"vicreg_simclr", "1", "1: the pair of VICReg and SimCLR, with a gap behind the last mode",
     false},
    {0}};

enum { METHODS = 5 };

static const struct {
    const char *name, *embeds;
} methods[METHODS] = {
    {"vicreg", "1 and the lowest modes of L: Laplacian eigenmaps, ratio cut"},
    {"simclr", "top modes of G: multidimensional scaling of the relation"},
    {"barlow", "D^-1/2 top modes of the normalised G: normalised cut, canonical correlation"},
    {"spectral-contrastive", "D^-1/2 top modes of the normalised G, weighted: diffusion map"},
    {"infonce", "no closed form: best of the optimiser, with the constant"}};

/* Orthonormal basis of a method's span, K + 1 columns. */
static pl_status span_of(pl_ctx *ctx, const pl_options *o, const relation *rel, size_t method,
                         size_t k, pl_mat *out, bool *determined, double *last) {
    pl_status status;
    modes m = {0};
    search_result r = {0};
    pl_mat z = {0}, q = {0};
    size_t n = rel->graph.nodes, rank;
    PL_TRY(dense_new(ctx, n, k + 1, &z));
    PL_TRY(dense_new(ctx, n, k + 1, &q));
    if (method == 4) {
        pl_spectral_loss loss = {.kind = PL_GRAPH_INFONCE, .tau = pl_option_real(o, "tau")};
        search_settings set = {
            (size_t)pl_option_int(o, "starts"), pl_option_seed(o, "seed"), 1, {0}, 0};
        PL_TRY(search_minimum(ctx, &loss, &rel->graph, k, &set, &r));
        PL_TRY(pl_unit_rows(ctx, pl_const(r.z), r.z));
    } else {
        static const modes_kind kinds[] = {MODES_LAPLACIAN, MODES_ADJACENCY, MODES_NORMALISED,
                                           MODES_NORMALISED};
        PL_TRY(modes_new(ctx, &rel->graph, kinds[method], method == 0 ? k : k + 1, &m));
        *determined = *determined && modes_determined(&m);
        *last = m.value[m.k - 1];
    }
    for (size_t i = 0; i < n; i++) {
        double d = method > 1 && method < 4 && rel->graph.degree[i] > 0
                       ? 1 / sqrt(rel->graph.degree[i])
                       : 1;
        bool constant = method == 0 || method == 4;
        pl_cmat from = method == 4 ? pl_const(r.z) : pl_const(m.vector);
        if (constant)
            z.a[i * (k + 1)] = 1;
        for (size_t c = 0; c < from.cols; c++)
            z.a[i * (k + 1) + c + constant] = d * from.a[i * from.ld + c];
    }
    PL_TRY(pl_orthonormal(ctx, pl_const(z), -1, q, &rank));
    *out = q;
    q = (pl_mat){0};
done:
    modes_free(&m);
    search_free(&r);
    dense_free(&z);
    dense_free(&q);
    return status;
}

/* Share of the labels' variance in the c - 1 zero modes: what the relation itself separates. */
static pl_status aligned_share(pl_ctx *ctx, const relation *rel, double *out) {
    pl_status status = PL_OK;
    size_t *component = NULL, count, n = rel->graph.nodes;
    double *sum = NULL, total = 0, within = 0, labelled = 0;
    PL_NEW(ctx, component, n);
    PL_TRY(pl_graph_components(ctx, &rel->graph, component, &count));
    PL_NEW(ctx, sum, (count + 1) * (rel->classes + 1));
    for (size_t i = 0; i < n; i++) {
        if (rel->label[i] == SIZE_MAX)
            continue;
        sum[component[i] * (rel->classes + 1) + rel->label[i]]++;
        sum[component[i] * (rel->classes + 1) + rel->classes]++;
        sum[count * (rel->classes + 1) + rel->label[i]]++;
        labelled++;
    }
    for (size_t c = 0; c < rel->classes && labelled > 0; c++) {
        double p = sum[count * (rel->classes + 1) + c] / labelled;
        total += labelled * p * (1 - p);
        for (size_t k = 0; k < count; k++) {
            double members = sum[k * (rel->classes + 1) + rel->classes];
            double q = members > 0 ? sum[k * (rel->classes + 1) + c] / members : 0;
            within += members * q * (1 - q);
        }
    }
    *out = total > 0 ? 1 - within / total : (double)NAN;
done:
    pl_free(component);
    pl_free(sum);
    return status;
}

/* The paper's guideline (i) or (ii), in the wording that the theory supports. */
static void guideline(pl_ctx *ctx, double share) {
    if (isnan(share))
        pl_warn(ctx, "no --labels: whether the relation is aligned with a task cannot be said");
    else if (share > 1 - 1e-9)
        pl_warn(ctx, "aligned (related samples share labels): guideline (i), any method recovers "
                     "the labels; with few labels give VICReg's invariance a high weight");
    else
        pl_warn(ctx,
                "%.3g of the labels' variance lies inside components: guideline (ii), VICReg "
                "with a small invariance weight keeps it (gamma < alpha n/(nu lambda_max)), "
                "SimCLR and Barlow Twins do not",
                1 - share);
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status;
    relation rel = {0};
    pl_mat span[METHODS] = {{0}};
    double share = NAN, last[METHODS] = {NAN, NAN, NAN, NAN, NAN};
    bool determined = true, sure[METHODS];
    size_t k = (size_t)pl_option_int(o, "embedding"), used = METHODS;
    PL_TRY(relation_new(ctx, o, &rel));
    size_t n = rel.graph.nodes;
    if (k + 2 > n) {
        status =
            pl_fail(ctx, PL_EUSAGE, "--embedding %zu: %zu nodes leave room for %zu", k, n, n - 2);
        goto done;
    }
    if (pl_option_int(o, "starts") == 0 || n > 200)
        used = 4; /* InfoNCE costs n^2 K a step */
    for (size_t m = 0; m < used; m++) {
        sure[m] = true;
        PL_TRY(span_of(ctx, o, &rel, m, k, &span[m], &sure[m], &last[m]));
        determined = determined && sure[m];
    }
    bool equal = rel.facts.components == 1 && rel.facts.regular && last[1] > 0 && determined;
    for (size_t a = 0; a < used; a++)
        for (size_t b = a + 1; b < used; b++) {
            double sine;
            PL_TRY(pl_subspace_sine(ctx, pl_const(span[a]), pl_const(span[b]), &sine));
            PL_TRY(pl_table_add(
                ctx, out,
                (double[]){0, 0, 0, sine, b < 4, b < 4 && equal, a == 0 && b == 1 && determined},
                (const char *const[]){methods[a].name, methods[b].name, methods[a].embeds}));
        }
    if (rel.label) {
        PL_TRY(aligned_share(ctx, &rel, &share));
        guideline(ctx, share);
    }
    const pl_summary list[] = {
        {"determined", "1", "1: no cut eigenvalue is tied", determined},
        {"aligned_share", "1", "share of the labels' variance between components", share}};
    PL_TRY(pl_table_summarise_list(ctx, out, list, sizeof list / sizeof *list));
    PL_TRY(relation_summarise(ctx, &rel, out));
done:
    relation_free(&rel);
    for (size_t m = 0; m < METHODS; m++)
        dense_free(&span[m]);
    return status;
}

const pl_program pl_spectral_equivalence = {
    .name = "equivalence",
    .summary = "which method is which spectral embedding on a graph, and how far they are apart",
    .details =
        "Principal angles between the spans of every pair of methods. With --features and "
        "--views, --labels\nor --knn the graph is a user's own, and the paper's guideline for "
        "it is said.",
    .source = "BL22, Fig. 1; EQ2",
    .options = options,
    .columns = columns,
    .run = run};
