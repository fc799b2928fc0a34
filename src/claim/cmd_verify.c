/* plumb verify and plumb errata: run claims, judge them, write the ledger. */

#include <string.h>

#include "base/progress.h"
#include "claim/commands.h"
#include "claim/ledger.h"
#include "claim/output.h"
#include "claim/report.h"

/* One whole verify raises a false alarm less than once in a thousand seeds. */
static const double FAMILY = 1e-3;

const pl_option pl_verify_options[] = {
    {"effort", PL_OPT_SPEC, "standard", 0, 0, "quick|standard|deep", NULL,
     "replicates of the random claims: a quarter, as preset, ten times", 0},
    {"seed", PL_OPT_SEED, NULL, 0, 0, NULL, NULL, "another seed for the random claims", 0},
    {"format", PL_OPT_SPEC, "table", 0, 0, "table|csv|json|junit", NULL, "of standard output", 0},
    {"json", PL_OPT_FLAG, NULL, 0, 0, NULL, NULL, "the same as --format json", 0},
    {"report", PL_OPT_TEXT, NULL, 0, 0, NULL, "DIR",
     "write DIR/report.html: refuted statements, verdicts, figures on one page", 0},
    {"threads", PL_OPT_INT, NULL, 1, 1024, NULL, NULL, "threads, all cores unless given", 0},
    {0}};

static pl_verify_settings settings_of(const pl_registry *registry, const pl_options *o) {
    const char *effort = pl_option_spec(o, "effort", NULL);
    size_t decisions = pl_registry_statistical(registry);
    return (pl_verify_settings){
        .effort = strcmp(effort, "quick") == 0  ? 0.25
                  : strcmp(effort, "deep") == 0 ? 10
                                                : 1,
        .seed = pl_option_text(o, "seed"),
        .level = 1 - FAMILY / (double)(decisions ? decisions : 1),
    };
}

static pl_status print_ledger(pl_ctx *ctx, const pl_ledger *ledger, const char *format) {
    pl_status status;
    pl_text text = {0};
    json_t *json = NULL;
    if (strcmp(format, "json") == 0) {
        json = pl_ledger_json(ledger);
        PL_TRY(pl_json_write(ctx, json, NULL));
        goto done;
    }
    if (strcmp(format, "junit") == 0)
        pl_ledger_junit(ledger, &text);
    else if (strcmp(format, "csv") == 0)
        PL_TRY(pl_ledger_csv(ctx, ledger, &text));
    else
        pl_ledger_table(ledger, &text);
    PL_TRY(pl_text_status(ctx, &text));
    PL_TRY(pl_print(ctx, pl_text_get(&text)));
done:
    json_decref(json);
    pl_text_free(&text);
    return status;
}

pl_status pl_cmd_verify(pl_ctx *ctx, const pl_registry *registry, int argc, char *const *argv) {
    pl_status status;
    pl_options *o = NULL;
    pl_outcome *outcomes = NULL;
    const pl_claim **chosen = NULL;
    size_t count, unexpected = 0;
    if (pl_wants_help(argc, argv))
        return pl_print_usage(ctx, "verify [CLAIM|PAPER|ROOM ...] [options]",
                              "Runs the claims with their negative controls and says what "
                              "holds. Claims on trained networks\ntake minutes and run only when "
                              "named: plumb verify study.",
                              pl_verify_options);
    PL_TRY(pl_options_parse(ctx, pl_verify_options, NULL, "...", argc, argv, &o));
    PL_TRY(pl_claims_choose(ctx, registry, o, false, &chosen, &count));
    const char *report = pl_option_text(o, "report");
    if (report) /* before the work: a report that cannot be kept is refused at once */
        PL_TRY(pl_make_directory(ctx, report));
    if (pl_option_has(o, "threads"))
        pl_set_threads(ctx, (int)pl_option_int(o, "threads"));
    PL_NEW(ctx, outcomes, count);
    pl_verify_settings settings = settings_of(registry, o);
    double started = pl_seconds();
    pl_progress progress = pl_progress_start("verify", count, false);
    for (size_t i = 0; i < count; i++) {
        pl_progress_step(&progress, i);
        double level = pl_claim_room(registry, chosen[i])->level;
        pl_verify_settings own = settings;
        own.level = level > 0 ? level : settings.level;
        PL_TRY(pl_claim_check(ctx, chosen[i], &own, &outcomes[i]));
        unexpected += !outcomes[i].ok;
    }
    pl_progress_end(&progress);
    pl_ledger ledger = {outcomes,
                        count,
                        pl_seconds() - started,
                        settings.level,
                        pl_option_spec(o, "effort", NULL),
                        settings.seed};
    const char *format = pl_option_flag(o, "json") ? "json" : pl_option_spec(o, "format", NULL);
    PL_TRY(print_ledger(ctx, &ledger, format));
    if (report)
        PL_TRY(pl_report_verify(ctx, registry, &ledger, report));
    if (unexpected)
        status = pl_fail(ctx, PL_EVERDICT, "%zu of %zu claims did not come out as expected",
                         unexpected, count);
done:
    pl_free(chosen);
    pl_free(outcomes);
    pl_options_free(o);
    return status;
}

const pl_option pl_errata_options[] = {
    {"json", PL_OPT_FLAG, NULL, 0, 0, NULL, NULL, "print one JSON object", 0}, {0}};

static void erratum_text(const pl_outcome *o, pl_text *out) {
    const pl_claim *c = o->claim;
    pl_text_printf(out, "  %s  %s (%s)\n    published: %s\n    witness:   %s%s\n", c->id, c->title,
                   c->where, c->statement, o->finding.detail, o->ok ? "" : "   UNEXPECTED");
    if (c->correction)
        pl_text_printf(out, "    true is:   %s\n", c->correction);
}

static json_t *erratum_json(const pl_outcome *o) {
    const pl_claim *c = o->claim;
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s?, s:o, s:b}", /* */
                     "claim", c->id, "kind", pl_erratum_name(c->erratum), "where", c->where,
                     "published", c->statement, "witness", o->finding.detail, "correction",
                     c->correction, "measured", pl_json_number(o->finding.measured), "ok", o->ok);
}

/* Every published statement that is expected to fail, with its witness recomputed here and now. */
pl_status pl_cmd_errata(pl_ctx *ctx, const pl_registry *registry, int argc, char *const *argv) {
    pl_status status;
    pl_options *o = NULL;
    pl_text text = {0};
    json_t *list = json_array();
    const pl_claim **chosen = NULL;
    size_t count, wrong = 0;
    pl_verify_settings settings = {.effort = 1, .level = 1 - FAMILY};
    if (pl_wants_help(argc, argv)) {
        status = pl_print_usage(ctx, "errata [ID|PAPER|ROOM ...] [--json]",
                                "Published statements that are false or imprecise, with witnesses.",
                                pl_errata_options);
        goto done;
    }
    PL_TRY(pl_options_parse(ctx, pl_errata_options, NULL, "...", argc, argv, &o));
    PL_TRY(pl_claims_choose(ctx, registry, o, false, &chosen, &count));
    for (int kind = 0; kind < PL_ERRATA; kind++) {
        size_t listed = 0;
        for (size_t i = 0; i < count; i++) {
            pl_outcome outcome;
            if (chosen[i]->expected != PL_VIOLATED || (int)chosen[i]->erratum != kind)
                continue;
            PL_TRY(pl_claim_check(ctx, chosen[i], &settings, &outcome));
            wrong += !outcome.ok;
            if (listed++ == 0)
                pl_text_printf(&text, "%s%s\n", text.s ? "\n" : "",
                               pl_erratum_name((pl_erratum)kind));
            erratum_text(&outcome, &text);
            json_array_append_new(list, erratum_json(&outcome));
        }
    }
    if (!text.s)
        pl_text_printf(&text, "no refuted statement among %zu claim%s\n", count,
                       count == 1 ? "" : "s");
    PL_TRY(pl_text_status(ctx, &text));
    if (pl_option_flag(o, "json"))
        PL_TRY(pl_json_write(ctx, list, NULL));
    else
        PL_TRY(pl_print(ctx, pl_text_get(&text)));
    if (wrong)
        status = pl_fail(ctx, PL_EVERDICT, "%zu errata did not come out as recorded", wrong);
done:
    json_decref(list);
    pl_free(chosen);
    pl_text_free(&text);
    pl_options_free(o);
    return status;
}
