/* The bytes of one member of a zip archive, in order, as the reader asks for them. */

#include "base/zip.h"

#include <string.h>
#include <zlib.h>

/* STORED and DEFLATED are the archive's method numbers. No deflated byte yields more than 1032:
 * a member that promises more is refused before memory is asked for. */
enum { LOCAL = 30, STORED = 0, DEFLATED = 8, MAX_RATIO = 1032, CHUNK = 1 << 16, ENCRYPTED = 1 };

struct pl_unzip {
    const pl_source *source;
    const pl_zip_member *member;
    pl_ctx *ctx;
    size_t at, left; /* packed bytes not yet taken from the source */
    size_t given;    /* unpacked bytes handed out */
    uint32_t crc;
    bool inflating, ended;
    z_stream z;
    unsigned char chunk[CHUNK];
};

/* zlib's memory comes from the context too, so that a test can make it fail. */
static void *z_alloc(void *ctx, unsigned items, unsigned size) {
    return pl_alloc(ctx, items, size);
}

static void z_free(void *ctx, void *p) {
    (void)ctx;
    pl_free(p);
}

static pl_status check_member(pl_ctx *ctx, const pl_zip_member *m) {
    if (m->flags & ENCRYPTED)
        return pl_fail(ctx, PL_EINPUT, "is encrypted; save it without a password");
    if (m->method != STORED && m->method != DEFLATED)
        return pl_fail(ctx, PL_EINPUT,
                       "is packed by method %u, expected stored (0) or deflated "
                       "(8), as numpy.savez and savez_compressed write",
                       m->method);
    if (m->method == STORED && m->size != m->packed)
        return pl_fail(ctx, PL_EINPUT,
                       "is stored, yet takes %zu bytes for %zu; the archive is "
                       "damaged",
                       m->packed, m->size);
    if (m->size / MAX_RATIO > m->packed)
        return pl_fail(ctx, PL_EINPUT,
                       "promises %zu bytes out of %zu, more than deflate can hold; "
                       "the archive is damaged",
                       m->size, m->packed);
    return PL_OK;
}

/* Where the packed bytes begin: behind the local header, whose name and extra field may have
 * other lengths than the directory's. Its sizes are not looked at. */
static pl_status find_data(pl_ctx *ctx, const pl_source *s, const pl_zip_member *m, size_t *at) {
    unsigned char p[LOCAL];
    if (m->header > s->size || s->size - m->header < LOCAL)
        return pl_fail(ctx, PL_EINPUT, "lies outside the archive, which is damaged");
    pl_status status = pl_source_read(ctx, s, m->header, p, LOCAL);
    if (status)
        return status;
    size_t start = m->header + LOCAL + (size_t)(p[26] | p[27] << 8) + (size_t)(p[28] | p[29] << 8);
    if (memcmp(p, "PK\3\4", 4) != 0 || start > s->size || m->packed > s->size - start)
        return pl_fail(ctx, PL_EINPUT,
                       "is cut short, or its header is missing; the archive is "
                       "damaged");
    *at = start;
    return PL_OK;
}

static pl_status refill(pl_ctx *ctx, pl_unzip *u) {
    size_t n = u->left < CHUNK ? u->left : CHUNK;
    pl_status status = pl_source_read(ctx, u->source, u->at, u->chunk, n);
    if (status)
        return status;
    u->at += n;
    u->left -= n;
    u->z.next_in = u->chunk;
    u->z.avail_in = (unsigned)n;
    return PL_OK;
}

/* Up to n bytes inflated into `to`; *got < n only at the end of the deflated data. */
static pl_status inflate_some(pl_ctx *ctx, pl_unzip *u, unsigned char *to, size_t n, size_t *got) {
    *got = 0;
    while (*got < n && !u->ended) {
        if (u->z.avail_in == 0 && u->left > 0) {
            pl_status status = refill(ctx, u);
            if (status)
                return status;
        }
        unsigned room = n - *got < 1U << 30 ? (unsigned)(n - *got) : 1U << 30;
        u->z.next_out = to + *got;
        u->z.avail_out = room;
        int code = inflate(&u->z, Z_NO_FLUSH);
        *got += room - u->z.avail_out;
        if (code == Z_MEM_ERROR)
            return PL_ENOMEM;
        if (code != Z_OK && code != Z_STREAM_END)
            return pl_fail(ctx, PL_EINPUT, "its deflated data are damaged (%s)",
                           u->z.msg ? u->z.msg : "cut short");
        u->ended = code == Z_STREAM_END;
    }
    return PL_OK;
}

static pl_status read_member(pl_ctx *ctx, void *state, void *to, size_t n) {
    pl_unzip *u = state;
    pl_status status;
    if (n > u->member->size - u->given)
        return pl_fail(ctx, PL_EBUG, "%zu bytes were asked of a member that has %zu left", n,
                       u->member->size - u->given);
    if (u->inflating) {
        size_t got;
        status = inflate_some(ctx, u, to, n, &got);
        if (status)
            return status;
        if (got < n)
            return pl_fail(ctx, PL_EINPUT, "unpacks to %zu bytes, the archive promises %zu",
                           u->given + got, u->member->size);
    } else {
        status = pl_source_read(ctx, u->source, u->at, to, n);
        if (status)
            return status;
        u->at += n;
        u->left -= n;
    }
    u->given += n;
    u->crc = (uint32_t)crc32_z(u->crc, to, n);
    return PL_OK;
}

pl_status pl_unzip_begin(pl_ctx *ctx, const pl_zip *z, const pl_zip_member *m, pl_unzip **out,
                         pl_reader *reader) {
    pl_status status;
    pl_unzip *u = NULL;
    size_t at = 0;
    PL_TRY(check_member(ctx, m));
    PL_TRY(find_data(ctx, z->source, m, &at));
    PL_NEW(ctx, u, 1);
    *u = (pl_unzip){.source = z->source, .member = m, .at = at, .left = m->packed};
    u->z.zalloc = z_alloc;
    u->z.zfree = z_free;
    u->z.opaque = ctx;
    if (m->method == DEFLATED) {
        if (inflateInit2(&u->z, -MAX_WBITS) != Z_OK) { /* raw: no zlib header */
            status = PL_ENOMEM;
            goto done;
        }
        u->inflating = true;
    }
    *out = u;
    *reader = (pl_reader){read_member, u, m->size};
    u = NULL;
done:
    pl_unzip_end(u);
    return status;
}

pl_status pl_unzip_check(pl_ctx *ctx, pl_unzip *u) {
    if (u->inflating) {
        unsigned char more;
        size_t got;
        pl_status status = inflate_some(ctx, u, &more, 1, &got);
        if (status)
            return status;
        if (got > 0 || u->left > 0 || u->z.avail_in > 0)
            return pl_fail(ctx, PL_EINPUT,
                           "holds more than the %zu bytes that the archive "
                           "promises",
                           u->member->size);
    }
    if (u->crc != u->member->crc)
        return pl_fail(ctx, PL_EINPUT, "is damaged: its checksum is %08x, the archive says %08x",
                       (unsigned)u->crc, (unsigned)u->member->crc);
    return PL_OK;
}

void pl_unzip_end(pl_unzip *u) {
    if (!u)
        return;
    if (u->inflating)
        inflateEnd(&u->z);
    pl_free(u);
}
