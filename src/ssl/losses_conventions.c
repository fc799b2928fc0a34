/* What libraries call the losses of losses.c, from their sources: only what was read there. */

#include "ssl/losses.h"

#define PML "PyTorch Metric Learning"
#define DCL_CODE "raminnakhli/Decoupled-Contrastive-Learning"

const pl_loss_convention pl_loss_conventions[] = {
    {"infonce", PML, "SelfSupervisedLoss(NTXentLoss(), symmetric=False)", "0.07", "no", "yes",
     "mean over positive pairs", "equal, for two views"},
    {"infonce", "MoCo", "MoCo", "0.07", "no", "yes", "mean",
     "the negatives are a queue of earlier keys in place of v_j, j != i; keys carry no gradient"},
    {"infonce", "lightly", "NTXentLoss(memory_bank_size=K)", "0.5", "no", "yes", "mean",
     "the negatives are a memory bank in place of v_j, j != i"},
    {"infonce_sym", "CLIP", "symmetric cross entropy", "0.07, learned", "yes", "yes", "mean",
     "equal; the logit scale alpha is learned from 1/0.07"},
    {"infonce_sym", "open_clip", "ClipLoss", "0.07, learned", "yes", "yes", "mean",
     "equal on one process; features arrive normalised, alpha as logit_scale"},
    {"ntxent", "SimCLR", "add_contrastive_loss", "1 (function), 0.1 (flag)", "yes", "yes",
     "mean over each view, then their sum", "2 ntxent"},
    {"ntxent", PML, "SelfSupervisedLoss(NTXentLoss())", "0.07", "yes", "yes",
     "mean over positive pairs", "equal, for two views"},
    {"ntxent", PML, "SelfSupervisedLoss(SupConLoss())", "0.1", "yes", "yes",
     "mean over non-zero losses", "equal, for two views and no loss that is exactly 0"},
    {"ntxent", "lightly", "NTXentLoss", "0.5", "yes", "yes", "mean", "equal"},
    {"ntxent", "solo-learn", "simclr_loss_func", "0.1", "yes", "yes", "mean",
     "equal, for two views"},
    {"dcl", "lightly", "DCLLoss", "0.1", "yes", "no", "mean",
     "two logarithms, one for each view's negatives, are added where dcl has the logarithm of one "
     "sum (lightly pull request 1827)"},
    {"dcl", DCL_CODE, "DCL", "0.1", "yes", "no", "mean over each view, then their sum",
     "2 dcl of the rows as given: they are not normalised inside"},
    {"dclw", "lightly", "DCLWLoss", "0.1, sigma 0.5", "yes", "no", "mean",
     "as lightly's DCLLoss; the weights are detached, as here"},
    {"dclw", DCL_CODE, "DCLW", "0.1, sigma 0.5", "yes", "no", "mean over each view, then their sum",
     "the weights are 2 - softmax, without the factor N of e^{s_i/sigma}/mean_j e^{s_j/sigma}, and "
     "carry gradient"},
    {"align", "SsnL/align_uniform", "align_loss", "p 2", "-", "-", "mean",
     "equal; rows must be normalised before"},
    {"unif", "SsnL/align_uniform", "uniform_loss", "t 2", "no", "-", "log of the mean over pairs",
     "unif(u) of one view; its training code averages the two"},
    {"moco_align", "SsnL/moco_align_uniform", "loss_align", "-", "no", "-", "mean",
     "equal; keys carry no gradient"},
    {"moco_unif", "SsnL/moco_align_uniform", "loss_unif", "-", "no", "-",
     "log of the mean over pairs", "equal with y the queue, which carries no gradient"},
    {0}};
