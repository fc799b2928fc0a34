/* Every contrastive loss side by side on one pair of feature arrays, with the size of its
 * gradient: what one temperature means under each convention. */

#include <math.h>
#include <string.h>

#include "base/npz.h"
#include "bounds/bounds.h"
#include "bounds/golden_pair.h"
#include "bounds/losses.h"
#include "ssl/losses.h"

static const pl_option options[] = {
    {"x", PL_OPT_INPUT, NULL, 0, 0, NULL, "FILE",
     "features (N, d) of one view, .npy or .npz; without files: the golden pair, N = 4, d = 3", 0},
    {"y", PL_OPT_INPUT, NULL, 0, 0, NULL, "FILE", "features of the other view, row by row", 0},
    {"loss", PL_OPT_TEXT, NULL, 0, 0, NULL, "NAME", "only this one", 0},
    {"conventions", PL_OPT_FLAG, NULL, 0, 0, NULL, NULL,
     "instead: the formula of each loss, and what libraries call it", 0},
    {"alpha", PL_OPT_REAL, "2", 1e-6, 1e6, NULL, NULL, "inverse temperature 1/tau", 0},
    {"lambda", PL_OPT_REAL, "1", 0, 1e6, NULL, NULL, "weight of repulsion", 0},
    {"nu", PL_OPT_REAL, "1", 1e-9, 1e9, NULL, NULL, "prototype norm of lee_total", 0},
    {"t", PL_OPT_REAL, "2", 1e-6, 1e6, NULL, NULL, "scale of the Gaussian potential", 0},
    {"p", PL_OPT_REAL, "2", 1e-3, 1e3, NULL, NULL, "power of alignment", 0},
    {"sigma", PL_OPT_REAL, "0.5", 1e-6, 1e6, NULL, NULL, "temperature of dclw's weights", 0},
    {"w-align", PL_OPT_REAL, "1", 0, 1e6, NULL, NULL, "weight of alignment", 0},
    {"w-uniform", PL_OPT_REAL, "1", 0, 1e6, NULL, NULL, "weight of uniformity", 0},
    {0}};

static const pl_column columns[] = {
    {"loss", "", "name of the loss; --conventions has the formulas", true},
    {"value", "nats", "its value; bcl, bcl_sym and lee_total in nats/alpha", false},
    {"grad_x_norm", "nats", "Frobenius norm of dL/dX, X un-normalised", false},
    {"grad_y_norm", "nats", "Frobenius norm of dL/dY", false},
    {0}};

static pl_status matrix_new(pl_ctx *ctx, size_t rows, size_t cols, pl_mat *out) {
    size_t size;
    if (!pl_size_mul(rows, cols, &size))
        return pl_fail(ctx, PL_ESHAPE, "%zu x %zu features are too many", rows, cols);
    double *a = pl_alloc(ctx, size, sizeof *a);
    if (!a)
        return PL_ENOMEM;
    *out = (pl_mat){a, rows, cols, cols};
    return PL_OK;
}

static pl_status read_features(pl_ctx *ctx, const char *path, pl_mat *out) {
    pl_status status;
    pl_array array = {0};
    PL_TRY(pl_array_load(ctx, path, &array));
    if (array.dims != 2 || array.dtype == PL_I64) {
        status = pl_fail(ctx, PL_ESHAPE,
                         "%s: expected real features of shape (N, d), there are "
                         "%d dimensions%s",
                         path, array.dims, array.dtype == PL_I64 ? " of integers" : "");
        goto done;
    }
    PL_TRY(matrix_new(ctx, array.shape[0], array.shape[1], out));
    pl_array_doubles(&array, 0, array.count, out->a);
done:
    pl_array_free(&array);
    return status;
}

static pl_status take_pair(pl_ctx *ctx, const pl_options *o, pl_mat *x, pl_mat *y) {
    pl_status status;
    const char *first = pl_option_text(o, "x"), *second = pl_option_text(o, "y");
    if (!first != !second)
        return pl_fail(ctx, PL_EUSAGE, "a loss needs two arrays, x and y; one was given");
    if (first) {
        PL_TRY(read_features(ctx, first, x));
        PL_TRY(read_features(ctx, second, y));
    } else {
        PL_TRY(matrix_new(ctx, GOLDEN_ROWS, GOLDEN_DIM, x));
        PL_TRY(matrix_new(ctx, GOLDEN_ROWS, GOLDEN_DIM, y));
        golden_pair(*x, *y);
    }
done:
    return status;
}

static double frobenius(pl_mat m) {
    double square = 0;
    for (size_t i = 0; i < m.rows * m.cols; i++)
        square += m.a[i] * m.a[i];
    return sqrt(square);
}

/* A row of all is nan where there are too few pairs; the one loss that was asked for is refused. */
static pl_status add_loss(pl_ctx *ctx, const pl_loss *loss, const pl_loss_params *p, bool alone,
                          pl_cmat x, pl_cmat y, pl_mat grad_x, pl_mat grad_y, pl_table *out) {
    double value;
    if (x.rows < loss->least && !alone) {
        pl_warn(ctx, "%s needs %zu pairs, there is %zu", loss->name, loss->least, x.rows);
        return pl_table_add(ctx, out, (double[]){0, NAN, NAN, NAN},
                            (const char *const[]){loss->name});
    }
    pl_status status = pl_loss_eval(ctx, loss, p, x, y, &value, &grad_x, &grad_y);
    if (status)
        return status;
    return pl_table_add(ctx, out, (double[]){0, value, frobenius(grad_x), frobenius(grad_y)},
                        (const char *const[]){loss->name});
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status;
    pl_mat x = {0}, y = {0}, grad_x = {0}, grad_y = {0};
    pl_loss_params p = pl_loss_defaults;
    const char *name = pl_option_text(o, "loss");
    if (name && !pl_loss_find(name))
        return pl_fail(ctx, PL_EUSAGE, "there is no loss '%s'; without --loss all are listed",
                       name);
    for (const pl_loss_parameter *q = pl_loss_parameters; q->name; q++)
        *(double *)((char *)&p + q->offset) = pl_option_real(o, q->name);
    PL_TRY(take_pair(ctx, o, &x, &y));
    PL_TRY(matrix_new(ctx, x.rows, x.cols, &grad_x));
    PL_TRY(matrix_new(ctx, y.rows, y.cols, &grad_y));
    for (const pl_loss *loss = pl_losses; loss->name; loss++)
        if (!name || strcmp(loss->name, name) == 0)
            PL_TRY(add_loss(ctx, loss, &p, name != NULL, pl_const(x), pl_const(y), grad_x, grad_y,
                            out));
done:
    pl_free(x.a);
    pl_free(y.a);
    pl_free(grad_x.a);
    pl_free(grad_y.a);
    return status;
}

static const pl_program *const variants[] = {&pl_losses_conventions, NULL};

static const pl_program *variant(const pl_options *o) {
    return pl_option_flag(o, "conventions") ? &pl_losses_conventions : NULL;
}

const pl_program pl_bounds_losses = {
    .name = "losses",
    .summary = "every contrastive loss and its gradient's size on one pair of arrays",
    .details = "Rows are scaled to unit norm inside; the gradients are with respect to the arrays "
               "as they are.\n--conventions says what each name computes, and what libraries call "
               "it.",
    .source = "LEE25, WANG20, SimCLR, DCL; --conventions has each loss's own",
    .positional = "x y",
    .options = options,
    .columns = columns,
    .run = run,
    .variants = variants,
    .variant = variant};
