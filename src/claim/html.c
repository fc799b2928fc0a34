#include "claim/html.h"

#include <ctype.h>
#include <string.h>

#include "claim/environment.h"

static void escape(const char *s, const char *end, pl_text *out) {
    while (s < end) {
        size_t plain = strcspn(s, "&<>\"'");
        if (plain > (size_t)(end - s))
            plain = (size_t)(end - s);
        pl_text_printf(out, "%.*s", (int)plain, s);
        s += plain;
        if (s < end)
            pl_text_add(out, *s == '&'   ? "&amp;"
                             : *s == '<' ? "&lt;"
                             : *s == '>' ? "&gt;"
                             : *s == '"' ? "&quot;"
                                         : "&#39;");
        s += s < end;
    }
}

void pl_html_text(const char *s, pl_text *out) {
    escape(s, s + strlen(s), out);
}

/* ---- formulas -------------------------------------------------------------------------------- */

typedef struct sign {
    const char *ascii, *sign;
} sign;

static const sign relations[] = {{"<=", "≤"}, {">=", "≥"}, {"!=", "≠"},
                                 {"->", "→"}, {"+-", "±"}, {0}};

static const sign letters[] = {{"alpha", "α"},  {"beta", "β"},     {"gamma", "γ"},
                               {"delta", "δ"},  {"epsilon", "ε"},  {"zeta", "ζ"},
                               {"eta", "η"},    {"theta", "θ"},    {"kappa", "κ"},
                               {"lambda", "λ"}, {"mu", "μ"},       {"nu", "ν"},
                               {"xi", "ξ"},     {"pi", "π"},       {"rho", "ρ"},
                               {"sigma", "σ"},  {"tau", "τ"},      {"phi", "φ"},
                               {"chi", "χ"},    {"psi", "ψ"},      {"omega", "ω"},
                               {"Gamma", "Γ"},  {"Delta", "Δ"},    {"Theta", "Θ"},
                               {"Lambda", "Λ"}, {"Sigma", "Σ"},    {"Phi", "Φ"},
                               {"Psi", "Ψ"},    {"Omega", "Ω"},    {"sqrt", "√"},
                               {"eps", "ε"},    {"infinity", "∞"}, {0}};

static bool is(const char *s, size_t n, const char *word) {
    return strlen(word) == n && strncmp(s, word, n) == 0;
}

static const char *letter_of(const char *s, size_t n) {
    for (const sign *l = letters; l->ascii; l++)
        if (is(s, n, l->ascii))
            return l->sign;
    return NULL;
}

/* Where the argument of a ^ or _ ends: {..} or (..) balanced, or a signed word or number; "-1/2"
 * is one, "n/dt" is not. */
static const char *argument_end(const char *s, const char *end) {
    if (s < end && (*s == '{' || *s == '(')) {
        int depth = 0;
        for (const char *p = s; p < end; p++) {
            depth += (*p == '{' || *p == '(') - (*p == '}' || *p == ')');
            if (depth == 0)
                return p + 1;
        }
        return s;
    }
    const char *p = s;
    bool is_signed = p < end && (*p == '-' || *p == '+');
    p += is_signed;
    const char *digits = p;
    while (p < end && isalnum((unsigned char)*p))
        p++;
    if (p == digits)
        return s;
    if (is_signed && p + 1 < end && *p == '/' && isdigit((unsigned char)p[1]))
        for (p++; p < end && isdigit((unsigned char)*p); p++) {
        }
    return p;
}

static void formula(const char *s, const char *end, pl_text *out);

/* At a ^ or _: writes the script and returns what follows it; s itself when there is none. */
static const char *script(const char *s, const char *end, pl_text *out) {
    const char *from = s + 1, *to = argument_end(from, end), *tag = *s == '^' ? "sup" : "sub";
    if (to == from)
        return s;
    bool braced = *from == '{';
    pl_text_printf(out, "<%s>", tag);
    formula(from + braced, to - braced, out);
    pl_text_printf(out, "</%s>", tag);
    return to;
}

/* A name and its index. A long name with an underscore ("loss_uniform") is a column's, and stays.
 */
static const char *word(const char *s, const char *end, pl_text *out) {
    const char *p = s;
    while (p < end && isalnum((unsigned char)*p))
        p++;
    size_t n = (size_t)(p - s);
    const char *letter = letter_of(s, n);
    bool indexed = p + 1 < end && *p == '_';
    bool has_index = indexed && (n == 1 || letter || p[1] == '{' || is(s, n, "sum"));
    if (indexed && !has_index) {
        while (p < end && (isalnum((unsigned char)*p) || *p == '_'))
            p++;
        escape(s, p, out);
        return p;
    }
    if (indexed && is(s, n, "sum"))
        letter = "Σ";
    if (letter)
        pl_text_add(out, letter);
    else
        escape(s, p, out);
    return has_index ? script(p, end, out) : p;
}

static void formula(const char *s, const char *end, pl_text *out) {
    while (s < end) {
        const sign *r = relations;
        while (r->ascii && !(end - s >= 2 && strncmp(s, r->ascii, 2) == 0))
            r++;
        if (r->ascii) {
            pl_text_add(out, r->sign);
            s += 2;
        } else if (isalpha((unsigned char)*s)) {
            s = word(s, end, out);
        } else {
            const char *after = *s == '^' || *s == '_' ? script(s, end, out) : s;
            if (after == s)
                escape(s, s + 1, out), after++;
            s = after;
        }
    }
}

void pl_html_formula(const char *s, pl_text *out) {
    formula(s, s + strlen(s), out);
}

/* ---- figures --------------------------------------------------------------------------------- */

/* The opening tag again with its viewBox alone: a page needs no namespaces. */
static const char *open_svg(const char *svg, pl_text *out) {
    const char *tag = strstr(svg, "<svg"), *end = tag ? strchr(tag, '>') : NULL;
    const char *box = tag ? strstr(tag, "viewBox=\"") : NULL;
    if (!end || !box || box > end)
        return NULL;
    box += strlen("viewBox=\"");
    pl_text_printf(out, "<svg viewBox=\"%.*s\" role=\"img\">", (int)strcspn(box, "\">"), box);
    return end + 1;
}

void pl_html_svg(const char *svg, const char *prefix, pl_text *out) {
    static const char *const before[] = {" id='", " id=\"", "href='#", "href=\"#", "url(#", NULL};
    const char *s = open_svg(svg, out);
    while (s && *s) {
        const char *next = NULL;
        for (const char *const *b = before; *b; b++) {
            const char *hit = strstr(s, *b);
            if (hit && (!next || hit + strlen(*b) < next))
                next = hit + strlen(*b);
        }
        if (!next) {
            pl_text_add(out, s);
            return;
        }
        pl_text_printf(out, "%.*s%s-", (int)(next - s), s, prefix);
        s = next;
    }
}

/* ---- the page -------------------------------------------------------------------------------- */

/* Colours by custom properties, so that dark mode and print each change them in one place. */
static const char style[] =
    ":root{color-scheme:light "
    "dark;--bg:#fff;--fg:#1b1f24;--soft:#5a6470;--line:#d8dde3;--box:#f5f7f9;"
    "--good:#00664b;--bad:#a83a00;--warn:#7a5300;--link:#005a94;--mark:#0072b2}"
    "@media(prefers-color-scheme:dark){:root{--bg:#14171a;--fg:#e6e9ec;--soft:#a2acb6;--line:#"
    "363d45;"
    "--box:#1e2328;--good:#4fd0a8;--bad:#ff9e66;--warn:#f0c050;--link:#7cc0f0;--mark:#5ab4f0}}"
    "*{box-sizing:border-box}"
    "body{margin:0 auto;max-width:62rem;padding:1rem;background:var(--bg);color:var(--fg);"
    "font:1rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere}"
    "h1{font-size:1.5rem;margin:.2rem 0}h2{font-size:1.2rem;margin:2rem 0 .6rem}"
    "h3,h4{font-size:1rem;margin:0 0 .3rem}section>h3{margin:1.2rem 0 .3rem}"
    "section>h3:first-letter{text-transform:uppercase}[hidden]{display:none}p{margin:.4rem "
    "0}a{color:var(--link)}"
    ".soft,figcaption,.foot{color:var(--soft);font-size:.875rem}"
    ".box{border:1px solid var(--line);border-left:4px solid var(--line);border-radius:4px;"
    "padding:.6rem .8rem;margin:.6rem 0;background:var(--box)}"
    ".bad{border-left-color:var(--bad)}.good{border-left-color:var(--good)}"
    ".warn{border-left-color:var(--warn)}"
    "b.good{color:var(--good)}b.bad{color:var(--bad)}b.warn{color:var(--warn)}"
    "dl{margin:0;display:grid;grid-template-columns:7.5rem 1fr;gap:.15rem .8rem}"
    "dt{color:var(--soft)}dd{margin:0;min-width:0}"
    "table{overflow-wrap:break-word;border-collapse:collapse;width:100%;font-size:.875rem}"
    "th,td{text-align:left;vertical-align:top;padding:.25rem .5rem;border-bottom:1px solid "
    "var(--line)}"
    "td.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}"
    "code{font:.875em ui-monospace,monospace}"
    "figure{margin:.8rem 0}figure svg{display:block;width:100%;max-width:640px;height:auto}"
    "sub,sup{line-height:0}"
    "input[type=radio]{position:absolute;opacity:0;pointer-events:none}"
    ".filter{display:inline-block;margin:.15rem .3rem .15rem 0;padding:.1rem .6rem;cursor:pointer;"
    "border:1px solid var(--line);border-radius:1rem;font-size:.875rem}"
    "input:checked+.filter{background:var(--fg);color:var(--bg)}"
    "input:focus-visible+.filter{outline:2px solid var(--mark);outline-offset:2px}"
    "input[type=search]{font:inherit;width:100%;max-width:24rem;padding:.25rem .5rem;"
    "background:var(--box);color:inherit;border:1px solid var(--line);border-radius:4px}"
    "@media(max-width:40rem){dl{grid-template-columns:1fr}dd{margin-bottom:.3rem}.wide{display:"
    "none}}"
    "@media print{:root{color-scheme:light;--bg:#fff;--fg:#000;--box:#fff;--soft:#333;--line:#999;"
    "--good:#00664b;--bad:#a83a00;--warn:#7a5300;--link:#000}"
    "body{max-width:none}.box,tr,figure{break-inside:avoid}.screen,input,label{display:none}}";

void pl_html_begin(const char *title, pl_text *out) {
    pl_text_add(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                     "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
                     "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                     "style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:\">\n"
                     "<link rel=\"icon\" href=\"data:,\">\n<title>");
    pl_html_text(title, out);
    pl_text_printf(out, "</title>\n<style>%s</style>\n</head>\n<body>\n<h1>", style);
    pl_html_text(title, out);
    pl_text_add(out, "</h1>\n");
}

void pl_html_end(pl_text *out) {
    pl_text_add(out, "<p class=\"foot\">Written by " PL_VERSION_TEXT
                     ". This page stands alone: it loads nothing, and needs no script.</p>\n"
                     "</body>\n</html>\n");
}
