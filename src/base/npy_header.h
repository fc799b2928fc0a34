#ifndef PL_BASE_NPY_HEADER_H
#define PL_BASE_NPY_HEADER_H
/* The dictionary at the head of a .npy file. Private to base/npy*.c. */

#include "base/array.h"

typedef struct pl_npy_header {
    char descr[32];  /* "<f4" */
    size_t itemsize; /* bytes per element in the file */
    pl_dtype dtype;  /* what it becomes */
    bool fortran;
    int dims;
    size_t shape[PL_MAX_DIMS];
    size_t count; /* product of the shape */
    size_t bytes; /* count * itemsize */
} pl_npy_header;

/** Parses "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }", keys in any order.
 *  Given     text  NUL-terminated
 *  Status    PL_EINPUT no such dictionary, or a dtype that is not read (the remedy is said) |
 *            PL_ESHAPE too many dimensions, sizes that overflow */
pl_status pl_npy_header_parse(pl_ctx *ctx, const char *text, pl_npy_header *out);

#endif
