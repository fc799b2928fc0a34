#ifndef PL_CLAIM_COMMANDS_H
#define PL_CLAIM_COMMANDS_H
/* The commands that walk the registry. Each takes its words without the command's own name. */

#include "base/terminal.h"
#include "claim/program.h"

/** Runs the whole command line: finds the command, room or tool, runs it, prints what went wrong.
 *  Returned  the exit status */
int pl_main(const pl_registry *registry, int argc, char **argv);

/** plumb ROOM [PROGRAM] [options]: the room's list, or one program. */
pl_status pl_cmd_room(pl_ctx *ctx, const pl_registry *registry, const pl_room *room, int argc,
                      char *const *argv);
/** One program with its options, its result to standard output or --out DIR. */
pl_status pl_cmd_program(pl_ctx *ctx, const char *room, const pl_program *program, int argc,
                         char *const *argv);

pl_status pl_cmd_verify(pl_ctx *ctx, const pl_registry *registry, int argc, char *const *argv);
pl_status pl_cmd_claims(pl_ctx *ctx, const pl_registry *registry, int argc, char *const *argv);
pl_status pl_cmd_errata(pl_ctx *ctx, const pl_registry *registry, int argc, char *const *argv);
pl_status pl_cmd_figures(pl_ctx *ctx, const pl_registry *registry, int argc, char *const *argv);
pl_status pl_cmd_repro(pl_ctx *ctx, const pl_registry *registry, int argc, char *const *argv);
pl_status pl_cmd_doctor(pl_ctx *ctx, const pl_registry *registry, int argc, char *const *argv);
pl_status pl_cmd_help(pl_ctx *ctx, const pl_registry *registry, int argc, char *const *argv);
pl_status pl_cmd_man(pl_ctx *ctx, const pl_registry *registry, int argc, char *const *argv);
pl_status pl_cmd_compare(pl_ctx *ctx, const pl_registry *registry, int argc, char *const *argv);
/** plumb completion bash: a script that completes commands, programs, options, their words, claims
 *  and figures; all of it read off the registry. */
pl_status pl_cmd_completion(pl_ctx *ctx, const pl_registry *registry, int argc, char *const *argv);

/* Their options. */
extern const pl_option pl_verify_options[], pl_claims_options[], pl_errata_options[],
    pl_figures_options[], pl_compare_options[], pl_repro_options[], pl_doctor_options[];

#endif
