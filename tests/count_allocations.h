#ifndef PL_TESTS_COUNT_ALLOCATIONS_H
#define PL_TESTS_COUNT_ALLOCATIONS_H
/* Counts every allocation of the process of 4 KiB and more while `counting`: oneDNN keeps a few
 * words per call, activations and scratch are above. AddressSanitizer brings its own malloc:
 * nothing is counted under it, and what a test says of the count holds trivially. Include in one
 * file. */

#include <stdatomic.h>
#include <stddef.h>

static atomic_bool counting;
static atomic_size_t large;

#ifndef __SANITIZE_ADDRESS__
void *__libc_malloc(size_t);
void *__libc_memalign(size_t, size_t);

static void count(size_t bytes) {
    if (counting && bytes >= 4096)
        large++;
}

void *malloc(size_t bytes) {
    count(bytes);
    return __libc_malloc(bytes);
}

int posix_memalign(void **out, size_t alignment, size_t bytes) {
    count(bytes);
    *out = __libc_memalign(alignment, bytes);
    return *out ? 0 : 12;
}

void *aligned_alloc(size_t alignment, size_t bytes) {
    count(bytes);
    return __libc_memalign(alignment, bytes);
}
#endif

#endif
