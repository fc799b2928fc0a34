/* LEE25, the balanced contrastive loss: what attraction and repulsion together bound, where the
 * loss tends as batches grow, and what its minimisers are. One part each, with columns of its own.
 */

#include "bounds/balance.h"

#include <string.h>

#include "bounds/bounds.h"
#include "bounds/search.h"
#include "bounds/view_data.h"

static const pl_option options[] = {
    {"part", PL_OPT_SPEC, "total", 0, 0, "total|chain|limit|phases|optimum", NULL,
     "the loss and its identity; the chain of bounds; large batches; free two-tower features; the "
     "supervised optimum",
     0},
    {"alpha", PL_OPT_REAL, "2", 1e-6, 1e6, NULL, NULL, "inverse temperature", 0},
    {"lambda", PL_OPT_LIST, "2", 1e-9, 1e6, NULL, "LIST",
     "weight of repulsion; total, chain and limit take one", 0},
    {"nu", PL_OPT_SPEC, "min", 1e-12, 1e12, "min|common|VALUE", NULL,
     "total, chain: prototype norm of the repulsion bound", 0},
    {"data", PL_OPT_SPEC, "views", 0, 0, "views|population|golden", NULL,
     "total, chain: generated views, their law in closed form (chain), the golden set", 0},
    VIEW_DATA_OPTIONS,
    {"batch", PL_OPT_LIST, "8", 2, 1e9, NULL, "LIST",
     "limit: batch sizes N; phases: one, the number of pairs", 0},
    {"encoder", PL_OPT_SPEC, "uniform", 0, 1e4, "uniform|vmf:K", NULL, "limit: law of the features",
     0},
    {"pairs", PL_OPT_SPEC, "aligned", 0, 1e4, "aligned|vmf:K", NULL,
     "limit: positive pairs, equal or y|x ~ vMF(x, K)", 0},
    {"loss", PL_OPT_SPEC, "bcl", 0, 0, "bcl|ntxent", NULL,
     "phases: the loss that is minimised; ntxent has negatives of the anchor's own tower", 0},
    {"starts", PL_OPT_INT, "3", 1, 1000, NULL, NULL,
     "phases, optimum: random starts of the minimiser", 0},
    SEARCH_OPTIONS("bias|sign|common-norm|nu"),
    {0}};

static const pl_program *const parts[] = {&pl_balance_total,   &pl_balance_chain,
                                          &pl_balance_limit,   &pl_balance_phases,
                                          &pl_balance_optimum, NULL};

static const pl_program *part(const pl_options *o) {
    const char *name = pl_option_spec(o, "part", NULL);
    for (size_t i = 0; parts[i]; i++)
        if (strcmp(parts[i]->name + strlen("--part "), name) == 0)
            return parts[i];
    return parts[0];
}

pl_status balance_single(pl_ctx *ctx, const pl_options *o, const char *name, double *out) {
    size_t n;
    const double *list = pl_option_list(o, name, &n);
    if (n != 1)
        return pl_fail(ctx, PL_EUSAGE, "--part %s takes one --%s, not a list of %zu",
                       pl_option_spec(o, "part", NULL), name, n);
    *out = list[0];
    return PL_OK;
}

pl_status balance_options_check(pl_ctx *ctx, const pl_options *o) {
    const char *name = pl_option_spec(o, "part", NULL);
    bool chain = strcmp(name, "chain") == 0, views = chain || strcmp(name, "total") == 0;
    if (pl_option_has(o, "search") && !chain)
        return pl_fail(ctx, PL_EUSAGE, "--search goes with --part chain, not with %s", name);
    if ((pl_option_has(o, "features") || pl_option_has(o, "labels")) && !views)
        return pl_fail(ctx, PL_EUSAGE,
                       "--features and --labels go with --part total and chain; "
                       "%s knows its configurations",
                       name);
    return search_options_check(ctx, o);
}

const pl_program pl_bounds_balance = {
    .name = "balance",
    .summary = "the balanced loss: its bounds, limit and minimisers",
    .details =
        "total: l~ = -E s + lambda (repulsion bound), up to a constant. chain: does it bound "
        "the supervised loss?\nlimit: bcl - (lambda/alpha) log N as N grows. phases: the "
        "minimum over free unit u_i, v_i, by lambda.\noptimum: the supervised problem with "
        "prototypes tied to the features.",
    .source = "LEE25, total loss and balanced contrastive loss (derived here: LEE25.TOTAL, CHAIN, "
              "BCL.LIM, BCL.LAMC, P0.OPT)",
    .positional = "features labels",
    .options = options,
    .variants = parts,
    .variant = part};
