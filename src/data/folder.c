#include "data/folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/text.h"
#include "data/picture.h"

/* Names in a folder. */
typedef struct names {
    char **name; /* owned, each by pl_strdup */
    size_t count, room;
} names;

static void free_names(names *n) {
    for (size_t i = 0; i < n->count; i++)
        pl_free(n->name[i]);
    pl_free(n->name);
    *n = (names){0};
}

static pl_status add_name(pl_ctx *ctx, names *n, const char *name) {
    if (n->count == n->room) {
        size_t room = n->room ? 2 * n->room : 16;
        char **more = pl_alloc(ctx, room, sizeof *more);
        if (!more)
            return PL_ENOMEM;
        if (n->count > 0)
            memcpy(more, n->name, n->count * sizeof *more);
        pl_free(n->name);
        n->name = more;
        n->room = room;
    }
    n->name[n->count] = pl_strdup(ctx, name);
    return n->name[n->count++] ? PL_OK : PL_ENOMEM;
}

static int by_name(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_picture(const char *name) {
    const char *dot = strrchr(name, '.');
    return dot && (strcasecmp(dot, ".jpg") == 0 || strcasecmp(dot, ".jpeg") == 0 ||
                   strcasecmp(dot, ".png") == 0);
}

static bool is_folder(const char *path) {
    struct stat about;
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

/* The paths of a folder's folders, or of its pictures, by name. */
static pl_status list(pl_ctx *ctx, const char *dir, bool folders, names *out) {
    pl_status status = PL_OK;
    pl_text path = {0};
    names found = {0};
    DIR *stream = opendir(dir);
    if (!stream)
        return pl_fail(ctx, PL_EIO, "%s: cannot be read: %s", dir, strerror(errno));
    for (struct dirent *e; (e = readdir(stream)) != NULL;) {
        if (e->d_name[0] == '.')
            continue;
        pl_text_free(&path);
        pl_text_printf(&path, "%s/%s", dir, e->d_name);
        PL_TRY(pl_text_status(ctx, &path));
        if (folders ? is_folder(pl_text_get(&path)) : is_picture(e->d_name))
            PL_TRY(add_name(ctx, &found, pl_text_get(&path)));
    }
    if (found.count > 0)
        qsort(found.name, found.count, sizeof *found.name, by_name);
    *out = found;
    found = (names){0};
done:
    closedir(stream);
    pl_text_free(&path);
    free_names(&found);
    return status;
}

static pl_status open_picture(pl_ctx *ctx, const char *path, pl_picture *out) {
    unsigned char *bytes = NULL;
    size_t n;
    pl_status status = pl_file_read(ctx, path, &bytes, &n);
    if (status)
        return status;
    status = pl_picture_decode(ctx, bytes, n, out);
    if (status)
        pl_message_prefix(ctx, path);
    pl_free(bytes);
    return status;
}

/* Pixels as they are, plane by plane. */
static void part(const pl_picture *p, unsigned char *out) {
    size_t plane = p->height * p->width;
    for (size_t k = 0; k < plane; k++)
        for (size_t c = 0; c < 3; c++)
            out[c * plane + k] = p->rgb[3 * k + c];
}

/* Image i of the set; the first one gives the size where none is asked for. */
static pl_status read_image(pl_ctx *ctx, const char *path, size_t side, size_t i, size_t room,
                            pl_images *set) {
    pl_status status;
    pl_picture p = {0};
    PL_TRY(open_picture(ctx, path, &p));
    if (i == 0) {
        size_t dim;
        set->height = side ? side : p.height;
        set->width = side ? side : p.width;
        if (!pl_size_mul(set->height, set->width, &dim) || !pl_size_mul(dim, 3, &dim)) {
            status = pl_fail(ctx, PL_ESHAPE, "%s: images of %zu x %zu are too large", path,
                             set->height, set->width);
            goto done;
        }
        set->pixels = pl_alloc(ctx, room, dim);
        if (!set->pixels) {
            status = PL_ENOMEM;
            goto done;
        }
    }
    unsigned char *out = set->pixels + i * pl_images_dim(set);
    if (side) {
        status = pl_picture_fit(ctx, &p, side, out);
        if (status)
            pl_message_prefix(ctx, path);
    } else if (p.height != set->height || p.width != set->width) {
        status = pl_fail(ctx, PL_ESHAPE,
                         "%s: is %zu x %zu, the first image is %zu x %zu; pass folder:DIR@SIDE to "
                         "scale them all",
                         path, p.height, p.width, set->height, set->width);
    } else {
        part(&p, out);
    }
done:
    pl_picture_free(&p);
    return status;
}

/* All pictures of all classes, and the class of each. */
static pl_status list_pictures(pl_ctx *ctx, const char *dir, names *paths, size_t **labels,
                               size_t *classes) {
    pl_status status;
    names folders = {0}, inside = {0};
    size_t *ends = NULL, *label = NULL;
    PL_TRY(list(ctx, dir, true, &folders));
    if (folders.count == 0) {
        status = pl_fail(
            ctx, PL_EINPUT,
            "%s: holds no folders; expected one folder a class, with JPEG or PNG files", dir);
        goto done;
    }
    PL_NEW(ctx, ends, folders.count);
    for (size_t f = 0; f < folders.count; f++) {
        PL_TRY(list(ctx, folders.name[f], false, &inside));
        if (inside.count == 0) {
            status =
                pl_fail(ctx, PL_EINPUT, "%s: holds no .jpg, .jpeg or .png files", folders.name[f]);
            goto done;
        }
        for (size_t i = 0; i < inside.count; i++)
            PL_TRY(add_name(ctx, paths, inside.name[i]));
        ends[f] = paths->count;
        free_names(&inside);
    }
    PL_NEW(ctx, label, paths->count);
    for (size_t f = 0, i = 0; f < folders.count; f++)
        for (; i < ends[f]; i++)
            label[i] = f;
    *classes = folders.count;
    *labels = label;
done:
    free_names(&folders);
    free_names(&inside);
    pl_free(ends);
    return status;
}

pl_status pl_folder_read(pl_ctx *ctx, const char *dir, size_t side, size_t limit, pl_images *out) {
    pl_status status;
    names paths = {0};
    size_t *labels = NULL;
    pl_images set = {.channels = 3};
    PL_TRY(list_pictures(ctx, dir, &paths, &labels, &set.classes));
    set.count = limit > 0 && limit < paths.count ? limit : paths.count;
    PL_NEW(ctx, set.labels, set.count);
    for (size_t i = 0; i < set.count; i++) {
        PL_TRY(read_image(ctx, paths.name[i], side, i, set.count, &set));
        set.labels[i] = (int64_t)labels[i];
    }
    *out = set;
    set = (pl_images){0};
done:
    free_names(&paths);
    pl_free(labels);
    pl_images_free(&set);
    return status;
}
