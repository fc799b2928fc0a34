#include "claim/topics.h"

#include <stdio.h>

#include "ssl/losses.h"

static void help_losses(pl_text *out) {
    pl_text_add(out, "Losses of a batch of N pairs (u_i, v_i), rows scaled to unit norm, s = u.v;\n"
                     "alpha = 1/tau. LSE: log of a sum of exponentials.\n\n");
    for (const pl_loss *l = pl_losses; l->name; l++)
        pl_text_printf(out, "  %-14s %s\n  %-14s %s\n", l->name, l->formula, "", l->source);
    pl_text_add(out, "\nWhat other code computes under its own names, in terms of these:\n\n");
    for (const pl_loss_convention *c = pl_loss_conventions; c->loss; c++)
        pl_text_printf(out, "  %-14s %s, %s: %s\n", c->loss, c->library, c->name, c->relation);
}

static void help_views(pl_text *out) {
    pl_text_add(
        out,
        "Feature arrays are .npy or .npz, float16, float32 or float64:\n\n"
        "  (N, V, d)       V views of each of N images, in dimension d\n"
        "  (N V, d)        with --views V: rows 0 .. V-1 are the views of image 0, and so on\n"
        "  (N, d), (N, d)  FEATURES and --pair B.npy: row i of both is one image\n"
        "  (N, d)          one view an image: what needs two is left out, with a warning\n\n"
        "Labels are integers (N,), one an image. Rows are directions: norms that are not 1 are\n"
        "refused unless --normalize is given. Nothing is changed silently.\n\n"
        "Two views of one image are a positive pair, two images a negative one. Alignment is\n"
        "the mean of |z - z'|^2 over positive pairs, uniformity log mean e^{-t|z - z'|^2} over\n"
        "pairs of two images: a view never meets another view of its own image in it.\n"
        "'plumb views DATASET -o Z.npy' makes such an array of real images.\n");
}

static void help_data(pl_text *out) {
    pl_text_add(
        out,
        "Images are named NAME:DIR, or NAME alone where 'plumb doctor' finds them: in\n"
        "$PLUMB_DATA/NAME or /usr/share/datasets/NAME.\n\n"
        "  fashion-mnist, mnist      the four idx files, plain or .gz; apt-get install\n"
        "                            dataset-fashion-mnist\n"
        "  cifar10, cifar100, cifar100-coarse (fine labels as subclasses)\n"
        "                            the binary version's .bin files, or DIR is one of them\n"
        "  stl10, stl10-unlabeled    the binary version's .bin files\n"
        "  folder:DIR[@SIDE]         train/CLASS/x.jpg and test/CLASS/..., or CLASS/x.jpg; JPEG "
        "or\n"
        "                            PNG, scaled to SIDE x SIDE where that is given\n"
        "  npy:DIR, npy:X.npy,Y.npy  train_images.npy, train_labels.npy, test_...: (N, H, W),\n"
        "                            (N, H, W, C) or (N, C, H, W), integers to 255 or floats to "
        "1;\n"
        "                            (N, V, C, H, W) holds V views of each image, and a pair is "
        "two\n"
        "                            of them\n\n"
        "Samples of a latent tree, views being draws below one root, are such arrays:\n\n"
        "  plumb hltm samples --depth 5 --save tree\n"
        "  plumb train --data npy:tree --augment none --model mlp:64 --out runs/tree\n\n"
        "Any set can be subsetted (--images), long-tailed (--long-tail exp:100 or pareto), given\n"
        "coarser classes (--coarsen 0,0,1,1) or RandBit channels (--randbit 4).\n");
}

static void help_verdicts(pl_text *out) {
    pl_text_add(
        out,
        "  HOLDS           the relation is met on every preset, and every printed value too\n"
        "  VIOLATED        it is not: the witness stands beside it. For a published statement "
        "that\n"
        "                  is false this is what is expected, and 'plumb errata' lists it\n"
        "  INCONCLUSIVE    the confidence interval straddles, or a printed value is not met\n"
        "  VACUOUS         it holds, but beyond the trivial value: the bound says nothing\n"
        "  NOT-APPLICABLE  the input misses a hypothesis, which is named\n\n"
        "A claim comes out as expected when its verdict is the expected one, every printed value\n"
        "is met, and every negative control comes out VIOLATED: a hypothesis is dropped, or a\n"
        "constant changed by 1 %, and the same relation must fail. Deterministic relations are\n"
        "judged to 1e-10 of the larger side unless the claim says otherwise; random ones so that\n"
        "one whole verify raises a false alarm less than once in a thousand seeds, and a random\n"
        "control must fail by six standard errors. --effort quick|standard|deep multiplies the\n"
        "replicates by 1/4, 1, 10.\n");
}

const pl_topic pl_topics[] = {
    {"losses", "the losses, and what other code calls by their names", help_losses},
    {"views", "how features, views, pairs and labels are laid out", help_views},
    {"data", "image sets: their names, files and layouts", help_data},
    {"verdicts", "what the verdicts mean and how they are reached", help_verdicts},
    {0}};

void pl_commands_list(const pl_registry *registry, const char *row, pl_text *out) {
    for (const pl_command *c = registry->commands; c->name; c++)
        pl_text_printf(out, row, c->usage, c->summary);
    for (const pl_program *const *p = registry->tools; *p; p++) {
        char usage[80];
        snprintf(usage, sizeof usage, "%s %s", (*p)->name,
                 (*p)->positional ? (*p)->positional : "");
        pl_text_printf(out, row, usage, (*p)->summary);
    }
    for (const pl_room *const *r = registry->rooms; *r; r++) {
        char usage[80];
        snprintf(usage, sizeof usage, "%s [PROGRAM]", (*r)->name);
        pl_text_printf(out, row, usage, (*r)->summary);
    }
}
