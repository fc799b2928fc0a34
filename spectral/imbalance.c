/* BL22, the linear regime against class imbalance: which method recovers LDA, least squares and CCA
 * for classes of any size, and which only for balanced ones. Three classes of n - s, n and n + s.
 */

#include <stdio.h>

#include "spectral/spectral.h"

static const pl_option options[] = {
    {"size", PL_OPT_INT, "10", 3, 1000, NULL, "N", "samples of the middle class", 0},
    {"shifts", PL_OPT_LIST, "0,1,2,3,4,5,6,7,8", 0, 999, NULL, "S,..",
     "classes of n - s, n, n + s samples, at least 2 each", 0},
    {"dim", PL_OPT_INT, "5", 3, 256, NULL, "D", "columns of the inputs", 0},
    {"gamma", PL_OPT_REAL, "0.01", 1e-9, 1e3, NULL, NULL, "VICReg's weight of invariance", 0},
    {0}};

static const pl_column columns[] = {
    {"shift", "1", "s", false},
    {"ratio", "1", "largest class over smallest", false},
    {"vicreg_lda", "1", "VICReg, G = YY' - I: sine to Fisher's directions", false},
    {"vicreg_ols", "1", "the same to least squares with intercept", false},
    {"corrected_lda", "1", "VICReg, G = Y(Y'Y)^-1Y': sine to Fisher's directions", false},
    {"corrected_ols", "1", "the same to least squares with intercept", false},
    {"simclr_ols", "1", "SimCLR, G = YY': sine to least squares without intercept", false},
    {"pca", "1", "SimCLR, G = XX': sine to the principal components", false},
    {"cca", "1", "Barlow Twins: |rho| against the canonical correlations of the pairs", false},
    {0}};

/* What a column is: a number of the linear program's summary on the labels' graph. */
static const struct {
    const char *graph, *arguments, *number;
} methods[] = {{"labels", "--task vicreg --embedding 2", "lda_sine"},
               {"labels", "--task vicreg --embedding 2", "ols_sine"},
               {"labels-corrected", "--task vicreg --embedding 2", "lda_sine"},
               {"labels-corrected", "--task vicreg --embedding 2", "ols_sine"},
               {"labels-loops", "--task simclr --embedding 3", "ols_sine"},
               {"labels-loops", "--task pca --embedding 3", "pca_sine"},
               {"labels-loops", "--task barlow --embedding 2", "correlation_difference"}};

enum { METHODS = sizeof methods / sizeof *methods };

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status = PL_OK;
    pl_table *t = NULL;
    size_t count, n = (size_t)pl_option_int(o, "size");
    const double *shifts = pl_option_list(o, "shifts", &count);
    for (size_t i = 0; i < count; i++) {
        size_t s = (size_t)shifts[i];
        double row[2 + METHODS];
        if (shifts[i] != (double)s || s + 2 > n) {
            status = pl_fail(ctx, PL_EUSAGE,
                             "--shifts %g: a whole number of at most %zu, for classes of at least "
                             "2 samples",
                             shifts[i], n - 2);
            goto done;
        }
        row[0] = (double)s;
        row[1] = (double)(n + s) / (double)(n - s);
        for (size_t m = 0; m < METHODS; m++) {
            char preset[256];
            snprintf(preset, sizeof preset,
                     "--graph %s:%zu,%zu,%zu %s --inputs classes --dim %lld --gamma %.17g --starts "
                     "0",
                     methods[m].graph, n - s, n, n + s, methods[m].arguments,
                     pl_option_int(o, "dim"), pl_option_real(o, "gamma"));
            pl_table_free(t);
            t = NULL;
            PL_TRY(pl_program_run_preset(ctx, &pl_spectral_linear, preset, 1, NULL, &t));
            if (!pl_table_lookup(t, methods[m].number, &row[2 + m])) {
                status = pl_fail(ctx, PL_EBUG, "no number '%s'", methods[m].number);
                goto done;
            }
        }
        PL_TRY(pl_table_add(ctx, out, row, NULL));
    }
done:
    pl_table_free(t);
    return status;
}

const pl_program pl_spectral_imbalance = {
    .name = "imbalance",
    .summary = "linear encoders against class imbalance: who recovers LDA, least squares, PCA, CCA",
    .details = "Sines between each method's span and the classical one's, for classes of n - s, n "
               "and n + s\nsamples: 0 is recovery.",
    .source = "BL22 sec. 5; LDA, SUP, LIN2p, LIN3",
    .options = options,
    .columns = columns,
    .run = run};
