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
     .caption = "Mean norm of a node's covariance operator, level by level, over SGD on sampled "
                "triplets (depth 5, five units a latent, the released loss). Lines: as the paper "
                "defines it; crosses: as the released code contracts it, which agrees at the root "
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
    {0}};
