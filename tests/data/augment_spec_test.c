#include "data/augment.h"

#include "tests/support.h"

static pl_augment_spec parse(const char *text) {
    pl_ctx *ctx = pl_ctx_new();
    pl_augment_spec spec;
    ck_ok(ctx, pl_augment_parse(ctx, text, &spec));
    pl_ctx_free(ctx);
    return spec;
}

static void check_same(const pl_augment_spec *a, const pl_augment_spec *b) {
    ck_assert_uint_eq(a->count, b->count);
    for (size_t s = 0; s < a->count; s++) {
        const pl_augment_step *x = &a->steps[s], *y = &b->steps[s];
        ck_assert_int_eq(x->kind, y->kind);
        ck_assert(x->p == y->p);
        for (size_t k = 0; k < PL_AUGMENT_PARAMETERS; k++) {
            ck_assert_uint_eq(x->at[k].count, y->at[k].count);
            for (size_t i = 0; i < x->at[k].count; i++)
                ck_assert(x->at[k].v[i] == y->at[k].v[i]);
        }
    }
}

/* The issue's own example. Fails if a number went to another parameter, or a default were not
 * torchvision's. */
START_TEST(numbers_reach_their_parameters) {
    pl_augment_spec s =
        parse("crop(0.08,1) flip jitter(.4,.3,.2,.1;p=.8)  gray(.2) blur(.1,2;p=.5)");
    ck_assert_uint_eq(s.count, 5);
    ck_assert_int_eq(s.steps[0].kind, PL_AUGMENT_CROP);
    ck_assert(s.steps[0].at[0].v[0] == 0.08 && s.steps[0].at[0].v[1] == 1);
    ck_assert(s.steps[0].at[1].v[0] == 3.0 / 4 && s.steps[0].at[1].v[1] == 4.0 / 3);
    ck_assert(s.steps[0].at[2].count == 0 && s.steps[0].p == 1);
    ck_assert(s.steps[1].kind == PL_AUGMENT_FLIP && s.steps[1].p == 0.5);
    const double factors[4] = {.4, .3, .2, .1};
    for (size_t k = 0; k < 4; k++)
        ck_assert(s.steps[2].at[k].v[0] == factors[k]);
    ck_assert(s.steps[2].p == 0.8 && s.steps[3].p == 0.2 && s.steps[4].p == 0.5);
    ck_assert(s.steps[4].at[0].v[0] == 0.1 && s.steps[4].at[0].v[1] == 2);
    s = parse("erase solarize gray");
    ck_assert(s.steps[0].at[0].v[0] == 0.02 && s.steps[0].at[0].v[1] == 0.33);
    ck_assert(s.steps[0].at[1].v[0] == 0.3 && s.steps[0].at[1].v[1] == 3.3 && s.steps[0].p == 0.5);
    ck_assert(s.steps[1].at[0].v[0] == 0.5 && s.steps[1].p == 0.5 && s.steps[2].p == 0.1);
}
END_TEST

/* Different words for the same thing. Fails if a name, a semicolon or a fraction meant another
 * parameter than its place does, or a single number not what the header says. */
START_TEST(words_that_mean_the_same) {
    static const char *const same[][2] = {
        {"crop(.2,1;3/4,4/3;size=32)", " crop ( ratio = 3/4 , 4/3 ; scale=.2,1;size = 32,32 )"},
        {"crop(.2,1,3/4,4/3,32,32)", "crop(.2,1;size=32)"},
        {"jitter(hue=.1;p=.8)", "jitter(0,0,0,.1,.8)"},
        {"rotate(15)", "rotate(-15,15)"},
        {"blur(2)", "blur(2,2)"},
        {"flip(.3)", "flip(p=.3)"},
        {"normalize(.1,.2,.3;.4,.5,.6)", "normalize(std=.4,.5,.6;mean=.1,.2,.3)"},
        {"", "none"},
        {"simclr", "crop(.08,1) flip jitter(.4,.4,.4,.1;p=.8) gray(.2) blur(.1,2;p=.5)"},
        {"align-uniform normalize(.5;.2)",
         "crop(.08,1) flip jitter(.4,.4,.4,.4) gray(.2) normalize(.5;.2)"}};
    for (size_t k = 0; k < TEST_COUNT(same); k++) {
        pl_augment_spec a = parse(same[k][0]), b = parse(same[k][1]);
        check_same(&a, &b);
    }
}
END_TEST

/* Fails if what run.json says were not what ran. */
START_TEST(text_reads_back) {
    static const char *const specs[] = {
        "none", "simclr", "align-uniform",
        "crop(.1,.9;1/3,3;size=20,30;p=.5) flip rotate(-3,170;bilinear=1) erase(value=1,2,3) "
        "solarize(.3;p=.1) blur(.3,.7;kernel=5) normalize(.1,.2,.3;.4)"};
    for (size_t k = 0; k < TEST_COUNT(specs); k++) {
        pl_text text = {0};
        pl_augment_spec a = parse(specs[k]);
        pl_augment_text(&a, &text);
        pl_augment_spec b = parse(pl_text_get(&text));
        check_same(&a, &b);
        pl_text_free(&text);
    }
}
END_TEST

/* Fails if a mistake were taken, or the message did not say where it is or what is expected. */
START_TEST(mistakes_are_placed) {
    static const struct {
        const char *text, *words;
    } bad[] = {
        {"crop jiter(.4)", "no step 'jiter' (character 6); did you mean 'jitter'"},
        {"xyzzyxyzzy", "expected crop, flip, jitter"},
        {"flip crop", "crop at character 6 must be the first step"},
        {"crop crop", "crop at character 6 must be the first step"},
        {"crop(1,.2)", "has scale 1,0.2, expected the smaller first"},
        {"crop(.2)", "needs 2 numbers for scale"},
        {"crop(0,1)", "crop's scale at character 6 is 0, expected"},
        {"crop(.2,1;size=3.5)", "whole pixels"},
        {"flip(1.5)", "flip's p at character 6 is 1.5, expected 0 to 1"},
        {"flip(.5,.5)", "takes no more numbers, at character 9"},
        {"jitter(x=1)", "'x' at character 8 is no parameter of jitter, expected brightness, "
                        "contrast, saturation, hue or p"},
        {"jitter(hue=.6)", "hue at character 12 is 0.6, expected 0 to 0.5"},
        {"jitter(hue=.1,.2)", "takes no more numbers"},
        {"jitter(.4", "expected ',', ';' or ')' at character 10"},
        {"jitter(.4 .4)", "expected ',', ';' or ')' at character 11"},
        {"jitter()", "expected a number at character 8"},
        {"jitter(hue .1)", "expected '=' at character 12"},
        {"blur(.1,2;kernel=4)", "kernel 4, expected an odd number"},
        {"rotate", "needs its degrees"},
        {"rotate(1/0)", "division by zero"},
        {"rotate(1e999)", "no number"},
        {"normalize(.5)", "needs mean and std"},
        {"normalize(.5;0)", "normalize's std at character 14 is 0"},
        {"normalize(.5;.2;p=.5)", "no parameter of normalize"},
        {"flip ) gray", "expected a step at character 6"},
    };
    pl_ctx *ctx = pl_ctx_new();
    char many[200] = "";
    for (size_t k = 0; k < TEST_COUNT(bad); k++) {
        pl_augment_spec spec = {.count = 77};
        ck_fails(ctx, pl_augment_parse(ctx, bad[k].text, &spec), PL_EUSAGE, bad[k].words);
        ck_assert_uint_eq(spec.count, 77);
    }
    for (int k = 0; k <= PL_AUGMENT_STEPS; k++)
        strcat(many, "flip ");
    ck_fails(ctx, pl_augment_parse(ctx, many, &(pl_augment_spec){0}), PL_EUSAGE, "more than 24");
    pl_ctx_free(ctx);
}
END_TEST

/* Any text is refused or read, never more. Fails by a crash, or a number that got through its
 * limits. */
START_TEST(any_text_is_survived) {
    static const char alphabet[] = "crop flipjte(),;=.0123456789-/ps&gaybru";
    pl_ctx *ctx = pl_ctx_new();
    for (uint64_t trial = 0; trial < 20000 * test_effort(); trial++) {
        char text[80] = "crop(.2,1) jitter(.4,.4,.4,.1;p=.8) rotate(3) normalize(.5,.5,.5;.2)";
        pl_stream row = {trial, 1, 0};
        for (uint64_t k = 0; k < 3; k++)
            text[pl_stream_below(row, 2 * k, strlen(text))] =
                alphabet[pl_stream_below(row, 2 * k + 1, sizeof alphabet)];
        pl_augment_spec s = {0};
        if (pl_augment_parse(ctx, text, &s) == PL_OK)
            for (size_t k = 0; k < s.count; k++)
                ck_assert_msg(s.steps[k].p >= 0 && s.steps[k].p <= 1, "%s", text);
    }
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if an evaluation saw anything random, or images of another size than the training. */
START_TEST(fixed_spec_is_not_random) {
    pl_augment_spec a = parse("crop(.1,.9;size=20) flip(1) gray(1) normalize(.5;.2)"),
                    b = parse("crop(.1,.9;size=20;p=0) normalize(.5;.2)");
    a = pl_augment_fixed(&a);
    check_same(&a, &b);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {numbers_reach_their_parameters,
                                  words_that_mean_the_same,
                                  text_reads_back,
                                  mistakes_are_placed,
                                  any_text_is_survived,
                                  fixed_spec_is_not_random};
    return test_main("data/augment_spec", tests, TEST_COUNT(tests));
}
