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
    size_t own, first; /* images of a batch that are this rank's, and the first */
    size_t *label;     /* of a batch */
    float *z;          /* all ranks' embeddings; NULL: alone */
    float *dz;
    pl_step_seconds last; /* step's */
    double lap;           /* the clock at the end of its last part */
    bool saved;           /* the last checkpoint was written */
    double theory_seconds;
};

/* ---- making ------------------------------------------------------------------------------- */

static size_t rank(const pl_trainer *t) {
    return pl_ranks_rank(t->settings.ranks);
}

static void sum_moments(void *ranks, double *values, size_t count) {
    pl_ranks_sum(ranks, values, count);
}

static void gradients_ready(void *ranks, size_t from) {
    pl_ranks_ready(ranks, from);
}

/* This rank's part of every batch. */
static pl_status share_batch(pl_ctx *ctx, pl_trainer *t) {
    size_t batch = t->settings.batch, ranks = pl_ranks_size(t->settings.ranks);
    size_t whole = batch / ranks * ranks;
    if (whole != batch)
        return pl_fail(ctx, PL_EUSAGE,
                       "--batch %zu cannot be shared by %zu ranks alike; pass --batch %zu", batch,
                       ranks, whole + ranks);
    t->own = batch / ranks;
    t->first = t->own * rank(t);
    return PL_OK;
}

/* What the ranks exchange in a step; nothing where there is one. */
static pl_status share_network(pl_ctx *ctx, pl_trainer *t, size_t embedding) {
    pl_status status = PL_OK;
    pl_ranks *ranks = t->settings.ranks;
    const pl_net_peers peers = {pl_ranks_size(ranks), sum_moments, gradients_ready, ranks};
    size_t count;
    float *gradients = pl_net_gradients(t->net, &count);
    if (peers.ranks == 1)
        return PL_OK;
    pl_net_share(t->net, &peers);
    PL_NEW(ctx, t->z, PL_CRITERION_VIEWS * t->settings.batch * embedding);
    PL_TRY(pl_ranks_pieces(ctx, ranks, gradients, count));
done:
    return status;
}

/* Images of the theory columns. A forward pass of V = 4 views of each against forward and backward
 * of 2 views, 3 times as dear, of every image: a 16th of the images is 4 % of an epoch. */
static size_t watched(const pl_trainer *t) {
    enum { MOST = 512, LEAST = 32, PART = 16 };
    size_t part = t->data.count / PART;
    if (t->settings.monitor)
        return t->settings.monitor;
    return part > MOST ? MOST : part < LEAST ? LEAST : part;
}

/* Epochs between two rows with theory columns: their forward passes, of a whole batch each, against
 * the 3 that forward and backward of a step are; a twentieth at most. The same for any number of
 * ranks. */
static size_t as_cheap(const pl_trainer *t) {
    size_t at_once = PL_CRITERION_VIEWS * t->settings.batch / t->settings.monitor_views;
    size_t passes = at_once ? (watched(t) + at_once - 1) / at_once : 1, steps = 3 * t->epoch_steps;
    return (20 * passes + steps - 1) / steps;
}

static pl_status make_monitor(pl_ctx *ctx, pl_trainer *t) {
    const pl_encoding e = {.net = t->net,
                           .augment = t->views,
                           .images = &t->data.images,
                           .seed = t->settings.seed,
                           .views = t->settings.monitor_views};
    if (t->settings.every == 0)
        return PL_OK;
    if (t->settings.monitor_views > pl_net_built(t->net)->batch)
        return pl_fail(ctx, PL_EUSAGE,
                       "--monitor-views is %zu, the network takes %zu images at once",
                       t->settings.monitor_views, pl_net_built(t->net)->batch);
    return pl_monitor_new(ctx, &e, t->data.chosen, t->data.count, watched(t),
                          t->settings.loss.params.alpha, &t->monitor);
}

static pl_status build(pl_ctx *ctx, pl_trainer *t) {
    pl_status status;
    const pl_settings *s = &t->settings;
    size_t feature, embedding;
    PL_TRY(share_batch(ctx, t));
    PL_TRY(pl_dataset_open(ctx, s, PL_SPLIT_TRAIN, &t->data));
    if (s->batch > t->data.count)
        return pl_fail(ctx, PL_ESHAPE,
                       "--batch is %zu, there are %zu images to train on; pass at "
                       "most --batch %zu",
                       s->batch, t->data.count, t->data.count);
    t->epoch_steps = t->data.count / s->batch;
    PL_TRY(pl_settings_schedule(ctx, s, t->epoch_steps, &t->schedule));
    PL_TRY(pl_augment_new(ctx, &s->augment, &t->data.images, &t->views));
    PL_TRY(pl_network_new(ctx, s, t->views, PL_CRITERION_VIEWS * t->own, &t->net));
    PL_TRY(pl_optimiser_new(ctx, &s->optimiser, t->net, &t->optimiser));
    pl_net_widths(t->net, &feature, &embedding);
    PL_TRY(pl_criterion_new(ctx, &s->loss, s->batch, embedding, &t->criterion));
    PL_TRY(share_network(ctx, t, embedding));
    if (s->every == PL_EVERY_AS_CHEAP)
        t->settings.every = as_cheap(t);
    PL_TRY(make_monitor(ctx, t));
    if (s->probe_every && rank(t) == 0)
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
    pl_free(t->z);
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
    const char *ranks = pl_tensors_note(checkpoint, "ranks");
    long long before, now = (long long)pl_ranks_size(t->settings.ranks);
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
    if (ranks && pl_parse_int(ranks, &before) && before != now)
        pl_warn(ctx,
                "the run had %lld rank%s before, now %lld: it goes on, but to the same values only "
                "up to float32 rounding",
                before, before == 1 ? "" : "s", now);
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

/* Rank 0 writes, but no rank's weights may have left the others'. */
static pl_status save(pl_ctx *ctx, pl_trainer *t) {
    pl_ranks *ranks = t->settings.ranks;
    const pl_identity identity = {
        pl_text_get(&t->settings_text), t->hash, t->data_hash, t->settings.seed, pl_threads(ctx),
        (int)pl_ranks_size(ranks)};
    if (!weights_finite(t->net))
        return not_finite(ctx, t, "a weight", t->standing.step);
    if (ranks && !pl_ranks_same(ranks, pl_checkpoint_digest(t->net, t->optimiser)))
        return pl_fail(ctx, PL_EBUG,
                       "the ranks' weights are not the same bits at step %llu, nothing is saved: "
                       "different processors or libraries, or memory that fails; the last good "
                       "checkpoint is %s/%s",
                       (unsigned long long)t->standing.step, t->settings.out, PL_CHECKPOINT_FILE);
    t->saved = true;
    if (rank(t) != 0)
        return PL_OK;
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
    if (rank(t) != 0)
        return PL_OK;
    const pl_record r = {.state = state,
                         .settings = pl_text_get(&t->settings_text),
                         .hash = t->hash,
                         .data_hash = t->data_hash,
                         .data = &t->data,
                         .net = t->net,
                         .step = t->standing.step,
                         .steps = t->schedule.total,
                         .ranks = (int)pl_ranks_size(t->settings.ranks),
                         .seconds = seconds,
                         .images_per_second = seconds > 0 ? images / seconds : 0,
                         .theory_seconds = t->theory_seconds};
    return pl_record_run(ctx, t->settings.out, &r);
}

static pl_status record_epochs(pl_ctx *ctx, const pl_trainer *t) {
    if (rank(t) != 0)
        return PL_OK;
    return pl_record_epochs(ctx, t->settings.out, t->standing.history, t->standing.rows);
}

static pl_status warn_of_io(pl_ctx *ctx, pl_status status) {
    if (status != PL_EIO)
        return status;
    pl_warn(ctx, "%s; training goes on", pl_message(ctx));
    return PL_OK;
}

/* ---- the loop ----------------------------------------------------------------------------- */

/* Numbers in this rank's rows of a batch's embeddings. */
static size_t own_floats(const pl_trainer *t) {
    size_t feature, embedding;
    pl_net_widths(t->net, &feature, &embedding);
    return PL_CRITERION_VIEWS * t->own * embedding;
}

/* Seconds since the last lap without those waited for other ranks. */
static double lap(pl_trainer *t) {
    double now = pl_seconds(), waited = pl_ranks_waited(t->settings.ranks);
    double taken = now - t->lap - waited;
    t->last.waited += waited;
    t->lap = now;
    return taken;
}

/* Every rank knows the loss of the whole batch and its gradient at every embedding, and goes back
 * through its own images alone: the sum over the ranks is the whole gradient. */
static pl_status step(pl_ctx *ctx, pl_trainer *t, pl_loader *loader, double *loss) {
    pl_status status;
    pl_batch batch;
    const float *z;
    uint64_t k = t->standing.step;
    pl_ctx_keep(ctx, true); /* the loss's workspace: the same sizes every step */
    PL_TRY(pl_loader_next(ctx, loader, &batch));
    lap(t);
    t->last.waited = 0;
    PL_TRY(pl_net_forward(ctx, t->net, batch.pixels, PL_CRITERION_VIEWS * t->own, true, NULL, &z));
    if (t->z) {
        pl_ranks_gather(t->settings.ranks, z, own_floats(t), t->z);
        z = t->z;
    }
    t->last.forward = lap(t);
    for (size_t i = 0; i < t->settings.batch; i++)
        t->label[i] = t->data.label[batch.index[i]];
    status = pl_criterion_eval(ctx, t->criterion, z, t->label, loss, t->dz);
    if (status == PL_OK && !isfinite(*loss))
        status = not_finite(ctx, t, "the loss", k + 1);
    PL_TRY(status);
    t->last.loss = lap(t);
    PL_TRY(pl_net_backward(ctx, t->net, t->dz + rank(t) * own_floats(t)));
    pl_ranks_finish(t->settings.ranks);
    t->last.backward = lap(t);
    pl_optimiser_step(ctx, t->optimiser, pl_schedule_rate(&t->schedule, k));
    t->last.optimiser = lap(t);
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
        PL_TRY(not_finite(ctx, t, "a weight", s->step));
    if (rank(t) == 0 && due(epoch, t->settings.every, t->settings.epochs)) {
        double before = pl_seconds();
        status = pl_monitor_measure(ctx, t->monitor, &theory);
        t->theory_seconds += pl_seconds() - before;
    }
    if (status == PL_OK && t->evaluation && due(epoch, t->settings.probe_every, t->settings.epochs))
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
    return pl_ranks_status(ctx, t->settings.ranks, status);
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
        stop = pl_ranks_largest(s->ranks, hooks->stop && hooks->stop(hooks->data));
        bool over = t->standing.step % t->epoch_steps == 0;
        if (over) {
            PL_TRY(end_epoch(ctx, t, hooks));
            PL_TRY(warn_of_io(ctx, record_epochs(ctx, t)));
        }
        t->saved = false;
        if (over || (s->save_every && t->standing.step % s->save_every == 0))
            PL_TRY(save_or_warn(ctx, t));
    }
    if (pl_ranks_largest(s->ranks, !t->saved)) /* rank 0 knows */
        PL_TRY(save(ctx, t));
    *end = t->standing.step == t->schedule.total ? PL_TRAIN_FINISHED : PL_TRAIN_STOPPED;
    double images = PL_CRITERION_VIEWS * (double)s->batch * (double)(t->standing.step - first);
    PL_TRY(record(ctx, t, *end == PL_TRAIN_FINISHED ? "finished" : "stopped",
                  pl_seconds() - started, images));
done:
    return status;
}

static pl_status start_loader(pl_ctx *ctx, const pl_trainer *t, pl_loader **out) {
    const pl_loader_spec spec = {.images = &t->data.images,
                                 .augment = &t->settings.augment,
                                 .seed = t->settings.seed,
                                 .chosen = t->data.chosen,
                                 .count = t->data.count,
                                 .batch = t->settings.batch,
                                 .own = t->own,
                                 .own_first = t->first,
                                 .views = PL_CRITERION_VIEWS,
                                 .first = t->standing.step,
                                 .last = t->schedule.total};
    return pl_loader_new(ctx, &spec, out);
}

/* Whether all ranks are about to do the same from the same start. */
static pl_status agree(pl_ctx *ctx, const pl_trainer *t) {
    pl_text text = {0};
    if (!t->settings.ranks)
        return PL_OK;
    pl_status status = pl_settings_lines(ctx, t->options, t->data_hash, &text);
    pl_text_printf(&text, "step %llu\nweights 0x%016llx\n", (unsigned long long)t->standing.step,
                   (unsigned long long)pl_checkpoint_digest(t->net, t->optimiser));
    if (status == PL_OK)
        status = pl_text_status(ctx, &text);
    if (status == PL_OK)
        status = pl_ranks_agree(ctx, t->settings.ranks, pl_text_get(&text));
    pl_text_free(&text);
    return status;
}

/* Rank 0 takes the run's directory. */
static pl_status enter(pl_ctx *ctx, const pl_trainer *t, int *entered) {
    pl_status status = PL_OK;
    if (rank(t) == 0)
        PL_TRY(pl_rundir_enter(ctx, t->settings.out, entered));
    PL_TRY(record(ctx, t, "running", 0, 0));
    PL_TRY(record_epochs(ctx, t));
done:
    return pl_ranks_status(ctx, t->settings.ranks, status);
}

static double sum_of(const pl_step_seconds *s) {
    return s->forward + s->loss + s->backward + s->optimiser;
}

pl_status pl_trainer_time(pl_ctx *ctx, pl_trainer *t, size_t steps, pl_step_seconds *out) {
    pl_status status;
    pl_loader *loader = NULL;
    double loss;
    if (t->schedule.total < steps + 1)
        return pl_fail(ctx, PL_EUSAGE, "the run has %llu steps, %zu are timed; pass more --epochs",
                       (unsigned long long)t->schedule.total, steps + 1);
    PL_TRY(agree(ctx, t));
    PL_TRY(start_loader(ctx, t, &loader));
    for (size_t i = 0; i <= steps; i++) {
        PL_TRY(step(ctx, t, loader, &loss));
        if (i < 2 || sum_of(&t->last) < sum_of(out)) /* the first one warms up */
            *out = t->last;
    }
done:
    pl_loader_free(loader);
    return status;
}

pl_net *pl_trainer_net(pl_trainer *t) {
    return t->net;
}

pl_status pl_trainer_run(pl_ctx *ctx, pl_trainer *t, const pl_train_hooks *hooks,
                         pl_train_end *out) {
    pl_status status;
    pl_loader *loader = NULL;
    int entered = -1;
    const pl_settings *s = &t->settings;
    PL_TRY(agree(ctx, t));
    PL_TRY(enter(ctx, t, &entered));
    if (t->standing.step == 0) /* from here on the run can be resumed */
        PL_TRY(save(ctx, t));
    t->saved = true;
    PL_TRY(start_loader(ctx, t, &loader));
    PL_TRY(loop(ctx, t, loader, hooks, out));
    if (*out == PL_TRAIN_FINISHED && rank(t) == 0)
        PL_TRY(pl_weights_save(ctx, s->out, t->net));
done:
    pl_loader_free(loader);
    pl_rundir_leave(entered);
    return status;
}
