#include "train/checkpoint.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { NAME = PL_NET_NAME + 16 };

static const char optimiser_prefix[] = "optimiser.";

pl_status pl_run_path(pl_ctx *ctx, const char *run, const char *file, pl_text *out) {
    pl_text_printf(out, "%s/%s", run, file);
    return pl_text_status(ctx, out);
}

static pl_tensor tensor_of(const pl_parameter *p, const char *name) {
    return pl_tensor_of(name, p->value ? PL_F32 : PL_I64, p->dims, p->shape,
                        p->value ? (const void *)p->value : p->batches);
}

/* The arrays of a network: parameters, then buffers. */
typedef struct group {
    const pl_parameter *list;
    size_t count;
} group;

static void groups_of(const pl_net *net, pl_optimiser *o, group g[3]) {
    g[0].list = pl_net_parameters(net, &g[0].count);
    g[1].list = pl_net_buffers(net, &g[1].count);
    g[2] = (group){0};
    if (o)
        g[2].list = pl_optimiser_state(o, &g[2].count);
}

/* ---- writing ------------------------------------------------------------------------------ */

pl_status pl_weights_save(pl_ctx *ctx, const char *run, const pl_net *net) {
    pl_status status = PL_OK;
    pl_text path = {0};
    group g[3];
    pl_tensor *t = NULL;
    size_t n = 0;
    const pl_tensor_note note = {"format", "pt"};
    groups_of(net, NULL, g);
    PL_NEW(ctx, t, g[0].count + g[1].count);
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < g[k].count; i++)
            t[n++] = tensor_of(&g[k].list[i], g[k].list[i].name);
    PL_TRY(pl_run_path(ctx, run, PL_WEIGHTS_FILE, &path));
    PL_TRY(pl_safetensors_write(ctx, pl_text_get(&path), t, n, &note, 1));
done:
    pl_text_free(&path);
    pl_free(t);
    return status;
}

pl_status pl_checkpoint_save(pl_ctx *ctx, const char *run, const pl_net *net, pl_optimiser *o,
                             const pl_standing *standing, const pl_identity *identity) {
    pl_status status = PL_OK;
    pl_text path = {0};
    group g[3];
    pl_tensor *t = NULL;
    char(*name)[NAME] = NULL, step[24], taken[24], seed[24], threads[24], ranks[24];
    size_t n = 0;
    groups_of(net, o, g);
    PL_NEW(ctx, t, g[0].count + g[1].count + g[2].count + 2);
    PL_NEW(ctx, name, g[2].count);
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < g[k].count; i++)
            t[n++] = tensor_of(&g[k].list[i], g[k].list[i].name);
    for (size_t i = 0; i < g[2].count; i++) {
        snprintf(name[i], NAME, "%s%s", optimiser_prefix, g[2].list[i].name);
        t[n++] = tensor_of(&g[2].list[i], name[i]);
    }
    t[n++] = pl_tensor_of("run.loss_sum", PL_F64, 0, NULL, &standing->loss_sum);
    t[n++] = pl_tensor_of("run.history", PL_F64, 2,
                          (const size_t[]){standing->rows, standing->columns}, standing->history);
    snprintf(step, sizeof step, "%llu", (unsigned long long)standing->step);
    snprintf(taken, sizeof taken, "%llu", (unsigned long long)*pl_optimiser_steps(o));
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)identity->seed);
    snprintf(threads, sizeof threads, "%d", identity->threads);
    snprintf(ranks, sizeof ranks, "%d", identity->ranks);
    const pl_tensor_note notes[] = {{"format", "pt"},
                                    {"plumb", PL_VERSION},
                                    {"step", step},
                                    {"optimiser_steps", taken},
                                    {"seed", seed},
                                    {"threads", threads},
                                    {"ranks", ranks},
                                    {"settings", identity->settings},
                                    {"settings_sha256", identity->hash},
                                    {"data_sha256", identity->data_hash}};
    PL_TRY(pl_run_path(ctx, run, PL_CHECKPOINT_FILE, &path));
    PL_TRY(
        pl_safetensors_write(ctx, pl_text_get(&path), t, n, notes, sizeof notes / sizeof *notes));
done:
    pl_text_free(&path);
    pl_free(t);
    pl_free(name);
    return status;
}

uint64_t pl_checkpoint_digest(const pl_net *net, pl_optimiser *o) {
    uint64_t digest = 0xcbf29ce484222325u;
    group g[3];
    groups_of(net, o, g);
    for (size_t k = 0; k < 3; k++)
        for (size_t i = 0; i < g[k].count; i++)
            for (size_t j = 0; g[k].list[i].value && j < g[k].list[i].count; j++) {
                uint32_t word;
                memcpy(&word, &g[k].list[i].value[j], sizeof word);
                digest = (digest ^ word) * 0x100000001b3u;
            }
    return digest;
}

/* ---- reading ------------------------------------------------------------------------------ */

static void shape_text(int dims, const size_t *shape, pl_text *out) {
    pl_text_add(out, "(");
    for (int i = 0; i < dims; i++)
        pl_text_printf(out, "%s%zu", i ? ", " : "", shape[i]);
    pl_text_add(out, ")");
}

static pl_status misfit(pl_ctx *ctx, const pl_parameter *p, const char *name, const pl_tensor *t) {
    pl_text text = {0};
    if (!t) {
        pl_text_printf(&text, "tensor '%s' is missing", name);
    } else {
        pl_text_printf(&text, "tensor '%s' is %s ", name, t->dtype);
        shape_text(t->dims, t->shape, &text);
        pl_text_printf(&text, ", expected %s ", p->value ? "F32" : "I64");
        shape_text(p->dims, p->shape, &text);
    }
    pl_status status =
        pl_fail(ctx, PL_EINPUT, "%s; the checkpoint is of another model", pl_text_get(&text));
    pl_text_free(&text);
    return status;
}

static bool fits(const pl_parameter *p, const pl_tensor *t) {
    if (!t || strcmp(t->dtype, p->value ? "F32" : "I64") != 0 || t->dims != p->dims)
        return false;
    for (int i = 0; i < p->dims; i++)
        if (t->shape[i] != p->shape[i])
            return false;
    return true;
}

pl_status pl_checkpoint_load(pl_ctx *ctx, const pl_tensors *t, pl_net *net, pl_optimiser *o) {
    group g[3];
    char name[NAME];
    uint64_t taken = 0;
    const char *steps = pl_tensors_note(t, "optimiser_steps");
    groups_of(net, o, g);
    if (o && (!steps || !pl_parse_u64(steps, &taken)))
        return pl_fail(ctx, PL_EINPUT, "the remark 'optimiser_steps' is missing");
    for (int copying = 0; copying < 2; copying++) /* first all are checked */
        for (size_t k = 0; k < 3; k++)
            for (size_t i = 0; i < g[k].count; i++) {
                const pl_parameter *p = &g[k].list[i];
                snprintf(name, sizeof name, "%s%s", k == 2 ? optimiser_prefix : "", p->name);
                const pl_tensor *from = pl_tensors_find(t, name);
                if (!fits(p, from))
                    return misfit(ctx, p, name, from);
                if (copying)
                    memcpy(p->value ? (void *)p->value : p->batches, from->data, from->bytes);
            }
    if (o)
        *pl_optimiser_steps(o) = taken;
    return PL_OK;
}

pl_status pl_checkpoint_standing(pl_ctx *ctx, const pl_tensors *t, size_t most, pl_standing *out) {
    const char *step = pl_tensors_note(t, "step");
    const pl_tensor *sum = pl_tensors_find(t, "run.loss_sum");
    const pl_tensor *history = pl_tensors_find(t, "run.history");
    uint64_t at;
    if (!step || !pl_parse_u64(step, &at))
        return pl_fail(ctx, PL_EINPUT,
                       "the remark 'step' is missing; it is no checkpoint of a run");
    if (!sum || strcmp(sum->dtype, "F64") != 0 || sum->bytes != sizeof out->loss_sum)
        return pl_fail(ctx, PL_EINPUT, "tensor 'run.loss_sum' is missing or of another type");
    if (!history || strcmp(history->dtype, "F64") != 0 || history->dims != 2 ||
        history->shape[1] != out->columns || history->shape[0] > most)
        return pl_fail(ctx, PL_EINPUT,
                       "tensor 'run.history' is missing or is not at most %zu rows of %zu numbers",
                       most, out->columns);
    out->step = at;
    out->rows = history->shape[0];
    memcpy(&out->loss_sum, sum->data, sum->bytes);
    if (history->bytes)
        memcpy(out->history, history->data, history->bytes);
    return PL_OK;
}
