#ifndef PL_SPECTRAL_SPLITMIX_H
#define PL_SPECTRAL_SPLITMIX_H
/* The portable generator of the theory's reference runs (splitmix64 of Steele et al. 2014). All
 * other random numbers of the toolkit come from math/random.h. */

#include <stddef.h>
#include <stdint.h>

typedef struct splitmix {
    uint64_t state; /* starts as the seed */
} splitmix;

uint64_t splitmix_next(splitmix *s);

/** In (0, 1): ((z >> 11) + 1/2) 2^-53. */
double splitmix_uniform(splitmix *s);

/** n standard normals times scale by Box-Muller, the cosine first. */
void splitmix_normals(splitmix *s, double scale, size_t n, double *out);

#endif
