#ifndef PL_CLAIM_PROGRAM_H
#define PL_CLAIM_PROGRAM_H
/* A program is one small computation: typed options, typed columns, and a function that fills a
 * table. A room is a list of them with the claims and figures that stand on them. The registry is
 * all of it; help, man pages, verify, claims, errata, figures and the tests walk it. */

#include "base/options.h"
#include "base/table.h"
#include "base/text.h"

typedef struct pl_program {
    const char *name, *summary;
    const char *details; /* one paragraph for --help: the formula and what is computed; or NULL */
    const char *source;  /* paper and equation */
    const char *positional; /* options that bare words fill ("features"), or NULL */
    const pl_option *options;
    const pl_column *columns;
    pl_status (*run)(pl_ctx *ctx, const pl_options *options, pl_table *out);
    /* A program whose columns depend on an option: `variant` names the one of `variants` (NULL
     * ends) that these options ask for, or gives NULL for the program itself. They share the
     * program's options; their own name and summary stand in its help; run NULL: the program's. */
    const struct pl_program *const *variants;
    const struct pl_program *(*variant)(const pl_options *options);
    /* What --report DIR writes of a table; NULL: the program has no such option. */
    pl_status (*report)(pl_ctx *ctx, const pl_options *options, const pl_table *table,
                        const char *dir);
} pl_program;

typedef struct pl_figure {
    const char *id, *title, *caption, *source;
    const char *script; /* name in the registry's scripts, without ".gp" */
    struct {
        const char *file; /* name of the CSV beside the script; NULL ends the list */
        const pl_program *program;
        const char *preset;
    } data[4];
} pl_figure;

struct pl_claim;
struct pl_registry;

typedef struct pl_paper {
    const char *key, *citation; /* "WANG20", authors, title, where; key NULL ends a list */
} pl_paper;

typedef struct pl_room {
    const char *name, *summary;
    const char *details;               /* after the list of programs in the room's help; or NULL */
    const pl_program *const *programs; /* NULL ends */
    const struct pl_claim *const *claims; /* one list a paper, each ended by id NULL; NULL ends */
    const pl_figure *const *figures;      /* lists, each ended by id NULL; NULL ends */
    const pl_paper *papers;               /* what the claims' keys stand for; may be NULL */
    /* Not 0: the room's programs take minutes. Its claims are then judged at this confidence each,
     * outside the family of one verify, and they and its figures run only when they are named. */
    double level;
    /* What `plumb ROOM ...` runs; NULL: the room's list or one of its programs. */
    pl_status (*command)(pl_ctx *ctx, const struct pl_registry *registry, int argc,
                         char *const *argv);
} pl_room;

typedef struct pl_script {
    const char *name, *text;
} pl_script;

typedef struct pl_registry pl_registry;

typedef struct pl_command {
    const char *name, *usage, *summary;
    pl_status (*run)(pl_ctx *ctx, const pl_registry *registry, int argc, char *const *argv);
    const pl_option *options; /* for completion and the man page; NULL: none */
} pl_command;

struct pl_registry {
    const pl_room *const *rooms;    /* NULL ends */
    const pl_program *const *tools; /* programs that are commands of their own; NULL ends */
    const pl_command *commands;     /* name NULL ends */
    const pl_script *scripts;       /* gnuplot scripts, "style" among them; name NULL ends */
    /* The i-th set of images: its name, where it is (nothing is added: not found), how to get it;
     * false beyond the last. NULL: none are known. */
    bool (*data_set)(size_t i, const char **name, pl_text *dir, const char **remedy);
};

/** A room, a room's program, a tool, a script by name; NULL when there is none. */
const pl_room *pl_registry_room(const pl_registry *registry, const char *name);
const pl_program *pl_room_program(const pl_room *room, const char *name);
const pl_program *pl_registry_tool(const pl_registry *registry, const char *name);
const char *pl_registry_script(const pl_registry *registry, const char *name);

/** The i-th figure of all rooms in order, NULL beyond the last. */
const pl_figure *pl_registry_figure(const pl_registry *registry, size_t i);
/** The room of a figure. */
const pl_room *pl_figure_room(const pl_registry *registry, const pl_figure *figure);

/** Runs a program into a fresh table; free it with pl_table_free. */
pl_status pl_program_run(pl_ctx *ctx, const pl_program *program, const pl_options *options,
                         pl_table **out);
/** The options of a preset in one string, as verify runs it. `effort` multiplies the option
 *  "replicates" where the program has it, but leaves no fewer than 200, or than the preset asks for
 *  where that is less; `seed` (decimal text, or NULL) replaces the option "seed".
 *  Returned  *out   free with pl_options_free */
pl_status pl_program_preset(pl_ctx *ctx, const pl_program *program, const char *preset,
                            double effort, const char *seed, pl_options **out);
/** Runs a preset. */
pl_status pl_program_run_preset(pl_ctx *ctx, const pl_program *program, const char *preset,
                                double effort, const char *seed, pl_table **out);

/* Options that every program takes beside its own: --threads, --out, --format, --json. */
extern const pl_option pl_common_options[];
/** These, and --report DIR where the program has a report. */
const pl_option *pl_program_common(const pl_program *program);

#endif
