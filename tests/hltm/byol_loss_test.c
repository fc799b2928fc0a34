#include "hltm/byol_loss.h"

#include "hltm/losses.h"
#include "tests/hltm/fixture.h"

enum { D = 3 };

/* The textbook twin, pair by pair; the target's outputs are data. */
static double loss(const hltm_population *pop, const double *f, const double *target,
                   const double *p, bool centred) {
    double mu[D] = {0}, mu_target[D] = {0}, sum = 0;
    for (size_t i = 0; centred && i < pop->configs; i++)
        for (size_t c = 0; c < D; c++) {
            mu[c] += pop->marginal[i] * f[i * D + c];
            mu_target[c] += pop->marginal[i] * target[i * D + c];
        }
    for (size_t z = 0; z < 2; z++)
        for (size_t i = 0; i < pop->configs; i++)
            for (size_t k = 0; k < pop->configs; k++) {
                double chance = pop->prior[z] * pop->given[z * pop->configs + i] *
                                pop->given[z * pop->configs + k];
                for (size_t r = 0; r < D; r++) {
                    double e = mu_target[r] - target[k * D + r];
                    for (size_t c = 0; c < D; c++)
                        e += p[r * D + c] * (f[i * D + c] - mu[c]);
                    sum += chance * e * e / 2;
                }
            }
    return sum;
}

static double loss_of(fixture *f, hltm_pass *pass, const double *target, const double *p,
                      bool centred) {
    hltm_forward(&f->net, f->population.x, f->population.configs, pass);
    return loss(&f->population, pass->out, target, p, centred);
}

/* Both gradients against central differences of the sum over pairs, the mean differentiated with
 * it: fails if a term, the centring or the transpose of P were wrong. */
static void against_differences(bool centred, double prior) {
    fixture f = fixture_t2(prior, D, 2, true, HLTM_NORM_L2, 0);
    fixture other = fixture_t2(prior, D, 9, true, HLTM_NORM_L2, 0);
    const hltm_population *pop = &f.population;
    double p[D * D] = {0.7, -0.2, 0.1, 0.4, 1.3, -0.6, 0.2, 0.5, 0.9}, dp[D * D];
    double *target = calloc(pop->configs * D, sizeof *target), means[2 * D];
    double *g = calloc(pop->configs * D, sizeof *g);
    const double h = 1e-5;
    hltm_pass pass;
    hltm_net grad;
    ck_ok(f.ctx, hltm_pass_new(f.ctx, &f.net, pop->configs, &pass));
    ck_ok(f.ctx, hltm_net_like(f.ctx, &f.net, &grad));
    hltm_forward(&other.net, pop->x, pop->configs, &pass);
    memcpy(target, pass.out, pop->configs * D * sizeof *target);
    hltm_class_means(pop, target, D, means);
    hltm_forward(&f.net, pop->x, pop->configs, &pass);
    hltm_byol_gradient(pop, pass.out, means, D, p, centred, g);
    hltm_byol_predictor_gradient(pop, pass.out, means, D, p, centred, dp);
    hltm_backward(&f.net, &pass, g, &grad);
    for (size_t i = 0; i < f.net.count + D * D; i++) {
        double *at = i < f.net.count ? &f.net.parameters[i] : &p[i - f.net.count], kept = *at;
        double want = i < f.net.count ? grad.parameters[i] : dp[i - f.net.count];
        *at = kept + h;
        double above = loss_of(&f, &pass, target, p, centred);
        *at = kept - h;
        double below = loss_of(&f, &pass, target, p, centred);
        *at = kept;
        ck_close((above - below) / (2 * h), want, 1e-8);
    }
    free(target);
    free(g);
    hltm_pass_free(&pass);
    hltm_net_free(&grad);
    fixture_free(&f);
    fixture_free(&other);
}

START_TEST(gradients_meet_differences) {
    against_differences(false, 0.5);
    against_differences(true, 0.5);
    against_differences(true, 0.3);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {gradients_meet_differences};
    return test_main("hltm/byol_loss", tests, TEST_COUNT(tests));
}
