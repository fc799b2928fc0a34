/* Any bytes at all as a safetensors file. */

#include <stdlib.h>

#include "base/safetensors.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    pl_ctx *ctx = pl_ctx_new();
    pl_tensors t = {0};
    unsigned sum = 0;
    if (!ctx)
        abort();
    pl_status status = pl_safetensors_parse(ctx, bytes, n, &t);
    if ((status == PL_OK) != (t.tensor != NULL) || (status && *pl_message(ctx) == '\0'))
        abort(); /* tensors or a reason, never both or neither */
    for (size_t i = 0; i < t.count; i++)
        for (size_t k = 0; k < t.tensor[i].bytes; k++)
            sum += t.tensor[i].data[k];
    volatile unsigned sink = sum; /* so that every byte is read */
    (void)sink;
    pl_tensors_free(&t);
    pl_ctx_free(ctx);
    return 0;
}
