#include "base/options.h"

#include <stdio.h>

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
    pl_text_add(out, row->help);
    if (row->min < row->max && row->max < 1e18)
        pl_text_printf(out, "; from %g to %g", row->min, row->max);
    else if (row->min < row->max)
        pl_text_printf(out, "; at least %g", row->min);
    if (row->value)
        pl_text_printf(out, "; default %s", row->value);
}

void pl_options_help(const pl_option *rows, pl_text *out) {
    for (const pl_option *row = rows; row && row->name; row++) {
        char head[96];
        int n = snprintf(head, sizeof head, "  --%s %s", row->name, metavar(row));
        if (row->letter)
            n = snprintf(head, sizeof head, "  -%c, --%s %s", row->letter, row->name, metavar(row));
        if (n > 30)
            pl_text_printf(out, "%s\n%31s", head, "");
        else
            pl_text_printf(out, "%-30s ", head);
        describe(row, out);
        pl_text_add(out, "\n");
    }
}

void pl_options_man(const pl_option *rows, pl_text *out) {
    for (const pl_option *row = rows; row && row->name; row++) {
        pl_text_printf(out, ".TP\n\\fB\\-\\-%s\\fR \\fI%s\\fR\n", row->name, metavar(row));
        describe(row, out);
        pl_text_add(out, "\n");
    }
}
