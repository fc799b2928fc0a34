#ifndef PL_MATH_SPLITMIX_H
#define PL_MATH_SPLITMIX_H
/* The portable generator of the theory's reference runs (splitmix64 of Steele et al. 2014). All
 * other random numbers of the toolkit come from math/random.h. */

#include <stddef.h>
#include <stdint.h>

typedef struct pl_splitmix {
    uint64_t state; /* starts as the seed */
} pl_splitmix;

/** The next 64-bit word. */
uint64_t pl_splitmix_next(pl_splitmix *s);

/** In (0, 1): ((z >> 11) + 1/2) 2^-53. */
double pl_splitmix_uniform(pl_splitmix *s);

/** n standard normals times scale by Box-Muller, the cosine first. */
void pl_splitmix_normals(pl_splitmix *s, double scale, size_t n, double *out);

#endif
