#include "claim/ledger.h"

#include <math.h>
#include <string.h>

#include "claim/html.h"
#include "claim/output.h"

typedef struct tally {
    size_t hold, refuted, unseen, vacuous, unexpected;
    double seconds;
    size_t longest_id; /* without the paper's key */
} tally;

/* Outcomes of the same paper stand together. */
static size_t paper_end(const pl_ledger *l, size_t first, tally *out) {
    size_t i = first;
    *out = (tally){0};
    for (; i < l->count && pl_claim_same_paper(l->outcomes[first].claim, l->outcomes[i].claim);
         i++) {
        const pl_outcome *o = &l->outcomes[i];
        out->hold += o->ok && o->claim->expected == PL_HOLDS;
        bool size = o->claim->erratum == PL_ERRATUM_SIZE;
        out->refuted += o->ok && o->claim->expected == PL_VIOLATED && !size;
        out->unseen += o->ok && (o->claim->expected == PL_INCONCLUSIVE ||
                                 (o->claim->expected == PL_VIOLATED && size));
        out->vacuous += o->ok && o->claim->expected == PL_VACUOUS;
        out->unexpected += !o->ok;
        out->seconds += o->seconds;
        size_t id = strlen(o->claim->id) - pl_claim_paper(o->claim) - 1;
        out->longest_id = id > out->longest_id ? id : out->longest_id;
    }
    return i;
}

static const char *remark(const pl_outcome *o) {
    if (!o->ok && o->finding.verdict == o->claim->expected)
        return "a control or a reference value fails";
    if (!o->ok)
        return "UNEXPECTED";
    if (o->claim->expected != PL_VIOLATED)
        return "";
    return o->claim->erratum == PL_ERRATUM_SIZE ? pl_erratum_name(PL_ERRATUM_SIZE)
                                                : "published statement is false";
}

void pl_ledger_table(const pl_ledger *l, pl_text *out) {
    size_t refuted = 0, unexpected = 0;
    for (size_t first = 0, end; first < l->count; first = end) {
        tally t;
        const pl_claim *c = l->outcomes[first].claim;
        end = paper_end(l, first, &t);
        int width = (int)t.longest_id;
        refuted += t.refuted;
        unexpected += t.unexpected;
        pl_text_printf(out, "%s%.*s  %zu hold, %zu refuted", first ? "\n" : "",
                       (int)pl_claim_paper(c), c->id, t.hold, t.refuted);
        if (t.vacuous)
            pl_text_printf(out, ", %zu vacuous", t.vacuous);
        if (t.unseen)
            pl_text_printf(out, ", %zu not seen at this size", t.unseen);
        pl_text_printf(out, ", %zu unexpected   %.1f s\n", t.unexpected, t.seconds);
        for (size_t i = first; i < end; i++) {
            const pl_outcome *o = &l->outcomes[i];
            pl_text_printf(out, "  %-*s %-44s %-13s %s   controls %zu/%zu", width,
                           o->claim->id + pl_claim_paper(o->claim) + 1, o->claim->title,
                           pl_verdict_name(o->finding.verdict), o->finding.detail, o->controls_ok,
                           o->n_controls);
            if (o->n_references)
                pl_text_printf(out, ", values %zu/%zu", o->references_met, o->n_references);
            if (*remark(o))
                pl_text_printf(out, "   %s", remark(o));
            pl_text_add(out, "\n");
            for (size_t k = 0; k < o->n_controls; k++)
                if (!o->controls[k].ok)
                    pl_text_printf(out, "    control '%s' came out %s: %s\n", o->controls[k].name,
                                   pl_verdict_name(o->controls[k].finding.verdict),
                                   o->controls[k].finding.detail);
        }
    }
    pl_text_printf(out, "\n%zu claims, %zu unexpected, %.1f s", l->count, unexpected, l->seconds);
    if (refuted)
        pl_text_printf(out, "; %zu published statement%s refuted: plumb errata", refuted,
                       refuted == 1 ? " is" : "s are");
    pl_text_add(out, "\n");
}

static json_t *outcome_json(const pl_outcome *o) {
    const pl_finding *f = &o->finding;
    json_t *controls = json_array();
    for (size_t k = 0; k < o->n_controls; k++) {
        const pl_finding *c = &o->controls[k].finding;
        json_array_append_new(
            controls, json_pack("{s:s, s:s, s:b, s:o, s:s}", "name", o->controls[k].name, "verdict",
                                pl_verdict_name(c->verdict), "ok", o->controls[k].ok, "measured",
                                pl_json_number(c->measured), "detail", c->detail));
    }
    return json_pack("{s:s, s:s, s:s, s:b, s:o, s:o, s:o, s:o, s:o, s:s, s:i, s:i, s:o}", /* */
                     "claim", o->claim->id, "verdict", pl_verdict_name(f->verdict), "expected",
                     pl_verdict_name(o->claim->expected), "ok", o->ok, "measured",
                     pl_json_number(f->measured), "reference", pl_json_number(f->reference),
                     "tolerance", pl_json_number(f->tolerance), "confidence",
                     pl_json_number(f->confidence), "seconds", json_real(o->seconds), "detail",
                     f->detail, "values", (int)o->n_references, "values_met",
                     (int)o->references_met, "controls", controls);
}

json_t *pl_ledger_json(const pl_ledger *l) {
    json_t *verdicts = json_array();
    size_t by_verdict[PL_NOT_APPLICABLE + 1] = {0}, unexpected = 0;
    for (size_t i = 0; i < l->count; i++) {
        json_array_append_new(verdicts, outcome_json(&l->outcomes[i]));
        by_verdict[l->outcomes[i].finding.verdict]++;
        unexpected += !l->outcomes[i].ok;
    }
    json_t *summary = json_pack("{s:i, s:i, s:f, s:s, s:o, s:f}", "claims", (int)l->count,
                                "unexpected", (int)unexpected, "seconds", l->seconds, "effort",
                                l->effort, "seed", l->seed ? json_string(l->seed) : json_null(),
                                "confidence_per_decision", l->level);
    for (int v = PL_HOLDS; v <= PL_NOT_APPLICABLE; v++)
        json_object_set_new(summary, pl_verdict_name((pl_verdict)v),
                            json_integer((json_int_t)by_verdict[v]));
    return json_pack("{s:o, s:o}", "verdicts", verdicts, "summary", summary);
}

void pl_ledger_junit(const pl_ledger *l, pl_text *out) {
    pl_text_add(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    for (size_t first = 0, end; first < l->count; first = end) {
        tally t;
        const pl_claim *c = l->outcomes[first].claim;
        end = paper_end(l, first, &t);
        pl_text_printf(out,
                       "<testsuite name=\"%.*s\" tests=\"%zu\" failures=\"%zu\" time=\"%.3f\">\n",
                       (int)pl_claim_paper(c), c->id, end - first, t.unexpected, t.seconds);
        for (size_t i = first; i < end; i++) {
            const pl_outcome *o = &l->outcomes[i];
            pl_text_printf(out, "<testcase classname=\"%.*s\" name=\"%s\" time=\"%.3f\">",
                           (int)pl_claim_paper(c), c->id, o->claim->id, o->seconds);
            if (!o->ok) {
                pl_text_printf(out, "<failure message=\"%s, expected %s\">",
                               pl_verdict_name(o->finding.verdict),
                               pl_verdict_name(o->claim->expected));
                pl_html_text(o->finding.detail, out);
                pl_text_add(out, "</failure>");
            }
            pl_text_add(out, "</testcase>\n");
        }
        pl_text_add(out, "</testsuite>\n");
    }
    pl_text_add(out, "</testsuites>\n");
}

static const pl_column csv_columns[] = {
    {"claim", "", "ID", true},
    {"title", "", "", true},
    {"hypotheses", "", "as the claim names them", true},
    {"relations", "", "that must hold", true},
    {"verdict", "", "", true},
    {"expected", "", "", true},
    {"applicable", "1", "1: the input meets the hypotheses", false},
    {"ok", "1", "1: verdict, controls and values are as expected", false},
    {"measured", "1", "of the relation that is nearest to fail", false},
    {"reference", "1", "what it is held against", false},
    {"tolerance", "1", "absolute", false},
    {"controls", "1", "", false},
    {"controls_violated", "1", "", false},
    {"values", "1", "printed ones", false},
    {"values_met", "1", "", false},
    {"seconds", "s", "", false},
    {0}};

pl_status pl_ledger_csv(pl_ctx *ctx, const pl_ledger *l, pl_text *out) {
    pl_table *t = NULL;
    pl_text hypotheses = {0}, relations = {0};
    pl_status status;
    PL_TRY(pl_table_new(ctx, csv_columns, &t));
    for (size_t i = 0; i < l->count; i++) {
        const pl_outcome *o = &l->outcomes[i];
        const pl_claim *c = o->claim;
        const pl_finding *f = &o->finding;
        pl_text_free(&hypotheses);
        pl_text_free(&relations);
        for (size_t k = 0; k < PL_MAX_HYPOTHESES && c->hypotheses[k]; k++)
            pl_text_printf(&hypotheses, "%s%s", k ? "; " : "", c->hypotheses[k]);
        for (size_t k = 0; k < PL_MAX_RELATIONS && c->relations[k].kind; k++) {
            pl_text_add(&relations, k ? "; " : "");
            pl_relation_text(&c->relations[k], &relations);
        }
        PL_TRY(pl_text_status(ctx, &hypotheses));
        PL_TRY(pl_text_status(ctx, &relations));
        PL_TRY(pl_table_add(
            ctx, t,
            (double[]){0, 0, 0, 0, 0, 0, f->verdict != PL_NOT_APPLICABLE, o->ok, f->measured,
                       f->reference, f->tolerance, (double)o->n_controls, (double)o->controls_ok,
                       (double)o->n_references, (double)o->references_met, o->seconds},
            (const char *const[]){c->id, c->title, hypotheses.s, relations.s,
                                  pl_verdict_name(f->verdict), pl_verdict_name(c->expected)}));
    }
    pl_table_csv(t, out);
done:
    pl_table_free(t);
    pl_text_free(&hypotheses);
    pl_text_free(&relations);
    return status;
}
