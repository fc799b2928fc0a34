/* The joint loss on the population, one slot beside the bias (theory notes, POPJ): the stabilities
 * are lambda_1 = s_1/(s_1 + t) for the class and (1-beta) s_g/(s_g + t) for feature g, so that the
 * class is kept iff beta > beta* = 1 - lambda_1/lambda_g. */

#include <math.h>

#include "spectral/spectral.h"
#include "spectral/xue23_descent.h"
#include "spectral/xue23_minimiser.h"

enum { DIMS = 3 }; /* bias, class, feature g */

static const pl_option options[] = {
    {"class-moment", PL_OPT_REAL, "0.4225", 1e-9, 1e6, NULL, "s1", "second moment of the class", 0},
    {"other-moment", PL_OPT_REAL, "2", 1e-9, 1e6, NULL, "sg", "of feature g", 0},
    {"variance", PL_OPT_REAL, "0.5", 1e-9, 1e6, NULL, "t", "of augmentation, both alike", 0},
    {"betas", PL_OPT_LIST, "0,0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9", 0, 1, NULL, "LIST",
     "share of L_SCL in the joint loss", 0},
    {0}};

static const pl_column columns[] = {
    {"beta", "1", "share of L_SCL", false},
    {"class_norm", "1", "|W v_1| of the minimiser with p = 2", false},
    {"class_closed_form", "1", "sqrt(s_1)/(s_1 + t) above beta*, else 0", false},
    {"other_norm", "1", "|W v_g|", false},
    {"other_closed_form", "1", "sqrt((1-beta) s_g)/(s_g + t) below beta*, else 0", false},
    {"threshold", "1", "beta*", false},
    {0}};

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status = PL_OK;
    double s1 = pl_option_real(o, "class-moment"), sg = pl_option_real(o, "other-moment");
    double t = pl_option_real(o, "variance");
    double threshold = 1 - s1 / (s1 + t) / (sg / (sg + t));
    size_t count;
    const double *beta = pl_option_list(o, "betas", &count);
    xue23_minimiser m = {0};
    for (size_t i = 0; i < count; i++) {
        double p[DIMS * DIMS] = {1, 0, 0, 0, s1, 0, 0, 0, (1 - beta[i]) * sg};
        double q[DIMS * DIMS] = {1, 0, 0, 0, s1 + t, 0, 0, 0, sg + t}, norm[DIMS];
        bool kept = beta[i] > threshold;
        PL_TRY(xue23_minimise_moments(ctx, (pl_cmat){p, DIMS, DIMS, DIMS},
                                      (pl_cmat){q, DIMS, DIMS, DIMS}, 2, &m));
        xue23_column_norms(pl_const(m.w), DIMS, norm);
        xue23_minimiser_free(&m);
        PL_TRY(pl_table_add(ctx, out,
                            (double[]){beta[i], norm[1], kept ? sqrt(s1) / (s1 + t) : 0, norm[2],
                                       kept ? 0 : sqrt((1 - beta[i]) * sg) / (sg + t), threshold},
                            NULL));
    }
done:
    return status;
}

const pl_program pl_spectral_beta_threshold = {
    .name = "beta-threshold",
    .summary = "from which beta on the joint loss prefers the class",
    .source = "XUE23 sec. 6; derived: POPJ",
    .options = options,
    .columns = columns,
    .run = run};
