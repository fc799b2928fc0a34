/* plumb claims: the list, or one claim in full. */

#include <string.h>

#include "claim/claim.h"
#include "claim/commands.h"
#include "claim/output.h"

const pl_option pl_claims_options[] = {
    {"format", PL_OPT_SPEC, "table", 0, 0, "table|json", NULL, "of standard output", 0},
    {"json", PL_OPT_FLAG, NULL, 0, 0, NULL, NULL, "the same as --format json", 0},
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

static void claim_text(const pl_room *room, const pl_claim *c, pl_text *out) {
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
    pl_text_printf(out, "  expected    %s\n", pl_verdict_name(c->expected));
    for (size_t i = 0; i < PL_MAX_CONTROLS && c->controls[i].name; i++)
        pl_text_printf(out, "  %-11s %s\n", i ? "" : "controls", c->controls[i].name);
    if (c->correction)
        pl_text_printf(out, "  true is     %s\n", c->correction);
    pl_text_printf(out, "  source      %s\n", c->source);
}

static pl_status unknown_claim(pl_ctx *ctx, const pl_registry *registry, const char *id) {
    size_t best = SIZE_MAX;
    const char *nearest = NULL;
    const pl_claim *c;
    for (size_t i = 0; (c = pl_registry_claim(registry, i, NULL)) != NULL; i++)
        pl_nearest(id, c->id, &best, &nearest);
    return pl_fail(ctx, PL_EUSAGE, "there is no claim '%s'%s%s; 'plumb claims' lists them", id,
                   nearest ? "; did you mean " : "", nearest ? nearest : "");
}

pl_status pl_cmd_claims(pl_ctx *ctx, const pl_registry *registry, int argc, char *const *argv) {
    pl_status status;
    pl_options *o = NULL;
    pl_text text = {0};
    json_t *list = json_array();
    if (pl_wants_help(argc, argv)) {
        status =
            pl_print_usage(ctx, "claims [ID|PAPER ...] [--json]",
                           "Lists the claims, or shows the named ones in full.", pl_claims_options);
        goto done;
    }
    PL_TRY(pl_options_parse(ctx, pl_claims_options, NULL, "...", argc, argv, &o));
    size_t words = pl_options_words(o);
    for (size_t w = 0; w < (words ? words : 1); w++) {
        const char *id = words ? pl_options_word(o, w) : "";
        size_t n = strlen(id), found = 0;
        const pl_room *room;
        const pl_claim *c;
        for (size_t i = 0; (c = pl_registry_claim(registry, i, &room)) != NULL; i++) {
            if (strncmp(c->id, id, n) != 0 || (n && c->id[n] != '\0' && c->id[n] != '.'))
                continue;
            found++;
            json_array_append_new(list, claim_json(room, c));
            if (words)
                claim_text(room, c, &text);
            else
                pl_text_printf(&text, "%-20s %-13s %s\n", c->id, pl_verdict_name(c->expected),
                               c->title);
        }
        if (words && !found) {
            status = unknown_claim(ctx, registry, id);
            goto done;
        }
    }
    PL_TRY(pl_text_status(ctx, &text));
    if (pl_option_flag(o, "json") || strcmp(pl_option_spec(o, "format", NULL), "json") == 0)
        PL_TRY(pl_json_write(ctx, list, NULL));
    else
        PL_TRY(pl_print(ctx, pl_text_get(&text)));
done:
    json_decref(list);
    pl_text_free(&text);
    pl_options_free(o);
    return status;
}
