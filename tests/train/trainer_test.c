#include "train/rundir.h"
#include "train/trainer.h"

#include <sys/stat.h>

#include "base/file.h"
#include "tests/count_allocations.h"
#include "tests/train/fixture.h"

/* ---- what the tests share ---- */

static pl_ctx *ctx;

static void setup(void) {
    ctx = pl_ctx_new();
    pl_set_threads(ctx, 2);
    fixture_begin();
}

static void teardown(void) {
    scratch_end();
    pl_ctx_free(ctx);
}

/* What a run's hooks count and ask. */
typedef struct watch {
    uint64_t stop_at; /* step after which the run is told to stop; 0: never */
    size_t epochs;
    double last[PL_EPOCH_COLUMNS];
    uint64_t step;
    bool counts; /* allocations of all steps but the first two, and not at an epoch's end */
} watch;

static void on_step(void *data, const pl_train_report *r) {
    watch *w = data;
    w->step = r->step;
    counting = w->counts && r->step >= 2 && r->step % 5 != 0;
}

static bool on_stop(void *data) {
    const watch *w = data;
    return w->stop_at && w->step >= w->stop_at;
}

static void on_epoch(void *data, const double row[PL_EPOCH_COLUMNS]) {
    watch *w = data;
    w->epochs++;
    memcpy(w->last, row, sizeof w->last);
}

/* Trains, from the checkpoint when there is one. */
static pl_status train(const char *run, const char *more, bool resume, watch *w,
                       pl_train_end *end) {
    pl_status status;
    pl_options *o = fixture_options(ctx, run, more);
    pl_settings s;
    pl_trainer *t = NULL;
    pl_run stored = {0};
    char dir[600];
    const pl_train_hooks hooks = {on_stop, on_step, on_epoch, w};
    snprintf(dir, sizeof dir, "%s/%s", scratch_dir, run);
    mkdir(dir, 0777);
    PL_TRY(pl_settings_take(ctx, o, &s));
    PL_TRY(pl_trainer_new(ctx, o, &s, &t));
    if (resume) {
        PL_TRY(pl_run_open(ctx, dir, 0, NULL, &stored));
        PL_TRY(pl_trainer_resume(ctx, t, &stored.tensors));
    }
    PL_TRY(pl_trainer_run(ctx, t, &hooks, end));
done:
    pl_run_free(&stored);
    pl_trainer_free(t);
    pl_options_free(o);
    return status;
}

static void same_file(const char *a, const char *b, const char *file) {
    char path[2][700];
    unsigned char *bytes[2];
    size_t n[2];
    snprintf(path[0], sizeof path[0], "%s/%s/%s", scratch_dir, a, file);
    snprintf(path[1], sizeof path[1], "%s/%s/%s", scratch_dir, b, file);
    for (size_t k = 0; k < 2; k++)
        ck_ok(ctx, pl_file_read(ctx, path[k], &bytes[k], &n[k]));
    ck_assert_uint_eq(n[0], n[1]);
    ck_assert_msg(memcmp(bytes[0], bytes[1], n[0]) == 0, "%s and %s differ", path[0], path[1]);
    pl_free(bytes[0]);
    pl_free(bytes[1]);
}

/* A run that is stopped at any step and goes on ends at the same bits, for every optimiser and for
 * a model with BatchNorm; fails when any state is left out of the checkpoint. */
static void interrupted(const char *more) {
    pl_train_end end;
    watch whole = {0};
    ck_ok(ctx, train("whole", more, false, &whole, &end));
    ck_assert_int_eq(end, PL_TRAIN_FINISHED);
    ck_assert_uint_eq(whole.epochs, 3);
    for (uint64_t at = 1; at < 15; at += 4) {
        watch first = {.stop_at = at}, second = {0};
        ck_ok(ctx, train("cut", more, false, &first, &end));
        ck_assert_int_eq(end, PL_TRAIN_STOPPED);
        ck_assert_uint_eq(first.step, at);
        ck_ok(ctx, train("cut", more, true, &second, &end));
        ck_assert_int_eq(end, PL_TRAIN_FINISHED);
        same_file("whole", "cut", "weights.safetensors");
        same_file("whole", "cut", "epochs.csv");
        fixture_remove("cut");
    }
    fixture_remove("whole");
}

START_TEST(goes_on_to_the_same_bits) {
    setup();
    interrupted("");
    interrupted("--optimiser adamw --lr 0.001 --every 2");
    interrupted("--optimiser lars --loss vicreg --schedule steps --milestones 1,2");
    interrupted("--model small-cnn --batch 16 --projector 16,8 --projector-norm --loss supcon");
    teardown();
}
END_TEST

/* The loss falls, the columns are within their ranges, and an epoch's row says what it should. */
START_TEST(columns_of_an_epoch) {
    setup();
    pl_train_end end;
    watch w = {0};
    ck_ok(ctx, train("run", "--epochs 20 --probe-every 20", false, &w, &end));
    ck_close(w.last[PL_EPOCH], 20, 0);
    ck_close(w.last[PL_STEP], 100, 0);
    ck_assert(w.last[PL_LOSS] < log(31) && w.last[PL_LOSS] > 1); /* log(2N - 1): no information */
    ck_assert(w.last[PL_ALIGNMENT] > 0 && w.last[PL_ALIGNMENT] < 4);
    ck_assert(w.last[PL_UNIFORMITY] < 0 && w.last[PL_UNIFORMITY] > -8);
    ck_assert(w.last[PL_ATTRACTION_GAP] >= 0 && w.last[PL_ATTRACTION_GAP] <= 0.25);
    ck_assert(w.last[PL_REPULSION_GAP] > 0);
    ck_assert(w.last[PL_EFFECTIVE_RANK] >= 1 && w.last[PL_EFFECTIVE_RANK] <= 8);
    ck_assert(w.last[PL_LINEAR] > 0.3 && w.last[PL_KNN] > 0.1);
    fixture_remove("run");
    teardown();
}
END_TEST

/* --every 0: no theory columns, and none of their cost. */
START_TEST(columns_that_are_not_due) {
    setup();
    pl_train_end end;
    watch w = {0};
    ck_ok(ctx, train("run", "--every 0", false, &w, &end));
    ck_assert(isnan(w.last[PL_ALIGNMENT]) && isnan(w.last[PL_LINEAR]));
    ck_assert(!isnan(w.last[PL_LOSS]));
    fixture_remove("run");
    teardown();
}
END_TEST

/* A loss that leaves the numbers stops the run, names the step, and keeps a checkpoint of numbers.
 */
START_TEST(loss_that_is_no_number) {
    setup();
    pl_train_end end = PL_TRAIN_FINISHED;
    watch w = {0};
    ck_fails(ctx, train("run", "--lr 1e6 --similarity dot --tau 1e-3 --epochs 50", false, &w, &end),
             PL_ENOCONV, "is not finite at step");
    ck_assert_ptr_nonnull(strstr(pl_message(ctx), "last good checkpoint"));
    char dir[600];
    pl_run r;
    snprintf(dir, sizeof dir, "%s/run", scratch_dir);
    ck_ok(ctx, pl_run_open(ctx, dir, 0, NULL, &r));
    for (size_t i = 0; i < r.tensors.count; i++) {
        const pl_tensor *t = &r.tensors.tensor[i];
        for (size_t k = 0; strcmp(t->dtype, "F32") == 0 && k < t->bytes / 4; k++) {
            float v;
            memcpy(&v, t->data + 4 * k, sizeof v);
            ck_assert(isfinite(v) || strncmp(t->name, "optimiser.", 10) == 0);
        }
    }
    pl_run_free(&r);
    fixture_remove("run");
    teardown();
}
END_TEST

/* What a checkpoint does not fit is said, and nothing is trained. */
START_TEST(checkpoint_of_another_run) {
    setup();
    pl_train_end end;
    watch w = {0};
    ck_ok(ctx, train("run", "", false, &w, &end));
    ck_fails(ctx, train("run", "--model mlp:24", true, &w, &end), PL_EINPUT, "another model");
    ck_fails(ctx, train("run", "--images 40", true, &w, &end), PL_EINPUT, "other data");
    ck_fails(ctx, train("run", "--epochs 2", true, &w, &end), PL_EINPUT, "at most 2 rows");
    ck_fails(ctx, train("run", "--batch 81", false, &w, &end), PL_ESHAPE, "at most --batch 80");
    ck_fails(ctx, train("run", "--batch 1", false, &w, &end), PL_ESHAPE, "--batch 2");
    char dir[600];
    char tau[] = "--tau=0.1", rate[] = "--lr=5e-2", loss[] = "--loss=dcl";
    char *const differ[] = {tau, rate, loss}, *const alike[] = {rate};
    pl_run r = {0};
    snprintf(dir, sizeof dir, "%s/run", scratch_dir);
    ck_fails(ctx, pl_run_open(ctx, dir, 3, differ, &r), PL_EUSAGE, "--loss dcl is ntxent there");
    ck_assert_ptr_nonnull(strstr(pl_message(ctx), "--tau 0.1 is 0.2 there"));
    ck_assert_ptr_null(strstr(pl_message(ctx), "--lr"));
    ck_ok(ctx, pl_run_open(ctx, dir, 1, alike, &r));
    pl_run_free(&r);
    fixture_remove("run");
    ck_fails(ctx, pl_run_open(ctx, dir, 0, NULL, &r), PL_EIO, "no run");
    teardown();
}
END_TEST

/* A directory that cannot be written to stands for a full disk: a checkpoint in the middle is a
 * warning, the one at the end a failure. */
START_TEST(checkpoint_that_cannot_be_written) {
    setup();
    if (geteuid() == 0) { /* permissions do not bind root: the path's place is taken instead */
        char path[700];
        snprintf(path, sizeof path, "%s/run", scratch_dir);
        mkdir(path, 0777);
        snprintf(path, sizeof path, "%s/run/epochs.csv", scratch_dir);
        mkdir(path, 0777);
        pl_train_end end;
        watch w = {0};
        ck_fails(ctx, train("run", "", false, &w, &end), PL_EIO, "is a directory");
        rmdir(path);
        fixture_remove("run");
    }
    teardown();
}
END_TEST

/* Fails when a step asks the system for memory: forward, loss, backward, optimiser, or the views
 * that the loader's thread draws meanwhile. */
START_TEST(steps_allocate_nothing) {
    static const char *const losses[] = {"ntxent", "align_uniform", "vicreg", "supcon"};
    setup();
    for (size_t k = 0; k < TEST_COUNT(losses); k++) {
        char more[96];
        pl_train_end end;
        watch w = {.counts = true};
        snprintf(more, sizeof more, "--model small-cnn --every 0 --loss %s", losses[k]);
        large = 0;
        ck_ok(ctx, train("run", more, false, &w, &end));
        counting = false;
        ck_assert_msg(large == 0, "%s: %zu allocations", losses[k], (size_t)large);
        fixture_remove("run");
    }
    teardown();
}
END_TEST

/* One process a directory; what a killed one left half written is removed. */
START_TEST(directory_of_a_run) {
    setup();
    pl_train_end end;
    watch w = {0};
    char path[700];
    int entered = -1;
    snprintf(path, sizeof path, "%s/run", scratch_dir);
    mkdir(path, 0777);
    ck_ok(ctx, pl_rundir_enter(ctx, path, &entered));
    ck_fails(ctx, train("run", "", false, &w, &end), PL_EIO, "another plumb train");
    pl_rundir_leave(entered);
    snprintf(path, sizeof path, "%s/run/checkpoint.safetensors.123-0.tmp", scratch_dir);
    fclose(fopen(path, "w"));
    ck_ok(ctx, train("run", "", false, &w, &end));
    ck_assert_int_ne(access(path, F_OK), 0);
    fixture_remove("run");
    teardown();
}
END_TEST

/* Every allocation fails once: never a crash, a leak or a checkpoint that is half one. */
START_TEST(out_of_memory) {
    setup();
    pl_train_end end;
    for (size_t k = 1;; k += 1 + k / 40) { /* the first 40 one by one, then thinner */
        watch w = {0};
        pl_options *o = fixture_options(ctx, "run", "--epochs 1 --images 32");
        pl_settings s;
        pl_trainer *t = NULL;
        const pl_train_hooks hooks = {.data = &w};
        char dir[600];
        snprintf(dir, sizeof dir, "%s/run", scratch_dir);
        mkdir(dir, 0777);
        pl_ctx_fail_allocation(ctx, k);
        pl_status status = pl_settings_take(ctx, o, &s);
        if (status == PL_OK)
            status = pl_trainer_new(ctx, o, &s, &t);
        if (status == PL_OK)
            status = pl_trainer_run(ctx, t, &hooks, &end);
        pl_ctx_fail_allocation(ctx, 0);
        pl_trainer_free(t);
        pl_options_free(o);
        fixture_remove("run");
        if (status == PL_OK)
            break;
        ck_assert_msg(status == PL_ENOMEM, "allocation %zu: status %d: %s", k, (int)status,
                      pl_message(ctx));
    }
    teardown();
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        goes_on_to_the_same_bits, columns_of_an_epoch,       columns_that_are_not_due,
        loss_that_is_no_number,   checkpoint_of_another_run, checkpoint_that_cannot_be_written,
        steps_allocate_nothing,   directory_of_a_run,        out_of_memory};
    return test_main("train/trainer", tests, TEST_COUNT(tests));
}
