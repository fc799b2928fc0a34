/* Initial weights: weight k of parameter p is word k of the stream (seed, "nn", p). */
#include "nn/graph.h"

#include "math/random.h"

#include <string.h>

enum { PART = 1024, STREAM = 0x6e6e /* "nn" */ };

static void fill(pl_stream s, nn_initial law, size_t first, size_t n, float *out) {
    double words[PART];
    switch (law.law) {
    case NN_ZERO:
    case NN_ONE:
        for (size_t i = 0; i < n; i++)
            out[i] = law.law == NN_ONE ? 1.0f : 0.0f;
        break;
    case NN_NORMAL:
        pl_stream_normals(s, first, n, words);
        for (size_t i = 0; i < n; i++)
            out[i] = (float)(law.scale * words[i]);
        break;
    case NN_UNIFORM:
        pl_stream_uniforms(s, first, n, words);
        for (size_t i = 0; i < n; i++)
            out[i] = (float)(law.scale * (2 * words[i] - 1));
        break;
    }
}

void nn_initialise(pl_ctx *ctx, pl_net *net) {
    (void)ctx;
    for (size_t p = 0; p < net->n_parameters; p++) {
        const pl_parameter *w = &net->parameters[p];
        pl_stream s = {.seed = net->spec.seed, .stream = STREAM, .row = p};
#pragma omp parallel for num_threads(net->threads) schedule(static)
        for (size_t first = 0; first < w->count; first += PART)
            fill(s, net->initial[p], first, w->count - first < PART ? w->count - first : PART,
                 w->value + first);
    }
    for (size_t i = 0; i < net->n_state; i++) { /* running mean 0, running variance 1 */
        const pl_parameter *b = &net->state[i];
        for (size_t k = 0; b->value && k < b->count; k++)
            b->value[k] = strstr(b->name, "running_var") ? 1.0f : 0.0f;
    }
}
