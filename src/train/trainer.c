#include "train/trainer.h"

#include <math.h>
#include <string.h>

#include "base/progress.h"
#include "train/evaluate.h"
#include "train/loader.h"
#include "train/monitor.h"
#include "train/record.h"
#include "train/rundir.h"

struct pl_trainer {
    const pl_options *options;
    pl_settings settings;
    pl_dataset data;
    pl_augment *views; /* the monitor's; the loader has its own */
    pl_net *net;
    pl_optimiser *optimiser;
    pl_criterion *criterion;
    pl_monitor *monitor;
    pl_evaluation *evaluation; /* NULL: no probes while training */
    pl_schedule schedule;
    uint64_t epoch_steps;
    pl_standing standing;
    pl_text settings_text;
    char hash[65], data_hash[65];
    size_t *label; /* of a batch */
    float *dz;
    bool saved; /* the last checkpoint was written */
    double theory_seconds;
};

/* ---- making ------------------------------------------------------------------------------- */

/* Images of the theory columns. A forward pass of V = 4 views of each against forward and backward
 * of 2 views, 3 times as dear, of every image: a 16th of the images is 4 % of an epoch. */
static size_t watched(const pl_trainer *t) {
    enum { MOST = 512, LEAST = 32, PART = 16 };
    size_t part = t->data.count / PART;
    if (t->settings.monitor)
        return t->settings.monitor;
    return part > MOST ? MOST : part < LEAST ? LEAST : part;
}

static pl_status make_monitor(pl_ctx *ctx, pl_trainer *t) {
    const pl_encoding e = {.net = t->net,
                           .augment = t->views,
                           .images = &t->data.images,
                           .seed = t->settings.seed,
                           .views = t->settings.monitor_views};
    if (t->settings.every == 0)
        return PL_OK;
    if (t->settings.monitor_views > t->settings.net.batch)
        return pl_fail(ctx, PL_EUSAGE,
                       "--monitor-views is %zu, the network takes %zu images at once",
                       t->settings.monitor_views, t->settings.net.batch);
    return pl_monitor_new(ctx, &e, t->data.chosen, t->data.count, watched(t),
                          t->settings.loss.params.alpha, &t->monitor);
}

static pl_status build(pl_ctx *ctx, pl_trainer *t) {
    pl_status status;
    const pl_settings *s = &t->settings;
    size_t feature, embedding;
    PL_TRY(pl_dataset_open(ctx, s, PL_SPLIT_TRAIN, &t->data));
    if (s->batch > t->data.count)
        return pl_fail(ctx, PL_ESHAPE,
                       "--batch is %zu, there are %zu images to train on; pass at "
                       "most --batch %zu",
                       s->batch, t->data.count, t->data.count);
    t->epoch_steps = t->data.count / s->batch;
    PL_TRY(pl_settings_schedule(ctx, s, t->epoch_steps, &t->schedule));
    PL_TRY(pl_augment_new(ctx, &s->augment, &t->data.images, &t->views));
    PL_TRY(pl_network_new(ctx, s, t->views, PL_CRITERION_VIEWS * s->batch, &t->net));
    PL_TRY(pl_optimiser_new(ctx, &s->optimiser, t->net, &t->optimiser));
    pl_net_widths(t->net, &feature, &embedding);
    PL_TRY(pl_criterion_new(ctx, &s->loss, s->batch, embedding, &t->criterion));
    PL_TRY(make_monitor(ctx, t));
    if (s->probe_every)
        PL_TRY(pl_evaluation_new(ctx, s, &t->data, t->net, &t->evaluation));
    t->standing.columns = PL_EPOCH_COLUMNS;
    PL_NEW(ctx, t->standing.history, s->epochs * PL_EPOCH_COLUMNS);
    PL_NEW(ctx, t->label, s->batch);
    PL_NEW(ctx, t->dz, PL_CRITERION_VIEWS * s->batch * embedding);
    pl_dataset_hash(&t->data, t->data_hash);
    PL_TRY(pl_settings_json(ctx, t->options, &t->settings_text));
    PL_TRY(pl_settings_hash(ctx, t->options, t->data_hash, t->hash));
done:
    return status;
}

pl_status pl_trainer_new(pl_ctx *ctx, const pl_options *o, const pl_settings *s, pl_trainer **out) {
    pl_status status = PL_OK;
    pl_trainer *t = NULL;
    PL_NEW(ctx, t, 1);
    t->options = o;
    t->settings = *s;
    PL_TRY(build(ctx, t));
    *out = t;
    t = NULL;
done:
    pl_trainer_free(t);
    return status;
}

void pl_trainer_free(pl_trainer *t) {
    if (!t)
        return;
    pl_evaluation_free(t->evaluation);
    pl_monitor_free(t->monitor);
    pl_criterion_free(t->criterion);
    pl_optimiser_free(t->optimiser);
    pl_net_free(t->net);
    pl_augment_free(t->views);
    pl_dataset_free(&t->data);
    pl_text_free(&t->settings_text);
    pl_free(t->standing.history);
    pl_free(t->label);
    pl_free(t->dz);
    pl_free(t);
}

uint64_t pl_trainer_step(const pl_trainer *t, uint64_t *steps) {
    *steps = t->schedule.total;
    return t->standing.step;
}

pl_status pl_trainer_resume(pl_ctx *ctx, pl_trainer *t, const pl_tensors *checkpoint) {
    pl_status status;
    pl_standing standing = t->standing;
    const char *data = pl_tensors_note(checkpoint, "data_sha256");
    const char *threads = pl_tensors_note(checkpoint, "threads");
    long long before;
    if (!data || strcmp(data, t->data_hash) != 0)
        return pl_fail(ctx, PL_EINPUT,
                       "the checkpoint is of other data: SHA-256 %.12s... there, %.12s... in %s",
                       data ? data : "(none)", t->data_hash, t->settings.data);
    PL_TRY(pl_checkpoint_standing(ctx, checkpoint, t->settings.epochs, &standing));
    if (standing.step > t->schedule.total || standing.rows != standing.step / t->epoch_steps)
        return pl_fail(ctx, PL_EINPUT,
                       "the checkpoint's step %llu and %zu epochs do not fit a run "
                       "of %llu steps",
                       (unsigned long long)standing.step, standing.rows,
                       (unsigned long long)t->schedule.total);
    PL_TRY(pl_checkpoint_load(ctx, checkpoint, t->net, t->optimiser));
    t->standing = standing;
    if (threads && pl_parse_int(threads, &before) && before != pl_threads(ctx))
        pl_warn(ctx,
                "the run had %lld threads before, now %d: it goes on, but to the same values "
                "only up to float32 rounding",
                before, pl_threads(ctx));
done:
    return status;
}

/* ---- what is kept ------------------------------------------------------------------------- */

/* Whether every weight is a number: a checkpoint that is not worth going on from is not written. */
static bool weights_finite(const pl_net *net) {
    size_t count;
    const pl_parameter *p = pl_net_parameters(net, &count);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < p[i].count; k++)
            if (!isfinite(p[i].value[k]))
                return false;
    return true;
}

static pl_status not_finite(pl_ctx *ctx, const pl_trainer *t, const char *what, uint64_t step) {
    return pl_fail(ctx, PL_ENOCONV,
                   "%s is not finite at step %llu (epoch %llu of %zu); the last good checkpoint is "
                   "%s/%s; a smaller --lr or a longer --warmup may help",
                   what, (unsigned long long)step,
                   (unsigned long long)((step - 1) / t->epoch_steps + 1), t->settings.epochs,
                   t->settings.out, PL_CHECKPOINT_FILE);
}

static pl_status save(pl_ctx *ctx, pl_trainer *t) {
    const pl_identity identity = {pl_text_get(&t->settings_text), t->hash, t->data_hash,
                                  t->settings.seed, pl_threads(ctx)};
    if (!weights_finite(t->net))
        return not_finite(ctx, t, "a weight", t->standing.step);
    pl_status status =
        pl_checkpoint_save(ctx, t->settings.out, t->net, t->optimiser, &t->standing, &identity);
    t->saved = status == PL_OK;
    return status;
}

/* A disk that is full now may have room later: the run goes on. */
static pl_status save_or_warn(pl_ctx *ctx, pl_trainer *t) {
    pl_status status = save(ctx, t);
    if (status != PL_EIO)
        return status;
    pl_warn(ctx, "no checkpoint at step %llu: %s; training goes on, the one before is intact",
            (unsigned long long)t->standing.step, pl_message(ctx));
    return PL_OK;
}

static pl_status record(pl_ctx *ctx, const pl_trainer *t, const char *state, double seconds,
                        double images) {
    const pl_record r = {.state = state,
                         .settings = pl_text_get(&t->settings_text),
                         .hash = t->hash,
                         .data_hash = t->data_hash,
                         .data = &t->data,
                         .net = t->net,
                         .step = t->standing.step,
                         .steps = t->schedule.total,
                         .seconds = seconds,
                         .images_per_second = seconds > 0 ? images / seconds : 0,
                         .theory_seconds = t->theory_seconds};
    return pl_record_run(ctx, t->settings.out, &r);
}

static pl_status warn_of_io(pl_ctx *ctx, pl_status status) {
    if (status != PL_EIO)
        return status;
    pl_warn(ctx, "%s; training goes on", pl_message(ctx));
    return PL_OK;
}

/* ---- the loop ----------------------------------------------------------------------------- */

static pl_status step(pl_ctx *ctx, pl_trainer *t, pl_loader *loader, double *loss) {
    pl_status status;
    pl_batch batch;
    const float *z;
    uint64_t k = t->standing.step;
    pl_ctx_keep(ctx, true); /* the loss's workspace: the same sizes every step */
    PL_TRY(pl_loader_next(ctx, loader, &batch));
    PL_TRY(pl_net_forward(ctx, t->net, batch.pixels, PL_CRITERION_VIEWS * t->settings.batch, true,
                          NULL, &z));
    for (size_t i = 0; i < t->settings.batch; i++)
        t->label[i] = t->data.label[batch.index[i]];
    status = pl_criterion_eval(ctx, t->criterion, z, t->label, loss, t->dz);
    if (status == PL_OK && !isfinite(*loss))
        status = not_finite(ctx, t, "the loss", k + 1);
    PL_TRY(status);
    PL_TRY(pl_net_backward(ctx, t->net, t->dz));
    pl_optimiser_step(ctx, t->optimiser, pl_schedule_rate(&t->schedule, k));
    t->standing.loss_sum += *loss;
    t->standing.step = k + 1;
done:
    pl_ctx_keep(ctx, false);
    return status;
}

static bool due(uint64_t epoch, size_t every, size_t epochs) {
    return every && (epoch % every == 0 || epoch == epochs);
}

/* The row of an epoch that is over. */
static pl_status end_epoch(pl_ctx *ctx, pl_trainer *t, const pl_train_hooks *hooks) {
    pl_status status = PL_OK;
    pl_standing *s = &t->standing;
    const double none = (double)NAN;
    uint64_t epoch = s->step / t->epoch_steps;
    pl_theory theory = {none, none, none, none, none, none, none, none};
    double linear = none, knn = none;
    double *row = s->history + s->rows * PL_EPOCH_COLUMNS;
    if (!weights_finite(t->net))
        return not_finite(ctx, t, "a weight", s->step);
    if (due(epoch, t->settings.every, t->settings.epochs)) {
        double before = pl_seconds();
        status = pl_monitor_measure(ctx, t->monitor, &theory);
        t->theory_seconds += pl_seconds() - before;
    }
    if (status == PL_OK && due(epoch, t->settings.probe_every, t->settings.epochs))
        status = pl_evaluation_quick(ctx, t->evaluation, &linear, &knn);
    if (status == PL_EDOMAIN) /* finite weights, but what they compute overflows */
        status = not_finite(ctx, t, "the network's output", s->step);
    PL_TRY(status);
    const double values[PL_EPOCH_COLUMNS] = {
        [PL_EPOCH] = (double)epoch,
        [PL_STEP] = (double)s->step,
        [PL_LOSS] = s->loss_sum / (double)t->epoch_steps,
        [PL_RATE] = pl_schedule_rate(&t->schedule, s->step - 1),
        [PL_ALIGNMENT] = theory.alignment,
        [PL_UNIFORMITY] = theory.uniformity,
        [PL_ATTRACTION_GAP] = theory.attraction_gap,
        [PL_ATTRACTION_VIOLATIONS] = theory.attraction_violations,
        [PL_REPULSION_GAP] = theory.repulsion_gap,
        [PL_REPULSION_VIOLATIONS] = theory.repulsion_violations,
        [PL_PROTOTYPE_BIAS] = theory.prototype_bias,
        [PL_EFFECTIVE_RANK] = theory.effective_rank,
        [PL_LINEAR] = linear,
        [PL_KNN] = knn};
    memcpy(row, values, sizeof values);
    s->rows++;
    s->loss_sum = 0;
    if (hooks->epoch)
        hooks->epoch(hooks->data, row);
done:
    return status;
}

/* Speed and time left, from the mean of this call's steps so far. */
static void report(const pl_trainer *t, const pl_train_hooks *hooks, uint64_t first, double started,
                   double loss) {
    double seconds = pl_seconds() - started, taken = (double)(t->standing.step - first);
    double images = PL_CRITERION_VIEWS * (double)t->settings.batch * taken;
    const pl_train_report r = {.step = t->standing.step,
                               .steps = t->schedule.total,
                               .epoch = (t->standing.step - 1) / t->epoch_steps + 1,
                               .epochs = t->settings.epochs,
                               .loss = loss,
                               .images_per_second = images / seconds,
                               .seconds_left = seconds / taken *
                                               (double)(t->schedule.total - t->standing.step)};
    if (hooks->step)
        hooks->step(hooks->data, &r);
}

static pl_status loop(pl_ctx *ctx, pl_trainer *t, pl_loader *loader, const pl_train_hooks *hooks,
                      pl_train_end *end) {
    pl_status status = PL_OK;
    const pl_settings *s = &t->settings;
    uint64_t first = t->standing.step, last = t->schedule.total;
    double started = pl_seconds();
    bool stop = false;
    if (s->steps && first + s->steps < last)
        last = first + s->steps;
    while (t->standing.step < last && !stop) {
        double loss = 0;
        PL_TRY(step(ctx, t, loader, &loss));
        report(t, hooks, first, started, loss);
        stop = hooks->stop && hooks->stop(hooks->data);
        bool over = t->standing.step % t->epoch_steps == 0;
        if (over) {
            PL_TRY(end_epoch(ctx, t, hooks));
            PL_TRY(warn_of_io(
                ctx, pl_record_epochs(ctx, s->out, t->standing.history, t->standing.rows)));
        }
        t->saved = false;
        if (over || (s->save_every && t->standing.step % s->save_every == 0))
            PL_TRY(save_or_warn(ctx, t));
    }
    if (!t->saved)
        PL_TRY(save(ctx, t));
    *end = t->standing.step == t->schedule.total ? PL_TRAIN_FINISHED : PL_TRAIN_STOPPED;
    double images = PL_CRITERION_VIEWS * (double)s->batch * (double)(t->standing.step - first);
    PL_TRY(record(ctx, t, *end == PL_TRAIN_FINISHED ? "finished" : "stopped",
                  pl_seconds() - started, images));
done:
    return status;
}

pl_status pl_trainer_run(pl_ctx *ctx, pl_trainer *t, const pl_train_hooks *hooks,
                         pl_train_end *out) {
    pl_status status;
    pl_loader *loader = NULL;
    int entered = -1;
    const pl_settings *s = &t->settings;
    const pl_loader_spec spec = {.images = &t->data.images,
                                 .augment = &s->augment,
                                 .seed = s->seed,
                                 .chosen = t->data.chosen,
                                 .count = t->data.count,
                                 .batch = s->batch,
                                 .views = PL_CRITERION_VIEWS,
                                 .first = t->standing.step,
                                 .last = t->schedule.total};
    PL_TRY(pl_rundir_enter(ctx, s->out, &entered));
    PL_TRY(record(ctx, t, "running", 0, 0));
    PL_TRY(pl_record_epochs(ctx, s->out, t->standing.history, t->standing.rows));
    if (t->standing.step == 0) /* from here on the run can be resumed */
        PL_TRY(save(ctx, t));
    t->saved = true;
    PL_TRY(pl_loader_new(ctx, &spec, &loader));
    PL_TRY(loop(ctx, t, loader, hooks, out));
    if (*out == PL_TRAIN_FINISHED)
        PL_TRY(pl_weights_save(ctx, s->out, t->net));
done:
    pl_loader_free(loader);
    pl_rundir_leave(entered);
    return status;
}
