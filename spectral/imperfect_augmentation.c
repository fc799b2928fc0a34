/* XUE23, Theorem 5.4, strengthened: training examples x_ij = z_i + a_ij with z_i independent, a_ij
 * orthogonal to all z_i and varying among the views of one original in every direction that they
 * have. Then every global minimiser of the unsupervised loss, for every p, has W a = 0: a class
 * feature that augmentation perturbs at all is lost, and no embedding is large enough. For p >= n
 * the least norm one is W^T W = Z^+, Z = (1/n) sum z_i z_i^T. */

#include <math.h>

#include "math/eigen.h"
#include "spectral/spectral.h"
#include "spectral/xue23_descent.h"
#include "spectral/xue23_minimiser.h"
#include "ssl/moment_losses.h"

/* The deterministic set of the theory notes: bias, class, subclass, 8 irrelevant features, and 2
 * coordinates of noise. Z: bias and irrelevant features; A: the rest. */
enum { ORIGINALS = 8, VIEWS = 6, ROWS = ORIGINALS * VIEWS, DIMS = 13 };
static const double PHI1 = 0.9, PHI2 = 0.8, IRRELEVANT = 1.3, NOISE = 0.3;

static const pl_option options[] = {
    {"class-perturbation", PL_OPT_REAL, "0.2", 0, 1e3, NULL, "z1",
     "how far augmentation moves the class feature", 0},
    {"subclass-perturbation", PL_OPT_REAL, "0.2", 0, 1e3, NULL, "z2",
     "how far it moves the subclass feature", 0},
    {"shared", PL_OPT_FLAG, NULL, 0, 0, NULL, NULL,
     "two irrelevant features that originals share: the z_i are dependent", 0},
    {"embedding", PL_OPT_INT, "8", 1, 4096, NULL, "p", "dimension of the embedding", 0},
    {"iterations", PL_OPT_INT, "0", 0, 1e7, NULL, "T", "steps of gradient descent; 0: none", 0},
    {"step", PL_OPT_REAL, "0.05", 1e-9, 1e3, NULL, "eta", "its step", 0},
    {"start-seed", PL_OPT_SEED, "11", 0, 0, NULL, NULL, "of its start", 0},
    {"start-scale", PL_OPT_REAL, "0.001", 0, 1e3, NULL, NULL, "standard deviation of its start", 0},
    {0}};

static const pl_column columns[] = {
    {"feature", "1", "coordinate: 0 bias, 1 class, 2 subclass, 3 .. 10 irrelevant, 11, 12 noise",
     false},
    {"norm", "1", "|W v_k| of the minimum-norm minimiser", false},
    {"from_z", "1", "sqrt((Z+)_kk): the theorem for p >= n; 0 for what augmentation moves, any p",
     false},
    {"perturbed", "1", "1 where augmentation moves the coordinate", false},
    {"descent_norm", "1", "|W_T v_k| after gradient descent", false},
    {0}};

typedef struct problem {
    double x[ROWS * DIMS], z[ORIGINALS * DIMS];
    double p[DIMS * DIMS], q[DIMS * DIMS], second[DIMS * DIMS]; /* M~, M, Z */
    size_t original[ROWS];
} problem;

static void fill(const pl_options *o, problem *t) {
    double z1 = pl_option_real(o, "class-perturbation");
    double z2 = pl_option_real(o, "subclass-perturbation");
    bool shared = pl_option_flag(o, "shared");
    for (size_t i = 0; i < ORIGINALS; i++) {
        double *z = t->z + i * DIMS;
        z[0] = 1;
        if (shared)
            z[3 + i / 4] = i % 4 < 2 ? IRRELEVANT : -IRRELEVANT;
        else
            z[3 + i] = i / 4 % 2 == 0 ? IRRELEVANT : -IRRELEVANT;
        for (size_t j = 0; j < VIEWS; j++) {
            size_t c = VIEWS * i + j;
            double *x = t->x + c * DIMS, at = (double)c;
            for (size_t k = 0; k < DIMS; k++)
                x[k] = z[k];
            x[1] = (i % 2 == 0 ? PHI1 : -PHI1) + z1 * cos(1 + 3 * at);
            x[2] = (i / 2 % 2 == 0 ? PHI2 : -PHI2) + z2 * sin(2 + 5 * at);
            for (size_t l = 0; l < 2; l++)
                x[11 + l] = NOISE * cos(0.7 * (double)(l + 1) * (at + 1) + (double)l);
            t->original[c] = i;
        }
        if (z1 == 0) /* what augmentation keeps belongs to z */
            z[1] = t->x[VIEWS * i * DIMS + 1];
        if (z2 == 0)
            z[2] = t->x[VIEWS * i * DIMS + 2];
    }
}

static pl_mat square(double *a) {
    return (pl_mat){a, DIMS, DIMS, DIMS};
}

/* Diagonal of Z^+, and whether the z_i are independent. */
static pl_status inverse_diagonal(pl_ctx *ctx, const problem *t, double *diagonal,
                                  bool *independent) {
    double vectors[DIMS * DIMS], value[DIMS];
    pl_status status =
        pl_second_moment(ctx, (pl_cmat){t->z, ORIGINALS, DIMS, DIMS}, square(vectors));
    if (status == PL_OK)
        status = pl_eigen_symmetric_vectors(ctx, square(vectors), value);
    if (status)
        return status;
    size_t rank = 0;
    for (size_t k = 0; k < DIMS; k++)
        diagonal[k] = 0;
    for (; rank < DIMS && value[rank] > 1e-10 * value[0]; rank++)
        for (size_t k = 0; k < DIMS; k++)
            diagonal[k] += vectors[rank * DIMS + k] * vectors[rank * DIMS + k] / value[rank];
    *independent = rank == ORIGINALS;
    return PL_OK;
}

/* M Z^+ M = M~ (item 1): the largest entry of the difference. */
static pl_status identity_residual(pl_ctx *ctx, const problem *t, double *out) {
    double vectors[DIMS * DIMS], value[DIMS], image[DIMS];
    double sum[DIMS * DIMS] = {0};
    pl_status status =
        pl_second_moment(ctx, (pl_cmat){t->z, ORIGINALS, DIMS, DIMS}, square(vectors));
    if (status == PL_OK)
        status = pl_eigen_symmetric_vectors(ctx, square(vectors), value);
    if (status)
        return status;
    for (size_t r = 0; r < DIMS && value[r] > 1e-10 * value[0]; r++) {
        for (size_t i = 0; i < DIMS; i++) { /* M v_r */
            image[i] = 0;
            for (size_t k = 0; k < DIMS; k++)
                image[i] += t->q[i * DIMS + k] * vectors[r * DIMS + k];
        }
        for (size_t i = 0; i < DIMS; i++)
            for (size_t j = 0; j < DIMS; j++)
                sum[i * DIMS + j] += image[i] * image[j] / value[r];
    }
    *out = 0;
    for (size_t i = 0; i < DIMS * DIMS; i++)
        *out = fmax(*out, fabs(sum[i] - t->p[i]));
    return PL_OK;
}

/* Gradient descent: the class is learned and then forgotten. */
static pl_status descend(pl_ctx *ctx, const pl_options *o, const problem *t, double *norm,
                         double *peak, double *peak_iteration, double *loss) {
    pl_status status;
    size_t p = (size_t)pl_option_int(o, "embedding");
    size_t steps = (size_t)pl_option_int(o, "iterations");
    pl_mat w0 = {0};
    xue23_descent d = {0};
    const xue23_moments m = {.p = {t->p, DIMS, DIMS, DIMS}, .q = {t->q, DIMS, DIMS, DIMS}};
    PL_TRY(xue23_start(ctx, p, DIMS, pl_option_seed(o, "start-seed"),
                       pl_option_real(o, "start-scale"), &w0));
    PL_TRY(xue23_descent_new(ctx, &m, pl_const(w0), pl_option_real(o, "step"), &d));
    *peak = 0;
    while (d.iteration < steps) {
        PL_TRY(xue23_descent_step(ctx, &d));
        xue23_column_norms(pl_const(d.w), 2, norm);
        if (norm[1] > *peak) {
            *peak = norm[1];
            *peak_iteration = (double)d.iteration;
        }
    }
    xue23_column_norms(pl_const(d.w), DIMS, norm);
    *loss = d.loss;
done:
    pl_free(w0.a);
    xue23_descent_free(&d);
    return status;
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status;
    xue23_minimiser m = {0};
    problem t = {0};
    double inverse[DIMS], norm[DIMS], descent[DIMS], residual;
    double peak = NAN, peak_iteration = NAN, loss = NAN;
    bool independent;
    size_t p = (size_t)pl_option_int(o, "embedding");
    fill(o, &t);
    PL_TRY(pl_second_moment(ctx, (pl_cmat){t.x, ROWS, DIMS, DIMS}, square(t.q)));
    PL_TRY(
        pl_group_moment(ctx, (pl_cmat){t.x, ROWS, DIMS, DIMS}, t.original, ORIGINALS, square(t.p)));
    PL_TRY(inverse_diagonal(ctx, &t, inverse, &independent));
    PL_TRY(identity_residual(ctx, &t, &residual));
    PL_TRY(xue23_minimise_moments(ctx, pl_const(square(t.p)), pl_const(square(t.q)), p, &m));
    xue23_column_norms(pl_const(m.w), DIMS, norm);
    if (pl_option_int(o, "iterations") > 0)
        PL_TRY(descend(ctx, o, &t, descent, &peak, &peak_iteration, &loss));
    if (!independent)
        pl_table_unmet(out, "the parts z_i that augmentation keeps are linearly independent");
    if (pl_option_real(o, "class-perturbation") == 0)
        pl_table_unmet(out, "augmentation perturbs the class feature");
    double trace = 0;
    for (size_t k = 0; k < DIMS; k++) {
        bool perturbed = inverse[k] < 1e-12;
        trace += inverse[k];
        bool known = perturbed || p >= ORIGINALS;
        PL_TRY(pl_table_add(ctx, out,
                            (double[]){(double)k, norm[k], known ? sqrt(inverse[k]) : (double)NAN,
                                       perturbed, isnan(loss) ? (double)NAN : descent[k]},
                            NULL));
    }
    PL_TRY(
        pl_table_summarise_column(ctx, out, "feature_norms", "1", "|W v_0|, |W v_1|, ..", "norm"));
    const struct {
        const char *name, *meaning;
        double value;
    } list[] = {{"loss", "minimum of L_UCL", m.loss},
                {"closed_loss", "-min(p, n)", -fmin((double)p, ORIGINALS)},
                {"norm_squared", "|W|_F^2", m.norm_squared},
                {"closed_norm_squared", "tr Z+, for p >= n", p >= ORIGINALS ? trace : (double)NAN},
                {"class_norm", "|W v_1|; 0: suppressed", norm[1]},
                {"subclass_norm", "|W v_2|; 0: suppressed", norm[2]},
                {"identity_residual", "largest entry of M Z+ M - M~", residual},
                {"kept_class_norm",
                 "phi_1/(phi_1^2 + phi_irr^2/n), if augmentation keeps the class",
                 PHI1 / (PHI1 * PHI1 + IRRELEVANT * IRRELEVANT / ORIGINALS)},
                {"descent_loss", "loss after gradient descent", loss},
                {"descent_class_norm", "|W_T v_1|", isnan(loss) ? (double)NAN : descent[1]},
                {"peak_iteration", "where |W_t v_1| is largest", peak_iteration},
                {"peak_class_norm", "|W_t v_1| there", peak}};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        PL_TRY(pl_table_summarise(ctx, out, list[i].name, "1", list[i].meaning, list[i].value));
done:
    xue23_minimiser_free(&m);
    return status;
}

const pl_program pl_spectral_imperfect_augmentation = {
    .name = "imperfect-augmentation",
    .summary = "a class feature that augmentation perturbs is lost for every p",
    .details = "Irrelevant features that single out each original, and augmentation that moves the "
               "class and subclass\nfeatures however little: every global minimiser of the "
               "unsupervised loss drops them.",
    .source = "XUE23, Theorem 5.4 (all minimisers, all p: THM54)",
    .options = options,
    .columns = columns,
    .run = run};
