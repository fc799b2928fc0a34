/* losses --conventions: what each loss of the table computes, and under which name and convention
 * PyTorch Metric Learning, lightly, solo-learn, SimCLR, CLIP and others have it. One row for the
 * loss itself, then one for each library that has it; "-" is left open there, or does not apply. */

#include <string.h>

#include "bounds/losses.h"
#include "ssl/losses.h"

static const pl_column columns[] = {
    {"loss", "", "name of the loss", true},
    {"library", "", "whose convention the row describes", true},
    {"name", "", "what the library calls it", true},
    {"temperature", "", "its default temperature tau = 1/alpha", true},
    {"symmetric", "", "are both views anchors?", true},
    {"positives", "", "is the positive in the logarithm's sum?", true},
    {"reduction", "", "over anchors", true},
    {"definition", "", "the formula; a library's value in terms of the named loss", true},
    {0}};

/* The row of the loss itself, read off its form. */
static pl_status add_own(pl_ctx *ctx, const pl_loss *l, pl_table *out) {
    bool contrastive = (l->uses & PL_USES_ALPHA) != 0;
    const char *const words[] = {l->name,
                                 "plumb",
                                 l->name,
                                 contrastive ? "0.5" : "-",
                                 !contrastive                      ? "-"
                                 : l->form.pairs == PL_PAIRS_CROSS ? "no"
                                                                   : "yes",
                                 !contrastive       ? "-"
                                 : l->form.positive ? "yes"
                                                    : "no",
                                 "mean",
                                 l->formula};
    return pl_table_add(ctx, out, (double[8]){0}, words);
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    const char *name = pl_option_text(o, "loss");
    pl_status status = PL_OK;
    if (pl_option_has(o, "x"))
        return pl_fail(ctx, PL_EUSAGE, "--conventions evaluates nothing; leave out %s",
                       pl_option_text(o, "x"));
    if (name && !pl_loss_find(name))
        return pl_fail(ctx, PL_EUSAGE, "there is no loss '%s'; without --loss all are listed",
                       name);
    for (const pl_loss *l = pl_losses; l->name; l++) {
        if (name && strcmp(l->name, name) != 0)
            continue;
        PL_TRY(add_own(ctx, l, out));
        for (const pl_loss_convention *c = pl_loss_conventions; c->loss; c++)
            if (strcmp(c->loss, l->name) == 0)
                PL_TRY(pl_table_add(
                    ctx, out, (double[8]){0},
                    (const char *const[]){c->loss, c->library, c->name, c->temperature,
                                          c->symmetric, c->positives, c->reduction, c->relation}));
    }
done:
    return status;
}

const pl_program pl_losses_conventions = {.name = "--conventions",
                                          .summary =
                                              "what each loss computes, and what libraries call it",
                                          .columns = columns,
                                          .run = run};
