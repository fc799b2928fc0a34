#include "tests/hltm/fixture.h"

/* E[x|1] - E[x|0] = rho_path (TIAN20.1L.LIN): fails if configurations and leaves did not match. */
START_TEST(mean_difference) {
    fixture f = fixture_t2(0.5, 2, 1, false, HLTM_NORM_NONE, 0);
    static const double want[] = {0.765, 0.675, 0.76, -0.56};
    const hltm_population *p = &f.population;
    for (size_t a = 0; a < 4; a++) {
        double d = 0;
        for (size_t x = 0; x < 16; x++)
            d += (p->given[16 + x] - p->given[x]) * p->x[x * 4 + a];
        ck_close(d, want[a], 1e-14);
    }
    fixture_free(&f);
}
END_TEST

/* Fails if samples had another law than the enumeration, at 5 standard errors, or if the latents
 * returned were not those of the leaves. */
START_TEST(samples_meet_the_enumeration) {
    fixture f = fixture_t2(0.3, 2, 1, false, HLTM_NORM_NONE, 0);
    size_t n = 20000 * test_effort(), count[16] = {0};
    unsigned char *z = calloc(n, 8);
    hltm_population s;
    ck_ok(f.ctx, hltm_population_sampled(f.ctx, &f.tree, 5, 0, n, z, &s));
    for (size_t r = 0; r < n; r++) {
        size_t config = 0;
        for (size_t i = 0; i < 4; i++) {
            config = 2 * config + (s.x[r * 4 + i] > 0.5);
            ck_assert_uint_eq(z[r * 8 + 4 + i], s.x[r * 4 + i] > 0.5);
        }
        ck_assert(s.given[z[r * 8 + 1] * n + r] > 0);
        count[config]++;
    }
    for (size_t x = 0; x < 16; x++) {
        double q = f.population.marginal[x];
        ck_close((double)count[x] / (double)n, q, 5 * sqrt(q * (1 - q) / (double)n));
    }
    ck_close(s.prior[1], 0.3, 5 * sqrt(0.21 / (double)n));
    free(z);
    hltm_population_free(&s);
    fixture_free(&f);
}
END_TEST

START_TEST(bad_laws_are_refused) {
    pl_ctx *ctx = pl_ctx_new();
    hltm_population p;
    hltm_tree t;
    hltm_draws draws = hltm_splitmix(1);
    const double prior[] = {0.5, 0.5}, x[] = {1, 2};
    ck_fails(ctx, hltm_population_new(ctx, 2, 2, 1, prior, (double[]){1, 0, 0.5, 0.4}, x, &p),
             PL_EDOMAIN, "sum to 0.9");
    ck_fails(ctx, hltm_population_new(ctx, 2, 2, 1, prior, (double[]){2, -1, 0, 1}, x, &p),
             PL_EDOMAIN, "probability 1 is -1");
    ck_ok(ctx, hltm_tree_random(ctx, 5, 0.5, 0.7, 1, &draws, &t));
    ck_fails(ctx, hltm_population_tree(ctx, &t, &p), PL_EDOMAIN, "latents");
    hltm_tree_free(&t);
    pl_ctx_free(ctx);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {mean_difference, samples_meet_the_enumeration,
                                  bad_laws_are_refused};
    return test_main("hltm/population", tests, TEST_COUNT(tests));
}
