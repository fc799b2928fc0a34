#ifndef PL_TESTS_SPECTRAL_GIVEN_H
#define PL_TESTS_SPECTRAL_GIVEN_H
/* The graphs, matrices and labels that the reference values of spectral.json are given on. */

#include "ssl/graph.h"
#include "tests/support.h"

static inline json_t *given(const char *kind, const char *name) {
    json_t *all = json_object_get(json_object_get(golden("spectral.json"), "settings"), kind);
    json_t *one = json_object_get(all, name);
    ck_assert_msg(one != NULL, "no %s '%s' in spectral.json", kind, name);
    return one;
}

static inline pl_graph given_graph(pl_ctx *ctx, const char *name) {
    json_t *graph = given("graphs", name), *rows = json_object_get(graph, "edges"), *row;
    pl_edge edge[400];
    pl_graph g;
    size_t i;
    json_array_foreach(rows, i, row) {
        edge[i] = (pl_edge){(size_t)json_integer_value(json_array_get(row, 0)),
                            (size_t)json_integer_value(json_array_get(row, 1)),
                            json_number_value(json_array_get(row, 2))};
    }
    ck_ok(ctx, pl_graph_edges(ctx, (size_t)json_integer_value(json_object_get(graph, "nodes")),
                              edge, json_array_size(rows), true, &g));
    return g;
}

/* Row-major numbers of any nesting; free with pl_free(m.a). */
static inline pl_mat json_matrix(pl_ctx *ctx, json_t *rows) {
    size_t n = json_array_size(rows);
    bool nested = json_is_array(json_array_get(rows, 0));
    size_t k = nested ? json_array_size(json_array_get(rows, 0)) : 1;
    pl_mat m = {pl_alloc(ctx, n * k, sizeof(double)), n, k, k};
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < k; j++) {
            json_t *cell = json_array_get(rows, i);
            m.a[i * k + j] = json_number_value(nested ? json_array_get(cell, j) : cell);
        }
    return m;
}

static inline pl_mat given_matrix(pl_ctx *ctx, const char *name) {
    return json_matrix(ctx, json_object_get(given("matrices", name), "data"));
}

static inline pl_mat given_labels(pl_ctx *ctx, const char *name) {
    return json_matrix(ctx, given("labels", name));
}

#endif
