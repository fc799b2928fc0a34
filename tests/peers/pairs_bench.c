/* Our side of tests/peers/pairs.py: times pl_pairs_logsum_mean, and the machine's peak of float
 * multiply-adds beside it. Not a test: nothing here passes or fails by its speed.
 *
 *     pairs_bench KERNEL|best POINTS.f32 N M D SCALE THREADS
 *
 * POINTS.f32 holds N anchors, then M points, as raw floats. Each line on standard input asks for a
 * run, `pairs` or `peak`; each answer is a line: seconds and the mean, or flops per second. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "math/pairs.h"
#include "math/stats.h"
#include "tests/peers/peak.h"

static float *read_points(const char *path, size_t count) {
    FILE *f = fopen(path, "rb");
    float *p = malloc(count * sizeof *p);
    bool whole = f && p && fread(p, sizeof *p, count, f) == count;
    if (f)
        fclose(f);
    if (whole)
        return p;
    fprintf(stderr, "%s: does not hold %zu floats\n", path, count);
    free(p);
    return NULL;
}

int main(int argc, char **argv) {
    if (argc != 8) {
        fprintf(stderr, "usage: pairs_bench KERNEL|best POINTS.f32 N M D SCALE THREADS\n");
        return 2;
    }
    const char *kernel = strcmp(argv[1], "best") == 0 ? pl_pairs_kernel() : argv[1];
    size_t n = strtoull(argv[3], NULL, 10), m = strtoull(argv[4], NULL, 10);
    size_t d = strtoull(argv[5], NULL, 10);
    double scale = strtod(argv[6], NULL), *each = malloc(n * sizeof *each);
    int threads = atoi(argv[7]), status = 0;
    float *points = read_points(argv[2], (n + m) * d);
    pl_ctx *ctx = pl_ctx_new();
    char line[64];
    if (!points || !each || !ctx)
        return 1;
    pl_set_threads(ctx, threads);
    while (status == 0 && fgets(line, sizeof line, stdin)) {
        if (strcmp(line, "peak\n") == 0) {
            printf("%.6g\n", peak(threads));
        } else {
            double start = omp_get_wtime();
            status =
                pl_pairs_logsum_on(ctx, kernel, pl_points_f32(points, n, d),
                                   pl_points_f32(points + n * d, m, d), scale, PL_SKIP_NONE, each);
            double mean = pl_mean(each, n);
            printf("%.9f %.12g\n", omp_get_wtime() - start, mean);
        }
        fflush(stdout);
    }
    if (status)
        fprintf(stderr, "%s\n", pl_message(ctx));
    pl_ctx_free(ctx);
    free(points);
    free(each);
    return status ? 1 : 0;
}
