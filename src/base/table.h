#ifndef PL_BASE_TABLE_H
#define PL_BASE_TABLE_H
/* A program's result: named columns with unit and meaning, rows of numbers (and of text where a
 * column holds names), a summary of single numbers, and the hypotheses that the input misses. */

#include "base/ctx.h"
#include "base/text.h"

typedef struct pl_column {
    const char *name; /* NULL ends a list */
    const char *unit; /* "nats", "1" */
    const char *meaning;
    bool text; /* cells are words, not numbers */
} pl_column;

typedef struct pl_summary {
    const char *name, *unit, *meaning; /* borrowed: string literals */
    double value;
} pl_summary;

enum { PL_TABLE_MAX_COLUMNS = 24, PL_TABLE_MAX_SUMMARY = 48, PL_TABLE_MAX_UNMET = 8 };

typedef struct pl_table pl_table;

/** An empty table over a list of columns (borrowed). */
pl_status pl_table_new(pl_ctx *ctx, const pl_column *columns, pl_table **out);
void pl_table_free(pl_table *t); /* NULL is fine */

/** Appends a row: `values` has one number per column, those of text columns are ignored; `words`
 *  has one string per text column, in order, and is copied (NULL: no text columns). */
pl_status pl_table_add(pl_ctx *ctx, pl_table *t, const double *values, const char *const *words);

/** Appends one number to the summary. */
pl_status pl_table_summarise(pl_ctx *ctx, pl_table *t, const char *name, const char *unit,
                             const char *meaning, double value);

/** Appends a column's cells to the summary as one list under another name: run.json's reader finds
 *  them there; the printed table shows the column alone. */
pl_status pl_table_summarise_column(pl_ctx *ctx, pl_table *t, const char *name, const char *unit,
                                    const char *meaning, const char *column);

/** Appends several: PL_SUMMARISE(ctx, t, {"name", "unit", "meaning", value}, ...). */
pl_status pl_table_summarise_list(pl_ctx *ctx, pl_table *t, const pl_summary *list, size_t count);
#define PL_SUMMARISE(ctx, table, ...)                                                              \
    pl_table_summarise_list((ctx), (table), (const pl_summary[]){__VA_ARGS__},                     \
                            sizeof((const pl_summary[]){__VA_ARGS__}) / sizeof(pl_summary))

/** Says that the input does not meet a hypothesis of the statement (borrowed literal): a claim
 *  over this table is then not applicable. */
void pl_table_unmet(pl_table *t, const char *hypothesis);

/** Multiplies a column or summary number: how a negative control changes one constant.
 *  Returned  false when nothing has that name */
bool pl_table_scale(pl_table *t, const char *name, double factor);

size_t pl_table_rows(const pl_table *t);
size_t pl_table_columns(const pl_table *t);
const pl_column *pl_table_column(const pl_table *t, size_t column);
double pl_table_at(const pl_table *t, size_t row, size_t column);
const char *pl_table_word(const pl_table *t, size_t row, size_t column); /* "" for numbers */
size_t pl_table_summaries(const pl_table *t);
const pl_summary *pl_table_summary(const pl_table *t, size_t i);
/** The column whose cells, as a list, stand for summary i; NULL: its value does. */
const char *pl_table_summary_column(const pl_table *t, size_t i);
size_t pl_table_unmets(const pl_table *t);
const char *pl_table_unmet_at(const pl_table *t, size_t i);

/** Column of that name; SIZE_MAX when there is none. */
size_t pl_table_find(const pl_table *t, const char *name);
/** Summary number of that name; false, with *out untouched, when there is none. */
bool pl_table_lookup(const pl_table *t, const char *name, double *out);

/** CSV as pandas, gnuplot and a spreadsheet read it: header row, %.17g, "nan", no comments;
 *  words are quoted when they need it. */
void pl_table_csv(const pl_table *t, pl_text *out);
/** Aligned columns for people, at most `limit` rows (0: all), and the summary with meanings. */
void pl_table_print(const pl_table *t, size_t limit, pl_text *out);

#endif
