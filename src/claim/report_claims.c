/* The reference page: every claim as it is tested, read off the registry; nothing is run. */

#include <string.h>

#include "claim/claim_show.h"
#include "claim/html.h"
#include "claim/output.h"
#include "claim/report.h"

static bool begins_paper(const pl_claim *const *claims, size_t i) {
    for (size_t k = 0; k < i; k++)
        if (pl_claim_same_paper(claims[k], claims[i]))
            return false;
    return true;
}

/* The papers as links, each with its claims. */
static void contents(const pl_registry *registry, const pl_claim *const *claims, size_t n,
                     pl_text *out) {
    pl_text_add(out, "<nav>\n");
    for (size_t i = 0; i < n; i++) {
        if (!begins_paper(claims, i))
            continue;
        int key = (int)pl_claim_paper(claims[i]);
        pl_text_printf(out, "<p><a href=\"#%.*s\"><b>%.*s</b></a> ", key, claims[i]->id, key,
                       claims[i]->id);
        pl_html_text(pl_claim_citation(registry, claims[i]), out);
        pl_text_add(out, "<br><span class=\"soft\">");
        for (size_t k = i; k < n; k++)
            if (pl_claim_same_paper(claims[i], claims[k]))
                pl_text_printf(out, "<a href=\"#%s\">%s</a> ", claims[k]->id,
                               claims[k]->id + key + 1);
        pl_text_add(out, "</span></p>\n");
    }
    pl_text_add(out, "</nav>\n");
}

/* What a control changes, from the row of its table. */
static void control(const pl_registry *registry, const pl_claim *c, const pl_control *k,
                    pl_text *out) {
    const pl_room *room = pl_claim_room(registry, c);
    pl_text relation = {0};
    pl_html_row("control", k->name, out);
    pl_text_add(out, "<dt></dt><dd class=\"soft\">");
    if (k->preset) {
        pl_text_printf(out, "<code>plumb %s %s ", room ? room->name : "", c->program->name);
        pl_html_text(k->preset, out);
        pl_text_add(out, "</code> ");
    }
    if (k->scale) {
        pl_html_element("code", k->scale, out);
        pl_text_printf(out, " multiplied by %g ", k->factor);
    }
    if (k->relation.kind) {
        pl_relation_text(&k->relation, &relation);
        pl_html_element("code", pl_text_get(&relation), out);
        pl_text_add(out, " ");
    }
    pl_text_add(out, "must come out VIOLATED</dd>\n");
    out->failed = out->failed || relation.failed;
    pl_text_free(&relation);
}

static void values(const pl_claim *c, pl_text *out) {
    size_t n = 0;
    for (const pl_reference *r = c->references; r && r->quantity; r++)
        n++;
    if (n)
        pl_text_printf(out, "<dt>values</dt><dd>%zu printed value%s must be met</dd>\n", n,
                       n == 1 ? "" : "s");
}

static void claim(const pl_registry *registry, const pl_claim *c, pl_text *out) {
    pl_text_printf(out, "<article class=\"box %s\" id=\"%s\"><h3><a href=\"#%s\">%s</a> ",
                   c->expected == PL_VIOLATED ? "bad"
                   : c->expected == PL_HOLDS  ? "good"
                                              : "warn",
                   c->id, c->id, c->id);
    pl_html_formula(c->title, out);
    pl_text_add(out, "</h3>\n<dl>\n");
    pl_claim_html_said(c, out);
    pl_text_printf(out, "<dt>expected</dt><dd>%s%s%s</dd>\n", pl_verdict_name(c->expected),
                   c->expected == PL_VIOLATED ? ": " : "",
                   c->expected == PL_VIOLATED ? pl_erratum_name(c->erratum) : "");
    pl_html_row("true is", c->correction, out);
    pl_claim_html_tested(registry, c, out);
    values(c, out);
    for (size_t k = 0; k < PL_MAX_CONTROLS && c->controls[k].name; k++)
        control(registry, c, &c->controls[k], out);
    pl_html_row("source", c->source, out);
    pl_text_add(out, "</dl></article>\n");
}

static void paper(const pl_registry *registry, const pl_claim *const *claims, size_t n,
                  size_t first, pl_text *out) {
    int key = (int)pl_claim_paper(claims[first]);
    pl_text_printf(out, "<section id=\"%.*s\">\n<h2>%.*s</h2>\n", key, claims[first]->id, key,
                   claims[first]->id);
    if (*pl_claim_citation(registry, claims[first]))
        pl_html_element("p", pl_claim_citation(registry, claims[first]), out);
    for (size_t i = first; i < n; i++)
        if (pl_claim_same_paper(claims[first], claims[i]))
            claim(registry, claims[i], out);
    pl_text_add(out, "</section>\n");
}

pl_status pl_report_claims_page(pl_ctx *ctx, const pl_registry *registry,
                                const pl_claim *const *claims, size_t n, pl_text *out) {
    pl_html_begin("Plumbline: the claims and how each is tested", out);
    pl_text_printf(out,
                   "<p>%zu claims. A claim is a published or derived statement, written as a "
                   "relation between numbers that a small program computes. It counts only if its "
                   "controls, where a hypothesis is dropped or a constant changed, come out "
                   "violated. A published statement that is false is expected to be VIOLATED, and "
                   "what is true instead stands beside it. <code>plumb verify ID</code> decides a "
                   "claim again.</p>\n",
                   n);
    contents(registry, claims, n, out);
    for (size_t i = 0; i < n; i++)
        if (begins_paper(claims, i))
            paper(registry, claims, n, i, out);
    pl_html_end(out);
    return pl_text_status(ctx, out);
}

pl_status pl_report_claims(pl_ctx *ctx, const pl_registry *registry, const pl_claim *const *claims,
                           size_t n, const char *dir) {
    pl_status status;
    pl_text path = {0}, text = {0};
    pl_text_printf(&path, "%s/claims.html", dir);
    PL_TRY(pl_text_status(ctx, &path));
    PL_TRY(pl_make_directory(ctx, dir));
    PL_TRY(pl_report_claims_page(ctx, registry, claims, n, &text));
    PL_TRY(pl_text_write(ctx, path.s, text.s));
done:
    pl_text_free(&path);
    pl_text_free(&text);
    return status;
}
