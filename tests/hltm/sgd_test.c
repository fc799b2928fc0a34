#include "hltm/sgd.h"
#include "tests/hltm/fixture.h"

/* The textbook twin: gradient of the batch's loss in double precision, sample by sample, through
 * hltm_forward and hltm_backward. */
static double textbook(pl_ctx *ctx, const hltm_net *net, const hltm_sgd *s, const double *x,
                       hltm_net *grad) {
    size_t b = s->batch, h = s->loss.negatives, n = (2 + h) * b, d = hltm_outputs(net);
    hltm_pass p;
    double *g = calloc(n * d, sizeof *g), *r = calloc(n, sizeof *r), *w = calloc(n, sizeof *w);
    double mean[2] = {0}, value = 0, mse = 2 / (double)d;
    ck_ok(ctx, hltm_pass_new(ctx, net, n, &p));
    hltm_forward(net, x, n, &p);
    for (size_t k = 0; k <= h; k++)
        for (size_t i = 0; i < b; i++) {
            for (size_t c = 0; c < d; c++)
                r[k * b + i] += pow(p.out[i * d + c] - p.out[((k + 1) * b + i) * d + c], 2) / 2;
            mean[k > 0] += r[k * b + i] / (double)(k > 0 ? b * h : b);
        }
    double q = hltm_sigmoid(mse * (mean[1] - mean[0]) / s->loss.tau);
    double scale = s->loss.kind == HLTM_RELEASED   ? mse * q * (1 - q) / s->loss.tau
                   : s->loss.kind == HLTM_SUBTRACT ? mse
                                                   : 1;
    value = s->loss.kind == HLTM_RELEASED ? -q : scale * (mean[0] - mean[1]);
    for (size_t i = 0; i < b; i++)
        for (size_t k = 0; k <= h; k++)
            w[k * b + i] = (k ? -scale / (double)h : scale) / (double)b;
    if (s->loss.kind == HLTM_NCE || s->loss.kind == HLTM_TRI) {
        double factor = s->loss.kind == HLTM_NCE ? 1 / s->loss.tau : 1;
        value = 0;
        for (size_t i = 0; i < b; i++) {
            double rn[16], dn[16], dp;
            for (size_t k = 0; k < h; k++)
                rn[k] = r[(k + 1) * b + i];
            value += factor * hltm_loss_at(&s->loss, r[i], rn, &dp, dn) / (double)b;
            w[i] = factor * dp / (double)b;
            for (size_t k = 0; k < h; k++)
                w[(k + 1) * b + i] = factor * dn[k] / (double)b;
        }
    }
    for (size_t k = 0; k <= h; k++)
        for (size_t i = 0; i < b; i++)
            for (size_t c = 0; c < d; c++) {
                size_t other = ((k + 1) * b + i) * d + c;
                double e = w[k * b + i] * (p.out[i * d + c] - p.out[other]);
                g[i * d + c] += e;
                g[other] -= e;
            }
    hltm_backward(net, &p, g, grad);
    hltm_pass_free(&p);
    free(g);
    free(r);
    free(w);
    return value;
}

static void one_step(size_t depth, size_t hidden, hltm_loss loss, size_t batch, double slope,
                     bool bias, hltm_norm norm) {
    pl_ctx *ctx = pl_ctx_new();
    hltm_tree tree;
    hltm_net net, grad, after;
    hltm_trainer *t;
    size_t done;
    double value;
    const hltm_sgd s = {.loss = loss, .rate = 0.5, .batch = batch, .seed = 5, .row = depth};
    hltm_draws draws = hltm_splitmix(7);
    ck_ok(ctx, hltm_tree_random(ctx, depth, 0.4, 0.7, 1, &draws, &tree));
    ck_ok(ctx, hltm_net_tree(ctx, depth, hidden, &net));
    net.bias = bias;
    net.norm = norm;
    net.slope = slope;
    hltm_net_draw(&net, &draws, 1);
    ck_ok(ctx, hltm_net_like(ctx, &net, &grad));
    ck_ok(ctx, hltm_net_like(ctx, &net, &after));
    for (size_t i = 0; i < net.count; i++) /* the trainer starts from rounded weights */
        net.parameters[i] = (double)(float)net.parameters[i];
    ck_ok(ctx, hltm_trainer_new(ctx, &tree, &net, &s, &t));
    hltm_trainer_run(t, 1, &done, &value);
    hltm_trainer_weights(t, &after);
    size_t rows = (2 + loss.negatives) * batch;
    double *x = calloc(rows << depth, sizeof *x);
    hltm_trainer_batch(t, x);
    ck_close(value, textbook(ctx, &net, &s, x, &grad), 2e-6);
    for (size_t i = 0; i < net.count; i++)
        ck_close((net.parameters[i] - after.parameters[i]) / s.rate, grad.parameters[i],
                 2e-6 + 1e-5 * fabs(grad.parameters[i]));
    free(x);
    hltm_trainer_free(t);
    hltm_net_free(&net);
    hltm_net_free(&grad);
    hltm_net_free(&after);
    hltm_tree_free(&tree);
    pl_ctx_free(ctx);
}

/* Every depth takes other paths through the kernel (tables, distinct configurations, samples),
 * every width other tiles, an odd batch the padding: fails if any lost or doubled a gradient. */
START_TEST(steps_meet_the_textbook) {
    static const hltm_loss released = {HLTM_RELEASED, 0.1, 0, 1}, nce = {HLTM_NCE, 0.1, 0, 3},
                           tri = {HLTM_TRI, 0.5, 0.1, 1}, simp = {HLTM_SIMP, 1, 0, 2},
                           subtract = {HLTM_SUBTRACT, 1, 0, 1};
    for (size_t depth = 1; depth <= 6; depth++) {
        one_step(depth, 5, released, 128, 0, true, HLTM_NORM_L2);
        one_step(depth, 3, nce, 37, 0.1, true, HLTM_NORM_L2);
        one_step(depth, 2, tri, 64, 0, false, HLTM_NORM_NONE);
        one_step(depth, 7, simp, 100, 1, true, HLTM_NORM_L2);
        one_step(depth, 1, subtract, 1, 0, true, HLTM_NORM_NONE);
        one_step(depth, 14, released, 65, 0, false, HLTM_NORM_L2);
    }
}
END_TEST

/* L_simp without normalisation grows without bound: the run stops, and says after how many steps.
 */
START_TEST(divergence_is_noticed) {
    fixture f = fixture_t2(0.5, 4, 3, true, HLTM_NORM_NONE, 0);
    const hltm_sgd s = {.loss = {HLTM_SIMP, 1, 0, 1}, .rate = 0.5, .batch = 128, .seed = 1};
    hltm_trainer *t;
    size_t done;
    double loss;
    ck_ok(f.ctx, hltm_trainer_new(f.ctx, &f.tree, &f.net, &s, &t));
    hltm_trainer_run(t, 100000, &done, &loss);
    ck_assert_uint_lt(done, 100000);
    ck_assert_uint_gt(done, 0);
    hltm_trainer_free(t);
    fixture_free(&f);
}
END_TEST

START_TEST(bad_settings_are_refused) {
    fixture f = fixture_t2(0.5, 2, 1, true, HLTM_NORM_L2, 0);
    hltm_trainer *t;
    hltm_sgd s = {.loss = {HLTM_RELEASED, 0, 0, 1}, .rate = 0.1, .batch = 8};
    ck_fails(f.ctx, hltm_trainer_new(f.ctx, &f.tree, &f.net, &s, &t), PL_EDOMAIN, "temperature");
    s.loss.tau = 0.1;
    s.batch = 0;
    ck_fails(f.ctx, hltm_trainer_new(f.ctx, &f.tree, &f.net, &s, &t), PL_EDOMAIN, "batch 0");
    s.batch = 8;
    s.loss.negatives = 0;
    ck_fails(f.ctx, hltm_trainer_new(f.ctx, &f.tree, &f.net, &s, &t), PL_EDOMAIN, "negatives");
    for (size_t k = 1; k < 60; k++) {
        s.loss.negatives = 1;
        pl_ctx_fail_allocation(f.ctx, k);
        pl_status status = hltm_trainer_new(f.ctx, &f.tree, &f.net, &s, &t);
        pl_ctx_fail_allocation(f.ctx, 0);
        if (status == PL_OK) {
            hltm_trainer_free(t);
            fixture_free(&f);
            return;
        }
        ck_assert_int_eq(status, PL_ENOMEM);
    }
    ck_abort_msg("still failing after 60 allocations");
}
END_TEST

int main(void) {
    const TTest *const tests[] = {steps_meet_the_textbook, divergence_is_noticed,
                                  bad_settings_are_refused};
    return test_main("hltm/sgd", tests, TEST_COUNT(tests));
}
