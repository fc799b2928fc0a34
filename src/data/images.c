#include "data/images.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "data/arrays.h"
#include "data/cifar.h"
#include "data/folder.h"
#include "data/idx.h"
#include "data/stl10.h"

enum { MAX_FILES = 5, MAX_SIDE = 8192 };

typedef enum { IDX, CIFAR, STL10, ARRAYS, FOLDER } kind;

typedef struct set {
    const char *name, *place; /* place: its folder's usual name */
    kind kind;
    const char *remedy;                        /* how to get it */
    const pl_cifar_format *format;             /* of CIFAR */
    const char *const (*files)[MAX_FILES + 1]; /* by split; NULL ends; images, then labels */
} set;

static const char *const idx_files[2][MAX_FILES + 1] = {
    {"train-images-idx3-ubyte", "train-labels-idx1-ubyte"},
    {"t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"}};
static const char *const cifar10_files[2][MAX_FILES + 1] = {{"data_batch_1.bin", "data_batch_2.bin",
                                                             "data_batch_3.bin", "data_batch_4.bin",
                                                             "data_batch_5.bin"},
                                                            {"test_batch.bin"}};
static const char *const cifar100_files[2][MAX_FILES + 1] = {{"train.bin"}, {"test.bin"}};
static const char *const stl10_files[2][MAX_FILES + 1] = {{"train_X.bin", "train_y.bin"},
                                                          {"test_X.bin", "test_y.bin"}};
static const char *const unlabelled_files[2][MAX_FILES + 1] = {{"unlabeled_X.bin"},
                                                               {"unlabeled_X.bin"}};
static const char *const array_files[2][MAX_FILES + 1] = {{"train_images.npy", "train_labels.npy"},
                                                          {"test_images.npy", "test_labels.npy"}};

#define KRIZHEVSKY(archive) "unpack " archive " of www.cs.toronto.edu/~kriz/cifar.html in DIR"
#define COATES "unpack stl10_binary.tar.gz of cs.stanford.edu/~acoates/stl10 in DIR"

static const set sets[] = {
    {"fashion-mnist", "fashion-mnist", IDX, "apt-get install dataset-fashion-mnist", NULL,
     idx_files},
    {"mnist", "mnist", IDX, "put MNIST's four idx files in DIR", NULL, idx_files},
    {"cifar10", "cifar10", CIFAR, KRIZHEVSKY("cifar-10-binary.tar.gz"), &pl_cifar10, cifar10_files},
    {"cifar100", "cifar100", CIFAR, KRIZHEVSKY("cifar-100-binary.tar.gz"), &pl_cifar100,
     cifar100_files},
    {"cifar100-coarse", "cifar100", CIFAR, KRIZHEVSKY("cifar-100-binary.tar.gz"),
     &pl_cifar100_coarse, cifar100_files},
    {"stl10", "stl10", STL10, COATES, NULL, stl10_files},
    {"stl10-unlabeled", "stl10", STL10, COATES, NULL, unlabelled_files},
    {"npy", "npy", ARRAYS, "save images and labels with numpy.save", NULL, array_files},
    {"folder", "folder", FOLDER, "one folder a class, of JPEG or PNG files", NULL, NULL},
};

enum { IDX_CLASSES = 10, SETS = sizeof sets / sizeof *sets };

static bool exists(const char *path) {
    return access(path, F_OK) == 0;
}

/* Where a set is when the user names no place: $PLUMB_DATA/NAME, or where Debian puts it. The path
 * of its first file's folder goes to `dir`, which stays empty where there is none. */
static void find_place(const set *s, pl_text *dir) {
    const char *const roots[] = {getenv("PLUMB_DATA"), "/usr/share/datasets"};
    static const char *const suffixes[] = {"", ".gz"};
    if (!s->files || s->kind == ARRAYS)
        return;
    for (size_t r = 0; r < 2; r++)
        for (size_t k = 0; roots[r] && k < 2; k++) {
            pl_text file = {0};
            pl_text_printf(&file, "%s/%s/%s%s", roots[r], s->place, s->files[0][0], suffixes[k]);
            bool there = !file.failed && exists(pl_text_get(&file));
            pl_text_free(&file);
            if (there) {
                pl_text_printf(dir, "%s/%s", roots[r], s->place);
                return;
            }
        }
}

bool pl_images_known(size_t i, const char **name, pl_text *dir, const char **remedy) {
    if (i >= SETS || !sets[i].files || sets[i].kind == ARRAYS)
        return false;
    *name = sets[i].name;
    *remedy = sets[i].remedy;
    find_place(&sets[i], dir);
    return true;
}

/* "NAME" or "NAME:DIR" */
static pl_status find_set(pl_ctx *ctx, const char *spec, const set **out, pl_text *dir) {
    size_t length = strcspn(spec, ":"), best = SIZE_MAX;
    const char *nearest = NULL;
    for (size_t s = 0; s < SETS; s++)
        if (strlen(sets[s].name) == length && strncmp(spec, sets[s].name, length) == 0) {
            *out = &sets[s];
            if (spec[length] && spec[length + 1])
                pl_text_add(dir, spec + length + 1);
            else
                find_place(&sets[s], dir);
            pl_status status = pl_text_status(ctx, dir);
            if (status || *pl_text_get(dir))
                return status;
            return pl_fail(ctx, PL_EUSAGE, "where is %s? pass %s:DIR (%s)", sets[s].name,
                           sets[s].name, sets[s].remedy);
        }
    char name[64];
    size_t kept = length < sizeof name - 1 ? length : sizeof name - 1;
    memcpy(name, spec, kept);
    name[kept] = '\0';
    for (size_t s = 0; s < SETS; s++)
        pl_nearest(name, sets[s].name, &best, &nearest);
    if (nearest)
        return pl_fail(ctx, PL_EUSAGE, "there is no image set '%s'; did you mean '%s'?", name,
                       nearest);
    return pl_fail(ctx, PL_EUSAGE,
                   "there is no image set '%s', expected fashion-mnist, mnist, cifar10, cifar100, "
                   "cifar100-coarse, stl10, stl10-unlabeled, npy or folder, then :DIR",
                   name);
}

static pl_status join(pl_ctx *ctx, const char *dir, const char *file, const char *suffix,
                      pl_text *path) {
    pl_text_free(path);
    pl_text_printf(path, "%s/%s%s", dir, file, suffix);
    return pl_text_status(ctx, path);
}

/* The path of one of the set's files: as it is named, or with .gz where the reader unpacks. */
static pl_status locate(pl_ctx *ctx, const set *s, const char *dir, const char *file,
                        pl_text *path) {
    pl_status status;
    if (s->kind == IDX) {
        PL_TRY(join(ctx, dir, file, ".gz", path));
        if (exists(pl_text_get(path)))
            goto done;
    }
    PL_TRY(join(ctx, dir, file, ".xz", path));
    bool packed = exists(pl_text_get(path));
    PL_TRY(join(ctx, dir, file, "", path));
    if (exists(pl_text_get(path)))
        goto done;
    if (packed)
        status = pl_fail(ctx, PL_EIO, "%s is missing, but there is %s.xz; xz -dk unpacks it",
                         pl_text_get(path), file);
    else
        status = pl_fail(ctx, PL_EIO, "%s%s is missing; %s", pl_text_get(path),
                         s->kind == IDX ? "[.gz]" : "", s->remedy);
done:
    return status;
}

static bool is_regular(const char *path) {
    struct stat about;
    return stat(path, &about) == 0 && S_ISREG(about.st_mode);
}

static bool is_folder(const char *path) {
    struct stat about;
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

/* DIR[@SIDE]; DIR/train or DIR/test where they are. */
static pl_status open_folder(pl_ctx *ctx, const char *dir, pl_split split, size_t limit,
                             pl_images *out) {
    pl_status status;
    pl_text root = {0}, part = {0};
    const char *at = strrchr(dir, '@');
    long long side = 0;
    if (at && at[1] != '\0' && strspn(at + 1, "0123456789") == strlen(at + 1)) {
        if (!pl_parse_int(at + 1, &side) || side < 1 || side > MAX_SIDE)
            return pl_fail(ctx, PL_EUSAGE, "folder:DIR@SIDE: SIDE is %s, expected 1 to %d", at + 1,
                           MAX_SIDE);
        pl_text_printf(&root, "%.*s", (int)(at - dir), dir);
    } else {
        pl_text_add(&root, dir);
    }
    pl_text_printf(&part, "%s/%s", pl_text_get(&root), split == PL_SPLIT_TEST ? "test" : "train");
    PL_TRY(pl_text_status(ctx, &root));
    PL_TRY(pl_text_status(ctx, &part));
    const char *chosen = is_folder(pl_text_get(&part)) ? pl_text_get(&part) : pl_text_get(&root);
    PL_TRY(pl_folder_read(ctx, chosen, (size_t)side, limit, out));
done:
    pl_text_free(&root);
    pl_text_free(&part);
    return status;
}

/* The files of a set that has a list of them; X.npy or X.npy,Y.npy, and a single file of CIFAR,
 * stand for themselves. */
static pl_status list_files(pl_ctx *ctx, const set *s, const char *dir, pl_split split,
                            pl_text *text, size_t *files) {
    pl_status status = PL_OK;
    const char *comma = s->kind == ARRAYS ? strstr(dir, ".npy,") : NULL;
    *files = 0;
    if (comma) {
        pl_text_printf(&text[0], "%.*s", (int)(comma + 4 - dir), dir);
        pl_text_add(&text[1], comma + 5);
        *files = 2;
    } else if ((s->kind == CIFAR || s->kind == ARRAYS) && is_regular(dir)) {
        pl_text_add(&text[0], dir);
        *files = 1;
    } else {
        for (; s->files[split][*files]; ++*files)
            PL_TRY(locate(ctx, s, dir, s->files[split][*files], &text[*files]));
    }
    for (size_t f = 0; f < *files; f++)
        PL_TRY(pl_text_status(ctx, &text[f]));
done:
    return status;
}

static pl_status open_files(pl_ctx *ctx, const set *s, const char *dir, pl_split split,
                            size_t limit, pl_images *out) {
    pl_status status;
    pl_text text[MAX_FILES] = {0};
    const char *paths[MAX_FILES] = {NULL};
    size_t files = 0;
    PL_TRY(list_files(ctx, s, dir, split, text, &files));
    for (size_t f = 0; f < files; f++)
        paths[f] = pl_text_get(&text[f]);
    if (s->kind == CIFAR)
        status = pl_cifar_read(ctx, paths, files, s->format, limit, out);
    else if (s->kind == STL10)
        status = pl_stl10_read(ctx, paths[0], paths[1], limit, out);
    else if (s->kind == ARRAYS)
        status = pl_arrays_read(ctx, paths[0], paths[1], limit, out);
    else
        status = pl_idx_images(ctx, paths[0], paths[1], IDX_CLASSES, limit, out);
done:
    for (size_t f = 0; f < MAX_FILES; f++)
        pl_text_free(&text[f]);
    return status;
}

pl_status pl_images_open(pl_ctx *ctx, const char *spec, pl_split split, size_t limit,
                         pl_images *out) {
    pl_status status;
    const set *s = NULL;
    pl_text dir = {0};
    pl_images images = {0};
    PL_TRY(find_set(ctx, spec, &s, &dir));
    if (s->kind == FOLDER)
        PL_TRY(open_folder(ctx, pl_text_get(&dir), split, limit, &images));
    else
        PL_TRY(open_files(ctx, s, pl_text_get(&dir), split, limit, &images));
    images.name = s->name;
    *out = images;
done:
    pl_text_free(&dir);
    return status;
}

void pl_images_free(pl_images *images) {
    pl_free(images->pixels);
    pl_free(images->labels);
    pl_free(images->sublabels);
    pl_free(images->codes);
    memset(images, 0, sizeof *images);
}

size_t pl_images_dim(const pl_images *images) {
    return images->channels * images->height * images->width;
}

size_t pl_images_held(const pl_images *images) {
    return images->views ? images->views : 1;
}

const unsigned char *pl_images_view(const pl_images *images, size_t image, size_t view) {
    size_t held = pl_images_held(images);
    return images->pixels + (image * held + view % held) * pl_images_dim(images);
}
