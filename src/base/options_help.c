#include "base/options.h"

enum { HELP_COLUMN = 30 };

static const char *metavar(const pl_option *row) {
    static const char *const names[] = {
        [PL_OPT_FLAG] = "",     [PL_OPT_INT] = "N",     [PL_OPT_SEED] = "N",
        [PL_OPT_REAL] = "X",    [PL_OPT_SPEC] = "FORM", [PL_OPT_LIST] = "LIST",
        [PL_OPT_TEXT] = "TEXT", [PL_OPT_INPUT] = "FILE"};
    if (row->metavar)
        return row->metavar;
    return row->kind == PL_OPT_SPEC ? row->forms : names[row->kind];
}

/* "what it is; from 2 to 4096; default 128" */
static void describe(const pl_option *row, pl_text *out) {
    pl_text_add(out, row->help ? row->help : row->name); /* a name may say it all */
    const bool ranged = row->min < row->max;
    const bool low = row->min > -1e18;
    const bool high = row->max < 1e18;
    if (ranged && low && high)
        pl_text_printf(out, "; from %g to %g", row->min, row->max);
    else if (ranged && low)
        pl_text_printf(out, "; at least %g", row->min);
    else if (ranged && high)
        pl_text_printf(out, "; at most %g", row->max);
    if (row->value)
        pl_text_printf(out, "; default %s", row->value);
}

void pl_options_help(const pl_option *rows, pl_text *out) {
    for (const pl_option *row = rows; row && row->name; row++) {
        size_t start = out->length;
        pl_text_add(out, "  ");
        if (row->letter)
            pl_text_printf(out, "-%c, ", row->letter);
        pl_text_printf(out, "--%s %s", row->name, metavar(row));
        size_t width = out->length - start;
        if (width > HELP_COLUMN)
            pl_text_add(out, "\n");
        pl_text_printf(out, "%*s ", width > HELP_COLUMN ? HELP_COLUMN : HELP_COLUMN - (int)width,
                       "");
        describe(row, out);
        pl_text_add(out, "\n");
    }
}

void pl_man_text(const char *s, pl_text *out) {
    for (const char *p = s; *p; p++) {
        if ((*p == '.' || *p == '\'') && (p == s || p[-1] == '\n'))
            pl_text_add(out, "\\&");
        if (*p == '-')
            pl_text_add(out, "\\-");
        else if (*p == '\\')
            pl_text_add(out, "\\e");
        else
            pl_text_printf(out, "%c", *p);
    }
}

void pl_options_man(const pl_option *rows, pl_text *out) {
    for (const pl_option *row = rows; row && row->name; row++) {
        pl_text text = {0};
        describe(row, &text);
        pl_text_add(out, ".TP\n\\fB");
        if (row->letter)
            pl_text_printf(out, "\\-%c\\fR, \\fB", row->letter);
        pl_text_add(out, "\\-\\-");
        pl_man_text(row->name, out);
        pl_text_add(out, "\\fR");
        if (*metavar(row)) {
            pl_text_add(out, " \\fI");
            pl_man_text(metavar(row), out);
            pl_text_add(out, "\\fR");
        }
        pl_text_add(out, "\n");
        pl_man_text(pl_text_get(&text), out);
        pl_text_add(out, "\n");
        out->failed = out->failed || text.failed;
        pl_text_free(&text);
    }
}
