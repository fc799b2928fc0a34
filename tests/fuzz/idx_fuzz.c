/* libFuzzer: no bytes may crash the idx parser, and what it accepts is as long as its shape says.
 */

#include <stdlib.h>

#include "data/idx.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    pl_ctx *ctx = pl_ctx_new();
    if (!ctx)
        return 0;
    for (int dims = 1; dims <= PL_IDX_MAX_DIMS; dims++) {
        pl_idx idx = {0};
        if (pl_idx_parse(ctx, bytes, n, dims, &idx) != PL_OK)
            continue;
        if (idx.count + 4 + 4 * (size_t)dims != n || idx.data[idx.count - 1] != bytes[n - 1])
            abort();
        pl_idx_free(&idx);
    }
    pl_ctx_free(ctx);
    return 0;
}
