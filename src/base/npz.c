#include "base/npz.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/npy.h"
#include "base/zip.h"

/* ---- members ------------------------------------------------------------------------------ */

/* Length of the name without ".npy"; 0: no array. */
static size_t stem(const char *name) {
    size_t n = strlen(name);
    return n > 4 && strcmp(name + n - 4, ".npy") == 0 ? n - 4 : 0;
}

static void list_members(const pl_zip *z, size_t limit, pl_text *out) {
    size_t count = 0;
    for (size_t i = 0; i < z->count; i++) {
        const char *name = z->members[i].name;
        if (stem(name) == 0)
            continue;
        if (count++ == limit) {
            pl_text_add(out, ", ...");
            return;
        }
        pl_text_printf(out, "%s%.*s", count > 1 ? ", " : "", (int)stem(name), name);
    }
}

/* The full name goes before the one without ".npy". */
static const pl_zip_member *find_member(const pl_zip *z, const char *wanted) {
    const pl_zip_member *found = NULL;
    for (size_t i = 0; i < z->count; i++) {
        const char *name = z->members[i].name;
        if (stem(name) > 0 && strcmp(name, wanted) == 0)
            return &z->members[i];
        if (stem(name) > 0 && strlen(wanted) == stem(name) &&
            strncmp(name, wanted, stem(name)) == 0)
            found = &z->members[i];
    }
    return found;
}

static pl_status no_member(pl_ctx *ctx, const pl_zip *z, const char *wanted) {
    enum { LISTED = 20 };
    pl_text names = {0};
    list_members(z, LISTED, &names);
    pl_status status =
        wanted ? pl_fail(ctx, PL_EINPUT, "holds no array '%s'; it holds %s", wanted,
                         pl_text_get(&names))
               : pl_fail(ctx, PL_EINPUT, "holds several arrays: %s; name one, as in file.npz:%.*s",
                         pl_text_get(&names), (int)strcspn(pl_text_get(&names), ","),
                         pl_text_get(&names));
    pl_text_free(&names);
    return status;
}

static pl_status choose(pl_ctx *ctx, const pl_zip *z, const char *wanted,
                        const pl_zip_member **out) {
    const pl_zip_member *only = NULL;
    size_t arrays = 0;
    for (size_t i = 0; i < z->count; i++)
        if (stem(z->members[i].name) > 0) {
            only = &z->members[i];
            arrays++;
        }
    if (arrays == 0)
        return pl_fail(ctx, PL_EINPUT,
                       "is a zip archive without arrays; write it with "
                       "numpy.savez");
    if (wanted)
        only = find_member(z, wanted);
    if (!only || (!wanted && arrays > 1))
        return no_member(ctx, z, wanted);
    *out = only;
    return PL_OK;
}

static pl_status read_member(pl_ctx *ctx, const pl_zip *z, const pl_zip_member *m, pl_array *out) {
    pl_status status;
    pl_unzip *u = NULL;
    pl_reader reader;
    pl_array a = {0};
    PL_TRY(pl_unzip_begin(ctx, z, m, &u, &reader));
    PL_TRY(pl_npy_decode(ctx, reader, &a));
    PL_TRY(pl_unzip_check(ctx, u));
    *out = a;
    a.data = NULL;
done:
    if (status)
        pl_message_prefix(ctx, m->name);
    pl_array_free(&a);
    pl_unzip_end(u);
    return status;
}

static pl_status read_archive(pl_ctx *ctx, const pl_source *source, const char *wanted,
                              pl_array *out) {
    pl_status status;
    pl_zip z = {0};
    const pl_zip_member *m = NULL;
    PL_TRY(pl_zip_open(ctx, source, &z));
    PL_TRY(choose(ctx, &z, wanted, &m));
    PL_TRY(read_member(ctx, &z, m, out));
done:
    pl_zip_close(&z);
    return status;
}

/* ---- archives ----------------------------------------------------------------------------- */

pl_status pl_npz_parse(pl_ctx *ctx, const unsigned char *bytes, size_t n, const char *member,
                       pl_array *out) {
    pl_source source = pl_source_memory(bytes, n);
    return read_archive(ctx, &source, member, out);
}

pl_status pl_npz_read(pl_ctx *ctx, const char *path, const char *member, pl_array *out) {
    pl_source source;
    pl_status status = pl_source_open(ctx, path, &source);
    if (status)
        return status;
    status = read_archive(ctx, &source, member, out);
    if (status)
        pl_message_prefix(ctx, path);
    pl_source_close(&source);
    return status;
}

pl_status pl_npz_members(pl_ctx *ctx, const char *path, pl_text *out) {
    pl_source source;
    pl_zip z = {0};
    pl_status status = pl_source_open(ctx, path, &source);
    if (status)
        return status;
    status = pl_zip_open(ctx, &source, &z);
    if (status)
        pl_message_prefix(ctx, path);
    else
        list_members(&z, SIZE_MAX, out);
    pl_zip_close(&z);
    pl_source_close(&source);
    return status ? status : pl_text_status(ctx, out);
}

/* ---- either kind --------------------------------------------------------------------------- */

/* "z.npz:member" is cut at its last colon, unless a file has the whole name. */
static pl_status split(pl_ctx *ctx, const char *path, char **file, const char **member) {
    char *copy = pl_strdup(ctx, path);
    if (!copy)
        return PL_ENOMEM;
    *member = NULL;
    if (access(path, F_OK) != 0) {
        char *colon = strrchr(copy, ':');
        if (colon) {
            *colon = '\0';
            if (access(copy, F_OK) == 0)
                *member = path + (colon - copy) + 1;
            else
                *colon = ':';
        }
    }
    *file = copy;
    return PL_OK;
}

static pl_status load(pl_ctx *ctx, const char *file, const char *member, pl_array *out) {
    pl_status status;
    pl_source source;
    unsigned char magic[4] = {0};
    PL_TRY(pl_source_open(ctx, file, &source));
    size_t n = source.size < sizeof magic ? source.size : sizeof magic;
    status = pl_source_read(ctx, &source, 0, magic, n);
    pl_source_close(&source);
    if (status) {
        pl_message_prefix(ctx, file);
        goto done;
    }
    if (n == 0)
        return pl_fail(ctx, PL_EINPUT, "%s: is empty, expected a .npy or .npz file", file);
    if (memcmp(magic, "PK\3\4", 4) == 0 || memcmp(magic, "PK\5\6", 4) == 0)
        return pl_npz_read(ctx, file, member, out);
    if (memcmp(magic, "\x93NUM", n) != 0)
        return pl_fail(ctx, PL_EINPUT,
                       "%s: is neither a .npy nor a .npz file; write it with numpy.save", file);
    if (member)
        return pl_fail(ctx, PL_EINPUT, "%s: is a single array; leave ':%s' away", file, member);
    return pl_npy_read(ctx, file, out);
done:
    return status;
}

pl_status pl_array_load(pl_ctx *ctx, const char *path, pl_array *out) {
    char *file;
    const char *member;
    pl_status status = split(ctx, path, &file, &member);
    if (status)
        return status;
    status = load(ctx, file, member, out);
    pl_free(file);
    return status;
}

pl_status pl_array_hash(pl_ctx *ctx, const char *path, char out[65]) {
    char *file;
    const char *member;
    pl_status status = split(ctx, path, &file, &member);
    if (status)
        return status;
    status = pl_file_hash(ctx, file, out);
    pl_free(file);
    return status;
}
