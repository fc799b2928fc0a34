#include "ssl/graph.h"

#include "math/random.h"
#include "tests/spectral/given.h"

/* |structured G - G from its edges|: both as dense matrices. */
static double difference(pl_ctx *ctx, const pl_graph *a, const pl_graph *b) {
    size_t n = a->nodes;
    ck_assert_uint_eq(b->nodes, n);
    double *work = pl_alloc(ctx, 2 * n * n, sizeof *work), worst = 0;
    pl_mat x = {work, n, n, n}, y = {work + n * n, n, n, n};
    ck_ok(ctx, pl_graph_dense(ctx, a, x));
    ck_ok(ctx, pl_graph_dense(ctx, b, y));
    double square = 0, total = 0;
    for (size_t i = 0; i < n * n; i++) {
        worst = fmax(worst, fabs(x.a[i] - y.a[i]));
        square += x.a[i] * x.a[i];
        total += x.a[i];
    }
    ck_close(a->square, square, 1e-12 * fmax(1, square));
    ck_close(a->total, total, 1e-12 * fmax(1, total));
    pl_free(work);
    return worst;
}

/* Fails if a structured operator differed from the matrix that it stands for. */
START_TEST(structured_graphs_are_their_matrices) {
    pl_ctx *ctx = pl_ctx_new();
    static const size_t four[12] = {0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2},
                        unequal[12] = {0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2};
    static const struct {
        const char *name;
        const size_t *label; /* NULL: views */
        pl_label_relation relation;
    } list[] = {{"AUG43", NULL, PL_LABELS_LOOPS},
                {"LABELS_444", four, PL_LABELS_NO_LOOPS},
                {"LABELS_246", unequal, PL_LABELS_NO_LOOPS},
                {"LABELS_444_LOOPS", four, PL_LABELS_LOOPS},
                {"LABELS_246_LOOPS", unequal, PL_LABELS_LOOPS},
                {"LABELS_246_CORRECTED", unequal, PL_LABELS_CORRECTED}};
    for (size_t i = 0; i < TEST_COUNT(list); i++) {
        pl_graph want = given_graph(ctx, list[i].name), got;
        if (list[i].label)
            ck_ok(ctx, pl_graph_labels(ctx, list[i].label, 12, 3, list[i].relation, &got));
        else
            ck_ok(ctx, pl_graph_views(ctx, 4, 3, &got));
        ck_close(difference(ctx, &got, &want), 0, 1e-15);
        pl_graph_facts a, b;
        ck_ok(ctx, pl_graph_describe(ctx, &got, &a));
        ck_ok(ctx, pl_graph_describe(ctx, &want, &b));
        ck_assert_uint_eq(a.components, b.components);
        ck_assert_uint_eq(a.entries, b.entries);
        ck_assert_uint_eq(a.loops, b.loops);
        ck_assert_int_eq(a.regular, b.regular);
        ck_assert_int_eq(a.bipartite, b.bipartite);
        ck_assert_int_eq(a.unit_weights, b.unit_weights);
        pl_graph_free(&got);
        pl_graph_free(&want);
    }
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if the sum of the two partitions lost one of them: views of 3 images, the first two with
 * one label. |G|^2 has cross terms there, which `difference` checks. */
START_TEST(partial_labels_are_the_sum) {
    pl_ctx *ctx = pl_ctx_new();
    static const size_t label[3] = {0, 0, SIZE_MAX};
    pl_graph g, want;
    pl_edge edge[15];
    size_t count = 0;
    for (size_t i = 0; i < 6; i++)
        for (size_t j = i + 1; j < 6; j++) {
            double w = (i % 3 == j % 3) + (i % 3 != 2 && j % 3 != 2);
            if (w > 0)
                edge[count++] = (pl_edge){i, j, w};
        }
    ck_ok(ctx, pl_graph_partial_labels(ctx, label, 3, 2, 1, &g));
    ck_ok(ctx, pl_graph_edges(ctx, 6, edge, count, false, &want));
    ck_close(difference(ctx, &g, &want), 0, 1e-15);
    pl_graph_free(&g);
    pl_graph_free(&want);
    pl_ctx_free(ctx);
}
END_TEST

/* HC21's augmentation graph: total weight 1 and A'diag(p)A entry by entry. */
START_TEST(augmentation_model_is_two_thin_products) {
    pl_ctx *ctx = pl_ctx_new();
    pl_mat a = given_matrix(ctx, "AUGMENTATION_4x9");
    pl_graph g, want;
    double w[81] = {0};
    for (size_t r = 0; r < 4; r++)
        for (size_t i = 0; i < 9; i++)
            for (size_t j = 0; j < 9; j++)
                w[i * 9 + j] += 0.25 * a.a[r * 9 + i] * a.a[r * 9 + j];
    ck_ok(ctx, pl_graph_augmentation(ctx, pl_const(a), NULL, &g));
    ck_ok(ctx, pl_graph_from_dense(ctx, (pl_cmat){w, 9, 9, 9}, &want));
    ck_close(g.total, 1, 1e-14);
    ck_close(difference(ctx, &g, &want), 0, 1e-15);
    a.a[0] += 0.1;
    ck_fails(ctx, pl_graph_augmentation(ctx, pl_const(a), NULL, &want), PL_EDOMAIN, "sums to");
    pl_free(a.a);
    pl_graph_free(&g);
    pl_graph_free(&want);
    pl_ctx_free(ctx);
}
END_TEST

/* tr Z'LZ = sum G_ij |z_i - z_j|^2 / 2 on a grid; fails if a neighbour were missed. */
START_TEST(grid_joins_neighbours) {
    pl_ctx *ctx = pl_ctx_new();
    pl_graph g;
    double z[12], lz[12], energy = 0, want = 0;
    ck_ok(ctx, pl_graph_grid(ctx, 3, 4, &g));
    pl_stream_normals((pl_stream){1, 2, 0}, 0, 12, z);
    ck_ok(ctx, pl_graph_laplacian(ctx, &g, (pl_cmat){z, 12, 1, 1}, (pl_mat){lz, 12, 1, 1}));
    for (size_t r = 0; r < 3; r++)
        for (size_t c = 0; c < 4; c++) {
            size_t i = r * 4 + c;
            energy += z[i] * lz[i];
            want += c + 1 < 4 ? pow(z[i] - z[i + 1], 2) : 0;
            want += r + 1 < 3 ? pow(z[i] - z[i + 4], 2) : 0;
        }
    ck_rel(energy, want, 1e-13);
    pl_graph_facts f;
    ck_ok(ctx, pl_graph_describe(ctx, &g, &f));
    ck_assert(f.bipartite && !f.regular && f.components == 1 && f.entries == 34);
    pl_graph_free(&g);
    pl_ctx_free(ctx);
}
END_TEST

static void has_facts(const golden_value *v) {
    pl_ctx *ctx = pl_ctx_new();
    pl_graph g = given_graph(ctx, golden_text(v, "graph", "?"));
    pl_graph_facts f;
    ck_ok(ctx, pl_graph_describe(ctx, &g, &f));
    if (strcmp(v->quantity, "edge_count") == 0)
        ck_assert_uint_eq(f.entries / 2, (size_t)v->number);
    else if (strcmp(v->quantity, "total_weight") == 0)
        ck_close(f.total, v->number, v->tolerance);
    else if (strcmp(v->quantity, "connected_components") == 0)
        ck_assert_uint_eq(f.components, (size_t)v->number);
    pl_graph_free(&g);
    pl_ctx_free(ctx);
}

START_TEST(golden_facts) {
    ck_assert_uint_eq(golden_each("spectral.json", "GRAPH", NULL, has_facts), 36);
}
END_TEST

START_TEST(bad_edges_are_refused) {
    pl_ctx *ctx = pl_ctx_new();
    pl_graph g;
    pl_edge far = {0, 3, 1}, negative = {0, 1, -1}, nan = {0, 1, NAN};
    double skew[4] = {0, 1, 2, 0};
    ck_fails(ctx, pl_graph_edges(ctx, 3, &far, 1, false, &g), PL_ESHAPE, "0 to 2");
    ck_fails(ctx, pl_graph_edges(ctx, 3, &negative, 1, false, &g), PL_EDOMAIN, "-1");
    ck_fails(ctx, pl_graph_edges(ctx, 3, &nan, 1, true, &g), PL_EDOMAIN, "nan");
    ck_fails(ctx, pl_graph_edges(ctx, 0, &far, 0, false, &g), PL_ESHAPE, "0 nodes");
    ck_fails(ctx, pl_graph_from_dense(ctx, (pl_cmat){skew, 2, 2, 2}, &g), PL_EDOMAIN, "symmetric");
    ck_fails(ctx, pl_graph_views(ctx, 3, 1, &g), PL_ESHAPE, "2 views");
    ck_fails(ctx, pl_graph_views(ctx, SIZE_MAX / 2, 3, &g), PL_ESHAPE, "views");
    ck_fails(ctx, pl_graph_labels(ctx, (const size_t[]){0, 5}, 2, 3, PL_LABELS_LOOPS, &g),
             PL_ESHAPE, "label 5");
    pl_ctx_free(ctx);
}
END_TEST

START_TEST(every_failed_allocation_is_survived) {
    static const size_t label[3] = {0, 0, SIZE_MAX};
    for (size_t k = 1; k < 40; k++) {
        pl_ctx *ctx = pl_ctx_new();
        pl_graph a = {0}, b = {0};
        pl_graph_facts f;
        pl_edge edge = {0, 1, 2};
        pl_ctx_fail_allocation(ctx, k);
        pl_status one = pl_graph_partial_labels(ctx, label, 3, 2, 1, &a);
        pl_status two = pl_graph_edges(ctx, 2, &edge, 1, false, &b);
        pl_status three = one == PL_OK ? pl_graph_describe(ctx, &a, &f) : PL_OK;
        pl_graph_free(&a);
        pl_graph_free(&b);
        pl_ctx_free(ctx);
        if (one == PL_OK && two == PL_OK && three == PL_OK)
            return;
        ck_assert(one == PL_ENOMEM || two == PL_ENOMEM || three == PL_ENOMEM);
    }
    ck_abort_msg("still failing after 40 allocations");
}
END_TEST

int main(void) {
    const TTest *const tests[] = {structured_graphs_are_their_matrices,
                                  partial_labels_are_the_sum,
                                  augmentation_model_is_two_thin_products,
                                  grid_joins_neighbours,
                                  golden_facts,
                                  bad_edges_are_refused,
                                  every_failed_allocation_is_survived};
    return test_main("ssl/graph", tests, TEST_COUNT(tests));
}
