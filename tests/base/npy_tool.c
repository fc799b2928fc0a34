/* Reads arrays and writes them again, for tests/base/npy_parity.py: npy_tool IN OUT [IN OUT ...].
 * The first failure is printed and ends it. */

#include <stdio.h>

#include "base/npy.h"
#include "base/npz.h"

int main(int argc, char **argv) {
    pl_ctx *ctx = pl_ctx_new();
    pl_status status = ctx ? PL_OK : PL_ENOMEM;
    for (int i = 1; i + 1 < argc && status == PL_OK; i += 2) {
        pl_array a = {0};
        status = pl_array_load(ctx, argv[i], &a);
        if (status == PL_OK)
            status = pl_npy_write(ctx, argv[i + 1], &a);
        pl_array_free(&a);
    }
    if (status && ctx)
        printf("%s\n", pl_message(ctx));
    pl_ctx_free(ctx);
    return pl_exit_status(status);
}
