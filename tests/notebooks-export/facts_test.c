#include "tests/notebooks-export/labs_fixture.h"
#include "tests/support.h"

static void expands(const char *text, const char *want) {
    pl_ctx *ctx = pl_ctx_new();
    pl_text out = {0};
    ck_ok(ctx, lab_facts_expand(ctx, &fixture_facts, "lab.py", 3, text, &out));
    ck_assert_str_eq(pl_text_get(&out), want);
    pl_text_free(&out);
    pl_ctx_free(ctx);
}

/* Fails if a fact came out as another field of the registry, or text around it was lost. */
START_TEST(facts_come_from_the_registry) {
    expands("no fact", "no fact");
    expands("> {{claim:LEE25.THM1}}.", "> a <= b.");
    expands("{{title:LEE25.THM1}}/{{where:LEE25.THM1}}/{{source:LEE25.THM1}}",
            "a title/here/a paper");
    expands("{{hypotheses:LEE25.THM1}}", "unit; a > 0");
    expands("{{verdict:LEE25.THM1}}", "HOLDS");
    expands("{{option:bound.dim}} {{column:bound.gap}}", "3 bound less bounded");
    expands("{{caption:gaps}} {{script:style}} {{seed}}", "It falls. set grid 7");
}
END_TEST

static void refused(const char *text, const char *said) {
    pl_ctx *ctx = pl_ctx_new();
    pl_text out = {0};
    ck_fails(ctx, lab_facts_expand(ctx, &fixture_facts, "lab.py", 3, text, &out), PL_EINPUT, said);
    ck_assert_msg(strstr(pl_message(ctx), "lab.py:3: ") == pl_message(ctx), "%s", pl_message(ctx));
    pl_text_free(&out);
    pl_ctx_free(ctx);
}

/* Fails if a name that the registry does not know got through, or the place was not said. */
START_TEST(unknown_names_are_refused_with_file_and_line) {
    refused("{{claim:LEE25.THM2}}", "nearest is LEE25.THM1");
    refused("{{claim:WANG20.NOTHING}}", "no claim 'WANG20.NOTHING'");
    refused("{{correction:LEE25.THM1}}", "has no correction");
    refused("{{option:bound.dom}}", "nearest is dim");
    refused("{{option:bond.dim}}", "nearest is bound");
    refused("{{option:bound}}", "PROGRAM.NAME");
    refused("{{column:bound.gab}}", "nearest is gap");
    refused("{{caption:gap}}", "nearest is gaps");
    refused("{{script:stile}}", "no script 'stile'");
    refused("{{author:LEE25}}", "no kind of fact 'author'");
    refused("{{nothing}}", "no fact 'nothing'");
    refused("{{claim:LEE25.THM1", "without '}}'");
}
END_TEST

int main(void) {
    const TTest *const tests[] = {facts_come_from_the_registry,
                                  unknown_names_are_refused_with_file_and_line};
    return test_main("notebooks-export/facts", tests, TEST_COUNT(tests));
}
