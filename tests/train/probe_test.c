#include "train/probe.h"
#include "train/probe_ridge.h"

#include "math/random.h"
#include "tests/support.h"

enum { DIM = 5, TRAIN = 400, TEST = 200, CLASSES = 3 };

static float train_x[TRAIN * DIM], test_x[TEST * DIM];
static size_t train_y[TRAIN], test_y[TEST];

/* Normal classes whose means are `apart` from the origin along their own axis. */
static void draw(double apart, uint64_t seed, size_t n, float *x, size_t *y) {
    double normal[TRAIN * DIM];
    pl_stream_normals((pl_stream){seed, 1, 0}, 0, n * DIM, normal);
    for (size_t i = 0; i < n; i++) {
        y[i] = i % CLASSES;
        for (size_t k = 0; k < DIM; k++)
            x[i * DIM + k] = (float)(normal[i * DIM + k] + (k == y[i] ? apart : 0));
    }
}

static pl_probe_set train_set(void) {
    return (pl_probe_set){train_x, train_y, TRAIN};
}

static pl_probe_set test_set(void) {
    return (pl_probe_set){test_x, test_y, TEST};
}

static void setup(double apart) {
    draw(apart, 1, TRAIN, train_x, train_y);
    draw(apart, 2, TEST, test_x, test_y);
}

/* Classes far apart are told apart, classes that do not exist are not, and the interval holds the
 * truth; fails when labels and features are mixed up, or a set is read as the other one. */
START_TEST(far_and_absent_classes) {
    pl_ctx *ctx = pl_ctx_new();
    const pl_linear_spec spec = pl_linear_defaults();
    pl_probe_score s;
    setup(12);
    ck_ok(ctx, pl_probe_linear(ctx, train_set(), test_set(), DIM, CLASSES, &spec, 0.95, &s));
    ck_close(s.accuracy, 1, 0);
    ck_close(s.hi, 1, 0);
    ck_close(s.lo, pow(0.025, 1.0 / TEST), 1e-10); /* Clopper-Pearson of n of n */
    ck_ok(ctx, pl_probe_knn(ctx, train_set(), test_set(), DIM, CLASSES, 20, 0.07, 0.95, &s));
    ck_close(s.accuracy, 1, 0);
    setup(0);
    ck_ok(ctx, pl_probe_linear(ctx, train_set(), test_set(), DIM, CLASSES, &spec, 0.9999, &s));
    ck_assert(s.lo < 1.0 / 3 && 1.0 / 3 < s.hi);
    ck_ok(ctx, pl_probe_knn(ctx, train_set(), test_set(), DIM, CLASSES, 20, 0.07, 0.9999, &s));
    ck_assert(s.lo < 1.0 / 3 && 1.0 / 3 < s.hi);
    pl_ctx_free(ctx);
}
END_TEST

/* Standardisation: units and origins of the features have no say. */
START_TEST(linear_probe_is_free_of_units) {
    pl_ctx *ctx = pl_ctx_new();
    const pl_linear_spec spec = {.decay = 1e-3, .iterations = 1000, .gradient = 1e-9};
    pl_probe_score before, after;
    setup(1.5);
    ck_ok(ctx, pl_probe_linear(ctx, train_set(), test_set(), DIM, CLASSES, &spec, 0.95, &before));
    ck_assert(before.converged);
    ck_assert(before.accuracy > 0.6 && before.accuracy < 0.98);
    for (size_t i = 0; i < TRAIN * DIM; i++)
        train_x[i] = train_x[i] * (float)(1 << i % DIM) + 8;
    for (size_t i = 0; i < TEST * DIM; i++)
        test_x[i] = test_x[i] * (float)(1 << i % DIM) + 8;
    ck_ok(ctx, pl_probe_linear(ctx, train_set(), test_set(), DIM, CLASSES, &spec, 0.95, &after));
    ck_assert_uint_eq(before.hits, after.hits);
    ck_close(after.loss, before.loss, 1e-6); /* up to the rounding of the moved features */
    pl_ctx_free(ctx);
}
END_TEST

/* One convex objective, two ways to its minimum. Full batches make SGD gradient descent, which gets
 * there; mini-batches end near it, for their rate falls to 0. Fails when a gradient, the decay's
 * share of weights and biases, or the preconditioner's change of variables is wrong: L-BFGS then
 * ends elsewhere. */
START_TEST(lbfgs_and_sgd_meet) {
    pl_ctx *ctx = pl_ctx_new();
    const pl_linear_spec newton = {.decay = 1e-2, .iterations = 1000, .gradient = 1e-10};
    pl_linear_spec descent = {
        .by = PL_PROBE_SGD, .decay = 1e-2, .epochs = 3000, .batch = TRAIN, .seed = 3};
    pl_probe_score least, full, mini;
    setup(1.5);
    for (size_t i = 0; i < TRAIN * DIM; i++) /* features that go together */
        train_x[i] += i % DIM ? 2 * train_x[i - i % DIM] : 0;
    for (size_t i = 0; i < TEST * DIM; i++)
        test_x[i] += i % DIM ? 2 * test_x[i - i % DIM] : 0;
    ck_ok(ctx, pl_probe_linear(ctx, train_set(), test_set(), DIM, CLASSES, &newton, 0.95, &least));
    ck_assert(least.converged && least.gradient < 1e-8);
    ck_ok(ctx, pl_probe_linear(ctx, train_set(), test_set(), DIM, CLASSES, &descent, 0.95, &full));
    ck_assert_uint_eq(full.iterations, descent.epochs);
    ck_close(full.loss, least.loss, 1e-9);
    ck_assert_uint_eq(full.hits, least.hits);
    descent.batch = 32;
    descent.epochs = 200;
    ck_ok(ctx, pl_probe_linear(ctx, train_set(), test_set(), DIM, CLASSES, &descent, 0.95, &mini));
    ck_assert_uint_eq(mini.iterations, 200 * (TRAIN / 32));
    ck_assert(mini.loss > least.loss - 1e-12);
    /* strong convexity: f - f* <= |g|^2 / (2 decay) */
    ck_assert_msg(mini.loss - least.loss <= mini.gradient * mini.gradient / (2 * descent.decay) &&
                      mini.loss - least.loss < 1e-3,
                  "%.9g above the minimum, gradient %.3g", mini.loss - least.loss, mini.gradient);
    pl_ctx_free(ctx);
}
END_TEST

/* The vote by its definition, all similarities of a query sorted in the plainest way. */
static size_t knn_ref(size_t k, double tau) {
    size_t hits = 0;
    for (size_t q = 0; q < TEST; q++) {
        double s[TRAIN], vote[CLASSES] = {0};
        bool used[TRAIN] = {false};
        for (size_t i = 0; i < TRAIN; i++) {
            double dot = 0, a = 0, b = 0;
            for (size_t j = 0; j < DIM; j++) {
                double x = (double)test_x[q * DIM + j], y = (double)train_x[i * DIM + j];
                dot += x * y;
                a += x * x;
                b += y * y;
            }
            s[i] = dot / sqrt(a * b);
        }
        for (size_t m = 0; m < k; m++) {
            size_t best = TRAIN;
            for (size_t i = 0; i < TRAIN; i++)
                if (!used[i] && (best == TRAIN || s[i] > s[best]))
                    best = i;
            used[best] = true;
            vote[train_y[best]] += exp(s[best] / tau);
        }
        size_t winner = 0;
        for (size_t c = 1; c < CLASSES; c++)
            if (vote[c] > vote[winner])
                winner = c;
        hits += winner == test_y[q];
    }
    return hits;
}

START_TEST(vote_is_its_definition) {
    pl_ctx *ctx = pl_ctx_new();
    pl_probe_score s;
    setup(1.5);
    for (size_t k = 1; k <= TRAIN; k = 3 * k + 2) {
        ck_ok(ctx, pl_probe_knn(ctx, train_set(), test_set(), DIM, CLASSES, k, 0.2, 0.95, &s));
        ck_assert_uint_eq(s.hits, knn_ref(k, 0.2));
    }
    pl_ctx_free(ctx);
}
END_TEST

/* The same bits for any number of threads. */
START_TEST(threads_have_no_say) {
    pl_ctx *ctx = pl_ctx_new();
    const pl_linear_spec spec = pl_linear_defaults();
    pl_probe_score one, three;
    setup(1);
    pl_set_threads(ctx, 1);
    ck_ok(ctx, pl_probe_linear(ctx, train_set(), test_set(), DIM, CLASSES, &spec, 0.95, &one));
    pl_set_threads(ctx, 3);
    ck_ok(ctx, pl_probe_linear(ctx, train_set(), test_set(), DIM, CLASSES, &spec, 0.95, &three));
    ck_assert_uint_eq(one.hits, three.hits);
    ck_assert_uint_eq(one.iterations, three.iterations);
    pl_ctx_free(ctx);
}
END_TEST

START_TEST(what_is_refused) {
    pl_ctx *ctx = pl_ctx_new();
    pl_linear_spec spec = pl_linear_defaults();
    pl_probe_score s;
    setup(1);
    ck_fails(ctx, pl_probe_knn(ctx, train_set(), test_set(), DIM, CLASSES, TRAIN + 1, 1, 0.95, &s),
             PL_EDOMAIN, "401");
    ck_fails(ctx, pl_probe_knn(ctx, train_set(), test_set(), DIM, CLASSES, 5, 0, 0.95, &s),
             PL_EDOMAIN, "temperature");
    ck_fails(ctx, pl_probe_knn(ctx, train_set(), test_set(), DIM, 2, 5, 1, 0.95, &s), PL_EDOMAIN,
             "label 2");
    memset(test_x + 3 * DIM, 0, DIM * sizeof *test_x);
    ck_fails(ctx, pl_probe_knn(ctx, train_set(), test_set(), DIM, CLASSES, 5, 1, 0.95, &s),
             PL_EDOMAIN, "test feature 3");
    spec.by = PL_PROBE_SGD;
    spec.batch = 0;
    ck_fails(ctx, pl_probe_linear(ctx, train_set(), test_set(), DIM, CLASSES, &spec, 0.95, &s),
             PL_EDOMAIN, "batches of 0");
    spec.decay = -1;
    ck_fails(ctx, pl_probe_linear(ctx, train_set(), test_set(), DIM, CLASSES, &spec, 0.95, &s),
             PL_EDOMAIN, "decay");
    ck_fails(ctx,
             pl_probe_linear(ctx, train_set(), (pl_probe_set){test_x, test_y, 0}, DIM, CLASSES,
                             &spec, 0.95, &s),
             PL_ESHAPE, "0 test");
    pl_ctx_free(ctx);
}
END_TEST

START_TEST(out_of_memory) {
    pl_ctx *ctx = pl_ctx_new();
    pl_linear_spec spec = {
        .decay = 1e-3, .iterations = 3, .gradient = 1e-9, .epochs = 2, .batch = 9};
    pl_probe_score s;
    setup(1);
    for (size_t k = 1;; k++) {
        pl_ctx_fail_allocation(ctx, k);
        pl_status status =
            pl_probe_linear(ctx, train_set(), test_set(), DIM, CLASSES, &spec, 0.95, &s);
        spec.by = PL_PROBE_SGD;
        if (status == PL_OK)
            status = pl_probe_linear(ctx, train_set(), test_set(), DIM, CLASSES, &spec, 0.95, &s);
        spec.by = PL_PROBE_LBFGS;
        if (status == PL_OK)
            status = pl_probe_knn(ctx, train_set(), test_set(), DIM, CLASSES, 5, 1, 0.95, &s);
        pl_ctx_fail_allocation(ctx, 0);
        if (status == PL_OK)
            break;
        ck_assert_int_eq(status, PL_ENOMEM);
    }
    pl_ctx_free(ctx);
}
END_TEST

/* One feature, +-a, and a quarter of the images in class 1. Centred, its variance is s = 3 a^2/4,
 * and the fitted share of class 1 at a class-1 image is 1/4 + 3/4 s/(s + ridge): above one half
 * while ridge < 2 s. Fails if the ridge were off by 1 %, or were not absolute (features rescaled).
 */
START_TEST(ridge_decides_where_theory_says) {
    enum { N = 40 };
    const double scales[] = {1, 0.01};
    float x[N];
    size_t y[N];
    pl_ctx *ctx = pl_ctx_new();
    for (size_t k = 0; k < 2; k++) {
        double a = scales[k];
        for (size_t i = 0; i < N; i++) {
            y[i] = i % 4 == 0;
            x[i] = (float)(y[i] ? a : -a);
        }
        a = (double)x[0];
        const pl_probe_set set = {x, y, N};
        pl_probe_score s;
        ck_ok(ctx, pl_probe_ridge(ctx, set, set, 1, 2, 0.995 * 1.5 * a * a, 0.95, &s));
        ck_assert_uint_eq(s.hits, N);
        ck_ok(ctx, pl_probe_ridge(ctx, set, set, 1, 2, 1.005 * 1.5 * a * a, 0.95, &s));
        ck_assert_uint_eq(s.hits, 3 * N / 4);
        ck_fails(ctx, pl_probe_ridge(ctx, set, set, 1, 2, -1, 0.95, &s), PL_EDOMAIN, "ridge is -1");
    }
    pl_ctx_free(ctx);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {far_and_absent_classes, linear_probe_is_free_of_units,
                                  lbfgs_and_sgd_meet,     vote_is_its_definition,
                                  threads_have_no_say,    what_is_refused,
                                  out_of_memory,          ridge_decides_where_theory_says};
    return test_main("train/probe", tests, TEST_COUNT(tests));
}
