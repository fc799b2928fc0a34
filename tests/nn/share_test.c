/* A batch that several networks share, here on threads of one process, against one network with the
 * whole batch: embeddings, BatchNorm's running moments, and the sum of the gradients.
 *
 * Fails if moments were those of a part, forward or backward (errors of 1e-1 and more), if
 * BatchNorm's own gradients were counted more than once, or if a gradient were called ready before
 * it is. */
#include "nn/net.h"

#include <pthread.h>
#include <string.h>

#include "math/random.h"
#include "tests/support.h"

enum { RANKS = 3, OWN = 2, BATCH = RANKS * OWN, CHANNELS = 3, SIDE = 16 };
enum { IMAGE = CHANNELS * SIDE * SIDE, EMBEDDING = 12, MOST = 1 << 12 };

static float images[BATCH * IMAGE], dz[BATCH * EMBEDDING];

/* What the ranks share. */
static pthread_barrier_t everyone;
static double parts[RANKS][MOST], total[MOST];

typedef struct rank {
    int number;
    pl_ctx *ctx;
    pl_net *net;
    float *early; /* gradients as they were when they were called ready */
    size_t ready; /* from here on they are */
    bool ordered;
    float z[OWN * EMBEDDING];
    pl_status status;
} rank;

static void sum(void *data, double *values, size_t count) {
    const rank *r = data;
    memcpy(parts[r->number], values, count * sizeof *values);
    if (pthread_barrier_wait(&everyone) == PTHREAD_BARRIER_SERIAL_THREAD)
        for (size_t i = 0; i < count; i++) {
            total[i] = 0;
            for (int k = 0; k < RANKS; k++)
                total[i] += parts[k][i];
        }
    pthread_barrier_wait(&everyone);
    memcpy(values, total, count * sizeof *values);
    pthread_barrier_wait(&everyone);
}

static void ready(void *data, size_t from) {
    rank *r = data;
    size_t count;
    const float *gradient = pl_net_gradients(r->net, &count);
    r->ordered = r->ordered && from <= r->ready;
    if (from < r->ready)
        memcpy(r->early + from, gradient + from, (r->ready - from) * sizeof *gradient);
    r->ready = from;
}

static void *work(void *data) {
    rank *r = data;
    const float *z;
    size_t first = (size_t)r->number * OWN;
    r->status = pl_net_forward(r->ctx, r->net, images + first * IMAGE, OWN, true, NULL, &z);
    if (r->status == PL_OK) {
        memcpy(r->z, z, sizeof r->z);
        r->status = pl_net_backward(r->ctx, r->net, dz + first * EMBEDDING);
    }
    return NULL;
}

static void fill(float *a, size_t n, uint64_t seed, double mean) {
    double word;
    for (size_t i = 0; i < n; i++) {
        pl_stream_normals((pl_stream){.seed = seed}, i, 1, &word);
        a[i] = (float)(mean + word);
    }
}

static pl_net *net_of(pl_ctx *ctx, const char *model, size_t batch) {
    pl_net *net;
    pl_net_spec s = pl_net_defaults();
    s.model = model;
    s.batch = batch;
    s.channels = CHANNELS;
    s.height = s.width = SIDE;
    s.projector = "20,12"; /* 20: a last block of 4 lanes */
    s.projector_norm = true;
    s.seed = 5;
    ck_ok(ctx, pl_net_new(ctx, &s, &net));
    return net;
}

/* |a - b| / |b| */
static double apart(const float *a, const float *b, size_t n, double least) {
    double difference = 0, norm = 0;
    for (size_t i = 0; i < n; i++) {
        double d = (double)a[i] - (double)b[i];
        difference += d * d;
        norm += (double)b[i] * (double)b[i];
    }
    return sqrt(difference) / fmax(sqrt(norm), least);
}

static double norm_of(const float *a, size_t n) {
    double square = 0;
    for (size_t i = 0; i < n; i++)
        square += (double)a[i] * (double)a[i];
    return sqrt(square);
}

/* float32 sums of n terms in another order: u sqrt(n) = 2e-6 for 16 x 16 x 6 pixels, and digits
 * that cancel where a convolution stands before BatchNorm: TIGHT. A rectifier or a maximum whose
 * inputs round to the other side takes one of its layer's some 10^3 summands away: LOOSE, seen for
 * one seed in several. Returned: the worst error of a gradient. */
static const double TIGHT = 2e-4, LOOSE = 3e-2;

static double compare(const pl_net *whole, const float *z, rank *r, const char *model) {
    size_t count, n;
    const pl_parameter *p = pl_net_parameters(whole, &n), *q[RANKS];
    double largest = 0, worst = 0;
    for (int k = 0; k < RANKS; k++) {
        ck_assert_int_eq(r[k].status, PL_OK);
        double error = apart(r[k].z, z + k * OWN * EMBEDDING, OWN * EMBEDDING, 0);
        ck_assert_msg(error < TIGHT, "%s: embeddings of rank %d are off by %.2e", model, k, error);
        const float *gradient = pl_net_gradients(r[k].net, &count);
        ck_assert_msg(r[k].ordered && r[k].ready == 0, "%s: not every gradient was called ready",
                      model);
        ck_assert_msg(memcmp(r[k].early, gradient, count * sizeof *gradient) == 0,
                      "%s: a gradient changed after it was called ready", model);
        q[k] = pl_net_parameters(r[k].net, &n);
    }
    for (size_t i = 0; i < n; i++)
        largest = fmax(largest, norm_of(p[i].gradient, p[i].count));
    for (size_t i = 0; i < n; i++) {
        for (int k = 1; k < RANKS; k++)
            for (size_t j = 0; j < p[i].count; j++)
                q[0][i].gradient[j] += q[k][i].gradient[j];
        double error = apart(q[0][i].gradient, p[i].gradient, p[i].count, 1e-3 * largest);
        ck_assert_msg(error < LOOSE, "%s: gradient of %s is off by %.2e", model, p[i].name, error);
        worst = fmax(worst, error);
    }
    p = pl_net_buffers(whole, &n);
    for (int k = 0; k < RANKS; k++)
        q[k] = pl_net_buffers(r[k].net, &n);
    for (size_t i = 0; i < n; i++)
        for (int k = 0; k < RANKS && p[i].value; k++) {
            ck_assert_msg(apart(q[k][i].value, p[i].value, p[i].count, 1e-3) < 1e-5,
                          "%s: %s of rank %d", model, p[i].name, k);
            ck_assert_msg(memcmp(q[k][i].value, q[0][i].value, p[i].count * sizeof(float)) == 0,
                          "%s: %s has other bits on rank %d", model, p[i].name, k);
        }
    return worst;
}

static double share_once(const char *model, int threads, double mean, uint64_t seed) {
    rank r[RANKS];
    pthread_t thread[RANKS];
    pl_ctx *ctx = pl_ctx_new();
    const float *z;
    pl_set_threads(ctx, threads);
    fill(images, BATCH * IMAGE, seed, mean);
    fill(dz, BATCH * EMBEDDING, seed + 1, 0);
    pl_net *whole = net_of(ctx, model, BATCH);
    ck_ok(ctx, pl_net_forward(ctx, whole, images, BATCH, true, NULL, &z));
    ck_ok(ctx, pl_net_backward(ctx, whole, dz));
    pthread_barrier_init(&everyone, NULL, RANKS);
    for (int k = 0; k < RANKS; k++) {
        r[k] = (rank){.number = k, .ctx = pl_ctx_new(), .ordered = true};
        pl_set_threads(r[k].ctx, threads);
        r[k].net = net_of(r[k].ctx, model, OWN);
        const pl_net_peers peers = {RANKS, sum, ready, &r[k]};
        pl_net_share(r[k].net, &peers);
        pl_net_gradients(r[k].net, &r[k].ready);
        r[k].early = calloc(r[k].ready, sizeof *r[k].early);
    }
    for (int k = 0; k < RANKS; k++)
        ck_assert_int_eq(pthread_create(&thread[k], NULL, work, &r[k]), 0);
    for (int k = 0; k < RANKS; k++)
        pthread_join(thread[k], NULL);
    double worst = compare(whole, z, r, model);
    for (int k = 0; k < RANKS; k++) {
        pl_net_free(r[k].net);
        pl_ctx_free(r[k].ctx);
        free(r[k].early);
    }
    pthread_barrier_destroy(&everyone);
    pl_net_free(whole);
    pl_ctx_free(ctx);
    return worst;
}

/* A mean of 50 standard deviations: sums about any origin that is not near it lose digits. */
static void shares(const char *model, int threads, double mean) {
    double worst = 1;
    for (uint64_t seed = 1; seed < 10 && worst > TIGHT; seed += 2)
        worst = share_once(model, threads, mean, seed);
    ck_assert_msg(worst <= TIGHT, "%s: gradients are off by %.2e for every seed", model, worst);
}

START_TEST(pools_and_vectors) {
    shares("small-cnn", 1, 0);
    shares("small-cnn", 2, 0);
}
END_TEST

START_TEST(residuals) {
    shares("resnet18", 1, 0);
}
END_TEST

START_TEST(far_from_the_origin) {
    shares("small-cnn", 1, 50);
}
END_TEST

/* Alone again, a network's moments are its own batch's: the bits of one that never shared. */
START_TEST(alone_again) {
    pl_ctx *ctx = pl_ctx_new();
    const pl_net_peers peers = {RANKS, sum, ready, NULL};
    const float *z[2];
    pl_net *net[2];
    fill(images, BATCH * IMAGE, 1, 0);
    for (int k = 0; k < 2; k++) {
        net[k] = net_of(ctx, "small-cnn", BATCH);
        if (k == 1) {
            pl_net_share(net[k], &peers);
            pl_net_share(net[k], NULL);
        }
        ck_ok(ctx, pl_net_forward(ctx, net[k], images, BATCH, true, NULL, &z[k]));
    }
    ck_assert_mem_eq(z[0], z[1], BATCH * EMBEDDING * sizeof(float));
    for (int k = 0; k < 2; k++)
        pl_net_free(net[k]);
    pl_ctx_free(ctx);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {pools_and_vectors, residuals, far_from_the_origin, alone_again};
    return test_main("nn/share", tests, TEST_COUNT(tests));
}
