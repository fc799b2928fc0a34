#include "hltm/tree.h"
#include "tests/support.h"

/* Fails if splitmix64 or the order of rand_tree's draws were another (theory notes, hltm, sec. 1,
 * TIAN20.RNG).
 */
START_TEST(draws_of_the_reference) {
    pl_splitmix state = {1};
    ck_assert(pl_splitmix_next(&state) == UINT64_C(0x910a2dec89025cc1));
    ck_assert(pl_splitmix_next(&state) == UINT64_C(0xbeeb8da1658eec67));
    ck_assert(pl_splitmix_next(&state) == UINT64_C(0xf893a2eefb32555e));
    static const double u[] = {0.5665615751722809, 0.7457817572627011, 0.9710027535867962};
    hltm_draws one = hltm_splitmix(1);
    for (int i = 0; i < 3; i++)
        ck_close(hltm_next(&one), u[i], 0);
    static const double rho[] = {0.8169489245173814,  -0.9702282041820650, 0.8357325685034405,
                                 0.8403859012668620,  0.7402774896425346,  -0.7310679842035035,
                                 -0.9754058755438397, -0.9592022986880797, 0.9638841092883451,
                                 -0.8857361803505988, 0.9023700164631816,  0.8033328370885411,
                                 -0.9707618988606432, 0.7230043769715083};
    pl_ctx *ctx = pl_ctx_new();
    hltm_tree t;
    hltm_draws draws = hltm_splitmix(7);
    ck_ok(ctx, hltm_tree_random(ctx, 3, 0.5, 0.7, 1, &draws, &t));
    for (size_t i = 0; i < 14; i++)
        ck_close(t.rho[2 + i], rho[i], 1e-15);
    hltm_tree_free(&t);
    pl_ctx_free(ctx);
}
END_TEST

/* Expected numbers: CPython's random under the released code's recursion. Fails if the twister, its
 * seeding, the coin or the post-order were another. */
START_TEST(draws_of_the_released_code) {
    static const double one[] = {0.7281578760322704,  -0.9679951127672906, 0.7403092732337203,
                                 -0.7765207077218265, -0.9282887334737726, 0.8954778918168288};
    static const double other[] = {-0.7569914136165461, -0.7966116443802145, 0.7485063471788104,
                                   -0.9622523012003368, 0.8755156677304253,  0.7444438506790567,
                                   0.8249859617636023,  -0.9460524167683866, 0.9565415025541446,
                                   -0.7810734523073021, 0.8686235464227529,  0.8835307968107337,
                                   0.8064704159009796,  -0.8593128263472913};
    pl_ctx *ctx = pl_ctx_new();
    hltm_tree t;
    ck_ok(ctx, hltm_tree_random_released(ctx, 2, 0.5, 0.7, 1, 1, &t));
    for (size_t i = 0; i < 6; i++)
        ck_close(t.rho[2 + i], one[i], 1e-15);
    hltm_tree_free(&t);
    ck_ok(ctx, hltm_tree_random_released(ctx, 3, 0.5, 0.7, 1, 12345, &t));
    for (size_t i = 0; i < 14; i++)
        ck_close(t.rho[2 + i], other[i], 1e-15);
    hltm_tree_free(&t);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if the inside recursion mixed up children, values or the order of leaves. */
START_TEST(leaf_probabilities) {
    static const double rho[] = {0.9, -0.8, 0.85, 0.75, -0.95, 0.7};
    static const double want[] = {0.00166640625, 0.00425859375, 0.03684609375, 0.00660390625};
    pl_ctx *ctx = pl_ctx_new();
    hltm_tree t;
    double p0[16], p1[16], sum[2] = {0};
    ck_ok(ctx, hltm_tree_new(ctx, 2, 0.5, rho, 6, &t));
    ck_ok(ctx, hltm_tree_inside(ctx, &t, 1, p0, p1));
    for (size_t x = 0; x < 16; x++) {
        sum[0] += p0[x];
        sum[1] += p1[x];
        ck_close(p0[x], p1[15 - x], 1e-16); /* flipping every bit flips the root */
    }
    for (size_t x = 0; x < 4; x++)
        ck_close(p1[x], want[x], 1e-14);
    ck_close(sum[0], 1, 1e-15);
    ck_close(sum[1], 1, 1e-15);
    ck_close(hltm_tree_path(&t, hltm_node(2, 2)), 0.8 * 0.95, 1e-15);
    ck_assert_uint_eq(hltm_level(hltm_node(2, 2)), 2);
    hltm_tree_free(&t);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if the sampler's latents had other frequencies than the table, at 5 standard errors. */
START_TEST(sampler_meets_the_table) {
    static const double rho[] = {0.9, -0.8, 0.85, 0.75, -0.95, 0.7};
    pl_ctx *ctx = pl_ctx_new();
    hltm_tree t;
    double p0[16], p1[16];
    size_t n = 20000 * test_effort(), count[16] = {0};
    ck_ok(ctx, hltm_tree_new(ctx, 2, 0.5, rho, 6, &t));
    ck_ok(ctx, hltm_tree_inside(ctx, &t, 1, p0, p1));
    for (size_t r = 0; r < n; r++) {
        unsigned char z[8] = {0, 1};
        hltm_draws draws = hltm_stream(3, 0, r);
        hltm_tree_sample(&t, &draws, z);
        count[z[4] << 3 | z[5] << 2 | z[6] << 1 | z[7]]++;
    }
    for (size_t x = 0; x < 16; x++)
        ck_close((double)count[x] / (double)n, p1[x], 5 * sqrt(p1[x] * (1 - p1[x]) / (double)n));
    hltm_tree_free(&t);
    pl_ctx_free(ctx);
}
END_TEST

START_TEST(bad_trees_are_refused) {
    pl_ctx *ctx = pl_ctx_new();
    hltm_tree t;
    hltm_draws draws = hltm_splitmix(1);
    double rho[6] = {0.9, -0.8, 0.85, 1.2, 0, 0}, p[2];
    ck_fails(ctx, hltm_tree_new(ctx, 0, 0.5, rho, 6, &t), PL_EDOMAIN, "depth 0");
    ck_fails(ctx, hltm_tree_new(ctx, 2, 0.5, rho, 6, &t), PL_EDOMAIN, "polarity 3 is 1.2");
    ck_fails(ctx, hltm_tree_new(ctx, 2, 0.5, rho, 5, &t), PL_ESHAPE, "6 edges");
    ck_fails(ctx, hltm_tree_new(ctx, 1, 1, rho, 2, &t), PL_EDOMAIN, "prior");
    ck_fails(ctx, hltm_tree_random(ctx, 2, 0.5, 0.9, 0.7, &draws, &t), PL_EDOMAIN, "LO <= HI");
    ck_ok(ctx, hltm_tree_random(ctx, 6, 0.5, 0.7, 1, &draws, &t));
    ck_fails(ctx, hltm_tree_inside(ctx, &t, 1, p, p), PL_EDOMAIN, "latents");
    hltm_tree_free(&t);
    pl_ctx_free(ctx);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {draws_of_the_reference, draws_of_the_released_code,
                                  leaf_probabilities, sampler_meets_the_table,
                                  bad_trees_are_refused};
    return test_main("hltm/tree", tests, TEST_COUNT(tests));
}
