#include "spectral/infonce_closed.h"

#include <math.h>

#include "spectral/dense.h"

/* Every component a clique of the same size: d = V - 1 everywhere, components of V nodes. */
static pl_status find_cliques(pl_ctx *ctx, const pl_graph *g, size_t *component,
                              infonce_closed *c) {
    pl_status status;
    size_t *members = NULL;
    pl_graph_facts f;
    PL_TRY(pl_graph_describe(ctx, g, &f));
    PL_TRY(pl_graph_components(ctx, g, component, &c->groups));
    PL_NEW(ctx, members, c->groups);
    for (size_t i = 0; i < g->nodes; i++)
        members[component[i]]++;
    c->size = members[0];
    c->cliques = f.loops == 0 && f.unit_weights && f.regular && c->groups > 1 && c->size > 1 &&
                 f.max_degree == (double)(c->size - 1);
    for (size_t k = 0; k < c->groups; k++)
        c->cliques = c->cliques && members[k] == c->size;
done:
    pl_free(members);
    return status;
}

pl_status infonce_closed_new(pl_ctx *ctx, const pl_graph *g, size_t k, double tau, bool softmax,
                             infonce_closed *out) {
    pl_status status = PL_OK;
    infonce_closed c = {.minimum = NAN, .cosine = NAN};
    pl_mat dense = {0};
    size_t *component = NULL, n = g->nodes;
    PL_NEW(ctx, component, n);
    PL_TRY(find_cliques(ctx, g, component, &c));
    c.cliques = c.cliques && k + 1 >= c.groups;
    PL_TRY(dense_new(ctx, n, n, &dense));
    PL_TRY(pl_graph_dense(ctx, g, dense));
    for (size_t i = 0; i < n; i++) {
        double d = g->degree[i] - dense.a[i * n + i];
        for (size_t j = 0; j < n; j++) {
            double v = dense.a[i * n + j];
            if (j != i && v > 0)
                c.entropy -= v * log(v / d);
        }
    }
    if (c.cliques) {
        double groups = (double)c.groups, v = (double)c.size;
        c.cosine = -1 / (groups - 1);
        c.minimum = (double)n * (v - 1) *
                    log((v - 1) + v * (groups - 1) * exp(-groups / ((groups - 1) * tau)));
    }
    if (c.cliques || softmax) {
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++)
                dense.a[i * n + j] = c.cliques ? (component[i] == component[j] ? 1 : c.cosine)
                                     : i == j  ? 1
                                               : tau * log(dense.a[i * n + j]);
        c.gram = dense;
        dense = (pl_mat){0};
    }
    *out = c;
done:
    dense_free(&dense);
    pl_free(component);
    return status;
}

pl_status infonce_closed_rows(pl_ctx *ctx, const infonce_closed *c, size_t k, pl_mat *out) {
    pl_status status;
    pl_mat vectors = {0}, z = {0};
    double *values = NULL;
    size_t n = c->gram.rows;
    PL_TRY(dense_new(ctx, n, n, &vectors));
    PL_TRY(dense_new(ctx, n, k, &z));
    PL_NEW(ctx, values, n);
    PL_TRY(dense_eigen(ctx, pl_const(c->gram), false, values, vectors));
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < k && j < n; j++)
            z.a[i * k + j] = sqrt(fmax(values[j], 0)) * vectors.a[i * n + j];
    *out = z;
    z = (pl_mat){0};
done:
    dense_free(&vectors);
    dense_free(&z);
    pl_free(values);
    return status;
}
