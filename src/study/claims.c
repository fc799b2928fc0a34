/* What the papers say of trained networks. The verdicts are those of the standard size; where a
 * published direction does not come out they say so. Where the statement is of a gain, the control
 * is a network that was not trained; else it is a statement on the same table that is known to
 * fail. */

#include "study/study.h"

#define LEE25                                                                                      \
    "Lee, Understanding Self-supervised Contrastive Learning through Supervised Objectives, "      \
    "TMLR 2025, at the size of a CPU"
#define WANG20                                                                                     \
    "Wang & Isola, Understanding Contrastive Representation Learning through Alignment and "       \
    "Uniformity on the Hypersphere, ICML 2020, at the size of a CPU"
#define XUE23                                                                                      \
    "Xue et al., Which Features are Learnt by Contrastive Learning?, ICML 2023, at the size of a " \
    "CPU"

#define BL22                                                                                       \
    "Balestriero & LeCun, Contrastive and Non-Contrastive SSL Recover Global and Local Spectral "  \
    "Embedding Methods, NeurIPS 2022 (derived: BL22.DYN)"
#define TIAN20 "Tian et al., Understanding Self-supervised Learning with Dual Deep Networks, 2020"

#define GAINS                                                                                      \
    { .kind = PL_LE, .left = "0", .right = "gain", .error = "error" }
#define UNTRAINED(MEASURE)                                                                         \
    {                                                                                              \
        .name = "an untrained encoder against a trained one",                                      \
        .preset = "--arm untrained --measure " MEASURE, .relation = GAINS                          \
    }

const pl_claim pl_study_claims[] = {
    {.id = "LEE25.NET.BIAS",
     .title = "accuracy rises where prototype bias falls",
     .where = "figure 3",
     .statement = "the slope of linear accuracy on prototype bias over augmentations is negative",
     .hypotheses = {"one model, loss and schedule; only the views differ"},
     .source = LEE25,
     .program = &pl_study_augmentation,
     .presets = {""},
     .relations = {{.kind = PL_LE, .left = "slope", .right = "0", .error = "slope_error"}},
     .controls = {UNTRAINED("linear")}},

    {.id = "LEE25.NET.LAMBDA",
     .title = "lambda above 1 is no worse than 1",
     .where = "tables over alpha and lambda",
     .statement = "linear accuracy with lambda > 1 is at least that with lambda = 1",
     .hypotheses = {"the same alpha on both sides"},
     .source = LEE25,
     .program = &pl_study_lambda,
     .presets = {"--arm ntxent-2 --measure linear", "--arm bcl-1-4 --measure linear",
                 "--arm bcl-4-2 --measure linear"},
     .relations = {GAINS},
     .expected = PL_INCONCLUSIVE,
     .controls = {UNTRAINED("linear")}},

    {.id = "LEE25.NET.COSINE",
     .title = "cosine beats dot product and distance",
     .where = "table of similarities",
     .statement = "accuracy with cosine is above that with dot product and negative distance",
     .hypotheses = {"the same loss, NT-Xent at tau 0.5"},
     .source = LEE25,
     .program = &pl_study_similarity,
     .presets = {"--arm cosine --measure linear", "--arm cosine --measure knn"},
     .relations = {GAINS},
     .correction = "at this size NT-Xent with negative distance trains as well as with cosine, or "
                   "better; the failure that the paper reports of it is not seen",
     .expected = PL_VIOLATED,
     .erratum = PL_ERRATUM_SIZE,
     .controls = {UNTRAINED("linear")}},

    {.id = "LEE25.NET.BALANCE",
     .title = "a balanced set beats a long-tailed one",
     .where = "table of ImageNet-LT",
     .statement = "accuracy of a balanced training set is above that of a long-tailed one",
     .hypotheses = {"as many images on both sides", "a balanced test set"},
     .source = LEE25,
     .program = &pl_study_balance,
     .presets = {"--arm balanced --measure linear", "--arm balanced --measure knn"},
     .relations = {GAINS},
     .controls = {UNTRAINED("linear")}},

    {.id = "LEE25.NET.BOUNDS",
     .title = "both bounds hold along training",
     .where = "figure of the gaps",
     .statement = "averaged over anchors, both gaps are at least 0 after every epoch",
     .hypotheses = {"unit features", "nu is the least prototype norm"},
     .source = LEE25,
     .program = &pl_study_gaps,
     .presets = {""},
     .relations = {{.kind = PL_LE, .left = "0", .right = "attraction_least"},
                   {.kind = PL_LE, .left = "0", .right = "repulsion_least"}},
     .controls = {{.name = "anchor by anchor, without the sign condition",
                   .relation = {.kind = PL_LE, .left = "attraction_violations", .right = "0"}}}},

    {.id = "LEE25.NET.SHRINK",
     .title = "the attraction gap shrinks in training",
     .where = "figure of the gaps",
     .statement = "the attraction gap is smaller after the last epoch than after the first",
     .hypotheses = {"NT-Xent on unit features"},
     .correction = "the gap is |m| (1 - |m|), m the mean view: near 0 for views that agree, as an "
                   "untrained encoder's do. At this size it rises as the embeddings spread, and "
                   "falls a little from its peak",
     .expected = PL_VIOLATED,
     .erratum = PL_ERRATUM_SIZE,
     .source = LEE25,
     .program = &pl_study_gaps,
     .presets = {""},
     .relations = {{.kind = PL_LE, .left = "0", .right = "shrinkage", .error = "shrinkage_error"}},
     .controls =
         {{.name = "the repulsion gap below the attraction gap",
           .relation = {.kind = PL_LE, .left = "repulsion_gap", .right = "attraction_gap"}}}},

    {.id = "LEE25.NET.REPULSION",
     .title = "the repulsion gap stays the larger one",
     .where = "figure of the gaps",
     .statement = "after every epoch the repulsion gap is above the attraction gap",
     .hypotheses = {"NT-Xent on unit features"},
     .source = LEE25,
     .program = &pl_study_gaps,
     .presets = {""},
     .relations = {{.kind = PL_LE, .left = "attraction_hi", .right = "repulsion_lo"}},
     .controls = {{.name = "the other way round",
                   .relation = {.kind = PL_LE, .left = "repulsion_hi", .right = "attraction_lo"}}}},

    {.id = "WANG20.NET.PLANE",
     .title = "less of either loss, better features",
     .where = "figure 5",
     .statement =
         "linear accuracy falls with alignment at equal uniformity, and with uniformity at "
         "equal alignment (both are losses: less is better)",
     .hypotheses = {"encoders that differ in loss alone"},
     .source = WANG20,
     .program = &pl_study_plane,
     .presets = {""},
     .relations =
         {{.kind = PL_LE, .left = "alignment_slope", .right = "0", .error = "alignment_error"},
          {.kind = PL_LE, .left = "uniformity_slope", .right = "0", .error = "uniformity_error"}},
     .controls = {{.name = "alignment without uniformity is better than both",
                   .preset = "--arm a1-u0 --measure linear",
                   .relation = GAINS}}},

    {.id = "WANG20.NET.BOTH",
     .title = "neither loss alone is enough",
     .where = "figure 7",
     .statement = "alignment alone and uniformity alone make worse features than both",
     .hypotheses = {"encoders that differ in weights alone"},
     .source = WANG20,
     .program = &pl_study_plane,
     .presets = {"--arm a1-u0 --measure linear", "--arm a0-u1 --measure linear"},
     .relations = {{.kind = PL_LE, .left = "gain", .right = "0", .error = "error"}},
     .expected = PL_INCONCLUSIVE,
     .controls = {{.name = "alignment alone keeps the features spread",
                   .preset = "--arm a1-u0 --measure uniformity"}}},

    {.id = "XUE23.NET.COLLAPSE",
     .title = "supervised contrast loses the subclasses",
     .where = "tables 3 and 5, class collapse",
     .statement = "subclass accuracy is higher without labels (UCL) than with them (SCL)",
     .hypotheses = {"the class joins several subclasses", "a linear projector",
                    "a probe with an absolute ridge"},
     .source = XUE23,
     .program = &pl_study_collapse,
     .presets = {"--arm ucl --measure ridge_subclass"},
     .relations = {GAINS},
     .correction =
         "the collapse is that of the minimiser of least norm: features learnt early are lost "
         "late. "
         "After some hundred steps a network with labels still tells the subclasses apart",
     .expected = PL_VIOLATED,
     .erratum = PL_ERRATUM_SIZE,
     .controls = {UNTRAINED("ridge_subclass")}},

    {.id = "XUE23.NET.JOINT",
     .title = "the joint loss keeps both",
     .where = "tables 3 and 5, beta 0.8",
     .statement = "joint loss: subclass accuracy above SCL's, class accuracy above UCL's",
     .hypotheses = {"the class joins several subclasses", "a linear projector",
                    "a probe with an absolute ridge"},
     .source = XUE23,
     .program = &pl_study_collapse,
     .presets = {"--arm joint-0.8 --measure ridge_subclass", "--arm joint-0.8 --measure ridge"},
     .relations = {GAINS},
     .expected = PL_INCONCLUSIVE,
     .controls = {UNTRAINED("ridge_subclass")}},

    {.id = "BL22.NET.RICCATI",
     .title = "training follows the Riccati curve",
     .where = "training dynamics of SimCLR's squared loss",
     .statement = "every mode of a tabular network grows by s = mu/(1 + (mu/s0 - 1) e^{-8 mu t})",
     .hypotheses = {"full batch", "Z_0 on the leading eigenvectors", "rate x steps = t, rate -> 0"},
     .source = BL22,
     .program = &pl_study_riccati,
     .presets = {"", "--nodes 48 --embedding 6 --start 0.01 --times 0.1,0.3,0.6"},
     .relations = {{.kind = PL_EQ, .left = "extrapolated", .right = "exact", .tolerance = 1e-4},
                   {.kind = PL_WITHIN,
                    .left = "order",
                    .right = "1.9",
                    .upper = "2.1",
                    .applies = "moving"}},
     .controls =
         {{.name = "the curve 1 % higher", .scale = "exact", .factor = 1.01},
          {.name = "steps of the trained network without extrapolation",
           .preset = "--steps 50",
           .relation = {.kind = PL_EQ, .left = "trained", .right = "exact", .tolerance = 1e-3}}}},

    {.id = "TIAN20.NET.OPERATOR",
     .title = "weights align with the covariance operator",
     .where = "theorem 3, one linear layer",
     .statement =
         "|W v_1| grows by 1 + 2 rate lambda_1 a step, V v_1 = lambda_1 v_1, and with it the "
         "share of |W|^2 on V's leading eigenvectors",
     .hypotheses = {"linear encoder, no normalisation", "L_simp, two views of an image"},
     .source = TIAN20,
     .program = &pl_study_covariance,
     .presets = {""},
     .relations = {{.kind = PL_LE, .left = "0", .right = "gain", .error = "gain_error"},
                   {.kind = PL_EQ,
                    .left = "growth",
                    .right = "1",
                    .error = "growth_error",
                    .tolerance = 0.02}},
     .controls =
         {{.name = "the last eigenvectors",
           .relation = {.kind = PL_LE, .left = "0", .right = "last_gain", .error = "last_error"}},
          {.name = "the anchor's gradient alone: half the exponent",
           .scale = "growth",
           .factor = 2,
           .relation = {.kind = PL_EQ,
                        .left = "growth",
                        .right = "1",
                        .error = "growth_error",
                        .tolerance = 0.02}}}},
    {0}};
