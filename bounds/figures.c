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
    {0}};
