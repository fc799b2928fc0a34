/* The claims on HC21, TAN23 and GAR22. */

#include "spectral/references.h"
#include "spectral/spectral.h"

#define HC21                                                                                       \
    "HaoChen, Wei, Gaidon & Ma, Provable Guarantees for Self-Supervised Deep Learning with "       \
    "Spectral Contrastive Loss, NeurIPS 2021"
#define TAN23                                                                                      \
    "Tan, Zhang, Yang & Yuan, Contrastive Learning Is Spectral Clustering on Similarity Graph, "   \
    "2023"
#define GAR22                                                                                      \
    "Garrido et al., On the Duality between Contrastive and Non-Contrastive Self-Supervised "      \
    "Learning, 2022"
#define SIDES                                                                                      \
    { .kind = PL_EQ, .left = "left", .right = "right", .tolerance = 1e-9 }
#define SIDE_CONTROL                                                                               \
    { .name = "one side changed by 1 %", .scale = "right", .factor = 1.01 }

const pl_claim pl_hc21_claims[] = {
    {.id = "HC21.ID",
     .title = "the loss is a low-rank approximation",
     .where = "matrix factorisation form",
     .statement = "SCL(f) = |A - FF'|^2 - |A|^2, F = D_w^1/2 f, A = D^-1/2 G D^-1/2",
     .hypotheses = {"no isolated node"},
     .source = HC21,
     .program = &pl_spectral_identities,
     .presets = {"--identity low-rank --graph random:12", "--identity low-rank --graph karate",
                 "--identity low-rank --graph views:4x3"},
     .relations = {SIDES},
     .controls = {SIDE_CONTROL},
     .references = hc21_id_references},

    {.id = "HC21.THM",
     .title = "its minimiser: modes of normalised G",
     .where = "the population minimiser",
     .statement = "f* = D_w^-1/2 V sqrt(a)_+ R, min = -sum (a_k)_+^2",
     .hypotheses = {"no isolated node"},
     .source = HC21,
     .program = &pl_spectral_contrastive,
     .presets = {"--graph path:6 --embedding 2", "--graph random:12 --embedding 3",
                 "--graph karate --embedding 3"},
     .relations = {{.kind = PL_EQ, .left = "loss_at_closed_form", .right = "closed_form_loss"},
                   {.kind = PL_EQ, .left = "gradient_norm", .right = "0", .tolerance = 1e-10},
                   {.kind = PL_EQ,
                    .left = "best_found_loss",
                    .right = "closed_form_loss",
                    .tolerance = 1e-9},
                   {.kind = PL_LE, .left = "subspace_sine", .right = "2e-4"},
                   {.kind = PL_EQ, .left = "weighted_sine", .right = "0", .tolerance = 1e-10}},
     .controls = {{.name = "HC21.neg: f* itself, without D^1/2, on an irregular graph",
                   .preset = "--graph random:12 --embedding 3",
                   .relation = {.kind = PL_EQ, .left = "bare_sine", .right = "0"}},
                  {.name = "the closed form changed by 1 %",
                   .scale = "closed_form_loss",
                   .factor = 1.01}},
     .references = hc21_thm_references},

    {.id = "HC21.aug",
     .title = "augmentation graphs are semidefinite",
     .where = "the augmentation graph",
     .statement = "W = A' diag(p) A: no negative eigenvalue, n+ = rank <= images",
     .hypotheses = {"W from an augmentation model"},
     .source = HC21,
     .program = &pl_spectral_contrastive,
     .presets = {"--graph augmentation:4x9 --embedding 4"},
     .relations = {{.kind = PL_EQ, .left = "positive_eigenvalues", .right = "matrix_rank"},
                   {.kind = PL_LE, .left = "0", .right = "least_eigenvalue", .tolerance = 1e-12}},
     .controls = {{.name = "a graph without self-loops", .preset = "--graph karate --embedding 4"}},
     .references = hc21_aug_references},
    {0}};

const pl_claim pl_tan23_claims[] = {
    {.id = "TAN23.ID",
     .title = "InfoNCE attracts by the Laplacian",
     .where = "InfoNCE and spectral clustering",
     .statement = "InfoNCE = (1/tau) tr Z'LZ + sum d_i log sum_{k /= i} e^{-|z_i - z_k|^2/(2 tau)}",
     .hypotheses = {"unit rows", "no self-loops"},
     .source = TAN23,
     .program = &pl_spectral_identities,
     .presets = {"--identity laplacian --graph random:12", "--identity laplacian --graph karate",
                 "--identity laplacian --graph views:4x3"},
     .relations = {SIDES},
     .controls = {SIDE_CONTROL},
     .references = tan23_id_references},

    {.id = "TAN23.neg",
     .title = "InfoNCE's minimiser is the eigenspace",
     .where = "contrastive learning is spectral clustering",
     .statement = "the minimiser of InfoNCE spans the lowest Laplacian modes",
     .hypotheses = {"unit rows"},
     .correction =
         "the attraction is exactly Laplacian (TAN23.ID); the repulsion moves the minimiser "
         "off the eigenspace, except on graphs such as balanced cliques",
     .source = TAN23,
     .program = &pl_spectral_simclr,
     .presets = {"--loss infonce --graph random:12 --embedding 3"},
     .relations = {{.kind = PL_EQ, .left = "laplacian_sine", .right = "0", .tolerance = 1e-6}},
     .expected = PL_VIOLATED,
     .controls = {{.name = "balanced cliques: it does",
                   .preset = "--loss infonce --graph cliques:4x3 --embedding 3",
                   .relation = {.kind = PL_LE, .left = "0.01", .right = "laplacian_sine"}}},
     .references = tan23_neg_references},
    {0}};

const pl_claim pl_gar22_claims[] = {
    {.id = "GAR22.ID",
     .title = "contrastive and non-contrastive are dual",
     .where = "Theorem 3.3",
     .statement = "|offdiag ZZ'|^2 - |offdiag Z'Z|^2 = sum of columns' |.|^4 - sum of rows' |.|^4",
     .hypotheses = {"any Z"},
     .source = GAR22,
     .program = &pl_spectral_identities,
     .presets = {"--identity duality --graph softmax:9 --embedding-seed 71 --columns 4"},
     .relations = {SIDES},
     .controls = {SIDE_CONTROL},
     .references = gar22_id_references},
    {0}};
