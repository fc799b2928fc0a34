#include "claim/claim_show.h"

#include <string.h>

#include "claim/html.h"

void pl_claim_text(const pl_registry *registry, const pl_claim *c, pl_text *out) {
    const pl_room *room = pl_claim_room(registry, c);
    pl_text_printf(out, "%s  %s\n  where       %s\n  statement   %s\n", c->id, c->title, c->where,
                   c->statement);
    for (size_t i = 0; i < PL_MAX_HYPOTHESES && c->hypotheses[i]; i++)
        pl_text_printf(out, "  %-11s %s\n", i ? "" : "hypotheses", c->hypotheses[i]);
    for (size_t i = 0; i < PL_MAX_PRESETS && c->presets[i]; i++)
        pl_text_printf(out, "  %-11s plumb %s %s %s\n", i ? "" : "tested by", room->name,
                       c->program->name, c->presets[i]);
    for (size_t i = 0; i < PL_MAX_RELATIONS && c->relations[i].kind; i++) {
        pl_text_printf(out, "  %-11s ", i ? "" : "relation");
        pl_relation_text(&c->relations[i], out);
        pl_text_add(out, "\n");
    }
    size_t values = 0;
    for (const pl_reference *r = c->references; r && r->quantity; r++)
        values++;
    if (values)
        pl_text_printf(out, "  values      %zu reference values must be met\n", values);
    pl_text_printf(out, "  expected    %s%s%s\n", pl_verdict_name(c->expected),
                   c->expected == PL_VIOLATED ? ": " : "",
                   c->expected == PL_VIOLATED ? pl_erratum_name(c->erratum) : "");
    for (size_t i = 0; i < PL_MAX_CONTROLS && c->controls[i].name; i++)
        pl_text_printf(out, "  %-11s %s\n", i ? "" : "controls", c->controls[i].name);
    if (c->correction)
        pl_text_printf(out, "  true is     %s\n", c->correction);
    pl_text_printf(out, "  source      %s\n", c->source);
}

void pl_html_element(const char *tag, const char *s, pl_text *out) {
    pl_text_printf(out, "<%s>", tag);
    pl_html_text(s, out);
    pl_text_printf(out, "</%s>", tag);
}

void pl_html_row(const char *term, const char *formula, pl_text *out) {
    if (!formula)
        return;
    pl_text_printf(out, "<dt>%s</dt><dd>", term);
    pl_html_formula(formula, out);
    pl_text_add(out, "</dd>\n");
}

void pl_claim_html_said(const pl_claim *c, pl_text *out) {
    pl_html_row("statement", c->statement, out);
    pl_html_row("where", c->where, out);
    for (size_t k = 0; k < PL_MAX_HYPOTHESES && c->hypotheses[k]; k++)
        pl_html_row(k ? "" : "hypotheses", c->hypotheses[k], out);
}

static bool mentions(const pl_claim *c, const char *name) {
    for (const pl_relation *r = c->relations; r < c->relations + PL_MAX_RELATIONS && r->kind; r++) {
        const char *const operands[] = {r->left, r->right, r->upper, r->error, r->applies};
        for (size_t i = 0; i < sizeof operands / sizeof *operands; i++)
            if (operands[i] && strcmp(operands[i], name) == 0)
                return true;
    }
    return false;
}

void pl_claim_html_names(const pl_claim *c, pl_text *out) {
    for (const pl_column *k = c->program->columns; k && k->name; k++)
        if (mentions(c, k->name)) {
            pl_text_add(out, "<br><span class=\"soft\">");
            pl_html_element("code", k->name, out);
            pl_text_add(out, " ");
            pl_html_formula(k->meaning, out);
            pl_text_add(out, "</span>");
        }
}

void pl_claim_html_tested(const pl_registry *registry, const pl_claim *c, pl_text *out) {
    const pl_room *room = pl_claim_room(registry, c);
    pl_text_add(out, "<dt>tested by</dt><dd>");
    for (size_t i = 0; i < PL_MAX_PRESETS && c->presets[i]; i++) {
        pl_text_printf(out, "%s<code>plumb %s %s ", i ? "<br>" : "", room ? room->name : "",
                       c->program->name);
        pl_html_text(c->presets[i], out);
        pl_text_add(out, "</code>");
    }
    pl_text_add(out, "</dd>\n<dt>relation</dt><dd>");
    for (size_t i = 0; i < PL_MAX_RELATIONS && c->relations[i].kind; i++) {
        pl_text relation = {0};
        pl_relation_text(&c->relations[i], &relation);
        pl_text_add(out, i ? "<br>" : "");
        pl_html_element("code", pl_text_get(&relation), out);
        out->failed = out->failed || relation.failed;
        pl_text_free(&relation);
    }
    pl_claim_html_names(c, out);
    pl_text_add(out, "</dd>\n");
}
