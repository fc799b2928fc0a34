#include "nn/optimiser.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { PART = 16384 }; /* elements of one task: fixed, so that no bits depend on the threads */

struct pl_optimiser {
    pl_optimiser_spec spec;
    pl_net *net; /* borrowed */
    const pl_parameter *parameters;
    size_t n;
    pl_parameter *state; /* momentum of each parameter; AdamW: means, then squares */
    size_t n_state;
    float *memory;
    double *sums; /* LARS: a part's sums of squares of weights and gradients */
    uint64_t steps;
};

pl_optimiser_spec pl_optimiser_defaults(pl_optimiser_kind kind) {
    pl_optimiser_spec s = {.kind = kind,
                           .momentum = 0.9,
                           .weight_decay = 1e-4,
                           .trust = 1e-3,
                           .beta1 = 0.9,
                           .beta2 = 0.999,
                           .epsilon = 1e-8};
    if (kind == PL_LARS)
        s.weight_decay = 1e-6;
    if (kind == PL_ADAMW)
        s.weight_decay = 1e-2;
    return s;
}

static bool fraction(double x) {
    return x >= 0 && x < 1;
}

const char *pl_optimiser_check(const pl_optimiser_spec *s) {
    if (!(s->weight_decay >= 0) || !isfinite(s->weight_decay))
        return "the weight decay must be at least 0";
    if (s->kind == PL_ADAMW) {
        if (!fraction(s->beta1) || !fraction(s->beta2))
            return "AdamW's betas must be in [0, 1)";
        if (!(s->epsilon > 0))
            return "AdamW's epsilon must be above 0";
    } else if (!fraction(s->momentum))
        return "the momentum must be in [0, 1)";
    if (s->kind == PL_LARS && !(s->trust > 0))
        return "LARS's trust coefficient must be above 0";
    return NULL;
}

bool pl_optimiser_named(const char *name, pl_optimiser_kind *out) {
    static const char *const names[] = {[PL_SGD] = "sgd", [PL_LARS] = "lars", [PL_ADAMW] = "adamw"};
    for (int i = 0; i < 3; i++)
        if (strcmp(name, names[i]) == 0) {
            *out = (pl_optimiser_kind)i;
            return true;
        }
    return false;
}

/* One state array for every parameter, named prefix.parameter, from `at` on. */
static float *lay_state(pl_optimiser *o, const char *prefix, float *at) {
    for (size_t i = 0; i < o->n; i++) {
        pl_parameter *s = &o->state[o->n_state++];
        *s = o->parameters[i];
        snprintf(s->name, sizeof s->name, "%s.%.*s", prefix,
                 (int)(sizeof s->name - strlen(prefix) - 2), o->parameters[i].name);
        s->value = at;
        s->gradient = NULL;
        at += s->count;
    }
    return at;
}

pl_status pl_optimiser_new(pl_ctx *ctx, const pl_optimiser_spec *spec, pl_net *net,
                           pl_optimiser **out) {
    pl_status status = PL_OK;
    pl_optimiser *o = NULL;
    const char *reason = pl_optimiser_check(spec);
    if (reason)
        return pl_fail(ctx, PL_EDOMAIN, "%s", reason);
    PL_NEW(ctx, o, 1);
    o->spec = *spec;
    o->net = net;
    o->parameters = pl_net_parameters(net, &o->n);
    size_t arrays = spec->kind == PL_ADAMW ? 2 : 1, weights = 0, largest = 0;
    for (size_t i = 0; i < o->n; i++) {
        weights += o->parameters[i].count;
        if (o->parameters[i].count > largest)
            largest = o->parameters[i].count;
    }
    PL_NEW(ctx, o->state, arrays * o->n);
    PL_NEW(ctx, o->memory, arrays * weights);
    PL_NEW(ctx, o->sums, 2 * (largest / PART + 1));
    float *at = lay_state(o, spec->kind == PL_ADAMW ? "mean" : "momentum", o->memory);
    if (spec->kind == PL_ADAMW)
        lay_state(o, "square", at);
    *out = o;
    o = NULL;
done:
    pl_optimiser_free(o);
    return status;
}

void pl_optimiser_free(pl_optimiser *o) {
    if (!o)
        return;
    pl_free(o->state);
    pl_free(o->memory);
    pl_free(o->sums);
    pl_free(o);
}

/* v = momentum v + scale (g + decay w);  w -= rate v, over one part. */
static void momentum_part(float *w, const float *g, float *v, size_t n, float rate, float momentum,
                          float decay, float scale) {
    for (size_t i = 0; i < n; i++) {
        v[i] = momentum * v[i] + scale * (g[i] + decay * w[i]);
        w[i] -= rate * v[i];
    }
}

/* rest: 1 - beta, rounded once: 1 - 0.999f is off by 5e-5 of itself. */
typedef struct adam {
    float rate, decay, beta1, beta2, rest1, rest2, epsilon, correct1, correct2;
} adam;

static void adam_part(float *w, const float *g, float *mean, float *square, size_t n, adam a) {
    for (size_t i = 0; i < n; i++) {
        mean[i] = a.beta1 * mean[i] + a.rest1 * g[i];
        square[i] = a.beta2 * square[i] + a.rest2 * g[i] * g[i];
        w[i] -= a.rate * (a.decay * w[i] +
                          mean[i] * a.correct1 / (sqrtf(square[i] * a.correct2) + a.epsilon));
    }
}

/* trust |w| / |g + decay w|, or 1 where the layer does not decay or a norm is 0. */
static double local_rate(pl_ctx *ctx, pl_optimiser *o, const pl_parameter *p) {
    size_t parts = (p->count + PART - 1) / PART;
    float decay = (float)o->spec.weight_decay;
    if (!p->decays)
        return 1;
#pragma omp parallel for num_threads(pl_threads(ctx)) schedule(static)
    for (size_t t = 0; t < parts; t++) {
        size_t end = (t + 1) * PART < p->count ? (t + 1) * PART : p->count;
        double ww = 0, gg = 0;
        for (size_t i = t * PART; i < end; i++) {
            double w = (double)p->value[i], g = (double)(p->gradient[i] + decay * p->value[i]);
            ww += w * w;
            gg += g * g;
        }
        o->sums[2 * t] = ww;
        o->sums[2 * t + 1] = gg;
    }
    double ww = 0, gg = 0;
    for (size_t t = 0; t < parts; t++) {
        ww += o->sums[2 * t];
        gg += o->sums[2 * t + 1];
    }
    return ww > 0 && gg > 0 ? o->spec.trust * sqrt(ww / gg) : 1;
}

void pl_optimiser_step(pl_ctx *ctx, pl_optimiser *o, double rate) {
    const pl_optimiser_spec *s = &o->spec;
    double k = (double)++o->steps;
    adam a = {.rate = (float)rate,
              .beta1 = (float)s->beta1,
              .beta2 = (float)s->beta2,
              .rest1 = (float)(1 - s->beta1),
              .rest2 = (float)(1 - s->beta2),
              .epsilon = (float)s->epsilon,
              .correct1 = (float)(1 / (1 - pow(s->beta1, k))),
              .correct2 = (float)(1 / (1 - pow(s->beta2, k)))};
    for (size_t i = 0; i < o->n; i++) {
        const pl_parameter *p = &o->parameters[i];
        size_t parts = (p->count + PART - 1) / PART;
        float decay = p->decays ? (float)s->weight_decay : 0;
        float scale = s->kind == PL_LARS ? (float)local_rate(ctx, o, p) : 1;
        float *first = o->state[i].value;
        float *second = s->kind == PL_ADAMW ? o->state[o->n + i].value : NULL;
        a.decay = decay;
#pragma omp parallel for num_threads(pl_threads(ctx)) schedule(static) if (parts > 1)
        for (size_t t = 0; t < parts; t++) {
            size_t at = t * PART, n = p->count - at < PART ? p->count - at : PART;
            if (second)
                adam_part(p->value + at, p->gradient + at, first + at, second + at, n, a);
            else
                momentum_part(p->value + at, p->gradient + at, first + at, n, (float)rate,
                              (float)s->momentum, decay, scale);
        }
    }
}

const pl_parameter *pl_optimiser_state(const pl_optimiser *o, size_t *count) {
    *count = o->n_state;
    return o->state;
}

uint64_t *pl_optimiser_steps(pl_optimiser *o) {
    return &o->steps;
}
