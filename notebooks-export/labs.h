#ifndef PL_NOTEBOOKS_EXPORT_LABS_H
#define PL_NOTEBOOKS_EXPORT_LABS_H
/* Course labs: sources in percent format, with facts from the registry, become the three notebooks
 * of an nbgrader course. A notebook is a jansson object in nbformat 4.5; its cells hold `source` as
 * one string until it is written.
 *
 * primary    pl_cmd_labs
 * secondary  lab_parse, lab_release, lab_solution, lab_check
 * tertiary   lab_facts_expand, lab_checksum, lab_cells_clear */

#include <jansson.h>

#include "claim/claim.h"
#include "claim/commands.h"

/* A file of labs/ as embed.sh built it in: lines without their newlines, NULL ends. */
typedef struct lab_file {
    const char *name; /* "lab1_limit.py"; NULL ends a list */
    const char *const *lines;
} lab_file;

extern const lab_file lab_files[];

/* What a source may refer to, beside its own text. */
typedef struct lab_facts {
    const pl_registry *registry;
    const lab_file *files; /* that cells include; NULL: none */
    uint64_t seed;         /* of {{seed}} */
} lab_facts;

extern const pl_option pl_labs_options[];
/** plumb labs export|check: the course folder, and the rules it keeps. */
pl_status pl_cmd_labs(pl_ctx *ctx, const pl_registry *registry, int argc, char *const *argv);

/** The file of that name, NULL when there is none. */
const lab_file *lab_file_named(const lab_file *files, const char *name);

/** Replaces the facts in a line: {{claim:ID}} its statement, {{title:ID}}, {{where:ID}},
 *  {{hypotheses:ID}}, {{correction:ID}}, {{source:ID}}, {{verdict:ID}} the expected one,
 *  {{caption:FIGURE}}, {{script:NAME}} a gnuplot script, {{option:PROGRAM.NAME}} the default,
 *  {{column:PROGRAM.NAME}} the meaning, {{seed}}.
 *  Status    PL_EINPUT unknown kind, id, option or column: file, line and the nearest name */
pl_status lab_facts_expand(pl_ctx *ctx, const lab_facts *facts, const char *file, size_t line,
                           const char *text, pl_text *out);

/** A lab's source as the teacher's notebook, every rule about sources checked.
 *  Returned  *out    metadata.plumb holds title, question and minutes; json_decref it
 *  Status    PL_EINPUT with file and line: unknown fact, region not closed or out of place, grade
 * id used twice or ill-formed, graded cell without points, text outside a cell */
pl_status lab_parse(pl_ctx *ctx, const lab_facts *facts, const lab_file *file, json_t **out);

/** The student's notebook of a teacher's: stubs for solutions, hidden tests removed, cells locked,
 *  checksums.  Returned *out a new object */
pl_status lab_release(pl_ctx *ctx, const json_t *teacher, json_t **out);
/** The solved notebook: the regions' text without their marks, not yet run. */
pl_status lab_solution(pl_ctx *ctx, const json_t *teacher, json_t **out);

/** nbgrader's checksum of a cell: MD5 over source, type, grade, solution, locked, grade id and, of
 *  graded cells, points, each in Python's spelling.
 *  Returned  out     32 hexadecimal digits */
pl_status lab_checksum(pl_ctx *ctx, const json_t *cell, char out[33]);

typedef enum lab_kind { LAB_SOURCE, LAB_RELEASE, LAB_SOLUTION } lab_kind;
const char *lab_kind_name(lab_kind kind);

/** Holds a notebook, read back or just made, against the rules of nbformat 4.5 and nbgrader.
 *  Given     name    how a message calls it: a path
 *            source of cells as a string or as a list of lines
 *  Status    PL_EINPUT the first rule that is broken, and in which cell */
pl_status lab_check(pl_ctx *ctx, const char *name, lab_kind kind, const json_t *notebook);

/** A notebook as nbformat writes it: keys in order, one line of source a line of the file. */
pl_status lab_write(pl_ctx *ctx, const json_t *notebook, const char *path);
/** Reads a notebook, its sources as one string each.  Status PL_EINPUT */
pl_status lab_read(pl_ctx *ctx, const char *path, json_t **out);

/* The metadata of a cell, and what they say; false for a cell without. */
const json_t *lab_nbgrader(const json_t *cell);
bool lab_is(const json_t *cell, const char *what); /* "grade", "solution", "locked", "task" */

#endif
