/* The programs on XUE23 from outside: bad input with its remedy, a user's own features, allocation
 * failure, any number of threads. Their numbers are walked by xue23_golden_test. */

#include <stdio.h>
#include <unistd.h>

#include "base/npy.h"
#include "spectral/spectral.h"
#include "spectral/xue23_model.h"
#include "tests/support.h"

static pl_status attempt(pl_ctx *ctx, const pl_program *program, const char *preset) {
    pl_table *t = NULL;
    pl_status status = pl_program_run_preset(ctx, program, preset, 1, NULL, &t);
    ck_assert(status == PL_OK || t == NULL);
    pl_table_free(t);
    return status;
}

static double summary(const pl_table *t, const char *name) {
    double value;
    ck_assert_msg(pl_table_lookup(t, name, &value), "no %s", name);
    return value;
}

/* Fails if an option without meaning were computed instead of refused. */
START_TEST(bad_input_is_refused) {
    static const struct {
        const pl_program *program;
        const char *preset, *words;
        pl_status status;
    } list[] = {
        {&pl_spectral_minnorm, "--embedding 0", "embedding", PL_EUSAGE},
        {&pl_spectral_minnorm, "--phi 1,1", "K >= 3", PL_EDOMAIN},
        {&pl_spectral_minnorm, "--data cos-7x7", "expected model", PL_EUSAGE},
        {&pl_spectral_minnorm, "--labels y.npy", "need --features", PL_EUSAGE},
        {&pl_spectral_minnorm, "--loss joint:1.5", "joint", PL_EUSAGE},
        {&pl_spectral_minnorm, "--minimiser unwhitened --loss ucl", "goes with --loss scl",
         PL_EUSAGE},
        {&pl_spectral_collapse, "--minimiser noncollapsed --embedding 2", "--embedding 3",
         PL_EDOMAIN},
        {&pl_spectral_collapse, "--minimiser noncollapsed --noise sampled:60", "good event",
         PL_EDOMAIN},
        {&pl_spectral_collapse, "--noise sampled:3", "ambient dimension of 3", PL_EDOMAIN},
        {&pl_spectral_suppression, "--minimiser class-for-weakest --loss scl", "--loss ucl",
         PL_EDOMAIN},
        {&pl_spectral_early_learning, "--step 3", "take a step below", PL_ENOCONV},
        {&pl_spectral_early_learning, "--step 0", "step", PL_EUSAGE},
        {&pl_spectral_population, "--watch 9 --iterations 5", "0 to 5", PL_EUSAGE},
        {&pl_spectral_descent_selection, "--embedding 4", "1 to 3", PL_EUSAGE},
        {&pl_spectral_selection_map, "--vary beta --values 2", "at most 1", PL_EDOMAIN},
        {&pl_spectral_embeddings, "--repeats 1 --at 5,2", "ascending", PL_EUSAGE},
        {&pl_spectral_linear_features, "--features x.npy", "--features goes with", PL_EUSAGE},
    };
    pl_ctx *ctx = pl_ctx_new();
    for (size_t i = 0; i < TEST_COUNT(list); i++) {
        pl_status status = attempt(ctx, list[i].program, list[i].preset);
        ck_assert_msg(status == list[i].status && strstr(pl_message(ctx), list[i].words),
                      "%s %s: status %d, \"%s\"", list[i].program->name, list[i].preset,
                      (int)status, pl_message(ctx));
    }
    pl_ctx_free(ctx);
}
END_TEST

/* A hypothesis that the input misses is said, and the claim over it is then not applicable. */
START_TEST(missed_hypotheses_are_said) {
    pl_ctx *ctx = pl_ctx_new();
    pl_table *t = NULL;
    ck_ok(ctx, pl_program_run_preset(ctx, &pl_spectral_collapse, "--unbalanced", 1, NULL, &t));
    ck_assert_uint_eq(pl_table_unmets(t), 1);
    pl_table_free(t);
    ck_ok(ctx,
          pl_program_run_preset(ctx, &pl_spectral_suppression, "--noise sampled:60", 1, NULL, &t));
    ck_assert(pl_table_unmets(t) >= 1);
    pl_table_free(t);
    pl_ctx_free(ctx);
}
END_TEST

static char folder[64];

static const char *path(const char *name) {
    static char text[2][128];
    static int turn;
    turn = 1 - turn;
    snprintf(text[turn], sizeof text[turn], "%s/%s", folder, name);
    return text[turn];
}

/* Set A as a user would bring it: features without the bias, class and subclass per original. */
static void write_set_a(pl_ctx *ctx, size_t lonely) {
    const double phi[] = {0.9, 0.8, 1.5, 1.2, 0.6};
    xue23_spec spec = {
        .phi = phi, .features = 5, .sigma = 0.6, .views = 2, .repeats = 1, .bias = true};
    xue23_set s = {0};
    ck_ok(ctx, xue23_set_new(ctx, &spec, &s));
    size_t d = s.dims - 1;
    pl_array x = {0}, y = {0}, sub = {0};
    ck_ok(ctx, pl_array_new(ctx, PL_F64, 3, (size_t[]){s.originals, 2, d}, &x));
    ck_ok(ctx, pl_array_new(ctx, PL_I64, 1, (size_t[]){s.originals}, &y));
    ck_ok(ctx, pl_array_new(ctx, PL_I64, 1, (size_t[]){s.originals}, &sub));
    for (size_t c = 0; c < s.columns; c++) {
        for (size_t e = 1; e < XUE23_NONZEROS; e++)
            ((double *)x.data)[c * d + s.example[c].at[e] - 1] += s.example[c].value[e];
        ((int64_t *)y.data)[s.original[c]] = s.label[c] ? 7 : 3;
        ((int64_t *)sub.data)[s.original[c]] = s.subclass[c];
    }
    if (lonely)
        ((int64_t *)sub.data)[0] = 99;
    ck_ok(ctx, pl_npy_write(ctx, path("x.npy"), &x));
    ck_ok(ctx, pl_npy_write(ctx, path("y.npy"), &y));
    ck_ok(ctx, pl_npy_write(ctx, path("s.npy"), &sub));
    for (size_t i = 0; i < y.count; i++)
        ((int64_t *)y.data)[i] = 1;
    ck_ok(ctx, pl_npy_write(ctx, path("one.npy"), &y));
    pl_array_free(&x);
    pl_array_free(&y);
    pl_array_free(&sub);
    xue23_set_free(&s);
}

static void remove_files(void) {
    static const char *const names[] = {"x.npy", "y.npy", "s.npy", "one.npy"};
    for (size_t i = 0; i < TEST_COUNT(names); i++)
        unlink(path(names[i]));
    rmdir(folder);
}

/* The file route must come to the model's own numbers: bias, class and subclass direction are
 * found from the labels, where the class means carry a little of the noise (2 %). Fails if a
 * direction or a grouping were wrong. */
START_TEST(users_features_give_the_models_numbers) {
    pl_ctx *ctx = pl_ctx_new();
    snprintf(folder, sizeof folder, "/tmp/xue23-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    write_set_a(ctx, 0);
    static const struct {
        const pl_program *program;
        const char *loss;
        double norm[3];
    } list[] = {
        {&pl_spectral_minnorm,
         "--loss scl --embedding 3",
         {0.9925558312655087, 1.10091743119266, 0}},
        {&pl_spectral_collapse,
         "--loss scl --embedding 3",
         {0.9925558312655087, 1.10091743119266, 0}},
        {&pl_spectral_suppression,
         "--loss ucl --embedding 4",
         {0.9925558312655087, 1.10091743119266, 1.2355212355212355}},
        {&pl_spectral_joint,
         "--loss joint:0.19 --embedding 3",
         {0.9925558312655087, 1.10091743119266, 0}},
    };
    for (size_t i = 0; i < TEST_COUNT(list); i++) {
        char preset[512];
        pl_table *t = NULL;
        snprintf(preset, sizeof preset,
                 "--features %s/x.npy --labels %s/y.npy --subclasses "
                 "%s/s.npy %s",
                 folder, folder, folder, list[i].loss);
        ck_ok(ctx, pl_program_run_preset(ctx, list[i].program, preset, 1, NULL, &t));
        for (size_t k = 0; k < 3; k++)
            ck_close(pl_table_at(t, k, 2), list[i].norm[k], list[i].norm[k] > 0 ? 0.02 : 1e-7);
        ck_close(summary(t, "loss"), summary(t, "minimum_loss"), 1e-9);
        ck_close(summary(t, "class_separation"), 2, 1e-7);
        ck_close(summary(t, "subclass_separation"), list[i].norm[2] > 0 ? 2 : 0, 1e-7);
        pl_table_free(t);
    }
    char preset[512];
    snprintf(preset, sizeof preset, "--features %s --labels %s", path("x.npy"), path("one.npy"));
    ck_fails(ctx, attempt(ctx, &pl_spectral_minnorm, preset), PL_EDOMAIN, "at least two classes");
    snprintf(preset, sizeof preset, "--features %s", path("x.npy"));
    ck_fails(ctx, attempt(ctx, &pl_spectral_minnorm, preset), PL_EUSAGE, "needs --labels");
    snprintf(preset, sizeof preset, "--features %s --labels %s", path("y.npy"), path("y.npy"));
    ck_fails(ctx, attempt(ctx, &pl_spectral_minnorm, preset), PL_EINPUT, "holds integers");
    write_set_a(ctx, 1);
    snprintf(preset, sizeof preset, "--features %s/x.npy --labels %s/y.npy --subclasses %s/s.npy",
             folder, folder, folder);
    ck_fails(ctx, attempt(ctx, &pl_spectral_minnorm, preset), PL_EDOMAIN, "has one original");
    remove_files();
    pl_ctx_free(ctx);
}
END_TEST

/* Inputs that are their own labels: a linear probe on the supervised minimiser is perfect. */
START_TEST(linear_features_on_separable_inputs) {
    pl_ctx *ctx = pl_ctx_new();
    snprintf(folder, sizeof folder, "/tmp/xue23-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    pl_array x = {0}, y = {0};
    ck_ok(ctx, pl_array_new(ctx, PL_F64, 2, (size_t[]){60, 6}, &x));
    ck_ok(ctx, pl_array_new(ctx, PL_I64, 1, (size_t[]){60}, &y));
    for (size_t i = 0; i < 60; i++) {
        ((int64_t *)y.data)[i] = (int64_t)(i % 4);
        for (size_t k = 0; k < 6; k++)
            ((double *)x.data)[i * 6 + k] = (k == i % 4) + 0.01 * cos((double)(i * 7 + k));
    }
    ck_ok(ctx, pl_npy_write(ctx, path("x.npy"), &x));
    ck_ok(ctx, pl_npy_write(ctx, path("y.npy"), &y));
    pl_array_free(&x);
    pl_array_free(&y);
    char files[512], preset[700];
    snprintf(files, sizeof files,
             "--features %s/x.npy --labels %s/y.npy --test-features %s/x.npy "
             "--test-labels %s/y.npy --classes 0,0,1,1",
             folder, folder, folder, folder);
    static const struct {
        const char *options;
        double subclass, group; /* NAN: not asked */
    } list[] = {{"--loss ucl --embeddings 5", 1, 1},
                {"--loss scl --embeddings 2 --ridge absolute:0.001", NAN, 1},
                {"--loss scl --embeddings 3 --iterations 400 --points 3 --centre --ridge "
                 "absolute:0.001",
                 NAN, 1},
                {"--loss joint:0.5 --embeddings 4 --codes 2", NAN, 1}};
    for (size_t i = 0; i < TEST_COUNT(list); i++) {
        pl_table *t = NULL;
        snprintf(preset, sizeof preset, "%s %s", files, list[i].options);
        ck_ok(ctx, pl_program_run_preset(ctx, &pl_spectral_linear_features, preset, 1, NULL, &t));
        if (!isnan(list[i].subclass))
            ck_close(summary(t, "last_subclass_accuracy"), list[i].subclass, 0);
        ck_close(summary(t, "last_class_accuracy"), list[i].group, 0);
        pl_table_free(t);
    }
    snprintf(preset, sizeof preset, "%s --classes 0,0,0,0", files);
    ck_fails(ctx, attempt(ctx, &pl_spectral_linear_features, preset), PL_EDOMAIN, "one class");
    snprintf(preset, sizeof preset, "%s --classes 0,1", files);
    ck_fails(ctx, attempt(ctx, &pl_spectral_linear_features, preset), PL_EUSAGE, "4 labels");
    remove_files();
    pl_ctx_free(ctx);
}
END_TEST

static const struct {
    const pl_program *program;
    const char *preset;
} small[] = {
    {&pl_spectral_minnorm, "--data cos-9x6 --trials 2"},
    {&pl_spectral_minnorm, "--data cos-9x6 --trials 1 --minimiser kernel"},
    {&pl_spectral_minnorm, "--data cos-5x9 --trials 1 --minimiser unwhitened"},
    {&pl_spectral_collapse, "--phi 1,1,1 --views 1 --minimiser noncollapsed"},
    {&pl_spectral_suppression, "--phi 1,0.8,0.9 --views 1 --minimiser class-for-weakest"},
    {&pl_spectral_joint, "--phi 1,1,1 --views 1"},
    {&pl_spectral_spectral_loss, ""},
    {&pl_spectral_imperfect_augmentation, "--iterations 3"},
    {&pl_spectral_population, "--iterations 3"},
    {&pl_spectral_early_learning, "--phi 1,1,1 --views 1 --iterations 3 --kernel-part 1"},
    {&pl_spectral_selection_map, "--phi 1,1,1 --views 1 --values 1,2"},
    {&pl_spectral_good_event, "--replicates 200"},
    {&pl_spectral_descent_selection, "--iterations 3"},
    {&pl_spectral_gradient_flow, "--points 2"},
    {&pl_spectral_beta_threshold, "--betas 0.1,0.9"},
    {&pl_spectral_embeddings, "--repeats 1 --noise distinct --at 1,2 --examples 3"},
};

/* Fails if a k-th failed allocation leaked (under valgrind), crashed, or passed as success. */
START_TEST(every_failed_allocation_is_survived) {
    for (size_t i = 0; i < TEST_COUNT(small); i++) {
        pl_status status = PL_ENOMEM;
        for (size_t k = 1; status == PL_ENOMEM && k < 1000; k++) {
            pl_ctx *ctx = pl_ctx_new();
            pl_ctx_fail_allocation(ctx, k);
            status = attempt(ctx, small[i].program, small[i].preset);
            ck_assert_msg(status == PL_OK || status == PL_ENOMEM, "%s, allocation %zu: %s",
                          small[i].program->name, k, pl_message(ctx));
            pl_ctx_free(ctx);
        }
        ck_assert_msg(status == PL_OK, "%s never runs", small[i].program->name);
    }
}
END_TEST

/* Fails if a number depended on how many threads there are. */
START_TEST(same_numbers_for_any_threads) {
    for (size_t i = 0; i < TEST_COUNT(small); i++) {
        pl_text csv[2] = {{0}, {0}};
        for (int threads = 1; threads <= 2; threads++) {
            pl_ctx *ctx = pl_ctx_new();
            pl_table *t = NULL;
            pl_set_threads(ctx, threads);
            ck_ok(ctx, pl_program_run_preset(ctx, small[i].program, small[i].preset, 1, NULL, &t));
            pl_table_csv(t, &csv[threads - 1]);
            pl_table_free(t);
            pl_ctx_free(ctx);
        }
        ck_assert_msg(strcmp(csv[0].s, csv[1].s) == 0, "%s", small[i].program->name);
        pl_text_free(&csv[0]);
        pl_text_free(&csv[1]);
    }
}
END_TEST

int main(void) {
    const TTest *const tests[] = {bad_input_is_refused,
                                  missed_hypotheses_are_said,
                                  users_features_give_the_models_numbers,
                                  linear_features_on_separable_inputs,
                                  every_failed_allocation_is_survived,
                                  same_numbers_for_any_threads};
    return test_main("spectral/xue23_programs", tests, TEST_COUNT(tests));
}
