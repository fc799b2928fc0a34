/* plumb compare A B ...: several run.json, or several ledgers of verify, side by side. */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "claim/commands.h"
#include "claim/output.h"

const pl_option pl_compare_options[] = {
    {"format", PL_OPT_SPEC, "table", 0, 0, "table|csv|json", NULL, "of standard output", 0},
    {"json", PL_OPT_FLAG, NULL, 0, 0, NULL, NULL, "the same as --format json", 0},
    {"all", PL_OPT_FLAG, NULL, 0, 0, NULL, NULL, "also what is the same in all of them", 0},
    {0}};

/* A line of the comparison: what one file says of one quantity. Words are verdicts and options. */
typedef struct entry {
    const char *word; /* borrowed from the JSON; NULL: a number */
    double value, low, high;
    bool there;
} entry;

typedef struct source {
    const char *path;
    json_t *json;  /* as it was read */
    json_t *lines; /* object: name -> {"word" | "value", "low", "high"} */
} source;

static double real(const json_t *v) {
    return json_is_number(v) ? json_number_value(v) : (double)NAN;
}

/* ---- reading --------------------------------------------------------------------------------- */

static void put_number(json_t *lines, const char *name, const json_t *value, const json_t *low,
                       const json_t *high) {
    json_object_set_new(lines, name,
                        json_pack("{s:o, s:o, s:o}", "value", pl_json_number(real(value)), "low",
                                  pl_json_number(real(low)), "high", pl_json_number(real(high))));
}

/* Verdicts of a ledger: the verdict in words, and what was measured. */
static void take_ledger(const json_t *json, json_t *lines) {
    const json_t *v;
    size_t i;
    json_array_foreach(json_object_get(json, "verdicts"), i, v) {
        const char *claim = json_string_value(json_object_get(v, "claim"));
        const char *verdict = json_string_value(json_object_get(v, "verdict"));
        if (claim && verdict)
            json_object_set_new(lines, claim,
                                json_pack("{s:s, s:o}", "word", verdict, "value",
                                          pl_json_number(real(json_object_get(v, "measured")))));
    }
}

static size_t column_of(const json_t *json, const char *name) {
    const json_t *c;
    size_t i;
    json_array_foreach(json_object_get(json, "columns"), i, c) {
        const char *found = json_string_value(json_object_get(c, "name"));
        if (found && strcmp(found, name) == 0)
            return i;
    }
    return SIZE_MAX;
}

/* A run: options, the numbers of the summary, and the rows when they are named quantities. */
static void take_run(const json_t *json, json_t *lines) {
    const char *name;
    json_t *value;
    const json_t *r;
    size_t i, quantity = column_of(json, "quantity"), at = column_of(json, "value");
    size_t low = column_of(json, "low"), high = column_of(json, "high");
    json_object_foreach(json_object_get(json, "options"), name, value) {
        char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
        char key[80];
        snprintf(key, sizeof key, "--%s", name);
        if (text)
            json_object_set_new(lines, key,
                                json_pack("{s:s}", "word",
                                          json_is_string(value) ? json_string_value(value) : text));
        free(text);
    }
    if (quantity != SIZE_MAX && at != SIZE_MAX)
        json_array_foreach(json_object_get(json, "rows"), i, r) {
            const char *row = json_string_value(json_array_get(r, quantity));
            if (row)
                put_number(lines, row, json_array_get(r, at), json_array_get(r, low),
                           json_array_get(r, high));
        }
    json_object_foreach(json_object_get(json, "summary"), name, value) if (json_is_number(value))
        put_number(lines, name, value, NULL, NULL);
}

static bool is_ledger(const json_t *json) {
    return json_is_array(json_object_get(json, "verdicts"));
}

static const char *kind_of(const json_t *json) {
    const char *program = json_string_value(json_object_get(json, "program"));
    return is_ledger(json) ? "verify" : program ? program : "";
}

static pl_status read_source(pl_ctx *ctx, const char *path, source *out) {
    json_error_t error;
    unsigned char *bytes = NULL;
    size_t n;
    out->path = path;
    pl_status status = pl_file_read(ctx, path, &bytes, &n);
    if (status)
        return status;
    out->json = json_loadb((const char *)bytes, n, JSON_REJECT_DUPLICATES, &error);
    pl_free(bytes);
    if (!out->json)
        return pl_fail(ctx, PL_EINPUT, "%s: line %d is no JSON: %s", path, error.line, error.text);
    if (!*kind_of(out->json))
        return pl_fail(ctx, PL_EINPUT,
                       "%s: is neither a run.json nor a ledger; write one with --out DIR, or with "
                       "'plumb verify --json'",
                       path);
    out->lines = json_object();
    if (!out->lines)
        return pl_fail(ctx, PL_ENOMEM, "out of memory while reading %s", path);
    if (is_ledger(out->json))
        take_ledger(out->json, out->lines);
    else
        take_run(out->json, out->lines);
    return PL_OK;
}

/* ---- comparing ------------------------------------------------------------------------------- */

static entry entry_of(const source *s, const char *name) {
    const json_t *e = json_object_get(s->lines, name);
    return (entry){json_string_value(json_object_get(e, "word")), real(json_object_get(e, "value")),
                   real(json_object_get(e, "low")), real(json_object_get(e, "high")), e != NULL};
}

static bool same_number(double a, double b) {
    return a == b || (isnan(a) && isnan(b));
}

static bool same(const entry *a, const entry *b) {
    if (a->there != b->there || (a->word != NULL) != (b->word != NULL))
        return false;
    return (!a->word || strcmp(a->word, b->word) == 0) && same_number(a->value, b->value);
}

/* Both have an interval, and the intervals are disjoint. */
static bool apart(const entry *a, const entry *b) {
    return a->high < b->low || b->high < a->low;
}

static void cell(const entry *e, pl_text *out) {
    if (e->word && isnan(e->value))
        pl_text_add(out, e->word);
    else if (e->word)
        pl_text_printf(out, "%s %.6g", e->word, e->value);
    else if (!e->there)
        pl_text_add(out, "-");
    else
        pl_text_printf(out, "%.6g", e->value);
    if (isfinite(e->low) && isfinite(e->high))
        pl_text_printf(out, " [%.4g, %.4g]", e->low, e->high);
}

static void csv_cell(const char *s, pl_text *out) {
    bool quoted = s[strcspn(s, ",\"\n")] != '\0';
    pl_text_add(out, quoted ? "\"" : "");
    for (; *s; s++)
        pl_text_printf(out, *s == '"' ? "\"\"" : "%c", *s);
    pl_text_add(out, quoted ? "\"" : "");
}

typedef struct comparison {
    const source *sources;
    size_t n;
    const char *format;
    json_t *list; /* of format json */
    pl_text *out;
} comparison;

/* The blanks that pad the last column go. */
static void end_line(pl_text *out) {
    while (out->length && out->s[out->length - 1] == ' ')
        out->s[--out->length] = '\0';
    pl_text_add(out, "\n");
}

/* "!" marks verdicts and options that differ, and intervals that are apart. */
static void line(const comparison *c, const char *name) {
    entry first = entry_of(&c->sources[0], name);
    bool marked = false;
    json_t *values = json_array();
    pl_text text = {0};
    for (size_t i = 0; i < c->n; i++) {
        entry e = entry_of(&c->sources[i], name);
        marked = marked || apart(&first, &e) ||
                 (e.word && first.word && strcmp(e.word, first.word) != 0);
        json_array_append(values,
                          e.there ? json_object_get(c->sources[i].lines, name) : json_null());
    }
    if (strcmp(c->format, "table") == 0)
        pl_text_printf(c->out, "%c %-28s", marked ? '!' : ' ', name);
    else if (strcmp(c->format, "csv") == 0)
        csv_cell(name, c->out);
    else
        json_array_append_new(
            c->list, json_pack("{s:s, s:b, s:O}", "name", name, "apart", marked, "values", values));
    for (size_t i = 0; i < c->n && strcmp(c->format, "json") != 0; i++) {
        entry e = entry_of(&c->sources[i], name);
        cell(&e, &text);
        if (strcmp(c->format, "table") == 0) {
            pl_text_printf(c->out, "  %-32s", pl_text_get(&text));
        } else {
            pl_text_add(c->out, ",");
            csv_cell(pl_text_get(&text), c->out);
        }
        c->out->failed = c->out->failed || text.failed;
        pl_text_free(&text);
    }
    if (strcmp(c->format, "json") != 0)
        end_line(c->out);
    json_decref(values);
}

/* Names in the order of the first file that has them; each once. */
static void all_lines(const comparison *c, bool all) {
    for (size_t i = 0; i < c->n; i++) {
        const char *name;
        json_t *value;
        json_object_foreach(c->sources[i].lines, name, value) {
            bool seen = false, differs = false;
            entry first = entry_of(&c->sources[0], name);
            for (size_t k = 0; k < i; k++)
                seen = seen || json_object_get(c->sources[k].lines, name);
            for (size_t k = 0; k < c->n; k++) {
                entry e = entry_of(&c->sources[k], name);
                differs = differs || !same(&first, &e);
            }
            if (!seen && (all || differs))
                line(c, name);
        }
    }
}

static void header(const comparison *c) {
    bool csv = strcmp(c->format, "csv") == 0;
    pl_text_printf(c->out, csv ? "name" : "  %-28s", "");
    for (size_t i = 0; i < c->n; i++) {
        pl_text_add(c->out, csv ? "," : "  ");
        if (csv)
            csv_cell(c->sources[i].path, c->out);
        else
            pl_text_printf(c->out, "%-32s", c->sources[i].path);
    }
    end_line(c->out);
}

pl_status pl_cmd_compare(pl_ctx *ctx, const pl_registry *registry, int argc, char *const *argv) {
    (void)registry;
    pl_status status;
    pl_options *o = NULL;
    source *sources = NULL;
    size_t n = 0;
    pl_text text = {0};
    json_t *list = NULL;
    if (pl_wants_help(argc, argv))
        return pl_print_usage(ctx, "compare A.json B.json ... [options]",
                              "Several run.json of one program, or several ledgers of 'plumb "
                              "verify --json', side by side:\nwhat differs. ! marks verdicts and "
                              "options that differ, and intervals that are apart.",
                              pl_compare_options);
    PL_TRY(pl_options_parse(ctx, pl_compare_options, NULL, "...", argc, argv, &o));
    n = pl_options_words(o);
    if (n < 2) {
        n = 0;
        status = pl_fail(ctx, PL_EUSAGE, "compare needs two files or more, run.json or ledgers");
        goto done;
    }
    PL_NEW(ctx, sources, n);
    for (size_t i = 0; i < n; i++) {
        PL_TRY(read_source(ctx, pl_options_word(o, i), &sources[i]));
        if (strcmp(kind_of(sources[i].json), kind_of(sources[0].json)) != 0) {
            status = pl_fail(ctx, PL_EINPUT, "%s is of %s, %s of %s; compare takes one kind",
                             sources[0].path, kind_of(sources[0].json), sources[i].path,
                             kind_of(sources[i].json));
            goto done;
        }
    }
    list = json_array();
    const comparison c = {sources, n,
                          pl_option_flag(o, "json") ? "json" : pl_option_spec(o, "format", NULL),
                          list, &text};
    bool json = strcmp(c.format, "json") == 0;
    if (!json)
        header(&c);
    all_lines(&c, pl_option_flag(o, "all"));
    PL_TRY(pl_text_status(ctx, &text));
    if (json)
        PL_TRY(pl_json_write(ctx, list, NULL));
    else
        PL_TRY(pl_print(ctx, pl_text_get(&text)));
done:
    for (size_t i = 0; sources && i < n; i++) {
        json_decref(sources[i].json);
        json_decref(sources[i].lines);
    }
    pl_free(sources);
    json_decref(list);
    pl_text_free(&text);
    pl_options_free(o);
    return status;
}
