#ifndef PL_BASE_TERMINAL_H
#define PL_BASE_TERMINAL_H
/* What every command of the command line shares: standard output and help. Commands alone use it.
 */

#include "base/options.h"

/** Writes text to standard output. Status PL_EIO a full disk, a closed pipe */
pl_status pl_print(pl_ctx *ctx, const char *s);
/** The same of a composed text, which is freed. Status PL_ENOMEM when composing it failed */
pl_status pl_print_text(pl_ctx *ctx, pl_text *text);

/** True when --help or -h is among the words. */
bool pl_wants_help(int argc, char *const *argv);
/** "usage: plumb ...", the summary and the options of a command. */
pl_status pl_print_usage(pl_ctx *ctx, const char *usage, const char *summary,
                         const pl_option *rows);

#endif
