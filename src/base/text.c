#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool reserve(pl_text *t, size_t extra) {
    if (t->failed)
        return false;
    size_t need = t->length + extra + 1;
    if (need <= t->capacity)
        return true;
    size_t capacity = need < 128 ? 128 : 2 * need;
    char *s = realloc(t->s, capacity);
    if (!s) {
        t->failed = true;
        return false;
    }
    t->s = s;
    t->capacity = capacity;
    return true;
}

void pl_text_add(pl_text *t, const char *s) {
    size_t n = strlen(s);
    if (!reserve(t, n))
        return;
    memcpy(t->s + t->length, s, n + 1);
    t->length += n;
}

void pl_text_printf(pl_text *t, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n >= 0 && reserve(t, (size_t)n)) {
        vsnprintf(t->s + t->length, (size_t)n + 1, format, again);
        t->length += (size_t)n;
    }
    va_end(again);
}

const char *pl_text_get(const pl_text *t) {
    return t->s ? t->s : "";
}

pl_status pl_text_status(pl_ctx *ctx, const pl_text *t) {
    return t->failed ? pl_fail(ctx, PL_ENOMEM, "out of memory while composing text") : PL_OK;
}

void pl_text_free(pl_text *t) {
    free(t->s);
    memset(t, 0, sizeof *t);
}

bool pl_parse_real(const char *s, double *out) {
    char *end;
    if (*s == '\0' || isspace((unsigned char)*s))
        return false;
    double v = strtod(s, &end);
    if (*end != '\0' || !isfinite(v))
        return false;
    *out = v;
    return true;
}

bool pl_parse_int(const char *s, long long *out) {
    char *end;
    if (*s != '-' && (*s < '0' || *s > '9'))
        return false;
    errno = 0;
    long long v = strtoll(s, &end, 10);
    if (end == s || *end != '\0' || errno)
        return false;
    *out = v;
    return true;
}

bool pl_parse_u64(const char *s, uint64_t *out) {
    char *end;
    if (*s < '0' || *s > '9')
        return false;
    errno = 0;
    unsigned long long v = strtoull(s, &end, 10);
    if (*end != '\0' || errno)
        return false;
    *out = v;
    return true;
}

size_t pl_edit_distance(const char *a, const char *b) {
    enum { LONGEST = 63 };
    size_t n = strnlen(a, LONGEST), m = strnlen(b, LONGEST), row[LONGEST + 1];
    for (size_t j = 0; j <= m; j++)
        row[j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t replace = diagonal + (a[i - 1] != b[j - 1]);
            size_t other = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            diagonal = row[j];
            row[j] = replace < other ? replace : other;
        }
    }
    return row[m];
}

void pl_nearest(const char *word, const char *candidate, size_t *best, const char **name) {
    size_t distance = pl_edit_distance(word, candidate);
    size_t longest = strlen(word) > strlen(candidate) ? strlen(word) : strlen(candidate);
    bool prefix = strlen(word) >= 3 && strncmp(candidate, word, strlen(word)) == 0;
    if (prefix)
        distance = 1;
    if (distance < *best && (prefix || distance <= 1 + longest / 3)) {
        *best = distance;
        *name = candidate;
    }
}

void pl_format_real(double v, char out[32]) {
    if (isnan(v)) { /* printf would write -nan on some machines */
        snprintf(out, 32, "nan");
        return;
    }
    for (int digits = 6; digits <= 17; digits++) {
        snprintf(out, 32, "%.*g", digits, v);
        if (isinf(v) || strtod(out, NULL) == v)
            return;
    }
}
