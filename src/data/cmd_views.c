/* plumb views: from a set of images to the arrays that `plumb measure` and the rooms read. */

#include "data/cmd_views.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/npy.h"
#include "base/terminal.h"
#include "data/choose.h"
#include "data/images.h"
#include "data/views.h"

const pl_option pl_views_options[] = {
    {"dataset", PL_OPT_TEXT, NULL, 0, 0, NULL, "NAME:DIR",
     "the images: fashion-mnist, mnist, cifar10, cifar100, cifar100-coarse, stl10, npy or folder, "
     "and "
     "where they are",
     0},
    {"images", PL_OPT_INT, "500", 1, 1e18, NULL, "N", "how many images", 0},
    {"views", PL_OPT_INT, "8", 1, 1e6, NULL, "V", "views of each", 0},
    {"out", PL_OPT_TEXT, NULL, 0, 0, NULL, "Z.npy",
     "the features go there: N x V x pixels, float32", 'o'},
    {"labels-out", PL_OPT_TEXT, NULL, 0, 0, NULL, "Y.npy", "the N labels go there", 0},
    {"split", PL_OPT_SPEC, "train", 0, 0, "train|test", NULL, "the part of the set", 0},
    {"choose", PL_OPT_SPEC, "random", 0, 0, "random|balanced|first", NULL,
     "without replacement; balanced: item k is of class k mod classes", 0},
    {"scale", PL_OPT_LIST, "0.2,1", 0, 1, NULL, "LO,HI", "a crop's part of the area", 0},
    {"ratio", PL_OPT_LIST, "0.75,1.3333333333333333", 0, 1e6, NULL, "LO,HI",
     "a crop's width/height", 0},
    {"flip", PL_OPT_REAL, "0.5", 0, 1, NULL, "P", "probability of a horizontal flip", 0},
    {"seed", PL_OPT_SEED, "1", 0, 0, NULL, NULL, "of the choice and the crops", 0},
    {"threads", PL_OPT_INT, NULL, 1, 1024, NULL, NULL, "threads, all cores unless given", 0},
    {0}};

static const char summary[] =
    "Random resized crops and flips of real images as features: pixels/255, the mean of every "
    "pixel\n"
    "over all views taken off, every row scaled to unit norm. fashion-mnist needs no DIR where "
    "the\n"
    "Debian package dataset-fashion-mnist is installed. Memory: the set, and 4 N V pixels bytes\n"
    "(1.5 GB for 60000 images x 8 views of 784 pixels).";

static pl_status take_pair(pl_ctx *ctx, const pl_options *o, const char *name, double *lo,
                           double *hi) {
    size_t count;
    const double *list = pl_option_list(o, name, &count);
    if (count != 2)
        return pl_fail(ctx, PL_EUSAGE, "--%s is '%s', expected two numbers LO,HI", name,
                       pl_option_text(o, name));
    *lo = list[0];
    *hi = list[1];
    return PL_OK;
}

static pl_status take_law(pl_ctx *ctx, const pl_options *o, pl_view_law *out) {
    pl_status status;
    pl_view_law law = {.flip = pl_option_real(o, "flip")};
    PL_TRY(take_pair(ctx, o, "scale", &law.scale_lo, &law.scale_hi));
    PL_TRY(take_pair(ctx, o, "ratio", &law.ratio_lo, &law.ratio_hi));
    const char *wrong = pl_view_law_check(&law);
    if (wrong) {
        status = pl_fail(ctx, PL_EUSAGE, "%s; --scale is %s, --ratio is %s", wrong,
                         pl_option_text(o, "scale"), pl_option_text(o, "ratio"));
        goto done;
    }
    *out = law;
done:
    return status;
}

static pl_choice take_choice(const pl_options *o) {
    const char *word = pl_option_spec(o, "choose", NULL);
    if (strcmp(word, "first") == 0)
        return PL_CHOOSE_FIRST;
    return strcmp(word, "balanced") == 0 ? PL_CHOOSE_BALANCED : PL_CHOOSE_RANDOM;
}

static pl_status check_outputs(pl_ctx *ctx, const pl_options *o) {
    const char *z = pl_option_text(o, "out"), *y = pl_option_text(o, "labels-out");
    if (!pl_option_has(o, "dataset"))
        return pl_fail(ctx, PL_EUSAGE, "which images? plumb views fashion-mnist -o z.npy");
    if (!z)
        return pl_fail(ctx, PL_EUSAGE, "where do the features go? pass -o Z.npy");
    if (y && strcmp(z, y) == 0)
        return pl_fail(ctx, PL_EUSAGE,
                       "-o and --labels-out are both %s; features and labels need a "
                       "file each",
                       z);
    return PL_OK;
}

/* What was written is taken away again; a device or a pipe stays. */
static void take_away(const char *path) {
    struct stat about;
    if (lstat(path, &about) == 0 && S_ISREG(about.st_mode))
        unlink(path);
}

static pl_status write_both(pl_ctx *ctx, const pl_options *o, const pl_array *z,
                            const pl_array *y) {
    const char *z_path = pl_option_text(o, "out"), *y_path = pl_option_text(o, "labels-out");
    pl_status status = pl_npy_write(ctx, z_path, z);
    if (status == PL_OK && y_path) {
        status = pl_npy_write(ctx, y_path, y);
        if (status)
            take_away(z_path);
    }
    return status;
}

static pl_status say_what_was_written(pl_ctx *ctx, const pl_options *o, const pl_images *images,
                                      const pl_array *z) {
    pl_text text = {0};
    pl_text_printf(&text, "%s  %zu images x %zu views x %zu pixels of %s, centred, unit norm\n",
                   pl_option_text(o, "out"), z->shape[0], z->shape[1], z->shape[2], images->name);
    if (pl_option_has(o, "labels-out"))
        pl_text_printf(&text, "%s  %zu labels of %zu classes\n", pl_option_text(o, "labels-out"),
                       z->shape[0], images->classes);
    return pl_print_text(ctx, &text);
}

static pl_status run(pl_ctx *ctx, const pl_options *o) {
    pl_status status;
    pl_images images = {0};
    pl_array z = {0}, y = {0};
    pl_view_law law;
    size_t *chosen = NULL, n = (size_t)pl_option_int(o, "images");
    uint64_t seed = pl_option_seed(o, "seed");
    pl_split split =
        strcmp(pl_option_spec(o, "split", NULL), "test") == 0 ? PL_SPLIT_TEST : PL_SPLIT_TRAIN;
    PL_TRY(check_outputs(ctx, o));
    PL_TRY(take_law(ctx, o, &law));
    PL_TRY(pl_images_open(ctx, pl_option_text(o, "dataset"), split, 0, &images));
    PL_NEW(ctx, chosen, images.count); /* before n is known to be no more */
    PL_TRY(pl_images_choose(ctx, &images, take_choice(o), n, seed, chosen));
    PL_TRY(pl_array_new(ctx, PL_I64, 1, &n, &y));
    for (size_t i = 0; i < n; i++)
        ((int64_t *)y.data)[i] = images.labels[chosen[i]];
    PL_TRY(
        pl_views_make(ctx, &images, chosen, n, (size_t)pl_option_int(o, "views"), &law, seed, &z));
    PL_TRY(pl_views_centre(ctx, &z));
    PL_TRY(pl_views_normalise(ctx, chosen, &z));
    PL_TRY(write_both(ctx, o, &z, &y));
    PL_TRY(say_what_was_written(ctx, o, &images, &z));
done:
    pl_array_free(&z);
    pl_array_free(&y);
    pl_free(chosen);
    pl_images_free(&images);
    return status;
}

pl_status pl_cmd_views(pl_ctx *ctx, const struct pl_registry *registry, int argc,
                       char *const *argv) {
    pl_options *o = NULL;
    (void)registry;
    if (pl_wants_help(argc, argv))
        return pl_print_usage(ctx, "views NAME:DIR -o Z.npy [--labels-out Y.npy] [options]",
                              summary, pl_views_options);
    pl_status status = pl_options_parse(ctx, pl_views_options, NULL, "dataset", argc, argv, &o);
    if (status)
        return status;
    if (pl_option_has(o, "threads"))
        pl_set_threads(ctx, (int)pl_option_int(o, "threads"));
    status = run(ctx, o);
    pl_options_free(o);
    return status;
}
