/* Formulas of WANG20 as they are printed, beside what they are meant to be, on the golden pair of
 * theory notes, sec. 2: slips that a reader who implements them trips over. */

#include <math.h>
#include <string.h>

#include "bounds/bounds.h"
#include "bounds/golden_pair.h"
#include "math/sphere.h"
#include "ssl/losses.h"

static const pl_option options[] = {{"formula", PL_OPT_SPEC, "all", 0, 0,
                                     "all|sign|pairs|logarithm|pochhammer", NULL, "which of them",
                                     0},
                                    {0}};

static const pl_column columns[] = {{"formula", "", "sign, pairs, logarithm, pochhammer", true},
                                    {"printed", "nats", "value of the formula as printed", false},
                                    {"meant", "nats", "value of what is meant", false},
                                    {"check", "nats", "the same by textbook loops", false},
                                    {0}};

typedef struct pair {
    pl_mat x, y;
} pair;

/* Appendix B: (1/2N) sum log(...) without the leading minus. */
static pl_status sign(pl_ctx *ctx, const pair *p, double *printed, double *meant, double *check) {
    const pl_loss *loss = pl_loss_find("infonce_sym");
    pl_status status = pl_loss_eval(ctx, loss, &pl_loss_defaults, pl_const(p->x), pl_const(p->y),
                                    meant, NULL, NULL);
    *check = pl_loss_ref(loss, &pl_loss_defaults, pl_const(p->x), pl_const(p->y));
    *printed = -*meant;
    return status;
}

static pl_status uniformity(pl_ctx *ctx, const pair *p, double *meant, double *check) {
    const pl_loss *loss = pl_loss_find("unif");
    *check = pl_loss_ref(loss, &pl_loss_defaults, pl_const(p->x), pl_const(p->x));
    return pl_loss_eval(ctx, loss, &pl_loss_defaults, pl_const(p->x), pl_const(p->x), meant, NULL,
                        NULL);
}

/* 2/(K(K-1)) sum_{i != j}: the sum runs over both orders of a pair, so that the mean is twice. */
static pl_status pairs(pl_ctx *ctx, const pair *p, double *printed, double *meant, double *check) {
    pl_status status = uniformity(ctx, p, meant, check);
    *printed = *meant + log(2);
    return status;
}

/* The BookCorpus experiments give the uniformity metric without its logarithm. */
static pl_status logarithm(pl_ctx *ctx, const pair *p, double *printed, double *meant,
                           double *check) {
    pl_status status = uniformity(ctx, p, meant, check);
    *printed = exp(*meant);
    return status;
}

/* log 0F1(; a; z) with (a)_n = a (a+1) ... (a+n-2) `last`, a = 3/2, z = t^2 = 4. */
static double hypergeometric(bool misprinted) {
    double a = 1.5, z = 4, sum = 1, before = 1; /* before: z^n/n! over the factors but the last */
    for (double n = 1; n < 80; n++) {
        before *= z / n;
        double last = misprinted ? n + 2 : a + n - 1;
        sum += before / last;
        before /= a + n - 1;
    }
    return log(sum);
}

static pl_status pochhammer(pl_ctx *ctx, const pair *p, double *printed, double *meant,
                            double *check) {
    (void)ctx;
    (void)p;
    *printed = hypergeometric(true);
    *meant = pl_log_c(3, 4);
    *check = hypergeometric(false);
    return PL_OK;
}

static const struct {
    const char *name;
    pl_status (*run)(pl_ctx *ctx, const pair *p, double *printed, double *meant, double *check);
} formulas[] = {
    {"sign", sign}, {"pairs", pairs}, {"logarithm", logarithm}, {"pochhammer", pochhammer}};

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status = PL_OK;
    const char *asked = pl_option_spec(o, "formula", NULL);
    double a[GOLDEN_ROWS * GOLDEN_DIM], b[GOLDEN_ROWS * GOLDEN_DIM], row[4];
    pair p = {{a, GOLDEN_ROWS, GOLDEN_DIM, GOLDEN_DIM}, {b, GOLDEN_ROWS, GOLDEN_DIM, GOLDEN_DIM}};
    golden_pair(p.x, p.y);
    for (size_t i = 0; i < sizeof formulas / sizeof *formulas; i++) {
        if (strcmp(asked, "all") != 0 && strcmp(asked, formulas[i].name) != 0)
            continue;
        PL_TRY(formulas[i].run(ctx, &p, &row[1], &row[2], &row[3]));
        PL_TRY(pl_table_add(ctx, out, row, (const char *const[]){formulas[i].name}));
    }
done:
    return status;
}

const pl_program pl_bounds_misprints = {
    .name = "misprints",
    .summary = "formulas of WANG20 as printed, and as meant",
    .details = "sign: the minibatch contrastive loss; pairs: the minibatch uniformity loss; "
               "logarithm: the uniformity metric of the text experiments; pochhammer: the symbol "
               "of 0F1.",
    .source = "WANG20, Appendices A and B",
    .options = options,
    .columns = columns,
    .run = run};
