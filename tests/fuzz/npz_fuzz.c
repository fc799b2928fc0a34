/* Any bytes at all as a .npz archive: its only array, and one by name. */

#include <stdlib.h>

#include "base/npz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    static const char *const members[] = {NULL, "a"};
    pl_ctx *ctx = pl_ctx_new();
    if (!ctx)
        abort();
    for (size_t k = 0; k < 2; k++) {
        pl_array a = {0};
        double sum = 0;
        pl_status status = pl_npz_parse(ctx, bytes, n, members[k], &a);
        if ((status == PL_OK) != (a.data != NULL) || (status && *pl_message(ctx) == '\0'))
            abort(); /* an array or a reason, never both or neither */
        for (size_t i = 0; i < a.count; i++)
            sum += pl_array_at(&a, i);
        volatile double sink = sum; /* so that every element is read */
        (void)sink;
        pl_array_free(&a);
    }
    pl_ctx_free(ctx);
    return 0;
}
