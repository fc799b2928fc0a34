#ifndef PL_CLAIM_OUTPUT_H
#define PL_CLAIM_OUTPUT_H
/* How results leave the program: JSON objects, run.json, files in --out DIR, standard output. */

#include <jansson.h>

#include "base/terminal.h"
#include "claim/program.h"

/** A number as JSON: null for NaN and infinities, an integer where the number is whole. */
json_t *pl_json_number(double v);

/** {"program", "options", "columns", "rows", "summary", "warnings"} of one run; NULL when memory
 *  runs out. `room` may be NULL. */
json_t *pl_result_json(const pl_ctx *ctx, const char *room, const pl_program *program,
                       const pl_options *options, const pl_table *t);

/** Writes PROGRAM.csv and run.json into DIR, which is made when missing; both or none.
 *  Status    PL_EIO */
pl_status pl_result_save(pl_ctx *ctx, const char *dir, const char *room, const pl_program *program,
                         const pl_options *options, const pl_table *t, double seconds);

/** Writes JSON with a final newline to standard output, or to a file when path is given. */
pl_status pl_json_write(pl_ctx *ctx, const json_t *json, const char *path);
/** Makes a directory and its parents. Status PL_EIO */
pl_status pl_make_directory(pl_ctx *ctx, const char *dir);
/** A whole file of text, replaced at once. */
pl_status pl_text_write(pl_ctx *ctx, const char *path, const char *text);

#endif
