#ifndef PL_HLTM_PRESETS_H
#define PL_HLTM_PRESETS_H
/* The settings of theory notes, sec. 3, as options. */

#define TREE2 "--depth 2 --rho 0.9,-0.8,0.85,0.75,-0.95,0.7"
#define T2 TREE2 " --hidden 2 --net-seed 1"
#define TREE2P TREE2 " --root-prior 0.3"
#define T2P TREE2P " --hidden 3 --net-seed 2"
#define TREE3 "--depth 3 --tree-seed 7"
#define T3 TREE3 " --hidden 3 --net-seed 3"
#define T3B T3 " --bias"

#define TIAN20_SOURCE                                                                              \
    "Tian, Yu, Chen, Ganguli, Understanding Self-supervised Learning with Dual Deep Networks, "    \
    "arXiv 2010.00578"

#define RESIDUAL_IS_ZERO(column, tol)                                                              \
    { .kind = PL_EQ, .left = column, .right = "0", .tolerance = tol }
/* lambda_min >= -1e-14 lambda_max: what rounding may make of 0. */
#define IS_PSD                                                                                     \
    { .kind = PL_LE, .left = "psd_floor", .right = "lambda_min", .tolerance = 1e-16 }

#endif
