/* WANG20 figure 5 at the size of a CPU: many small encoders in the plane of alignment and
 * uniformity, and what their features are worth. */

#include <gsl/gsl_multifit.h>
#include <math.h>

#include "study/compare.h"
#include "study/study.h"

#define NTXENT(TAU)                                                                                \
    {                                                                                              \
        "ntxent-" TAU, {                                                                           \
            "--loss=ntxent", "--tau=" TAU                                                          \
        }                                                                                          \
    }
#define WEIGHTED(A, U)                                                                             \
    {                                                                                              \
        "a" A "-u" U, {                                                                            \
            "--loss=align_uniform", "--w-align=" A, "--w-uniform=" U                               \
        }                                                                                          \
    }

/* Temperatures, and weights of the two losses from almost no alignment to almost no uniformity. */
static const study_arm arms[] = {NTXENT("0.07"),     NTXENT("0.2"),         NTXENT("0.5"),
                                 NTXENT("2"),        WEIGHTED("0.25", "1"), WEIGHTED("1", "1"),
                                 WEIGHTED("2", "1"), WEIGHTED("4", "1"),    WEIGHTED("8", "1"),
                                 WEIGHTED("1", "0"), WEIGHTED("0", "1"),    {0}};

/* The extremes: each loss alone against both. */
static const study_comparison comparisons[] = {{"a1-u0", "a1-u1", "linear", -1},
                                               {"a0-u1", "a1-u1", "linear", -1},
                                               {"a1-u0", "a1-u1", "uniformity", +1},
                                               {"a0-u1", "a1-u1", "alignment", +1},
                                               {0}};

/* Least squares of accuracy on alignment and uniformity over the encoders of one seed. */
static pl_status plane_of_seed(pl_ctx *ctx, const study_results *r, size_t seed, double slope[2]) {
    size_t n = r->arms;
    double sum;
    gsl_matrix *x = gsl_matrix_alloc(n, 3), *covariance = gsl_matrix_alloc(3, 3);
    gsl_vector *y = gsl_vector_alloc(n), *c = gsl_vector_alloc(3);
    gsl_multifit_linear_workspace *w = gsl_multifit_linear_alloc(n, 3);
    pl_status status = x && covariance && y && c && w ? PL_OK : PL_ENOMEM;
    if (status == PL_OK) {
        for (size_t a = 0; a < n; a++) {
            const study_cell *cell = &r->cell[a * r->seeds + seed];
            gsl_matrix_set(x, a, 0, 1);
            gsl_matrix_set(x, a, 1, study_measure(cell, "alignment"));
            gsl_matrix_set(x, a, 2, study_measure(cell, "uniformity"));
            gsl_vector_set(y, a, study_measure(cell, "linear"));
        }
        if (gsl_multifit_linear(x, y, c, covariance, &sum, w) != 0)
            status = pl_fail(ctx, PL_EDOMAIN, "the encoders lie on one line of the plane");
        slope[0] = gsl_vector_get(c, 1);
        slope[1] = gsl_vector_get(c, 2);
    } else
        status = pl_fail(ctx, PL_ENOMEM, "out of memory for %zu encoders", n);
    gsl_matrix_free(x);
    gsl_matrix_free(covariance);
    gsl_vector_free(y);
    gsl_vector_free(c);
    gsl_multifit_linear_free(w);
    return status;
}

static pl_status slopes(pl_ctx *ctx, const study_results *r, pl_table *out) {
    pl_status status;
    double *alignment = NULL, *uniformity, both[2] = {0, 0};
    PL_NEW(ctx, alignment, 2 * r->seeds);
    uniformity = alignment + r->seeds;
    for (size_t k = 0; k < r->seeds; k++) {
        PL_TRY(plane_of_seed(ctx, r, k, both));
        alignment[k] = both[0];
        uniformity[k] = both[1];
    }
    PL_TRY(study_summarise(ctx, out, "alignment_slope", "alignment_error",
                           "accuracy against alignment at equal uniformity, mean of seeds",
                           alignment, r->seeds));
    PL_TRY(study_summarise(ctx, out, "uniformity_slope", "uniformity_error",
                           "accuracy against uniformity at equal alignment, mean of seeds",
                           uniformity, r->seeds));
done:
    pl_free(alignment);
    return status;
}

static const study_design plane = {.words = {STUDY_SGD, "--augment=" STUDY_VIEWS},
                                   .arms = arms,
                                   .comparisons = comparisons,
                                   .images = 2000,
                                   .epochs = 5,
                                   .program = &pl_study_plane,
                                   .extra = slopes};

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    return study_compare(ctx, o, &plane, out);
}

const pl_program pl_study_plane = {
    .name = "plane",
    .summary = "accuracy over the plane of alignment and uniformity, many small encoders",
    .details =
        "NT-Xent over temperatures and w-align L_align + w-uniform L_uniform over weights, the two "
        "losses alone among them (a1-u0, a0-u1). The slopes are of the least-squares plane of "
        "accuracy on both quantities, seed by seed.",
    .source = "WANG20 fig. 5 and 7",
    .options = study_options,
    .columns = study_columns,
    .run = run,
    .variants = study_variants,
    .variant = study_variant};
