#include "base/npy_header.h"

#include <stdio.h>
#include <string.h>

/* ---- a Python literal, as much of it as the header needs ----------------------------------- */

typedef struct cursor {
    pl_ctx *ctx;
    const char *p;
} cursor;

static void skip_blanks(cursor *c) {
    c->p += strspn(c->p, " \t\r\n");
}

/* Takes one character, blanks before it aside. */
static bool take(cursor *c, char wanted) {
    skip_blanks(c);
    if (*c->p != wanted)
        return false;
    c->p++;
    return true;
}

static bool take_word(cursor *c, const char *word) {
    skip_blanks(c);
    size_t n = strlen(word);
    if (strncmp(c->p, word, n) != 0)
        return false;
    c->p += n;
    return true;
}

static pl_status malformed(cursor *c, const char *expected) {
    return pl_fail(c->ctx, PL_EINPUT,
                   "the .npy header is damaged: expected %s at '%.20s'; save the array again",
                   expected, c->p);
}

/* 'text' or "text"; no header that is read holds an escape. */
static pl_status take_string(cursor *c, size_t room, char *out) {
    skip_blanks(c);
    char quote = *c->p;
    if (quote != '\'' && quote != '"')
        return malformed(c, "a quoted word");
    const char ends[] = {quote, '\\', '\n', '\0'};
    size_t n = strcspn(c->p + 1, ends);
    if (c->p[n + 1] != quote || n >= room)
        return malformed(c, "a short quoted word");
    memcpy(out, c->p + 1, n);
    out[n] = '\0';
    c->p += n + 2;
    return PL_OK;
}

static pl_status take_size(cursor *c, size_t *out) {
    size_t v = 0;
    skip_blanks(c);
    if (*c->p < '0' || *c->p > '9')
        return malformed(c, "a size");
    for (; *c->p >= '0' && *c->p <= '9'; c->p++)
        if (__builtin_mul_overflow(v, (size_t)10, &v) ||
            __builtin_add_overflow(v, (size_t)(*c->p - '0'), &v))
            return pl_fail(c->ctx, PL_ESHAPE, "the shape holds a size beyond 2^64");
    take(c, 'L'); /* Python 2 wrote 3L */
    *out = v;
    return PL_OK;
}

/* (), (3,), (3, 4), (3, 4,) */
static pl_status take_shape(cursor *c, pl_npy_header *h) {
    if (!take(c, '('))
        return malformed(c, "a shape in parentheses");
    h->dims = 0;
    bool comma = true;
    while (!take(c, ')')) {
        if (!comma)
            return malformed(c, "',' or ')'");
        if (h->dims == PL_MAX_DIMS)
            return pl_fail(c->ctx, PL_ESHAPE, "has more than %d dimensions; reshape it first",
                           PL_MAX_DIMS);
        pl_status status = take_size(c, &h->shape[h->dims]);
        if (status)
            return status;
        h->dims++;
        comma = take(c, ',');
    }
    if (h->dims == 1 && !comma)
        return malformed(c, "a tuple such as (3,)");
    return PL_OK;
}

/* ---- dtype -------------------------------------------------------------------------------- */

static pl_status take_dtype(pl_ctx *ctx, pl_npy_header *h) {
    static const char *const known[] = {"f2", "f4", "f8", "i1", "i2", "i4",
                                        "i8", "u1", "u2", "u4", "u8", "b1"};
    const char *d = h->descr;
    if (strcmp(d, "|O") == 0 || strcmp(d, "O") == 0)
        return pl_fail(ctx, PL_EINPUT,
                       "holds Python objects (dtype object), which are not read; "
                       "save numbers: a.astype('<f4')");
    bool order = d[0] == '<' || d[0] == '|' || d[0] == '>';
    for (size_t i = 0; order && i < sizeof known / sizeof *known; i++) {
        if (strcmp(d + 1, known[i]) != 0)
            continue;
        h->itemsize = (size_t)(known[i][1] - '0');
        if (h->itemsize > 1 && d[0] == '>')
            return pl_fail(ctx, PL_EINPUT, "dtype '%s' is big-endian; save a.astype('<%s')", d,
                           d + 1);
        h->dtype = d[1] != 'f' ? PL_I64 : h->itemsize == 8 ? PL_F64 : PL_F32;
        return PL_OK;
    }
    return pl_fail(ctx, PL_EINPUT,
                   "dtype '%s' is not read; save float16, float32, float64, an "
                   "integer type or bool, such as a.astype('<f4')",
                   d);
}

/* ---- the dictionary ------------------------------------------------------------------------ */

enum { DESCR = 1, ORDER = 2, SHAPE = 4, ALL = 7 };

static pl_status take_pair(cursor *c, unsigned *seen, pl_npy_header *h) {
    char key[16];
    pl_status status = take_string(c, sizeof key, key);
    if (status)
        return status;
    unsigned which = strcmp(key, "descr") == 0           ? DESCR
                     : strcmp(key, "fortran_order") == 0 ? ORDER
                     : strcmp(key, "shape") == 0         ? SHAPE
                                                         : 0;
    if (which == 0 || (*seen & which))
        return pl_fail(c->ctx, PL_EINPUT,
                       "the .npy header is damaged: the key '%s' is %s; save the array again", key,
                       which ? "there twice" : "unknown");
    *seen |= which;
    if (!take(c, ':'))
        return malformed(c, "':'");
    if (which == SHAPE)
        return take_shape(c, h);
    if (which == ORDER) {
        h->fortran = take_word(c, "True");
        return h->fortran || take_word(c, "False") ? PL_OK : malformed(c, "True or False");
    }
    skip_blanks(c);
    if (*c->p == '[')
        return pl_fail(c->ctx, PL_EINPUT,
                       "has a structured dtype; save one field of it, "
                       "such as a['z']");
    return take_string(c, sizeof h->descr, h->descr);
}

pl_status pl_npy_header_parse(pl_ctx *ctx, const char *text, pl_npy_header *out) {
    pl_npy_header h = {.count = 1};
    cursor c = {ctx, text};
    unsigned seen = 0;
    pl_status status;
    if (!take(&c, '{'))
        return malformed(&c, "'{'");
    bool comma = true;
    while (!take(&c, '}')) {
        if (!comma)
            return malformed(&c, "',' or '}'");
        status = take_pair(&c, &seen, &h);
        if (status)
            return status;
        comma = take(&c, ',');
    }
    skip_blanks(&c);
    if (*c.p != '\0')
        return malformed(&c, "the end");
    if (seen != ALL)
        return pl_fail(ctx, PL_EINPUT,
                       "the .npy header is damaged: the key '%s' is missing; save the array again",
                       !(seen & DESCR)   ? "descr"
                       : !(seen & ORDER) ? "fortran_order"
                                         : "shape");
    status = take_dtype(ctx, &h);
    if (status)
        return status;
    for (int k = 0; k < h.dims; k++)
        if (!pl_size_mul(h.count, h.shape[k], &h.count))
            return pl_fail(ctx, PL_ESHAPE, "the product of the array's sizes overflows");
    if (!pl_size_mul(h.count, h.itemsize, &h.bytes))
        return pl_fail(ctx, PL_ESHAPE, "the product of the array's sizes overflows");
    *out = h;
    return PL_OK;
}
