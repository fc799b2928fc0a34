/* XUE23, Figure 1: where the test examples of the model lie in the embedding as gradient descent on
 * the supervised loss goes on. The four subclasses part first and then fall into two classes. */

#include <cblas.h>
#include <math.h>

#include "math/random.h"
#include "spectral/spectral.h"
#include "spectral/xue23_problem.h"

static const pl_option options[] = {
    {"phi", PL_OPT_LIST, "1,1,1,1", 0, 1e6, NULL, "LIST",
     "strengths phi_1 .. phi_K: class, subclass, irrelevant features", 0},
    {"mu", PL_OPT_REAL, "1", -1e6, 1e6, NULL, NULL, "mean of the subclass feature", 0},
    {"sigma", PL_OPT_REAL, "2", 1e-9, 1e6, NULL, NULL, "size of the noise", 0},
    {"views", PL_OPT_INT, "5", 1, 4096, NULL, "m", "augmentations of each original", 0},
    {"repeats", PL_OPT_INT, "62", 1, 1e6, NULL, "R", "n = 8 R (K-2) originals", 0},
    {"no-bias", PL_OPT_FLAG, NULL, 0, 0, NULL, NULL, "encoder without a bias", 0},
    {"unbalanced", PL_OPT_FLAG, NULL, 0, 0, NULL, NULL,
     "drop the originals whose class, subclass and sign are all -1", 0},
    {"noise", PL_OPT_SPEC, "sampled:2000", 1, 1e6, "distinct|sampled:D", NULL,
     "coordinates of the noise: all distinct, or drawn from D", 0},
    {"noise-seed", PL_OPT_SEED, "2023", 0, 0, NULL, NULL, "of drawn noise coordinates", 0},
    XUE23_LOSS_OPTIONS,
    {"step", PL_OPT_REAL, "0.05", 1e-9, 1e6, NULL, "eta", "of gradient descent", 0},
    {"start-seed", PL_OPT_SEED, "2024", 0, 0, NULL, NULL, "of the start", 0},
    {"start-scale", PL_OPT_REAL, "0.001", 0, 1e6, NULL, "sigma0",
     "the start has entries N(0, sigma0^2/d)", 0},
    {"at", PL_OPT_LIST, "0,45,60,100", 0, 1e8, NULL, "LIST", "iterations, ascending", 0},
    {"examples", PL_OPT_INT, "200", 1, 1e6, NULL, NULL, "test examples", 0},
    {"seed", PL_OPT_SEED, "1", 0, 0, NULL, NULL, "of the test examples", 0},
    {0}};

static const pl_column columns[] = {{"iteration", "1", "t", false},
                                    {"class", "1", "y, -1 or 1", false},
                                    {"subclass", "1", "y_sub, -1 or 1", false},
                                    {"first", "1", "first coordinate of W_t x", false},
                                    {"second", "1", "second", false},
                                    {"third", "1", "third; 0 for p < 3", false},
                                    {0}};

/* Test examples: a noise-free point and one noise coordinate each. */
static pl_status add_rows(pl_ctx *ctx, const pl_options *o, const xue23_set *s, pl_cmat w, double t,
                          pl_table *out) {
    pl_status status;
    double *u = NULL;
    PL_NEW(ctx, u, s->features + 1);
    for (size_t i = 0; i < (size_t)pl_option_int(o, "examples"); i++) {
        pl_stream draw = {pl_option_seed(o, "seed"), 25, i};
        int y, subclass;
        double f[3] = {0};
        xue23_point(s, (size_t)pl_stream_below(draw, 0, xue23_points(s)), u, &y, &subclass);
        size_t noise = 1 + (size_t)pl_stream_below(draw, 1, s->dims - 1);
        for (size_t r = 0; r < 3 && r < w.rows; r++)
            f[r] = cblas_ddot((int)(s->features + 1), w.a + r * w.ld, 1, u, 1) +
                   s->sigma * w.a[r * w.ld + noise];
        PL_TRY(pl_table_add(ctx, out, (double[]){t, y, subclass, f[0], f[1], f[2]}, NULL));
    }
    status = PL_OK;
done:
    pl_free(u);
    return status;
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status;
    xue23_problem p = {0};
    xue23_descent d = {0};
    pl_mat w0 = {0};
    size_t count;
    const double *at = pl_option_list(o, "at", &count);
    PL_TRY(xue23_problem_new(ctx, o, NULL, &p));
    PL_TRY(xue23_problem_start(ctx, o, &p, &w0));
    PL_TRY(xue23_descent_new(ctx, &p.moments, pl_const(w0), pl_option_real(o, "step"), &d));
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && at[i] < at[i - 1]) {
            status = pl_fail(ctx, PL_EUSAGE, "--at goes from %g back to %g; list it ascending",
                             at[i - 1], at[i]);
            goto done;
        }
        while ((double)d.iteration < at[i])
            PL_TRY(xue23_descent_step(ctx, &d));
        PL_TRY(add_rows(ctx, o, &p.set, pl_const(d.w), at[i], out));
    }
done:
    xue23_problem_free(&p);
    xue23_descent_free(&d);
    pl_free(w0.a);
    return status;
}

const pl_program pl_spectral_embeddings = {.name = "embeddings",
                                           .summary =
                                               "test examples in the embedding as descent goes on",
                                           .source = "XUE23, Figure 1",
                                           .options = options,
                                           .columns = columns,
                                           .run = run};
