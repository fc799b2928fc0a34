/* The spec of an augmentation: one table says what steps there are, and reading, checking and
 * printing walk it. */

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "data/augment.h"

typedef struct parameter {
    const char *name;
    size_t least, most; /* how many numbers; 1..2 of a pair: one stands for both */
    double lo, hi;      /* each is in between */
    bool ordered;       /* the first is no larger than the second */
    size_t given;       /* numbers of the initial value; 0: none */
    double initial[2];
} parameter;

typedef struct word {
    const char *name;
    size_t parameters;
    parameter parameter[PL_AUGMENT_PARAMETERS];
    double p; /* initial probability; < 0: always done */
} word;

#define TINY 1e-6 /* where zero itself makes no sense */

/* In the order of pl_augment_kind. */
static const word words[] = {
    {"crop",
     3,
     {{"scale", 2, 2, TINY, 1, true, 2, {0.08, 1}},
      {"ratio", 2, 2, 1e-3, 1e3, true, 2, {3.0 / 4, 4.0 / 3}},
      {"size", 1, 2, 1, 16384, false, 0, {0}}},
     1},
    {"flip", 0, {{0}}, 0.5},
    {"jitter",
     4,
     {{"brightness", 1, 1, 0, 1e3, false, 1, {0}},
      {"contrast", 1, 1, 0, 1e3, false, 1, {0}},
      {"saturation", 1, 1, 0, 1e3, false, 1, {0}},
      {"hue", 1, 1, 0, 0.5, false, 1, {0}}},
     1},
    {"gray", 0, {{0}}, 0.1},
    {"blur",
     2,
     {{"sigma", 1, 2, TINY, 1e3, true, 2, {0.1, 2}}, {"kernel", 1, 1, 3, 255, false, 0, {0}}},
     1},
    {"rotate",
     2,
     {{"degrees", 1, 2, -360, 360, true, 0, {0}}, {"bilinear", 1, 1, 0, 1, false, 1, {0}}},
     1},
    {"erase",
     3,
     {{"scale", 2, 2, TINY, 1, true, 2, {0.02, 0.33}},
      {"ratio", 2, 2, 1e-3, 1e3, true, 2, {0.3, 3.3}},
      {"value", 1, PL_AUGMENT_NUMBERS, -1e6, 1e6, false, 1, {0}}},
     0.5},
    {"solarize", 1, {{"threshold", 1, 1, 0, 1, false, 1, {0.5}}}, 0.5},
    {"normalize",
     2,
     {{"mean", 1, PL_AUGMENT_NUMBERS, -1e6, 1e6, false, 0, {0}},
      {"std", 1, PL_AUGMENT_NUMBERS, TINY, 1e6, false, 0, {0}}},
     -1},
};

static const struct {
    const char *name, *text;
} presets[] = {
    {"none", ""},
    /* Chen et al. 2020, colour strength 1/2 */
    {"simclr", "crop(.08,1) flip jitter(.4,.4,.4,.1;p=.8) gray(.2) blur(.1,2;p=.5)"},
    /* the STL-10 example of the code released with WANG20 */
    {"align-uniform", "crop(.08,1) flip jitter(.4,.4,.4,.4) gray(.2)"},
};

enum { WORDS = sizeof words / sizeof *words, PRESETS = sizeof presets / sizeof *presets };

/* ---- reading ------------------------------------------------------------------------------ */

typedef struct reader {
    pl_ctx *ctx;
    const char *text, *at;
} reader;

static size_t place(const reader *r, const char *at) {
    return (size_t)(at - r->text) + 1;
}

static void skip_space(reader *r) {
    while (isspace((unsigned char)*r->at))
        r->at++;
}

static bool take(reader *r, char c) {
    skip_space(r);
    if (*r->at != c)
        return false;
    r->at++;
    return true;
}

/* Letters, and hyphens between them; what is longer than the room is no name that we know. */
static void take_name(reader *r, char name[32]) {
    size_t n = 0;
    for (; isalpha((unsigned char)*r->at) || (n > 0 && *r->at == '-'); r->at++)
        if (n < 31)
            name[n++] = *r->at;
    name[n] = '\0';
}

static pl_status take_real(reader *r, double *out) {
    char digits[40];
    skip_space(r);
    size_t n = strspn(r->at, "0123456789.+-eE");
    if (n == 0 || n >= sizeof digits)
        return pl_fail(r->ctx, PL_EUSAGE,
                       "augment: expected a number at character %zu, before '%.12s'",
                       place(r, r->at), r->at);
    memcpy(digits, r->at, n);
    digits[n] = '\0';
    if (!pl_parse_real(digits, out))
        return pl_fail(r->ctx, PL_EUSAGE, "augment: '%s' at character %zu is no number", digits,
                       place(r, r->at));
    r->at += n;
    return PL_OK;
}

/* A number or a fraction of two. */
static pl_status take_number(reader *r, double *out) {
    double number, below = 1;
    pl_status status = take_real(r, &number);
    if (status == PL_OK && take(r, '/'))
        status = take_real(r, &below);
    if (status)
        return status;
    if (below == 0)
        return pl_fail(r->ctx, PL_EUSAGE, "augment: division by zero before character %zu",
                       place(r, r->at));
    *out = number / below;
    return PL_OK;
}

/* The parameter of a name; the one after the last is p. */
static pl_status find_parameter(reader *r, const word *w, const char *name, const char *where,
                                size_t *out) {
    for (size_t k = 0; k < w->parameters; k++)
        if (strcmp(name, w->parameter[k].name) == 0) {
            *out = k;
            return PL_OK;
        }
    if (strcmp(name, "p") == 0 && w->p >= 0) {
        *out = w->parameters;
        return PL_OK;
    }
    pl_text known = {0};
    for (size_t k = 0; k < w->parameters; k++)
        pl_text_printf(&known, "%s%s", k > 0 ? ", " : "", w->parameter[k].name);
    if (w->p >= 0)
        pl_text_printf(&known, "%sp", w->parameters > 0 ? " or " : "");
    pl_status status = pl_fail(r->ctx, PL_EUSAGE,
                               "augment: '%s' at character %zu is no parameter of %s, expected %s",
                               name, place(r, where), w->name, pl_text_get(&known));
    pl_text_free(&known);
    return status;
}

static pl_status check_number(reader *r, const word *w, const parameter *q, double v,
                              const char *where) {
    if (v >= q->lo && v <= q->hi)
        return PL_OK;
    return pl_fail(r->ctx, PL_EUSAGE, "augment: %s's %s at character %zu is %g, expected %g to %g",
                   w->name, q->name, place(r, where), v, q->lo, q->hi);
}

static const parameter probability = {"p", 1, 1, 0, 1, false, 1, {1}};

/* Numbers from parameter k on, each taking what it can hold; where one was named, no further. */
static pl_status take_numbers(reader *r, const word *w, size_t *k, bool named,
                              pl_augment_step *step) {
    size_t n = 0, last = w->parameters + (w->p >= 0);
    double v[PL_AUGMENT_NUMBERS];
    do {
        const parameter *q = *k < w->parameters ? &w->parameter[*k] : &probability;
        skip_space(r);
        const char *where = r->at;
        if (*k >= last || n == q->most)
            return pl_fail(r->ctx, PL_EUSAGE, "augment: %s takes no more numbers, at character %zu",
                           w->name, place(r, where));
        pl_status status = take_number(r, &v[n]);
        if (status == PL_OK)
            status = check_number(r, w, q, v[n], where);
        if (status)
            return status;
        if (*k == w->parameters) {
            step->p = v[0];
        } else {
            memcpy(step->at[*k].v, v, sizeof v[0] * (n + 1));
            step->at[*k].count = n + 1;
        }
        n++;
        if (n == q->most && !named && *k + 1 < last) {
            ++*k;
            n = 0;
        }
    } while (take(r, ','));
    /* an unnamed group ends with its parameter */
    if (n > 0)
        ++*k;
    return PL_OK;
}

/* "(v,v;name=v;...)" */
static pl_status take_parameters(reader *r, const word *w, pl_augment_step *step) {
    size_t k = 0;
    pl_status status = PL_OK;
    do {
        char name[32];
        skip_space(r);
        const char *where = r->at;
        take_name(r, name);
        if (name[0] != '\0') {
            status = find_parameter(r, w, name, where, &k);
            if (status == PL_OK && !take(r, '='))
                status = pl_fail(r->ctx, PL_EUSAGE, "augment: expected '=' at character %zu",
                                 place(r, r->at));
        }
        if (status == PL_OK)
            status = take_numbers(r, w, &k, name[0] != '\0', step);
        if (status)
            return status;
    } while (take(r, ';'));
    if (!take(r, ')'))
        return pl_fail(r->ctx, PL_EUSAGE,
                       "augment: expected ',', ';' or ')' at character %zu, before '%.12s'",
                       place(r, r->at), r->at);
    return PL_OK;
}

/* What holds between the numbers of a step. */
static pl_status check_step(reader *r, const word *w, pl_augment_step *step, const char *where) {
    for (size_t k = 0; k < w->parameters; k++) {
        const parameter *q = &w->parameter[k];
        double *v = step->at[k].v;
        size_t *count = &step->at[k].count;
        if (*count > 0 && *count < q->least)
            return pl_fail(r->ctx, PL_EUSAGE,
                           "augment: %s at character %zu needs %zu numbers for %s", w->name,
                           place(r, where), q->least, q->name);
        if (*count == 1 && q->most == 2) {
            v[1] = v[0];
            if (step->kind == PL_AUGMENT_ROTATE)
                v[0] = -fabs(v[0]), v[1] = fabs(v[1]);
            *count = 2;
        }
        if (q->ordered && *count == 2 && v[0] > v[1])
            return pl_fail(r->ctx, PL_EUSAGE,
                           "augment: %s at character %zu has %s %g,%g, expected the smaller first",
                           w->name, place(r, where), q->name, v[0], v[1]);
    }
    if (step->kind == PL_AUGMENT_BLUR && step->at[1].count && fmod(step->at[1].v[0], 2) != 1)
        return pl_fail(r->ctx, PL_EUSAGE,
                       "augment: blur at character %zu has kernel %g, expected an odd number",
                       place(r, where), step->at[1].v[0]);
    if (step->kind == PL_AUGMENT_CROP)
        for (size_t k = 0; k < step->at[2].count; k++)
            if (step->at[2].v[k] != floor(step->at[2].v[k]))
                return pl_fail(r->ctx, PL_EUSAGE,
                               "augment: crop at character %zu has size %g, expected whole pixels",
                               place(r, where), step->at[2].v[k]);
    if (step->kind == PL_AUGMENT_ROTATE && !step->at[0].count)
        return pl_fail(r->ctx, PL_EUSAGE,
                       "augment: rotate at character %zu needs its degrees, as rotate(15)",
                       place(r, where));
    if (step->kind == PL_AUGMENT_NORMALIZE && !(step->at[0].count && step->at[1].count))
        return pl_fail(
            r->ctx, PL_EUSAGE,
            "augment: normalize at character %zu needs mean and std, as normalize(.5;.25)",
            place(r, where));
    return PL_OK;
}

static pl_augment_step initial(size_t kind) {
    pl_augment_step step = {.kind = (pl_augment_kind)kind, .p = words[kind].p};
    if (step.p < 0)
        step.p = 1;
    for (size_t k = 0; k < words[kind].parameters; k++) {
        const parameter *q = &words[kind].parameter[k];
        memcpy(step.at[k].v, q->initial, sizeof q->initial);
        step.at[k].count = q->given;
    }
    return step;
}

static pl_status unknown(reader *r, const char *name, const char *where) {
    size_t best = SIZE_MAX;
    const char *nearest = NULL;
    if (name[0] == '\0')
        return pl_fail(r->ctx, PL_EUSAGE,
                       "augment: expected a step at character %zu, before '%.12s'", place(r, where),
                       where);
    for (size_t k = 0; k < WORDS; k++)
        pl_nearest(name, words[k].name, &best, &nearest);
    for (size_t k = 0; k < PRESETS; k++)
        pl_nearest(name, presets[k].name, &best, &nearest);
    if (nearest)
        return pl_fail(r->ctx, PL_EUSAGE,
                       "augment: there is no step '%s' (character %zu); did you mean '%s'?", name,
                       place(r, where), nearest);
    return pl_fail(r->ctx, PL_EUSAGE,
                   "augment: there is no step '%s' (character %zu), expected crop, flip, jitter, "
                   "gray, blur, rotate, erase, solarize, normalize or a preset: none, simclr, "
                   "align-uniform",
                   name, place(r, where));
}

static pl_status add_step(reader *r, const pl_augment_step *step, const char *where,
                          pl_augment_spec *spec) {
    if (step->kind == PL_AUGMENT_CROP && spec->count > 0)
        return pl_fail(r->ctx, PL_EUSAGE,
                       "augment: crop at character %zu must be the first step: it reads the "
                       "image's bytes",
                       place(r, where));
    if (spec->count == PL_AUGMENT_STEPS)
        return pl_fail(r->ctx, PL_EUSAGE, "augment: more than %d steps, at character %zu",
                       PL_AUGMENT_STEPS, place(r, where));
    spec->steps[spec->count++] = *step;
    return PL_OK;
}

static pl_status take_step(reader *r, pl_augment_spec *spec) {
    char name[32];
    const char *where = r->at;
    take_name(r, name);
    for (size_t k = 0; k < PRESETS; k++)
        if (strcmp(name, presets[k].name) == 0) {
            pl_augment_spec preset = {0};
            pl_status status = pl_augment_parse(r->ctx, presets[k].text, &preset);
            for (size_t s = 0; status == PL_OK && s < preset.count; s++)
                status = add_step(r, &preset.steps[s], where, spec);
            return status;
        }
    for (size_t k = 0; k < WORDS; k++)
        if (strcmp(name, words[k].name) == 0) {
            pl_augment_step step = initial(k);
            pl_status status = PL_OK;
            if (take(r, '('))
                status = take_parameters(r, &words[k], &step);
            if (status == PL_OK)
                status = check_step(r, &words[k], &step, where);
            return status ? status : add_step(r, &step, where, spec);
        }
    return unknown(r, name, where);
}

pl_status pl_augment_parse(pl_ctx *ctx, const char *text, pl_augment_spec *out) {
    reader r = {ctx, text, text};
    pl_augment_spec spec = {0};
    for (skip_space(&r); *r.at != '\0'; skip_space(&r)) {
        pl_status status = take_step(&r, &spec);
        if (status)
            return status;
    }
    *out = spec;
    return PL_OK;
}

/* ---- printing ----------------------------------------------------------------------------- */

void pl_augment_text(const pl_augment_spec *spec, pl_text *out) {
    char number[32];
    if (spec->count == 0)
        pl_text_add(out, "none");
    for (size_t s = 0; s < spec->count; s++) {
        const pl_augment_step *step = &spec->steps[s];
        const word *w = &words[step->kind];
        const char *before = "(";
        pl_text_printf(out, "%s%s", s > 0 ? " " : "", w->name);
        for (size_t k = 0; k < w->parameters; k++) {
            for (size_t i = 0; i < step->at[k].count; i++) {
                pl_format_real(step->at[k].v[i], number);
                if (i == 0)
                    pl_text_printf(out, "%s%s=%s", before, w->parameter[k].name, number);
                else
                    pl_text_printf(out, ",%s", number);
                before = ";";
            }
        }
        if (w->p >= 0) {
            pl_format_real(step->p, number);
            pl_text_printf(out, "%sp=%s", before, number);
        }
        pl_text_add(out, ")");
    }
}

pl_augment_spec pl_augment_fixed(const pl_augment_spec *spec) {
    pl_augment_spec fixed = {0};
    for (size_t s = 0; s < spec->count; s++) {
        pl_augment_step step = spec->steps[s];
        if (step.kind != PL_AUGMENT_CROP && step.kind != PL_AUGMENT_NORMALIZE)
            continue;
        if (step.kind == PL_AUGMENT_CROP)
            step.p = 0;
        fixed.steps[fixed.count++] = step;
    }
    return fixed;
}
