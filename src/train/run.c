#include "train/run.h"

#include <sha2.h>
#include <string.h>
#include <unistd.h>

enum { EVALUATION_BATCH = 256 };

/* ---- images ------------------------------------------------------------------------------- */

pl_status pl_dataset_open(pl_ctx *ctx, const pl_settings *s, pl_split split, pl_dataset *out) {
    pl_status status;
    pl_dataset d = {0};
    pl_tail tail;
    bool train = split == PL_SPLIT_TRAIN;
    PL_TRY(pl_images_open(ctx, s->data, split, 0, &d.images));
    if (s->coarsen)
        PL_TRY(pl_images_coarsen(ctx, &d.images, s->coarsen));
    if (s->randbit)
        PL_TRY(pl_images_randbit(ctx, &d.images, s->randbit, s->seed));
    d.count = train && s->images ? s->images : d.images.count;
    PL_NEW(ctx, d.chosen, d.images.count); /* before count is known to be no more */
    PL_NEW(ctx, d.label, d.images.count);
    if (train && s->long_tail) {
        PL_TRY(pl_tail_parse(ctx, s->long_tail, &tail));
        PL_TRY(pl_images_long_tail(ctx, &d.images, &tail, s->seed, d.chosen, &d.count));
    } else if (d.count == d.images.count)
        for (size_t i = 0; i < d.count; i++)
            d.chosen[i] = i;
    else
        PL_TRY(pl_images_choose(ctx, &d.images, s->choice, d.count, s->seed, d.chosen));
    for (size_t i = 0; i < d.images.count; i++)
        d.label[i] = (size_t)d.images.labels[i];
    *out = d;
    d = (pl_dataset){0};
done:
    pl_dataset_free(&d);
    return status;
}

void pl_dataset_free(pl_dataset *d) {
    pl_images_free(&d->images);
    pl_free(d->chosen);
    pl_free(d->label);
    memset(d, 0, sizeof *d);
}

void pl_dataset_hash(const pl_dataset *d, char out[65]) {
    SHA2_CTX sha;
    const pl_images *m = &d->images;
    size_t held = pl_images_held(m);
    const size_t shape[] = {m->count, held, m->channels, m->height, m->width, m->classes, d->count};
    SHA256Init(&sha);
    SHA256Update(&sha, (const uint8_t *)shape, sizeof shape);
    SHA256Update(&sha, (const uint8_t *)m->labels, m->count * sizeof *m->labels);
    SHA256Update(&sha, m->pixels, m->count * held * pl_images_dim(m));
    SHA256Update(&sha, (const uint8_t *)d->chosen, d->count * sizeof *d->chosen);
    SHA256End(&sha, out);
}

/* ---- networks ----------------------------------------------------------------------------- */

pl_status pl_network_new(pl_ctx *ctx, const pl_settings *s, const pl_augment *augment, size_t batch,
                         pl_net **out) {
    pl_net_spec spec = s->net;
    pl_augment_size shape = pl_augment_shape(augment);
    spec.channels = shape.channels;
    spec.height = shape.height;
    spec.width = shape.width;
    spec.batch = batch;
    const char *reason = pl_net_check(&spec);
    if (reason)
        return pl_fail(ctx, PL_EUSAGE, "--model %s on %zu x %zu x %zu images: %s", spec.model,
                       shape.channels, shape.height, shape.width, reason);
    return pl_net_new(ctx, &spec, out);
}

/* ---- runs on disk ------------------------------------------------------------------------- */

pl_status pl_run_open(pl_ctx *ctx, const char *dir, int argc, char *const *argv, pl_run *out) {
    pl_status status;
    pl_run r = {0};
    pl_text path = {0};
    PL_TRY(pl_run_path(ctx, dir, PL_CHECKPOINT_FILE, &path));
    if (access(pl_text_get(&path), F_OK) != 0) {
        status = pl_fail(ctx, PL_EIO,
                         "%s has no %s: there is no run, or it ended before its first checkpoint; "
                         "plumb train --out %s starts one",
                         dir, PL_CHECKPOINT_FILE, dir);
        goto done;
    }
    PL_TRY(pl_safetensors_read(ctx, pl_text_get(&path), &r.tensors));
    const char *settings = pl_tensors_note(&r.tensors, "settings");
    if (!settings) {
        status = pl_fail(ctx, PL_EINPUT, "%s is no checkpoint of plumb: it has no settings",
                         pl_text_get(&path));
        goto done;
    }
    status = pl_settings_resume(ctx, settings, argc, argv, &r.options);
    if (status == PL_EINPUT)
        pl_message_prefix(ctx, pl_text_get(&path));
    PL_TRY(status);
    PL_TRY(pl_settings_take(ctx, r.options, &r.settings));
    *out = r;
    r = (pl_run){0};
done:
    pl_run_free(&r);
    pl_text_free(&path);
    return status;
}

void pl_run_free(pl_run *r) {
    pl_tensors_free(&r->tensors);
    pl_options_free(r->options);
    memset(r, 0, sizeof *r);
}

pl_status pl_run_network(pl_ctx *ctx, const pl_run *r, const pl_images *images, pl_net **net,
                         pl_augment **augment, pl_augment **plain) {
    pl_status status;
    pl_net *n = NULL;
    pl_augment *drawn = NULL, *fixed = NULL;
    pl_augment_spec spec = pl_augment_fixed(&r->settings.augment);
    PL_TRY(pl_augment_new(ctx, &r->settings.augment, images, &drawn));
    PL_TRY(pl_augment_new(ctx, &spec, images, &fixed));
    PL_TRY(pl_network_new(ctx, &r->settings, fixed, EVALUATION_BATCH, &n));
    PL_TRY(pl_checkpoint_load(ctx, &r->tensors, n, NULL));
    *net = n;
    n = NULL;
    if (augment) {
        *augment = drawn;
        drawn = NULL;
    }
    if (plain) {
        *plain = fixed;
        fixed = NULL;
    }
done:
    pl_net_free(n);
    pl_augment_free(drawn);
    pl_augment_free(fixed);
    return status;
}
