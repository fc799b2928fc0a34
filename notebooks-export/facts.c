/* {{claim:ID}} and its kin: what a lab quotes comes from the registry, so that it cannot drift. */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "notebooks-export/labs.h"

/* Where a fact stands, for messages. */
typedef struct place {
    const char *file;
    size_t line;
} place;

static pl_status unknown(pl_ctx *ctx, place at, const char *what, const char *name,
                         const char *nearest) {
    return pl_fail(ctx, PL_EINPUT, "%s:%zu: there is no %s '%s'%s%s", at.file, at.line, what, name,
                   nearest ? "; the nearest is " : "", nearest ? nearest : "");
}

static void add_hypotheses(const pl_claim *c, pl_text *out) {
    for (size_t i = 0; i < PL_MAX_HYPOTHESES && c->hypotheses[i]; i++)
        pl_text_printf(out, "%s%s", i ? "; " : "", c->hypotheses[i]);
}

/* The field of a claim that `kind` names; false when it names none. */
static bool add_claim_field(const char *kind, const pl_claim *c, pl_text *out) {
    const struct {
        const char *kind, *text;
    } fields[] = {{"claim", c->statement},
                  {"title", c->title},
                  {"where", c->where},
                  {"correction", c->correction},
                  {"source", c->source},
                  {"verdict", pl_verdict_name(c->expected)},
                  {"hypotheses", c->hypotheses[0]}};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (strcmp(kind, fields[i].kind) == 0 && fields[i].text) {
            if (strcmp(kind, "hypotheses") == 0)
                add_hypotheses(c, out);
            else
                pl_text_add(out, fields[i].text);
            return true;
        }
    return false;
}

static pl_status claim_fact(pl_ctx *ctx, const pl_registry *registry, place at, const char *kind,
                            const char *id, pl_text *out) {
    size_t best = SIZE_MAX;
    const char *nearest = NULL;
    const pl_claim *c;
    for (size_t i = 0; (c = pl_registry_claim(registry, i, NULL)) != NULL; i++) {
        if (strcmp(c->id, id) == 0)
            return add_claim_field(kind, c, out)
                       ? PL_OK
                       : pl_fail(ctx, PL_EINPUT, "%s:%zu: claim %s has no %s", at.file, at.line, id,
                                 kind);
        pl_nearest(id, c->id, &best, &nearest);
    }
    return unknown(ctx, at, "claim", id, nearest);
}

static pl_status caption_fact(pl_ctx *ctx, const pl_registry *registry, place at, const char *id,
                              pl_text *out) {
    size_t best = SIZE_MAX;
    const char *nearest = NULL;
    const pl_figure *f;
    for (size_t i = 0; (f = pl_registry_figure(registry, i)) != NULL; i++) {
        if (strcmp(f->id, id) == 0) {
            pl_text_add(out, f->caption);
            return PL_OK;
        }
        pl_nearest(id, f->id, &best, &nearest);
    }
    return unknown(ctx, at, "figure", id, nearest);
}

/* A gnuplot script that is built in, "style" among them: labs that draw their own data use it. */
static pl_status script_fact(pl_ctx *ctx, const pl_registry *registry, place at, const char *name,
                             pl_text *out) {
    const char *script = registry->scripts ? pl_registry_script(registry, name) : NULL;
    if (!script)
        return unknown(ctx, at, "script", name, NULL);
    pl_text_add(out, script);
    return PL_OK;
}

/* The program of that name among the tools and rooms. */
static const pl_program *find_program(const pl_registry *registry, const char *name,
                                      const char **nearest) {
    size_t best = SIZE_MAX;
    const pl_program *found = registry->tools ? pl_registry_tool(registry, name) : NULL;
    for (const pl_room *const *room = registry->rooms; *room && !found; room++) {
        found = pl_room_program(*room, name);
        for (const pl_program *const *p = (*room)->programs; *p; p++)
            pl_nearest(name, (*p)->name, &best, nearest);
    }
    return found;
}

static const pl_column *find_column(const pl_program *program, const char *name,
                                    const char **nearest) {
    size_t best = SIZE_MAX;
    for (const pl_program *const *v = program->variants; v && *v; v++) {
        const pl_column *found = find_column(*v, name, nearest);
        if (found)
            return found;
    }
    for (const pl_column *c = program->columns; c && c->name; c++) {
        if (strcmp(c->name, name) == 0)
            return c;
        pl_nearest(name, c->name, &best, nearest);
    }
    return NULL;
}

static const pl_option *find_option(const pl_program *program, const char *name,
                                    const char **nearest) {
    size_t best = SIZE_MAX;
    for (const pl_option *o = program->options; o && o->name; o++) {
        if (strcmp(o->name, name) == 0)
            return o;
        pl_nearest(name, o->name, &best, nearest);
    }
    return NULL;
}

/* "program.name": the default of an option, or the meaning of a column. */
static pl_status program_fact(pl_ctx *ctx, const pl_registry *registry, place at, const char *kind,
                              char *name, pl_text *out) {
    const char *nearest = NULL;
    char *dot = strchr(name, '.');
    if (!dot)
        return pl_fail(ctx, PL_EINPUT, "%s:%zu: {{%s:%s}}, expected {{%s:PROGRAM.NAME}}", at.file,
                       at.line, kind, name, kind);
    *dot = '\0';
    const pl_program *program = find_program(registry, name, &nearest);
    if (!program)
        return unknown(ctx, at, "program", name, nearest);
    nearest = NULL;
    if (strcmp(kind, "column") == 0) {
        const pl_column *c = find_column(program, dot + 1, &nearest);
        if (!c)
            return unknown(ctx, at, "column", dot + 1, nearest);
        pl_text_add(out, c->meaning);
        return PL_OK;
    }
    const pl_option *o = find_option(program, dot + 1, &nearest);
    if (!o)
        return unknown(ctx, at, "option", dot + 1, nearest);
    pl_text_add(out, o->value ? o->value : "unset");
    return PL_OK;
}

static pl_status fact(pl_ctx *ctx, const lab_facts *facts, place at, char *body, pl_text *out) {
    if (strcmp(body, "seed") == 0) {
        pl_text_printf(out, "%" PRIu64, facts->seed);
        return PL_OK;
    }
    char *colon = strchr(body, ':');
    if (!colon)
        return unknown(ctx, at, "fact", body, NULL);
    *colon = '\0';
    if (strcmp(body, "option") == 0 || strcmp(body, "column") == 0)
        return program_fact(ctx, facts->registry, at, body, colon + 1, out);
    if (strcmp(body, "caption") == 0)
        return caption_fact(ctx, facts->registry, at, colon + 1, out);
    if (strcmp(body, "script") == 0)
        return script_fact(ctx, facts->registry, at, colon + 1, out);
    static const char *const fields[] = {"claim",   "title",  "where",     "correction",
                                         "verdict", "source", "hypotheses"};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (strcmp(body, fields[i]) == 0)
            return claim_fact(ctx, facts->registry, at, body, colon + 1, out);
    return unknown(ctx, at, "kind of fact", body, NULL);
}

pl_status lab_facts_expand(pl_ctx *ctx, const lab_facts *facts, const char *file, size_t line,
                           const char *text, pl_text *out) {
    const place at = {file, line};
    const char *open;
    while ((open = strstr(text, "{{")) != NULL) {
        const char *close = strstr(open, "}}");
        char body[128];
        size_t n = close ? (size_t)(close - open) - 2 : 0;
        if (!close)
            return pl_fail(ctx, PL_EINPUT, "%s:%zu: '{{' without '}}'", file, line);
        if (n >= sizeof body)
            return pl_fail(ctx, PL_EINPUT, "%s:%zu: a fact of %zu letters is too long", file, line,
                           n);
        pl_text_printf(out, "%.*s", (int)(open - text), text);
        memcpy(body, open + 2, n);
        body[n] = '\0';
        pl_status status = fact(ctx, facts, at, body, out);
        if (status)
            return status;
        text = close + 2;
    }
    pl_text_add(out, text);
    return pl_text_status(ctx, out);
}
