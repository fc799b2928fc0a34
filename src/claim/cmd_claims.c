/* plumb claims: the list, or one claim in full. */

#include <string.h>

#include "claim/claim_show.h"
#include "claim/commands.h"
#include "claim/output.h"
#include "claim/report.h"

const pl_option pl_claims_options[] = {
    {"format", PL_OPT_SPEC, "table", 0, 0, "table|json", NULL, "of standard output", 0},
    {"json", PL_OPT_FLAG, NULL, 0, 0, NULL, NULL, "the same as --format json", 0},
    {"reference", PL_OPT_TEXT, NULL, 0, 0, NULL, "DIR",
     "write DIR/claims.html: statement, test and controls of each, on one page", 0},
    {0}};

static json_t *claim_json(const pl_room *room, const pl_claim *c) {
    json_t *hypotheses = json_array(), *controls = json_array(), *presets = json_array();
    for (size_t i = 0; i < PL_MAX_HYPOTHESES && c->hypotheses[i]; i++)
        json_array_append_new(hypotheses, json_string(c->hypotheses[i]));
    for (size_t i = 0; i < PL_MAX_CONTROLS && c->controls[i].name; i++)
        json_array_append_new(controls, json_string(c->controls[i].name));
    for (size_t i = 0; i < PL_MAX_PRESETS && c->presets[i]; i++)
        json_array_append_new(presets, json_string(c->presets[i]));
    return json_pack("{s:s, s:s#, s:s, s:s, s:s, s:o, s:s, s:s, s:o, s:s, s:s?, s:o, s:s}", /* */
                     "id", c->id, "paper", c->id, (int)pl_claim_paper(c), "title", c->title,
                     "where", c->where, "statement", c->statement, "hypotheses", hypotheses, "room",
                     room->name, "program", c->program->name, "presets", presets, "expected",
                     pl_verdict_name(c->expected), "correction", c->correction, "controls",
                     controls, "source", c->source);
}

pl_status pl_cmd_claims(pl_ctx *ctx, const pl_registry *registry, int argc, char *const *argv) {
    pl_status status;
    pl_options *o = NULL;
    pl_text text = {0};
    json_t *list = json_array();
    const pl_claim **chosen = NULL;
    size_t count;
    if (pl_wants_help(argc, argv)) {
        status =
            pl_print_usage(ctx, "claims [ID|PAPER|ROOM ...] [options]",
                           "Lists the claims, or shows the named ones in full.", pl_claims_options);
        goto done;
    }
    PL_TRY(pl_options_parse(ctx, pl_claims_options, NULL, "...", argc, argv, &o));
    PL_TRY(pl_claims_choose(ctx, registry, o, true, &chosen, &count));
    const char *reference = pl_option_text(o, "reference");
    if (reference) {
        PL_TRY(pl_report_claims(ctx, registry, chosen, count, reference));
        pl_text_printf(&text, "%s/claims.html  %zu claims\n", reference, count);
    }
    for (size_t i = 0; i < count; i++) {
        const pl_claim *c = chosen[i];
        json_array_append_new(list, claim_json(pl_claim_room(registry, c), c));
        if (reference)
            continue;
        if (pl_options_words(o))
            pl_claim_text(registry, c, &text);
        else
            pl_text_printf(&text, "%-20s %-13s %s\n", c->id, pl_verdict_name(c->expected),
                           c->title);
    }
    PL_TRY(pl_text_status(ctx, &text));
    if (pl_option_flag(o, "json") || strcmp(pl_option_spec(o, "format", NULL), "json") == 0)
        PL_TRY(pl_json_write(ctx, list, NULL));
    else
        PL_TRY(pl_print(ctx, pl_text_get(&text)));
done:
    json_decref(list);
    pl_free(chosen);
    pl_text_free(&text);
    pl_options_free(o);
    return status;
}
