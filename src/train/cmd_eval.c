/* plumb eval: probes of a run's frozen features. */

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/table.h"
#include "base/terminal.h"
#include "train/commands.h"
#include "train/evaluate.h"
#include "train/record.h"

static const char usage[] = "eval RUN [--probe linear|knn|both] [options]";
static const char summary[] =
    "Probes the frozen encoder of RUN on its data's test set: accuracies with Clopper-Pearson\n"
    "intervals (the training set taken as given), by class and, where the data have them, by\n"
    "subclass. linear: multinomial regression on standardised features, by L-BFGS to its minimum "
    "or\n"
    "by SGD. knn: the k nearest by cosine vote with weight e^(s/tau). Images are taken as they "
    "are, without\n"
    "augmentation. RUN gets eval.csv and eval.json.";

const pl_option pl_eval_options[] = {
    {"run", PL_OPT_TEXT, NULL, 0, 0, NULL, "RUN", "the run's directory", 0},
    {"probe", PL_OPT_SPEC, "both", 0, 0, "linear|knn|both", NULL, NULL, 0},
    {"layer", PL_OPT_SPEC, "features", 0, 0, "features|embeddings", NULL,
     "before or behind the projector", 0},
    {"k", PL_OPT_INT, "200", 1, 1e9, NULL, NULL, "neighbours that vote", 0},
    {"tau", PL_OPT_REAL, "0.07", 1e-6, 1e6, NULL, NULL, "temperature of the vote", 0},
    {"decay", PL_OPT_REAL, "1e-4", 0, 1e6, NULL, NULL, "of the linear probe: decay |W|^2/2", 0},
    {"probe-by", PL_OPT_SPEC, "lbfgs", 0, 0, "lbfgs|sgd", NULL, "how the linear probe is fitted",
     0},
    {"iterations", PL_OPT_INT, "300", 1, 1e6, NULL, NULL, "of L-BFGS, at most", 0},
    {"lr", PL_OPT_REAL, NULL, 1e-12, 1e6, NULL, NULL,
     "SGD's, falling to 0 by a cosine; 2/(dim + 1) unless given", 0},
    {"epochs", PL_OPT_INT, "100", 1, 1e6, NULL, NULL, "of SGD, momentum 0.9", 0},
    {"batch", PL_OPT_INT, "256", 1, 1e9, NULL, "N", "of SGD", 0},
    {"seed", PL_OPT_SEED, "1", 0, 0, NULL, NULL, "of SGD's order", 0},
    {"confidence", PL_OPT_REAL, "0.95", 0.5, 0.999999, NULL, NULL, "of the intervals", 0},
    {"data", PL_OPT_TEXT, NULL, 0, 0, NULL, "NAME:DIR", "where the images are now, if they moved",
     0},
    {"json", PL_OPT_FLAG, NULL, 0, 0, NULL, NULL, "one JSON object on standard output", 0},
    {"threads", PL_OPT_INT, NULL, 1, 1024, NULL, NULL, "threads, all cores unless given", 0},
    {0}};

static const pl_column columns[] = {{"probe", "", "linear or knn", true},
                                    {"labels", "", "class or subclass", true},
                                    {"accuracy", "1", "share of test images", false},
                                    {"lo", "1", "of its interval", false},
                                    {"hi", "1", "of its interval", false},
                                    {"hits", "1", "test images that are right", false},
                                    {"images", "1", "test images", false},
                                    {"iterations", "1", "of L-BFGS, steps of SGD", false},
                                    {"loss", "nats", "the linear probe's objective", false},
                                    {"gradient", "1", "norm of its gradient at the end", false},
                                    {0}};

typedef struct job {
    const pl_options *options;
    const pl_evaluation *evaluation;
    pl_table *table;
} job;

static pl_status add(pl_ctx *ctx, const job *j, const char *probe, const char *labels,
                     const pl_probe_score *s) {
    if (!s->converged)
        pl_warn(ctx,
                "the linear probe stopped after %zu iterations at loss %.6f, its gradient's norm "
                "being %.2g; pass more --iterations",
                s->iterations, s->loss, s->gradient);
    bool linear = strcmp(probe, "linear") == 0;
    return pl_table_add(ctx, j->table,
                        (double[]){0, 0, s->accuracy, s->lo, s->hi, (double)s->hits, (double)s->n,
                                   linear ? (double)s->iterations : (double)NAN,
                                   linear ? s->loss : (double)NAN,
                                   linear ? s->gradient : (double)NAN},
                        (const char *const[]){probe, labels});
}

static pl_linear_spec take_linear(const pl_options *o) {
    pl_linear_spec spec = pl_linear_defaults();
    if (strcmp(pl_option_spec(o, "probe-by", NULL), "sgd") == 0)
        spec.by = PL_PROBE_SGD;
    spec.decay = pl_option_real(o, "decay");
    spec.iterations = (size_t)pl_option_int(o, "iterations");
    if (pl_option_has(o, "lr"))
        spec.rate = pl_option_real(o, "lr");
    spec.epochs = (size_t)pl_option_int(o, "epochs");
    spec.batch = (size_t)pl_option_int(o, "batch");
    spec.seed = pl_option_seed(o, "seed");
    return spec;
}

static pl_status probe_labels(pl_ctx *ctx, const job *j, bool subclass) {
    pl_status status = PL_OK;
    const pl_options *o = j->options;
    const char *which = pl_option_spec(o, "probe", NULL), *labels = subclass ? "subclass" : "class";
    double level = pl_option_real(o, "confidence");
    size_t dim, classes, k = (size_t)pl_option_int(o, "k");
    pl_probe_set train, test;
    pl_probe_score s = {0};
    const pl_linear_spec spec = take_linear(o);
    pl_evaluation_sets(j->evaluation, subclass, &train, &test, &dim, &classes);
    if (classes == 0)
        return PL_OK;
    if (strcmp(which, "knn") != 0) {
        PL_TRY(pl_probe_linear(ctx, train, test, dim, classes, &spec, level, &s));
        PL_TRY(add(ctx, j, "linear", labels, &s));
    }
    if (strcmp(which, "linear") != 0) {
        if (k > train.n) {
            pl_warn(ctx, "--k is %zu, there are %zu training images: all vote", k, train.n);
            k = train.n;
        }
        PL_TRY(
            pl_probe_knn(ctx, train, test, dim, classes, k, pl_option_real(o, "tau"), level, &s));
        PL_TRY(add(ctx, j, "knn", labels, &s));
    }
done:
    return status;
}

/* The table as JSON, with what it was made from. */
static char *json_of(const pl_options *o, const pl_table *t, const char *step) {
    json_t *rows = json_array(), *settings = json_object();
    for (size_t r = 0; r < pl_table_rows(t); r++) {
        json_t *row = json_object();
        for (size_t c = 0; c < pl_table_columns(t); c++) {
            const pl_column *column = pl_table_column(t, c);
            double value = pl_table_at(t, r, c);
            json_object_set_new(row, column->name,
                                column->text      ? json_string(pl_table_word(t, r, c))
                                : isfinite(value) ? json_real(value)
                                                  : json_null());
        }
        json_array_append_new(rows, row);
    }
    for (size_t i = 0; i < pl_options_count(o); i++)
        if (pl_options_value(o, i))
            json_object_set_new(settings, pl_options_row(o, i)->name,
                                json_string(pl_options_value(o, i)));
    json_t *object = json_pack("{s:s, s:s, s:o, s:o}", "command", "eval", "step", step, "options",
                               settings, "rows", rows);
    char *text = object ? json_dumps(object, JSON_INDENT(2)) : NULL;
    json_decref(object);
    return text;
}

static pl_status write_results(pl_ctx *ctx, const job *j, const char *run, const char *step) {
    pl_status status;
    pl_text csv = {0}, shown = {0};
    char *json = json_of(j->options, j->table, step);
    if (!json)
        return pl_fail(ctx, PL_ENOMEM, "out of memory while the results are written");
    pl_table_csv(j->table, &csv);
    PL_TRY(pl_text_status(ctx, &csv));
    PL_TRY(pl_record_text(ctx, run, "eval.csv", pl_text_get(&csv)));
    PL_TRY(pl_record_text(ctx, run, "eval.json", json));
    if (pl_option_flag(j->options, "json"))
        pl_text_printf(&shown, "%s\n", json);
    else
        for (size_t r = 0; r < pl_table_rows(j->table); r++)
            pl_text_printf(&shown, "%-7s %-9s %6.2f %%   [%.2f, %.2f]   %.0f of %.0f test images\n",
                           pl_table_word(j->table, r, 0), pl_table_word(j->table, r, 1),
                           100 * pl_table_at(j->table, r, 2), 100 * pl_table_at(j->table, r, 3),
                           100 * pl_table_at(j->table, r, 4), pl_table_at(j->table, r, 5),
                           pl_table_at(j->table, r, 6));
    PL_TRY(pl_print_text(ctx, &shown));
done:
    pl_text_free(&csv);
    pl_text_free(&shown);
    free(json);
    return status;
}

static pl_status evaluate(pl_ctx *ctx, const pl_options *o) {
    pl_status status;
    pl_run r = {0};
    pl_dataset train = {0};
    pl_net *net = NULL;
    pl_evaluation *e = NULL;
    pl_table *table = NULL;
    char word[4200];
    char *const words[] = {word};
    const char *run = pl_option_text(o, "run"), *data = pl_option_text(o, "data");
    if (!run)
        return pl_fail(ctx, PL_EUSAGE, "which run? plumb eval runs/demo");
    snprintf(word, sizeof word, "--data=%s", data ? data : "");
    PL_TRY(pl_run_open(ctx, run, data ? 1 : 0, words, &r));
    PL_TRY(pl_dataset_open(ctx, &r.settings, PL_SPLIT_TRAIN, &train));
    PL_TRY(pl_run_network(ctx, &r, &train.images, &net, NULL, NULL));
    PL_TRY(pl_evaluation_new(ctx, &r.settings, &train, net, &e));
    PL_TRY(
        pl_evaluation_encode(ctx, e, strcmp(pl_option_spec(o, "layer", NULL), "embeddings") == 0));
    PL_TRY(pl_table_new(ctx, columns, &table));
    const job j = {o, e, table};
    PL_TRY(probe_labels(ctx, &j, false));
    PL_TRY(probe_labels(ctx, &j, true));
    const char *step = pl_tensors_note(&r.tensors, "step");
    PL_TRY(write_results(ctx, &j, run, step ? step : ""));
done:
    pl_table_free(table);
    pl_evaluation_free(e);
    pl_net_free(net);
    pl_dataset_free(&train);
    pl_run_free(&r);
    return status;
}

pl_status pl_cmd_eval(pl_ctx *ctx, const struct pl_registry *registry, int argc,
                      char *const *argv) {
    pl_options *o = NULL;
    (void)registry;
    if (pl_wants_help(argc, argv))
        return pl_print_usage(ctx, usage, summary, pl_eval_options);
    pl_status status = pl_options_parse(ctx, pl_eval_options, NULL, "run", argc, argv, &o);
    if (status)
        return status;
    if (pl_option_has(o, "threads"))
        pl_set_threads(ctx, (int)pl_option_int(o, "threads"));
    status = evaluate(ctx, o);
    pl_options_free(o);
    return status;
}
