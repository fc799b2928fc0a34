/* The figures of the hltm room: which data, which script, what the reader should see. */

#include "hltm/hltm.h"
#include "hltm/presets.h"

#define TRAINED                                                                                    \
    TREE3 " --bias --norm l2 --loss released --tau 0.1 --rate 0.02 --hidden 5 --net-seed 4 "       \
          "--steps 1000 --every 25"

const pl_figure pl_hltm_figures[] = {
    {.id = "hltm-tree",
     .title = "A hierarchical latent tree",
     .caption = "Latents (circles) and observed leaves (squares) of a tree of depth 4 with drawn "
                "polarities. Solid blue edges copy the parent's value with probability (1 + "
                "rho)/2 > 1/2, dashed red ones its opposite.",
     .source = "TIAN20, hierarchical latent tree models",
     .script = "hltm-tree",
     .data = {{"tree", &pl_hltm_tree, "--depth 4 --tree-seed 7"}}},
    {.id = "hltm-operators",
     .title = "Covariance operators grow over training",
     .caption =
         "Left: mean norm of a node's covariance operator, level by level, over SGD on sampled "
         "triplets (depth 5, five units a latent, the released loss). Right: the norm that the "
         "released code logs, which contracts another way, over it: they agree at the root "
         "only.",
     .source = "TIAN20 (Fig. 1)",
     .script = "hltm-operators",
     .data = {{"operators", &pl_hltm_operators,
               "--depth 5 --tree-seed 1 --polarity 0.8,1 --hidden 5 --net-seed 1 --bias --norm l2 "
               "--loss released --tau 0.1 --evaluation 4000 --epochs 0,1,2,3,4,5,7,10,15,20"}}},
    {.id = "hltm-growth",
     .title = "A frozen operator is power iteration",
     .caption = "Logarithm of the weights' growth along the operator's top eigenvector against 2 "
                "lambda t, the flow's prediction: slope 1, and a little below it for steps of "
                "finite length.",
     .source = "TIAN20, one layer and the root (1L.LIN, ROOT.GROW)",
     .script = "hltm-growth",
     .data = {{"linear", &pl_hltm_growth, TREE2 " --steps 100 --every 5"},
              {"root", &pl_hltm_growth, T2P " --case root --rate 0.2 --steps 200 --every 10"}}},
    {.id = "hltm-residue",
     .title = "The residue against augmentation noise",
     .caption = "Left: the residue's share |theta|/|Lambda| falls in proportion to the noise eta "
                "(grey: slope 1) once it is small, but exceeds 1 before. Right: where it does, "
                "the weighted operator has negative eigenvalues.",
     .source = "TIAN20, Theorem 4 (THM4)",
     .script = "hltm-residue",
     .data = {{"cold", &pl_hltm_residue_scaling,
               "--scale 3 --loss nce --tau 0.25 --eta 0.000244140625..0.25"},
              {"middle", &pl_hltm_residue_scaling,
               "--scale 3 --loss nce --tau 0.5 --eta 0.000244140625..0.25"},
              {"warm", &pl_hltm_residue_scaling,
               "--scale 3 --loss nce --tau 2 --eta 0.000244140625..0.25"}}},
    {.id = "hltm-shifts",
     .title = "Shifts of 11 against shifts of 101",
     .caption = "Selectivity |Delta_j| of single ReLU neurons on a logarithmic axis: each grows at "
                "its own exponential rate, so that the fastest wins. A linear neuron has no "
                "selectivity at all and gains none.",
     .source = "TIAN20, one layer (1L.RELU)",
     .script = "hltm-shifts",
     .data = {{"relu", &pl_hltm_winner_takes_all,
               "--net-seed 11 --neurons 6 --rate 0.1 --steps 3000 --every 100"}}},
    {.id = "hltm-weights",
     .title = "How a loss weighs a pair",
     .caption = "Weight of a pair's gradient against its gap r_- - r_+. InfoNCE and the triplet "
                "loss let go of pairs that are solved; the released loss, which has no logarithm, "
                "also lets go of those that are hopelessly wrong.",
     .source = "TIAN20, Theorem 2 (THM2, CODE.NCE)",
     .script = "hltm-weights",
     .data = {{"weights", &pl_hltm_weights, "--most 2"}}},
    {.id = "hltm-ceilings",
     .title = "Correlations under their ceilings",
     .caption = "Exact training on the population (depth 3, five units, the released loss): best "
                "unit (solid), best linear read-out of the node's input (dashed), best function "
                "of the leaves below (dotted), level by level.",
     .source = "TIAN20 (CORR, DYN.C)",
     .script = "hltm-ceilings",
     .data = {{"dynamics", &pl_hltm_dynamics, TRAINED}}},
    {.id = "hltm-latents",
     .title = "The root's latent is found",
     .caption = "Correlation of the best root unit with the root's latent, median and 95 % "
                "interval over 20 trees, at initialisation and after one epoch of 64000 triplets, "
                "against the units a latent has. Depth 5.",
     .source = "TIAN20, hierarchical latent trees (Tables B, D)",
     .script = "hltm-latents",
     .data =
         {{"latents", &pl_hltm_latents,
           "--delta 0.7,0.8,0.9 --hidden 1,2,5,10 --epochs 0,1 --levels root --evaluation 4000"}}},
    {.id = "hltm-levels",
     .title = "Every level is found, deep trees later",
     .caption = "Correlation of the best unit with its latent, mean and standard error over 20 "
                "trees, at the start, after 1 and after 20 epochs of 64000 triplets (five units "
                "a latent, polarities 0.8 and more). Left: by level, depth 5; near the leaves a "
                "random unit does already. Right: at the root, by depth.",
     .source = "TIAN20, hierarchical latent trees (Tables C, E)",
     .script = "hltm-levels",
     .data = {{"levels", &pl_hltm_latents, "--delta 0.8 --evaluation 4000"},
              {"depth", &pl_hltm_latents,
               "--delta 0.8 --depth 3,4,5,6 --levels root --evaluation "
               "4000 --replicates 10"}}},
    {.id = "hltm-losses",
     .title = "Which loss finds the root",
     .caption = "Correlation of the best root unit with the root's latent after 20 epochs, mean "
                "and standard error over 10 trees, against the polarity. InfoNCE of each sample "
                "does best; the released loss at a low temperature, where it lets go of pairs "
                "that are wrong, falls behind itself at T = 0.1.",
     .source = "TIAN20, hierarchical latent trees (Table F)",
     .script = "hltm-losses",
     .data = {{"losses", &pl_hltm_latents,
               "--loss released,released:0.01,subtract,nce --delta 0.7,0.8,0.9 --epochs 0,20 "
               "--levels root --evaluation 4000 --replicates 10"}}},
    {.id = "hltm-byol",
     .title = "BYOL on a latent tree",
     .caption = "Share of the output's variance that depends on the root alone, mean and standard "
                "error over 20 trees, by what is switched on: a predictor, centred outputs, a slow "
                "target. Training alone loses some of it, with a slow target it gains; without a "
                "predictor centring changes nothing.",
     .source = "TIAN20, BYOL (the toolkit's own, on trees)",
     .script = "hltm-byol",
     .data = {{"byol", &pl_hltm_byol_training, ""}}},
    {0}};
