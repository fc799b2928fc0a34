#ifndef PL_HLTM_SETTING_H
#define PL_HLTM_SETTING_H
/* From options to a tree, a net, its exact population and a loss: what the programs share. */

#include "base/options.h"
#include "base/table.h"
#include "hltm/losses.h"

#define HLTM_TREE_OPTIONS                                                                           \
    {"depth",                                                                                       \
     PL_OPT_INT,                                                                                    \
     "2",                                                                                           \
     1,                                                                                             \
     HLTM_MAX_DEPTH,                                                                                \
     NULL,                                                                                          \
     "L",                                                                                           \
     "levels below the root; exact enumeration ends at 4, `latents` and `operators` sample",        \
     0},                                                                                            \
        {"rho",                                                                                     \
         PL_OPT_LIST,                                                                               \
         NULL,                                                                                      \
         -1,                                                                                        \
         1,                                                                                         \
         NULL,                                                                                      \
         "LIST",                                                                                    \
         "polarities of levels 1 to L, nodes ascending; drawn from --tree-seed unless given",       \
         0},                                                                                        \
        {"tree-seed", PL_OPT_SEED, "7", 0, 0, NULL, "S", "seed of the polarities (splitmix64)", 0}, \
        {"polarity", PL_OPT_LIST, "0.7,1", 0,                                                       \
         1,          NULL,        "LO,HI", "range of the drawn polarities' size; signs are fair",   \
         0},                                                                                        \
        {"order",                                                                                   \
         PL_OPT_SPEC,                                                                               \
         "levels",                                                                                  \
         0,                                                                                         \
         0,                                                                                         \
         "levels|released",                                                                         \
         NULL,                                                                                      \
         "order of the draws: by levels, or the released code's (Python's random, --tree-seed)",    \
         0},                                                                                        \
    {                                                                                               \
        "root-prior", PL_OPT_REAL, "0.5", 1e-6, 1 - 1e-6, NULL, "P", "P(z_0 = 1)", 0                \
    }

#define HLTM_NET_OPTIONS                                                                             \
    {"hidden", PL_OPT_INT, "2", 1, 64, NULL, "H", "hidden units a latent", 0},                       \
        {"net-seed", PL_OPT_SEED, "1", 0, 0, NULL, "S", "seed of the weights (splitmix64)", 0},      \
        {"scale", PL_OPT_REAL, "1", 1e-6, 1e6, NULL, "C", "weights U(-C, C)/sqrt(inputs)", 0},       \
        {"slope", PL_OPT_REAL, "0", 0, 1, NULL, NULL, "of the activation below 0: 0 ReLU, 1 linear", \
         0},                                                                                         \
        {"bias", PL_OPT_FLAG, NULL, 0, 0, NULL, NULL, "biases, drawn after a node's weights", 0},    \
    {                                                                                                \
        "norm", PL_OPT_SPEC, "none", 0, 0, "none|l2|mag", NULL,                                      \
            "of the output: none, f/(|f| + 1e-4), the same with a backward that only divides", 0     \
    }

#define HLTM_LOSS_OPTIONS                                                                           \
    {"loss", PL_OPT_SPEC,                                                                           \
     "simp", 0,                                                                                     \
     0,      "simp|tri|nce|released|subtract",                                                      \
     NULL,   "r+ - r-, triplet, InfoNCE, the released code's, its difference of means",             \
     0},                                                                                            \
        {"tau", PL_OPT_REAL, "0.5", 1e-6, 1e6, NULL, NULL, "temperature (of the released loss: T)", \
         0},                                                                                        \
    {                                                                                               \
        "r0", PL_OPT_REAL, "0", -1e6, 1e6, NULL, NULL, "margin of the triplet loss", 0              \
    }

/* What a program stands on; parts that were not asked for are all-zero. */
typedef struct hltm_setting {
    hltm_tree tree;
    hltm_net net;
    hltm_population population;
    hltm_loss loss;
} hltm_setting;

pl_status hltm_setting_tree(pl_ctx *ctx, const pl_options *o, hltm_tree *out);
/** A tree net over `depth` levels. */
pl_status hltm_setting_net(pl_ctx *ctx, const pl_options *o, size_t depth, hltm_net *out);
hltm_loss hltm_setting_loss(const pl_options *o);
/** The loss of that name, `length` characters. Returned  false: there is none */
bool hltm_loss_named(const char *word, size_t length, hltm_loss_kind *out);
const char *hltm_loss_name(hltm_loss_kind kind);

/** All four, the population exact.
 *  Status    PL_EDOMAIN depth beyond exact enumeration */
pl_status hltm_setting_new(pl_ctx *ctx, const pl_options *o, hltm_setting *out);
void hltm_setting_free(hltm_setting *s);

/* What a run is expected to take; one thread. */
typedef struct hltm_cost {
    double bytes, seconds;
} hltm_cost;

enum { HLTM_WITH_OPERATORS = 1, HLTM_WITH_PASS = 2 };

/** Of exact work on a tree net: operators as matrices, activations of all configurations kept.
 *  Given     parts   HLTM_WITH_...
 *            steps   passes over the configurations */
hltm_cost hltm_cost_exact(size_t depth, size_t hidden, unsigned parts, size_t steps);
/** Of sampled training and probing. */
hltm_cost hltm_cost_sampled(size_t depth, size_t hidden, size_t batch, size_t negatives,
                            double anchors, double probed);

/** Before the run: says memory and time on a terminal where a second is exceeded; refuses what no
 *  ordinary machine holds.
 *  Status    PL_EDOMAIN more than 4 GiB */
pl_status hltm_announce(pl_ctx *ctx, const char *what, hltm_cost cost);
/** The same numbers into the result. */
pl_status hltm_cost_summarise(pl_ctx *ctx, pl_table *out, hltm_cost cost);

/** A list option of given length. Status PL_EUSAGE */
pl_status hltm_setting_list(pl_ctx *ctx, const pl_options *o, const char *name, size_t count,
                            const double **out);

#endif
