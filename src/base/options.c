#include "base/options.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MAX_ROWS = 64, MAX_WORDS = 64, MAX_LIST = 4096 };

typedef struct value {
    const pl_option *row;
    char *text;        /* owned; NULL: unset */
    double number;     /* REAL, and the number of a SPEC */
    long long integer; /* INT */
    uint64_t seed;
    char *word; /* SPEC: owned */
    double *list;
    size_t count;
} value;

struct pl_options {
    value values[MAX_ROWS];
    size_t count;
    char *words[MAX_WORDS];
    size_t n_words;
};

/* ---- finding ------------------------------------------------------------------------------ */

static value *find(const pl_options *o, const char *name) {
    for (size_t i = 0; i < o->count; i++)
        if (strcmp(o->values[i].row->name, name) == 0)
            return (value *)&o->values[i];
    return NULL;
}

static value *find_letter(pl_options *o, char letter) {
    for (size_t i = 0; i < o->count; i++)
        if (letter && o->values[i].row->letter == letter)
            return &o->values[i];
    return NULL;
}

static pl_status unknown(pl_ctx *ctx, const pl_options *o, const char *name) {
    size_t best = SIZE_MAX;
    const char *nearest = NULL;
    for (size_t i = 0; i < o->count; i++)
        pl_nearest(name, o->values[i].row->name, &best, &nearest);
    if (nearest)
        return pl_fail(ctx, PL_EUSAGE, "unknown option --%s; did you mean --%s?", name, nearest);
    return pl_fail(ctx, PL_EUSAGE, "unknown option --%s; --help lists the options", name);
}

/* ---- values ------------------------------------------------------------------------------- */

static bool in_range(const pl_option *row, double v) {
    return !(row->min < row->max) || (v >= row->min && v <= row->max);
}

static pl_status out_of_range(pl_ctx *ctx, const pl_option *row, const char *text) {
    if (row->min <= -1e18)
        return pl_fail(ctx, PL_EUSAGE, "--%s is %s, expected at most %g", row->name, text,
                       row->max);
    if (row->max >= 1e18)
        return pl_fail(ctx, PL_EUSAGE, "--%s is %s, expected at least %g", row->name, text,
                       row->min);
    return pl_fail(ctx, PL_EUSAGE, "--%s is %s, expected a value from %g to %g", row->name, text,
                   row->min, row->max);
}

/* One item of a list: a number, or a..b, which doubles from a up to b. */
static pl_status add_item(pl_ctx *ctx, const pl_option *row, char *item, value *v) {
    char *dots = strstr(item, "..");
    double first, last;
    if (dots)
        *dots = '\0';
    bool good = pl_parse_real(item, &first);
    last = first;
    if (good && dots)
        good = pl_parse_real(dots + 2, &last) && first > 0 && last >= first;
    if (!good)
        return pl_fail(ctx, PL_EUSAGE,
                       "--%s: '%s%s%s' is not a number, nor a..b with 0 < a <= b (doubling)",
                       row->name, item, dots ? ".." : "", dots ? dots + 2 : "");
    for (double x = first;; x *= 2) {
        if (!in_range(row, x)) {
            char number[32];
            pl_format_real(x, number);
            return out_of_range(ctx, row, number);
        }
        if (v->count == MAX_LIST)
            return pl_fail(ctx, PL_EUSAGE, "--%s lists more than %d numbers", row->name, MAX_LIST);
        v->list[v->count++] = x;
        if (!dots || x > last / 2 * (1 + 1e-12)) /* rounding must not lose the last of 0.1..0.8 */
            return PL_OK;
    }
}

static pl_status set_list(pl_ctx *ctx, const pl_option *row, const char *text, value *v) {
    pl_status status = PL_OK;
    char *copy = NULL;
    PL_NEW(ctx, v->list, MAX_LIST);
    copy = pl_strdup(ctx, text);
    if (!copy) {
        status = PL_ENOMEM;
        goto done;
    }
    char *rest = copy, *item;
    while ((item = strsep(&rest, ",")) != NULL)
        PL_TRY(add_item(ctx, row, item, v));
done:
    pl_free(copy);
    return status;
}

/* A form is "word", "word:K" or a bare capital name, which stands for a number. */
static bool fits_form(const char *form, size_t length, const char *text, double *number,
                      size_t *word) {
    const char *colon = memchr(form, ':', length);
    *number = NAN;
    if (!colon && isupper((unsigned char)form[0])) {
        *word = 0;
        return pl_parse_real(text, number);
    }
    size_t head = colon ? (size_t)(colon - form) : length;
    *word = head;
    if (strncmp(text, form, head) != 0)
        return false;
    if (!colon)
        return text[head] == '\0';
    return text[head] == ':' && pl_parse_real(text + head + 1, number);
}

static pl_status set_spec(pl_ctx *ctx, const pl_option *row, const char *text, value *v) {
    for (const char *form = row->forms; *form;) {
        size_t length = strcspn(form, "|"), word;
        if (fits_form(form, length, text, &v->number, &word)) {
            if (!isnan(v->number) && !in_range(row, v->number))
                return out_of_range(ctx, row, text);
            v->word = pl_strdup(ctx, word ? text : "VALUE");
            if (!v->word)
                return PL_ENOMEM;
            if (word)
                v->word[word] = '\0';
            return PL_OK;
        }
        form += length + (form[length] == '|');
    }
    return pl_fail(ctx, PL_EUSAGE, "--%s is '%s', expected %s", row->name, text, row->forms);
}

static void clear(value *v) {
    pl_free(v->text);
    pl_free(v->word);
    pl_free(v->list);
    *v = (value){.row = v->row, .number = NAN};
}

/* Reads the text into an empty value. */
static pl_status parse(pl_ctx *ctx, const char *text, value *v) {
    const pl_option *row = v->row;
    switch (row->kind) {
    case PL_OPT_INT:
        if (!pl_parse_int(text, &v->integer))
            return pl_fail(ctx, PL_EUSAGE, "--%s is '%s', expected a whole number", row->name,
                           text);
        if (!in_range(row, (double)v->integer))
            return out_of_range(ctx, row, text);
        break;
    case PL_OPT_SEED:
        if (!pl_parse_u64(text, &v->seed))
            return pl_fail(ctx, PL_EUSAGE, "--%s is '%s', expected a whole number from 0 to 2^64-1",
                           row->name, text);
        break;
    case PL_OPT_REAL:
        if (!pl_parse_real(text, &v->number))
            return pl_fail(ctx, PL_EUSAGE, "--%s is '%s', expected a number", row->name, text);
        if (!in_range(row, v->number))
            return out_of_range(ctx, row, text);
        break;
    case PL_OPT_SPEC:
        return set_spec(ctx, row, text, v);
    case PL_OPT_LIST:
        return set_list(ctx, row, text, v);
    case PL_OPT_FLAG:
    case PL_OPT_TEXT:
    case PL_OPT_INPUT:
        if (*text == '\0')
            return pl_fail(ctx, PL_EUSAGE, "--%s is empty, expected %s", row->name,
                           row->metavar ? row->metavar : "a value");
        break;
    }
    return PL_OK;
}

/* The old value stays until the new one is known to be good; `text` may be the old one. */
static pl_status set(pl_ctx *ctx, value *v, const char *text) {
    value fresh = {.row = v->row, .number = NAN};
    pl_status status = parse(ctx, text, &fresh);
    if (status == PL_OK) {
        fresh.text = pl_strdup(ctx, text);
        status = fresh.text ? PL_OK : PL_ENOMEM;
    }
    if (status) {
        clear(&fresh);
        return status;
    }
    clear(v);
    *v = fresh;
    return PL_OK;
}

/* ---- parsing ------------------------------------------------------------------------------ */

static pl_status start(pl_ctx *ctx, const pl_option *rows, const pl_option *more,
                       pl_options **out) {
    pl_status status = PL_OK;
    pl_options *o = NULL;
    PL_NEW(ctx, o, 1);
    const pl_option *tables[] = {rows, more};
    for (size_t t = 0; t < 2; t++)
        for (const pl_option *row = tables[t]; row && row->name; row++) {
            if (o->count == MAX_ROWS) {
                status = pl_fail(ctx, PL_EBUG, "an option table has more than %d rows", MAX_ROWS);
                goto done;
            }
            value *v = &o->values[o->count++];
            *v = (value){.row = row, .number = NAN};
            if (row->value)
                PL_TRY(set(ctx, v, row->value));
        }
    *out = o;
    o = NULL;
done:
    pl_options_free(o);
    return status;
}

/* The option that the k-th bare word fills, or NULL; *any: further words are kept. */
static value *position(pl_options *o, const char *positional, size_t k, bool *any) {
    *any = false;
    for (const char *p = positional ? positional : ""; *p;) {
        size_t length = strcspn(p, " ");
        if (strncmp(p, "...", 3) == 0) {
            *any = true;
            return NULL;
        }
        if (k-- == 0) {
            char name[64];
            snprintf(name, sizeof name, "%.*s", (int)length, p);
            return find(o, name);
        }
        p += length;
        p += strspn(p, " ");
    }
    return NULL;
}

static pl_status take_word(pl_ctx *ctx, pl_options *o, const char *positional, const char *word,
                           size_t *k) {
    bool any;
    value *v = position(o, positional, *k, &any);
    if (v) {
        ++*k;
        return set(ctx, v, word);
    }
    if (!any)
        return pl_fail(ctx, PL_EUSAGE, "'%s' is one word too many; --help lists the options", word);
    if (o->n_words == MAX_WORDS)
        return pl_fail(ctx, PL_EUSAGE, "more than %d words", MAX_WORDS);
    o->words[o->n_words] = pl_strdup(ctx, word);
    return o->words[o->n_words++] ? PL_OK : PL_ENOMEM;
}

/* One "--name", "--name=value" or "-o"; *i moves on when the value is the next word. */
static pl_status take_option(pl_ctx *ctx, pl_options *o, int argc, char *const *argv, int *i) {
    const char *word = argv[*i];
    char name[64];
    const char *equals = NULL;
    value *v;
    if (word[1] == '-') {
        equals = strchr(word, '=');
        size_t length = equals ? (size_t)(equals - word) - 2 : strlen(word) - 2;
        snprintf(name, sizeof name, "%.*s", (int)length, word + 2);
        v = find(o, name);
        if (!v)
            return unknown(ctx, o, name);
    } else {
        v = word[2] == '\0' ? find_letter(o, word[1]) : NULL;
        if (!v)
            return pl_fail(ctx, PL_EUSAGE, "unknown option %s; --help lists the options", word);
    }
    if (v->row->kind == PL_OPT_FLAG) {
        if (equals)
            return pl_fail(ctx, PL_EUSAGE, "--%s takes no value", v->row->name);
        return set(ctx, v, "true");
    }
    if (equals)
        return set(ctx, v, equals + 1);
    if (*i + 1 >= argc)
        return pl_fail(ctx, PL_EUSAGE, "--%s needs a value", v->row->name);
    ++*i;
    return set(ctx, v, argv[*i]);
}

pl_status pl_options_parse(pl_ctx *ctx, const pl_option *rows, const pl_option *more,
                           const char *positional, int argc, char *const *argv, pl_options **out) {
    pl_status status;
    pl_options *o = NULL;
    size_t k = 0;
    bool ended = false;
    PL_TRY(start(ctx, rows, more, &o));
    for (int i = 0; i < argc; i++) {
        if (!ended && strcmp(argv[i], "--") == 0)
            ended = true;
        else if (!ended && argv[i][0] == '-' && argv[i][1] != '\0')
            PL_TRY(take_option(ctx, o, argc, argv, &i));
        else
            PL_TRY(take_word(ctx, o, positional, argv[i], &k));
    }
    *out = o;
    o = NULL;
done:
    pl_options_free(o);
    return status;
}

/* The next word, ended by a space; NULL: no more. A word that begins with a quote ends with one. */
static char *next_word(char **rest) {
    char *word = *rest + strspn(*rest, " ");
    if (*word == '\0')
        return NULL;
    bool quoted = *word == '"';
    word += quoted;
    *rest = word + strcspn(word, quoted ? "\"" : " ");
    if (**rest)
        *(*rest)++ = '\0';
    return word;
}

pl_status pl_options_parse_text(pl_ctx *ctx, const pl_option *rows, const pl_option *more,
                                const char *text, pl_options **out) {
    pl_status status = PL_OK;
    char *argv[2 * MAX_ROWS];
    int argc = 0;
    char *copy = pl_strdup(ctx, text), *rest = copy, *word;
    if (!copy)
        return PL_ENOMEM;
    while ((word = next_word(&rest)) != NULL) {
        if (argc == 2 * MAX_ROWS) {
            status = pl_fail(ctx, PL_EUSAGE, "a preset has more than %d words", 2 * MAX_ROWS);
            goto done;
        }
        argv[argc++] = word;
    }
    PL_TRY(pl_options_parse(ctx, rows, more, NULL, argc, argv, out));
done:
    pl_free(copy);
    return status;
}

pl_status pl_options_set(pl_ctx *ctx, pl_options *o, const char *name, const char *text) {
    value *v = find(o, name);
    return v ? set(ctx, v, text) : unknown(ctx, o, name);
}

void pl_options_free(pl_options *o) {
    if (!o)
        return;
    for (size_t i = 0; i < o->count; i++)
        clear(&o->values[i]);
    for (size_t i = 0; i < o->n_words; i++)
        pl_free(o->words[i]);
    pl_free(o);
}

/* ---- reading ------------------------------------------------------------------------------ */

bool pl_option_has(const pl_options *o, const char *name) {
    const value *v = find(o, name);
    return v && v->text;
}

bool pl_option_flag(const pl_options *o, const char *name) {
    return pl_option_has(o, name);
}

long long pl_option_int(const pl_options *o, const char *name) {
    const value *v = find(o, name);
    return v ? v->integer : 0;
}

uint64_t pl_option_seed(const pl_options *o, const char *name) {
    const value *v = find(o, name);
    return v ? v->seed : 0;
}

double pl_option_real(const pl_options *o, const char *name) {
    const value *v = find(o, name);
    return v ? v->number : (double)NAN;
}

const char *pl_option_text(const pl_options *o, const char *name) {
    const value *v = find(o, name);
    return v ? v->text : NULL;
}

const char *pl_option_spec(const pl_options *o, const char *name, double *number) {
    const value *v = find(o, name);
    if (number)
        *number = v ? v->number : (double)NAN;
    return v ? v->word : NULL;
}

const double *pl_option_list(const pl_options *o, const char *name, size_t *count) {
    const value *v = find(o, name);
    *count = v ? v->count : 0;
    return v ? v->list : NULL;
}

size_t pl_options_count(const pl_options *o) {
    return o->count;
}

const pl_option *pl_options_row(const pl_options *o, size_t i) {
    return o->values[i].row;
}

const char *pl_options_value(const pl_options *o, size_t i) {
    return o->values[i].text;
}

size_t pl_options_words(const pl_options *o) {
    return o->n_words;
}

const char *pl_options_word(const pl_options *o, size_t i) {
    return o->words[i];
}
