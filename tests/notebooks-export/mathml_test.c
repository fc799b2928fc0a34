#include "notebooks-export/mathml.h"
#include "tests/support.h"

static void becomes(const char *tex, const char *want) {
    pl_ctx *ctx = pl_ctx_new();
    pl_text out = {0}, whole = {0};
    ck_ok(ctx, lab_mathml(ctx, tex, false, &out));
    pl_text_printf(&whole, "<math><mrow>%s</mrow></math>", want);
    ck_assert_str_eq(pl_text_get(&out), pl_text_get(&whole));
    pl_text_free(&out);
    pl_text_free(&whole);
    pl_ctx_free(ctx);
}

/* Fails if a script took more or less than TeX gives it, or a number fell apart. */
START_TEST(scripts_and_numbers) {
    becomes("x_1^2", "<msubsup><mi>x</mi><mrow><mn>1</mn></mrow><mrow><mn>2</mn></mrow></msubsup>");
    becomes("x^10", "<msup><mi>x</mi><mrow><mn>1</mn></mrow></msup><mn>0</mn>");
    becomes("10^5", "<msup><mn>10</mn><mrow><mn>5</mn></mrow></msup>");
    becomes("2.25.", "<mn>2&#46;25</mn><mo stretchy=\"false\">&#46;</mo>");
    becomes("z'_{ij}", "<msubsup><mi>z</mi><mrow><mrow><mi>i</mi><mi>j</mi></mrow></mrow>"
                       "<mrow><mo>′</mo></mrow></msubsup>");
    becomes("u^\\top v", "<msup><mi>u</mi><mrow><mi>⊤</mi></mrow></msup><mi>v</mi>");
    becomes("y_\\text{sub}", "<msub><mi>y</mi><mrow><mtext>sub</mtext></mrow></msub>");
}
END_TEST

/* Fails if a command lost an argument, a limit its place, or a sign got a meaning in Markdown. */
START_TEST(commands_and_signs) {
    becomes("\\frac1N", "<mfrac><mn>1</mn><mi>N</mi></mfrac>");
    becomes("\\sqrt{a}", "<msqrt><mrow><mi>a</mi></mrow></msqrt>");
    becomes("\\sum_{k\\ge1}^M", "<munderover><mo movablelimits=\"true\">∑</mo><mrow><mrow>"
                                "<mi>k</mi><mo stretchy=\"false\">≥</mo><mn>1</mn></mrow></mrow>"
                                "<mrow><mi>M</mi></mrow></munderover>");
    becomes("\\log M", "<mi>log</mi><mspace width=\"0.17em\"></mspace><mi>M</mi>");
    becomes("\\log(", "<mi>log</mi><mo stretchy=\"false\">&#40;</mo>");
    becomes("\\bar x_i", "<msub><mover accent=\"true\"><mi>x</mi><mo stretchy=\"false\">¯</mo>"
                         "</mover><mrow><mi>i</mi></mrow></msub>");
    becomes("\\mathbb{E}\\mathbb R", "<mi>&#120124;</mi><mi>ℝ</mi>");
    becomes("\\Bigl[", "<mo stretchy=\"true\" minsize=\"1.8em\" maxsize=\"1.8em\">&#91;</mo>");
    becomes("a<b-|c|*", "<mi>a</mi><mo stretchy=\"false\">&#60;</mo><mi>b</mi><mo>−</mo>"
                        "<mo stretchy=\"false\" lspace=\"0\" rspace=\"0\">&#124;</mo><mi>c</mi>"
                        "<mo stretchy=\"false\" lspace=\"0\" rspace=\"0\">&#124;</mo><mo "
                        "stretchy=\"false\">&#42;</mo>");
}
END_TEST

/* Fails if code or an escaped dollar was taken for a formula, or text was lost. */
START_TEST(markdown_keeps_its_text) {
    pl_ctx *ctx = pl_ctx_new();
    pl_text out = {0};
    ck_ok(ctx, lab_markdown_mathml(ctx, "a `$x$` \\$5 ``b ` $`` \\\\ $y$, $$z$$.", &out));
    ck_assert_str_eq(
        pl_text_get(&out),
        "a `$x$` \\$5 ``b ` $`` \\\\ <span><math><mrow><mi>y</mi></mrow></math></span>, "
        "<span><math display=\"block\"><mrow><mi>z</mi></mrow></math></span>.");
    pl_text_free(&out);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if what cannot be written went through without a word. */
START_TEST(what_is_not_known_is_said) {
    static const char *const wrong[][2] = {{"$\\zeta$", "\\zeta"},   {"$x$ and $y", "not closed"},
                                           {"${a$", "does not end"}, {"$a}$", "ends a group"},
                                           {"$x^$", "no place"},     {"$\\text x$", "wants {...}"},
                                           {"$a & b$", "no place"}};
    for (size_t i = 0; i < TEST_COUNT(wrong); i++) {
        pl_ctx *ctx = pl_ctx_new();
        pl_text out = {0};
        ck_assert_int_eq(lab_markdown_mathml(ctx, wrong[i][0], &out), PL_EINPUT);
        ck_assert_msg(strstr(pl_message(ctx), wrong[i][1]) != NULL, "%s", pl_message(ctx));
        pl_text_free(&out);
        pl_ctx_free(ctx);
    }
}
END_TEST

int main(void) {
    const TTest *const tests[] = {scripts_and_numbers, commands_and_signs, markdown_keeps_its_text,
                                  what_is_not_known_is_said};
    return test_main("notebooks-export/mathml", tests, TEST_COUNT(tests));
}
