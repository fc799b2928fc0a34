#ifndef PL_NOTEBOOKS_EXPORT_COURSE_H
#define PL_NOTEBOOKS_EXPORT_COURSE_H
/* The course's folder: source/, release/ and solution/ with a folder a lab, and the README. */

#include "notebooks-export/labs.h"

/* One lab of the course: its three notebooks. */
typedef struct course_lab {
    char name[16]; /* "lab1", of "lab1_limit.py" */
    const lab_file *file;
    json_t *notebooks[3]; /* by lab_kind */
} course_lab;

enum { COURSE_MAX_LABS = 32 };

typedef struct course {
    course_lab labs[COURSE_MAX_LABS];
    size_t n;
} course;

/** Parses every built-in lab, or those that `words` name ("lab1"), and holds all three notebooks
 *  of each against the rules.
 *  Status    PL_EINPUT from a source | PL_EUSAGE a word that names no lab */
pl_status course_new(pl_ctx *ctx, const lab_facts *facts, const pl_options *words, course *out);
void course_free(course *c);

/** Writes the course below dir, and the data that labs ship.  Status PL_EIO */
pl_status course_write(pl_ctx *ctx, const course *c, const lab_facts *facts, const char *dir);

/** Runs the solutions of a written course in a kernel and puts HTML beside each.
 *  Status    PL_EIO nbconvert is missing, or a cell failed */
pl_status course_execute(pl_ctx *ctx, const course *c, const char *dir);

/** Reads a written course back and holds it against the rules: each notebook's own, and that
 *  the three of a lab grade the same cells.  Status PL_EIO, PL_EINPUT */
pl_status course_check(pl_ctx *ctx, const course *c, const char *dir);

/** DIR/KIND/LAB/LAB.EXTENSION; free with pl_text_free. */
pl_text course_path(const char *dir, lab_kind kind, const char *lab, const char *extension);

#endif
