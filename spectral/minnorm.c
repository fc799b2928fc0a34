/* XUE23, Lemma B.2, completed: the global minimisers of the spectral contrastive loss of a linear
 * encoder are those with Q^1/2 W^T W Q^1/2 = the p largest eigenvalues of R = Q^+1/2 P Q^+1/2, and
 * the one of least norm has no part in the kernel of Q. Tested by stationarity, by the loss of
 * random encoders, and by moving W within the kernel, which costs norm and gains nothing. */

#include <cblas.h>
#include <math.h>
#include <string.h>

#include "math/eigen.h"
#include "math/random.h"
#include "spectral/spectral.h"
#include "spectral/xue23_problem.h"
#include "ssl/moment_losses.h"

static const pl_option options[] = {
    XUE23_MODEL_OPTIONS,
    XUE23_LOSS_OPTIONS,
    XUE23_FILE_OPTIONS,
    {"data", PL_OPT_TEXT, "model", 0, 0, NULL, "model|cos-5x9|cos-9x6",
     "a set of the model, or cos(1 + 3i + 2j + ij) with groups of 3 or 2 examples", 0},
    {"minimiser", PL_OPT_SPEC, "least", 0, 0, "least|kernel|unwhitened", NULL,
     "of least norm; moved within the kernel; top eigenvectors of P at their best scale", 0},
    {"trials", PL_OPT_INT, "100", 1, 1e6, NULL, NULL, "random encoders to beat", 0},
    {"seed", PL_OPT_SEED, "1", 0, 0, NULL, NULL, "of random encoders", 0},
    {0}};

static const pl_column columns[] = {XUE23_FEATURE_COLUMNS, {0}};

/* W + z (I - Pi)e for z = (1, 2, .., p) and e the first coordinate that the kernel sees, scaled to
 * unit norm: the loss stays, |W|^2 grows by 1 + 4 + .. + p^2. */
static pl_status move_in_kernel(pl_ctx *ctx, const xue23_problem *p, pl_mat w) {
    pl_status status;
    size_t d = w.cols;
    double *q = NULL, *projector = NULL;
    PL_NEW(ctx, q, d * d);
    PL_NEW(ctx, projector, d * d);
    PL_TRY(pl_second_moment(ctx, pl_const(p->x), (pl_mat){q, d, d, d}));
    PL_TRY(xue23_projector(ctx, (pl_cmat){q, d, d, d}, (pl_mat){projector, d, d, d}));
    size_t k = 0; /* the coordinate with the largest part in the kernel: 1 - Pi_kk */
    for (size_t i = 1; i < d; i++)
        if (projector[i * d + i] < projector[k * d + k])
            k = i;
    double size = sqrt(1 - projector[k * d + k]);
    if (!(size > 1e-6)) {
        status = pl_fail(ctx, PL_EDOMAIN,
                         "the examples span all %zu dimensions, there is no kernel to move in", d);
        goto done;
    }
    for (size_t r = 0; r < w.rows; r++)
        for (size_t i = 0; i < d; i++)
            w.a[r * w.ld + i] += (double)(r + 1) * ((i == k) - projector[k * d + i]) / size;
done:
    pl_free(q);
    pl_free(projector);
    return status;
}

/* Top p eigenvectors of P as rows, times the common factor c that is best: L(c V) =
 * -2 c^2 tr(VPV^T) + c^4 |VQV^T|^2. */
static pl_status unwhitened(pl_ctx *ctx, const xue23_problem *p, pl_mat w) {
    pl_status status;
    size_t d = w.cols;
    double *m = NULL, *value = NULL, pull = 0, loss, gradient;
    if (p->share != 1)
        return pl_fail(ctx, PL_EUSAGE, "--minimiser unwhitened goes with --loss scl");
    PL_NEW(ctx, m, d * d);
    PL_NEW(ctx, value, d);
    PL_TRY(pl_group_moment(ctx, pl_const(p->x), p->label, p->classes, (pl_mat){m, d, d, d}));
    PL_TRY(pl_eigen_symmetric_vectors(ctx, (pl_mat){m, d, d, d}, value));
    for (size_t r = 0; r < w.rows; r++) {
        memcpy(w.a + r * w.ld, m + r * d, d * sizeof *m);
        pull += value[r];
    }
    PL_TRY(xue23_problem_loss(ctx, p, 1, pl_const(w), &loss, &gradient));
    double scale = sqrt(pull / (loss + 2 * pull)); /* c^2 = tr(VPV^T) / |VQV^T|^2 */
    for (size_t r = 0; r < w.rows; r++)
        cblas_dscal((int)d, scale, w.a + r * w.ld, 1);
done:
    pl_free(m);
    pl_free(value);
    return status;
}

/* |Q+ P - P Q+|_F: the printed lemma truncates Q+ P as if it were symmetric; it is where P and Q
 * commute. NAN beyond what is worth an eigenproblem. */
static pl_status asymmetry(pl_ctx *ctx, const xue23_problem *p, double *out) {
    pl_status status = PL_OK;
    size_t d = p->x.cols, square = d * d;
    double *m = NULL, *other = NULL, *q = NULL, *value = NULL, *inverse = NULL;
    *out = NAN;
    if (d > 512)
        return PL_OK;
    PL_NEW(ctx, m, square);
    PL_NEW(ctx, other, square);
    PL_NEW(ctx, q, square);
    PL_NEW(ctx, inverse, square);
    PL_NEW(ctx, value, d);
    PL_TRY(pl_group_moment(ctx, pl_const(p->x), p->label, p->classes, (pl_mat){m, d, d, d}));
    PL_TRY(
        pl_group_moment(ctx, pl_const(p->x), p->original, p->originals, (pl_mat){other, d, d, d}));
    PL_TRY(pl_second_moment(ctx, pl_const(p->x), (pl_mat){q, d, d, d}));
    for (size_t i = 0; i < square; i++)
        m[i] = p->share * m[i] + (1 - p->share) * other[i];
    PL_TRY(pl_eigen_symmetric_vectors(ctx, (pl_mat){q, d, d, d}, value));
    for (size_t k = 0; k < d && value[k] > 1e-10 * value[0]; k++)
        cblas_dsyr(CblasRowMajor, CblasUpper, (int)d, 1 / value[k], q + k * d, 1, inverse, (int)d);
    cblas_dsymm(CblasRowMajor, CblasLeft, CblasUpper, (int)d, (int)d, 1, inverse, (int)d, m, (int)d,
                0, other, (int)d);
    double sum = 0;
    for (size_t i = 0; i < d; i++)
        for (size_t j = 0; j < d; j++)
            sum += pow(other[i * d + j] - other[j * d + i], 2);
    *out = sqrt(sum);
done:
    pl_free(m);
    pl_free(other);
    pl_free(q);
    pl_free(inverse);
    pl_free(value);
    return status;
}

/* The least loss of random encoders, of the minimiser's norm times a factor up to 2. */
static pl_status random_loss(pl_ctx *ctx, const pl_options *o, const xue23_problem *p,
                             const xue23_minimiser *m, double *least) {
    pl_status status = PL_OK;
    size_t count = m->w.rows * m->w.cols;
    double *a = NULL, loss, gradient;
    *least = INFINITY;
    PL_NEW(ctx, a, count);
    for (size_t k = 0; k < (size_t)pl_option_int(o, "trials"); k++) {
        pl_stream s = {pl_option_seed(o, "seed"), 23, k};
        pl_stream_normals(s, 0, count, a);
        double size = 2 * pl_stream_uniform(s, count + 1) * sqrt(m->norm_squared / (double)count);
        for (size_t i = 0; i < count; i++)
            a[i] *= size;
        PL_TRY(xue23_problem_loss(ctx, p, p->share, (pl_cmat){a, m->w.rows, m->w.cols, m->w.cols},
                                  &loss, &gradient));
        *least = fmin(*least, loss);
    }
done:
    pl_free(a);
    return status;
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status;
    xue23_problem p = {0};
    xue23_minimiser m = {0};
    double *closed = NULL, closed_norm, closed_loss, least, unsymmetric;
    PL_TRY(xue23_problem_new(ctx, o, pl_option_text(o, "data"), &p));
    PL_TRY(xue23_problem_minimise(ctx, &p, p.share, p.embedding, &m));
    PL_TRY(random_loss(ctx, o, &p, &m, &least));
    const char *which = pl_option_spec(o, "minimiser", NULL);
    if (strcmp(which, "kernel") == 0)
        PL_TRY(move_in_kernel(ctx, &p, m.w));
    else if (strcmp(which, "unwhitened") == 0)
        PL_TRY(unwhitened(ctx, &p, m.w));
    PL_TRY(xue23_problem_closed_form(ctx, &p, p.share, &closed, &closed_norm, &closed_loss));
    PL_TRY(xue23_add_features(ctx, out, &p, pl_const(m.w), closed));
    PL_TRY(xue23_summarise(ctx, out, &p, pl_const(m.w), &m));
    PL_TRY(pl_table_summarise(ctx, out, "random_loss", "1", "least loss of the random encoders",
                              least));
    PL_TRY(asymmetry(ctx, &p, &unsymmetric));
    PL_TRY(pl_table_summarise(ctx, out, "asymmetry", "1", "|Q+ P - P Q+|_F", unsymmetric));
    PL_TRY(pl_table_summarise(ctx, out, "largest_eigenvalue", "1", "of R", m.eigenvalue[0]));
done:
    xue23_problem_free(&p);
    xue23_minimiser_free(&m);
    pl_free(closed);
    return status;
}

const pl_program pl_spectral_minnorm = {
    .name = "minnorm",
    .summary = "the minimum-norm global minimiser of SCL, UCL or the joint loss",
    .details = "L(W) = -2 tr(W P W') + |W Q W'|^2 is least where Q^1/2 W'W Q^1/2 keeps the p "
               "largest eigenvalues of\nQ+^1/2 P Q+^1/2; ties are broken by norm. With --features, "
               "--labels and --subclasses the inputs are\nyours: which directions does the loss "
               "keep, and are the subclasses of a class still apart?",
    .source = "XUE23, Lemma B.2 (completed: LEMB2)",
    .options = options,
    .columns = columns,
    .run = run};
