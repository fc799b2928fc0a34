#include "math/splitmix.h"

#include <math.h>

uint64_t pl_splitmix_next(pl_splitmix *s) {
    uint64_t z = s->state += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

double pl_splitmix_uniform(pl_splitmix *s) {
    return ((double)(pl_splitmix_next(s) >> 11) + 0.5) * 0x1p-53;
}

void pl_splitmix_normals(pl_splitmix *s, double scale, size_t n, double *out) {
    for (size_t i = 0; i < n; i += 2) {
        double radius = sqrt(-2 * log(pl_splitmix_uniform(s)));
        double angle = 2 * M_PI * pl_splitmix_uniform(s);
        out[i] = scale * radius * cos(angle);
        if (i + 1 < n)
            out[i + 1] = scale * radius * sin(angle);
    }
}
