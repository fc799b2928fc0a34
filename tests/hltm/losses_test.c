#include "hltm/losses.h"
#include "tests/hltm/fixture.h"

static const hltm_loss losses[] = {{HLTM_SIMP, 1, 0, 1},     {HLTM_TRI, 0.5, 0.1, 1},
                                   {HLTM_NCE, 0.1, 0, 1},    {HLTM_RELEASED, 0.1, 0, 1},
                                   {HLTM_SUBTRACT, 1, 0, 1}, {HLTM_NCE, 0.5, 0, 2}};

/* The gradient of every loss against central differences of its value, h = 1e-5: fails if a weight
 * of a pair, a factor 2 or the scale of a batch-mean loss were off. */
START_TEST(gradients_meet_differences) {
    fixture f = fixture_t2(0.3, 3, 2, true, HLTM_NORM_L2, 0);
    hltm_net grad;
    ck_ok(f.ctx, hltm_net_like(f.ctx, &f.net, &grad));
    for (size_t i = 0; i < TEST_COUNT(losses); i++) {
        hltm_objective o, moved[2];
        ck_ok(f.ctx, hltm_expected_loss(f.ctx, &f.net, &f.population, &losses[i], &grad, &o));
        for (size_t k = 0; k < f.net.count; k += 3) {
            double w = f.net.parameters[k];
            for (int side = 0; side < 2; side++) {
                f.net.parameters[k] = w + (side ? 1e-5 : -1e-5);
                ck_ok(f.ctx, hltm_expected_loss(f.ctx, &f.net, &f.population, &losses[i], NULL,
                                                &moved[side]));
            }
            f.net.parameters[k] = w;
            ck_close(grad.parameters[k], (moved[1].value - moved[0].value) / 2e-5,
                     2e-7 * (1 + fabs(grad.parameters[k])));
        }
    }
    hltm_net_free(&grad);
    fixture_free(&f);
}
END_TEST

/* r_+ - r_- by moments in one pass, and by the sum over all pairs of configurations. */
START_TEST(simp_meets_its_slow_twin) {
    fixture f = fixture_t3(3, 3, true, HLTM_NORM_L2, 0.1);
    hltm_objective o;
    hltm_pass p;
    double pairs;
    ck_ok(f.ctx, hltm_expected_loss(f.ctx, &f.net, &f.population, &losses[0], NULL, &o));
    ck_ok(f.ctx, hltm_pass_new(f.ctx, &f.net, 256, &p));
    hltm_forward(&f.net, f.population.x, 256, &p);
    ck_ok(f.ctx, hltm_simp_by_pairs(f.ctx, &f.population, p.out, 3, &pairs));
    ck_close(o.value, pairs, 1e-14);
    hltm_pass_free(&p);
    fixture_free(&f);
}
END_TEST

/* Fails if large arguments overflowed. */
START_TEST(extremes_stay_finite) {
    const hltm_loss nce = {HLTM_NCE, 1e-3, 0, 3};
    double dp, dn[3];
    double value = hltm_loss_at(&nce, 50, (double[]){1, 2, 3}, &dp, dn);
    ck_close(value, 49, 1e-12);
    ck_close(dp, 1, 1e-15);
    ck_close(dn[0], -1, 1e-15);
    ck_close(hltm_sigmoid(-1e4), 0, 0);
    ck_close(hltm_sigmoid(1e4), 1, 0);
}
END_TEST

START_TEST(bad_settings_are_refused) {
    fixture f = fixture_t2(0.5, 2, 1, false, HLTM_NORM_NONE, 0);
    fixture large = fixture_t3(2, 1, false, HLTM_NORM_NONE, 0);
    hltm_objective o;
    const hltm_loss cold = {HLTM_NCE, 0, 0, 1}, many = {HLTM_NCE, 1, 0, 3},
                    two = {HLTM_NCE, 1, 0, 2};
    ck_fails(f.ctx, hltm_expected_loss(f.ctx, &f.net, &f.population, &cold, NULL, &o), PL_EDOMAIN,
             "temperature 0");
    ck_fails(f.ctx, hltm_expected_loss(f.ctx, &f.net, &f.population, &many, NULL, &o), PL_EDOMAIN,
             "negative");
    ck_fails(large.ctx,
             hltm_expected_loss(large.ctx, &large.net, &large.population, &two, NULL, &o),
             PL_EDOMAIN, "configurations");
    fixture_free(&f);
    fixture_free(&large);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {gradients_meet_differences, simp_meets_its_slow_twin,
                                  extremes_stay_finite, bad_settings_are_refused};
    return test_main("hltm/losses", tests, TEST_COUNT(tests));
}
