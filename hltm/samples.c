/* The program `samples`: draws of the tree as a set of images that `plumb train --data npy:DIR`
 * reads, several views of each: the root's latent is kept, everything below is drawn anew, which is
 * the augmentation of TIAN20. The table compares the leaves with their law. */

#include <math.h>
#include <stdio.h>

#include "base/npy.h"
#include "claim/output.h"
#include "hltm/hltm.h"
#include "hltm/setting.h"

enum { SAMPLE_STREAM = 200, MAX_NODES = 2 << HLTM_MAX_DEPTH };

static const pl_option options[] = {
    HLTM_TREE_OPTIONS,
    {"images", PL_OPT_INT, "10000", 2, 1e9, NULL, "N", "training images; a fifth as many for tests",
     0},
    {"views", PL_OPT_INT, "2", 2, 4096, NULL, "V", "of each: draws below one root", 0},
    {"save", PL_OPT_TEXT, NULL, 0, 0, NULL, "DIR",
     "train_images.npy (N, V, 1, 1, leaves), train_labels.npy (the roots), and test_... go there",
     0},
    {"seed", PL_OPT_SEED, "1", 0, 0, NULL, NULL, "of the draws", 0},
    {0}};

static const pl_column columns[] = {
    {"leaf", "1", "from the left", false},
    {"path", "1", "product of the polarities from the root", false},
    {"root_agreement", "1", "mean of (2 x - 1)(2 z_0 - 1); expected: path", false},
    {"view_agreement", "1", "mean of (2 x - 1)(2 x' - 1) of views 0 and 1; expected: path^2",
     false},
    {"standard_error", "1", "of either, at most", false},
    {0}};

/* n images of V views; root[i] is image i's latent z_0. */
static void draw(const hltm_tree *t, uint64_t seed, uint64_t part, size_t n, size_t views, float *x,
                 int64_t *root) {
    size_t leaves = hltm_leaves(t, 0);
    unsigned char z[MAX_NODES];
    for (size_t i = 0; i < n; i++) {
        hltm_draws draws = hltm_stream(seed, SAMPLE_STREAM + part, i);
        root[i] = hltm_next(&draws) < t->root_prior;
        for (size_t v = 0; v < views; v++) {
            z[1] = (unsigned char)root[i];
            hltm_tree_sample(t, &draws, z);
            for (size_t k = 0; k < leaves; k++)
                x[(i * views + v) * leaves + k] = z[hltm_node(t->depth, k)];
        }
    }
}

static pl_status save(pl_ctx *ctx, const char *dir, const char *part, const pl_array *x,
                      const pl_array *y) {
    pl_status status;
    pl_text images = {0}, labels = {0};
    pl_text_printf(&images, "%s/%s_images.npy", dir, part);
    pl_text_printf(&labels, "%s/%s_labels.npy", dir, part);
    PL_TRY(pl_text_status(ctx, &images));
    PL_TRY(pl_text_status(ctx, &labels));
    PL_TRY(pl_npy_write(ctx, pl_text_get(&images), x));
    PL_TRY(pl_npy_write(ctx, pl_text_get(&labels), y));
done:
    pl_text_free(&images);
    pl_text_free(&labels);
    return status;
}

/* Means over the training images. */
static pl_status add_rows(pl_ctx *ctx, const hltm_tree *t, const pl_array *x, const pl_array *y,
                          pl_table *out) {
    pl_status status = PL_OK;
    size_t n = x->shape[0], views = x->shape[1], leaves = hltm_leaves(t, 0);
    const float *leaf = x->data;
    const int64_t *root = y->data;
    for (size_t k = 0; k < leaves; k++) {
        long long with_root = 0, with_view = 0;
        for (size_t i = 0; i < n; i++) {
            int a = leaf[i * views * leaves + k] > 0, b = leaf[(i * views + 1) * leaves + k] > 0;
            with_root += a == (int)root[i] ? 1 : -1;
            with_view += a == b ? 1 : -1;
        }
        PL_TRY(pl_table_add(ctx, out,
                            (double[]){(double)k, hltm_tree_path(t, hltm_node(t->depth, k)),
                                       (double)with_root / (double)n, (double)with_view / (double)n,
                                       1 / sqrt((double)n)},
                            NULL));
    }
done:
    return status;
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status;
    static const char *const parts[] = {"train", "test"};
    hltm_tree t = {0};
    pl_array x = {0}, y = {0};
    const char *dir = pl_option_text(o, "save");
    size_t images = (size_t)pl_option_int(o, "images"), views = (size_t)pl_option_int(o, "views");
    PL_TRY(hltm_setting_tree(ctx, o, &t));
    if (dir)
        PL_TRY(pl_make_directory(ctx, dir));
    for (size_t part = 0; part < (dir ? 2 : 1); part++) {
        size_t n = part ? (images + 4) / 5 : images, leaves = hltm_leaves(&t, 0);
        PL_TRY(pl_array_new(ctx, PL_F32, 5, (const size_t[]){n, views, 1, 1, leaves}, &x));
        PL_TRY(pl_array_new(ctx, PL_I64, 1, &n, &y));
        draw(&t, pl_option_seed(o, "seed"), part, n, views, x.data, y.data);
        if (dir)
            PL_TRY(save(ctx, dir, parts[part], &x, &y));
        if (part == 0)
            PL_TRY(add_rows(ctx, &t, &x, &y, out));
        pl_array_free(&x);
        pl_array_free(&y);
    }
done:
    pl_array_free(&x);
    pl_array_free(&y);
    hltm_tree_free(&t);
    return status;
}

const pl_program pl_hltm_samples = {
    .name = "samples",
    .summary = "draw images of a latent tree, several views of each, for plumb train",
    .details = "View: every latent below the root drawn anew. With --save DIR the images can be "
               "trained on: plumb train --data npy:DIR --augment none --model mlp:32 --out RUN.",
    .source = "TIAN20, hierarchical latent tree models",
    .options = options,
    .columns = columns,
    .run = run};
