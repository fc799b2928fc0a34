#include "bounds/bounds.h"
#include "claim/claim.h"
#include "hltm/hltm.h"
#include "plots/scripts.h"
#include "spectral/spectral.h"
#include "study/study.h"
#include "tests/support.h"

static const pl_room *const rooms[] = {&pl_bounds_room, &pl_spectral_room, &pl_hltm_room, NULL};
/* With those whose claims train networks. */
static const pl_room *const all_rooms[] = {&pl_bounds_room, &pl_spectral_room, &pl_hltm_room,
                                           &pl_study_room, NULL};

static void each_claim(void (*visit)(pl_ctx *ctx, const pl_claim *c)) {
    pl_ctx *ctx = pl_ctx_new();
    const pl_registry registry = {.rooms = all_rooms};
    const pl_claim *c;
    for (size_t i = 0; (c = pl_registry_claim(&registry, i, NULL)) != NULL; i++)
        visit(ctx, c);
    pl_ctx_free(ctx);
}

static void complete(pl_ctx *ctx, const pl_claim *c) {
    (void)ctx;
    ck_assert_msg(c->title && c->where && c->statement && c->source && c->program, "%s", c->id);
    ck_assert_msg(c->presets[0] && c->relations[0].kind, "%s has no preset or relation", c->id);
    ck_assert_msg(c->controls[0].name, "%s has no negative control", c->id);
    ck_assert_msg(c->hypotheses[0], "%s names no hypothesis", c->id);
    ck_assert_msg(c->expected != PL_VIOLATED || c->correction, "%s: what is true instead?", c->id);
    const pl_registry registry = {.rooms = rooms};
    ck_assert_msg(*pl_claim_citation(&registry, c), "%s: which paper is that?", c->id);
    ck_assert_msg(strlen(c->title) <= 44, "%s: '%s' is too long for the table", c->id, c->title);
}

/* Fails if a claim could not fail (no control), or says nothing of its source. */
START_TEST(claims_are_complete) {
    each_claim(complete);
}
END_TEST

static void parses(pl_ctx *ctx, const pl_claim *c) {
    pl_options *o = NULL;
    for (int i = 0; i < PL_MAX_PRESETS && c->presets[i]; i++) {
        ck_ok(ctx, pl_options_parse_text(ctx, c->program->options, pl_common_options, c->presets[i],
                                         &o));
        pl_options_free(o);
    }
    for (int i = 0; i < PL_MAX_CONTROLS && c->controls[i].name; i++)
        if (c->controls[i].preset) {
            ck_ok(ctx, pl_options_parse_text(ctx, c->program->options, pl_common_options,
                                             c->controls[i].preset, &o));
            pl_options_free(o);
        }
}

START_TEST(presets_parse) {
    each_claim(parses);
}
END_TEST

/* The whole of verify, one claim a test: fails if a verdict, a control or a printed value is off.
 */
START_TEST(claim_comes_out_as_expected) {
    const pl_registry registry = {.rooms = rooms};
    const pl_claim *c = pl_registry_claim(&registry, (size_t)_i, NULL);
    const pl_verify_settings settings = {.effort = 1, .level = 1 - 1e-4};
    pl_ctx *ctx = pl_ctx_new();
    pl_outcome o;
    ck_ok(ctx, pl_claim_check(ctx, c, &settings, &o));
    ck_assert_msg(o.ok, "%s: %s, expected %s, values %zu/%zu, controls %zu/%zu: %s", c->id,
                  pl_verdict_name(o.finding.verdict), pl_verdict_name(c->expected),
                  o.references_met, o.n_references, o.controls_ok, o.n_controls, o.finding.detail);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a figure named a script or a preset that does not exist. */
START_TEST(figures_are_complete) {
    pl_ctx *ctx = pl_ctx_new();
    const pl_registry registry = {all_rooms, NULL, NULL, pl_plot_scripts, NULL};
    ck_assert_ptr_nonnull(pl_registry_script(&registry, "style"));
    const pl_figure *f;
    for (size_t k = 0; (f = pl_registry_figure(&registry, k)) != NULL; k++) {
        ck_assert_msg(pl_registry_script(&registry, f->script) != NULL, "%s", f->id);
        for (size_t i = 0; i < 4 && f->data[i].file; i++) {
            pl_options *o = NULL;
            ck_ok(ctx, pl_options_parse_text(ctx, f->data[i].program->options, NULL,
                                             f->data[i].preset, &o));
            pl_options_free(o);
        }
    }
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a reader met the k-th failed allocation with a leak or a crash instead of a message. */
START_TEST(every_failed_allocation_is_survived) {
    const pl_program *program = &pl_bounds_attraction;
    for (size_t k = 1; k < 400; k++) {
        pl_ctx *ctx = pl_ctx_new();
        pl_table *t = NULL;
        pl_ctx_fail_allocation(ctx, k);
        pl_status status = pl_program_run_preset(ctx, program, "--data golden", 1, NULL, &t);
        ck_assert(status == PL_OK || status == PL_ENOMEM);
        pl_table_free(t);
        pl_ctx_free(ctx);
        if (status == PL_OK)
            return;
    }
    ck_abort_msg("still failing after 400 allocations");
}
END_TEST

int main(void) {
    const TTest *const tests[] = {claims_are_complete, presets_parse, figures_are_complete,
                                  every_failed_allocation_is_survived};
    const pl_registry registry = {.rooms = rooms};
    int claims = 0;
    while (pl_registry_claim(&registry, (size_t)claims, NULL))
        claims++;
    return test_main_loop("claim/registry", tests, TEST_COUNT(tests), claim_comes_out_as_expected,
                          claims);
}
