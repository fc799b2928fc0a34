/* The figures of LEE25 beyond the gaps: which data, which script, what the reader should see. */

#include "bounds/bounds.h"

const pl_figure pl_lee25_figures[] = {
    {.id = "gaps-concentration",
     .title = "Gaps of both bounds against concentration",
     .caption =
         "Von Mises-Fisher laws on S^127 in closed form. Left: the mean attraction gap "
         "A - A^2 vanishes for spread and for collapsed views and is largest between; the "
         "pointwise bound fails with the dashed probability. Right: the repulsion gap of ten "
         "simplex classes falls onto, never below, the classification margin.",
     .source = "LEE25, attraction and repulsion upper bounds",
     .script = "gaps-concentration",
     .data = {{"closed", &pl_bounds_concentration,
               "--dim 128 --classes 10 --alpha 4 --concentration "
               "1,2,4,8,16,24,32,48,64,96,128,192,256,384,512,768,1024,2048,4096,8192,16384"}}},
    {.id = "best-alpha",
     .title = "The temperature at which the repulsion bound is tightest",
     .caption = "Inverse temperature that minimises the bound's right side for uniform features, "
                "against the number of classes: the root of alpha K' - K = log n (lines) and "
                "its Gaussian approximation (dashed).",
     .source = "LEE25, repulsion upper bound",
     .script = "best-alpha",
     .data = {{"d16", &pl_bounds_best_alpha, "--dim 16 --n 2..16384"},
              {"d128", &pl_bounds_best_alpha, "--dim 128 --n 2..16384"},
              {"d512", &pl_bounds_best_alpha, "--dim 512 --n 2..16384"}}},
    {.id = "prototype-bias",
     .title = "Prototype bias against the spread of the views",
     .caption = "Hierarchical von Mises-Fisher views on S^127, images of concentration 100 around "
                "their class. Left: the squared prototype bias, and what the means of eight views "
                "make of it. Right: the published bound of the supervised attraction lies below "
                "it, and bounds nothing, where views are more concentrated than their class.",
     .source = "LEE25, prototype representation bias",
     .script = "prototype-bias",
     .data = {{"closed", &pl_bounds_concentration,
               "--dim 128 --class-law 100 --views 8 --concentration "
               "1,2,4,8,16,24,32,48,64,96,128,192,256,384,512,768,1024,2048,4096"}}},
    {.id = "phases",
     .title = "Three phases of free two-tower features",
     .caption =
         "Mean similarity of positives at the minimum of the balanced loss over free unit "
         "features, eight pairs, alpha = 2: aligned up to lambda_1 = 1.312, tilted, "
         "anti-collapsed from lambda = 2 on. Points are optimised from random starts; "
         "NT-Xent, whose negatives include the anchor's own tower, keeps positives together.",
     .source = "LEE25, balanced contrastive loss",
     .script = "phases",
     .data =
         {{"bcl", &pl_bounds_balance,
           "--part phases --batch 8 --alpha 2 --lambda 0.5,0.75,1,1.2,1.3,1.32,1.35,1.4,1.45,1.5,"
           "1.55,1.6,1.65,1.7,1.75,1.8,1.85,1.9,1.95,1.98,2.05,2.25,2.5,3,3.5,4"},
          {"ntxent", &pl_bounds_balance,
           "--part phases --loss ntxent --starts 1 --batch 8 --alpha 2 --lambda "
           "0.5,1,1.5,2,2.5,3,4"}}},
    {0}};
