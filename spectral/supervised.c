/* BL22.SUPnl: with labels as the relation, every method recovers the classes: VICReg a simplex of
 * class means, SimCLR-squared Y up to a rotation, Barlow Twins indicators. */

#include <math.h>

#include "math/subspace.h"
#include "spectral/dense.h"
#include "spectral/embedding.h"
#include "spectral/relation.h"
#include "spectral/search.h"
#include "spectral/spectral.h"

static const pl_option options[] = {
    RELATION_OPTIONS("labels:4,4,4"),
    {"gamma", PL_OPT_REAL, "0.3", 1e-9, 1e12, NULL, NULL, "weight of the invariance term", 0},
    {"starts", PL_OPT_INT, "10", 1, 10000, NULL, NULL, "random starts of the optimiser", 0},
    {"seed", PL_OPT_SEED, "1", 0, 0, NULL, NULL, "seed of the starts", 0},
    {0}};

static const pl_column columns[] = {
    {"class_a", "1", "first class", false},
    {"class_b", "1", "second class", false},
    {"mean_gram", "1", "inner product of the found class means (VICReg, C - 1 columns)", false},
    {"closed_form", "1", "(nu/n_c)([a = b] - 1/C)", false},
    {0}};

/* Class means of HZ (C x K), and the largest distance of a sample to its class's mean. */
static pl_status class_means(pl_ctx *ctx, const size_t *label, size_t classes, pl_mat z,
                             pl_mat *out, double *apart) {
    pl_status status;
    double *members = NULL;
    PL_TRY(dense_new(ctx, classes, z.cols, out));
    PL_NEW(ctx, members, classes);
    dense_centre(z);
    for (size_t i = 0; i < z.rows; i++) {
        members[label[i]]++;
        for (size_t c = 0; c < z.cols; c++)
            out->a[label[i] * z.cols + c] += z.a[i * z.ld + c];
    }
    for (size_t k = 0; k < classes; k++)
        for (size_t c = 0; c < z.cols; c++)
            out->a[k * z.cols + c] /= members[k];
    *apart = 0;
    for (size_t i = 0; i < z.rows; i++)
        for (size_t c = 0; c < z.cols; c++)
            *apart = fmax(*apart, fabs(z.a[i * z.ld + c] - out->a[label[i] * z.cols + c]));
done:
    pl_free(members);
    return status;
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status;
    relation rel = {0};
    search_result vicreg = {0}, simclr = {0}, barlow = {0};
    pl_graph loops = {0};
    pl_mat means = {0}, y = {0};
    size_t *label = NULL, classes;
    double apart, sine, gram = 0;
    PL_TRY(relation_new(ctx, o, &rel));
    size_t n = rel.graph.nodes;
    PL_NEW(ctx, label, n);
    PL_TRY(pl_graph_components(ctx, &rel.graph, label, &classes));
    if (classes < 2 || n > 200) {
        status = pl_fail(ctx, PL_EUSAGE,
                         "supervised needs 2 classes or more and at most 200 "
                         "samples: --graph labels:N1,N2,..");
        goto done;
    }
    if (!rel.facts.regular)
        pl_table_unmet(out, "balanced classes");
    search_settings set = {
        (size_t)pl_option_int(o, "starts"), pl_option_seed(o, "seed"), 0.7, {0}, 0};
    pl_spectral_loss vic = {PL_VICREG_SQUARED, 1, 1,    pl_option_real(o, "gamma"), 0,
                            (double)n - 1,     0, false};
    PL_TRY(search_minimum(ctx, &vic, &rel.graph, classes - 1, &set, &vicreg));
    PL_TRY(class_means(ctx, label, classes, vicreg.z, &means, &apart));
    PL_TRY(pl_graph_labels(ctx, label, n, classes, PL_LABELS_LOOPS, &loops));
    pl_spectral_loss sim = {.kind = PL_SIMCLR_SQUARED},
                     bar = {.kind = PL_BARLOW_TWINS, .alpha = 0.1};
    PL_TRY(search_minimum(ctx, &sim, &loops, classes, &set, &simclr));
    PL_TRY(search_minimum(ctx, &bar, &rel.graph, classes, &set, &barlow));
    PL_TRY(dense_new(ctx, n, classes, &y));
    for (size_t i = 0; i < n; i++)
        y.a[i * classes + label[i]] = 1;
    for (size_t i = 0; i < n; i++) /* Z = YR exactly: ZZ' = YY' */
        for (size_t j = 0; j < n; j++) {
            double inner = 0;
            for (size_t c = 0; c < classes; c++)
                inner += simclr.z.a[i * classes + c] * simclr.z.a[j * classes + c];
            gram = fmax(gram, fabs(inner - (label[i] == label[j])));
        }
    dense_centre(y);
    PL_TRY(pl_span_sine(ctx, pl_const(vicreg.z), pl_const(y), 1e-6, &sine));
    double nu = (double)n - 1, size = (double)n / (double)classes;
    for (size_t a = 0; a < classes; a++)
        for (size_t b = 0; b < classes; b++) {
            double inner = 0;
            for (size_t c = 0; c < means.cols; c++)
                inner += means.a[a * means.cols + c] * means.a[b * means.cols + c];
            PL_TRY(pl_table_add(ctx, out,
                                (double[]){(double)a, (double)b, inner,
                                           nu / size * ((a == b) - 1 / (double)classes)},
                                NULL));
        }
    const pl_summary list[] = {
        {"closed_form_loss", "1", "least loss: 0", 0},
        {"best_found_loss", "1", "VICReg, C - 1 columns", vicreg.best},
        {"within_class_spread", "1", "largest distance of a sample to its class's mean", apart},
        {"label_sine", "1", "span of HY against span of HZ: 0 when a probe recovers the labels",
         sine},
        {"simclr_loss", "1", "SimCLR-squared on YY', C columns", simclr.best},
        {"simclr_gram_error", "1", "largest entry of ZZ' - YY'", gram},
        {"barlow_loss", "1", "Barlow Twins, C columns", barlow.best}};
    PL_TRY(pl_table_summarise_list(ctx, out, list, sizeof list / sizeof *list));
done:
    relation_free(&rel);
    search_free(&vicreg);
    search_free(&simclr);
    search_free(&barlow);
    pl_graph_free(&loops);
    dense_free(&means);
    dense_free(&y);
    pl_free(label);
    return status;
}

const pl_program pl_spectral_supervised = {
    .name = "supervised",
    .summary = "labels as the relation: every method recovers the classes",
    .details = "VICReg's class means form a simplex, SimCLR-squared gives Y, Barlow Twins has loss "
               "0; by L-BFGS.",
    .source = "BL22 sec. 6; SUPnl",
    .options = options,
    .columns = columns,
    .run = run};
