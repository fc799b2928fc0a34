#include "hltm/latent.h"
#include "hltm/probe.h"
#include "tests/hltm/fixture.h"

/* Half gaps u of the theory (TIAN20.PATH, TIAN20.ROOT.GROW): rho/2 for leaves. */
START_TEST(half_gaps) {
    static const double root[] = {0.16824628868436103, 0.17841793351864496,  0,
                                  0.02696894331439173, -0.10622620276196658, 0};
    fixture f = fixture_t2(0.3, 3, 2, false, HLTM_NORM_NONE, 0);
    hltm_pass p;
    hltm_latent l;
    ck_ok(f.ctx, hltm_pass_new(f.ctx, &f.net, 16, &p));
    hltm_forward(&f.net, f.population.x, 16, &p);
    ck_ok(f.ctx, hltm_latent_new(f.ctx, &f.tree, &f.net, &p, 0, 0, &l));
    for (size_t a = 0; a < 6; a++)
        ck_close(l.half_gap[a], root[a], 1e-14);
    hltm_latent_free(&l);
    ck_ok(f.ctx, hltm_latent_new(f.ctx, &f.tree, &f.net, &p, 1, 0, &l));
    ck_close(l.half_gap[0], 0.425, 1e-14);
    ck_close(l.half_gap[1], 0.375, 1e-14);
    ck_close(l.prior, (1 - 0.4 * 0.9) / 2, 1e-15);
    hltm_latent_free(&l);
    hltm_pass_free(&p);
    fixture_free(&f);
}
END_TEST

/* Sampled correlations and ceilings against the exact ones: 5 standard errors of a correlation,
 * (1 - r^2)/sqrt(n), at most 5/sqrt(n). Fails if a latent were matched with another node. */
START_TEST(probe_meets_the_enumeration) {
    fixture f = fixture_t3(3, 3, true, HLTM_NORM_L2, 0);
    size_t n = 20000 * test_effort();
    hltm_pass p;
    hltm_probe probes[8];
    ck_ok(f.ctx, hltm_probe_nodes(f.ctx, &f.tree, &f.net, 1, 2, n, true, probes));
    ck_ok(f.ctx, hltm_pass_new(f.ctx, &f.net, 256, &p));
    hltm_forward(&f.net, f.population.x, 256, &p);
    for (size_t k = 1; k < 8; k++) {
        hltm_latent l;
        double linear, allowed = 5 / sqrt((double)n);
        size_t level = hltm_level(k);
        ck_ok(f.ctx,
              hltm_latent_new(f.ctx, &f.tree, &f.net, &p, level, k - hltm_node(level, 0), &l));
        ck_ok(f.ctx, hltm_best_linear(f.ctx, &l, &linear));
        ck_close(probes[k].best, hltm_best_correlation(&f.net, &l), allowed);
        ck_close(probes[k].linear, linear, allowed);
        ck_close(probes[k].bayes, l.bayes, allowed);
        ck_assert(probes[k].best <= probes[k].linear + 1e-9);
        hltm_latent_free(&l);
    }
    ck_fails(f.ctx, hltm_probe_nodes(f.ctx, &f.tree, &f.net, 1, 2, 1, false, probes), PL_EDOMAIN,
             "too few");
    hltm_pass_free(&p);
    fixture_free(&f);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {half_gaps, probe_meets_the_enumeration};
    return test_main("hltm/latent", tests, TEST_COUNT(tests));
}
