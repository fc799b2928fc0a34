/* Figures of the studies: drawn when they are named, as their networks have to be trained. */

#include "study/study.h"

#define GAIN_CAPTION                                                                               \
    " Points: mean gain over the seeds with its 95 % t interval, paired by seed. Right of the "    \
    "dashed line the first of the two is larger. An analogue at the size of a CPU."

const pl_figure pl_study_figures[] = {
    {.id = "study-augmentation",
     .title = "Accuracy against prototype bias over augmentations",
     .caption =
         "One point a network: test accuracy of the linear probe against the prototype bias "
         "of its embeddings, by which step of the views was left out or added. LEE25 reports "
         "that accuracy falls as bias rises. An analogue at the size of a CPU.",
     .source = "LEE25 fig. 3",
     .script = "study-bias",
     .data = {{"study", &pl_study_augmentation, "--each"}}},
    {.id = "study-lambda",
     .title = "Weight of repulsion above 1",
     .caption = "Accuracy with lambda > 1 against lambda = 1." GAIN_CAPTION,
     .source = "LEE25, tables over alpha and lambda",
     .script = "study-gains",
     .data = {{"study", &pl_study_lambda, ""}}},
    {.id = "study-similarity",
     .title = "Cosine against dot product and distance",
     .caption = "Accuracy of NT-Xent by similarity." GAIN_CAPTION,
     .source = "LEE25, table of similarities",
     .script = "study-gains",
     .data = {{"study", &pl_study_similarity, ""}}},
    {.id = "study-balance",
     .title = "Balanced against long-tailed",
     .caption = "Accuracy by the balance of the training set, as many images." GAIN_CAPTION,
     .source = "LEE25, table of ImageNet-LT",
     .script = "study-gains",
     .data = {{"study", &pl_study_balance, ""}}},
    {.id = "study-gaps",
     .title = "The gaps of both bounds along training",
     .caption = "Mean gaps over the seeds with 95 % t intervals after every epoch. LEE25 reports "
                "that the attraction gap decreases and the repulsion gap stays larger, bounded. An "
                "analogue at the size of a CPU.",
     .source = "LEE25, figure of the gaps",
     .script = "study-gaps",
     .data = {{"study", &pl_study_gaps, ""}}},
    {.id = "study-plane",
     .title = "Accuracy in the plane of alignment and uniformity",
     .caption = "One point a network, coloured by the accuracy of its linear probe: left is better "
                "aligned, lower is more uniform. WANG20 reports that the best lie low and left. An "
                "analogue at the size of a CPU.",
     .source = "WANG20 fig. 5",
     .script = "study-plane",
     .data = {{"study", &pl_study_plane, "--each"}}},
    {.id = "study-collapse",
     .title = "Class against subclass accuracy by loss",
     .caption = "One point a network: accuracy on classes and on subclasses of least squares with "
                "an absolute ridge. "
                "XUE23 reports that the supervised loss keeps the class and loses the subclasses, "
                "the unsupervised one the other way round, and the joint loss keeps both. An "
                "analogue at the size of a CPU.",
     .source = "XUE23, tables 3 and 5",
     .script = "study-collapse",
     .data = {{"study", &pl_study_collapse, "--each"}}},
    {.id = "study-riccati",
     .title = "A tabular network on the Riccati curve",
     .caption =
         "Growth of the leading modes of a network in full-batch training (points) on the "
         "exact logistic curves (lines): one mode after the other, largest eigenvalue first.",
     .source = "BL22.DYN",
     .script = "study-riccati",
     .data = {{"study", &pl_study_riccati,
               "--nodes 6 --embedding 3 --start 0.001 --times "
               "0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9,1,1.1,1.2,1.3,1.4,1.5,1.6,1.7,1.8,1.9,2,2.1,2."
               "2,2.3,2.4,2.5,2.6"}}},
    {.id = "study-covariance",
     .title = "Weights align with the covariance operator",
     .caption = "Share of the weights on the leading eigenvectors of the augmentation means' "
                "covariance after every epoch (points: mean over the seeds with 95 % t interval), "
                "and what power iteration predicts (line). An analogue on images of TIAN20's "
                "theorem 3.",
     .source = "TIAN20 theorem 3",
     .script = "study-covariance",
     .data = {{"study", &pl_study_covariance, ""}}},
    {0}};
