/* The front door: the one table of commands, tools and rooms. */

#include "bounds/bounds.h"
#include "claim/commands.h"
#include "claim/measure.h"
#include "data/cmd_views.h"
#include "data/images.h"
#include "hltm/hltm.h"
#include "plots/scripts.h"
#include "spectral/spectral.h"
#include "train/commands.h"

static const pl_room *const rooms[] = {&pl_bounds_room, &pl_spectral_room, &pl_hltm_room, NULL};

static const pl_program *const tools[] = {&pl_measure, NULL};

static const pl_command commands[] = {
    {"verify", "verify [CLAIM|PAPER ...]", "run the claims and their negative controls",
     pl_cmd_verify},
    {"claims", "claims [ID|PAPER ...]", "list the claims, or show some in full", pl_cmd_claims},
    {"errata", "errata", "published statements that are false, with witnesses", pl_cmd_errata},
    {"train", "train --data NAME:DIR --out RUN", "train an encoder and show the papers' quantities",
     pl_cmd_train},
    {"eval", "eval RUN", "linear and nearest-neighbour probes of a trained encoder", pl_cmd_eval},
    {"embed", "embed RUN -o Z.npy", "a trained encoder's embeddings of views", pl_cmd_embed},
    {"figures", "figures [ID ...]", "draw the figures", pl_cmd_figures},
    {"views", "views DATASET -o Z.npy", "random crops and flips of real images as features",
     pl_cmd_views},
    {"repro", "repro RUN.JSON", "run again and compare every number", pl_cmd_repro},
    {"doctor", "doctor", "versions, BLAS kernel, data sets, what is missing", pl_cmd_doctor},
    {"man", "man", "the man page, in man(7)", pl_cmd_man},
    {"help", "help [COMMAND]", "this list, or help on one command", pl_cmd_help},
    {0}};

int main(int argc, char **argv) {
    const pl_registry registry = {rooms, tools, commands, pl_plot_scripts, pl_images_known};
    return pl_main(&registry, argc, argv);
}
