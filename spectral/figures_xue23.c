/* The figures of XUE23: which data, which script, what the reader should see. */

#include "spectral/spectral.h"

const pl_figure pl_xue23_figures[] = {
    {.id = "class-collapse",
     .title = "Gradient descent learns the subclass, then forgets it",
     .caption =
         "Left: the norms of the class and the subclass feature along gradient descent on the "
         "supervised loss (n = 992, m = 5, d = 2000, p = 3, and p = 30 dashed). The subclass "
         "peaks near 0.34 and falls to about 4/(mn); the class stays. Right: the ratio of the two "
         "terms of the gradient, which reaches 1 where the subclass peaks.",
     .source = "XUE23, Figures 2 and 6",
     .script = "class-collapse",
     .data = {{"narrow", &pl_spectral_early_learning,
               "--sigma 2 --views 5 --repeats 62 --noise sampled:2000 --start-seed 2024 "
               "--iterations 500"},
              {"wide", &pl_spectral_early_learning,
               "--sigma 2 --views 5 --repeats 62 --noise sampled:2000 --start-seed 2024 "
               "--iterations 500 --embedding 30"}}},
    {.id = "collapse-embeddings",
     .title = "Four subclasses part, then fall into two classes",
     .caption = "Test examples in the first two of three embedding coordinates after 0, 45, 60 and "
                "100 steps of gradient descent on the supervised loss. Colour is the class, shape "
                "the subclass: they part at 45 and coincide again at 100.",
     .source = "XUE23, Figure 1",
     .script = "collapse-embeddings",
     .data = {{"examples", &pl_spectral_embeddings, "--examples 200"}}},
    {.id = "feature-suppression",
     .title = "A stronger irrelevant feature suppresses the class",
     .caption = "Left: the class feature of the minimum-norm UCL minimiser against the strength of "
                "the last irrelevant feature, for (K, p) = (3, 3) and (10, 10): it is lost where "
                "phi_K^2/(K-2) passes phi_1^2 = 0.64. Right: which features p dimensions hold; "
                "each enters in the order of its second moment.",
     .source = "XUE23, Figure 4 and Theorem 5.1",
     .script = "feature-suppression",
     .data =
         {{"three", &pl_spectral_selection_map,
           "--phi 0.8,1,1 --sigma 2 --views 3 --loss ucl --vary irrelevant --embedding 3 "
           "--values 0.01,0.02,0.05,0.1,0.2,0.3,0.4,0.5,0.6,0.63,0.65,0.7,0.8,1,1.5,2,3,5,7,10"},
          {"ten", &pl_spectral_selection_map,
           "--phi 0.8,1,3,3,3,3,3,3,3,1 --sigma 2 --views 3 --loss ucl --vary irrelevant "
           "--embedding 10 "
           "--values 0.01,0.02,0.05,0.1,0.2,0.3,0.4,0.5,0.6,0.63,0.65,0.7,0.8,1,1.5,2,3,5,7,10"},
          {"sizes", &pl_spectral_selection_map,
           "--phi 0.65,0.8,1.5,1.2,0.6 --loss ucl --vary embedding --values 1,2,3,4,5,6,7"}}},
    {.id = "joint-loss",
     .title = "The joint loss keeps the class and the subclass",
     .caption =
         "Left: norms of the class and the subclass feature of the minimum-norm minimiser of "
         "beta L_SCL + (1-beta) L_UCL against beta (set E, p = 4); lines are the closed "
         "forms. The class is kept for every beta above 0, the subclass fades as "
         "sqrt(1-beta). Right: with infinitely many examples and one slot the class "
         "replaces a stronger feature at beta* = 0.4275.",
     .source = "XUE23, Theorem 6.1",
     .script = "joint-loss",
     .data = {{"beta", &pl_spectral_selection_map,
               "--phi 0.7071067811865476,0.8944271909999159,1.6733200530681511,"
               "1.5491933384829668,0.8944271909999159,0.6324555320336759 --vary beta --embedding 4 "
               "--values 0.01,0.05,0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9,0.95,0.99"},
              {"threshold", &pl_spectral_beta_threshold,
               "--betas 0,0.05,0.1,0.15,0.2,0.25,0.3,0.35,0.4,0.42,0.427,0.428,0.45,0.5,0.55,0.6,"
               "0.65,0.7,0.75,0.8,0.85,0.9,0.95"}}},
    {.id = "random-bits",
     .title = "Random bits push the image out of the embedding",
     .caption = "Held-out subclass accuracy of the unsupervised linear encoder on Fashion-MNIST "
                "with one of 2^b random codes appended, against the embedding's size: chance "
                "until p exceeds 2^b (vertical lines).",
     .source = "XUE23, Figure 5 and Table 2 (linear analogue)",
     .script = "random-bits",
     .data = {{"three", &pl_spectral_linear_features,
               "--loss ucl --codes 3 --embeddings 4,7,9,12,16,24,32,48,64 --probe-every 3"},
              {"five", &pl_spectral_linear_features,
               "--loss ucl --codes 5 --embeddings 4,8,16,24,32,36,48,64,96 --probe-every 3"}}},
    {.id = "random-bits-joint",
     .title = "Random bits: the joint loss keeps class and subclass",
     .caption = "Held-out accuracy on ten subclasses (solid) and four classes (dashed) of "
                "Fashion-MNIST with one of 2^3 random codes appended, under SCL, UCL and the "
                "joint loss (beta = 0.5), against the embedding's size. UCL is at chance until p "
                "exceeds 2^3 (vertical line); SCL keeps the classes and loses the subclasses.",
     .source = "XUE23, Tables 4 and 5 (linear analogue)",
     .script = "random-bits-joint",
     .data = {{"scl", &pl_spectral_linear_features,
               "--loss scl --codes 3 --embeddings 2,4,8,12,16,32,64 --probe-every 3"},
              {"ucl", &pl_spectral_linear_features,
               "--loss ucl --codes 3 --embeddings 2,4,8,12,16,32,64 --probe-every 3"},
              {"joint", &pl_spectral_linear_features,
               "--loss joint:0.5 --codes 3 --embeddings 2,4,8,12,16,32,64 --probe-every 3"}}},
    {.id = "linear-features",
     .title = "Subclasses of Fashion-MNIST under SCL, UCL and the joint loss",
     .caption = "Held-out accuracy of a linear probe on ten subclasses (solid) and four classes "
                "(dashed) against the embedding's size. The supervised loss forgets the "
                "subclasses, the unsupervised one is worst for the classes in few dimensions, "
                "the joint loss (beta = 0.8) keeps both.",
     .source = "XUE23, Tables 3 and 5 (linear analogue)",
     .script = "linear-features",
     .data = {{"scl", &pl_spectral_linear_features, "--loss scl --embeddings 2,4,8,16,32,64"},
              {"ucl", &pl_spectral_linear_features, "--loss ucl --embeddings 2,4,8,16,32,64"},
              {"joint", &pl_spectral_linear_features,
               "--loss joint:0.8 --embeddings 2,4,8,16,32,64"}}},
    {.id = "linear-descent",
     .title = "Fashion-MNIST: subclasses learned and forgotten",
     .caption = "Held-out accuracy of a linear probe along gradient descent on the supervised "
                "loss with a linear encoder (p = 16): the classes rise and stay, the subclasses "
                "rise and fall.",
     .source = "XUE23, Figure 3 (linear analogue)",
     .script = "linear-descent",
     .data = {{"descent", &pl_spectral_linear_features,
               "--loss scl --centre --iterations 3000 --points 30 --probe-every 6 --ridge "
               "absolute:1e-3"}}},
    {0}};
