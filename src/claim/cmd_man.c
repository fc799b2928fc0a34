/* plumb man: plumb(1) and, of the claims, plumb-claims(7), in man(7). */

#include <string.h>

#include "claim/claim_show.h"
#include "claim/commands.h"
#include "claim/environment.h"
#include "claim/topics.h"

/* A test runs them. */
static const struct {
    const char *what, *command; /* NULL ends */
} examples[] = {
    {"Decide every claim of a paper; what is refuted, holds, and why, on one page:",
     "plumb verify LEE25 --report ledger"},
    {"Which published statements of it are false:", "plumb errata LEE25"},
    {"Both sides of the attraction bound, anchor by anchor:",
     "plumb bounds attraction --data golden"},
    {"Audit the embeddings of a model, eight views an image:",
     "plumb measure z.npy --views 8 --labels y.npy --report audit"},
    {"Draw a figure; figs/moco gets its data, script and SVG:", "plumb figures moco --out figs"},
    {"Train an encoder, then embed the test images for an audit:",
     "plumb train --data fashion-mnist --out runs/demo && plumb embed runs/demo --views 8 -o "
     "z.npy"},
    {0}};

static void title(const char *name, int section, pl_text *out) {
    pl_text_printf(out, ".TH %s %d \"\" \"plumb " PL_VERSION "\" \"Plumbline\"\n.SH NAME\n", name,
                   section);
}

/* Laid out already. */
static void unfilled(const char *s, pl_text *out) {
    pl_text_add(out, ".nf\n");
    pl_man_text(s, out);
    pl_text_add(out, ".fi\n");
}

static void program(const char *room, const pl_program *p, pl_text *out) {
    pl_text_printf(out, ".SS \"plumb %s%s%s %s\"\n", room ? room : "", room ? " " : "", p->name,
                   p->positional ? p->positional : "");
    pl_man_text(p->summary, out);
    pl_text_add(out, ".\n");
    if (p->details) {
        pl_text_add(out, ".PP\n");
        pl_man_text(p->details, out);
        pl_text_add(out, "\n");
    }
    pl_options_man(p->options, out);
}

static void plumb_page(const pl_registry *registry, pl_text *out) {
    title("PLUMB", 1, out);
    pl_text_add(out, "plumb \\- checks the theory of contrastive learning against numbers\n"
                     ".SH SYNOPSIS\n.B plumb\n.I COMMAND\n[options]\n.SH COMMANDS\n");
    pl_commands_list(registry, ".TP\n.B %s\n%s\n", out);
    pl_text_add(out, ".SH EXAMPLES\n");
    for (size_t i = 0; examples[i].what; i++) {
        pl_text_printf(out, ".PP\n%s\n.RS 4\n.nf\n", examples[i].what);
        pl_man_text(examples[i].command, out);
        pl_text_add(out, "\n.fi\n.RE\n");
    }
    pl_text_add(out, ".SH \"OPTIONS OF THE COMMANDS\"\n");
    for (const pl_command *c = registry->commands; c->name; c++)
        if (c->options) {
            pl_text_printf(out, ".SS \"plumb %s\"\n", c->usage);
            pl_options_man(c->options, out);
        }
    pl_text_add(out, ".SH PROGRAMS\n");
    for (const pl_program *const *p = registry->tools; *p; p++)
        program(NULL, *p, out);
    for (const pl_room *const *r = registry->rooms; *r; r++)
        for (const pl_program *const *p = (*r)->programs; *p; p++)
            program((*r)->name, *p, out);
    pl_text_add(out, ".SH \"COMMON OPTIONS\"\nEvery program takes these.\n");
    pl_options_man(pl_common_options, out);
    for (const pl_topic *t = pl_topics; t->name; t++) {
        pl_text body = {0};
        t->write(&body);
        pl_text_printf(out, ".SH \"CONVENTIONS: %s\"\n", t->name);
        unfilled(pl_text_get(&body), out);
        out->failed = out->failed || body.failed;
        pl_text_free(&body);
    }
    pl_text_add(out, ".SH \"EXIT STATUS\"\n0 done; 1 failed; 2 usage; 3 a claim's verdict is not "
                     "the expected one; 4 bad input; 128 + signal: ended by it.\n.SH \"SEE "
                     "ALSO\"\nplumb\\-claims(7), by "
                     "plumb man claims\n");
}

static void claims_page(const pl_registry *registry, pl_text *out) {
    const pl_claim *c, *before = NULL;
    title("PLUMB-CLAIMS", 7, out);
    pl_text_add(out, "plumb\\-claims \\- the claims that plumb verify decides, and how each is "
                     "tested\n.SH DESCRIPTION\nA control is the same relation with a hypothesis "
                     "dropped or a constant changed, and must come out VIOLATED.\n");
    for (size_t i = 0; (c = pl_registry_claim(registry, i, NULL)) != NULL; i++) {
        pl_text body = {0};
        if (!before || !pl_claim_same_paper(before, c)) {
            pl_text_printf(out, ".SH %.*s\n", (int)pl_claim_paper(c), c->id);
            pl_man_text(pl_claim_citation(registry, c), out);
            pl_text_add(out, "\n");
        }
        before = c;
        pl_text_printf(out, ".SS %s\n", c->id);
        pl_claim_text(registry, c, &body);
        unfilled(pl_text_get(&body) + (body.s ? strlen(c->id) + 2 : 0), out); /* from the title */
        out->failed = out->failed || body.failed;
        pl_text_free(&body);
    }
    pl_text_add(out, ".SH \"SEE ALSO\"\nplumb(1); plumb claims \\-\\-reference DIR writes the same "
                     "as a page for a browser\n");
}

pl_status pl_cmd_man(pl_ctx *ctx, const pl_registry *registry, int argc, char *const *argv) {
    pl_text text = {0};
    if (pl_wants_help(argc, argv))
        return pl_print_usage(ctx, "man [claims]",
                              "Writes plumb(1), or plumb-claims(7), in man(7):\n"
                              "plumb man | man -l -",
                              NULL);
    if (argc > 1 || (argc == 1 && strcmp(argv[0], "claims") != 0))
        return pl_fail(ctx, PL_EUSAGE,
                       "man knows no page '%s'; plumb man writes plumb(1), plumb man claims "
                       "plumb-claims(7)",
                       argv[argc - 1]);
    if (argc == 1)
        claims_page(registry, &text);
    else
        plumb_page(registry, &text);
    return pl_print_text(ctx, &text);
}
