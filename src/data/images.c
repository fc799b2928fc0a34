#include "data/images.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "data/cifar.h"
#include "data/idx.h"

enum { MAX_FILES = 5 };

typedef struct set {
    const char *name;
    const char *dir;               /* where it is when the user names no place, or NULL */
    const char *remedy;            /* how to get it */
    const pl_cifar_format *format; /* NULL: idx, with 10 classes */
    const char *const (*files)[MAX_FILES + 1]; /* by split; NULL ends; idx: images, then labels */
} set;

static const char *const idx_files[2][MAX_FILES + 1] = {
    {"train-images-idx3-ubyte", "train-labels-idx1-ubyte"},
    {"t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"}};
static const char *const cifar10_files[2][MAX_FILES + 1] = {{"data_batch_1.bin", "data_batch_2.bin",
                                                             "data_batch_3.bin", "data_batch_4.bin",
                                                             "data_batch_5.bin"},
                                                            {"test_batch.bin"}};
static const char *const cifar100_files[2][MAX_FILES + 1] = {{"train.bin"}, {"test.bin"}};

#define KRIZHEVSKY(archive) "unpack " archive " of www.cs.toronto.edu/~kriz/cifar.html there"

static const set sets[] = {
    {"fashion-mnist", "/usr/share/datasets/fashion-mnist", "apt-get install dataset-fashion-mnist",
     NULL, idx_files},
    {"mnist", NULL, "put MNIST's four idx files there", NULL, idx_files},
    {"cifar10", NULL, KRIZHEVSKY("cifar-10-binary.tar.gz"), &pl_cifar10, cifar10_files},
    {"cifar100", NULL, KRIZHEVSKY("cifar-100-binary.tar.gz"), &pl_cifar100, cifar100_files},
    {"cifar100-coarse", NULL, KRIZHEVSKY("cifar-100-binary.tar.gz"), &pl_cifar100_coarse,
     cifar100_files},
};

enum { IDX_CLASSES = 10, SETS = sizeof sets / sizeof *sets };

/* "NAME" or "NAME:DIR" */
static pl_status find_set(pl_ctx *ctx, const char *spec, const set **out, const char **dir) {
    size_t length = strcspn(spec, ":"), best = SIZE_MAX;
    const char *nearest = NULL;
    for (size_t s = 0; s < SETS; s++)
        if (strlen(sets[s].name) == length && strncmp(spec, sets[s].name, length) == 0) {
            *out = &sets[s];
            *dir = spec[length] && spec[length + 1] ? spec + length + 1 : sets[s].dir;
            if (*dir)
                return PL_OK;
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
                   "there is no image set '%s', expected fashion-mnist, mnist, "
                   "cifar10, cifar100 or cifar100-coarse, then :DIR",
                   name);
}

static bool exists(const char *path) {
    return access(path, F_OK) == 0;
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
    if (!s->format) {
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
                         s->format ? "" : "[.gz]", s->remedy);
done:
    return status;
}

static bool is_regular(const char *path) {
    struct stat about;
    return stat(path, &about) == 0 && S_ISREG(about.st_mode);
}

pl_status pl_images_open(pl_ctx *ctx, const char *spec, pl_split split, size_t limit,
                         pl_images *out) {
    pl_status status;
    const set *s = NULL;
    const char *dir = NULL, *paths[MAX_FILES];
    pl_text text[MAX_FILES] = {0};
    pl_images images = {0};
    size_t files = 0;
    PL_TRY(find_set(ctx, spec, &s, &dir));
    if (s->format && is_regular(dir))
        paths[files++] = dir;
    else
        for (; s->files[split][files]; files++) {
            PL_TRY(locate(ctx, s, dir, s->files[split][files], &text[files]));
            paths[files] = pl_text_get(&text[files]);
        }
    if (s->format)
        PL_TRY(pl_cifar_read(ctx, paths, files, s->format, limit, &images));
    else
        PL_TRY(pl_idx_images(ctx, paths[0], paths[1], IDX_CLASSES, limit, &images));
    images.name = s->name;
    *out = images;
done:
    for (size_t f = 0; f < MAX_FILES; f++)
        pl_text_free(&text[f]);
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
