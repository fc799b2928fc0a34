/* The program `residue`: Theorem 4 of TIAN20, level by level, on a tree or on the invariant
 * example; and `residue-scaling`: how the residue falls with the augmentations' noise. */

#include <math.h>
#include <string.h>

#include "hltm/hltm.h"
#include "hltm/residue.h"
#include "hltm/setting.h"

static const pl_option options[] = {
    HLTM_TREE_OPTIONS,
    HLTM_NET_OPTIONS,
    HLTM_LOSS_OPTIONS,
    {"negatives", PL_OPT_INT, "1", 1, 2, NULL, "H", "negatives of nce", 0},
    {"data", PL_OPT_SPEC, "tree", 0, 0, "tree|invariant|nearly-invariant", NULL,
     "the tree, or three datapoints of which the net ignores (almost) what augmentation changes",
     0},
    {0}};

static const pl_column columns[] = {
    {"level", "1", "0 the top", false},
    {"gradient_norm", "1", "of the level's weights", false},
    {"operator_norm", "1", "|OP^x|_F", false},
    {"leading_norm", "1", "|Lambda|_F", false},
    {"residue_norm", "1", "|theta|_F", false},
    {"bound", "1", "E[|xi - xi_0| (|K_1 - K_-|^2 + |K_1 - K_+|^2)]", false},
    {"lipschitz_bound", "1", "E[|r+ - r- + r-bar| (...)]/(4 tau)", false},
    {"lambda_min", "1", "smallest eigenvalue of OP^x", false},
    {"lambda_max", "1", "largest eigenvalue of OP^x", false},
    {"psd_floor", "1", "-1e-14 lambda_max", false},
    {"identity_residual", "1", "max |g + OP^x vec W|", false},
    {"residue_residual", "1",
     "max |OP^x - Lambda - (E[(xi - xi_0) A] + E[sum xi_0 (V_aug K' - V_aug K)])|", false},
    {"anchor_residual", "1", "max |E[xi K_1 (K_+ - K_-)^T] - Lambda/2|", false},
    {"inner_product", "1", "<W_l, -g_l>", false},
    {"pair_expectation", "1", "2 E[sum_h xi_h (r_h - r_+)], the same for every level", false},
    {0}};

/* INV of theory notes, sec. 3: three datapoints, the last input is what augmentation changes, and
 * the first layer's column of it is zero (or small). */
static pl_status invariant_example(pl_ctx *ctx, double leak, hltm_setting *s) {
    static const double prior[] = {0.5, 0.3, 0.2}, nu[] = {-1, 0.5, 2};
    static const double base[3][3] = {{1, 0.2, -0.5}, {-0.4, 1.1, 0.3}, {0.2, -0.7, 0.9}};
    static const double chance[3][3] = {{0.2, 0.5, 0.3}, {0.6, 0.3, 0.1}, {0.05, 0.05, 0.9}};
    double given[3][9] = {{0}}, x[9][4];
    for (size_t z = 0; z < 3; z++)
        for (size_t a = 0; a < 3; a++) {
            given[z][3 * z + a] = chance[z][a];
            memcpy(x[3 * z + a], base[z], sizeof base[z]);
            x[3 * z + a][3] = nu[a];
        }
    pl_status status = hltm_population_new(ctx, 3, 9, 4, prior, given[0], x[0], &s->population);
    if (status || (status = hltm_net_dense(ctx, (size_t[]){4, 5, 3}, 3, &s->net)))
        return status;
    hltm_draws draws = hltm_splitmix(21);
    hltm_net_draw(&s->net, &draws, 2);
    for (size_t c = 0; c < 5; c++)
        s->net.layer[1].w[c * 4 + 3] *= leak;
    return PL_OK;
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status;
    hltm_setting s = {.loss = hltm_setting_loss(o)};
    hltm_residue_setting r = {0};
    const char *data = pl_option_spec(o, "data", NULL);
    if (strcmp(data, "tree") == 0) {
        if (pl_option_int(o, "depth") < HLTM_MAX_EXACT_DEPTH)
            PL_TRY(hltm_announce(ctx, "exact operators",
                                 hltm_cost_exact((size_t)pl_option_int(o, "depth"),
                                                 (size_t)pl_option_int(o, "hidden"),
                                                 HLTM_WITH_OPERATORS, 2)));
        PL_TRY(hltm_setting_new(ctx, o, &s));
    } else
        PL_TRY(invariant_example(ctx, strcmp(data, "invariant") == 0 ? 0 : 0.1, &s));
    PL_TRY(hltm_residue_new(ctx, &s.net, &s.population, &s.loss, &r));
    double expectation = hltm_pair_expectation(&r);
    for (size_t l = 0; l < s.net.levels; l++) {
        hltm_residue e;
        PL_TRY(hltm_residue_level(ctx, &r, l, &e));
        PL_TRY(pl_table_add(
            ctx, out,
            (double[]){(double)l, hltm_frobenius(r.grad.layer[l].w, hltm_weights(&s.net.layer[l])),
                       e.operator_norm, e.leading_norm, e.residue_norm, e.bound, e.lipschitz_bound,
                       e.lambda_min, e.lambda_max, -1e-14 * e.lambda_max, e.identity_residual,
                       e.residue_residual, e.anchor_residual, e.inner_product, expectation},
            NULL));
    }
    PL_TRY(pl_table_summarise(ctx, out, "loss", "1", "exact expectation", r.value.value));
done:
    if (r.net)
        hltm_residue_free(&r);
    hltm_setting_free(&s);
    return status;
}

const pl_program pl_hltm_residue = {
    .name = "residue",
    .summary = "weighted losses: the operator, its leading PSD part and the residue",
    .details = "-g = OP^x vec W, OP^x = Lambda + theta, with both bounds on theta, by exact sums "
               "over triples of configurations (depth 3 at most).",
    .source = "TIAN20, Theorem 4 (THM4)",
    .options = options,
    .columns = columns,
    .run = run};

static const pl_option scaling_options[] = {
    {"eta", PL_OPT_LIST, "0.2,0.1,0.05,0.025,0.0125,0.00625,0.003125", 1e-6, 1, NULL, "LIST",
     "all polarities are 1 - eta", 0},
    {"depth", PL_OPT_INT, "2", 1, 3, NULL, "L", "levels below the root", 0},
    {"root-prior", PL_OPT_REAL, "0.5", 1e-6, 1 - 1e-6, NULL, "P", "P(z_0 = 1)", 0},
    {"level", PL_OPT_INT, "1", 0, 2, NULL, "l", "level whose operator is taken", 0},
    HLTM_NET_OPTIONS,
    HLTM_LOSS_OPTIONS,
    {0}};

static const pl_column scaling_columns[] = {
    {"eta", "1", "1 - |rho|", false},
    {"residue_ratio", "1", "|theta|_F/|Lambda|_F", false},
    {"residue_norm", "1", "|theta|_F", false},
    {"leading_norm", "1", "|Lambda|_F", false},
    {"lambda_ratio", "1", "lambda_min/lambda_max of OP^x", false},
    {"local_slope", "1", "d log ratio/d log eta against the row before; nan in the first", false},
    {0}};

static pl_status one_eta(pl_ctx *ctx, const pl_options *o, double eta, hltm_residue *out) {
    pl_status status;
    double rho[16];
    size_t depth = (size_t)pl_option_int(o, "depth"), count = ((size_t)2 << depth) - 2;
    size_t level = (size_t)pl_option_int(o, "level");
    hltm_setting s = {.loss = hltm_setting_loss(o)};
    hltm_residue_setting r = {0};
    if (level >= depth)
        return pl_fail(ctx, PL_EUSAGE, "--level %zu: a tree of depth %zu has levels 0 to %zu",
                       level, depth, depth - 1);
    for (size_t i = 0; i < count; i++)
        rho[i] = 1 - eta;
    PL_TRY(hltm_tree_new(ctx, depth, pl_option_real(o, "root-prior"), rho, count, &s.tree));
    PL_TRY(hltm_setting_net(ctx, o, depth, &s.net));
    PL_TRY(hltm_population_tree(ctx, &s.tree, &s.population));
    PL_TRY(hltm_residue_new(ctx, &s.net, &s.population, &s.loss, &r));
    PL_TRY(hltm_residue_level(ctx, &r, level, out));
done:
    if (r.net)
        hltm_residue_free(&r);
    hltm_setting_free(&s);
    return status;
}

static pl_status run_scaling(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status = PL_OK;
    size_t count;
    const double *eta = pl_option_list(o, "eta", &count);
    double before = NAN;
    for (size_t i = 0; i < count; i++) {
        hltm_residue e;
        PL_TRY(one_eta(ctx, o, eta[i], &e));
        double ratio = e.residue_norm / e.leading_norm;
        double slope = i == 0 ? (double)NAN : log(ratio / before) / log(eta[i] / eta[i - 1]);
        PL_TRY(pl_table_add(ctx, out,
                            (double[]){eta[i], ratio, e.residue_norm, e.leading_norm,
                                       e.lambda_min / e.lambda_max, slope},
                            NULL));
        before = ratio;
    }
done:
    return status;
}

const pl_program pl_hltm_residue_scaling = {
    .name = "residue-scaling",
    .summary = "the residue against the leading part as augmentation noise falls",
    .details = "All polarities are 1 - eta; |theta|/|Lambda| falls like eta once eta is small.",
    .source = "TIAN20, Theorem 4 (THM4.SCALE)",
    .options = scaling_options,
    .columns = scaling_columns,
    .run = run_scaling};
