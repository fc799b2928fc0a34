/* Our side of tests/peers/spectral.py: times the kNN graph of points and the leading modes of its
 * normalised adjacency. Not a test: nothing here passes or fails by its speed.
 *
 *     spectral_bench POINTS.f64 N D NEIGHBOURS MODES THREADS
 *
 * POINTS.f64 holds N x D raw doubles. Each line on standard input, `graph` or `modes`, asks for a
 * run; the first must be `graph`. Each answer is a line of JSON. */

#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spectral/modes.h"
#include "ssl/knn.h"

static double *read_points(const char *path, size_t count) {
    FILE *f = fopen(path, "rb");
    double *p = malloc(count * sizeof *p);
    bool whole = f && p && fread(p, sizeof *p, count, f) == count;
    if (f)
        fclose(f);
    if (whole)
        return p;
    fprintf(stderr, "%s: does not hold %zu doubles\n", path, count);
    free(p);
    return NULL;
}

static void print_modes(const modes *m, double seconds) {
    printf("{\"seconds\": %.6f, \"residual\": %.3g, \"orthogonality\": %.3g, \"solver\": \"%s\", "
           "\"values\": [",
           seconds, m->residual, m->orthogonality, m->solver);
    for (size_t k = 0; k < m->k; k++)
        printf("%s%.17g", k ? ", " : "", m->value[k]);
    puts("]}");
}

int main(int argc, char **argv) {
    if (argc != 7) {
        fprintf(stderr, "usage: spectral_bench POINTS.f64 N D NEIGHBOURS MODES THREADS\n");
        return 2;
    }
    size_t n = strtoull(argv[2], NULL, 10), d = strtoull(argv[3], NULL, 10);
    size_t neighbours = strtoull(argv[4], NULL, 10), k = strtoull(argv[5], NULL, 10);
    double *points = read_points(argv[1], n * d);
    pl_ctx *ctx = pl_ctx_new();
    pl_graph g = {0};
    pl_status status = PL_OK;
    char line[64];
    if (!points || !ctx)
        return 1;
    pl_set_threads(ctx, atoi(argv[6]));
    while (status == PL_OK && fgets(line, sizeof line, stdin)) {
        modes m = {0};
        double start = omp_get_wtime();
        if (strcmp(line, "graph\n") == 0) {
            pl_graph_free(&g);
            status = pl_graph_knn(ctx, (pl_cmat){points, n, d, d}, neighbours, PL_KNN_UNION, 0, &g);
            if (status == PL_OK)
                printf("{\"seconds\": %.6f, \"entries\": %zu}\n", omp_get_wtime() - start,
                       g.csr.start[n]);
        } else {
            status = modes_new(ctx, &g, MODES_NORMALISED, k, &m);
            if (status == PL_OK)
                print_modes(&m, omp_get_wtime() - start);
        }
        fflush(stdout);
        modes_free(&m);
    }
    if (status)
        fprintf(stderr, "%s\n", pl_message(ctx));
    pl_graph_free(&g);
    pl_ctx_free(ctx);
    free(points);
    return status ? 1 : 0;
}
