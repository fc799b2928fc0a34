#include "base/terminal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

pl_status pl_print(pl_ctx *ctx, const char *s) {
    if (fputs(s, stdout) < 0 || fflush(stdout) != 0)
        return pl_fail(ctx, PL_EIO, "standard output: %s", strerror(errno));
    return PL_OK;
}

pl_status pl_print_text(pl_ctx *ctx, pl_text *text) {
    pl_status status = pl_text_status(ctx, text);
    if (status == PL_OK)
        status = pl_print(ctx, pl_text_get(text));
    pl_text_free(text);
    return status;
}

bool pl_wants_help(int argc, char *const *argv) {
    for (int i = 0; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    return false;
}

pl_status pl_print_usage(pl_ctx *ctx, const char *usage, const char *summary,
                         const pl_option *rows) {
    pl_text text = {0};
    pl_text_printf(&text, "usage: plumb %s\n%s\n\n", usage, summary);
    pl_options_help(rows, &text);
    return pl_print_text(ctx, &text);
}
