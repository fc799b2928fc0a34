#include "train/plan.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

#include "base/progress.h"

enum { STEPS = 3, ROUNDS = 5, SUMS = 100, MOST = 64, LANES = 16 };
static const double piece = 1 << 20; /* bytes */

typedef enum {
    RANKS,
    IMAGES,
    NETWORK,
    ALLREDUCE,
    EXPOSED,
    BATCHNORM,
    GATHER,
    STEP,
    SPEED,
    EFFICIENCY,
    GROWN,
    COLUMNS
} column;

static const pl_column columns[] = {
    [RANKS] = {"ranks", "1", "processes", false},
    [IMAGES] = {"images", "1", "of a step, of one rank", false},
    [NETWORK] = {"network", "s", "forward and backward", false},
    [ALLREDUCE] = {"allreduce", "s", "gradients' sum, alone", false},
    [EXPOSED] = {"exposed", "s", "of it beside the backward pass", false},
    [BATCHNORM] = {"batchnorm", "s", "sums of moments", false},
    [GATHER] = {"gather", "s", "of embeddings", false},
    [STEP] = {"step", "s", "all, with loss and optimiser", false},
    [SPEED] = {"images_per_second", "1/s", "views, as training reports them", false},
    [EFFICIENCY] = {"efficiency", "1", "speed / (ranks x speed of one)", false},
    [GROWN] = {"grown_images_per_second", "1/s", "where the batch grows with the ranks instead",
               false},
    [COLUMNS] = {0}};

/* What the projection starts from. */
typedef struct plan {
    size_t batch, ranks;                   /* images of a step; processes now */
    double gradients, embeddings, moments; /* bytes of a step, over the whole batch */
    double norms;                          /* layers with BatchNorm */
    pl_step_seconds t;                     /* of one rank's part */
    double bandwidth, latency;             /* of a link: bytes/s, s */
    double allreduce;                      /* measured; NaN: one rank */
} plan;

/* ---- what is sent ---- */

static bool ends_with(const char *name, const char *end) {
    size_t n = strlen(name), m = strlen(end);
    return n >= m && strcmp(name + n - m, end) == 0;
}

static void count_bytes(pl_net *net, plan *p) {
    size_t count, feature, embedding;
    pl_net_gradients(net, &count);
    p->gradients = (double)(count * sizeof(float));
    pl_net_widths(net, &feature, &embedding);
    p->embeddings = (double)(PL_CRITERION_VIEWS * p->batch * embedding * sizeof(float));
    const pl_parameter *buffers = pl_net_buffers(net, &count);
    for (size_t i = 0; i < count; i++)
        if (ends_with(buffers[i].name, ".running_mean")) { /* two sums, forward and backward */
            size_t padded = (buffers[i].count + LANES - 1) / LANES * LANES;
            p->moments += (double)(2 * 2 * padded * sizeof(double));
            p->norms++;
        }
}

/* ---- links ---- */

/* Seconds of the fastest of a few sums of all gradients over the ranks. */
static double time_allreduce(pl_ranks *ranks) {
    double best = INFINITY;
    for (int i = 0; i < ROUNDS; i++) {
        double start = pl_seconds();
        pl_ranks_finish(ranks);
        best = fmin(best, pl_seconds() - start);
    }
    return best;
}

/* Of a sum of two numbers. */
static double time_small(pl_ranks *ranks) {
    double best = INFINITY, values[2] = {1, 2};
    for (int i = 0; i < SUMS; i++) {
        double start = pl_seconds();
        values[0] = values[1] = 1;
        pl_ranks_sum(ranks, values, 2);
        best = fmin(best, pl_seconds() - start);
    }
    return best;
}

/* Bytes a second of a += b in memory. */
static pl_status time_memory(pl_ctx *ctx, size_t n, double *out) {
    pl_status status = PL_OK;
    float *a = NULL, *b = NULL;
    double best = INFINITY;
    PL_NEW(ctx, a, n);
    PL_NEW(ctx, b, n);
    for (int i = 0; i < ROUNDS; i++) {
        double start = pl_seconds();
        for (size_t k = 0; k < n; k++)
            a[k] += b[k];
        best = fmin(best, pl_seconds() - start);
    }
    *out = (double)(n * sizeof *a) / best;
done:
    pl_free(a);
    pl_free(b);
    return status;
}

static double ring(const plan *p, double ranks, double bytes) {
    return 2 * (ranks - 1) * (bytes / ranks / p->bandwidth + ceil(bytes / piece) * p->latency);
}

static pl_status measure_links(pl_ctx *ctx, pl_ranks *ranks, plan *p) {
    double rate = 0, r = (double)p->ranks;
    p->allreduce = NAN;
    if (p->ranks == 1) {
        pl_status status = time_memory(ctx, (size_t)(p->gradients / sizeof(float)), &rate);
        p->latency = 1e-6;
        p->bandwidth = rate / 4;
        return status;
    }
    p->allreduce = time_allreduce(ranks);
    p->latency = time_small(ranks) / ceil(log2(r));
    /* the ring's formula solved for w; all latency is counted as bandwidth where it is more */
    double moving = p->allreduce - 2 * (r - 1) * ceil(p->gradients / piece) * p->latency;
    p->bandwidth = 2 * (r - 1) / r * p->gradients / (moving > 0 ? moving : p->allreduce);
    return PL_OK;
}

/* ---- the projection ---- */

/* A row for R ranks: the batch as it is, or R / (ranks now) times as large. */
static void project(const plan *p, double ranks, bool grown, double row[COLUMNS]) {
    double now = (double)p->ranks, growth = grown ? ranks / now : 1;
    double share = growth * now / ranks; /* of a rank's images now */
    double batch = (double)p->batch * growth, steps = ceil(log2(ranks));
    double backward = share * p->t.backward;
    row[RANKS] = ranks;
    row[IMAGES] = batch / ranks;
    row[NETWORK] = share * (p->t.forward + p->t.backward);
    row[ALLREDUCE] = ring(p, ranks, p->gradients);
    row[EXPOSED] = fmax(row[ALLREDUCE] - backward, ring(p, ranks, fmin(piece, p->gradients)));
    row[BATCHNORM] = steps * (2 * p->norms * p->latency + p->moments / p->bandwidth);
    row[GATHER] = (ranks - 1) / ranks * p->embeddings * growth / p->bandwidth + steps * p->latency;
    row[STEP] = row[NETWORK] + p->t.loss * growth * growth + p->t.optimiser + row[EXPOSED] +
                row[BATCHNORM] + row[GATHER];
    row[SPEED] = PL_CRITERION_VIEWS * batch / row[STEP];
}

static pl_status fill(pl_ctx *ctx, const plan *p, int threads, pl_table *t) {
    pl_status status = PL_OK;
    double one[COLUMNS] = {0};
    project(p, 1, false, one);
    for (size_t ranks = 1; ranks <= MOST; ranks *= 2) {
        double row[COLUMNS] = {0}, grown[COLUMNS] = {0};
        if (p->batch % ranks != 0)
            continue;
        project(p, (double)ranks, false, row);
        project(p, (double)ranks, true, grown);
        row[EFFICIENCY] = row[SPEED] / ((double)ranks * one[SPEED]);
        row[GROWN] = grown[SPEED];
        PL_TRY(pl_table_add(ctx, t, row, NULL));
    }
    PL_TRY(PL_SUMMARISE(
        ctx, t, {"ranks", "1", "processes that measured", (double)p->ranks},
        {"threads", "1", "of each", (double)threads},
        {"batch", "1", "images of a step, two views of each", (double)p->batch},
        {"gradient_bytes", "B", "summed over the ranks every step", p->gradients},
        {"gather_bytes", "B", "embeddings, all ranks', every step", p->embeddings},
        {"batchnorm_bytes", "B", "moments, forward and backward, every step", p->moments},
        {"batchnorm_messages", "1", "sums of them a step", 2 * p->norms},
        {"forward", "s", "measured: one rank's part, the fastest step, no waiting", p->t.forward},
        {"backward", "s", "measured", p->t.backward},
        {"loss", "s", "measured: of the whole batch, on every rank", p->t.loss},
        {"optimiser", "s", "measured: on every rank", p->t.optimiser},
        {"waited", "s", "measured: of that step, for other ranks", p->t.waited},
        {"measured_allreduce", "s", "of the gradients, alone; nan: one rank", p->allreduce},
        {"bandwidth", "B/s", p->ranks > 1 ? "of a link, from that" : "a quarter of memory's",
         p->bandwidth},
        {"latency", "s", p->ranks > 1 ? "of a link, from a sum of two numbers" : "assumed",
         p->latency}));
done:
    return status;
}

pl_status pl_plan_ranks(pl_ctx *ctx, pl_trainer *t, const pl_settings *s, pl_table **out) {
    pl_status status;
    pl_table *table = NULL;
    plan p = {.batch = s->batch, .ranks = pl_ranks_size(s->ranks)};
    PL_TRY(pl_table_new(ctx, columns, &table));
    PL_TRY(pl_trainer_time(ctx, t, STEPS, &p.t));
    count_bytes(pl_trainer_net(t), &p);
    PL_TRY(measure_links(ctx, s->ranks, &p));
    PL_TRY(fill(ctx, &p, pl_threads(ctx), table));
    *out = table;
    table = NULL;
done:
    pl_table_free(table);
    return status;
}

static json_t *number(double x) {
    return isfinite(x) ? json_real(x) : json_null();
}

char *pl_plan_json(const pl_table *t) {
    json_t *rows = json_array(), *summary = json_object();
    for (size_t r = 0; r < pl_table_rows(t); r++) {
        json_t *row = json_object();
        for (size_t c = 0; c < pl_table_columns(t); c++)
            json_object_set_new(row, pl_table_column(t, c)->name, number(pl_table_at(t, r, c)));
        json_array_append_new(rows, row);
    }
    for (size_t i = 0; i < pl_table_summaries(t); i++)
        json_object_set_new(summary, pl_table_summary(t, i)->name,
                            number(pl_table_summary(t, i)->value));
    json_t *object = json_pack("{s:s, s:o, s:o}", "command", "train --plan-ranks", "rows", rows,
                               "summary", summary);
    char *text = object ? json_dumps(object, JSON_INDENT(2)) : NULL;
    json_decref(object);
    return text;
}
