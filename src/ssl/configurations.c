#include "ssl/configurations.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* Coordinate j splits vertex j from those after it: what is left of its norm goes there, the others
 * share the opposite of it. */
void pl_simplex(pl_mat out) {
    size_t n = out.rows;
    for (size_t i = 0; i < n; i++)
        memset(out.a + i * out.ld, 0, out.cols * sizeof *out.a);
    for (size_t j = 0; j + 1 < n; j++) {
        double left = 1;
        for (size_t k = 0; k < j; k++)
            left -= out.a[j * out.ld + k] * out.a[j * out.ld + k];
        double x = sqrt(left);
        out.a[j * out.ld + j] = x;
        for (size_t i = j + 1; i < n; i++)
            out.a[i * out.ld + j] = -x / (double)(n - 1 - j);
    }
}

static void polygon(pl_mat out) {
    for (size_t i = 0; i < out.rows; i++) {
        double angle = 2 * M_PI * (double)i / (double)out.rows;
        out.a[2 * i] = cos(angle);
        out.a[2 * i + 1] = sin(angle);
    }
}

/* e_1, -e_1, e_2, ...: all of them, or the first pair alone (antipodal). */
static void cross_polytope(pl_mat out) {
    for (size_t i = 0; i < out.rows; i++)
        out.a[i * out.cols + i / 2] = i % 2 ? -1 : 1;
}

/* Cyclic permutations of (0, +-1, +-golden ratio). */
static void icosahedron(pl_mat out) {
    const double golden = (1 + sqrt(5)) / 2, norm = sqrt(1 + golden * golden);
    for (size_t i = 0; i < 12; i++) {
        size_t axis = i / 4;
        out.a[3 * i + (axis + 1) % 3] = (i & 1 ? -1 : 1) / norm;
        out.a[3 * i + (axis + 2) % 3] = (i & 2 ? -golden : golden) / norm;
    }
}

/* 112 roots with two entries +-1/sqrt 2, then 128 with all entries +-1/sqrt 8 and an even number of
 * minus signs. */
static void e8(pl_mat out) {
    double *row = out.a;
    for (size_t i = 0; i < 8; i++)
        for (size_t j = i + 1; j < 8; j++)
            for (int signs = 0; signs < 4; signs++, row += 8) {
                row[i] = (signs & 1 ? -1 : 1) * M_SQRT1_2;
                row[j] = (signs & 2 ? -1 : 1) * M_SQRT1_2;
            }
    for (unsigned signs = 0; signs < 256; signs++) {
        if (__builtin_popcount(signs) % 2)
            continue;
        for (unsigned k = 0; k < 8; k++)
            row[k] = (signs >> k & 1 ? -0.5 : 0.5) * M_SQRT1_2;
        row += 8;
    }
}

/* dim 0: every dimension; points 0: as many as the name or the dimension says. */
static const struct {
    const char *name;
    size_t dim, points;
    void (*fill)(pl_mat out);
} known[] = {{"triangle", 2, 3, polygon},
             {"square", 2, 4, polygon},
             {"pentagon", 2, 5, polygon},
             {"tetrahedron", 3, 4, pl_simplex},
             {"octahedron", 3, 6, cross_polytope},
             {"icosahedron", 3, 12, icosahedron},
             {"e8", 8, 240, e8},
             {"antipodal", 0, 2, cross_polytope},
             {"cross-polytope", 0, 0, cross_polytope}};

enum { KNOWN = sizeof known / sizeof *known, MOST_POINTS = 1 << 20 };

/* The N of "N-gon" or "simplex-N"; 0 when the name has another form. */
static size_t counted(const char *name, void (**fill)(pl_mat)) {
    char *end;
    if (strncmp(name, "simplex-", 8) == 0 && isdigit((unsigned char)name[8])) {
        size_t n = strtoul(name + 8, &end, 10);
        *fill = pl_simplex;
        return *end == '\0' && n <= MOST_POINTS ? n : 0;
    }
    if (!isdigit((unsigned char)name[0]))
        return 0;
    size_t n = strtoul(name, &end, 10);
    *fill = polygon;
    return strcmp(end, "-gon") == 0 && n <= MOST_POINTS ? n : 0;
}

static pl_status unknown(pl_ctx *ctx, const char *name) {
    size_t best = SIZE_MAX;
    const char *nearest = NULL;
    for (size_t i = 0; i < KNOWN; i++)
        pl_nearest(name, known[i].name, &best, &nearest);
    return pl_fail(ctx, PL_EUSAGE,
                   "there is no configuration '%s'%s%s; known: N-gon, simplex-N, triangle, square, "
                   "pentagon, tetrahedron, octahedron, icosahedron, e8, cross-polytope, antipodal",
                   name, nearest ? "; did you mean " : "", nearest ? nearest : "");
}

pl_status pl_configuration(pl_ctx *ctx, const char *name, size_t d, pl_mat *out) {
    void (*fill)(pl_mat) = NULL;
    size_t n = counted(name, &fill), dim = fill == polygon ? 2 : 0, least = 2;
    for (size_t i = 0; n == 0 && i < KNOWN; i++)
        if (strcmp(known[i].name, name) == 0) {
            fill = known[i].fill;
            dim = known[i].dim;
            n = known[i].points ? known[i].points : 2 * d;
        }
    if (n < 2)
        return unknown(ctx, name);
    if (fill == pl_simplex && dim == 0)
        least = n - 1;
    if (dim && d != dim)
        return pl_fail(ctx, PL_EUSAGE, "%s lies in dimension %zu, not %zu; pass --dim %zu", name,
                       dim, d, dim);
    if (d < least)
        return pl_fail(ctx, PL_EUSAGE, "%s needs dimension %zu or more, not %zu", name, least, d);
    pl_mat points = {NULL, n, d, d};
    size_t cells;
    if (!pl_size_mul(n, d, &cells))
        return pl_fail(ctx, PL_ESHAPE, "%s in dimension %zu is too large", name, d);
    points.a = pl_alloc(ctx, cells, sizeof *points.a);
    if (!points.a)
        return PL_ENOMEM;
    fill(points);
    *out = points;
    return PL_OK;
}
