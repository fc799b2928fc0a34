/* The figures of the spectral room: which data, which script, what the reader should see. */

#include "spectral/spectral.h"

const pl_figure pl_spectral_figures[] = {
    {.id = "graph-spectra",
     .title = "Positive eigenvalues, not the rank",
     .caption =
         "Eigenvalues of G, largest first: views of images, classes, neighbours, the karate club. "
         "Only eigenvalues above zero (line) can be embedded by SimCLR; without self-loops "
         "every graph has negative ones, and the rank counts those too.",
     .source = "BL22, the relation graph",
     .script = "graph-spectra",
     .data = {{"views", &pl_spectral_graph, "--graph views:4x3 --spectrum adjacency --count 12"},
              {"classes", &pl_spectral_graph,
               "--graph labels:2,4,6 --spectrum adjacency --count 12"},
              {"karate", &pl_spectral_graph, "--graph karate --spectrum adjacency --count 34"},
              {"neighbours", &pl_spectral_graph,
               "--graph neighbours:40x4 --spectrum adjacency --count 40"}}},
    {.id = "relation-matrices",
     .title = "Three relations as matrices",
     .caption = "G of 4 images with 3 views each (paper's order: view by view), of labelled "
                "classes of 2, 4 and 6, and of the 4 nearest neighbours of 40 random points. A "
                "square is a related pair. The first two are cliques, known without a solver; "
                "the last is what needs one.",
     .source = "BL22, Fig. 3 (drawn here on small graphs)",
     .script = "relation-matrices",
     .data = {{"views", &pl_spectral_entries, "--graph views:4x3"},
              {"classes", &pl_spectral_entries, "--graph labels:2,4,6"},
              {"neighbours", &pl_spectral_entries, "--graph neighbours:40x4"}}},
    {.id = "dimensional-collapse",
     .title = "More invariance, fewer dimensions",
     .caption = "Karate club, K = 6. Left: singular values of the optimum against the invariance "
                "weight; those of the squared loss vanish one by one at n/(nu lambda_k) (points), "
                "those of the hinge sooner, the first one growing in their place. Right: the rank "
                "that is left; SimCLR's and whitened Barlow Twins' do not depend on it.",
     .source = "BL22, RANK, THM1, THM1h (drawn here)",
     .script = "dimensional-collapse",
     .data = {{"path", &pl_spectral_gamma_path,
               "--gammas 0.02,0.025,0.03,0.04,0.05,0.06,0.08,0.1,0.125,0.15,0.18,0.22,0.26,0.3,"
               "0.36,0.42,0.5,0.55,0.6,0.65,0.7,0.75,0.8,0.85,0.9,0.95,1,1.1,1.2,1.4,1.6,1.8,2,"
               "2.2,2.5,3,4,6,8,12,16"}}},
    {.id = "vicreg-modes",
     .title = "VICReg's modes: theory and optimum",
     .caption =
         "Eigenvalues of the covariance, mode by mode, of the closed form (line) and of the "
         "best embedding that an optimiser found (points): squared variance, the paper's "
         "hinge, and a large invariance weight under which modes vanish. Karate club, K = 8.",
     .source = "BL22, THM1, THM1h, RANK",
     .script = "vicreg-modes",
     .data = {{"squared", &pl_spectral_vicreg, "--embedding 8 --gamma 0.5 --starts 3"},
              {"hinge", &pl_spectral_vicreg,
               "--embedding 8 --gamma 0.5 --alpha 25 --beta 1 --loss hinge --starts 2"},
              {"collapsed", &pl_spectral_vicreg,
               "--embedding 8 --gamma 12 --alpha 25 --beta 25 --starts 3"}}},
    {.id = "saddles",
     .title = "One minimum and its saddles",
     .caption =
         "Every critical level of VICReg on a path of six nodes, K = 2, with the curvature of "
         "the steepest way out. Only the lowest level has none: an optimiser from any start "
         "ends there.",
     .source = "BL22, THM1 (iii)",
     .script = "saddles",
     .data = {{"levels", &pl_spectral_critical, "--graph path:6 --embedding 2"}}},
    {.id = "descent-levels",
     .title = "Every start ends at the same level",
     .caption = "Loss of VICReg along gradient descent from six small random starts on a path of "
                "six nodes, K = 2, and every critical level. The walks pass the saddles' levels "
                "and end together at the lowest, L* = 0.3929.",
     .source = "BL22, THM1 (iii) (drawn here)",
     .script = "descent-levels",
     .data = {{"levels", &pl_spectral_critical, "--graph path:6 --embedding 2 --starts 0"},
              {"starts", &pl_spectral_descent, "--step 0.02 --scale 0.001"}}},
    {.id = "equivalence",
     .title = "Regular graphs make the methods one",
     .caption = "Largest principal angle (sine) between the spans of every pair of methods, on the "
                "Petersen graph, which is regular, and on an irregular random graph.",
     .source = "BL22, Fig. 1; EQ2",
     .script = "equivalence",
     .data = {{"regular", &pl_spectral_equivalence, "--graph petersen --embedding 5"},
              {"irregular", &pl_spectral_equivalence, "--graph random:12 --embedding 5"}}},
    {.id = "class-imbalance",
     .title = "Which linear methods need balanced classes",
     .caption =
         "Three classes of 10 - s, 10 and 10 + s samples, linear encoders: largest angle "
         "(sine) to Fisher's directions, least squares, principal components and canonical "
         "correlations. Only VICReg on the plain label graph leaves LDA as the classes "
         "part; with Y(Y'Y)^-1Y', and for the other methods, all stay at rounding, near 1e-15.",
     .source = "BL22 sec. 5; LDA, SUP, LIN2p, LIN3 (drawn here; the paper's figures print no "
               "numbers)",
     .script = "class-imbalance",
     .data = {{"sizes", &pl_spectral_imbalance, ""}}},
    {.id = "coordinates",
     .title = "The karate club in the plane",
     .caption = "Two columns from VICReg (Laplacian eigenmaps, local), from SimCLR on G (low rank, "
                "MDS) and from SimCLR on the graph's ISOMAP kernel (global).",
     .source = "BL22, THM1a, THM2m, ISO",
     .script = "coordinates",
     .data = {{"karate", &pl_spectral_coordinates, "--graph karate"},
              {"isomap", &pl_spectral_coordinates, "--graph isomap:karate"}}},
    {.id = "downstream",
     .title = "Probe error against dimension and gamma",
     .caption = "Left: error of a linear probe on the karate club's factions, VICReg and SimCLR, "
                "with the bound by cut value over gap. Right: few labels on cliques, an aligned "
                "target; error falls with the invariance weight. Lines are formulas, points fits.",
     .source = "BL22, DOWN, DOWNb, LOW1",
     .script = "downstream",
     .data = {{"probe", &pl_spectral_downstream, "--dims 1,2,3,4,5,6,8,10,12,16,20,24,28,32,33"},
              {"few", &pl_spectral_low_data,
               "--delta 0 --gammas 0,0.03,0.06,0.1,0.13,0.16,0.2,0.23,0.26,0.3,0.33,0.36,0.4"}}},
    {.id = "low-data",
     .title = "The best invariance weight depends on the target",
     .caption =
         "Four cliques of three, embedded by VICReg. Left: all labels, noisy, a target that "
         "is constant on cliques: risk falls with the invariance weight. Middle: a mixed "
         "target: an optimum inside. Right: a target within cliques: what a ridge fit leaves "
         "of it rises to all. Lines are formulas, points fits.",
     .source = "BL22, guidelines (i) and (ii); LOW2, LOW3 (formalised here)",
     .script = "low-data",
     .data = {{"aligned", &pl_spectral_low_data,
               "--task all --gammas 0,0.03,0.06,0.1,0.13,0.16,0.2,0.23,0.26,0.3,0.33,0.36,0.4"},
              {"mixed", &pl_spectral_low_data,
               "--task all --target mixed --gammas "
               "0,0.03,0.06,0.1,0.13,0.16,0.2,0.23,0.26,0.3,0.33,0.36,0.4"},
              {"misaligned", &pl_spectral_low_data,
               "--task misaligned --target misaligned --delta 0.25 --gammas "
               "0,0.03,0.06,0.1,0.13,0.16,0.2,0.23,0.26,0.3,0.33,0.36,0.4"}}},
    {.id = "dynamics",
     .title = "Training follows a Riccati equation",
     .caption = "Trace of the Gram matrix along gradient flow of SimCLR-squared on a path of six "
                "nodes: closed form (line) and gradient descent (points). One mode after the other "
                "is learnt.",
     .source = "BL22, DYN",
     .script = "dynamics",
     .data = {{"curve", &pl_spectral_dynamics,
               "--steps 400 --times "
               "0.02,0.06,0.1,0.15,0.2,0.25,0.3,0.35,0.4,0.45,0.5,0.55,0.6,0.7,0.8,0.9,1,1.2,1.4,"
               "1.6,2,2.5,3"}}},
    {0}};
