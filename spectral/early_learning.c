/* XUE23, Theorem 4.5 and what follows it: gradient descent on the supervised loss first learns the
 * subclass feature, by about t = ln(1/sigma_0)/ln(alpha), and then forgets it, because the part of
 * W in the kernel of the data never moves and the rest tends to the minimum-norm minimiser:
 *     W_t (I - Pi) = W_0 (I - Pi),   |W_inf v| <= |W** v| + |W_0 (I - Pi) v|. */

#include <cblas.h>
#include <math.h>
#include <string.h>

#include "base/progress.h"
#include "spectral/spectral.h"
#include "spectral/xue23_early.h"
#include "ssl/moment_losses.h"

enum { LARGEST_ANALYSIS = 1024 }; /* dimension up to which the limit and the certificate are had */

static const pl_option options[] = {
    {"phi", PL_OPT_LIST, "1,1,1,1", 0, 1e6, NULL, "LIST",
     "strengths phi_1 .. phi_K: class, subclass, irrelevant features", 0},
    {"mu", PL_OPT_REAL, "1", -1e6, 1e6, NULL, NULL, "mean of the subclass feature", 0},
    {"sigma", PL_OPT_REAL, "1", 1e-9, 1e6, NULL, NULL, "size of the noise", 0},
    {"views", PL_OPT_INT, "3", 1, 4096, NULL, "m", "augmentations of each original", 0},
    {"repeats", PL_OPT_INT, "1", 1, 1e6, NULL, "R", "n = 8 R (K-2) originals", 0},
    {"no-bias", PL_OPT_FLAG, NULL, 0, 0, NULL, NULL, "encoder without a bias", 0},
    {"unbalanced", PL_OPT_FLAG, NULL, 0, 0, NULL, NULL,
     "drop the originals whose class, subclass and sign are all -1", 0},
    {"noise", PL_OPT_SPEC, "distinct", 1, 1e6, "distinct|sampled:D", NULL,
     "coordinates of the noise: all distinct, or drawn from D", 0},
    {"noise-seed", PL_OPT_SEED, "2023", 0, 0, NULL, NULL, "of drawn noise coordinates", 0},
    XUE23_LOSS_OPTIONS,
    XUE23_FILE_OPTIONS,
    {"step", PL_OPT_REAL, "0.05", 1e-9, 1e6, NULL, "eta", "of gradient descent", 0},
    {"iterations", PL_OPT_INT, "200", 1, 1e8, NULL, "T", "steps", 0},
    {"every", PL_OPT_INT, "1", 1, 1e8, NULL, NULL, "steps between rows; peaks see every step", 0},
    {"start-seed", PL_OPT_SEED, "7", 0, 0, NULL, NULL, "of the start", 0},
    {"start-scale", PL_OPT_REAL, "0.001", 0, 1e6, NULL, "sigma0",
     "the start has entries N(0, sigma0^2/d)", 0},
    {"kernel-part", PL_OPT_REAL, "0", -1e6, 1e6, NULL, NULL,
     "times (I - Pi)v_2, added to the last row of the start", 0},
    {0}};

static const pl_column columns[] = {
    {"iteration", "1", "t", false},
    {"bias_norm", "1", "|W_t v_0|", false},
    {"class_norm", "1", "|W_t v_1|", false},
    {"subclass_norm", "1", "|W_t v_2|", false},
    {"loss", "1", "L(W_t)", false},
    {"term_ratio", "1", "|4 W P| / |4 W Q W'W Q|; near 1 the second term has caught up", false},
    {"lower_bound", "1", "certified lower bound on |W_t v_2|; nan: not certified", false},
    {"distance", "1", "|W_t - W_0 (I + 4 eta P)^t|", false},
    {"distance_bound", "1", "b_t, its bound", false},
    {"certified", "1", "1 where the bounds still say something", false},
    {0}};

/* What the path comes to. */
typedef struct record {
    double peak, peak_iteration, caught_up, certified, certified_iteration;
    double earliest, latest; /* when the linear path alone reaches the peak, less and plus 4 */
    xue23_margins margins;   /* at the peak */
} record;

/* What is known of the end: the kernel's part and the minimum-norm minimiser. */
typedef struct limit {
    double *projector; /* NULL: too large */
    xue23_minimiser least;
    double *closed; /* norms of the minimiser */
} limit;

static pl_status limit_new(pl_ctx *ctx, const xue23_problem *p, limit *l) {
    pl_status status = PL_OK;
    size_t d = p->x.cols;
    double *q = NULL;
    if (!p->x.a || d > LARGEST_ANALYSIS)
        return PL_OK;
    PL_NEW(ctx, q, d * d);
    PL_NEW(ctx, l->projector, d * d);
    PL_NEW(ctx, l->closed, xue23_problem_directions(p));
    PL_TRY(pl_second_moment(ctx, pl_const(p->x), (pl_mat){q, d, d, d}));
    PL_TRY(xue23_projector(ctx, (pl_cmat){q, d, d, d}, (pl_mat){l->projector, d, d, d}));
    PL_TRY(xue23_problem_minimise(ctx, p, p->share, p->embedding, &l->least));
    PL_TRY(xue23_problem_norms(ctx, p, pl_const(l->least.w), l->closed));
done:
    pl_free(q);
    return status;
}

static void limit_free(limit *l) {
    pl_free(l->projector);
    pl_free(l->closed);
    xue23_minimiser_free(&l->least);
}

/* |A (I - Pi)|: its largest entry, and the norm of its column 2. */
static pl_status in_kernel(pl_ctx *ctx, const limit *l, pl_cmat a, double *largest,
                           double *subclass) {
    pl_status status = PL_OK;
    size_t d = a.cols;
    double *row = NULL, square = 0;
    *largest = 0;
    PL_NEW(ctx, row, d);
    for (size_t r = 0; r < a.rows; r++) {
        cblas_dgemv(CblasRowMajor, CblasNoTrans, (int)d, (int)d, -1, l->projector, (int)d,
                    a.a + r * a.ld, 1, 0, row, 1);
        for (size_t k = 0; k < d; k++)
            *largest = fmax(*largest, fabs(row[k] + a.a[r * a.ld + k]));
        square += pow(row[2] + a.a[r * a.ld + 2], 2);
    }
    *subclass = sqrt(square);
done:
    pl_free(row);
    return status;
}

static pl_status start(pl_ctx *ctx, const pl_options *o, const xue23_problem *p, const limit *l,
                       pl_mat *w0) {
    double part = pl_option_real(o, "kernel-part");
    size_t d = xue23_dims(&p->moments);
    pl_mat w = {0};
    pl_status status = xue23_problem_start(ctx, o, p, &w);
    if (status)
        return status;
    if (part != 0 && !l->projector) {
        pl_free(w.a);
        return pl_fail(ctx, PL_ESHAPE, "--kernel-part needs a dimension up to %d, it is %zu",
                       LARGEST_ANALYSIS, d);
    }
    for (size_t k = 0; part != 0 && k < d; k++)
        w.a[(w.rows - 1) * d + k] += part * ((k == 2) - l->projector[2 * d + k]);
    *w0 = w;
    return PL_OK;
}

/* b_t grows without end; once it says nothing any more it is dropped. */
static bool certifies(const xue23_certificate *c) {
    return c->linear.a && c->spent < 1e12;
}

static pl_status note(pl_ctx *ctx, const xue23_problem *p, const xue23_descent *d,
                      const xue23_certificate *c, const double *norm, bool row, record *r,
                      pl_table *out) {
    double t = (double)d->iteration, ratio = d->attraction / d->repulsion;
    bool live = certifies(c);
    double bound = live ? xue23_certificate_bound(c) : (double)NAN;
    double distance = live ? xue23_certificate_distance(c, pl_const(d->w)) : (double)NAN;
    if (norm[2] > r->peak) {
        r->peak = norm[2];
        r->peak_iteration = t;
        if (p->set.columns) {
            pl_status status = xue23_margins_at(ctx, &p->set, pl_const(d->w), &r->margins);
            if (status)
                return status;
        }
    }
    if (isnan(r->caught_up) && ratio < 1.5)
        r->caught_up = t;
    if (bound > r->certified) {
        r->certified = bound;
        r->certified_iteration = t;
    }
    if (!row)
        return PL_OK;
    return pl_table_add(ctx, out,
                        (double[]){t, norm[0], norm[1], norm[2], d->loss, ratio, bound, distance,
                                   live ? c->spent : (double)NAN, live},
                        NULL);
}

static pl_status summarise(pl_ctx *ctx, const xue23_descent *d, const record *r, const limit *l,
                           pl_cmat w0, double alpha, const double *norm, pl_table *t) {
    pl_status status;
    double drift = NAN, kernel = NAN, gram = NAN, unused, bound = NAN, least = NAN;
    if (l->projector) {
        pl_mat moved = {NULL, w0.rows, w0.cols, w0.cols};
        PL_NEW(ctx, moved.a, w0.rows * w0.cols);
        for (size_t i = 0; i < w0.rows * w0.cols; i++)
            moved.a[i] = d->w.a[i] - w0.a[i];
        status = in_kernel(ctx, l, pl_const(moved), &drift, &unused);
        if (status == PL_OK)
            status = in_kernel(ctx, l, w0, &unused, &kernel);
        pl_cmat projector = {l->projector, w0.cols, w0.cols, w0.cols};
        if (status == PL_OK)
            status = xue23_gram_error(ctx, pl_const(d->w), projector, pl_const(l->least.w), &gram);
        pl_free(moved.a);
        if (status)
            return status;
        least = l->closed[2];
        bound = least + kernel;
    }
    const struct {
        const char *name, *meaning;
        double value;
    } list[] = {
        {"peak_iteration", "where |W_t v_2| is largest", r->peak_iteration},
        {"peak_subclass_norm", "|W_t v_2| there", r->peak},
        {"final_class_norm", "|W_T v_1|", norm[1]},
        {"final_subclass_norm", "|W_T v_2|", norm[2]},
        {"first_ratio_below", "first t with term ratio below 1.5", r->caught_up},
        {"certified_lower_bound", "largest certified lower bound on |W_t v_2|",
         isinf(r->certified) ? (double)NAN : r->certified},
        {"best_certified_iteration", "its t", r->certified_iteration},
        {"peak_spacing", "predicted delay of the peak for a start 100 times smaller",
         log(100) / log(alpha)},
        {"linear_earliest", "ln(peak/|W_0 l_1|..)/ln(alpha) - 4: the peak is not before",
         r->earliest},
        {"linear_latest", "the same + 4: nor after", r->latest},
        {"affine_margin", "least y_sub (beta' W u + c) at the peak", r->margins.affine},
        {"homogeneous_margin", "the same with c = 0", r->margins.homogeneous},
        {"best_homogeneous_margin", "the best beta with c = 0, |beta|_inf <= 1", r->margins.best},
        {"kernel_drift", "largest entry of (W_T - W_0)(I - Pi)", drift},
        {"kernel_start", "|W_0 (I - Pi) v_2|", kernel},
        {"least_norm_subclass", "|W** v_2|", least},
        {"limit_bound", "|W** v_2| + |W_0 (I - Pi) v_2|, which |W_inf v_2| cannot exceed", bound},
        {"gram_error", "|Pi W_T'W_T Pi - W**'W**|_F", gram},
        {"final_loss", "L(W_T)", d->loss},
        {"minimum_loss", "its minimum", l->projector ? l->least.loss : (double)NAN}};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        PL_TRY(pl_table_summarise(ctx, t, list[i].name, "1", list[i].meaning, list[i].value));
done:
    return status;
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status;
    xue23_problem p = {0};
    limit l = {0};
    pl_mat w0 = {0};
    xue23_descent d = {0};
    xue23_certificate c = {0};
    double *norm = NULL, step = pl_option_real(o, "step");
    record r = {.peak = -1,
                .caught_up = NAN,
                .certified = -INFINITY,
                .certified_iteration = NAN,
                .margins = {NAN, NAN, NAN}};
    size_t steps = (size_t)pl_option_int(o, "iterations"),
           every = (size_t)pl_option_int(o, "every");
    pl_progress progress = pl_progress_start("gradient descent", steps, false);
    PL_TRY(xue23_problem_new(ctx, o, NULL, &p));
    PL_NEW(ctx, norm, xue23_problem_directions(&p));
    PL_TRY(limit_new(ctx, &p, &l));
    PL_TRY(start(ctx, o, &p, &l, &w0));
    PL_TRY(xue23_descent_new(ctx, &p.moments, pl_const(w0), step, &d));
    if (l.projector && p.set.columns && p.set.good && p.set.bias && p.share == 1)
        PL_TRY(xue23_certificate_new(ctx, &p, pl_const(w0), step, &c));
    double learned = c.linear.a ? c.learned : (double)NAN;
    if (p.set.columns && !p.set.balanced) /* drawn noise is the paper's own setting here */
        xue23_problem_unmet(&p, out);
    for (;;) {
        PL_TRY(xue23_problem_norms(ctx, &p, pl_const(d.w), norm));
        PL_TRY(
            note(ctx, &p, &d, &c, norm, d.iteration % every == 0 || d.iteration == steps, &r, out));
        if (d.iteration == steps)
            break;
        if (certifies(&c))
            PL_TRY(xue23_certificate_step(ctx, &p, step, d.wqw, &c));
        PL_TRY(xue23_descent_step(ctx, &d));
        pl_progress_step(&progress, d.iteration);
    }
    double alpha = 1 + 4 * step * (1 + p.set.mu * p.set.mu + p.set.epsilon);
    double crossing = log(r.peak / learned) / log(alpha);
    r.earliest = crossing - 4;
    r.latest = crossing + 4;
    PL_TRY(summarise(ctx, &d, &r, &l, pl_const(w0), alpha, norm, out));
done:
    pl_progress_end(&progress);
    xue23_problem_free(&p);
    limit_free(&l);
    pl_free(w0.a);
    pl_free(norm);
    xue23_descent_free(&d);
    xue23_certificate_free(&c);
    return status;
}

const pl_program pl_spectral_early_learning = {
    .name = "early-learning",
    .summary = "gradient descent learns the subclass, then forgets it",
    .details =
        "The path of |W_t v_1| and |W_t v_2| under gradient descent, with a certified lower "
        "bound on the second,\nthe part that the data never move, and the minimum-norm limit. "
        "Examples are kept sparse.",
    .source = "XUE23, Theorem 4.5 (certificate and limit: THM45, GDKER, GDLIM)",
    .options = options,
    .columns = columns,
    .run = run};
