/* plumb train: the command around the trainer. */

#include <math.h>
#include <omp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/progress.h"
#include "base/terminal.h"
#include "train/commands.h"
#include "train/plan.h"
#include "train/rundir.h"
#include "train/trainer.h"

static const char usage[] = "train --data NAME:DIR --out RUN [options]";
static const char summary[] =
    "Trains an encoder on two views of every image. RUN gets epochs.csv (loss, learning rate,\n"
    "alignment, uniformity, gaps of the attraction and repulsion bounds, prototype bias, "
    "effective\n"
    "rank), run.json, checkpoint.safetensors at every epoch's end and weights.safetensors for\n"
    "PyTorch. plumb train --resume RUN goes on to the same bits; plumb eval RUN probes it. mpirun "
    "-n R\n"
    "plumb train ... shares every batch among R processes, to the same result up to rounding. "
    "SIGINT,\n"
    "SIGTERM and SIGUSR1 finish the step, save, and end the program by that signal (a shell's 128 "
    "+ signal).";

/* ---- signals: blocked, and asked for after every step, so that no handler and no global is
 * needed. Threads started later inherit the mask. What the caller ignores stays ignored. ---- */

static sigset_t stop_signals(void) {
    /* mpirun hands SIGUSR1 on and, other than after SIGTERM, kills nobody */
    static const int signals[] = {SIGINT, SIGTERM, SIGUSR1};
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        struct sigaction now;
        if (sigaction(signals[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN)
            sigaddset(&set, signals[i]);
    }
    return set;
}

typedef struct watch {
    pl_progress progress;
    bool quiet, ranks; /* there are others: mpirun repeats itself, and kills without being asked */
    int caught;        /* the signal that ended the run */
    size_t epochs;
} watch;

static bool asked_to_stop(void *data) {
    watch *w = data;
    sigset_t set = stop_signals();
    const struct timespec now = {0, 0};
    int s = sigtimedwait(&set, NULL, &now);
    if (s > 0) {
        w->caught = s;
        if (!w->ranks)
            pthread_sigmask(SIG_UNBLOCK, &set, NULL); /* a second one kills */
    }
    return s > 0;
}

/* ---- what is said meanwhile ---- */

static void say_step(void *data, const pl_train_report *r) {
    watch *w = data;
    char note[160];
    double left = r->seconds_left;
    snprintf(note, sizeof note, "epoch %llu/%llu  %.0f images/s  loss %.4f  %d:%02d left",
             (unsigned long long)r->epoch, (unsigned long long)r->epochs, r->images_per_second,
             r->loss, (int)(left / 60), (int)fmod(left, 60));
    pl_progress_step_note(&w->progress, r->step, note);
}

static void say_epoch(void *data, const double row[PL_EPOCH_COLUMNS]) {
    watch *w = data;
    if (w->quiet)
        return;
    pl_progress_end(&w->progress);
    printf("epoch %.0f/%zu  loss %.4f", row[PL_EPOCH], w->epochs, row[PL_LOSS]);
    if (!isnan(row[PL_ALIGNMENT]))
        printf("  alignment %.3f  uniformity %.3f  attraction gap %.3f  repulsion gap %.3f  rank "
               "%.1f",
               row[PL_ALIGNMENT], row[PL_UNIFORMITY], row[PL_ATTRACTION_GAP], row[PL_REPULSION_GAP],
               row[PL_EFFECTIVE_RANK]);
    if (!isnan(row[PL_LINEAR]))
        printf("  linear %.4f  knn %.4f", row[PL_LINEAR], row[PL_KNN]);
    printf("\n");
    fflush(stdout);
}

static pl_status list_losses(pl_ctx *ctx) {
    pl_text text = {0};
    for (const pl_loss *l = pl_losses; l->name; l++)
        pl_text_printf(&text, "%-15s %s  [%s]\n", l->name, l->formula, l->source);
    for (const pl_criterion_kind *c = pl_criteria; c->name; c++)
        pl_text_printf(&text, "%-15s %s  [%s]\n", c->name, c->formula, c->source);
    return pl_print_text(ctx, &text);
}

/* ---- the run's directory ---- */

static pl_status check_directory(pl_ctx *ctx, const pl_options *o) {
    pl_text path = {0};
    const char *out = pl_option_text(o, "out");
    if (!out)
        return pl_fail(ctx, PL_EUSAGE, "where does the run go? pass --out runs/NAME");
    pl_status status = pl_run_path(ctx, out, PL_CHECKPOINT_FILE, &path);
    if (status == PL_OK && access(pl_text_get(&path), F_OK) == 0 && !pl_option_flag(o, "overwrite"))
        status = pl_fail(ctx, PL_EUSAGE,
                         "%s holds a run already; pass --resume %s to go on, --overwrite to start "
                         "again, or another --out",
                         out, out);
    pl_text_free(&path);
    return status;
}

/* ---- the command ---- */

/* A run that a signal ended is not done: whoever waits for it must not go on as if it were. */
static pl_status say_end(pl_ctx *ctx, const pl_trainer *t, const watch *w, pl_train_end end,
                         const pl_settings *s) {
    pl_text text = {0};
    const char *out = s->out;
    uint64_t steps, step = pl_trainer_step(t, &steps);
    if (end == PL_TRAIN_STOPPED && w->caught) {
        if (!s->ranks) /* else mpirun, which no signal has ended, reports */
            pl_end_by(ctx, w->caught);
        return pl_fail(ctx, PL_ENOCONV,
                       "stopped by SIG%s at step %llu of %llu and saved; go on with\n"
                       "  plumb train --resume %s",
                       sigabbrev_np(w->caught), (unsigned long long)step, (unsigned long long)steps,
                       out);
    }
    if (pl_ranks_rank(s->ranks) != 0)
        return PL_OK;
    if (end == PL_TRAIN_STOPPED)
        pl_text_printf(&text, "%s  %llu of %llu steps done; plumb train --resume %s\n", out,
                       (unsigned long long)step, (unsigned long long)steps, out);
    else
        pl_text_printf(&text, "%s  %llu steps done; plumb eval %s --probe both\n", out,
                       (unsigned long long)step, out);
    return pl_print_text(ctx, &text);
}

/* As many threads as the ranks of one machine leave each other, unless it is said. */
static void choose_threads(pl_ctx *ctx, const pl_options *o, const pl_ranks *ranks) {
    if (pl_option_has(o, "threads"))
        pl_set_threads(ctx, (int)pl_option_int(o, "threads"));
    else if (ranks)
        pl_set_threads(ctx, pl_ranks_processors(ranks));
    if (ranks)
        omp_set_num_threads(pl_threads(ctx)); /* of BLAS in the loss */
}

static pl_status prepare(pl_ctx *ctx, const pl_options *o, const pl_settings *s,
                         const pl_tensors *checkpoint, bool writes, pl_trainer **out) {
    pl_status status;
    pl_trainer *t = NULL;
    bool fresh = writes && !checkpoint && pl_ranks_rank(s->ranks) == 0;
    choose_threads(ctx, o, s->ranks);
    status = fresh ? check_directory(ctx, o) : PL_OK; /* before any data are read */
    PL_TRY(pl_ranks_status(ctx, s->ranks, status));
    PL_TRY(pl_trainer_new(ctx, o, s, &t));
    if (checkpoint)
        PL_TRY(pl_trainer_resume(ctx, t, checkpoint));
    if (fresh)
        PL_TRY(pl_rundir_make(ctx, s->out));
    *out = t;
    t = NULL;
done:
    pl_trainer_free(t);
    return status;
}

/* Told to end, but a step needs all ranks. One that has died is the likeliest reason. Ranks 0 and 1
 * say it: one of them lives. */
static void say_stuck(void *data) {
    const pl_settings *s = data;
    if (pl_ranks_rank(s->ranks) < 2)
        fprintf(stderr,
                "plumb: the job is ended while rank %zu waits for another in the middle of a step; "
                "the last checkpoint is whole, go on with any number of ranks:\n"
                "  mpirun -n %zu plumb train --resume %s\n",
                pl_ranks_rank(s->ranks), pl_ranks_size(s->ranks), s->out);
}

static pl_status train(pl_ctx *ctx, const pl_options *o, const pl_settings *settings,
                       const pl_tensors *checkpoint) {
    pl_status status;
    pl_settings s = *settings;
    pl_trainer *t = NULL;
    pl_train_end end;
    uint64_t steps;
    bool first = pl_ranks_rank(s.ranks) == 0;
    watch w = {.quiet = pl_option_flag(o, "quiet") || !first,
               .ranks = s.ranks != NULL,
               .epochs = s.epochs};
    status = prepare(ctx, o, &s, checkpoint, true, &t);
    PL_TRY(pl_ranks_status(ctx, s.ranks, status));
    pl_ranks_on_end(s.ranks, say_stuck, &s);
    pl_trainer_step(t, &steps);
    w.progress = pl_progress_start("step", steps, w.quiet);
    const pl_train_hooks hooks = {asked_to_stop, say_step, say_epoch, &w};
    status = pl_trainer_run(ctx, t, &hooks, &end);
    pl_progress_end(&w.progress);
    PL_TRY(status);
    w.caught = pl_ranks_largest(s.ranks, w.caught);
    PL_TRY(say_end(ctx, t, &w, end, &s));
done:
    pl_ranks_on_end(s.ranks, NULL, NULL);
    pl_trainer_free(t);
    return status;
}

static pl_status plan(pl_ctx *ctx, const pl_options *o, const pl_settings *s) {
    pl_status status;
    pl_trainer *t = NULL;
    pl_table *table = NULL;
    pl_text text = {0};
    char *json = NULL;
    status = prepare(ctx, o, s, NULL, false, &t);
    PL_TRY(pl_ranks_status(ctx, s->ranks, status));
    PL_TRY(pl_plan_ranks(ctx, t, s, &table));
    if (pl_ranks_rank(s->ranks) != 0)
        goto done;
    if (pl_option_flag(o, "csv"))
        pl_table_csv(table, &text);
    else if (pl_option_flag(o, "json")) {
        json = pl_plan_json(table);
        pl_text_printf(&text, "%s\n", json ? json : "null");
    } else
        pl_table_print(table, 0, &text);
    PL_TRY(pl_print_text(ctx, &text));
done:
    free(json);
    pl_table_free(table);
    pl_trainer_free(t);
    return status;
}

static pl_status resume(pl_ctx *ctx, pl_ranks *ranks, const char *run, int argc,
                        char *const *argv) {
    pl_status status;
    pl_run r = {0};
    PL_TRY(pl_run_open(ctx, run, argc, argv, &r));
    r.settings.out = run;
    r.settings.ranks = ranks;
    PL_TRY(train(ctx, r.options, &r.settings, &r.tensors));
done:
    pl_run_free(&r);
    return status;
}

/* One rank speaks, and ends with the job's status: mpirun kills all when any ends with another than
 * 0, the one that has not spoken yet, too. */
static pl_status leave(pl_ctx *ctx, pl_ranks *ranks, pl_status status) {
    status = pl_ranks_status(ctx, ranks, status);
    bool speaks = pl_ranks_speaks(ranks);
    pl_ranks_close(ranks);
    if (!speaks && !freopen("/dev/null", "w", stderr)) /* warnings are rank 0's, too */
        return PL_OK;
    return speaks ? status : PL_OK;
}

pl_status pl_cmd_train(pl_ctx *ctx, const struct pl_registry *registry, int argc,
                       char *const *argv) {
    pl_status status;
    pl_options *o = NULL;
    pl_settings s;
    (void)registry;
    if (pl_wants_help(argc, argv))
        return pl_print_usage(ctx, usage, summary, pl_settings_rows);
    sigset_t set = stop_signals(), before;
    pl_ranks *ranks = NULL;
    pthread_sigmask(SIG_BLOCK, &set, &before); /* before MPI's threads are there */
    PL_TRY(pl_ranks_open(ctx, &ranks));
    PL_TRY(pl_options_parse(ctx, pl_settings_rows, NULL, NULL, argc, argv, &o));
    if (pl_option_flag(o, "losses")) {
        if (pl_ranks_rank(ranks) == 0)
            PL_TRY(list_losses(ctx));
    } else if (pl_option_has(o, "resume"))
        PL_TRY(resume(ctx, ranks, pl_option_text(o, "resume"), argc, argv));
    else {
        PL_TRY(pl_settings_take(ctx, o, &s));
        s.ranks = ranks;
        PL_TRY(pl_option_flag(o, "plan-ranks") ? plan(ctx, o, &s) : train(ctx, o, &s, NULL));
    }
done:
    if (!ranks) /* else the last words come first: mpirun sends SIGTERM more than once */
        pthread_sigmask(SIG_SETMASK, &before, NULL);
    status = leave(ctx, ranks, status);
    pl_options_free(o);
    return status;
}
