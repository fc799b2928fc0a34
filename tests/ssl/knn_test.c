#include "ssl/knn.h"

#include "math/random.h"
#include "tests/support.h"

static double *points(pl_ctx *ctx, size_t n, size_t d, uint64_t seed, bool ties) {
    double *x = pl_alloc(ctx, n * d, sizeof *x);
    pl_stream_normals((pl_stream){seed, 3, 0}, 0, n * d, x);
    for (size_t i = 0; ties && i < n * d; i++) /* on a lattice: many equal distances */
        x[i] = round(x[i]);
    return x;
}

static void same(size_t n, size_t d, size_t k, bool ties) {
    pl_ctx *ctx = pl_ctx_new();
    double *x = points(ctx, n, d, n + d, ties), *square = pl_alloc(ctx, 2 * n * k, sizeof *square);
    uint32_t *found = pl_alloc(ctx, 2 * n * k, sizeof *found);
    for (int threads = 1; threads <= 3; threads++) {
        pl_set_threads(ctx, threads);
        ck_ok(ctx, pl_nearest_neighbours(ctx, (pl_cmat){x, n, d, d}, k, found, square));
        ck_ok(ctx, pl_nearest_neighbours_ref(ctx, (pl_cmat){x, n, d, d}, k, found + n * k,
                                             square + n * k));
        for (size_t e = 0; e < n * k; e++) {
            ck_assert_msg(found[e] == found[n * k + e], "n %zu D %zu k %zu ties %d: entry %zu", n,
                          d, k, ties, e);
            ck_assert(square[e] == square[n * k + e]);
        }
    }
    pl_free(x);
    pl_free(square);
    pl_free(found);
    pl_ctx_free(ctx);
}

/* Fails if a block's border, a tie or a box of the tree lost a neighbour. */
START_TEST(neighbours_are_those_of_the_plain_scan) {
    static const size_t sizes[] = {2, 17, 300, 1100};
    static const size_t dims[] = {1, 2, 3, 12, 13, 40};
    for (size_t i = 0; i < TEST_COUNT(sizes); i++)
        for (size_t j = 0; j < TEST_COUNT(dims); j++)
            for (int ties = 0; ties < 2; ties++) {
                same(sizes[i], dims[j], 1, ties);
                if (sizes[i] > 10)
                    same(sizes[i], dims[j], 10, ties);
            }
}
END_TEST

/* On a line of 0, 1, 2.1, 10: 1-NN arrows 0->1, 1->0, 2->1, 3->2. */
START_TEST(symmetrising) {
    pl_ctx *ctx = pl_ctx_new();
    double x[4] = {0, 1, 2.1, 10};
    static const struct {
        pl_symmetrise how;
        double total; /* of weights */
        size_t entries;
    } list[] = {{PL_KNN_UNION, 6, 6}, {PL_KNN_MUTUAL, 2, 2}, {PL_KNN_MEAN, 4, 6}};
    for (size_t i = 0; i < TEST_COUNT(list); i++) {
        pl_graph g;
        ck_ok(ctx, pl_graph_knn(ctx, (pl_cmat){x, 4, 1, 1}, 1, list[i].how, 0, &g));
        ck_close(g.total, list[i].total, 0);
        ck_assert_uint_eq(g.csr.start[4], list[i].entries);
        pl_graph_free(&g);
    }
    pl_graph g;
    ck_ok(ctx, pl_graph_knn(ctx, (pl_cmat){x, 4, 1, 1}, 1, PL_KNN_MUTUAL, 2, &g));
    ck_rel(g.total, 2 * exp(-0.25), 1e-15);
    pl_graph_free(&g);
    pl_ctx_free(ctx);
}
END_TEST

START_TEST(bad_input_is_said) {
    pl_ctx *ctx = pl_ctx_new();
    double x[3] = {0, 1, NAN};
    pl_graph g;
    ck_fails(ctx, pl_graph_knn(ctx, (pl_cmat){x, 2, 1, 1}, 2, PL_KNN_UNION, 0, &g), PL_ESHAPE,
             "1 to 1");
    ck_fails(ctx, pl_graph_knn(ctx, (pl_cmat){x, 3, 1, 1}, 1, PL_KNN_UNION, 0, &g), PL_EDOMAIN,
             "row 2");
    ck_fails(ctx, pl_graph_knn(ctx, (pl_cmat){x, 2, 1, 1}, 1, PL_KNN_UNION, -1, &g), PL_EDOMAIN,
             "bandwidth");
    for (size_t k = 1; k < 30; k++) {
        pl_ctx_fail_allocation(ctx, k);
        pl_status status = pl_graph_knn(ctx, (pl_cmat){x, 2, 1, 1}, 1, PL_KNN_MEAN, 0, &g);
        pl_ctx_fail_allocation(ctx, 0);
        if (status == PL_OK) {
            pl_graph_free(&g);
            break;
        }
        ck_assert_int_eq(status, PL_ENOMEM);
    }
    pl_ctx_free(ctx);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {neighbours_are_those_of_the_plain_scan, symmetrising,
                                  bad_input_is_said};
    return test_main("ssl/knn", tests, TEST_COUNT(tests));
}
