#include "base/zip.h"

#include <string.h>

/* Fixed parts of the records, and their signatures (APPNOTE 4.3). */
enum {
    LOCAL = 30,
    CENTRAL = 46,
    END = 22,
    LOCATOR = 20,
    END64 = 56,
    MAX_COMMENT = 65535,
    EXTRA_ZIP64 = 1
};
static const char CENTRAL_SIGN[] = "PK\1\2", END_SIGN[] = "PK\5\6", LOCATOR_SIGN[] = "PK\6\7",
                  END64_SIGN[] = "PK\6\6";

static uint64_t le(const unsigned char *p, size_t bytes) {
    uint64_t v = 0;
    while (bytes-- > 0)
        v = v << 8 | p[bytes];
    return v;
}

static bool is_signed(const unsigned char *p, const char *sign) {
    return memcmp(p, sign, 4) == 0;
}

static pl_status damaged(pl_ctx *ctx, const char *what) {
    return pl_fail(ctx, PL_EINPUT, "the zip archive is damaged: %s; copy or save it again", what);
}

/* ---- the central directory ------------------------------------------------------------------ */

typedef struct extent {
    size_t at, size, count;
} extent;

/* The end record stands last, behind it only a comment of the length that it says. */
static pl_status find_end(pl_ctx *ctx, const pl_source *s, size_t *at, unsigned char end[END]) {
    pl_status status;
    unsigned char *tail = NULL;
    if (s->size < END)
        return damaged(ctx, "it has no end record");
    size_t n = s->size < END + MAX_COMMENT ? s->size : END + MAX_COMMENT;
    PL_NEW(ctx, tail, n);
    PL_TRY(pl_source_read(ctx, s, s->size - n, tail, n));
    for (size_t k = n - END + 1; k-- > 0;)
        if (is_signed(tail + k, END_SIGN) && le(tail + k + 20, 2) == n - END - k) {
            memcpy(end, tail + k, END);
            *at = s->size - n + k;
            goto done;
        }
    status = damaged(ctx, "it has no end record (cut short?)");
done:
    pl_free(tail);
    return status;
}

static pl_status find_directory(pl_ctx *ctx, const pl_source *s, extent *out) {
    pl_status status;
    size_t end_at = 0;
    unsigned char end[END] = {0}, locator[LOCATOR], end64[END64];
    PL_TRY(find_end(ctx, s, &end_at, end));
    *out = (extent){le(end + 16, 4), le(end + 12, 4), le(end + 10, 2)};
    if (end_at >= LOCATOR) {
        PL_TRY(pl_source_read(ctx, s, end_at - LOCATOR, locator, LOCATOR));
        if (is_signed(locator, LOCATOR_SIGN)) {
            end_at = le(locator + 8, 8);
            if (end_at > s->size || s->size - end_at < END64)
                return damaged(ctx, "its zip64 end record lies outside the file");
            PL_TRY(pl_source_read(ctx, s, end_at, end64, END64));
            if (!is_signed(end64, END64_SIGN))
                return damaged(ctx, "its zip64 end record is missing");
            *out = (extent){le(end64 + 48, 8), le(end64 + 40, 8), le(end64 + 32, 8)};
        }
    }
    if (out->at > end_at || out->size > end_at - out->at)
        return damaged(ctx, "its directory lies outside the file");
    if (out->count > out->size / CENTRAL)
        return damaged(ctx, "its directory is shorter than its number of members needs");
done:
    return status;
}

/* A size or offset of all ones stands in the zip64 extra field instead, in fixed order. */
static bool take_zip64(const unsigned char *extra, size_t n, pl_zip_member *m) {
    size_t *const fields[] = {&m->size, &m->packed, &m->header};
    for (size_t at = 0; at + 4 <= n;) {
        size_t id = le(extra + at, 2), length = le(extra + at + 2, 2);
        at += 4;
        if (length > n - at)
            return false;
        for (size_t k = 0; id == EXTRA_ZIP64 && k < 3; k++) {
            if (*fields[k] != UINT32_MAX)
                continue;
            if (length < 8)
                return false;
            *fields[k] = le(extra + at, 8);
            at += 8;
            length -= 8;
        }
        at += length;
    }
    return true;
}

/* One record of `left` bytes at most; its name is copied to *names, which moves on. */
static pl_status take_member(pl_ctx *ctx, const unsigned char *p, size_t left, char **names,
                             pl_zip_member *m, size_t *taken) {
    if (left < CENTRAL || !is_signed(p, CENTRAL_SIGN))
        return damaged(ctx, "a record of its directory is missing");
    size_t name = le(p + 28, 2), extra = le(p + 30, 2), comment = le(p + 32, 2);
    *taken = CENTRAL + name + extra + comment;
    if (*taken > left)
        return damaged(ctx, "a record of its directory is cut short");
    *m = (pl_zip_member){
        .name = *names,
        .flags = (unsigned)le(p + 8, 2),
        .method = (unsigned)le(p + 10, 2),
        .crc = (uint32_t)le(p + 16, 4),
        .packed = le(p + 20, 4),
        .size = le(p + 24, 4),
        .header = le(p + 42, 4),
    };
    memcpy(*names, p + CENTRAL, name);
    *names += name + 1; /* the memory is zeroed: NUL follows */
    if (!take_zip64(p + CENTRAL + name, extra, m))
        return damaged(ctx, "a zip64 field is cut short");
    return PL_OK;
}

pl_status pl_zip_open(pl_ctx *ctx, const pl_source *source, pl_zip *out) {
    pl_status status;
    pl_zip z = {.source = source};
    extent directory = {0};
    PL_TRY(find_directory(ctx, source, &directory));
    PL_NEW(ctx, z.directory, directory.size);
    PL_NEW(ctx, z.names, directory.size + directory.count);
    PL_NEW(ctx, z.members, directory.count);
    PL_TRY(pl_source_read(ctx, source, directory.at, z.directory, directory.size));
    char *names = z.names;
    for (size_t at = 0, taken = 0; z.count < directory.count; at += taken, z.count++)
        PL_TRY(take_member(ctx, z.directory + at, directory.size - at, &names, &z.members[z.count],
                           &taken));
    *out = z;
    z = (pl_zip){0};
done:
    pl_zip_close(&z);
    return status;
}

void pl_zip_close(pl_zip *z) {
    pl_free(z->directory);
    pl_free(z->names);
    pl_free(z->members);
    *z = (pl_zip){0};
}
