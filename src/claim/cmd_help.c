/* plumb help and plumb man: both read the registry, and both know the conventions. */

#include <stdio.h>
#include <string.h>

#include "claim/claim.h"
#include "claim/commands.h"
#include "claim/environment.h"
#include "ssl/losses.h"

/* ---- conventions ----------------------------------------------------------------------------- */

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

typedef struct topic {
    const char *name, *summary; /* name NULL ends */
    void (*write)(pl_text *out);
} topic;

static const topic topics[] = {
    {"losses", "the losses, and what other code calls by their names", help_losses},
    {"views", "how features, views, pairs and labels are laid out", help_views},
    {"data", "image sets: their names, files and layouts", help_data},
    {"verdicts", "what the verdicts mean and how they are reached", help_verdicts},
    {0}};

/* ---- help ------------------------------------------------------------------------------------ */

static void list_commands(const pl_registry *registry, pl_text *out, const char *row) {
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

static bool is_command(const pl_registry *registry, const char *word) {
    for (const pl_command *c = registry->commands; c->name; c++)
        if (strcmp(c->name, word) == 0)
            return true;
    return pl_registry_tool(registry, word) || pl_registry_room(registry, word);
}

pl_status pl_cmd_help(pl_ctx *ctx, const pl_registry *registry, int argc, char *const *argv) {
    pl_text text = {0};
    for (const topic *t = topics; argc == 1 && t->name; t++) /* "views" is a command too: both */
        if (strcmp(t->name, argv[0]) == 0) {
            t->write(&text);
            if (is_command(registry, argv[0]))
                pl_text_printf(&text, "\nplumb %s --help has the command's options.\n", argv[0]);
            return pl_print_text(ctx, &text);
        }
    if (argc > 0) { /* plumb help X = plumb X --help */
        char *words[] = {"plumb", argv[0], argc > 1 ? argv[1] : "--help",
                         argc > 1 ? "--help" : NULL, NULL};
        int exit_status = pl_main(registry, argc > 1 ? 4 : 3, words);
        return exit_status ? pl_fail(ctx, PL_EUSAGE, "no help on '%s'", argv[0]) : PL_OK;
    }
    pl_text_add(&text, "plumb checks the theory of contrastive learning against numbers.\n\n");
    list_commands(registry, &text, "  %-30s %s\n");
    pl_text_add(&text, "\nConventions, by plumb help TOPIC:\n");
    for (const topic *t = topics; t->name; t++)
        pl_text_printf(&text, "  %-30s %s\n", t->name, t->summary);
    pl_text_add(&text,
                "\nplumb COMMAND --help says more. Exit status: 0 done, 1 failed, 2 usage,\n"
                "3 a verdict is not the expected one, 4 bad input, 128 + signal: ended by it.\n");
    return pl_print_text(ctx, &text);
}

/* man(7) would read a leading dot or quote as a request, and a bare dash as a hyphen. */
static void man_program(const char *room, const pl_program *p, pl_text *out) {
    pl_text_printf(out, ".SS \"plumb %s%s%s %s\"\n%s.\n", room ? room : "", room ? " " : "",
                   p->name, p->positional ? p->positional : "", p->summary);
    if (p->details)
        pl_text_printf(out, ".PP\n%s\n", p->details);
    pl_options_man(p->options, out);
}

/* A topic is laid out already: filling is switched off, and a line that begins as a request would
 * is protected. */
static void man_topic(const topic *t, pl_text *out) {
    pl_text body = {0};
    t->write(&body);
    pl_text_printf(out, ".SH \"CONVENTIONS: %s\"\n.nf\n", t->name);
    for (const char *s = pl_text_get(&body); *s; s++) {
        if ((*s == '.' || *s == '\'') && (s == body.s || s[-1] == '\n'))
            pl_text_add(out, "\\&");
        if (*s == '\\')
            pl_text_add(out, "\\e");
        else if (*s == '-')
            pl_text_add(out, "\\-");
        else
            pl_text_printf(out, "%c", *s);
    }
    pl_text_add(out, ".fi\n");
    out->failed = out->failed || body.failed;
    pl_text_free(&body);
}

pl_status pl_cmd_man(pl_ctx *ctx, const pl_registry *registry, int argc, char *const *argv) {
    pl_text text = {0};
    if (pl_wants_help(argc, argv))
        return pl_print_usage(ctx, "man", "The manual page: plumb man | man -l -", NULL);
    pl_text_add(&text, ".TH PLUMB 1 \"\" \"plumb " PL_VERSION "\" \"Plumbline\"\n.SH NAME\n"
                       "plumb \\- checks the theory of contrastive learning against numbers\n"
                       ".SH SYNOPSIS\n.B plumb\n.I COMMAND\n[options]\n.SH COMMANDS\n");
    list_commands(registry, &text, ".TP\n.B %s\n%s\n");
    pl_text_add(&text, ".SH \"OPTIONS OF THE COMMANDS\"\n");
    for (const pl_command *c = registry->commands; c->name; c++)
        if (c->options) {
            pl_text_printf(&text, ".SS \"plumb %s\"\n", c->usage);
            pl_options_man(c->options, &text);
        }
    pl_text_add(&text, ".SH PROGRAMS\n");
    for (const pl_program *const *p = registry->tools; *p; p++)
        man_program(NULL, *p, &text);
    for (const pl_room *const *r = registry->rooms; *r; r++)
        for (const pl_program *const *p = (*r)->programs; *p; p++)
            man_program((*r)->name, *p, &text);
    pl_text_add(&text, ".SH \"COMMON OPTIONS\"\nEvery program takes these.\n");
    pl_options_man(pl_common_options, &text);
    for (const topic *t = topics; t->name; t++)
        man_topic(t, &text);
    pl_text_add(&text, ".SH \"EXIT STATUS\"\n0 done; 1 failed; 2 usage; 3 a claim's verdict is not "
                       "the expected one; 4 bad input; 128 + signal: ended by it.\n");
    return pl_print_text(ctx, &text);
}
