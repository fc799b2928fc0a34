/* The program `tree`: a hierarchical latent tree, node by node, as a picture and as numbers. */

#include <math.h>

#include "hltm/hltm.h"
#include "hltm/setting.h"

static const pl_option options[] = {HLTM_TREE_OPTIONS, {0}};

static const pl_column columns[] = {
    {"level", "1", "0 the root", false},
    {"node", "1", "within the level", false},
    {"rho", "1", "polarity of the edge above; 2 p_1 - 1 at the root", false},
    {"path", "1", "product of the polarities from the root", false},
    {"prior", "1", "P(z = 1)", false},
    {"x", "1", "where a drawing puts it, in leaves from the left", false},
    {"parent_x", "1", "where its parent stands", false},
    {0}};

static double place(const hltm_tree *t, size_t level, size_t node) {
    double leaves = (double)hltm_leaves(t, level);
    return leaves * ((double)node + 0.5) - 0.5;
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status;
    hltm_tree t = {0};
    PL_TRY(hltm_setting_tree(ctx, o, &t));
    for (size_t l = 0; l <= t.depth; l++)
        for (size_t i = 0; i < (size_t)1 << l; i++) {
            double path = hltm_tree_path(&t, hltm_node(l, i));
            PL_TRY(pl_table_add(ctx, out,
                                (double[]){(double)l, (double)i, t.rho[hltm_node(l, i)], path,
                                           (1 + path * (2 * t.root_prior - 1)) / 2, place(&t, l, i),
                                           l ? place(&t, l - 1, i / 2) : place(&t, 0, 0)},
                                NULL));
        }
done:
    hltm_tree_free(&t);
    return status;
}

const pl_program pl_hltm_tree = {.name = "tree",
                                 .summary = "draw a latent tree: polarities, paths, priors",
                                 .details = "P(child = parent) = (1 + rho)/2; leaves in {0, 1}.",
                                 .source = "TIAN20, hierarchical latent tree models",
                                 .options = options,
                                 .columns = columns,
                                 .run = run};
