#include "study/compare.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/progress.h"
#include "math/stats.h"
#include "study/study.h"

static const double LEVEL = .95;
static const char TAIL[] = "--long-tail=";
enum { STANDARD_SEEDS = 5, WHOLE_SET = 60000, BATCH = 128 };

const pl_option study_options[] = {
    {"data", PL_OPT_TEXT, "fashion-mnist", 0, 0, NULL, "NAME:DIR", "the images, as for plumb train",
     0},
    {"model", PL_OPT_TEXT, "small-cnn", 0, 0, NULL, "NAME", "as for plumb train", 0},
    {"effort", PL_OPT_SPEC, "standard", 0, 0, "quick|standard|deep", NULL,
     "size where --images and --epochs do not say it: a first look, minutes, a paper's", 0},
    {"images", PL_OPT_INT, NULL, 64, 1e9, NULL, "N", "each network is trained on", 0},
    {"epochs", PL_OPT_INT, NULL, 1, 1e6, NULL, NULL, NULL, 0},
    {"replicates", PL_OPT_INT, "5", 2, 1000, NULL, "SEEDS",
     "seeds of every arm; a seed's images, order and first weights are the same in all arms", 0},
    {"seed", PL_OPT_SEED, "1", 0, 0, NULL, NULL, "the first of them", 0},
    {"arm", PL_OPT_TEXT, NULL, 0, 0, NULL, "ARM", "only the comparisons of this arm", 0},
    {"measure", PL_OPT_TEXT, NULL, 0, 0, NULL, "MEASURE", "only those in this measure", 0},
    {"each", PL_OPT_FLAG, NULL, 0, 0, NULL, NULL, "a row a network instead of a comparison", 0},
    {"keep", PL_OPT_TEXT, "studies", 0, 0, NULL, "DIR",
     "where trained networks are kept; those that are there are not trained again", 0},
    {0}};

const pl_column study_columns[] = {
    {"arm", "", "what is compared", true},
    {"base", "", "with what", true},
    {"measure", "", "in what: test accuracy, or a theory column after the last epoch", true},
    {"published", "", "what the paper says of arm against base", true},
    {"verdict", "", "by the interval of the gain", true},
    {"base_mean", "1", "mean over seeds", false},
    {"arm_mean", "1", "mean over seeds", false},
    {"gain", "1", "arm - base, mean of the paired differences", false},
    {"error", "1", "its standard error", false},
    {"lo", "1", "of its 95 % t interval", false},
    {"hi", "1", "of its 95 % t interval", false},
    {"seeds", "1", "pairs", false},
    {0}};

static const pl_column each_columns[] = {
    {"arm", "", "which options", true},
    {"seed", "1", "of images, order, weights and views", false},
    {"linear", "1", "test accuracy of the linear probe", false},
    {"knn", "1", "test accuracy of the neighbours' vote", false},
    {"ridge", "1", "test accuracy of least squares with an absolute ridge", false},
    {"linear_subclass", "1", "on the subclasses, where there are any", false},
    {"knn_subclass", "1", "on the subclasses, where there are any", false},
    {"ridge_subclass", "1", "on the subclasses, where there are any", false},
    {"alignment", "1", "mean |z - z'|^2 of two views", false},
    {"uniformity", "nats", "log mean e^{-2|z - z'|^2} of two images", false},
    {"attraction_gap", "1", "LEE25 attraction bound, mean gap", false},
    {"repulsion_gap", "1", "LEE25 repulsion bound, mean gap", false},
    {"prototype_bias", "1", "E |mean view - class mean|^2", false},
    {"effective_rank", "1", "exp entropy of the covariance's spectrum", false},
    {"loss", "nats", "mean over the last epoch", false},
    {0}};

const pl_program study_each = {
    .name = "--each", .summary = "a row a network", .columns = each_columns};
const pl_program *const study_variants[] = {&study_each, NULL};

const pl_program *study_variant(const pl_options *o) {
    return pl_option_flag(o, "each") ? &study_each : NULL;
}

/* ---- measures ----------------------------------------------------------------------------- */

double study_measure(const study_cell *c, const char *name) {
    static const struct {
        const char *name;
        int column;
    } last[] = {{"loss", PL_LOSS},
                {"alignment", PL_ALIGNMENT},
                {"uniformity", PL_UNIFORMITY},
                {"attraction_gap", PL_ATTRACTION_GAP},
                {"repulsion_gap", PL_REPULSION_GAP},
                {"prototype_bias", PL_PROTOTYPE_BIAS},
                {"effective_rank", PL_EFFECTIVE_RANK}};
    const struct {
        const char *name;
        double value;
    } probes[] = {{"linear", c->linear},
                  {"knn", c->knn},
                  {"ridge", c->ridge},
                  {"linear_subclass", c->linear_subclass},
                  {"knn_subclass", c->knn_subclass},
                  {"ridge_subclass", c->ridge_subclass}};
    for (size_t i = 0; i < sizeof probes / sizeof *probes; i++)
        if (strcmp(name, probes[i].name) == 0)
            return probes[i].value;
    for (size_t i = 0; i < sizeof last / sizeof *last; i++)
        if (strcmp(name, last[i].name) == 0)
            return c->history[(c->epochs - 1) * PL_EPOCH_COLUMNS + (size_t)last[i].column];
    return (double)NAN;
}

pl_status study_summarise(pl_ctx *ctx, pl_table *out, const char *name, const char *error_name,
                          const char *meaning, const double *value, size_t n) {
    const pl_summary list[] = {{name, "1", meaning, pl_mean(value, n)},
                               {error_name, "1", "its standard error over the seeds",
                                sqrt(pl_variance(value, n) / (double)n)}};
    return pl_table_summarise_list(ctx, out, list, 2);
}

/* ---- which cells -------------------------------------------------------------------------- */

static size_t arm_named(const study_design *d, const char *name) {
    size_t a = 0;
    while (strcmp(d->arms[a].name, name) != 0)
        a++;
    return a;
}

static bool wanted(const study_comparison *c, const pl_options *o) {
    const char *arm = pl_option_text(o, "arm"), *measure = pl_option_text(o, "measure");
    return (!arm || strcmp(arm, c->arm) == 0) && (!measure || strcmp(measure, c->measure) == 0);
}

static pl_status choose(pl_ctx *ctx, const pl_options *o, const study_design *d,
                        bool chosen[STUDY_MOST_ARMS], bool *complete) {
    const char *arm = pl_option_text(o, "arm"), *measure = pl_option_text(o, "measure");
    size_t best = SIZE_MAX, best_measure = SIZE_MAX;
    const char *nearest = "none", *nearest_measure = "none";
    bool any = !arm && !measure;
    for (size_t a = 0; d->arms[a].name; a++)
        chosen[a] = any;
    for (const study_comparison *c = d->comparisons; c->arm; c++) {
        pl_nearest(arm ? arm : "", c->arm, &best, &nearest);
        pl_nearest(measure ? measure : "", c->measure, &best_measure, &nearest_measure);
        if (wanted(c, o))
            any = chosen[arm_named(d, c->arm)] = chosen[arm_named(d, c->base)] = true;
    }
    *complete = true;
    for (size_t a = 0; d->arms[a].name; a++)
        *complete = *complete && chosen[a];
    if (!any)
        return pl_fail(
            ctx, PL_EUSAGE,
            "no comparison is of arm '%s' in measure '%s'; the nearest are '%s' and '%s'",
            arm ? arm : "any", measure ? measure : "any", nearest, nearest_measure);
    return PL_OK;
}

typedef struct size {
    size_t images, epochs;
} size;

static pl_status size_of(pl_ctx *ctx, const pl_options *o, const study_design *d, size *out) {
    pl_status status = PL_OK;
    pl_dataset tail = {0};
    const char *effort = pl_option_spec(o, "effort", NULL);
    size s = {d->images, d->epochs};
    if (strcmp(effort, "quick") == 0)
        s = (size){1000, 2};
    else if (strcmp(effort, "deep") == 0)
        s = (size){0, 100};
    if (pl_option_has(o, "images"))
        s.images = (size_t)pl_option_int(o, "images");
    if (pl_option_has(o, "epochs"))
        s.epochs = (size_t)pl_option_int(o, "epochs");
    if (d->tail) {
        const pl_settings settings = {.data = pl_option_text(o, "data"), .long_tail = d->tail};
        PL_TRY(pl_dataset_open(ctx, &settings, PL_SPLIT_TRAIN, &tail));
        s.images = tail.count;
    }
    *out = s;
done:
    pl_dataset_free(&tail);
    return status;
}

/* ---- training them ------------------------------------------------------------------------ */

typedef struct words {
    const char *list[4 * STUDY_MOST_WORDS];
    char data[4200], model[300], images[40], epochs[40], batch[40];
} words;

static void words_of(const pl_options *o, const study_design *d, const study_arm *arm, size s,
                     words *w) {
    size_t n = 0;
    const char *data = pl_option_text(o, "data");
    size_t name = strcspn(data, ":"); /* "cifar10" is not the beginning of "cifar100" */
    snprintf(w->data, sizeof w->data, "--data=%s", data);
    snprintf(w->model, sizeof w->model, "--model=%s", pl_option_text(o, "model"));
    snprintf(w->images, sizeof w->images, "--images=%zu", s.images);
    snprintf(w->epochs, sizeof w->epochs, "--epochs=%zu", s.epochs);
    w->list[n++] = w->data;
    w->list[n++] = w->model;
    w->list[n++] = w->epochs;
    snprintf(w->batch, sizeof w->batch, "--batch=%zu",
             s.images && s.images < BATCH ? s.images : BATCH);
    w->list[n++] = w->batch;
    if (s.images && strncmp(arm->words[0], TAIL, strlen(TAIL)) != 0) /* the tail says how many */
        w->list[n++] = w->images;
    for (size_t i = 0; i < STUDY_MOST_WORDS && d->words[i]; i++)
        w->list[n++] = d->words[i];
    for (size_t i = 0; d->of_data[i].data; i++)
        if (strncmp(data, d->of_data[i].data, name) == 0 && !d->of_data[i].data[name])
            w->list[n++] = d->of_data[i].word;
    for (size_t i = 0; i < STUDY_MOST_WORDS && arm->words[i]; i++)
        w->list[n++] = arm->words[i];
    w->list[n] = NULL;
}

/* What it will take, before it starts. */
static pl_status say_cost(pl_ctx *ctx, const pl_options *o, const study_results *r,
                          const study_store *store, const bool *chosen, size s) {
    pl_status status = PL_OK;
    const study_design *d = r->design;
    size_t missing = 0, total = 0;
    uint64_t first = pl_option_seed(o, "seed");
    words w;
    for (size_t a = 0; a < r->arms; a++)
        for (size_t k = 0; chosen[a] && k < r->seeds; k++) {
            bool known;
            words_of(o, d, &d->arms[a], s, &w);
            PL_TRY(study_cell_known(ctx, store, w.list, first + k, &known));
            missing += !known;
            total++;
        }
    const pl_study_cost *cost = pl_study_costs;
    while (cost->program != d->program)
        cost++;
    double each = cost->seconds / (double)(STANDARD_SEEDS * r->arms);
    double work = (double)(s.images ? s.images : WHOLE_SET) * (double)s.epochs /
                  ((double)(d->images ? d->images : WHOLE_SET) * (double)d->epochs);
    char images[32] = "all";
    if (s.images)
        snprintf(images, sizeof images, "%zu", s.images);
    pl_progress_note("%zu networks, %zu of them to train on %s images x %zu epochs: about %.0f min "
                     "with small-cnn on two cores",
                     total, missing, images, s.epochs, ceil(each * work * (double)missing / 60));
done:
    return status;
}

static pl_status run_cells(pl_ctx *ctx, const pl_options *o, study_results *r, const bool *chosen) {
    pl_status status;
    const study_design *d = r->design;
    uint64_t first = pl_option_seed(o, "seed");
    study_store store;
    words w;
    size s;
    char note[200];
    PL_TRY(study_store_new(ctx, pl_option_text(o, "keep"), pl_option_text(o, "data"),
                           "fashion-mnist", &store));
    PL_TRY(size_of(ctx, o, d, &s));
    PL_TRY(say_cost(ctx, o, r, &store, chosen, s));
    for (size_t k = 0; k < r->seeds; k++)
        for (size_t a = 0; a < r->arms; a++) {
            if (!chosen[a])
                continue;
            words_of(o, d, &d->arms[a], s, &w);
            snprintf(note, sizeof note, "network %zu of %zu: %s, seed %llu", k * r->arms + a + 1,
                     r->arms * r->seeds, d->arms[a].name, (unsigned long long)(first + k));
            PL_TRY(
                study_cell_get(ctx, &store, w.list, first + k, note, &r->cell[a * r->seeds + k]));
        }
done:
    return status;
}

pl_status study_train(pl_ctx *ctx, const pl_options *o, const study_design *design,
                      study_results *out) {
    pl_status status;
    bool chosen[STUDY_MOST_ARMS];
    study_results r = {.design = design, .seeds = (size_t)pl_option_int(o, "replicates")};
    PL_TRY(choose(ctx, o, design, chosen, &r.complete));
    while (design->arms[r.arms].name)
        r.arms++;
    PL_NEW(ctx, r.cell, r.arms * r.seeds);
    PL_TRY(run_cells(ctx, o, &r, chosen));
    *out = r;
    r = (study_results){0};
done:
    study_results_free(&r);
    return status;
}

void study_results_free(study_results *r) {
    for (size_t i = 0; r->cell && i < r->arms * r->seeds; i++)
        study_cell_free(&r->cell[i]);
    pl_free(r->cell);
    *r = (study_results){0};
}

/* ---- tables ------------------------------------------------------------------------------- */

static const char *said(int published) {
    return published > 0 ? "larger" : published < 0 ? "smaller" : "-";
}

static const char *verdict(int published, double lo, double hi) {
    if (published == 0 || isnan(lo))
        return "-";
    double low = published > 0 ? lo : -hi, high = published > 0 ? hi : -lo;
    return low > 0 ? "HOLDS" : high < 0 ? "VIOLATED" : "INCONCLUSIVE";
}

static pl_status add_comparison(pl_ctx *ctx, const study_results *r, const study_comparison *c,
                                pl_table *out) {
    pl_status status = PL_OK;
    size_t n = r->seeds;
    double *x = NULL, *difference, *arm;
    const study_cell *a = r->cell + arm_named(r->design, c->arm) * n,
                     *b = r->cell + arm_named(r->design, c->base) * n;
    PL_NEW(ctx, x, 3 * n);
    difference = x + n;
    arm = x + 2 * n;
    for (size_t k = 0; k < n; k++) {
        x[k] = study_measure(&b[k], c->measure);
        arm[k] = study_measure(&a[k], c->measure);
        difference[k] = arm[k] - x[k];
    }
    pl_interval gain = pl_mean_interval(difference, n, LEVEL);
    PL_TRY(pl_table_add(
        ctx, out,
        (double[]){0, 0, 0, 0, 0, pl_mean(x, n), pl_mean(arm, n), pl_mean(difference, n),
                   sqrt(pl_variance(difference, n) / (double)n), gain.lo, gain.hi, (double)n},
        (const char *const[]){c->arm, c->base, c->measure, said(c->published),
                              verdict(c->published, gain.lo, gain.hi)}));
done:
    pl_free(x);
    return status;
}

static pl_status add_each(pl_ctx *ctx, const study_results *r, uint64_t first, pl_table *out) {
    pl_status status = PL_OK;
    for (size_t a = 0; a < r->arms; a++)
        for (size_t k = 0; k < r->seeds; k++) {
            const study_cell *c = &r->cell[a * r->seeds + k];
            double row[sizeof each_columns / sizeof *each_columns] = {0, (double)(first + k)};
            for (size_t i = 2; each_columns[i].name && c->epochs; i++)
                row[i] = study_measure(c, each_columns[i].name);
            if (c->epochs)
                PL_TRY(pl_table_add(ctx, out, row, (const char *const[]){r->design->arms[a].name}));
        }
done:
    return status;
}

pl_status study_compare(pl_ctx *ctx, const pl_options *o, const study_design *design,
                        pl_table *out) {
    pl_status status;
    study_results r = {0};
    bool each = pl_option_flag(o, "each");
    PL_TRY(study_train(ctx, o, design, &r));
    if (each)
        PL_TRY(add_each(ctx, &r, pl_option_seed(o, "seed"), out));
    for (const study_comparison *c = design->comparisons; !each && c->arm; c++)
        if (wanted(c, o))
            PL_TRY(add_comparison(ctx, &r, c, out));
    if (design->extra && r.complete)
        PL_TRY(design->extra(ctx, &r, out));
done:
    study_results_free(&r);
    return status;
}
