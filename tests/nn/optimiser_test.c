/* Optimisers against the same rules in double, on gradients that the test writes itself. */
#include "nn/optimiser.h"

#include "math/random.h"
#include "tests/support.h"

enum { STEPS = 5 };

static pl_net *net_of(pl_ctx *ctx) {
    pl_net_spec s = pl_net_defaults();
    s.model = "mlp:300,100"; /* 100 x 300 weights are several tasks */
    s.channels = 1;
    s.height = s.width = 4;
    s.batch = 4;
    s.projector = "6,3";
    pl_net *net;
    ck_ok(ctx, pl_net_new(ctx, &s, &net));
    return net;
}

static void gradients(const pl_net *net, uint64_t step) {
    size_t n;
    const pl_parameter *p = pl_net_parameters(net, &n);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < p[i].count; k++)
            p[i].gradient[k] = (float)(2 * pl_stream_uniform((pl_stream){step, 1, i}, k) - 1);
}

/* One parameter array in double, and its state. */
typedef struct twin {
    size_t count;
    bool decays;
    double *w, *m, *s;
} twin;

static twin twin_of(const pl_parameter *p) {
    twin t = {p->count, p->decays, calloc(p->count, 8), calloc(p->count, 8), calloc(p->count, 8)};
    ck_assert(t.w && t.m && t.s);
    for (size_t k = 0; k < t.count; k++)
        t.w[k] = (double)p->value[k];
    return t;
}

static void twin_free(twin t) {
    free(t.w);
    free(t.m);
    free(t.s);
}

static void step_ref(const pl_optimiser_spec *o, twin *t, const float *g, double rate, int k) {
    double decay = t->decays ? o->weight_decay : 0, scale = 1, ww = 0, gg = 0;
    for (size_t i = 0; i < t->count; i++) {
        double d = (double)g[i] + decay * t->w[i];
        ww += t->w[i] * t->w[i];
        gg += d * d;
    }
    if (o->kind == PL_LARS && t->decays)
        scale = o->trust * sqrt(ww) / sqrt(gg);
    for (size_t i = 0; i < t->count; i++) {
        double d = (double)g[i];
        if (o->kind == PL_ADAMW) {
            t->w[i] -= rate * decay * t->w[i];
            t->m[i] = o->beta1 * t->m[i] + (1 - o->beta1) * d;
            t->s[i] = o->beta2 * t->s[i] + (1 - o->beta2) * d * d;
            double m = t->m[i] / (1 - pow(o->beta1, k)), s = t->s[i] / (1 - pow(o->beta2, k));
            t->w[i] -= rate * m / (sqrt(s) + o->epsilon);
        } else {
            t->m[i] = o->momentum * t->m[i] + scale * (d + decay * t->w[i]);
            t->w[i] -= rate * t->m[i];
        }
    }
}

static pl_optimiser_spec spec_of(pl_optimiser_kind kind) {
    pl_optimiser_spec o = pl_optimiser_defaults(kind);
    o.weight_decay = 0.1;
    o.trust = 0.02;
    return o;
}

/* Fails if a bias decayed, LARS took the norm before the decay, the momentum were PyTorch's
 * dampened form, or AdamW's decay went through the moments. */
START_TEST(steps_follow_their_rules) {
    pl_ctx *ctx = pl_ctx_new();
    for (int kind = PL_SGD; kind <= PL_ADAMW; kind++) {
        pl_net *net = net_of(ctx);
        pl_optimiser *o;
        pl_optimiser_spec spec = spec_of((pl_optimiser_kind)kind);
        ck_ok(ctx, pl_optimiser_new(ctx, &spec, net, &o));
        size_t n;
        const pl_parameter *p = pl_net_parameters(net, &n);
        twin twins[16];
        ck_assert_uint_le(n, TEST_COUNT(twins));
        for (size_t i = 0; i < n; i++) {
            if (p[i].dims == 1) /* biases that are not small, so that decay would show */
                p[i].value[0] = 3;
            twins[i] = twin_of(&p[i]);
        }
        for (int k = 1; k <= STEPS; k++) {
            gradients(net, (uint64_t)k);
            pl_optimiser_step(ctx, o, 0.05);
            for (size_t i = 0; i < n; i++)
                step_ref(&spec, &twins[i], p[i].gradient, 0.05, k);
        }
        for (size_t i = 0; i < n; i++) {
            for (size_t k = 0; k < p[i].count; k++)
                ck_close((double)p[i].value[k], twins[i].w[k], 3e-6);
            twin_free(twins[i]);
        }
        ck_assert_uint_eq(*pl_optimiser_steps(o), STEPS);
        pl_optimiser_free(o);
        pl_net_free(net);
    }
    pl_ctx_free(ctx);
}
END_TEST

static void copy_parameters(const pl_parameter *from, const pl_parameter *to, size_t n) {
    for (size_t i = 0; i < n; i++)
        memcpy(to[i].value, from[i].value, from[i].count * sizeof(float));
}

/* Fails if a step depended on the threads, or on state that a checkpoint would not hold. */
START_TEST(state_restores_to_the_same_bits) {
    pl_ctx *ctx = pl_ctx_new();
    for (int kind = PL_SGD; kind <= PL_ADAMW; kind++) {
        pl_net *a = net_of(ctx), *b = net_of(ctx);
        pl_optimiser *first, *second;
        pl_optimiser_spec spec = spec_of((pl_optimiser_kind)kind);
        ck_ok(ctx, pl_optimiser_new(ctx, &spec, a, &first));
        ck_ok(ctx, pl_optimiser_new(ctx, &spec, b, &second));
        size_t n, states;
        const pl_parameter *p = pl_net_parameters(a, &n), *q = pl_net_parameters(b, &n);
        for (int k = 1; k <= 2 * STEPS; k++) {
            if (k == STEPS) {
                copy_parameters(p, q, n);
                const pl_parameter *s = pl_optimiser_state(first, &states);
                copy_parameters(s, pl_optimiser_state(second, &states), states);
                *pl_optimiser_steps(second) = *pl_optimiser_steps(first);
            }
            gradients(a, (uint64_t)k);
            gradients(b, (uint64_t)k);
            pl_set_threads(ctx, 1);
            pl_optimiser_step(ctx, first, 0.02);
            pl_set_threads(ctx, 3);
            if (k >= STEPS)
                pl_optimiser_step(ctx, second, 0.02);
        }
        for (size_t i = 0; i < n; i++)
            ck_assert_mem_eq(p[i].value, q[i].value, p[i].count * sizeof(float));
        pl_optimiser_free(first);
        pl_optimiser_free(second);
        pl_net_free(a);
        pl_net_free(b);
    }
    pl_ctx_free(ctx);
}
END_TEST

START_TEST(state_has_names) {
    pl_ctx *ctx = pl_ctx_new();
    pl_net *net = net_of(ctx);
    pl_optimiser *o;
    pl_optimiser_spec spec = pl_optimiser_defaults(PL_ADAMW);
    ck_ok(ctx, pl_optimiser_new(ctx, &spec, net, &o));
    size_t n, states;
    pl_net_parameters(net, &n);
    const pl_parameter *s = pl_optimiser_state(o, &states);
    ck_assert_uint_eq(states, 2 * n);
    ck_assert_str_eq(s[0].name, "mean.layers.0.weight");
    ck_assert_str_eq(s[n].name, "square.layers.0.weight");
    ck_assert_ptr_null(s[0].gradient);
    pl_optimiser_free(o);
    pl_net_free(net);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if LARS divided by the norm of a gradient that is zero. */
START_TEST(lars_survives_zero_gradients) {
    pl_ctx *ctx = pl_ctx_new();
    pl_net *net = net_of(ctx);
    pl_optimiser *o;
    pl_optimiser_spec spec = pl_optimiser_defaults(PL_LARS);
    spec.weight_decay = 0;
    ck_ok(ctx, pl_optimiser_new(ctx, &spec, net, &o));
    size_t n;
    const pl_parameter *p = pl_net_parameters(net, &n);
    float before = p[0].value[0];
    pl_optimiser_step(ctx, o, 0.1); /* gradients are zero still */
    ck_close((double)p[0].value[0], (double)before, 0);
    pl_optimiser_free(o);
    pl_net_free(net);
    pl_ctx_free(ctx);
}
END_TEST

START_TEST(each_allocation_may_fail) {
    pl_ctx *ctx = pl_ctx_new();
    pl_net *net = net_of(ctx);
    pl_optimiser *o = NULL;
    pl_optimiser_spec spec = pl_optimiser_defaults(PL_ADAMW);
    for (size_t k = 1; k <= 4; k++) {
        pl_ctx_fail_allocation(ctx, k);
        ck_fails(ctx, pl_optimiser_new(ctx, &spec, net, &o), PL_ENOMEM, "out of memory");
        ck_assert_ptr_null(o);
    }
    pl_ctx_fail_allocation(ctx, 0);
    pl_net_free(net);
    pl_ctx_free(ctx);
}
END_TEST

START_TEST(refuses_what_has_no_meaning) {
    pl_optimiser_spec s = pl_optimiser_defaults(PL_SGD);
    pl_optimiser_kind kind;
    ck_assert_ptr_null(pl_optimiser_check(&s));
    s.momentum = 1;
    ck_assert_ptr_nonnull(pl_optimiser_check(&s));
    s = pl_optimiser_defaults(PL_LARS), s.trust = 0;
    ck_assert_ptr_nonnull(pl_optimiser_check(&s));
    s = pl_optimiser_defaults(PL_ADAMW), s.beta2 = 1;
    ck_assert_ptr_nonnull(pl_optimiser_check(&s));
    s = pl_optimiser_defaults(PL_SGD), s.weight_decay = -1;
    ck_assert_ptr_nonnull(pl_optimiser_check(&s));
    ck_assert(pl_optimiser_named("lars", &kind) && kind == PL_LARS);
    ck_assert(!pl_optimiser_named("adam", &kind));
}
END_TEST

int main(void) {
    const TTest *const tests[] = {steps_follow_their_rules, state_restores_to_the_same_bits,
                                  state_has_names,          lars_survives_zero_gradients,
                                  each_allocation_may_fail, refuses_what_has_no_meaning};
    return test_main("nn/optimiser", tests, TEST_COUNT(tests));
}
