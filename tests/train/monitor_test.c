#include "train/monitor.h"

#include "ssl/estimates.h"
#include "ssl/spectrum.h"
#include "train/run.h"

#include "tests/train/fixture.h"

enum { VIEWS = 4, D = 8, ROWS = FIXTURE_TRAIN * VIEWS };
static const double ALPHA = 4;

static pl_ctx *ctx;
static pl_dataset data;
static pl_augment *views;
static pl_net *net;

/* A network of the fixture's, untrained. */
static void setup(void) {
    ctx = pl_ctx_new();
    fixture_begin();
    pl_options *o = fixture_options(ctx, "run", "");
    pl_settings s;
    ck_ok(ctx, pl_settings_take(ctx, o, &s));
    ck_ok(ctx, pl_dataset_open(ctx, &s, PL_SPLIT_TRAIN, &data));
    ck_ok(ctx, pl_augment_new(ctx, &s.augment, &data.images, &views));
    ck_ok(ctx, pl_network_new(ctx, &s, views, 32, &net));
    pl_options_free(o);
}

static void teardown(void) {
    pl_net_free(net);
    pl_augment_free(views);
    pl_dataset_free(&data);
    scratch_end();
    pl_ctx_free(ctx);
}

static pl_encoding encoding(void) {
    return (pl_encoding){
        .net = net, .augment = views, .images = &data.images, .seed = 9, .views = VIEWS};
}

/* The unit embeddings that a monitor of all images sees, image by image. */
static void embed(float *z) {
    pl_encoding e = encoding();
    e.series = PL_SERIES(PL_SERIES_MONITOR);
    e.embedding = true;
    ck_ok(ctx, pl_encode(ctx, &e, NULL, FIXTURE_TRAIN, z));
    ck_assert(pl_unit_floats(z, ROWS, D));
}

static double distance2(const float *a, const float *b) {
    double sum = 0;
    for (size_t k = 0; k < D; k++)
        sum += ((double)a[k] - (double)b[k]) * ((double)a[k] - (double)b[k]);
    return sum;
}

/* Fails when a column has another's value, another power, scale or alpha, or other views than those
 * of the monitor's series: alignment, uniformity and the attraction gap by their definitions, the
 * others by the estimates that `plumb measure` uses. */
START_TEST(columns_are_their_definitions) {
    static float z[ROWS * D];
    pl_theory t;
    pl_monitor *m = NULL;
    setup();
    const pl_encoding e = encoding();
    embed(z);
    ck_ok(ctx, pl_monitor_new(ctx, &e, data.chosen, data.count, FIXTURE_TRAIN, ALPHA, &m));
    ck_ok(ctx, pl_monitor_measure(ctx, m, &t));
    double alignment = 0, potential = 0, gap = 0;
    for (size_t i = 0; i < FIXTURE_TRAIN; i++) {
        const float *own = z + i * VIEWS * D;
        double square = 0;
        for (size_t v = 0; v < VIEWS; v++)
            for (size_t w = 0; w < v; w++)
                alignment += distance2(own + v * D, own + w * D);
        for (size_t k = 0; k < D; k++) {
            double mean = 0;
            for (size_t v = 0; v < VIEWS; v++)
                mean += (double)own[v * D + k] / VIEWS;
            square += mean * mean;
        }
        gap += sqrt(square) - square;
        for (size_t j = 0; j < FIXTURE_TRAIN; j++)
            for (size_t v = 0; v < VIEWS && j != i; v++)
                potential += exp(-2 * distance2(own + v * D, z + (j * VIEWS + v) * D));
    }
    double n = FIXTURE_TRAIN, pairs = VIEWS * (VIEWS - 1) / 2.0;
    ck_close(t.alignment, alignment / (n * pairs), 1e-6);
    ck_close(t.uniformity, log(potential / (n * (n - 1) * VIEWS)), 1e-6);
    ck_close(t.attraction_gap, gap / n, 1e-6);

    const pl_features f = {.images = FIXTURE_TRAIN,
                           .views = VIEWS,
                           .dim = D,
                           .classes = 10,
                           .label = data.label,
                           .normalized = true,
                           .array = {PL_F32, 3, {FIXTURE_TRAIN, VIEWS, D}, ROWS * D, z}};
    pl_repulsion_estimate repulsion;
    pl_bias_estimate bias;
    pl_spectrum spectrum;
    ck_ok(ctx, pl_estimate_repulsion(ctx, &f, ALPHA, NULL, FIXTURE_TRAIN, 0.95, &repulsion));
    ck_close(t.repulsion_gap, repulsion.gap.value, 1e-6);
    ck_close(t.repulsion_violations, repulsion.violation_rate.value, 1e-12);
    ck_ok(ctx, pl_estimate_bias(ctx, &f, 0.95, &bias));
    ck_close(t.prototype_bias, bias.second.value, 1e-6);
    ck_ok(ctx, pl_spectrum_new(ctx, &f, &spectrum));
    ck_close(t.effective_rank, spectrum.effective_rank, 1e-6);
    pl_spectrum_free(&spectrum);
    pl_monitor_free(m);
    teardown();
}
END_TEST

/* A few of many images: the same every time, all classes alike; fails when a second look differs.
 */
START_TEST(the_same_images_every_time) {
    pl_theory one, two;
    pl_monitor *m = NULL;
    setup();
    const pl_encoding e = encoding();
    ck_ok(ctx, pl_monitor_new(ctx, &e, data.chosen, data.count, 20, ALPHA, &m));
    ck_ok(ctx, pl_monitor_measure(ctx, m, &one));
    ck_ok(ctx, pl_monitor_measure(ctx, m, &two));
    ck_assert_mem_eq(&one, &two, sizeof one);
    pl_monitor_free(m);
    teardown();
}
END_TEST

int main(void) {
    const TTest *const tests[] = {columns_are_their_definitions, the_same_images_every_time};
    return test_main("train/monitor", tests, TEST_COUNT(tests));
}
