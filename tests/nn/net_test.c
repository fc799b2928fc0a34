/* Networks as wholes: shapes and names, gradients by central differences, moments, determinism, the
 * arena, and what is refused. PyTorch's word on the same is in net_parity.py. */
#include "nn/net.h"

#include "math/random.h"
#include "nn/graph.h"
#include "tests/count_allocations.h"
#include "tests/support.h"

/* ---- what the tests share ---- */

enum { MAX_IMAGES = 64 * 3 * 64 * 64 };

static float images[MAX_IMAGES], dz[64 * 512];

static pl_net_spec spec_of(const char *model, size_t batch, size_t channels, size_t side) {
    pl_net_spec s = pl_net_defaults();
    s.model = model;
    s.batch = batch;
    s.channels = channels;
    s.height = s.width = side;
    s.projector = "24,12";
    s.seed = 5;
    return s;
}

static void fill(float *a, size_t n, uint64_t seed) {
    double word;
    for (size_t i = 0; i < n; i++) {
        pl_stream_normals((pl_stream){.seed = seed}, i, 1, &word);
        a[i] = (float)word;
    }
}

static size_t image_elements(const pl_net_spec *s) {
    return s->batch * s->channels * s->height * s->width;
}

static pl_net *net_of(pl_ctx *ctx, const pl_net_spec *s) {
    pl_net *net;
    size_t feature, embedding;
    ck_ok(ctx, pl_net_new(ctx, s, &net));
    pl_net_widths(net, &feature, &embedding);
    fill(images, image_elements(s), 1);
    fill(dz, s->batch * embedding, 2);
    return net;
}

static const pl_parameter *find(const pl_net *net, const char *name) {
    size_t n;
    const pl_parameter *p = pl_net_parameters(net, &n);
    for (size_t i = 0; i < n; i++)
        if (strcmp(p[i].name, name) == 0)
            return &p[i];
    ck_abort_msg("no parameter %s", name);
    return NULL;
}

static double loss(pl_ctx *ctx, pl_net *net) {
    const float *z;
    size_t feature, embedding, n = pl_net_built(net)->batch;
    double sum = 0;
    pl_net_widths(net, &feature, &embedding);
    ck_ok(ctx, pl_net_forward(ctx, net, images, n, true, NULL, &z));
    for (size_t i = 0; i < n * embedding; i++)
        sum += (double)dz[i] * (double)z[i];
    return sum;
}

/* ---- shapes and names ---- */

static void has_weights(pl_ctx *ctx, const char *model, size_t channels, size_t side,
                        const char *projector, bool imagenet, size_t want) {
    pl_net_spec s = spec_of(model, 2, channels, side);
    s.projector = projector;
    s.imagenet_stem = imagenet;
    pl_net *net;
    ck_ok(ctx, pl_net_new(ctx, &s, &net));
    size_t n, total = 0;
    const pl_parameter *p = pl_net_parameters(net, &n);
    for (size_t i = 0; i < n; i++)
        total += p[i].count;
    ck_assert_msg(total == want, "%s has %zu weights, expected %zu", model, total, want);
    pl_net_free(net);
}

/* Fails if a layer were missing or of another width: the totals are those of torchvision's models
 * without their last layer, and of the peer's small CNN. */
START_TEST(models_have_their_weights) {
    pl_ctx *ctx = pl_ctx_new();
    has_weights(ctx, "small-cnn", 1, 28, "128,64", false, 117664);
    has_weights(ctx, "resnet18", 3, 32, "", false, 11168832);
    has_weights(ctx, "resnet18", 3, 64, "", true, 11176512);
    has_weights(ctx, "resnet50", 3, 32, "", false, 23500352);
    has_weights(ctx, "mlp:10,7", 1, 4, "5", false, 17 * 10 + 11 * 7 + 8 * 5);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if weights would not load under torchvision's names, or decay touched BatchNorm. */
START_TEST(names_are_torchvisions) {
    pl_ctx *ctx = pl_ctx_new();
    pl_net_spec s = spec_of("resnet18", 2, 3, 32);
    pl_net *net = net_of(ctx, &s);
    const pl_parameter *p = find(net, "layer2.0.downsample.0.weight");
    ck_assert_uint_eq(p->shape[0], 128);
    ck_assert_uint_eq(p->shape[1], 64);
    ck_assert_int_eq(p->dims, 4);
    ck_assert(p->decays);
    ck_assert(!find(net, "layer4.1.bn2.bias")->decays);
    ck_assert(!find(net, "projector.2.bias")->decays);
    ck_assert(find(net, "projector.2.weight")->decays);
    size_t n;
    const pl_parameter *b = pl_net_buffers(net, &n);
    ck_assert_uint_eq(n, 3 * 20);
    ck_assert_str_eq(b[0].name, "bn1.running_mean");
    ck_assert_str_eq(b[2].name, "bn1.num_batches_tracked");
    ck_assert_int_eq((int)*b[2].batches, 0);
    ck_ok(ctx, pl_net_forward(ctx, net, images, 2, true, NULL, NULL));
    ck_assert_int_eq((int)*b[2].batches, 1);
    pl_net_free(net);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if the initial weights had another spread than PyTorch's, by six standard errors:
 * sqrt((kurtosis - 1)/(4 n)) of the root mean square of n weights. */
START_TEST(initial_weights_have_their_law) {
    pl_ctx *ctx = pl_ctx_new();
    pl_net_spec s = spec_of("resnet18", 2, 3, 32);
    s.projector = "512,128";
    pl_net *net = net_of(ctx, &s);
    const struct {
        const char *name;
        double deviation, kurtosis;
    } laws[] = {{"layer4.1.conv2.weight", sqrt(2.0 / (512 * 9)), 3},
                {"projector.0.weight", 1 / sqrt(3.0 * 512), 1.8}};
    for (size_t k = 0; k < TEST_COUNT(laws); k++) {
        const pl_parameter *p = find(net, laws[k].name);
        double sum = 0, squares = 0;
        for (size_t i = 0; i < p->count; i++) {
            sum += (double)p->value[i];
            squares += (double)p->value[i] * (double)p->value[i];
        }
        ck_rel(sqrt(squares / (double)p->count), laws[k].deviation,
               6 * sqrt((laws[k].kurtosis - 1) / (4 * (double)p->count)));
        ck_close(sum / (double)p->count, 0, 6 * laws[k].deviation / sqrt((double)p->count));
    }
    ck_close((double)find(net, "bn1.weight")->value[63], 1, 0);
    pl_net_free(net);
    pl_ctx_free(ctx);
}
END_TEST

/* ---- gradients ---- */

/* Along each parameter's gradient the loss must rise by |gradient|: central differences in
 * float32, whose rounding and ReLU kinks leave up to 1 %. */
static void differences(pl_ctx *ctx, pl_net_spec s, double tolerance) {
    pl_net *net = net_of(ctx, &s);
    double base = loss(ctx, net);
    ck_ok(ctx, pl_net_backward(ctx, net, dz));
    size_t n, largest = 0;
    const pl_parameter *p = pl_net_parameters(net, &n);
    for (size_t i = 0; i < n; i++)
        largest = p[i].count > largest ? p[i].count : largest;
    float *g = calloc(largest, sizeof *g), *w = calloc(largest, sizeof *w);
    ck_assert(g && w);
    double scale = fabs(base) + 1;
    for (size_t i = 0; i < n; i++) {
        ck_ok(ctx, (loss(ctx, net), pl_net_backward(ctx, net, dz)));
        memcpy(g, p[i].gradient, p[i].count * sizeof *g);
        memcpy(w, p[i].value, p[i].count * sizeof *w);
        double norm = 0, side[2];
        for (size_t k = 0; k < p[i].count; k++)
            norm += (double)g[k] * (double)g[k];
        norm = sqrt(norm);
        double h = 2e-4 * scale / norm;
        for (int up = 0; up < 2; up++) {
            for (size_t k = 0; k < p[i].count; k++)
                p[i].value[k] = (float)((double)w[k] + (up ? h : -h) * (double)g[k] / norm);
            side[up] = loss(ctx, net);
        }
        memcpy(p[i].value, w, p[i].count * sizeof *w);
        double slope = (side[1] - side[0]) / (2 * h);
        ck_assert_msg(fabs(slope - norm) <= tolerance * norm,
                      "%s, %s: the loss rises by %.6g along the gradient, whose norm is %.6g",
                      s.model, p[i].name, slope, norm);
    }
    free(g);
    free(w);
    pl_net_free(net);
}

START_TEST(gradients_are_central_differences) {
    pl_ctx *ctx = pl_ctx_new();
    pl_net_spec s = spec_of("mlp:20,17", 24, 1, 6);
    differences(ctx, s, 0.01);
    s.unit = true;
    s.projector = "19,24,12";
    s.projector_norm = true;
    differences(ctx, s, 0.01);
    differences(ctx, spec_of("small-cnn", 32, 1, 20), 0.02);
    s = spec_of("small-cnn", 32, 3, 18); /* pools leave a row over */
    s.unit = true;
    differences(ctx, s, 0.02);
    pl_ctx_free(ctx);
}
END_TEST

/* ---- BatchNorm's two modes ---- */

/* Fails if evaluation used the batch's moments: rows would depend on their neighbours. */
START_TEST(evaluation_is_row_by_row) {
    pl_ctx *ctx = pl_ctx_new();
    pl_net_spec s = spec_of("small-cnn", 8, 1, 28);
    pl_net *net = net_of(ctx, &s);
    const float *z;
    float whole[8 * 12];
    for (int k = 0; k < 3; k++)
        ck_ok(ctx, pl_net_forward(ctx, net, images, 8, true, NULL, &z));
    ck_ok(ctx, pl_net_forward(ctx, net, images, 8, false, NULL, &z));
    memcpy(whole, z, sizeof whole);
    ck_ok(ctx, pl_net_forward(ctx, net, images + 5 * 28 * 28, 3, false, NULL, &z));
    for (size_t i = 0; i < 3 * 12; i++)
        ck_close((double)z[i], (double)whole[5 * 12 + i], 1e-5);
    pl_net_free(net);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if the running moments did not approach the batch's: then both modes agree (up to the
 * unbiased variance's n / (n - 1)). */
START_TEST(running_moments_approach_the_batchs) {
    pl_ctx *ctx = pl_ctx_new();
    pl_net_spec s = spec_of("small-cnn", 8, 1, 28);
    pl_net *net = net_of(ctx, &s);
    const float *z;
    float trained[8 * 12];
    for (int k = 0; k < 120; k++)
        ck_ok(ctx, pl_net_forward(ctx, net, images, 8, true, NULL, &z));
    memcpy(trained, z, sizeof trained);
    ck_ok(ctx, pl_net_forward(ctx, net, images, 8, false, NULL, &z));
    for (size_t i = 0; i < 8 * 12; i++)
        ck_close((double)z[i], (double)trained[i], 0.01);
    pl_net_free(net);
    pl_ctx_free(ctx);
}
END_TEST

/* ---- bits ---- */

static void embed(pl_ctx *ctx, const pl_net_spec *s, int threads, float *z_out, float *g_out) {
    pl_set_threads(ctx, threads);
    pl_net *net = net_of(ctx, s);
    const float *z;
    ck_ok(ctx, pl_net_forward(ctx, net, images, s->batch, true, NULL, &z));
    ck_ok(ctx, pl_net_backward(ctx, net, dz));
    memcpy(z_out, z, s->batch * 12 * sizeof *z);
    memcpy(g_out, find(net, "conv2.weight")->gradient, 64 * 32 * 9 * sizeof *g_out);
    pl_net_free(net);
}

/* Fails if anything depended on what ran before, or on more than rounding by the threads. */
START_TEST(same_bits_for_the_same_threads) {
    static float z[3][16 * 12], g[3][64 * 32 * 9];
    pl_ctx *ctx = pl_ctx_new();
    pl_net_spec s = spec_of("small-cnn", 16, 1, 28);
    embed(ctx, &s, 2, z[0], g[0]);
    embed(ctx, &s, 2, z[1], g[1]);
    embed(ctx, &s, 1, z[2], g[2]);
    ck_assert_mem_eq(z[0], z[1], sizeof z[0]);
    ck_assert_mem_eq(g[0], g[1], sizeof g[0]);
    for (size_t i = 0; i < 16 * 12; i++)
        ck_close((double)z[2][i], (double)z[0][i], 1e-4);
    s.seed = 6;
    embed(ctx, &s, 2, z[1], g[1]);
    ck_assert_mem_ne(z[0], z[1], sizeof z[0]);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if bf16 were not used where the processor has it, or lost more than its 8 bits. */
START_TEST(bf16_is_near_float32) {
    static float z[2][16 * 12], g[2][64 * 32 * 9];
    pl_ctx *ctx = pl_ctx_new();
    pl_net_spec s = spec_of("small-cnn", 16, 1, 28);
    for (int k = 0; k < 2; k++) {
        s.precision = k ? PL_NET_BF16 : PL_NET_F32;
        embed(ctx, &s, 2, z[k], g[k]);
    }
    if (pl_warnings(ctx) == 0)
        ck_assert_mem_ne(z[0], z[1], sizeof z[0]);
    else
        ck_assert_ptr_nonnull(strstr(pl_warning(ctx, 0), "bf16"));
    for (size_t i = 0; i < 16 * 12; i++)
        ck_close((double)z[1][i], (double)z[0][i], 0.03);
    pl_ctx_free(ctx);
}
END_TEST

START_TEST(deterministic_lists_direct_only) {
    pl_ctx *ctx = pl_ctx_new();
    pl_net_spec s = spec_of("small-cnn", 4, 1, 28);
    s.deterministic = true;
    pl_net *net = net_of(ctx, &s);
    size_t n;
    const pl_net_layer *l = pl_net_layers(net, &n);
    ck_assert_uint_eq(n, 3);
    for (size_t i = 0; i < n; i++) {
        ck_assert_ptr_eq(strstr(l[i].forward, "direct f32"), l[i].forward);
        ck_assert_ptr_eq(strstr(l[i].backward_weights, "direct f32"), l[i].backward_weights);
    }
    ck_assert_str_eq(l[0].backward_data, ""); /* the images want no gradient */
    pl_net_free(net);
    pl_ctx_free(ctx);
}
END_TEST

/* ---- unit embeddings, NaN ---- */

START_TEST(unit_rows_have_norm_one) {
    pl_ctx *ctx = pl_ctx_new();
    pl_net_spec s = spec_of("mlp:30", 6, 1, 5);
    s.unit = true;
    pl_net *net = net_of(ctx, &s);
    const float *h, *z;
    ck_ok(ctx, pl_net_forward(ctx, net, images, 6, true, &h, &z));
    for (size_t i = 0; i < 6; i++) {
        double sum = 0;
        for (size_t k = 0; k < 12; k++)
            sum += (double)z[12 * i + k] * (double)z[12 * i + k];
        ck_close(sum, 1, 1e-6);
    }
    pl_net_free(net);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a maximum, a ReLU or a variance hid NaN from the trainer. */
START_TEST(nan_reaches_the_embedding) {
    pl_ctx *ctx = pl_ctx_new();
    pl_net_spec s = spec_of("small-cnn", 4, 1, 28);
    pl_net *net = net_of(ctx, &s);
    const float *z;
    find(net, "conv1.weight")->value[0] = NAN;
    ck_ok(ctx, pl_net_forward(ctx, net, images, 4, true, NULL, &z));
    ck_assert(isnan(z[0]));
    pl_net_free(net);
    pl_ctx_free(ctx);
}
END_TEST

/* ---- memory ---- */

/* Fails if two buffers that are needed at the same step overlapped, or the planner reused nothing.
 */
START_TEST(arena_holds_what_is_alive) {
    pl_ctx *ctx = pl_ctx_new();
    pl_net_spec s = spec_of("resnet18", 4, 3, 16);
    pl_net *net = net_of(ctx, &s);
    size_t total = 0;
    for (size_t i = 0; i < net->n_spans; i++) {
        const nn_span *a = &net->spans[i];
        ck_assert_uint_le(a->offset + a->bytes, net->arena_bytes);
        ck_assert_int_le(a->first, a->last);
        total += a->bytes;
        for (size_t j = 0; j < i; j++) {
            const nn_span *b = &net->spans[j];
            bool together = a->first <= b->last && b->first <= a->last;
            bool apart = a->offset + a->bytes <= b->offset || b->offset + b->bytes <= a->offset;
            ck_assert_msg(!together || apart || !a->bytes || !b->bytes, "buffers %zu and %zu", i,
                          j);
        }
    }
    ck_assert_uint_lt(2 * net->arena_bytes, total);
    pl_net_free(net);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a step asked for memory, here or in oneDNN, beyond the few words of a call. (Without
 * AVX-512, oneDNN's matrix product packs its factors into memory of its own: not counted.) */
START_TEST(steps_allocate_nothing) {
    static const char *const models[] = {"small-cnn", "resnet18", "mlp:64,32"};
    pl_ctx *ctx = pl_ctx_new();
    if (((unsigned)dnnl_get_effective_cpu_isa() & dnnl_cpu_isa_avx512_core) !=
        dnnl_cpu_isa_avx512_core) {
        pl_ctx_free(ctx);
        return;
    }
    for (size_t k = 0; k < TEST_COUNT(models); k++) {
        pl_net_spec s = spec_of(models[k], 16, 3, 16);
        pl_net *net = net_of(ctx, &s);
        for (int step = 0; step < 4; step++) {
            large = 0;
            counting = step > 0; /* the first step starts the threads */
            ck_ok(ctx, pl_net_forward(ctx, net, images, 16, true, NULL, NULL));
            ck_ok(ctx, pl_net_backward(ctx, net, dz));
            counting = false;
            ck_assert_msg(large == 0, "%s: %zu allocations in step %d", models[k], (size_t)large,
                          step);
        }
        pl_net_free(net);
    }
    pl_ctx_free(ctx);
}
END_TEST

START_TEST(each_allocation_may_fail) {
    pl_ctx *ctx = pl_ctx_new();
    pl_net_spec s = spec_of("small-cnn", 4, 1, 16);
    pl_net *net = NULL;
    for (size_t k = 1;; k++) {
        pl_ctx_fail_allocation(ctx, k);
        pl_status status = pl_net_new(ctx, &s, &net);
        pl_ctx_fail_allocation(ctx, 0);
        if (status == PL_OK)
            break;
        ck_assert_int_eq(status, PL_ENOMEM);
        ck_assert_ptr_null(net);
        ck_assert_uint_lt(k, 100);
    }
    pl_net_free(net);
    pl_ctx_free(ctx);
}
END_TEST

/* ---- refusals ---- */

START_TEST(refuses_what_does_not_fit) {
    static const struct {
        const char *model, *projector, *words;
        size_t batch, channels;
    } cases[] = {
        {"resnet34", "64", "resnet18", 4, 3},      {"mlp:", "64", "mlp:512,256", 4, 3},
        {"mlp:5,x", "64", "mlp:512,256", 4, 3},    {"small-cnn", "6,6,6,6", "at most 3", 4, 3},
        {"small-cnn", "64,", "projector", 4, 3},   {"small-cnn", "64", "batch of 1", 1, 3},
        {"small-cnn", "64", "1 to 1048576", 0, 3}, {"small-cnn", "64", "channels", 4, 0},
    };
    pl_ctx *ctx = pl_ctx_new();
    pl_net *net = NULL;
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        pl_net_spec s = spec_of(cases[i].model, cases[i].batch, cases[i].channels, 16);
        s.projector = cases[i].projector;
        ck_fails(ctx, pl_net_new(ctx, &s, &net), PL_EDOMAIN, cases[i].words);
    }
    pl_net_spec s = spec_of("small-alexnet", 4, 3, 8);
    ck_fails(ctx, pl_net_new(ctx, &s, &net), PL_EDOMAIN, "too small");
    s = spec_of("small-cnn", 4, 3, 3);
    ck_fails(ctx, pl_net_new(ctx, &s, &net), PL_EDOMAIN, "too small");
    ck_assert_ptr_null(net);
    s = spec_of("mlp:8", 4, 1, 4);
    net = net_of(ctx, &s);
    ck_fails(ctx, pl_net_forward(ctx, net, images, 3, true, NULL, NULL), PL_ESHAPE, "expected 4");
    ck_fails(ctx, pl_net_forward(ctx, net, images, 5, false, NULL, NULL), PL_ESHAPE, "1 to 4");
    ck_fails(ctx, pl_net_backward(ctx, net, dz), PL_EBUG, "without a training forward");
    ck_ok(ctx, pl_net_forward(ctx, net, images, 4, false, NULL, NULL));
    ck_fails(ctx, pl_net_backward(ctx, net, dz), PL_EBUG, "without a training forward");
    pl_net_free(net);
    pl_ctx_free(ctx);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        models_have_their_weights,       names_are_torchvisions,
        initial_weights_have_their_law,  gradients_are_central_differences,
        evaluation_is_row_by_row,        running_moments_approach_the_batchs,
        same_bits_for_the_same_threads,  bf16_is_near_float32,
        deterministic_lists_direct_only, unit_rows_have_norm_one,
        nan_reaches_the_embedding,       arena_holds_what_is_alive,
        steps_allocate_nothing,          each_allocation_may_fail,
        refuses_what_does_not_fit};
    return test_main("nn/net", tests, TEST_COUNT(tests));
}
