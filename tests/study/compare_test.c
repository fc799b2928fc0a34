#include "study/compare.h"

#include <sys/stat.h>

#include "study/study.h"
#include "tests/train/fixture.h"

static pl_ctx *ctx;
static char keep[700];

static void setup(void) {
    ctx = pl_ctx_new();
    pl_set_threads(ctx, 1);
    fixture_begin();
    snprintf(keep, sizeof keep, "%s/kept", scratch_dir);
}

static void teardown(void) {
    char command[800];
    snprintf(command, sizeof command, "rm -rf '%s'", keep);
    ck_assert_int_eq(system(command), 0);
    scratch_end();
    pl_ctx_free(ctx);
}

static pl_table *table_of(const pl_program *program, const char *more) {
    char text[2000];
    pl_options *o = NULL;
    pl_table *t = NULL;
    snprintf(text, sizeof text,
             "--data mnist:%s --model mlp:32 --images 64 --epochs 2 --replicates 3 --keep %s %s",
             scratch_dir, keep, more);
    ck_ok(ctx, pl_options_parse_text(ctx, program->options, NULL, text, &o));
    ck_ok(ctx, pl_program_run(ctx, program, o, &t));
    pl_options_free(o);
    return t;
}

/* Fails if a comparison were of other networks than those that --each shows, were not paired by
 * seed, or had another interval than the t distribution's with 2 degrees of freedom. */
START_TEST(comparisons_are_paired_differences_of_the_networks) {
    setup();
    pl_table *t = table_of(&pl_study_augmentation, "--arm no-blur"),
             *each = table_of(&pl_study_augmentation, "--arm no-blur --each");
    ck_assert_uint_eq(pl_table_rows(each), 6);       /* simclr, no-blur x 3 seeds */
    ck_assert_uint_eq(pl_table_rows(t), 2);          /* accuracy, which is easy here, and bias */
    double spread = 0, quantile = 4.302652729749464; /* t, 2 df, 97.5 % */
    for (size_t row = 0; row < 2; row++) {
        size_t measure = pl_table_find(each, pl_table_word(t, row, 2));
        double difference[3], mean = 0, square = 0;
        ck_assert_str_eq(pl_table_word(t, row, 0), "no-blur");
        ck_assert_str_eq(pl_table_word(t, row, 1), "simclr");
        for (size_t k = 0; k < 3; k++) {
            difference[k] = pl_table_at(each, 3 + k, measure) - pl_table_at(each, k, measure);
            mean += difference[k] / 3;
        }
        for (size_t k = 0; k < 3; k++)
            square += pow(difference[k] - mean, 2);
        double error = sqrt(square / 2 / 3);
        spread = fmax(spread, error);
        ck_close(pl_table_at(t, row, pl_table_find(t, "gain")), mean, 1e-12);
        ck_close(pl_table_at(t, row, pl_table_find(t, "error")), error, 1e-12);
        ck_close(pl_table_at(t, row, pl_table_find(t, "lo")), mean - quantile * error, 1e-9);
        ck_close(pl_table_at(t, row, pl_table_find(t, "hi")), mean + quantile * error, 1e-9);
    }
    ck_assert(spread > 1e-5); /* else nothing was compared */
    pl_table_free(t);
    pl_table_free(each);
    teardown();
}
END_TEST

/* Least squares of `linear` on one or two columns over the rows of one seed, by Cramer's rule. */
static void fit(const pl_table *t, double seed, size_t skip, const char *p, const char *q,
                double slope[2]) {
    size_t cy = pl_table_find(t, "linear"), cp = pl_table_find(t, p), cq = pl_table_find(t, q);
    double n = 0, mp = 0, mq = 0, my = 0, pp = 0, pq = 0, qq = 0, py = 0, qy = 0;
    for (int pass = 0; pass < 2; pass++)
        for (size_t r = 0; r + skip < pl_table_rows(t); r++) {
            double x = pl_table_at(t, r, cp), z = pl_table_at(t, r, cq), y = pl_table_at(t, r, cy);
            if (pl_table_at(t, r, pl_table_find(t, "seed")) != seed)
                continue;
            if (pass == 0) {
                mp = (n * mp + x) / (n + 1);
                mq = (n * mq + z) / (n + 1);
                my = (n * my + y) / (n + 1);
                n++;
                continue;
            }
            pp += (x - mp) * (x - mp);
            pq += (x - mp) * (z - mq);
            qq += (z - mq) * (z - mq);
            py += (x - mp) * (y - my);
            qy += (z - mq) * (y - my);
        }
    slope[0] = p == q ? py / pp : (py * qq - qy * pq) / (pp * qq - pq * pq);
    slope[1] = p == q ? slope[0] : (qy * pp - py * pq) / (pp * qq - pq * pq);
}

static void compare_slope(const pl_table *t, const double slope[3], const char *name,
                          const char *error_name) {
    double got, error, mean = (slope[0] + slope[1] + slope[2]) / 3, square = 0;
    for (size_t k = 0; k < 3; k++)
        square += pow(slope[k] - mean, 2);
    ck_assert(pl_table_lookup(t, name, &got) && pl_table_lookup(t, error_name, &error));
    ck_assert(fabs(mean) > 1e-4 && square > 0); /* else nothing was compared */
    ck_close(got, mean, 1e-9 * (1 + fabs(mean)));
    ck_close(error, sqrt(square / 2 / 3), 1e-9 * (1 + fabs(mean)));
}

/* Fails if a slope were over other networks (the untrained among them), of other columns, or its
 * error not that of the mean over seeds. Two features: accuracies differ. */
START_TEST(slopes_are_least_squares_seed_by_seed) {
    double bias[3], alignment[3], uniformity[3], both[2];
    setup();
    pl_table *t = table_of(&pl_study_augmentation, "--model mlp:2 --each");
    for (size_t k = 0; k < 3; k++) {
        fit(t, (double)(k + 1), 3, "prototype_bias", "prototype_bias", both); /* last: untrained */
        bias[k] = both[0];
    }
    compare_slope(t, bias, "slope", "slope_error");
    pl_table_free(t);
    t = table_of(&pl_study_plane, "--model mlp:2 --each");
    for (size_t k = 0; k < 3; k++) {
        fit(t, (double)(k + 1), 0, "alignment", "uniformity", both);
        alignment[k] = both[0];
        uniformity[k] = both[1];
    }
    compare_slope(t, alignment, "alignment_slope", "alignment_error");
    compare_slope(t, uniformity, "uniformity_slope", "uniformity_error");
    pl_table_free(t);
    teardown();
}
END_TEST

static study_store store;

static const char *const *cell_words(void) {
    static char data[600];
    static const char *words[] = {data,         "--model=mlp:8", "--batch=16", "--epochs=4",
                                  "--warmup=0", "--every=1",     NULL};
    snprintf(data, sizeof data, "--data=mnist:%s", scratch_dir);
    ck_ok(ctx, study_store_new(ctx, keep, data + strlen("--data="), "fashion-mnist", &store));
    return words;
}

/* Fails if a cell that is there were trained again, or its result came back changed. */
START_TEST(a_cell_is_trained_once) {
    setup();
    study_cell first, second;
    const char *const *words = cell_words();
    bool known;
    ck_ok(ctx, study_cell_known(ctx, &store, words, 5, &known));
    ck_assert(!known);
    ck_ok(ctx, study_cell_get(ctx, &store, words, 5, "first", &first));
    ck_ok(ctx, study_cell_known(ctx, &store, words, 5, &known));
    ck_assert(known);
    ck_ok(ctx, study_cell_get(ctx, &store, words, 5, "second", &second));
    ck_assert_uint_eq(first.epochs, 4);
    ck_assert_mem_eq(first.history, second.history,
                     4 * PL_EPOCH_COLUMNS * sizeof *first.history); /* NaN and all */
    ck_assert(first.linear == second.linear && first.knn == second.knn);
    ck_assert(isnan(first.linear_subclass)); /* no subclasses here */
    study_cell_free(&first);
    study_cell_free(&second);
    ck_ok(ctx, study_cell_known(ctx, &store, words, 6, &known));
    ck_assert(!known);
    teardown();
}
END_TEST

/* Fails if other pixels under the same name were taken for the images of before. */
START_TEST(other_images_are_other_cells) {
    setup();
    const char *const *words = cell_words();
    study_cell c;
    bool known;
    ck_ok(ctx, study_cell_get(ctx, &store, words, 1, "", &c));
    study_cell_free(&c);
    fixture_write("train-images-idx3-ubyte", true, FIXTURE_TRAIN, 9);
    words = cell_words();
    ck_ok(ctx, study_cell_known(ctx, &store, words, 1, &known));
    ck_assert(!known);
    teardown();
}
END_TEST

/* Fails if a damaged result were believed. */
START_TEST(a_damaged_result_is_named) {
    setup();
    const char *const *words = cell_words();
    study_cell c;
    char command[900];
    ck_ok(ctx, study_cell_get(ctx, &store, words, 1, "", &c));
    study_cell_free(&c);
    snprintf(command, sizeof command, "for f in '%s'/*/cell.json; do echo '{' >$f; done", keep);
    ck_assert_int_eq(system(command), 0);
    ck_fails(ctx, study_cell_get(ctx, &store, words, 1, "", &c), PL_EINPUT, "cell.json is damaged");
    teardown();
}
END_TEST

/* Fails if a run without finite loss ended the study: its last good checkpoint counts. */
START_TEST(a_network_that_diverges_is_a_result) {
    setup();
    static char data[600];
    const char *words[] = {data,         "--model=mlp:8", "--batch=16",      "--epochs=3",
                           "--warmup=0", "--lr=1e6",      "--loss=spectral", NULL};
    study_cell c;
    snprintf(data, sizeof data, "--data=mnist:%s", scratch_dir);
    ck_ok(ctx, study_store_new(ctx, keep, data + strlen("--data="), "fashion-mnist", &store));
    ck_ok(ctx, study_cell_get(ctx, &store, words, 1, "wild", &c));
    ck_assert(isfinite(c.linear));
    ck_assert(isnan(study_measure(&c, "loss")));
    ck_assert_uint_eq(pl_warnings(ctx), 1);
    study_cell_free(&c);
    teardown();
}
END_TEST

START_TEST(bad_input_is_named) {
    setup();
    pl_options *o = NULL;
    pl_table *t = NULL;
    ck_ok(ctx, pl_options_parse_text(ctx, study_options, NULL, "--data cifar10:/nowhere", &o));
    ck_fails(ctx, pl_program_run(ctx, &pl_study_balance, o, &t), PL_EIO,
             "smaller stand-in is --data fashion-mnist");
    pl_options_free(o);
    ck_ok(ctx, pl_options_parse_text(ctx, study_options, NULL, "--arm cosin", &o));
    ck_fails(ctx, pl_program_run(ctx, &pl_study_similarity, o, &t), PL_EUSAGE,
             "the nearest are 'cosine'");
    pl_options_free(o);
    teardown();
}
END_TEST

static void write_cifar100(const char *name, size_t n) {
    enum { RECORD = 2 + 3 * 32 * 32 };
    unsigned char *bytes = calloc(n, RECORD);
    ck_assert_ptr_nonnull(bytes);
    for (size_t i = 0; i < n; i++) {
        unsigned char *r = bytes + i * RECORD;
        r[0] = (unsigned char)(i % 4);
        r[1] = (unsigned char)(i % 8);
        for (size_t k = 2; k < RECORD; k++)
            r[k] = (unsigned char)(20 * r[1] + 90 * pl_stream_uniform((pl_stream){3, n, i}, k));
    }
    scratch_put(name, bytes, n * RECORD);
    free(bytes);
}

/* Fails if images that have subclasses of their own were made coarser like those of a name that
 * theirs begins with: cifar10's ten classes. */
START_TEST(a_name_is_not_its_beginning) {
    char text[2000];
    pl_options *o = NULL;
    pl_table *t = NULL;
    setup();
    write_cifar100("train.bin", 80);
    write_cifar100("test.bin", 40);
    snprintf(text, sizeof text,
             "--data cifar100-coarse:%s --model mlp:32 --images 80 --epochs 1 --replicates 2 "
             "--arm ucl --measure ridge_subclass --keep %s",
             scratch_dir, keep);
    ck_ok(ctx, pl_options_parse_text(ctx, study_options, NULL, text, &o));
    ck_ok(ctx, pl_program_run(ctx, &pl_study_collapse, o, &t));
    ck_assert(pl_table_at(t, 0, pl_table_find(t, "arm_mean")) > 0);
    pl_table_free(t);
    pl_options_free(o);
    teardown();
}
END_TEST

/* Fails if a study could not be run on images without subclasses, or said nothing. */
START_TEST(every_study_runs_at_a_small_size) {
    setup();
    const pl_program *const programs[] = {&pl_study_augmentation, &pl_study_lambda, &pl_study_gaps,
                                          &pl_study_collapse, &pl_study_balance};
    for (size_t i = 0; i < TEST_COUNT(programs); i++) {
        pl_table *t = table_of(programs[i], "");
        ck_assert_uint_gt(pl_table_rows(t), 1);
        pl_table_free(t);
    }
    teardown();
}
END_TEST

int main(void) {
    const TTest *const tests[] = {comparisons_are_paired_differences_of_the_networks,
                                  slopes_are_least_squares_seed_by_seed,
                                  a_cell_is_trained_once,
                                  other_images_are_other_cells,
                                  a_damaged_result_is_named,
                                  a_network_that_diverges_is_a_result,
                                  bad_input_is_named,
                                  a_name_is_not_its_beginning,
                                  every_study_runs_at_a_small_size};
    return test_main("study/compare", tests, TEST_COUNT(tests));
}
