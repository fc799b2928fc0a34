/* The page of a verify: what is refuted, what holds, and how each was decided. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "claim/claim_show.h"
#include "claim/environment.h"
#include "claim/figures.h"
#include "claim/gnuplot.h"
#include "claim/html.h"
#include "claim/output.h"
#include "claim/report.h"

typedef struct page {
    pl_ctx *ctx;
    const pl_registry *registry;
    const pl_ledger *ledger;
    const char *figures; /* their folder, or NULL */
    pl_text *out;
} page;

static void paper_of(const pl_claim *c, pl_text *out) {
    pl_text_printf(out, "%.*s", (int)pl_claim_paper(c), c->id);
}

static bool begins_paper(const pl_ledger *l, size_t i) {
    for (size_t k = 0; k < i; k++)
        if (pl_claim_same_paper(l->outcomes[k].claim, l->outcomes[i].claim))
            return false;
    return true;
}

static const char *tone(const pl_outcome *o) {
    if (!o->ok)
        return "warn";
    return o->finding.verdict == PL_VIOLATED ? "bad"
           : o->finding.verdict == PL_HOLDS  ? "good"
                                             : "warn";
}

/* ---- what comes first ------------------------------------------------------------------------ */

typedef struct tally {
    size_t claims, refuted, unexpected, vacuous;
} tally;

/* Of one paper, or of all: like is NULL. */
static tally count(const page *p, const pl_claim *like) {
    tally t = {0};
    for (size_t i = 0; i < p->ledger->count; i++) {
        const pl_outcome *o = &p->ledger->outcomes[i];
        if (like && !pl_claim_same_paper(like, o->claim))
            continue;
        t.claims++;
        t.unexpected += !o->ok;
        t.refuted += o->ok && o->claim->expected == PL_VIOLATED;
        t.vacuous += o->ok && o->claim->expected == PL_VACUOUS;
    }
    return t;
}

static size_t holding(tally t) {
    return t.claims - t.unexpected - t.refuted - t.vacuous;
}

static void lead(const page *p) {
    const pl_ledger *l = p->ledger;
    tally t = count(p, NULL);
    pl_text_printf(p->out,
                   "<p><b class=\"bad\">%zu published statement%s false</b>, <b "
                   "class=\"good\">%zu hold%s</b>, ",
                   t.refuted, t.refuted == 1 ? " is" : "s are", holding(t),
                   holding(t) == 1 ? "s" : "");
    if (t.vacuous)
        pl_text_printf(p->out, "%zu hold%s but say%s nothing, ", t.vacuous,
                       t.vacuous == 1 ? "s" : "", t.vacuous == 1 ? "s" : "");
    pl_text_printf(p->out,
                   "%s%zu came out otherwise than expected%s.</p>\n"
                   "<p class=\"soft\">A claim is a relation between two sides that are computed "
                   "in independent ways; it counts only if its negative controls, where a "
                   "hypothesis is dropped or a constant changed, come out violated. %zu claims, "
                   "effort %s, seed %s, %.1f s, each random decision at confidence %.6g.</p>\n",
                   t.unexpected ? "<b class=\"warn\">" : "", t.unexpected,
                   t.unexpected ? "</b>" : "", l->count, l->effort,
                   l->seed ? l->seed : "of each preset", l->seconds, l->level);
}

/* What the keys stand for, and how each paper fares. */
static void papers(const page *p) {
    pl_text_add(p->out, "<table id=\"papers\"><thead><tr><th>paper</th><th></th><th>hold</th>"
                        "<th>false</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < p->ledger->count; i++) {
        const pl_claim *c = p->ledger->outcomes[i].claim;
        if (!begins_paper(p->ledger, i))
            continue;
        tally t = count(p, c);
        pl_text_add(p->out, "<tr><td><b>");
        paper_of(c, p->out);
        pl_text_add(p->out, "</b></td><td>");
        pl_html_text(pl_claim_citation(p->registry, c), p->out);
        pl_text_printf(p->out, "</td><td class=\"n\">%zu</td><td class=\"n\">%zu</td></tr>\n",
                       holding(t) + t.vacuous, t.refuted);
    }
    pl_text_add(p->out, "</tbody></table>\n");
}

static void erratum(const page *p, const pl_outcome *o) {
    const pl_claim *c = o->claim;
    pl_text_printf(p->out, "<article class=\"box %s\"><h4><a href=\"#%s\">%s</a> ",
                   o->ok ? "bad" : "warn", c->id, c->id);
    pl_html_formula(c->title, p->out);
    pl_text_add(p->out, "</h4><dl>\n");
    pl_html_row("published", c->statement, p->out);
    pl_html_row("where", c->where, p->out);
    pl_html_row("true is", c->correction, p->out);
    pl_text_add(p->out, "<dt>seen here</dt><dd>");
    pl_html_text(o->finding.detail, p->out);
    pl_claim_html_names(c, p->out);
    pl_text_add(p->out, "</dd>\n</dl></article>\n");
}

/* The quick answer to "which published statement is false, and why"; the gravest first. */
static void errata(const page *p) {
    size_t n = 0;
    for (int kind = 0; kind < PL_ERRATA; kind++) {
        size_t of_kind = 0;
        for (size_t i = 0; i < p->ledger->count; i++) {
            const pl_outcome *o = &p->ledger->outcomes[i];
            if (o->claim->expected != PL_VIOLATED || (int)o->claim->erratum != kind)
                continue;
            if (n++ == 0)
                pl_text_add(p->out, "<section id=\"errata\">\n<h2>Published statements that are "
                                    "false</h2>\n");
            if (of_kind++ == 0)
                pl_text_printf(p->out, "<h3>%s</h3>\n", pl_erratum_name((pl_erratum)kind));
            erratum(p, o);
        }
    }
    if (n)
        pl_text_add(p->out, "</section>\n");
}

static void unexpected_list(const page *p) {
    size_t n = 0;
    for (size_t i = 0; i < p->ledger->count; i++) {
        const pl_outcome *o = &p->ledger->outcomes[i];
        if (o->ok)
            continue;
        pl_text_add(p->out, n++ ? "" : "<section id=\"unexpected\"><h2>Not as expected</h2>\n");
        pl_text_printf(
            p->out, "<p class=\"box warn\"><a href=\"#%s\">%s</a> %s, expected %s: ", o->claim->id,
            o->claim->id, pl_verdict_name(o->finding.verdict), pl_verdict_name(o->claim->expected));
        pl_html_text(o->finding.detail, p->out);
        pl_text_add(p->out, "</p>\n");
    }
    pl_text_add(p->out, n ? "</section>\n" : "");
}

/* ---- the table and its filters --------------------------------------------------------------- */

/* Radio buttons and one rule of style for each: the filter needs no script. */
static void filter_button(const page *p, const char *group, const char *value, bool all) {
    pl_text_printf(p->out,
                   "<input type=\"radio\" name=\"%s\" id=\"%s-%s\"%s><label class=\"filter\" "
                   "for=\"%s-%s\">%s</label>\n",
                   group, group, value, all ? " checked" : "", group, value, value);
    if (!all)
        pl_text_printf(p->out,
                       "<style>#%s-%s:checked~* [data-%s]:not([data-%s=\"%s\"]){display:none}"
                       "</style>\n",
                       group, value, group, group, value);
}

static void filters(const page *p) {
    const pl_ledger *l = p->ledger;
    pl_text_add(p->out, "<span class=\"screen soft\">paper</span>\n");
    filter_button(p, "paper", "all", true);
    for (size_t i = 0; i < l->count; i++)
        if (begins_paper(l, i)) {
            char key[40] = "";
            size_t n = pl_claim_paper(l->outcomes[i].claim);
            memcpy(key, l->outcomes[i].claim->id, n < sizeof key - 1 ? n : sizeof key - 1);
            filter_button(p, "paper", key, false);
        }
    pl_text_add(p->out, "<br class=\"screen\"><span class=\"screen soft\">verdict</span>\n");
    filter_button(p, "verdict", "all", true);
    for (int v = PL_HOLDS; v <= PL_NOT_APPLICABLE; v++) {
        size_t n = 0;
        for (size_t i = 0; i < l->count; i++)
            n += l->outcomes[i].finding.verdict == (pl_verdict)v;
        if (n)
            filter_button(p, "verdict", pl_verdict_name((pl_verdict)v), false);
    }
}

/* What the filters look at. */
static void keys(const page *p, const pl_outcome *o) {
    pl_text_add(p->out, " data-paper=\"");
    paper_of(o->claim, p->out);
    pl_text_printf(p->out, "\" data-verdict=\"%s\"", pl_verdict_name(o->finding.verdict));
}

static void table(const page *p) {
    pl_text_add(p->out, "<table><thead><tr><th>claim</th><th>verdict</th><th class=\"wide\">"
                        "decided by</th><th class=\"wide\">controls</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < p->ledger->count; i++) {
        const pl_outcome *o = &p->ledger->outcomes[i];
        pl_text_add(p->out, "<tr");
        keys(p, o);
        pl_text_printf(p->out, "><td><a href=\"#%s\">%s</a><br>", o->claim->id, o->claim->id);
        pl_html_formula(o->claim->title, p->out);
        pl_text_printf(p->out, "</td><td><b class=\"%s\">%s</b></td><td class=\"wide\">", tone(o),
                       pl_verdict_name(o->finding.verdict));
        pl_html_text(o->finding.detail, p->out);
        pl_text_printf(p->out, "</td><td class=\"wide\">%zu/%zu</td></tr>\n", o->controls_ok,
                       o->n_controls);
    }
    pl_text_add(p->out, "</tbody></table>\n");
}

/* ---- a claim in full ------------------------------------------------------------------------- */

static void number(const char *name, double v, pl_text *out) {
    if (isfinite(v))
        pl_text_printf(out, "<tr><td>%s</td><td class=\"n\">%.8g</td></tr>\n", name, v);
}

static void numbers(const pl_outcome *o, pl_text *out) {
    const pl_finding *f = &o->finding;
    pl_text_add(out, "<dt>numbers</dt><dd>");
    pl_html_text(f->detail, out);
    pl_text_add(out, "<table>\n");
    number("measured", f->measured, out);
    number("held against", f->reference, out);
    number("tolerance", f->tolerance, out);
    number("confidence", f->confidence, out);
    pl_text_add(out, "</table>");
    if (o->n_references)
        pl_text_printf(out, "%zu of %zu printed values met", o->references_met, o->n_references);
    pl_text_add(out, "</dd>\n");
}

static void controls(const pl_outcome *o, pl_text *out) {
    pl_text_add(out, "<dt>controls</dt><dd><table><tbody>\n");
    for (size_t k = 0; k < o->n_controls; k++) {
        pl_text_add(out, "<tr><td>");
        pl_html_formula(o->controls[k].name, out);
        pl_text_printf(out, "</td><td>%s%s</td><td class=\"wide\">",
                       pl_verdict_name(o->controls[k].finding.verdict),
                       o->controls[k].ok ? ", as it must" : ", but must be VIOLATED");
        pl_html_text(o->controls[k].finding.detail, out);
        pl_text_add(out, "</td></tr>\n");
    }
    pl_text_add(out, "</tbody></table></dd>\n");
}

/* The first claim over a figure's program shows it; later ones point there. */
static pl_status figure(const page *p, size_t i) {
    pl_status status = PL_OK;
    unsigned char *bytes = NULL;
    char *svg = NULL;
    size_t n;
    pl_text path = {0};
    const pl_figure *f =
        p->figures ? pl_figure_of_program(p->registry, p->ledger->outcomes[i].claim->program)
                   : NULL;
    if (!f)
        return PL_OK;
    for (size_t k = 0; k < i; k++)
        if (pl_figure_of_program(p->registry, p->ledger->outcomes[k].claim->program) == f) {
            pl_text_printf(p->out, "<p>Figure: <a href=\"#figure-%s\">", f->id);
            pl_html_text(f->title, p->out);
            pl_text_printf(p->out, "</a>, at %s</p>\n", p->ledger->outcomes[k].claim->id);
            return PL_OK;
        }
    pl_text_printf(&path, "%s/%s/fig.svg", p->figures, f->id);
    PL_TRY(pl_text_status(p->ctx, &path));
    PL_TRY(pl_file_read(p->ctx, path.s, &bytes, &n));
    PL_NEW(p->ctx, svg, n + 1);
    memcpy(svg, bytes, n);
    pl_text_printf(p->out, "<figure id=\"figure-%s\" role=\"group\">\n", f->id);
    pl_html_svg(svg, f->id, p->out);
    pl_text_add(p->out, "<figcaption><b>");
    pl_html_formula(f->title, p->out);
    pl_text_add(p->out, ".</b> ");
    pl_html_formula(f->caption, p->out);
    pl_text_add(p->out, " (");
    pl_html_text(f->source, p->out);
    pl_text_add(p->out, ")</figcaption></figure>\n");
done:
    pl_free(bytes);
    pl_free(svg);
    pl_text_free(&path);
    return status;
}

static pl_status claim(const page *p, size_t i) {
    const pl_outcome *o = &p->ledger->outcomes[i];
    const pl_claim *c = o->claim;
    pl_text_printf(p->out, "<article class=\"box %s\" id=\"%s\"", tone(o), c->id);
    keys(p, o);
    pl_text_printf(p->out, "><h3>%s <b class=\"%s\">%s</b> ", c->id, tone(o),
                   pl_verdict_name(o->finding.verdict));
    pl_html_formula(c->title, p->out);
    pl_text_add(p->out, "</h3>\n<dl>\n");
    pl_claim_html_said(c, p->out);
    numbers(o, p->out);
    pl_html_row("true is", c->correction, p->out);
    controls(o, p->out);
    pl_claim_html_tested(p->registry, c, p->out);
    pl_html_row("source", c->source, p->out);
    pl_text_add(p->out, "</dl>\n");
    pl_status status = figure(p, i);
    pl_text_add(p->out, "</article>\n");
    return status;
}

/* Comfort, not need: a search box. */
static const char script[] =
    "<script>(function(){var b=document.getElementById('find');b.hidden=false;"
    "b.addEventListener('input',function(){var w=b.value.toLowerCase();"
    "document.querySelectorAll('[data-paper]').forEach(function(e){"
    "e.hidden=e.textContent.toLowerCase().indexOf(w)<0})})})()</script>\n";

pl_status pl_report_verify_page(pl_ctx *ctx, const pl_registry *registry, const pl_ledger *ledger,
                                const char *figures, pl_text *out) {
    const page p = {ctx, registry, ledger, figures, out};
    pl_html_begin("Plumbline: what holds and what does not", out);
    lead(&p);
    papers(&p);
    errata(&p);
    unexpected_list(&p);
    pl_text_add(out, "<section id=\"verdicts\">\n<h2>Every claim</h2>\n");
    filters(&p);
    pl_text_add(out, "<p><input type=\"search\" id=\"find\" hidden aria-label=\"find a claim\" "
                     "placeholder=\"find a claim\"></p>\n<div>\n");
    table(&p);
    pl_text_add(out, "</div>\n<h2>In full</h2>\n<div>\n");
    for (size_t i = 0; i < ledger->count; i++) {
        pl_status status = claim(&p, i);
        if (status)
            return status;
    }
    pl_text_add(out, "</div>\n</section>\n");
    pl_text_add(out, script);
    pl_html_end(out);
    return pl_text_status(ctx, out);
}

/* The figures of the claims' programs, each once. */
static pl_status draw_figures(pl_ctx *ctx, const pl_registry *registry, const pl_ledger *ledger,
                              const char *dir) {
    pl_status status;
    const pl_figure **list = NULL;
    size_t n = 0;
    PL_NEW(ctx, list, ledger->count + 1);
    for (size_t i = 0; i < ledger->count; i++) {
        const pl_figure *f = pl_figure_of_program(registry, ledger->outcomes[i].claim->program);
        bool listed = f == NULL;
        for (size_t k = 0; k < n; k++)
            listed = listed || list[k] == f;
        if (!listed)
            list[n++] = f;
    }
    PL_TRY(pl_figures_draw(ctx, registry, list, n, dir, "web"));
done:
    pl_free(list);
    return status;
}

pl_status pl_report_verify(pl_ctx *ctx, const pl_registry *registry, const pl_ledger *ledger,
                           const char *dir) {
    pl_status status;
    pl_text path = {0}, figures = {0}, text = {0};
    pl_text_printf(&path, "%s/report.html", dir);
    pl_text_printf(&figures, "%s/figures", dir);
    PL_TRY(pl_text_status(ctx, &path));
    PL_TRY(pl_text_status(ctx, &figures));
    PL_TRY(pl_make_directory(ctx, dir));
    bool drawable = pl_gnuplot_find(ctx, NULL) == PL_OK;
    if (drawable)
        PL_TRY(draw_figures(ctx, registry, ledger, figures.s));
    else
        pl_warn(ctx, "the report has no figures: %s", pl_message(ctx));
    PL_TRY(pl_report_verify_page(ctx, registry, ledger, drawable ? figures.s : NULL, &text));
    PL_TRY(pl_text_write(ctx, path.s, text.s));
done:
    pl_text_free(&path);
    pl_text_free(&figures);
    pl_text_free(&text);
    return status;
}
