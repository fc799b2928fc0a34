/* The figures of the bounds room: which data, which script, what the reader should see. */

#include "bounds/bounds.h"

const pl_figure pl_bounds_figures[] = {
    {.id = "infonce-limit",
     .title = "InfoNCE against its limit",
     .caption =
         "Left: loss - log M falls onto alignment + uniformity (black line) as the negatives "
         "grow; points are sampled batches with two standard errors. Right: the deviation on "
         "logarithmic axes lies between its proved bounds (dashed) and falls with slope -1, "
         "not with the published -1/2 (grey). Features uniform on S^2, tau = 1/2.",
     .source = "WANG20, Theorem 1",
     .script = "infonce-limit",
     .data = {{"exact", &pl_bounds_infonce_limit, "--dim 3 --kappa 2 --negatives 1..16384"},
              {"sampled", &pl_bounds_infonce_limit,
               "--dim 3 --kappa 2 --negatives 1..1024 --method monte-carlo --replicates 2000"}}},
    {.id = "gaps",
     .title = "Gaps of the attraction and the repulsion bound",
     .caption = "Gap (bound - bounded) anchor by anchor for ten von Mises-Fisher classes on "
                "S^127. Left: the attraction gap is negative exactly where the anchor's mean "
                "similarity to its views is. Right: the repulsion gap never falls below the "
                "classification margin (line), so that it stays large where training succeeds.",
     .source = "LEE25, attraction and repulsion upper bounds",
     .script = "gaps",
     .data = {{"attraction", &pl_bounds_attraction,
               "--dim 16 --law vmf:6 --class-law vmf:40 --classes 10 --images 12 --views 6"},
              {"repulsion", &pl_bounds_repulsion,
               "--dim 16 --law vmf:30 --class-law vmf:40 --classes 10 --images 12 --views 6 "
               "--alpha 4"}}},
    {.id = "single-negative",
     .title = "With one negative the uniform law is not optimal",
     .caption = "Loss of regular polygons, less the loss of the uniform law on the circle, against "
                "the temperature, at one negative. Below zero a polygon beats the uniform law and "
                "refutes Theorem 2; every temperature has such a polygon.",
     .source = "WANG20, Theorem 2 (refuted)",
     .script = "single-negative",
     .data = {{"polygons", &pl_bounds_single_negative,
               "--dim 2 --tau 0.05,0.06,0.07,0.08,0.09,0.1,0.12,0.14,0.16,0.18,0.2,0.23,0.26,0.3,"
               "0.35,0.4,0.45,0.5,0.6,0.7,0.8,0.9,1,1.2,1.4,1.6,2"}}},
    {.id = "moco",
     .title = "MoCo's 65536 negatives are far from the limit",
     .caption =
         "Loss - log M on S^127 at tau = 0.07, aligned uniform features. With the positive in "
         "the sum the deviation is log(1 + R/M), R = e^kappa/c = 7.2e5, and still 2.5 nats at "
         "M = 65536 (line); without it (DCL) it is -1.8/M.",
     .source = "WANG20, Theorem 1, at the setting of MoCo",
     .script = "moco",
     .data = {{"infonce", &pl_bounds_infonce_limit,
               "--dim 128 --kappa 14.285714285714286 --negatives 1..268435456"},
              {"dcl", &pl_bounds_infonce_limit,
               "--dim 128 --kappa 14.285714285714286 --loss dcl --negatives 1..65536"}}},
    {.id = "kernel-coefficients",
     .title = "Zonal coefficients of two kernels",
     .caption =
         "Absolute coefficients on the circle by order. The Gaussian potential's are all "
         "positive (Proposition 1); those of the loss with one negative change sign again and "
         "again (open marks: negative), which refutes Theorem 2.",
     .source = "WANG20, Proposition 1 and Theorem 2",
     .script = "kernel-coefficients",
     .data = {{"gaussian", &pl_bounds_kernels, "--dim 2 --kernel gaussian:2 --orders 24"},
              {"warm", &pl_bounds_kernels, "--dim 2 --kernel single-negative:0.5 --orders 24"},
              {"cold", &pl_bounds_kernels, "--dim 2 --kernel single-negative:0.1 --orders 24"}}},
    {.id = "uniformity-dimension",
     .title = "The least uniformity loss against the dimension",
     .caption =
         "The uniform law's L_uniform = -2t + log 0F1(; d/2; t^2) for three scales t; dashed "
         "-2t, which it falls to.",
     .source = "WANG20, Corollary 1, Figs. 10 and 11",
     .script = "uniformity-dimension",
     .data = {{"t1", &pl_bounds_uniformity,
               "--law uniform --t 1 --dim 2,3,4,5,6,8,11,16,23,32,45,64,91,128,181,256,512,1024"},
              {"t2", &pl_bounds_uniformity,
               "--law uniform --t 2 --dim 2,3,4,5,6,8,11,16,23,32,45,64,91,128,181,256,512,1024"},
              {"t3", &pl_bounds_uniformity,
               "--law uniform --t 3 --dim 2,3,4,5,6,8,11,16,23,32,45,64,91,128,181,256,512,1024"}}},
    {.id = "circle-potentials",
     .title = "Average potential of laws on the circle",
     .caption =
         "Average Gaussian potential, t = 2, of one, two and four von Mises-Fisher laws against "
         "their concentration; lines: uniform law, half circle, quarter circle.",
     .source = "WANG20, Fig. 4",
     .script = "circle-potentials",
     .data = {{"laws", &pl_bounds_uniformity,
               "--dim 2 --t 2 --concentration 0,0.25,0.5,1,1.5,2,3,4,5,7,10,14,20,28,40"}}},
    {0}};
