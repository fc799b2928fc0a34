/* XUE23, Theorems 4.3, 4.4 and 4.7 with Proposition 4.2: of all global minimisers of the supervised
 * loss the one of least norm loses the subclass feature at test time,
 *     |W** v_2| = |mu| eps / den,   den = phi_2^2 + eps (1 + mu^2 + phi_2^2) + eps^2,
 * while W* = W** + e a^T, a = (I - Pi) v_2 / eps, is as good in training and keeps it. */

#include <cblas.h>
#include <math.h>
#include <string.h>

#include "spectral/spectral.h"
#include "spectral/xue23_problem.h"

static const pl_option options[] = {
    XUE23_MODEL_OPTIONS,
    XUE23_LOSS_OPTIONS,
    XUE23_FILE_OPTIONS,
    {"data", PL_OPT_TEXT, "model", 0, 0, NULL, "model|cos-5x9-2",
     "a set of the model, or a matrix without full rank", 0},
    {"minimiser", PL_OPT_SPEC, "least", 0, 0, "least|noncollapsed", NULL,
     "of least norm, or the one that keeps the subclass by memorised noise", 0},
    {"readout", PL_OPT_SPEC, "extra", 0, 0, "extra|zero", NULL,
     "beta of the test law: the direction e that W* adds, or 0", 0},
    {"ambient", PL_OPT_INT, "4000", 1, 1e9, NULL, "d", "dimension of the test law", 0},
    {0}};

static const pl_column columns[] = {XUE23_FEATURE_COLUMNS, {0}};

/* Everything closed about W* (theory notes, THM43). */
typedef struct noncollapsed {
    double kernel, kernel_closed; /* |(I - Pi) v_2|^2 */
    double excess_closed;         /* |W*|^2 - |W**|^2 */
    double subclass_closed;       /* |W* v_2| */
} noncollapsed;

/* a = (I - Pi) v_2 / eps into `row`: v_2 less its least-norm interpolation from X v_2. */
static pl_status kernel_part(pl_ctx *ctx, const xue23_problem *p, double *row, double *square) {
    pl_status status;
    size_t n = p->x.rows, d = p->x.cols;
    double *f = NULL, *inside = NULL;
    PL_NEW(ctx, f, n);
    PL_NEW(ctx, inside, d);
    for (size_t i = 0; i < n; i++)
        f[i] = p->x.a[i * p->x.ld + 2];
    PL_TRY(xue23_interpolate(ctx, pl_const(p->x), f, inside));
    *square = 0;
    for (size_t k = 0; k < d; k++) {
        double left = (k == 2) - inside[k];
        *square += left * left;
        row[k] = left / p->set.epsilon;
    }
done:
    pl_free(f);
    pl_free(inside);
    return status;
}

/* W** becomes W* in its third row, which is 0: e is orthogonal to the rank-2 range. */
static pl_status add_kernel_row(pl_ctx *ctx, const xue23_problem *p, xue23_minimiser *m,
                                double *closed, noncollapsed *c) {
    const xue23_set *s = &p->set;
    if (!s->columns || !s->good || p->share != 1 || p->embedding < 3 || m->rank != 2)
        return pl_fail(ctx, PL_EDOMAIN,
                       "--minimiser noncollapsed needs a set of the model on its good event, "
                       "--loss scl and --embedding 3 or more");
    pl_status status = kernel_part(ctx, p, m->w.a + 2 * m->w.ld, &c->kernel);
    if (status)
        return status;
    double e = s->epsilon, den = xue23_denominator(s), kept = (1 + e) / den, mu = s->mu / den;
    c->kernel_closed = e * (1 + e) / den;
    c->excess_closed = (1 + e) / (e * den);
    if (closed) { /* a_2 = (1 + eps)/den, a_0 = -mu/den, orthogonal to what W** holds */
        closed[0] = hypot(closed[0], mu);
        closed[2] = c->subclass_closed = hypot(closed[2], kept);
    }
    return PL_OK;
}

/* Counts of y_sub beta^T W x > 0 and < 0 over the test law: y, y_sub, k, rho and the noise
 * coordinate j = 1..d, all equally likely. Coordinates beyond D - 1 are not seen. */
typedef struct test_law {
    double positive, negative, cases;
} test_law;

static test_law enumerate(const xue23_problem *p, const double *image, double ambient, double *u) {
    const xue23_set *s = &p->set;
    test_law law = {0};
    for (size_t i = 0; i < xue23_points(s); i++) {
        int y, subclass;
        xue23_point(s, i, u, &y, &subclass);
        double clean = cblas_ddot((int)(s->features + 1), u, 1, image, 1);
        for (size_t j = 1; j <= s->dims; j++) { /* j = D stands for all that are not seen */
            double times = j < s->dims ? (double)j <= ambient : fmax(0, ambient - (double)(j - 1));
            double f = subclass * (clean + (j < s->dims ? s->sigma * image[j] : 0));
            law.positive += f > 1e-9 ? times : 0; /* exact ties occur */
            law.negative += f < -1e-9 ? times : 0;
            law.cases += times;
        }
    }
    return law;
}

/* The law of f(x) given the subclass does not depend on it: |Pr(>0) - Pr(<0)| over several beta. */
static pl_status test_collapse(pl_ctx *ctx, const pl_options *o, const xue23_problem *p, pl_cmat w,
                               test_law *asked, double *asymmetry) {
    pl_status status = PL_OK;
    double *beta = NULL, *image = NULL, *u = NULL, ambient = (double)pl_option_int(o, "ambient");
    size_t d = w.cols, r = w.rows;
    bool zero = strcmp(pl_option_spec(o, "readout", NULL), "zero") == 0;
    PL_NEW(ctx, beta, r);
    PL_NEW(ctx, image, d + 1);
    PL_NEW(ctx, u, p->set.features + 1);
    *asymmetry = 0;
    for (size_t trial = 0; trial < 6; trial++) { /* 0 is the readout that is asked for */
        for (size_t k = 0; k < r; k++)
            beta[k] = trial == 0 ? (!zero && k == (r > 2 ? 2 : 0)) : cos((double)(trial * (k + 1)));
        cblas_dgemv(CblasRowMajor, CblasTrans, (int)r, (int)d, 1, w.a, (int)w.ld, beta, 1, 0, image,
                    1);
        test_law law = enumerate(p, image, ambient, u);
        *asymmetry = fmax(*asymmetry, fabs(law.positive - law.negative) / law.cases);
        if (trial == 0)
            *asked = law;
    }
done:
    pl_free(beta);
    pl_free(image);
    pl_free(u);
    return status;
}

/* Largest distance of two embeddings of one class, largest |f_i.f_j - C 1[same class]|. */
static pl_status training_collapse(pl_ctx *ctx, const xue23_problem *p, pl_cmat w,
                                   double *deviation, double *gram) {
    pl_status status = PL_OK;
    size_t n = p->x.rows, e = w.rows;
    double *f = NULL;
    *deviation = *gram = 0;
    PL_NEW(ctx, f, n * e);
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)n, (int)e, (int)w.cols, 1, p->x.a,
                (int)p->x.ld, w.a, (int)w.ld, 0, f, (int)e);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++) {
            double square = 0, dot = 0;
            bool same = p->label[i] == p->label[j];
            for (size_t k = 0; k < e; k++) {
                double a = f[i * e + k], b = f[j * e + k];
                square += (a - b) * (a - b);
                dot += a * b;
            }
            *deviation = fmax(*deviation, same ? sqrt(square) : 0);
            *gram = fmax(*gram, fabs(dot - (same ? (double)p->classes : 0)));
        }
done:
    pl_free(f);
    return status;
}

static pl_status summarise(pl_ctx *ctx, const pl_options *o, const xue23_problem *p, pl_cmat w,
                           const xue23_minimiser *m, const noncollapsed *c, double closed_norm,
                           pl_table *t) {
    pl_status status;
    const xue23_set *s = &p->set;
    test_law law = {NAN, NAN, NAN};
    double asymmetry = NAN, deviation = NAN, gram = NAN,
           ambient = (double)pl_option_int(o, "ambient");
    bool model = s->columns > 0;
    PL_TRY(xue23_summarise(ctx, t, p, w, m));
    if (p->x.rows <= 8192)
        PL_TRY(training_collapse(ctx, p, w, &deviation, &gram));
    if (model)
        PL_TRY(test_collapse(ctx, o, p, w, &law, &asymmetry));
    double noise = model && s->good ? cblas_dnrm2((int)w.rows, w.a + s->example[0].at[4], (int)w.ld)
                                    : (double)NAN;
    bool loud = model && s->sigma >= s->phi[2];
    double readout = 1 - ((double)s->columns + loud) / (2 * ambient);
    double e = s->epsilon, classes = model ? 1 / (s->phi[1] * s->phi[1] + e) : (double)NAN;
    double noise_closed = e / (double)s->columns * (1 / ((1 + e) * (1 + e)) + classes * classes);
    const struct {
        const char *name, *meaning;
        double value;
    } list[] = {
        {"epsilon", "sigma^2/N", model ? e : (double)NAN},
        {"closed_norm_squared", "|W|^2 by the theorem", closed_norm + c->excess_closed},
        {"subclass_norm", "|W v_2|", pl_table_at(t, 2, 2)},
        {"within_class_deviation", "largest distance of two training embeddings of one class",
         deviation},
        {"gram_deviation", "largest |f_i.f_j - C 1[same class]|", gram},
        {"kernel_norm_squared", "|(I - Pi) v_2|^2", c->kernel},
        {"kernel_closed_form", "eps (1 + eps)/den", c->kernel_closed},
        {"noise_norm_squared", "|W v|^2 of a training noise direction", noise * noise},
        {"noise_closed_form", "(sigma/N)^2 ((1+eps)^-2 + (phi_1^2+eps)^-2), for mu = 0",
         noise_closed},
        {"readout_positive", "Pr(y_sub beta^T f > 0) over the test law", law.positive / law.cases},
        {"readout_negative", "Pr(y_sub beta^T f < 0)", law.negative / law.cases},
        {"readout_closed_form", "1 - N/(2d) - 1[sigma >= phi_2]/(2d), for W* and mu = 0", readout},
        {"positive_cases", "cases of the test law with y_sub beta^T f > 0", law.positive},
        {"cases", "all its cases", law.cases},
        {"test_asymmetry", "largest |Pr(>0) - Pr(<0)| over several beta; 0: collapse at test time",
         asymmetry}};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        PL_TRY(pl_table_summarise(ctx, t, list[i].name, "1", list[i].meaning, list[i].value));
done:
    return status;
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status;
    xue23_problem p = {0};
    xue23_minimiser m = {0};
    noncollapsed c = {NAN, NAN, 0, NAN};
    double *closed = NULL, closed_norm, closed_loss;
    PL_TRY(xue23_problem_new(ctx, o, pl_option_text(o, "data"), &p));
    PL_TRY(xue23_problem_minimise(ctx, &p, p.share, p.embedding, &m));
    PL_TRY(xue23_problem_closed_form(ctx, &p, p.share, &closed, &closed_norm, &closed_loss));
    if (strcmp(pl_option_spec(o, "minimiser", NULL), "noncollapsed") == 0)
        PL_TRY(add_kernel_row(ctx, &p, &m, closed, &c));
    xue23_problem_unmet(&p, out);
    PL_TRY(xue23_add_features(ctx, out, &p, pl_const(m.w), closed));
    PL_TRY(summarise(ctx, o, &p, pl_const(m.w), &m, &c, closed_norm, out));
done:
    xue23_problem_free(&p);
    xue23_minimiser_free(&m);
    pl_free(closed);
    return status;
}

const pl_program pl_spectral_collapse = {
    .name = "collapse",
    .summary = "is the subclass lost? the supervised loss at training and at test time",
    .details = "The minimum-norm minimiser maps every example of a class to one point, and has "
               "|W v_2| = |mu| eps/den at\ntest time; another global minimiser keeps v_2. The test "
               "law is enumerated, case by case.",
    .source = "XUE23, Prop. 4.2, Theorems 4.3, 4.4, 4.7 (closed forms derived here)",
    .options = options,
    .columns = columns,
    .run = run};
