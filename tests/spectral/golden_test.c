/* Every reference value of spectral.json is met somewhere: it stands among the printed values of a
 * claim (which verify, and claim/registry here, hold against the programs), or it is checked in the
 * tests that are named below, or it is listed as not covered. */

#include "claim/claim.h"
#include "spectral/modes.h"
#include "spectral/relation.h"
#include "spectral/relation_named.h"
#include "spectral/spectral.h"
#include "tests/spectral/given.h"

static const pl_claim *const lists[] = {pl_bl22_claims, pl_hc21_claims, pl_tan23_claims,
                                        pl_gar22_claims};

/* claim.quantity that other tests check: here, or in ssl/graph, ssl/spectral_losses. */
static const char *const elsewhere[][2] = {
    {"RNG", NULL},
    {"GRAPH", NULL},
    {"LOSS", NULL},
    {"SCALE", NULL},
    {"BL22.THM1", "minimum_loss"}, /* 0 for views:4x3, K = 3 */
    {"BL22.RANK", "modes_without_threshold"},
    {"BL22.THM1h.hyp", NULL},
    {"BL22.SUPnl", "minimum_loss"},
    {"BL22.THM2e", NULL},
    {"BL22.THM3a", NULL},
};

static bool is_elsewhere(const golden_value *v) {
    for (size_t i = 0; i < TEST_COUNT(elsewhere); i++)
        if (strcmp(elsewhere[i][0], v->claim) == 0 &&
            (!elsewhere[i][1] || strcmp(elsewhere[i][1], v->quantity) == 0))
            return true;
    return false;
}

static bool is_printed(double value) {
    for (size_t l = 0; l < TEST_COUNT(lists); l++)
        for (const pl_claim *c = lists[l]; c->id; c++)
            for (const pl_reference *r = c->references; r && r->quantity; r++)
                if (r->value == value)
                    return true;
    return false;
}

static size_t numbers, missing;

static void count(const golden_value *v, json_t *x) {
    size_t i;
    json_t *y;
    if (json_is_array(x)) {
        json_array_foreach(x, i, y) count(v, y);
        return;
    }
    numbers++;
    if (!is_printed(json_number_value(x))) {
        missing++;
        printf("not covered: %s %s = %.17g\n", v->claim, v->quantity, json_number_value(x));
    }
}

static void covered(const golden_value *v) {
    if (!is_elsewhere(v))
        count(v, v->value);
}

/* Fails if a reference value stood in no claim: nothing is allowed to be missing. */
START_TEST(every_value_is_covered) {
    golden_each("spectral.json", NULL, NULL, covered);
    ck_assert_uint_gt(numbers, 400);
    ck_assert_uint_eq(missing, 0);
}
END_TEST

static const char *name_of(const char *given_name) {
    static const char *const names[][2] = {{"P6", "path:6"},
                                           {"C7", "cycle:7"},
                                           {"PET", "petersen"},
                                           {"AUG43", "views:4x3"},
                                           {"RND12", "random:12"},
                                           {"KAR34", "karate"},
                                           {"CLIQUES_3x2", "cliques:3x2"},
                                           {"CLIQUES_4x3", "cliques:4x3"},
                                           {"CLIQUES_5x2", "cliques:5x2"},
                                           {"CLIQUES_2x3_LOOPS", "cliques-loops:2x3"},
                                           {"LABELS_444", "labels:4,4,4"},
                                           {"LABELS_246", "labels:2,4,6"},
                                           {"LABELS_444_LOOPS", "labels-loops:4,4,4"},
                                           {"LABELS_246_LOOPS", "labels-loops:2,4,6"},
                                           {"LABELS_246_CORRECTED", "labels-corrected:2,4,6"},
                                           {"SOFTMAX_9", "softmax:9"}};
    for (size_t i = 0; i < TEST_COUNT(names); i++)
        if (strcmp(names[i][0], given_name) == 0)
            return names[i][1];
    ck_abort_msg("no name for graph '%s'", given_name);
}

/* Fails if a graph by name were another than the one the values are given on. */
START_TEST(named_graphs_are_the_given_ones) {
    pl_ctx *ctx = pl_ctx_new();
    json_t *all = json_object_get(json_object_get(golden("spectral.json"), "settings"), "graphs"),
           *x;
    const char *key;
    json_object_foreach(all, key, x) {
        pl_graph want = given_graph(ctx, key), got;
        ck_ok(ctx, relation_named(ctx, name_of(key), &got));
        size_t n = want.nodes;
        ck_assert_uint_eq(got.nodes, n);
        double *work = pl_alloc(ctx, 2 * n * n, sizeof *work);
        ck_ok(ctx, pl_graph_dense(ctx, &want, (pl_mat){work, n, n, n}));
        ck_ok(ctx, pl_graph_dense(ctx, &got, (pl_mat){work + n * n, n, n, n}));
        for (size_t i = 0; i < n * n; i++)
            ck_close(work[n * n + i], work[i], 1e-14 * fmax(1, fabs(work[i])));
        pl_free(work);
        pl_graph_free(&want);
        pl_graph_free(&got);
    }
    pl_ctx_free(ctx);
}
END_TEST

static void has_spectrum(const golden_value *v) {
    static const struct {
        const char *quantity;
        modes_kind kind;
    } kinds[] = {{"laplacian_eigenvalues", MODES_LAPLACIAN},
                 {"adjacency_eigenvalues", MODES_ADJACENCY},
                 {"normalized_adjacency_eigenvalues", MODES_NORMALISED}};
    for (size_t i = 0; i < TEST_COUNT(kinds); i++) {
        if (strcmp(v->quantity, kinds[i].quantity) != 0)
            continue;
        pl_ctx *ctx = pl_ctx_new();
        pl_graph g = given_graph(ctx, golden_text(v, "graph", "?"));
        modes m;
        ck_ok(ctx, modes_new(ctx, &g, kinds[i].kind, g.nodes, &m));
        ck_assert_uint_eq(m.k, json_array_size(v->value));
        for (size_t k = 0; k < m.k; k++)
            ck_close(m.value[k], json_number_value(json_array_get(v->value, k)), v->tolerance);
        ck_assert(m.residual < 1e-14 * (double)g.nodes && m.orthogonality < 1e-13);
        modes_free(&m);
        pl_graph_free(&g);
        pl_ctx_free(ctx);
    }
}

START_TEST(golden_spectra) {
    golden_each("spectral.json", "GRAPH", NULL, has_spectrum);
}
END_TEST

/* The grids: 30 x 31 densely, 300 x 301 by the sparse way, 1000 x 1001 with more effort. */
static void has_grid_spectrum(const golden_value *v) {
    size_t r =
        (size_t)json_integer_value(json_array_get(json_object_get(v->parameters, "grid"), 0));
    size_t c =
        (size_t)json_integer_value(json_array_get(json_object_get(v->parameters, "grid"), 1));
    if (r * c > (test_effort() > 3 ? 2000000 : 100000) || strcmp(v->quantity, "minimum_loss") == 0)
        return;
    pl_ctx *ctx = pl_ctx_new();
    pl_graph g;
    modes m;
    ck_ok(ctx, pl_graph_grid(ctx, r, c, &g));
    ck_ok(ctx, modes_new(ctx, &g, MODES_LAPLACIAN, 6, &m));
    for (size_t k = 0; k < 6; k++)
        ck_rel(m.value[k], json_number_value(json_array_get(v->value, k)), 1e-8);
    ck_assert(m.residual < 1e-9);
    ck_assert(m.below == SIZE_MAX || m.below == m.expected_below);
    modes_free(&m);
    pl_graph_free(&g);
    pl_ctx_free(ctx);
}

START_TEST(golden_grids) {
    ck_assert_uint_eq(golden_each("spectral.json", "SCALE", NULL, has_grid_spectrum), 4);
}
END_TEST

/* SM(seed).mat against the given matrices; fails if the generator differed in one bit. */
START_TEST(golden_matrices) {
    pl_ctx *ctx = pl_ctx_new();
    json_t *all = json_object_get(json_object_get(golden("spectral.json"), "settings"), "matrices"),
           *x;
    const char *key;
    json_object_foreach(all, key, x) {
        json_t *seed = json_object_get(x, "seed");
        if (!seed || strncmp(key, "CCA", 3) == 0)
            continue;
        pl_mat want = given_matrix(ctx, key), got;
        ck_ok(ctx,
              splitmix_matrix(ctx, (uint64_t)json_integer_value(seed), want.rows, want.cols, &got));
        for (size_t i = 0; i < want.rows * want.cols; i++)
            ck_assert(got.a[i] == want.a[i]);
        pl_free(want.a);
        pl_free(got.a);
    }
    pl_ctx_free(ctx);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {every_value_is_covered, named_graphs_are_the_given_ones,
                                  golden_spectra, golden_grids, golden_matrices};
    return test_main("spectral/golden", tests, TEST_COUNT(tests));
}
