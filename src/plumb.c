/* The front door: the one table of commands, tools and rooms. */

#include "bounds/bounds.h"
#include "claim/commands.h"
#include "claim/measure.h"
#include "data/cmd_views.h"
#include "data/images.h"
#include "hltm/hltm.h"
#include "notebooks-export/labs.h"
#include "plots/scripts.h"
#include "spectral/spectral.h"
#include "study/study.h"
#include "train/commands.h"

static const pl_room *const rooms[] = {&pl_bounds_room, &pl_spectral_room, &pl_hltm_room,
                                       &pl_study_room, NULL};

static const pl_program *const tools[] = {&pl_measure, NULL};

static const pl_command commands[] = {
    {"verify", "verify [CLAIM|PAPER ...]", "run the claims and their negative controls",
     pl_cmd_verify, pl_verify_options},
    {"claims", "claims [ID|PAPER ...]", "list the claims, or show some in full", pl_cmd_claims,
     pl_claims_options},
    {"errata", "errata [ID|PAPER ...]", "published statements that are false, with witnesses",
     pl_cmd_errata, pl_errata_options},
    {"train", "train --data NAME:DIR --out RUN", "train an encoder and show the papers' quantities",
     pl_cmd_train, pl_settings_rows},
    {"eval", "eval RUN", "linear and nearest-neighbour probes of a trained encoder", pl_cmd_eval,
     pl_eval_options},
    {"embed", "embed RUN -o Z.npy", "a trained encoder's embeddings of views", pl_cmd_embed,
     pl_embed_options},
    {"figures", "figures [ID ...]", "draw the figures", pl_cmd_figures, pl_figures_options},
    {"labs", "labs export|check [LAB ...]", "course labs as notebooks for nbgrader", pl_cmd_labs,
     pl_labs_options},
    {"views", "views DATASET -o Z.npy", "random crops and flips of real images as features",
     pl_cmd_views, pl_views_options},
    {"compare", "compare A.json B.json ...", "runs or ledgers side by side: what differs",
     pl_cmd_compare, pl_compare_options},
    {"repro", "repro RUN.JSON", "run again and compare every number", pl_cmd_repro,
     pl_repro_options},
    {"doctor", "doctor", "versions, BLAS kernel, data sets, what is missing", pl_cmd_doctor,
     pl_doctor_options},
    {"man", "man", "the man page, in man(7)", pl_cmd_man, NULL},
    {"completion", "completion bash", "completion of words for the shell", pl_cmd_completion, NULL},
    {"help", "help [COMMAND|TOPIC]", "this list, or help on one command or convention", pl_cmd_help,
     NULL},
    {0}};

int main(int argc, char **argv) {
    const pl_registry registry = {rooms, tools, commands, pl_plot_scripts, pl_images_known};
    return pl_main(&registry, argc, argv);
}
