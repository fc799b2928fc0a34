#include "tests/hltm/fixture.h"

/* Fails if weights were drawn in another order, or a level read the wrong slice (TIAN20.SETTING).
 */
START_TEST(outputs_of_the_reference) {
    fixture f = fixture_t2(0.5, 2, 1, false, HLTM_NORM_NONE, 0);
    static const double want[3][2] = {{-0.10675443941612822, -0.05033234342928443},
                                      {0.23189788747419704, -0.161893544006317},
                                      {0.10956512703364077, -0.20954543141750592}};
    hltm_pass p;
    ck_ok(f.ctx, hltm_pass_new(f.ctx, &f.net, 16, &p));
    hltm_forward(&f.net, f.population.x, 16, &p);
    for (size_t k = 0; k < 3; k++)
        for (size_t c = 0; c < 2; c++)
            ck_close(p.out[5 * (k + 1) * 2 + c], want[k][c], 1e-14);
    hltm_pass_free(&p);
    fixture_free(&f);
}
END_TEST

/* sum_i <a_i, out_i> with fixed a: its gradient is what hltm_backward adds up. */
static double weighted_sum(const hltm_net *net, const hltm_population *pop, hltm_pass *p,
                           const double *a) {
    double s = 0;
    hltm_forward(net, pop->x, pop->configs, p);
    for (size_t i = 0; i < pop->configs * hltm_outputs(net); i++)
        s += a[i] * p->out[i];
    return s;
}

/* Central differences, h = 1e-5: fails if any factor of the backward pass were off by 1e-6. */
static void differences(hltm_norm norm, bool bias, double slope) {
    fixture f = fixture_t3(3, 9, bias, norm, slope);
    hltm_pass p;
    hltm_net grad;
    size_t n = f.population.configs * 3;
    double *a = calloc(n, sizeof *a);
    hltm_draws draws = hltm_splitmix(4);
    for (size_t i = 0; i < n; i++)
        a[i] = (2 * hltm_next(&draws) - 1) / 256;
    ck_ok(f.ctx, hltm_pass_new(f.ctx, &f.net, f.population.configs, &p));
    ck_ok(f.ctx, hltm_net_like(f.ctx, &f.net, &grad));
    weighted_sum(&f.net, &f.population, &p, a);
    hltm_backward(&f.net, &p, a, &grad);
    for (size_t k = 0; k < f.net.count; k += 7) {
        double w = f.net.parameters[k];
        f.net.parameters[k] = w + 1e-5;
        double up = weighted_sum(&f.net, &f.population, &p, a);
        f.net.parameters[k] = w - 1e-5;
        double down = weighted_sum(&f.net, &f.population, &p, a);
        f.net.parameters[k] = w;
        bool of_bias = false; /* a net without biases has no gradient of them */
        for (size_t l = 0; l < f.net.levels; l++)
            of_bias =
                of_bias || (f.net.parameters + k >= f.net.layer[l].b &&
                            f.net.parameters + k < f.net.layer[l].b + hltm_width(&f.net.layer[l]));
        if (bias || !of_bias)
            ck_close(grad.parameters[k], (up - down) / 2e-5, 1e-6 * (1 + fabs(grad.parameters[k])));
    }
    free(a);
    hltm_pass_free(&p);
    hltm_net_free(&grad);
    fixture_free(&f);
}

START_TEST(backward_meets_differences) {
    differences(HLTM_NORM_NONE, true, 0);
    differences(HLTM_NORM_L2, true, 0);
    differences(HLTM_NORM_NONE, true, 0.1);
    differences(HLTM_NORM_L2, false, 1);
}
END_TEST

/* K_l^T vec W_l = f_L for every level without biases; with the forward head it is the normalised
 * output. Fails if J, vec or the connection were arranged otherwise. */
START_TEST(connection_reproduces_the_output) {
    fixture f = fixture_t3(3, 3, false, HLTM_NORM_L2, 0);
    hltm_pass p;
    double *jacobian[3];
    ck_ok(f.ctx, hltm_pass_new(f.ctx, &f.net, 256, &p));
    hltm_forward(&f.net, f.population.x, 256, &p);
    for (size_t l = 0; l < 3; l++)
        jacobian[l] = calloc(256 * 3 * hltm_width(&f.net.layer[l]), sizeof(double));
    for (int head = HLTM_HEAD_RAW; head <= HLTM_HEAD_FORWARD; head++) {
        const double *want = head == HLTM_HEAD_RAW ? p.h[0] : p.out;
        ck_ok(f.ctx, hltm_jacobian(f.ctx, &f.net, &p, (hltm_head)head, true, jacobian));
        for (size_t l = 0; l < 3; l++) {
            size_t n = hltm_weights(&f.net.layer[l]);
            double *k = calloc(256 * 3 * n, sizeof *k), *w = calloc(n, sizeof *w);
            hltm_vec(&f.net.layer[l], w);
            hltm_connection(&f.net, &p, l, jacobian[l], k);
            for (size_t r = 0; r < 256 * 3; r++) {
                double s = 0;
                for (size_t i = 0; i < n; i++)
                    s += k[r * n + i] * w[i];
                ck_close(s, want[r], 1e-14);
            }
            free(k);
            free(w);
        }
    }
    for (size_t l = 0; l < 3; l++)
        free(jacobian[l]);
    hltm_pass_free(&p);
    fixture_free(&f);
}
END_TEST

START_TEST(bad_shapes_are_refused) {
    pl_ctx *ctx = pl_ctx_new();
    hltm_net net;
    ck_fails(ctx, hltm_net_tree(ctx, 2, 0, &net), PL_EDOMAIN, "hidden");
    ck_fails(ctx, hltm_net_tree(ctx, 99, 2, &net), PL_EDOMAIN, "99");
    ck_fails(ctx, hltm_net_dense(ctx, (size_t[]){4}, 1, &net), PL_ESHAPE, "widths");
    ck_fails(ctx, hltm_net_dense(ctx, (size_t[]){4, 0}, 2, &net), PL_ESHAPE, "without units");
    pl_ctx_free(ctx);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {outputs_of_the_reference, backward_meets_differences,
                                  connection_reproduces_the_output, bad_shapes_are_refused};
    return test_main("hltm/net", tests, TEST_COUNT(tests));
}
