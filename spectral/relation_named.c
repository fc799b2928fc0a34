/* The graphs on which the theory's reference values are given, and their families. */

#include "spectral/relation_named.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spectral/dense.h"
#include "spectral/relation.h"
#include "ssl/knn.h"
#include "ssl/spectral_losses.h"

/* Zachary's karate club, 34 members, 78 friendships (theory notes, sec. 0.3). */
static const unsigned char karate[][2] = {
    {0, 1},   {0, 2},   {0, 3},   {0, 4},   {0, 5},   {0, 6},   {0, 7},   {0, 8},   {0, 10},
    {0, 11},  {0, 12},  {0, 13},  {0, 17},  {0, 19},  {0, 21},  {0, 31},  {1, 2},   {1, 3},
    {1, 7},   {1, 13},  {1, 17},  {1, 19},  {1, 21},  {1, 30},  {2, 3},   {2, 7},   {2, 8},
    {2, 9},   {2, 13},  {2, 27},  {2, 28},  {2, 32},  {3, 7},   {3, 12},  {3, 13},  {4, 6},
    {4, 10},  {5, 6},   {5, 10},  {5, 16},  {6, 16},  {8, 30},  {8, 32},  {8, 33},  {9, 33},
    {13, 33}, {14, 32}, {14, 33}, {15, 32}, {15, 33}, {18, 32}, {18, 33}, {19, 33}, {20, 32},
    {20, 33}, {22, 32}, {22, 33}, {23, 25}, {23, 27}, {23, 29}, {23, 32}, {23, 33}, {24, 25},
    {24, 27}, {24, 31}, {25, 31}, {26, 29}, {26, 33}, {27, 33}, {28, 31}, {28, 33}, {29, 32},
    {29, 33}, {30, 32}, {30, 33}, {31, 32}, {31, 33}, {32, 33}};

static const unsigned char petersen[][2] = {{0, 1}, {0, 4}, {0, 5}, {1, 2}, {1, 6},
                                            {2, 3}, {2, 7}, {3, 4}, {3, 8}, {4, 9},
                                            {5, 7}, {5, 8}, {6, 8}, {6, 9}, {7, 9}};

/* Sizes after the colon: "4x9", "2,4,6" or "12". */
typedef struct sizes {
    size_t count, value[64];
    char separator;
} sizes;

static pl_status listed(pl_ctx *ctx, const unsigned char (*pair)[2], size_t count, size_t n,
                        pl_graph *out) {
    pl_edge edge[128];
    for (size_t e = 0; e < count; e++)
        edge[e] = (pl_edge){pair[e][0], pair[e][1], 1};
    return pl_graph_edges(ctx, n, edge, count, false, out);
}

static pl_status make_karate(pl_ctx *ctx, const sizes *s, pl_graph *out) {
    (void)s;
    return listed(ctx, karate, sizeof karate / sizeof *karate, 34, out);
}

static pl_status make_petersen(pl_ctx *ctx, const sizes *s, pl_graph *out) {
    (void)s;
    return listed(ctx, petersen, sizeof petersen / sizeof *petersen, 10, out);
}

static pl_status make_path(pl_ctx *ctx, const sizes *s, pl_graph *out) {
    return pl_graph_grid(ctx, 1, s->value[0], out);
}

static pl_status make_grid(pl_ctx *ctx, const sizes *s, pl_graph *out) {
    return pl_graph_grid(ctx, s->value[0], s->value[1], out);
}

static pl_status make_cycle(pl_ctx *ctx, const sizes *s, pl_graph *out) {
    pl_status status = PL_OK;
    pl_edge *edge = NULL;
    size_t n = s->value[0];
    PL_NEW(ctx, edge, n);
    for (size_t i = 0; i < n; i++)
        edge[i] = (pl_edge){i, (i + 1) % n, 1};
    PL_TRY(pl_graph_edges(ctx, n, edge, n, false, out));
done:
    pl_free(edge);
    return status;
}

static pl_status make_views(pl_ctx *ctx, const sizes *s, pl_graph *out) {
    return pl_graph_views(ctx, s->value[0], s->value[1], out);
}

/* Blocks of the listed sizes; "CxV": C blocks of V. */
static pl_status blocks(pl_ctx *ctx, const sizes *s, pl_label_relation how, pl_graph *out) {
    pl_status status = PL_OK;
    size_t *label = NULL, n = 0, classes = s->separator == 'x' ? s->value[0] : s->count;
    for (size_t k = 0; k < classes; k++)
        n += s->separator == 'x' ? s->value[1] : s->value[k];
    PL_NEW(ctx, label, n);
    for (size_t k = 0, i = 0; k < classes; k++)
        for (size_t m = s->separator == 'x' ? s->value[1] : s->value[k]; m > 0; m--)
            label[i++] = k;
    PL_TRY(pl_graph_labels(ctx, label, n, classes, how, out));
done:
    pl_free(label);
    return status;
}

static pl_status make_blocks(pl_ctx *ctx, const sizes *s, pl_graph *out) {
    return blocks(ctx, s, PL_LABELS_NO_LOOPS, out);
}

static pl_status make_loops(pl_ctx *ctx, const sizes *s, pl_graph *out) {
    return blocks(ctx, s, PL_LABELS_LOOPS, out);
}

static pl_status make_corrected(pl_ctx *ctx, const sizes *s, pl_graph *out) {
    return blocks(ctx, s, PL_LABELS_CORRECTED, out);
}

/* SM(1): for i < j, if u < 0.45, an edge of weight u'. */
static pl_status make_random(pl_ctx *ctx, const sizes *s, pl_graph *out) {
    pl_status status = PL_OK;
    pl_edge *edge = NULL;
    size_t n = s->value[0], count = 0, room;
    uint64_t state = 1;
    if (!pl_size_mul(n, n, &room))
        return pl_fail(ctx, PL_ESHAPE, "random:%zu is too large", n);
    PL_NEW(ctx, edge, room / 2 + 1);
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++)
            if ((splitmix_entry(&state) + 1) / 2 < 0.45)
                edge[count++] = (pl_edge){i, j, (splitmix_entry(&state) + 1) / 2};
    PL_TRY(pl_graph_edges(ctx, n, edge, count, false, out));
done:
    pl_free(edge);
    return status;
}

/* neighbours:NxK: the union of K nearest neighbours among N points SM(41).mat(N, 2). */
static pl_status make_neighbours(pl_ctx *ctx, const sizes *s, pl_graph *out) {
    pl_mat x = {0};
    pl_status status = splitmix_matrix(ctx, 41, s->value[0], 2, &x);
    if (status == PL_OK)
        status = pl_graph_knn(ctx, pl_const(x), s->value[1], PL_KNN_UNION, 0, out);
    dense_free(&x);
    return status;
}

pl_status relation_softmax_rows(pl_ctx *ctx, size_t n, pl_mat *out) {
    pl_status status = splitmix_matrix(ctx, 3, n, 3, out);
    return status ? status : pl_unit_rows(ctx, pl_const(*out), *out);
}

static pl_status make_softmax(pl_ctx *ctx, const sizes *s, pl_graph *out) {
    pl_status status;
    pl_mat z = {0}, g = {0};
    size_t n = s->value[0];
    PL_TRY(relation_softmax_rows(ctx, n, &z));
    PL_TRY(dense_new(ctx, n, n, &g));
    dense_times(1 / RELATION_SOFTMAX_TAU, pl_const(z), false, pl_const(z), true, 0, g);
    for (size_t i = 0; i < n; i++)
        for (size_t j = i; j < n; j++)
            g.a[i * n + j] = g.a[j * n + i] = i == j ? 0 : exp(g.a[i * n + j]);
    PL_TRY(pl_graph_from_dense(ctx, pl_const(g), out));
done:
    dense_free(&z);
    dense_free(&g);
    return status;
}

pl_status relation_augmentation_model(pl_ctx *ctx, size_t images, size_t views, pl_mat *out) {
    pl_status status = splitmix_matrix(ctx, 23, images, views, out);
    for (size_t r = 0; status == PL_OK && r < images; r++) {
        double sum = 0, *a = out->a + r * views;
        for (size_t i = 0; i < views; i++)
            sum += fabs(a[i]);
        for (size_t i = 0; i < views; i++)
            a[i] = fabs(a[i]) / sum;
    }
    return status;
}

static pl_status make_augmentation(pl_ctx *ctx, const sizes *s, pl_graph *out) {
    pl_mat a = {0};
    pl_status status = relation_augmentation_model(ctx, s->value[0], s->value[1], &a);
    if (status == PL_OK)
        status = pl_graph_augmentation(ctx, pl_const(a), NULL, out);
    dense_free(&a);
    return status;
}

pl_status relation_isomap_gram(pl_ctx *ctx, const pl_graph *g, pl_mat *out) {
    pl_status status;
    pl_mat d = {0};
    size_t n = g->nodes;
    PL_TRY(dense_new(ctx, n, n, &d));
    PL_TRY(pl_graph_dense(ctx, g, d));
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            d.a[i * n + j] = i == j ? 0 : d.a[i * n + j] != 0 ? 1 : (double)INFINITY;
    for (size_t k = 0; k < n; k++) /* Floyd and Warshall */
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++)
                d.a[i * n + j] = fmin(d.a[i * n + j], d.a[i * n + k] + d.a[k * n + j]);
    for (size_t i = 0; i < n * n; i++) {
        if (isinf(d.a[i])) {
            status = pl_fail(ctx, PL_EDOMAIN,
                             "the graph is disconnected: nodes %zu and %zu have "
                             "no geodesic, and ISOMAP no meaning",
                             i / n, i % n);
            goto done;
        }
        d.a[i] *= -0.5 * d.a[i];
    }
    dense_centre_both(d);
    for (size_t i = 0; i < n; i++) /* symmetric to the bit */
        for (size_t j = 0; j < i; j++)
            d.a[i * n + j] = d.a[j * n + i];
    *out = d;
    d = (pl_mat){0};
done:
    dense_free(&d);
    return status;
}

static const struct {
    const char *name;
    size_t sizes; /* how many; 0: none; 64: a list */
    size_t least; /* each at least                 */
    pl_status (*make)(pl_ctx *ctx, const sizes *s, pl_graph *out);
} families[] = {{"karate", 0, 0, make_karate},
                {"petersen", 0, 0, make_petersen},
                {"path", 1, 3, make_path},
                {"cycle", 1, 3, make_cycle},
                {"grid", 2, 2, make_grid},
                {"views", 2, 2, make_views},
                {"cliques", 2, 2, make_blocks},
                {"cliques-loops", 2, 2, make_loops},
                {"labels", 64, 1, make_blocks},
                {"labels-loops", 64, 1, make_loops},
                {"labels-corrected", 64, 1, make_corrected},
                {"random", 1, 3, make_random},
                {"neighbours", 2, 1, make_neighbours},
                {"softmax", 1, 4, make_softmax},
                {"augmentation", 2, 2, make_augmentation}};

enum { FAMILIES = sizeof families / sizeof *families };

static size_t family_of(const char *word) {
    size_t length = strcspn(word, ":"), f = 0;
    while (f < FAMILIES &&
           (strncmp(families[f].name, word, length) != 0 || families[f].name[length] != '\0'))
        f++;
    return f;
}

bool relation_is_name(const char *word) {
    return family_of(word) < FAMILIES || strncmp(word, "isomap:", 7) == 0;
}

static bool parse_sizes(const char *s, size_t least, sizes *out) {
    while (out->count < 64) {
        char *end;
        unsigned long v = strtoul(s, &end, 10);
        if (end == s || v < least || v > UINT32_MAX)
            return false;
        out->value[out->count++] = v;
        if (*end == '\0')
            return true;
        if ((*end != 'x' && *end != ',') || (out->separator && out->separator != *end))
            return false;
        out->separator = *end;
        s = end + 1;
    }
    return false;
}

pl_status relation_named(pl_ctx *ctx, const char *name, pl_graph *out) {
    if (strncmp(name, "isomap:", 7) == 0) {
        pl_graph g = {0};
        pl_mat gram = {0};
        pl_status status = relation_named(ctx, name + 7, &g);
        if (status == PL_OK)
            status = relation_isomap_gram(ctx, &g, &gram);
        if (status == PL_OK)
            status = pl_graph_from_dense(ctx, pl_const(gram), out);
        pl_graph_free(&g);
        dense_free(&gram);
        return status;
    }
    sizes s = {0};
    size_t f = family_of(name);
    const char *colon = strchr(name, ':');
    bool good = f < FAMILIES && (families[f].sizes > 0) == (colon != NULL);
    if (good && colon)
        good = parse_sizes(colon + 1, families[f].least, &s) &&
               (families[f].sizes == 64 ? s.separator != 'x' : s.count == families[f].sizes) &&
               !(families[f].sizes == 2 && s.separator != 'x');
    if (!good)
        return pl_fail(ctx, PL_EUSAGE,
                       "--graph '%s' is no graph that has a name; --help lists "
                       "them, with their sizes",
                       name);
    return families[f].make(ctx, &s, out);
}
