#include "notebooks-export/mathml.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

typedef enum {
    IDENTIFIER,
    OPERATOR,
    LIMITS,
    FUNCTION,
    SPACE,
    FRACTION,
    ROOT,
    BAR,
    TEXT,
    NAME,
    BOARD,
    BIG
} kind;

static const struct command {
    const char *name; /* NULL ends */
    kind kind;
    const char *what; /* the character, the width, the size */
} commands[] = {{"alpha", IDENTIFIER, "α"},
                {"beta", IDENTIFIER, "β"},
                {"varepsilon", IDENTIFIER, "ε"},
                {"theta", IDENTIFIER, "θ"},
                {"kappa", IDENTIFIER, "κ"},
                {"lambda", IDENTIFIER, "λ"},
                {"mu", IDENTIFIER, "μ"},
                {"nu", IDENTIFIER, "ν"},
                {"xi", IDENTIFIER, "ξ"},
                {"pi", IDENTIFIER, "π"},
                {"rho", IDENTIFIER, "ρ"},
                {"sigma", IDENTIFIER, "σ"},
                {"tau", IDENTIFIER, "τ"},
                {"phi", IDENTIFIER, "ϕ"},
                {"ell", IDENTIFIER, "ℓ"},
                {"infty", IDENTIFIER, "∞"},
                {"partial", IDENTIFIER, "∂"},
                {"dots", IDENTIFIER, "…"},
                {"top", IDENTIFIER, "⊤"},
                {"le", OPERATOR, "≤"},
                {"ge", OPERATOR, "≥"},
                {"ne", OPERATOR, "≠"},
                {"to", OPERATOR, "→"},
                {"in", OPERATOR, "∈"},
                {"pm", OPERATOR, "±"},
                {"cdot", OPERATOR, "⋅"},
                {"times", OPERATOR, "×"},
                {"approx", OPERATOR, "≈"},
                {"propto", OPERATOR, "∝"},
                {"gg", OPERATOR, "≫"},
                {"mid", OPERATOR, "∣"},
                {"mapsto", OPERATOR, "↦"},
                {"leftarrow", OPERATOR, "←"},
                {"int", OPERATOR, "∫"},
                {"{", OPERATOR, "{"},
                {"}", OPERATOR, "}"},
                {"sum", LIMITS, "∑"},
                {"max", LIMITS, "max"},
                {"min", LIMITS, "min"},
                {"log", FUNCTION, "log"},
                {"cos", FUNCTION, "cos"},
                {",", SPACE, "0.17em"},
                {";", SPACE, "0.28em"},
                {"qquad", SPACE, "2em"},
                {"frac", FRACTION, "false"},
                {"dfrac", FRACTION, "true"},
                {"sqrt", ROOT, ""},
                {"bar", BAR, ""},
                {"text", TEXT, ""},
                {"operatorname", NAME, ""},
                {"mathbb", BOARD, ""},
                {"bigl", BIG, "1.2em"},
                {"bigr", BIG, "1.2em"},
                {"Bigl", BIG, "1.8em"},
                {"Bigr", BIG, "1.8em"},
                {NULL, SPACE, ""}};

/* Letters and what is not ASCII stand for themselves; the rest would mean something to Markdown. */
static void add_text(const char *s, size_t n, pl_text *out) {
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s[i];
        if (c < 128 && !isalnum(c) && c != ' ')
            pl_text_printf(out, "&#%d;", c);
        else
            pl_text_printf(out, "%c", c);
    }
}

static void element(const char *tag, const char *s, size_t n, pl_text *out) {
    pl_text_printf(out, "<%s>", tag);
    add_text(s, n, out);
    pl_text_printf(out, "</%s>", strncmp(tag, "mo ", 3) == 0 ? "mo" : tag);
}

typedef struct reader {
    pl_ctx *ctx;
    const char *tex, *s; /* all of it, for messages; what is left */
} reader;

static pl_status bad(const reader *r, const char *what) {
    return pl_fail(r->ctx, PL_EINPUT, "the formula '%s' %s '%.12s'", r->tex, what, r->s);
}

static void skip_space(reader *r) {
    while (isspace((unsigned char)*r->s))
        r->s++;
}

static pl_status row(reader *r, bool in_group, pl_text *out);
static pl_status argument(reader *r, pl_text *out);

/* \text{as it is}: what stands between the braces. */
static pl_status braced(reader *r, const char *tag, pl_text *out) {
    skip_space(r);
    size_t n = strcspn(r->s, "}");
    if (*r->s != '{' || r->s[n] != '}')
        return bad(r, "wants {...} at");
    element(tag, r->s + 1, n - 1, out);
    r->s += n + 1;
    return PL_OK;
}

/* Double-struck letters, E at U+1D53C; R and N stand elsewhere, at U+211D and U+2115. */
static pl_status board(reader *r, pl_text *out) {
    skip_space(r);
    bool group = *r->s == '{';
    char c = r->s[group];
    if (!isupper((unsigned char)c) || strchr("CHNPQZ", c) || (group && r->s[2] != '}'))
        return bad(r, "wants a letter at");
    if (c == 'R')
        pl_text_add(out, "<mi>ℝ</mi>");
    else
        pl_text_printf(out, "<mi>&#%d;</mi>", 0x1D538 + c - 'A');
    r->s += group ? 3 : 1;
    return PL_OK;
}

static const struct command *read_command(reader *r) {
    size_t n = 0;
    while (isalpha((unsigned char)r->s[1 + n]))
        n++;
    n += n == 0 && r->s[1]; /* \, \{ */
    for (const struct command *c = commands; c->name; c++)
        if (strlen(c->name) == n && strncmp(c->name, r->s + 1, n) == 0) {
            r->s += 1 + n;
            return c;
        }
    return NULL;
}

static pl_status run_command(reader *r, const struct command *c, pl_text *out) {
    pl_status status = PL_OK;
    switch (c->kind) {
    case IDENTIFIER:
    case FUNCTION:
        element("mi", c->what, strlen(c->what), out);
        break;
    case OPERATOR:
        element("mo stretchy=\"false\"", c->what, strlen(c->what), out);
        break;
    case LIMITS:
        element("mo movablelimits=\"true\"", c->what, strlen(c->what), out);
        break;
    case SPACE:
        pl_text_printf(out, "<mspace width=\"%s\"></mspace>", c->what);
        break;
    case FRACTION:
        pl_text_printf(out, "<mfrac%s>", *c->what == 't' ? " displaystyle=\"true\"" : "");
        PL_TRY(argument(r, out));
        PL_TRY(argument(r, out));
        pl_text_add(out, "</mfrac>");
        break;
    case ROOT:
        pl_text_add(out, "<msqrt>");
        PL_TRY(argument(r, out));
        pl_text_add(out, "</msqrt>");
        break;
    case BAR:
        pl_text_add(out, "<mover accent=\"true\">");
        PL_TRY(argument(r, out));
        pl_text_add(out, "<mo stretchy=\"false\">¯</mo></mover>");
        break;
    case TEXT:
        return braced(r, "mtext", out);
    case NAME:
        return braced(r, "mi", out);
    case BOARD:
        return board(r, out);
    case BIG:
        if (!*r->s)
            return bad(r, "ends before a delimiter");
        pl_text_printf(out, "<mo stretchy=\"true\" minsize=\"%s\" maxsize=\"%s\">", c->what,
                       c->what);
        add_text(r->s++, 1, out);
        pl_text_add(out, "</mo>");
        break;
    }
done:
    return status;
}

/* One atom: what a script or \frac takes. `whole`: digits together are one number. */
static pl_status atom(reader *r, bool whole, const struct command **command, pl_text *out) {
    *command = NULL;
    skip_space(r);
    unsigned char c = (unsigned char)*r->s;
    if (c == '\\') {
        if ((*command = read_command(r)) == NULL)
            return bad(r, "has a command that is not known:");
        return run_command(r, *command, out);
    }
    if (c == '{') {
        r->s++;
        return row(r, true, out);
    }
    if (isdigit(c)) {
        size_t n = 1;
        while (whole && (isdigit((unsigned char)r->s[n]) ||
                         (r->s[n] == '.' && isdigit((unsigned char)r->s[n + 1]))))
            n++;
        element("mn", r->s, n, out);
        r->s += n;
        return PL_OK;
    }
    if (!c || strchr("}^_'&#%~", c))
        return bad(r, "has no place for");
    if (c == '-')
        pl_text_add(out, "<mo>−</mo>");
    else
        element(isalpha(c) ? "mi"
                : c == '|' ? "mo stretchy=\"false\" lspace=\"0\" rspace=\"0\""
                           : "mo stretchy=\"false\"",
                r->s, 1, out);
    r->s++;
    return PL_OK;
}

static pl_status argument(reader *r, pl_text *out) {
    const struct command *unused;
    return atom(r, false, &unused, out);
}

/* x_i^2: an atom and its scripts; primes are superscripts. */
static pl_status scripted(reader *r, pl_text *out) {
    pl_status status;
    pl_text base = {0}, sub = {0}, sup = {0};
    const struct command *c;
    PL_TRY(atom(r, true, &c, &base));
    while (*r->s == '\'' || *r->s == '_' || *r->s == '^') {
        pl_text *to = *r->s == '_' ? &sub : &sup;
        if (*r->s++ == '\'')
            pl_text_add(to, "<mo>′</mo>");
        else
            PL_TRY(argument(r, to));
    }
    const char *tag = c && c->kind == LIMITS ? (sub.s && sup.s ? "munderover"
                                                : sub.s        ? "munder"
                                                               : "mover")
                      : sub.s && sup.s       ? "msubsup"
                      : sub.s                ? "msub"
                                             : "msup";
    if (!sub.s && !sup.s)
        pl_text_add(out, pl_text_get(&base));
    else {
        pl_text_printf(out, "<%s>%s", tag, pl_text_get(&base));
        if (sub.s)
            pl_text_printf(out, "<mrow>%s</mrow>", sub.s);
        if (sup.s)
            pl_text_printf(out, "<mrow>%s</mrow>", sup.s);
        pl_text_printf(out, "</%s>", tag);
    }
    if (c && c->kind == FUNCTION && !strchr("(\\", *r->s))
        pl_text_add(out, "<mspace width=\"0.17em\"></mspace>");
    out->failed = out->failed || base.failed || sub.failed || sup.failed;
done:
    pl_text_free(&base);
    pl_text_free(&sub);
    pl_text_free(&sup);
    return status;
}

static pl_status row(reader *r, bool in_group, pl_text *out) {
    pl_text_add(out, "<mrow>");
    for (skip_space(r); *r->s && *r->s != '}'; skip_space(r)) {
        pl_status status = scripted(r, out);
        if (status)
            return status;
    }
    if (in_group != (*r->s == '}'))
        return bad(r, in_group ? "has a group that does not end" : "ends a group at");
    r->s += in_group;
    pl_text_add(out, "</mrow>");
    return PL_OK;
}

pl_status lab_mathml(pl_ctx *ctx, const char *tex, bool display, pl_text *out) {
    reader r = {ctx, tex, tex};
    pl_text_printf(out, "<math%s>", display ? " display=\"block\"" : "");
    pl_status status = row(&r, false, out);
    pl_text_add(out, "</math>");
    return status ? status : pl_text_status(ctx, out);
}

/* A formula between two signs of `n` dollars; *s goes behind it. */
static pl_status formula(pl_ctx *ctx, const char **s, size_t n, pl_text *out) {
    pl_status status;
    const char *end = strstr(*s + n, n == 2 ? "$$" : "$");
    pl_text tex = {0};
    if (!end)
        return pl_fail(ctx, PL_EINPUT, "a $ is not closed: '%.40s'", *s);
    pl_text_printf(&tex, "%.*s", (int)(end - *s - (ptrdiff_t)n), *s + n);
    pl_text_add(out, "<span>"); /* or a line that begins with a formula would end its paragraph */
    PL_TRY(pl_text_status(ctx, &tex));
    PL_TRY(lab_mathml(ctx, pl_text_get(&tex), n == 2, out));
    pl_text_add(out, "</span>");
    *s = end + n;
done:
    pl_text_free(&tex);
    return status;
}

pl_status lab_markdown_mathml(pl_ctx *ctx, const char *markdown, pl_text *out) {
    for (const char *s = markdown; *s;) {
        size_t ticks = strspn(s, "`"), plain = strcspn(s, "`$\\");
        if (ticks) { /* code runs to as many backquotes */
            const char *end = s + ticks;
            while (*end && strspn(end, "`") != ticks)
                end += *end == '`' ? strspn(end, "`") : 1;
            end += *end ? ticks : 0;
            pl_text_printf(out, "%.*s", (int)(end - s), s);
            s = end;
        } else if (*s == '$') {
            pl_status status = formula(ctx, &s, s[1] == '$' ? 2 : 1, out);
            if (status)
                return status;
        } else {
            plain += s[plain] == '\\' ? 1 + (s[plain + 1] != '\0') : 0;
            pl_text_printf(out, "%.*s", (int)plain, s);
            s += plain;
        }
    }
    return pl_text_status(ctx, out);
}
