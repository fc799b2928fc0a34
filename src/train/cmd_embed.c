/* plumb embed: from a run to the arrays that `plumb measure` and the rooms read. */

#include <stdio.h>
#include <string.h>

#include "base/npy.h"
#include "base/terminal.h"
#include "train/commands.h"
#include "train/encode.h"
#include "train/run.h"

static const char usage[] = "embed RUN --views V -o Z.npy [--labels-out Y.npy] [options]";
static const char summary[] =
    "Unit embeddings of V views of each of N images, drawn by the run's augmentation: N x V x d,\n"
    "float32, for plumb measure. --views 0 takes every image once, as it is.";

const pl_option pl_embed_options[] = {
    {"run", PL_OPT_TEXT, NULL, 0, 0, NULL, "RUN", "the run's directory", 0},
    {"views", PL_OPT_INT, "2", 0, 256, NULL, "V", "views of each image; 0: the image itself", 0},
    {"out", PL_OPT_TEXT, NULL, 0, 0, NULL, "Z.npy", "the embeddings go there", 'o'},
    {"labels-out", PL_OPT_TEXT, NULL, 0, 0, NULL, "Y.npy", "the N labels go there", 0},
    {"split", PL_OPT_SPEC, "test", 0, 0, "train|test", NULL, "the part of the set", 0},
    {"images", PL_OPT_INT, NULL, 1, 1e15, NULL, "N", "how many; all unless given", 0},
    {"choose", PL_OPT_SPEC, "random", 0, 0, "random|balanced|first", NULL, "which N", 0},
    {"layer", PL_OPT_SPEC, "embeddings", 0, 0, "features|embeddings", NULL,
     "before or behind the projector", 0},
    {"data", PL_OPT_TEXT, NULL, 0, 0, NULL, "NAME:DIR", "other images, or where they are now", 0},
    {"seed", PL_OPT_SEED, "1", 0, 0, NULL, NULL, "of the choice and the views", 0},
    {"threads", PL_OPT_INT, NULL, 1, 1024, NULL, NULL, "threads, all cores unless given", 0},
    {0}};

static pl_choice take_choice(const pl_options *o) {
    const char *word = pl_option_spec(o, "choose", NULL);
    if (strcmp(word, "first") == 0)
        return PL_CHOOSE_FIRST;
    return strcmp(word, "balanced") == 0 ? PL_CHOOSE_BALANCED : PL_CHOOSE_RANDOM;
}

static pl_status check(pl_ctx *ctx, const pl_options *o) {
    const char *z = pl_option_text(o, "out"), *y = pl_option_text(o, "labels-out");
    if (!pl_option_has(o, "run"))
        return pl_fail(ctx, PL_EUSAGE, "which run? plumb embed runs/demo --views 8 -o z.npy");
    if (!z)
        return pl_fail(ctx, PL_EUSAGE, "where do the embeddings go? pass -o Z.npy");
    if (y && strcmp(z, y) == 0)
        return pl_fail(ctx, PL_EUSAGE,
                       "-o and --labels-out are both %s; embeddings and labels need a file each",
                       z);
    return PL_OK;
}

static pl_status write_arrays(pl_ctx *ctx, const pl_options *o, const pl_array *z,
                              const pl_array *y) {
    pl_status status;
    pl_text text = {0};
    const char *labels = pl_option_text(o, "labels-out");
    PL_TRY(pl_npy_write(ctx, pl_option_text(o, "out"), z));
    if (labels)
        PL_TRY(pl_npy_write(ctx, labels, y));
    pl_text_printf(&text, "%s  %zu images x %zu views x %zu, unit norm\n", pl_option_text(o, "out"),
                   z->shape[0], z->shape[1], z->shape[2]);
    if (labels)
        pl_text_printf(&text, "%s  %zu labels\n", labels, y->count);
    PL_TRY(pl_print_text(ctx, &text));
done:
    pl_text_free(&text);
    return status;
}

static pl_status embed(pl_ctx *ctx, const pl_options *o) {
    pl_status status;
    pl_run r = {0};
    pl_dataset d = {0};
    pl_net *net = NULL;
    pl_augment *drawn = NULL, *plain = NULL;
    pl_array z = {0}, y = {0};
    char word[4200];
    char *const words[] = {word};
    const char *data = pl_option_text(o, "data");
    bool test = strcmp(pl_option_spec(o, "split", NULL), "test") == 0;
    size_t views = (size_t)pl_option_int(o, "views");
    snprintf(word, sizeof word, "--data=%s", data ? data : "");
    PL_TRY(check(ctx, o));
    PL_TRY(pl_run_open(ctx, pl_option_text(o, "run"), data ? 1 : 0, words, &r));
    r.settings.images = 0; /* all of the part; the choice is this command's */
    PL_TRY(pl_dataset_open(ctx, &r.settings, test ? PL_SPLIT_TEST : PL_SPLIT_TRAIN, &d));
    size_t n = pl_option_has(o, "images") ? (size_t)pl_option_int(o, "images") : d.count;
    if (n != d.count)
        PL_TRY(pl_images_choose(ctx, &d.images, take_choice(o), n, pl_option_seed(o, "seed"),
                                d.chosen));
    PL_TRY(pl_run_network(ctx, &r, &d.images, &net, &drawn, &plain));
    const pl_encoding e = {.net = net,
                           .augment = views ? drawn : plain,
                           .images = &d.images,
                           .series = PL_SERIES(PL_SERIES_EMBED),
                           .seed = pl_option_seed(o, "seed"),
                           .views = views ? views : 1,
                           .embedding =
                               strcmp(pl_option_spec(o, "layer", NULL), "embeddings") == 0};
    PL_TRY(pl_array_new(ctx, PL_F32, 3, (const size_t[]){n, e.views, pl_encode_width(&e)}, &z));
    PL_TRY(pl_array_new(ctx, PL_I64, 1, &n, &y));
    PL_TRY(pl_encode(ctx, &e, d.chosen, n, z.data));
    if (!pl_unit_floats(z.data, n * e.views, z.shape[2])) {
        status = pl_fail(ctx, PL_EDOMAIN,
                         "an embedding is zero and has no direction; is the "
                         "network collapsed?");
        goto done;
    }
    for (size_t i = 0; i < n; i++)
        ((int64_t *)y.data)[i] = d.images.labels[d.chosen[i]];
    PL_TRY(write_arrays(ctx, o, &z, &y));
done:
    pl_array_free(&z);
    pl_array_free(&y);
    pl_augment_free(drawn);
    pl_augment_free(plain);
    pl_net_free(net);
    pl_dataset_free(&d);
    pl_run_free(&r);
    return status;
}

pl_status pl_cmd_embed(pl_ctx *ctx, const struct pl_registry *registry, int argc,
                       char *const *argv) {
    pl_options *o = NULL;
    (void)registry;
    if (pl_wants_help(argc, argv))
        return pl_print_usage(ctx, usage, summary, pl_embed_options);
    pl_status status = pl_options_parse(ctx, pl_embed_options, NULL, "run", argc, argv, &o);
    if (status)
        return status;
    if (pl_option_has(o, "threads"))
        pl_set_threads(ctx, (int)pl_option_int(o, "threads"));
    status = embed(ctx, o);
    pl_options_free(o);
    return status;
}
