/* XUE23, Theorem 6.1 with its indices repaired: if phi_1^2 < phi_p^2/(K-2) < phi_2^2 and
 * phi_1^2 < 1, then SCL loses the subclass, UCL loses the class, and beta L_SCL + (1-beta) L_UCL
 * keeps both, for every beta in (0, 1):
 *     |W v_1| = phi_1/(phi_1^2 + eps),   |W v_2| = sqrt(1-beta) phi_2/(phi_2^2 + eps). */

#include <math.h>

#include "spectral/spectral.h"
#include "spectral/xue23_problem.h"

static const pl_option options[] = {
    XUE23_MODEL_OPTIONS,
    {"loss", PL_OPT_SPEC, "joint:0.5", 0, 1, "scl|ucl|joint:BETA", NULL,
     "the loss beside SCL and UCL: BETA of the first and the rest of the second", 0},
    {"embedding", PL_OPT_INT, "4", 1, 65536, NULL, "p", "dimension of the embedding", 0},
    XUE23_FILE_OPTIONS,
    {0}};

static const pl_column columns[] = {XUE23_FEATURE_COLUMNS,
                                    {"scl_norm", "1", "|W v_k| of the SCL minimiser", false},
                                    {"scl_closed_form", "1", "its closed form", false},
                                    {"ucl_norm", "1", "|W v_k| of the UCL minimiser", false},
                                    {"ucl_closed_form", "1", "its closed form", false},
                                    {0}};

/* One loss's minimiser and its norms beside their closed form. */
typedef struct side {
    xue23_minimiser m;
    double *norm, *closed, closed_norm, closed_loss;
} side;

static void side_free(side *s) {
    xue23_minimiser_free(&s->m);
    pl_free(s->norm);
    pl_free(s->closed);
}

static pl_status side_new(pl_ctx *ctx, const xue23_problem *p, double share, side *s) {
    pl_status status;
    PL_NEW(ctx, s->norm, xue23_problem_directions(p));
    PL_TRY(xue23_problem_minimise(ctx, p, share, p->embedding, &s->m));
    PL_TRY(xue23_problem_norms(ctx, p, pl_const(s->m.w), s->norm));
    PL_TRY(xue23_problem_closed_form(ctx, p, share, &s->closed, &s->closed_norm, &s->closed_loss));
done:
    return status;
}

static double at(const double *list, size_t k) {
    return list ? list[k] : (double)NAN;
}

/* The p-th second moment among the irrelevant features, phi_p^2/(K-2); NAN for p > K. */
static double irrelevant_moment(const xue23_set *s, size_t p) {
    return p >= 3 && p <= s->features ? s->moment[p] : (double)NAN;
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status;
    xue23_problem p = {0};
    side asked = {0}, scl = {0}, ucl = {0};
    PL_TRY(xue23_problem_new(ctx, o, NULL, &p));
    PL_TRY(side_new(ctx, &p, p.share, &asked));
    PL_TRY(side_new(ctx, &p, 1, &scl));
    PL_TRY(side_new(ctx, &p, 0, &ucl));
    xue23_problem_unmet(&p, out);
    for (size_t k = 0; k < xue23_problem_directions(&p); k++) {
        PL_TRY(pl_table_add(ctx, out,
                            (double[]){(double)k, xue23_second_moment(&p, k), asked.norm[k],
                                       at(asked.closed, k), scl.norm[k], at(scl.closed, k),
                                       ucl.norm[k], at(ucl.closed, k)},
                            NULL));
    }
    PL_TRY(
        pl_table_summarise_column(ctx, out, "feature_norms", "1", "|W v_0|, |W v_1|, ..", "norm"));
    PL_TRY(xue23_summarise(ctx, out, &p, pl_const(asked.m.w), &asked.m));
    const struct {
        const char *name, *meaning;
        double value;
    } list[] = {{"class_norm", "|W v_1| of the asked loss", asked.norm[1]},
                {"subclass_norm", "|W v_2| of the asked loss", asked.norm[2]},
                {"scl_subclass_norm", "|W v_2| of SCL; 0: class collapse", scl.norm[2]},
                {"ucl_class_norm", "|W v_1| of UCL; 0: feature suppression", ucl.norm[1]},
                {"closed_loss", "minimum of the asked loss by the theorem", asked.closed_loss},
                {"phi_p_moment", "phi_p^2/(K-2), which must lie between phi_1^2 and phi_2^2",
                 p.set.columns ? irrelevant_moment(&p.set, p.embedding) : (double)NAN}};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        PL_TRY(pl_table_summarise(ctx, out, list[i].name, "1", list[i].meaning, list[i].value));
done:
    xue23_problem_free(&p);
    side_free(&asked);
    side_free(&scl);
    side_free(&ucl);
    return status;
}

const pl_program pl_spectral_joint = {
    .name = "joint",
    .summary = "SCL, UCL and their mixture: who keeps the class, who the subclass",
    .details = "SCL collapses the subclasses, UCL suppresses a weak class feature, and any mixture "
               "of both keeps both.",
    .source = "XUE23, Theorem 6.1 (repaired: THM61)",
    .options = options,
    .columns = columns,
    .run = run};
