#ifndef PL_BASE_OPTIONS_H
#define PL_BASE_OPTIONS_H
/* Options declared as rows of a table. Parsing, ranges, help, the man page and run.json all read
 * the same rows, so that none of them can say something else than the others. */

#include "base/ctx.h"
#include "base/text.h"

typedef enum pl_option_kind {
    PL_OPT_FLAG,  /* --json                                                            */
    PL_OPT_INT,   /* --dim 128            within [min, max]                            */
    PL_OPT_SEED,  /* --seed 7             any unsigned 64-bit integer                  */
    PL_OPT_REAL,  /* --tau 0.5            within [min, max]                            */
    PL_OPT_SPEC,  /* --law vmf:5          a word of `forms`, with its number           */
    PL_OPT_LIST,  /* --negatives 1,16..64 numbers within [min, max]; a..b doubles      */
    PL_OPT_TEXT,  /* --out DIR            any text                                     */
    PL_OPT_INPUT, /* --features z.npy     a file that is read: its hash goes to run.json */
} pl_option_kind;

typedef struct pl_option {
    const char *name; /* without the dashes; NULL ends a table                          */
    pl_option_kind kind;
    const char *value;   /* the default as it would be typed; NULL: unset               */
    double min, max;     /* range of numbers, when min < max; of a form's number too    */
    const char *forms;   /* PL_OPT_SPEC: "min|common|VALUE", "uniform|vmf:KC"; capitals
                          * stand for a number                                          */
    const char *metavar; /* how help writes the value; NULL: from kind or forms         */
    const char *help;    /* one line                                                    */
    char letter;         /* short form, or 0                                            */
} pl_option;

typedef struct pl_options pl_options;

/** Reads argv against one or two tables of rows (`more` may be NULL).
 *  Given     argv    argc words, without the command's own name; "--" ends the options
 *            positional  names of the options that bare words fill, in order, separated by
 *                    spaces ("features", "x y"); a trailing "..." takes any number more
 *  Returned  *out    every row with its value, given or default; free with pl_options_free
 *  Status    PL_EUSAGE unknown option (the nearest name is said), missing or bad value, out of
 *            range, a word too many | PL_ENOMEM */
pl_status pl_options_parse(pl_ctx *ctx, const pl_option *rows, const pl_option *more,
                           const char *positional, int argc, char *const *argv, pl_options **out);

/** The same for a preset in one string, split at spaces; --out "a b" is one value. */
pl_status pl_options_parse_text(pl_ctx *ctx, const pl_option *rows, const pl_option *more,
                                const char *text, pl_options **out);

/** Gives one option another value, as if it had been typed; on failure it keeps the old one. */
pl_status pl_options_set(pl_ctx *ctx, pl_options *o, const char *name, const char *value);

void pl_options_free(pl_options *o); /* NULL is fine */

/* Values by name. A name that is not in the table gives the empty value (false, 0, NAN, NULL). */
bool pl_option_has(const pl_options *o, const char *name); /* given, or has a default */
bool pl_option_flag(const pl_options *o, const char *name);
long long pl_option_int(const pl_options *o, const char *name);
uint64_t pl_option_seed(const pl_options *o, const char *name);
double pl_option_real(const pl_options *o, const char *name);
const char *pl_option_text(const pl_options *o, const char *name); /* NULL: unset */
/** The word of a spec ("vmf"; "VALUE" when it was a bare number) and its number (or NAN). */
const char *pl_option_spec(const pl_options *o, const char *name, double *number);
const double *pl_option_list(const pl_options *o, const char *name, size_t *count);

/* All rows in order, for run.json and help. */
size_t pl_options_count(const pl_options *o);
const pl_option *pl_options_row(const pl_options *o, size_t i);
const char *pl_options_value(const pl_options *o, size_t i); /* as text; NULL: unset */

/* Bare words beyond the named positions ("..."). */
size_t pl_options_words(const pl_options *o);
const char *pl_options_word(const pl_options *o, size_t i);

/** Help of a table: one line a row, with range, forms and default. */
void pl_options_help(const pl_option *rows, pl_text *out);
/** Text for a man page: man(7) would take a bare dash for a hyphen, a backslash for an escape, and
 *  a dot or quote that begins a line for a request. */
void pl_man_text(const char *s, pl_text *out);
/** The same rows for the man page, in man(7). */
void pl_options_man(const pl_option *rows, pl_text *out);

#endif
