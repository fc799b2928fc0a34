/* Runs one claim: its presets, the relations over their tables, the printed values, the controls.
 */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/progress.h"
#include "claim/claim.h"

/* theory notes, sec. 5: a statistical control must be violated at six standard errors. */
static const double CONTROL_Z = 6;

size_t pl_claim_paper(const pl_claim *claim) {
    return strcspn(claim->id, ".");
}

bool pl_claim_same_paper(const pl_claim *a, const pl_claim *b) {
    size_t n = pl_claim_paper(a);
    return n == pl_claim_paper(b) && strncmp(a->id, b->id, n) == 0;
}

const char *pl_claim_citation(const pl_registry *registry, const pl_claim *claim) {
    for (const pl_room *const *room = registry->rooms; *room; room++)
        for (const pl_paper *p = (*room)->papers; p && p->key; p++)
            if (strlen(p->key) == pl_claim_paper(claim) &&
                strncmp(p->key, claim->id, strlen(p->key)) == 0)
                return p->citation;
    return "";
}

const pl_room *pl_claim_room(const pl_registry *registry, const pl_claim *claim) {
    const pl_room *room = NULL;
    const pl_claim *c;
    for (size_t i = 0; (c = pl_registry_claim(registry, i, &room)) != NULL; i++)
        if (c == claim)
            return room;
    return NULL;
}

const pl_claim *pl_registry_claim(const pl_registry *registry, size_t i, const pl_room **room) {
    for (const pl_room *const *r = registry->rooms; *r; r++)
        for (const pl_claim *const *list = (*r)->claims; *list; list++)
            for (const pl_claim *c = *list; c->id; c++)
                if (i-- == 0) {
                    if (room)
                        *room = *r;
                    return c;
                }
    return NULL;
}

static size_t statistical(const pl_claim *c) {
    size_t relations = 0, presets = 0;
    for (const pl_relation *r = c->relations; r->kind; r++)
        relations += r->error != NULL;
    for (const char *const *p = c->presets; *p; p++)
        presets++;
    return relations * presets;
}

size_t pl_registry_statistical(const pl_registry *registry) {
    size_t k = 0;
    const pl_room *room;
    const pl_claim *c;
    for (size_t i = 0; (c = pl_registry_claim(registry, i, &room)) != NULL; i++)
        k += room->level > 0 ? 0 : statistical(c);
    return k;
}

/* Verdicts in order of gravity: one violated relation makes the claim violated, and so on. */
static bool graver(pl_verdict a, pl_verdict b) {
    static const int gravity[] = {[PL_HOLDS] = 0,
                                  [PL_VACUOUS] = 1,
                                  [PL_NOT_APPLICABLE] = 2,
                                  [PL_INCONCLUSIVE] = 3,
                                  [PL_VIOLATED] = 4};
    return gravity[a] > gravity[b];
}

/* A finding is worse than another by verdict; between presets of one relation, by its gap. */
static bool worse(const pl_relation *r, const pl_finding *a, const pl_relation *s,
                  const pl_finding *b) {
    if (a->verdict != b->verdict)
        return graver(a->verdict, b->verdict);
    if (r != s)
        return false;
    if (r->kind == PL_EQ)
        return a->measured > b->measured; /* the difference */
    return (r->kind == PL_LE || r->kind == PL_WITHIN) && a->measured < b->measured; /* the gap */
}

/* Runs a preset; *df: degrees of freedom of its standard errors, from the replicates that ran. */
static pl_status run_preset(pl_ctx *ctx, const pl_claim *c, const char *preset,
                            const pl_verify_settings *settings, pl_table **out, double *df) {
    pl_status status;
    pl_options *options = NULL;
    PL_TRY(pl_program_preset(ctx, c->program, preset, settings->effort, settings->seed, &options));
    PL_TRY(pl_program_run(ctx, c->program, options, out));
    *df = fmax(0, (double)pl_option_int(options, "replicates") - 1);
done:
    pl_options_free(options);
    return status;
}

static bool reference_value(const pl_table *t, const pl_reference *r, double *out) {
    size_t c = pl_table_find(t, r->quantity);
    if (c == SIZE_MAX)
        return pl_table_lookup(t, r->quantity, out);
    if (r->row >= pl_table_rows(t))
        return false;
    *out = pl_table_at(t, r->row, c);
    return true;
}

/* Printed values of one preset; the first that is not met is said and makes the claim undecided. */
static void check_references(const pl_claim *c, int preset, const pl_table *t, pl_outcome *out,
                             pl_finding *missed) {
    for (const pl_reference *r = c->references; r && r->quantity; r++) {
        double got = NAN;
        if (r->preset != preset)
            continue;
        bool first = out->references_met == out->n_references++;
        if (reference_value(t, r, &got) && fabs(got - r->value) <= r->tolerance) {
            out->references_met++;
        } else if (first) {
            *missed = (pl_finding){.verdict = PL_INCONCLUSIVE,
                                   .measured = got,
                                   .reference = r->value,
                                   .tolerance = r->tolerance,
                                   .confidence = 1};
            snprintf(missed->detail, sizeof missed->detail,
                     "%s[%zu] is %.15g, the reference value %.15g +- %.1g is not met", r->quantity,
                     r->row, got, r->value, r->tolerance);
        }
    }
}

static pl_status check_control(pl_ctx *ctx, const pl_claim *c, const pl_control *control,
                               const pl_verify_settings *settings, pl_finding *out, bool *ok) {
    pl_status status = PL_OK;
    pl_table *t = NULL;
    const char *preset = control->preset ? control->preset : c->presets[0];
    double df;
    pl_finding found = {.verdict = PL_HOLDS, .measured = NAN};
    PL_TRY(run_preset(ctx, c, preset, settings, &t, &df));
    if (control->scale && !pl_table_scale(t, control->scale, control->factor)) {
        status = pl_fail(ctx, PL_EBUG, "%s: control '%s' scales '%s', which is nothing", c->id,
                         control->name, control->scale);
        goto done;
    }
    const pl_relation *list = control->relation.kind ? &control->relation : c->relations;
    size_t count = control->relation.kind ? 1 : PL_MAX_RELATIONS;
    for (size_t i = 0; i < count && list[i].kind; i++) {
        pl_finding one;
        PL_TRY(pl_relation_judge(ctx, &list[i], t, false, settings->level, df, &one));
        if (one.verdict == PL_VIOLATED && list[i].error && fabs(one.z) < CONTROL_Z)
            one.verdict = PL_INCONCLUSIVE;
        if (i == 0 || graver(one.verdict, found.verdict))
            found = one;
    }
    *out = found;
    *ok = found.verdict == PL_VIOLATED;
done:
    pl_table_free(t);
    return status;
}

pl_status pl_claim_check(pl_ctx *ctx, const pl_claim *c, const pl_verify_settings *settings,
                         pl_outcome *out) {
    pl_status status = PL_OK;
    pl_table *t = NULL;
    pl_outcome o = {.claim = c, .finding = {.measured = NAN, .reference = NAN, .tolerance = NAN}};
    double started = pl_seconds(), df;
    pl_finding missed = {0};
    const pl_relation *decisive = NULL;
    bool first = true;
    for (int p = 0; p < PL_MAX_PRESETS && c->presets[p]; p++) {
        PL_TRY(run_preset(ctx, c, c->presets[p], settings, &t, &df));
        for (const pl_relation *r = c->relations; r < c->relations + PL_MAX_RELATIONS && r->kind;
             r++) {
            pl_finding one;
            PL_TRY(pl_relation_judge(ctx, r, t, true, settings->level, df, &one));
            if (first || worse(r, &one, decisive, &o.finding)) {
                o.finding = one;
                decisive = r;
            }
            first = false;
        }
        check_references(c, p, t, &o, &missed);
        pl_table_free(t);
        t = NULL;
    }
    if (o.references_met < o.n_references)
        o.finding = missed;
    for (const pl_control *k = c->controls; k < c->controls + PL_MAX_CONTROLS && k->name; k++) {
        size_t i = o.n_controls++;
        o.controls[i].name = k->name;
        PL_TRY(check_control(ctx, c, k, settings, &o.controls[i].finding, &o.controls[i].ok));
        o.controls_ok += o.controls[i].ok;
    }
    o.ok = o.finding.verdict == c->expected && o.controls_ok == o.n_controls &&
           o.references_met == o.n_references && o.n_controls > 0;
    o.seconds = pl_seconds() - started;
    *out = o;
done:
    pl_table_free(t);
    if (status != PL_OK)
        pl_message_prefix(ctx, c->id);
    return status;
}
