#include "study/cell.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/progress.h"
#include "claim/output.h"
#include "train/evaluate.h"
#include "train/probe_ridge.h"
#include "train/record.h"
#include "train/rundir.h"

enum { MOST_WORDS = 64 };
static const char RESULT[] = "cell.json";

pl_status study_store_new(pl_ctx *ctx, const char *keep, const char *data, const char *stand_in,
                          study_store *out) {
    pl_status status;
    pl_dataset d = {0};
    const pl_settings s = {.data = data};
    status = pl_dataset_open(ctx, &s, PL_SPLIT_TRAIN, &d);
    if (status == PL_EIO || status == PL_EUSAGE) {
        pl_text said = {0};
        pl_text_add(&said, pl_message(ctx));
        status = pl_fail(ctx, status, "%s; the study's smaller stand-in is --data %s",
                         pl_text_get(&said), stand_in);
        pl_text_free(&said);
    }
    if (status == PL_OK)
        pl_dataset_hash(&d, out->data_hash);
    out->keep = keep;
    pl_dataset_free(&d);
    return status;
}

/* Where a cell is and what it is trained with. */
typedef struct place {
    pl_options *options;
    pl_settings settings;
    pl_text dir, result;
} place;

static void place_free(place *p) {
    pl_options_free(p->options);
    pl_text_free(&p->dir);
    pl_text_free(&p->result);
}

static pl_status place_new(pl_ctx *ctx, const study_store *store, const char *const *words,
                           uint64_t seed, place *out) {
    pl_status status;
    place p = {0};
    char number[32], hash[65];
    char *argv[MOST_WORDS];
    int argc = 0;
    for (; words[argc] && argc < MOST_WORDS - 2; argc++)
        argv[argc] = (char *)(uintptr_t)words[argc];
    snprintf(number, sizeof number, "--seed=%llu", (unsigned long long)seed);
    argv[argc++] = number;
    PL_TRY(pl_options_parse(ctx, pl_settings_rows, NULL, NULL, argc, argv, &p.options));
    PL_TRY(pl_settings_take(ctx, p.options, &p.settings));
    PL_TRY(pl_settings_hash(ctx, p.options, store->data_hash, hash));
    pl_text_printf(&p.dir, "%s/%.16s", store->keep, hash);
    PL_TRY(pl_text_status(ctx, &p.dir));
    PL_TRY(pl_run_path(ctx, pl_text_get(&p.dir), RESULT, &p.result));
    PL_TRY(pl_options_set(ctx, p.options, "out", pl_text_get(&p.dir)));
    PL_TRY(pl_settings_take(ctx, p.options, &p.settings));
    *out = p;
    p = (place){0};
done:
    place_free(&p);
    return status;
}

/* ---- the result on disk ------------------------------------------------------------------- */

typedef struct field {
    const char *name;
    size_t offset;
} field;

static const field fields[] = {{"linear", offsetof(study_cell, linear)},
                               {"knn", offsetof(study_cell, knn)},
                               {"ridge", offsetof(study_cell, ridge)},
                               {"linear_subclass", offsetof(study_cell, linear_subclass)},
                               {"knn_subclass", offsetof(study_cell, knn_subclass)},
                               {"ridge_subclass", offsetof(study_cell, ridge_subclass)},
                               {0}};

static double *field_of(study_cell *c, const field *f) {
    return (double *)(void *)((char *)c + f->offset);
}

static pl_status write_result(pl_ctx *ctx, const place *p, study_cell *c) {
    pl_text settings = {0};
    pl_status status = pl_settings_json(ctx, p->options, &settings);
    json_t *object = json_object(), *rows = json_array();
    if (status == PL_OK)
        json_object_set_new(object, "settings", json_loads(pl_text_get(&settings), 0, NULL));
    for (const field *f = fields; f->name; f++)
        json_object_set_new(object, f->name, pl_json_number(*field_of(c, f)));
    for (size_t r = 0; r < c->epochs; r++) {
        json_t *row = json_array();
        for (size_t k = 0; k < PL_EPOCH_COLUMNS; k++)
            json_array_append_new(row, pl_json_number(c->history[r * PL_EPOCH_COLUMNS + k]));
        json_array_append_new(rows, row);
    }
    json_object_set_new(object, "epochs", rows);
    if (status == PL_OK)
        status = pl_json_write(ctx, object, pl_text_get(&p->result));
    json_decref(object);
    pl_text_free(&settings);
    return status;
}

static double number_of(const json_t *v) {
    return json_is_number(v) ? json_number_value(v) : (double)NAN;
}

static pl_status read_result(pl_ctx *ctx, const place *p, study_cell *out) {
    pl_status status = PL_OK;
    study_cell c = {0};
    json_error_t error;
    const char *path = pl_text_get(&p->result);
    json_t *object = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    const json_t *rows = json_object_get(object, "epochs");
    bool whole = json_is_array(rows) && json_array_size(rows) == p->settings.epochs;
    c.epochs = p->settings.epochs;
    PL_NEW(ctx, c.history, c.epochs * PL_EPOCH_COLUMNS);
    for (size_t r = 0; whole && r < c.epochs; r++) {
        const json_t *row = json_array_get(rows, r);
        whole = json_array_size(row) == PL_EPOCH_COLUMNS;
        for (size_t k = 0; whole && k < PL_EPOCH_COLUMNS; k++)
            c.history[r * PL_EPOCH_COLUMNS + k] = number_of(json_array_get(row, k));
    }
    for (const field *f = fields; f->name; f++)
        *field_of(&c, f) = number_of(json_object_get(object, f->name));
    if (!whole || isnan(c.linear)) {
        status = pl_fail(ctx, PL_EINPUT, "%s is damaged: remove %s and run the study again", path,
                         pl_text_get(&p->dir));
        goto done;
    }
    *out = c;
    c = (study_cell){0};
done:
    json_decref(object);
    study_cell_free(&c);
    return status;
}

void study_cell_free(study_cell *c) {
    pl_free(c->history);
    *c = (study_cell){0};
}

/* ---- computing it ------------------------------------------------------------------------- */

typedef struct watch {
    pl_progress progress;
    const char *note;
} watch;

static void say_step(void *data, const pl_train_report *r) {
    watch *w = data;
    char note[200];
    snprintf(note, sizeof note, "%s  epoch %llu/%llu  loss %.4f", w->note,
             (unsigned long long)r->epoch, (unsigned long long)r->epochs, r->loss);
    pl_progress_step_note(&w->progress, r->step, note);
}

/* A run that is there and not over goes on. */
static pl_status train(pl_ctx *ctx, const place *p, const char *note) {
    pl_status status;
    pl_trainer *t = NULL;
    pl_run before = {0};
    pl_text checkpoint = {0};
    pl_train_end end;
    uint64_t steps;
    const char *dir = pl_text_get(&p->dir);
    watch w = {.note = note};
    PL_TRY(pl_run_path(ctx, dir, PL_CHECKPOINT_FILE, &checkpoint));
    PL_TRY(pl_rundir_make(ctx, dir));
    PL_TRY(pl_trainer_new(ctx, p->options, &p->settings, &t));
    if (access(pl_text_get(&checkpoint), F_OK) == 0) {
        PL_TRY(pl_run_open(ctx, dir, 0, NULL, &before));
        PL_TRY(pl_trainer_resume(ctx, t, &before.tensors));
    }
    pl_trainer_step(t, &steps);
    w.progress = pl_progress_start("step", steps, false);
    const pl_train_hooks hooks = {.step = say_step, .data = &w};
    status = pl_trainer_run(ctx, t, &hooks, &end);
    pl_progress_end(&w.progress);
    if (status == PL_ENOCONV) { /* a result: its last good checkpoint is what is left of it */
        pl_warn(ctx, "%s: %s", note, pl_message(ctx));
        status = PL_OK;
    }
done:
    pl_text_free(&checkpoint);
    pl_run_free(&before);
    pl_trainer_free(t);
    return status;
}

/* The probes on the frozen features. */
static pl_status probe(pl_ctx *ctx, const pl_evaluation *e, bool subclass, double *linear,
                       double *knn, double *ridge) {
    pl_status status;
    const double level = .95, absolute = 1e-3;
    pl_probe_set train, test;
    pl_probe_score s;
    size_t dim, classes;
    const pl_linear_spec spec = pl_linear_defaults();
    pl_evaluation_sets(e, subclass, &train, &test, &dim, &classes);
    *linear = *knn = *ridge = (double)NAN;
    if (classes == 0)
        return PL_OK;
    size_t k = train.n < PL_KNN_NEIGHBOURS ? train.n : PL_KNN_NEIGHBOURS;
    PL_TRY(pl_probe_linear(ctx, train, test, dim, classes, &spec, level, &s));
    *linear = s.accuracy;
    PL_TRY(pl_probe_ridge(ctx, train, test, dim, classes, absolute, level, &s));
    *ridge = s.accuracy;
    status = pl_probe_knn(ctx, train, test, dim, classes, k, PL_KNN_TAU, level, &s);
    if (status == PL_OK)
        *knn = s.accuracy;
    else if (status == PL_EDOMAIN) /* a feature of a dead network is zero: it has no neighbours */
        status = PL_OK;
done:
    return status;
}

static pl_status evaluate(pl_ctx *ctx, const place *p, study_cell *out) {
    pl_status status;
    pl_run r = {0};
    pl_dataset data = {0};
    pl_net *net = NULL;
    pl_evaluation *e = NULL;
    study_cell c = {0};
    pl_standing standing = {.columns = PL_EPOCH_COLUMNS};
    PL_TRY(pl_run_open(ctx, pl_text_get(&p->dir), 0, NULL, &r));
    PL_TRY(pl_dataset_open(ctx, &r.settings, PL_SPLIT_TRAIN, &data));
    PL_TRY(pl_run_network(ctx, &r, &data.images, &net, NULL, NULL));
    PL_TRY(pl_evaluation_new(ctx, &r.settings, &data, net, &e));
    PL_TRY(pl_evaluation_encode(ctx, e, false));
    PL_TRY(probe(ctx, e, false, &c.linear, &c.knn, &c.ridge));
    PL_TRY(probe(ctx, e, true, &c.linear_subclass, &c.knn_subclass, &c.ridge_subclass));
    PL_NEW(ctx, c.history, p->settings.epochs * PL_EPOCH_COLUMNS);
    standing.history = c.history;
    PL_TRY(pl_checkpoint_standing(ctx, &r.tensors, p->settings.epochs, &standing));
    c.epochs = p->settings.epochs;
    for (size_t i = standing.rows * PL_EPOCH_COLUMNS; i < c.epochs * PL_EPOCH_COLUMNS; i++)
        c.history[i] = (double)NAN; /* it diverged */
    *out = c;
    c = (study_cell){0};
done:
    study_cell_free(&c);
    pl_evaluation_free(e);
    pl_net_free(net);
    pl_dataset_free(&data);
    pl_run_free(&r);
    return status;
}

pl_status study_cell_get(pl_ctx *ctx, const study_store *store, const char *const *words,
                         uint64_t seed, const char *note, study_cell *out) {
    pl_status status;
    place p = {0};
    PL_TRY(place_new(ctx, store, words, seed, &p));
    if (access(pl_text_get(&p.result), F_OK) != 0) {
        PL_TRY(train(ctx, &p, note));
        PL_TRY(evaluate(ctx, &p, out));
        PL_TRY(write_result(ctx, &p, out));
        study_cell_free(out);
    }
    PL_TRY(read_result(ctx, &p, out));
done:
    place_free(&p);
    return status;
}

pl_status study_cell_known(pl_ctx *ctx, const study_store *store, const char *const *words,
                           uint64_t seed, bool *out) {
    place p = {0};
    pl_status status = place_new(ctx, store, words, seed, &p);
    *out = status == PL_OK && access(pl_text_get(&p.result), F_OK) == 0;
    place_free(&p);
    return status;
}
