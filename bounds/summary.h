#ifndef PL_BOUNDS_SUMMARY_H
#define PL_BOUNDS_SUMMARY_H
/* Several numbers at once for a table's summary. */

#include "base/table.h"

typedef struct summary_number {
    const char *name, *unit, *meaning; /* literals: a table borrows them */
    double value;
} summary_number;

#define SUMMARISE(ctx, table, ...)                                                                 \
    summarise_list((ctx), (table), (const summary_number[]){__VA_ARGS__},                          \
                   sizeof((const summary_number[]){__VA_ARGS__}) / sizeof(summary_number))

static inline pl_status summarise_list(pl_ctx *ctx, pl_table *t, const summary_number *list,
                                       size_t n) {
    pl_status status = PL_OK;
    for (size_t i = 0; i < n && status == PL_OK; i++)
        status =
            pl_table_summarise(ctx, t, list[i].name, list[i].unit, list[i].meaning, list[i].value);
    return status;
}

#endif
