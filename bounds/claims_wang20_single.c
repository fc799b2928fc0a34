/* The claims on Theorem 2 of WANG20, one negative: refuted, with what its proof gets wrong. */

#include "bounds/bounds.h"
#include "bounds/references.h"
#include "bounds/references_wang20.h"

#define SOURCE "Wang & Isola, Alignment and Uniformity on the Hypersphere, ICML 2020"

const pl_claim pl_wang20_single_claims[] = {
    {.id = "WANG20.THM2",
     .title = "with one negative, uniform is optimal",
     .where = "Theorem 2",
     .statement = "perfectly aligned and uniform encoders are the exact minimisers of L(f; tau, 1)",
     .hypotheses = {"one negative", "aligned encoders"},
     .correction = "on the circle some regular polygon beats the uniform law at every temperature; "
                   "uniformity is a statement about M -> infinity",
     .source = SOURCE " (refutation: THM2)",
     .program = &pl_bounds_single_negative,
     .presets = {"--dim 2 --tau 1 --witness square", "--dim 2 --tau 0.5 --witness pentagon",
                 "--dim 2 --tau 0.2 --witness 7-gon", "--dim 2 --tau 0.1 --witness 10-gon",
                 "--dim 3 --tau 1 --witness octahedron", "--dim 3 --tau 0.3 --witness icosahedron",
                 "--dim 8 --tau 0.2 --witness e8", "--dim 8 --tau 1 --witness cross-polytope",
                 "--dim 128 --tau 1 --witness cross-polytope"},
     .relations = {{.kind = PL_LE, .left = "loss_uniform", .right = "loss_witness"}},
     .expected = PL_VIOLATED,
     .controls = {{.name = "the square at tau = 0.1 does not beat the uniform law",
                   .preset = "--dim 2 --tau 0.1 --witness square",
                   .relation = {.kind = PL_LE, .left = "loss_witness", .right = "loss_uniform"}},
                  {.name = "nor does the octahedron at tau = 0.1",
                   .preset = "--dim 3 --tau 0.1 --witness octahedron",
                   .relation = {.kind = PL_LE, .left = "loss_witness", .right = "loss_uniform"}}},
     .references = wang20_thm2_references},

    {.id = "WANG20.THM2.FEW",
     .title = "few negatives: polygons beat uniform too",
     .where = "Theorem 2, carried to M > 1",
     .statement = "for small M > 1 some polygon has L(f; tau, M) below the uniform "
                  "law's; as M -> infinity none has",
     .hypotheses = {"few negatives", "aligned encoders"},
     .source = "derived here: THM2",
     .program = &pl_bounds_single_negative,
     .presets = {"--dim 2 --tau 0.1 --witness 10-gon --negatives 2,4,8",
                 "--dim 2 --tau 0.1 --witness 12-gon --negatives 2,4,8,16",
                 "--dim 2 --tau 0.5 --witness pentagon --negatives 2,4",
                 "--dim 2 --tau 1 --witness square --negatives 2"},
     .relations = {{.kind = PL_LE, .left = "loss_witness", .right = "loss_uniform"}},
     .controls = {{.name = "the 10-gon at M = 16 does not beat the uniform law",
                   .preset = "--dim 2 --tau 0.1 --witness 10-gon --negatives 16"},
                  {.name = "nor does it as M -> infinity",
                   .preset = "--dim 2 --tau 0.1 --witness 10-gon",
                   .relation = {.kind = PL_LE, .left = "limit_difference", .right = "0"}}},
     .references = wang20_thm2_few_references},

    {.id = "WANG20.THM2.COEF",
     .title = "its kernel's coefficients by residues",
     .where = "Theorem 2, its refutation on the circle",
     .statement = "2 h_n = -(4/n) sum_k Re z_k^-n, z_k = s_k + sqrt(s_k^2 - 1), "
                  "s_k = 1 + i pi (2k+1) tau",
     .hypotheses = {"features on the circle", "one negative"},
     .source = "derived here: THM2",
     .program = &pl_bounds_kernels,
     .presets = {"--dim 2 --kernel single-negative:1", "--dim 2 --kernel single-negative:0.5",
                 "--dim 2 --kernel single-negative:0.1", "--dim 2 --kernel single-negative:0.07"},
     .relations = {{.kind = PL_EQ, .left = "coefficient", .right = "closed_form"}},
     .controls = {{.name = "series changed by 1 %", .scale = "closed_form", .factor = 1.01},
                  {.name = "all of one sign, as the theorem needs",
                   .relation = {.kind = PL_LE, .left = "0", .right = "coefficient"}}},
     .references = wang20_thm2_coef_references},

    {.id = "WANG20.THM2.CM",
     .title = "its kernel is completely monotone",
     .where = "Theorem 2, the step of the proof that fails",
     .statement = "(-1)^n d^n/dt^n of (1/2tau)/(1 + e^{t/2tau}) = n!/(2tau)^{n+1} "
                  "(1 + e^{-t/2tau})^{-(n+1)} > 0",
     .hypotheses = {"t > 0"},
     .correction = "the third derivative is positive for t < 2 tau log(2 + sqrt 3): a logistic "
                   "function is not completely monotone",
     .source = SOURCE " (derived here: THM2)",
     .program = &pl_bounds_monotonicity,
     .presets = {"--tau 0.5 --t 0,0.25,0.5,1,1.25", "--tau 1 --t 0.5,1,2,2.6"},
     .relations = {{.kind = PL_LE, .left = "third_derivative", .right = "0"},
                   {.kind = PL_EQ, .left = "third_derivative", .right = "printed"}},
     .expected = PL_VIOLATED,
     .controls = {{.name = "derivative changed by 1 %",
                   .scale = "difference_quotient",
                   .factor = 1.01,
                   .relation = {.kind = PL_EQ,
                                .left = "third_derivative",
                                .right = "difference_quotient",
                                .tolerance = 1e-8}},
                  {.name = "beyond the threshold the sign is right",
                   .preset = "--tau 0.5 --t 2,3,4",
                   .relation = {.kind = PL_LE, .left = "0", .right = "third_derivative"}}},
     .references = wang20_thm2_monotone_references},

    {0}};
