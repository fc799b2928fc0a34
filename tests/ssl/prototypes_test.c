#include "math/sampler.h"
#include "ssl/prototypes.h"
#include "tests/support.h"

enum { CLASSES = 3, IMAGES = 4, VIEWS = 5, DIM = 4, ROWS = CLASSES * IMAGES * VIEWS };

/* The golden views of theory notes, bounds, sec. 4.9, as arrays from the reference file. */
typedef struct set {
    double z[ROWS * DIM];
    size_t label[CLASSES * IMAGES];
    pl_views views;
} set;

static void load(set *s) {
    json_t *z = json_object_get(
        json_object_get(json_object_get(golden("bounds.json"), "settings"), "golden_views"), "z");
    size_t n = 0;
    /* nested by class, image, view, coordinate, or flat */
    for (size_t i = 0; i < ROWS * DIM; i++) {
        json_t *cell = z;
        const size_t index[] = {i / (IMAGES * VIEWS * DIM), i / (VIEWS * DIM) % IMAGES,
                                i / DIM % VIEWS, i % DIM};
        if (json_array_size(z) == ROWS * DIM)
            cell = json_array_get(z, i);
        for (size_t k = 0; k < 4 && json_is_array(cell); k++)
            cell = json_array_get(cell, index[k]);
        ck_assert(json_is_number(cell));
        s->z[n++] = json_number_value(cell);
    }
    for (size_t i = 0; i < CLASSES * IMAGES; i++)
        s->label[i] = i / IMAGES;
    s->views = (pl_views){{s->z, ROWS, DIM, DIM}, CLASSES * IMAGES, VIEWS, s->label, CLASSES};
}

static double mean(const double *x, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i] / (double)n;
    return sum;
}

/* Fails if the mean view left out the anchor's own, or a cosine were taken for a product. */
START_TEST(attraction_on_the_golden_set) {
    set s;
    double lhs[ROWS], rhs[ROWS], similarity[ROWS], least = INFINITY, most = -INFINITY;
    pl_ctx *ctx = pl_ctx_new();
    load(&s);
    ck_ok(ctx, pl_attraction(ctx, &s.views, lhs, rhs, similarity));
    for (size_t i = 0; i < ROWS; i++) {
        least = fmin(least, rhs[i] - lhs[i]);
        most = fmax(most, rhs[i] - lhs[i]);
    }
    ck_close(mean(lhs, ROWS), -.925918493134052, 1e-14);
    ck_close(mean(rhs, ROWS), -.871081622961488, 1e-14);
    ck_close(least, -.0761879363109188, 1e-14);
    ck_close(most, .425561322483399, 1e-14);
    ck_close(similarity[2 * VIEWS + 1], -0.08972765189800720, 1e-14); /* (0, 2, 1) */
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a prototype were a mean of directions, or counted classes wrongly. */
START_TEST(prototype_norms_of_the_golden_set) {
    set s;
    double means[CLASSES * DIM], norms[CLASSES];
    size_t sizes[CLASSES];
    pl_ctx *ctx = pl_ctx_new();
    load(&s);
    ck_ok(ctx, pl_prototypes(ctx, &s.views, (pl_mat){means, CLASSES, DIM, DIM}, norms, sizes));
    ck_close(norms[0], .860897892826083, 1e-14);
    ck_close(norms[1], .865124879945916, 1e-14);
    ck_close(norms[2], .854927699602280, 1e-14);
    ck_assert_uint_eq(sizes[1], IMAGES);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if T' were not common to all images, if log n were misplaced, or nu not the least norm. */
START_TEST(repulsion_on_the_golden_set) {
    static const struct {
        double alpha, first, gap, least;
    } want[] = {{1, 1.68113179242499, 1.61830729156893, .606274213173056},
                {2, 1.21025329067718, 1.15907800480293, .160667276674603},
                {4, 1.09244789544142, 1.05154444912671, .0680732855077180},
                {10, 1.09455673381988, 1.06750394870780, .0798480029993320}};
    set s;
    double lhs[ROWS], rhs[ROWS], without[ROWS], margin[ROWS];
    pl_ctx *ctx = pl_ctx_new();
    load(&s);
    for (size_t k = 0; k < TEST_COUNT(want); k++) {
        double least = INFINITY;
        ck_ok(ctx, pl_repulsion(ctx, &s.views, want[k].alpha, .854927699602280, log(3), NULL, ROWS,
                                lhs, rhs, without, margin));
        for (size_t i = 0; i < ROWS; i++)
            least = fmin(least, rhs[i] - lhs[i]);
        ck_close(lhs[0], -.0630388503737842, 1e-14);
        ck_close(rhs[0], want[k].first, 1e-13);
        ck_close(mean(rhs, ROWS) - mean(lhs, ROWS), want[k].gap, 1e-13);
        ck_close(least, want[k].least, 1e-13);
    }
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if sorting by class lost an anchor, or a block of classes were counted twice: random
 * features with unequal classes in mixed order, some anchors, against the definition. */
START_TEST(repulsion_agrees_with_the_definition) {
    enum { N = 23, V = 3, D = 5, K = 4, A = 17 };
    double z[N * V * D], a[4][A], b[4][A];
    size_t label[N], anchors[A];
    pl_ctx *ctx = pl_ctx_new();
    for (size_t trial = 0; trial < 5 * test_effort(); trial++) {
        pl_stream s = {trial, 3, 0};
        pl_stream_normals(s, 0, N * V * D, z);
        for (size_t i = 0; i < N; i++)
            label[i] = i < K ? i : (size_t)pl_stream_below(s, 5000 + i, K);
        for (size_t i = 0; i < A; i++)
            anchors[i] = (size_t)pl_stream_below(s, 6000 + i, N * V);
        const pl_views v = {{z, N * V, D, D}, N, V, label, K};
        ck_ok(ctx, pl_repulsion(ctx, &v, 3, .4, log(7), anchors, A, a[0], a[1], a[2], a[3]));
        ck_ok(ctx, pl_repulsion_ref(ctx, &v, 3, .4, log(7), anchors, A, b[0], b[1], b[2], b[3]));
        for (size_t k = 0; k < 4; k++)
            for (size_t i = 0; i < A; i++)
                ck_close(a[k][i], b[k][i], 1e-12);
    }
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a degenerate input gave a number instead of a sentence. */
START_TEST(bad_input_is_refused) {
    double z[] = {1, 0, -1, 0, 0, 1, 0, 1}, out[4][4];
    size_t label[] = {0, 0}, other[] = {0, 1};
    pl_ctx *ctx = pl_ctx_new();
    const pl_views one = {{z, 4, 2, 2}, 2, 2, label, 1}, empty = {{z, 4, 2, 2}, 2, 2, label, 2};
    const pl_views good = {{z + 4, 2, 2, 2}, 2, 1, other, 2};
    ck_fails(ctx, pl_attraction(ctx, &one, out[0], out[1], out[2]), PL_EDOMAIN, "image 0");
    ck_fails(ctx, pl_repulsion(ctx, &one, 1, 1, 0, NULL, 4, out[0], out[1], out[2], out[3]),
             PL_ESHAPE, "two classes");
    ck_fails(ctx, pl_repulsion(ctx, &empty, 1, 1, 0, NULL, 4, out[0], out[1], out[2], out[3]),
             PL_ESHAPE, "class 1 has no image");
    ck_fails(ctx, pl_repulsion(ctx, &good, 0, 1, 0, NULL, 2, out[0], out[1], out[2], out[3]),
             PL_EDOMAIN, "alpha");
    z[4] = z[5] = 0;
    ck_fails(ctx, pl_repulsion(ctx, &good, 1, 1, 0, NULL, 2, out[0], out[1], out[2], out[3]),
             PL_EDOMAIN, "zero");
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if the k-th failed allocation were met with a leak (sanitizers) or a crash. */
START_TEST(every_failed_allocation_is_survived) {
    set s;
    double out[4][ROWS];
    load(&s);
    for (size_t k = 1; k < 500; k++) {
        pl_ctx *ctx = pl_ctx_new();
        pl_set_threads(ctx, 1);
        pl_ctx_fail_allocation(ctx, k);
        pl_status status =
            pl_repulsion(ctx, &s.views, 2, .8, log(3), NULL, ROWS, out[0], out[1], out[2], out[3]);
        pl_ctx_free(ctx);
        ck_assert(status == PL_OK || status == PL_ENOMEM);
        if (status == PL_OK)
            return;
    }
    ck_abort_msg("still failing after 500 allocations");
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        attraction_on_the_golden_set, prototype_norms_of_the_golden_set,
        repulsion_on_the_golden_set,  repulsion_agrees_with_the_definition,
        bad_input_is_refused,         every_failed_allocation_is_survived};
    return test_main("ssl/prototypes", tests, TEST_COUNT(tests));
}
