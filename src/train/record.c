#include "train/record.h"

#include <cblas.h>
#include <jansson.h>
#include <omp.h>
#include <oneapi/dnnl/dnnl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

const pl_column pl_epoch_columns[] = {
    [PL_EPOCH] = {"epoch", "1", "epochs that are over", false},
    [PL_STEP] = {"step", "1", "steps taken", false},
    [PL_LOSS] = {"loss", "nats", "mean over the epoch's steps", false},
    [PL_RATE] = {"learning_rate", "1", "of the epoch's last step", false},
    [PL_ALIGNMENT] = {"alignment", "1", "mean |z - z'|^2 of two views", false},
    [PL_UNIFORMITY] = {"uniformity", "nats", "log mean e^{-2|z - z'|^2} of two images", false},
    [PL_ATTRACTION_GAP] = {"attraction_gap", "1", "LEE25 attraction bound, mean gap", false},
    [PL_ATTRACTION_VIOLATIONS] = {"attraction_violations", "1", "share of anchors", false},
    [PL_REPULSION_GAP] = {"repulsion_gap", "1", "LEE25 repulsion bound, mean gap", false},
    [PL_REPULSION_VIOLATIONS] = {"repulsion_violations", "1", "share of anchors", false},
    [PL_PROTOTYPE_BIAS] = {"prototype_bias", "1", "E |mean view - class mean|^2", false},
    [PL_EFFECTIVE_RANK] = {"effective_rank", "1", "exp entropy of the covariance's spectrum",
                           false},
    [PL_LINEAR] = {"linear", "1", "test accuracy of the linear probe", false},
    [PL_KNN] = {"knn", "1", "test accuracy of the nearest neighbours' vote", false},
    [PL_EPOCH_COLUMNS] = {0}};

pl_status pl_record_text(pl_ctx *ctx, const char *run, const char *file, const char *text) {
    pl_status status;
    pl_text path = {0};
    pl_file *f = NULL;
    PL_TRY(pl_run_path(ctx, run, file, &path));
    PL_TRY(pl_file_begin(ctx, pl_text_get(&path), &f));
    PL_TRY(pl_file_write(ctx, f, text, strlen(text)));
    pl_file *complete = f;
    f = NULL;
    PL_TRY(pl_file_commit(ctx, complete));
done:
    pl_file_abandon(f);
    pl_text_free(&path);
    return status;
}

pl_status pl_record_epochs(pl_ctx *ctx, const char *run, const double *history, size_t rows) {
    pl_status status;
    pl_table *t = NULL;
    pl_text csv = {0};
    PL_TRY(pl_table_new(ctx, pl_epoch_columns, &t));
    for (size_t i = 0; i < rows; i++)
        PL_TRY(pl_table_add(ctx, t, history + i * PL_EPOCH_COLUMNS, NULL));
    pl_table_csv(t, &csv);
    PL_TRY(pl_text_status(ctx, &csv));
    PL_TRY(pl_record_text(ctx, run, "epochs.csv", pl_text_get(&csv)));
done:
    pl_text_free(&csv);
    pl_table_free(t);
    return status;
}

/* ---- run.json ----------------------------------------------------------------------------- */

static json_t *environment_json(const pl_ctx *ctx, int ranks) {
    const dnnl_version_t *v = dnnl_version();
    char onednn[64];
    snprintf(onednn, sizeof onednn, "%d.%d.%d", v->major, v->minor, v->patch);
    return json_pack("{s:s, s:s, s:s, s:i, s:s, s:s, s:i, s:i, s:i}", "plumb", PL_VERSION,
                     "compiler", __VERSION__, "onednn", onednn, "onednn_isa",
                     (int)dnnl_get_effective_cpu_isa(), "blas_kernel", openblas_get_corename(),
                     "mpi", PL_MPI, "ranks", ranks, "threads", pl_threads(ctx), "processors",
                     omp_get_num_procs());
}

static json_t *data_json(const pl_record *r) {
    const pl_images *m = &r->data->images;
    return json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:s}", "name", m->name, "images",
                     (json_int_t)m->count, "trained_on", (json_int_t)r->data->count, "channels",
                     (json_int_t)m->channels, "height", (json_int_t)m->height, "width",
                     (json_int_t)m->width, "classes", (json_int_t)m->classes, "sha256",
                     r->data_hash);
}

static json_t *network_json(const pl_net *net) {
    size_t count, total = 0;
    const pl_parameter *p = pl_net_parameters(net, &count);
    for (size_t i = 0; i < count; i++)
        total += p[i].count;
    json_t *layers = json_array();
    const pl_net_layer *l = pl_net_layers(net, &count);
    for (size_t i = 0; i < count; i++)
        json_array_append_new(layers,
                              json_pack("{s:s, s:s, s:s, s:s}", "name", l[i].name, "forward",
                                        l[i].forward, "backward_data", l[i].backward_data,
                                        "backward_weights", l[i].backward_weights));
    return json_pack("{s:I, s:I, s:o}", "parameters", (json_int_t)total, "arena_bytes",
                     (json_int_t)pl_net_memory(net), "layers", layers);
}

static json_t *columns_json(void) {
    json_t *array = json_array();
    for (const pl_column *c = pl_epoch_columns; c->name; c++)
        json_array_append_new(array, json_pack("{s:s, s:s, s:s}", "name", c->name, "unit", c->unit,
                                               "meaning", c->meaning));
    return array;
}

static json_t *warnings_json(const pl_ctx *ctx) {
    json_t *array = json_array();
    for (size_t i = 0; i < pl_warnings(ctx); i++)
        json_array_append_new(array, json_string(pl_warning(ctx, i)));
    return array;
}

pl_status pl_record_run(pl_ctx *ctx, const char *run, const pl_record *r) {
    pl_status status;
    json_t *settings = json_loads(r->settings, 0, NULL);
    json_t *object =
        json_pack("{s:s, s:s, s:I, s:I, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:f, s:f, s:f}",
                  "command", "train", "state", r->state, "step", (json_int_t)r->step, "steps",
                  (json_int_t)r->steps, "settings", settings, "settings_sha256", r->hash, "data",
                  data_json(r), "environment", environment_json(ctx, r->ranks), "network",
                  network_json(r->net), "columns", columns_json(), "warnings", warnings_json(ctx),
                  "seconds", r->seconds, "images_per_second", r->images_per_second,
                  "theory_columns_share", r->seconds > 0 ? r->theory_seconds / r->seconds : 0.0);
    char *text = object ? json_dumps(object, JSON_INDENT(2)) : NULL;
    json_decref(object);
    if (!text)
        return pl_fail(ctx, PL_ENOMEM, "out of memory while run.json is written");
    status = pl_record_text(ctx, run, "run.json", text);
    free(text);
    return status;
}
