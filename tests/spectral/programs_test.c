/* The programs on a user's files, on bad input, and without memory. */

#include "spectral/spectral.h"

#include <stdio.h>
#include <unistd.h>

#include "base/npy.h"
#include "math/random.h"
#include "spectral/relation.h"
#include "tests/support.h"

static char directory[] = "/tmp/plumb-spectral-XXXXXX";

static const char *in_directory(const char *name) {
    static char path[4][128];
    static int next;
    next = (next + 1) % 4;
    snprintf(path[next], sizeof path[next], "%s/%s", directory, name);
    return path[next];
}

static void write_text(const char *name, const char *text) {
    FILE *f = fopen(in_directory(name), "w");
    ck_assert_ptr_nonnull(f);
    fputs(text, f);
    fclose(f);
}

/* Three classes of 20 rows in 6 dimensions, and their labels. */
static void write_features(pl_ctx *ctx) {
    pl_array x, y;
    ck_ok(ctx, pl_array_new(ctx, PL_F64, 2, (const size_t[]){60, 6}, &x));
    ck_ok(ctx, pl_array_new(ctx, PL_I64, 1, (const size_t[]){60}, &y));
    pl_stream_normals((pl_stream){4, 4, 4}, 0, 360, x.data);
    for (size_t i = 0; i < 60; i++) {
        ((double *)x.data)[i * 6 + i / 20] += 8;
        ((int64_t *)y.data)[i] = (int64_t)(i / 20) + 5;
    }
    ck_ok(ctx, pl_npy_write(ctx, in_directory("x.npy"), &x));
    ck_ok(ctx, pl_npy_write(ctx, in_directory("y.npy"), &y));
    pl_array_free(&x);
    pl_array_free(&y);
}

static pl_table *run(pl_ctx *ctx, const pl_program *program, const char *format, ...) {
    char preset[512];
    pl_table *t = NULL;
    va_list args;
    va_start(args, format);
    vsnprintf(preset, sizeof preset, format, args);
    va_end(args);
    ck_ok(ctx, pl_program_run_preset(ctx, program, preset, 1, NULL, &t));
    return t;
}

static double summary(const pl_table *t, const char *name) {
    double v = NAN;
    ck_assert_msg(pl_table_lookup(t, name, &v), "no summary number %s", name);
    return v;
}

/* A path written as edges, in one direction or in both, must be the path of the theory. */
START_TEST(edge_lists_are_graphs) {
    pl_ctx *ctx = pl_ctx_new();
    write_text("once.txt", "# a path\n0 1\n1 2\n2,3 1.0\n3 4\n\n4 5 # the end\n");
    write_text("twice.txt", "0 1\n1 0\n1 2\n2 1\n2 3\n3 2\n3 4\n4 3\n4 5\n5 4\n");
    pl_table *want = run(ctx, &pl_spectral_vicreg, "--graph path:6 --embedding 3 --gamma 0.2");
    for (int i = 0; i < 2; i++) {
        pl_table *got = run(ctx, &pl_spectral_vicreg, "--graph %s --embedding 3 --gamma 0.2",
                            in_directory(i ? "twice.txt" : "once.txt"));
        ck_close(summary(got, "best_found_loss"), summary(want, "closed_form_loss"), 1e-9);
        pl_table_free(got);
    }
    pl_table_free(want);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if features, labels or neighbours did not reach the programs: labels separate the classes,
 * so that the whole of their variance lies between components. */
START_TEST(features_run_end_to_end) {
    pl_ctx *ctx = pl_ctx_new();
    write_features(ctx);
    const char *x = in_directory("x.npy"), *y = in_directory("y.npy");
    pl_table *t = run(ctx, &pl_spectral_graph, "--features %s --labels %s", x, y);
    ck_assert(summary(t, "components") == 3 && summary(t, "edges") == 3 * 190);
    pl_table_free(t);
    t = run(ctx, &pl_spectral_equivalence, "--features %s --labels %s --starts 0", x, y);
    ck_close(summary(t, "aligned_share"), 1, 1e-12);
    pl_table_free(t);
    t = run(ctx, &pl_spectral_linear,
            "--features %s --labels %s --embedding 2 --gamma 0.01 --starts 2", x, y);
    ck_close(summary(t, "lda_sine"), 0, 1e-9); /* balanced classes */
    pl_table_free(t);
    t = run(ctx, &pl_spectral_downstream, "--features %s --labels %s --dims 2,3", x, y);
    ck_close(pl_table_at(t, 0, 1), 0, 1e-12);
    pl_table_free(t);
    t = run(ctx, &pl_spectral_graph, "--features %s --knn 4 --symmetrise mutual", x);
    ck_assert(summary(t, "max_degree") <= 4);
    pl_table_free(t);
    t = run(ctx, &pl_spectral_graph, "--features %s --views 3", x);
    ck_assert(summary(t, "components") == 20 && summary(t, "regular") == 1);
    pl_table_free(t);
    pl_ctx_free(ctx);
}
END_TEST

/* A path's eigenmaps are cosines. Fails by 1 % of either coordinate, or where G's factor does not
 * give back the two largest eigenvalues of G. */
START_TEST(coordinates_of_a_path) {
    pl_ctx *ctx = pl_ctx_new();
    const size_t n = 7;
    pl_table *t = run(ctx, &pl_spectral_coordinates, "--graph path:7");
    for (size_t k = 1; k <= 2; k++) {
        double sign = pl_table_at(t, 0, k) > 0 ? 1 : -1, square = 0;
        for (size_t i = 0; i < n; i++) {
            double want = cos(M_PI * (double)k * ((double)i + 0.5) / (double)n);
            ck_close(sign * pl_table_at(t, i, k), want * sqrt(2 * ((double)n - 1) / (double)n),
                     1e-12);
            square += pow(pl_table_at(t, i, 2 + k), 2);
        }
        ck_close(square, 2 * cos(M_PI * (double)k / ((double)n + 1)), 1e-12);
    }
    pl_table_free(t);
    pl_ctx_free(ctx);
}
END_TEST

START_TEST(bad_input_is_said) {
    static const struct {
        const pl_program *program;
        const char *preset, *words;
        pl_status status;
    } list[] = {
        {&pl_spectral_graph, "--graph petersen:3", "no graph that has a name", PL_EUSAGE},
        {&pl_spectral_graph, "--graph grid:3", "no graph that has a name", PL_EUSAGE},
        {&pl_spectral_graph, "--graph /nowhere.txt", "nowhere", PL_EIO},
        {&pl_spectral_graph, "--knn 3", "need --features", PL_EUSAGE},
        {&pl_spectral_graph, "--graph isomap:views:4x3", "disconnected", PL_EDOMAIN},
        {&pl_spectral_barlow, "--graph path:6 --embedding 6", "room for 5", PL_EUSAGE},
        {&pl_spectral_equivalence, "--graph path:6 --embedding 5", "leave room for 4", PL_EUSAGE},
        {&pl_spectral_downstream, "--dims 34", "at most 33", PL_EUSAGE},
        {&pl_spectral_downstream, "--graph path:6", "--graph karate", PL_EUSAGE},
        {&pl_spectral_low_data, "--graph karate --task few", "cliques of one size", PL_EUSAGE},
        {&pl_spectral_low_data, "--task all --delta 0", "--delta > 0", PL_EUSAGE},
        {&pl_spectral_dynamics, "--times 2,1", "must not fall", PL_EUSAGE},
        {&pl_spectral_linear, "--task cca --embedding 5", "4 correlations", PL_EUSAGE},
        {&pl_spectral_supervised, "--graph petersen", "2 classes", PL_EUSAGE},
        {&pl_spectral_kernel, "--task barlow --graph path:6 --embedding 6", "room for 5",
         PL_EUSAGE},
        {&pl_spectral_gamma_path, "--graph path:6 --embedding 6", "room for 5", PL_EUSAGE},
        {&pl_spectral_entries, "--graph grid:50x50", "at most 2000", PL_EUSAGE},
        {&pl_spectral_graph, "--graph neighbours:4x9", "neighbours", PL_ESHAPE},
        {&pl_spectral_imbalance, "--shifts 9", "at most 8", PL_EUSAGE},
        {&pl_spectral_imbalance, "--shifts 0.5", "whole number", PL_EUSAGE},
        {&pl_spectral_graph, "--solver shift-invert", "no room for a basis", PL_ESHAPE},
        {&pl_spectral_graph, "--graph grid:50x40 --solver filtered --iterations 1",
         "did not converge", PL_ENOCONV}};
    pl_ctx *ctx = pl_ctx_new();
    pl_table *t = NULL;
    for (size_t i = 0; i < TEST_COUNT(list); i++)
        ck_fails(ctx, pl_program_run_preset(ctx, list[i].program, list[i].preset, 1, NULL, &t),
                 list[i].status, list[i].words);
    static const struct {
        const char *text, *words;
    } files[] = {{"0 1 2\n1 0 3\n", "symmetrise"},
                 {"0 1 1\n0 1 2\n", "given twice"},
                 {"0 1 -1\n", "not negative"},
                 {"0 1 nan\n", "line 1"},
                 {"0 one\n", "line 1"},
                 {"0 1\n1 -2\n", "line 2"},
                 {"# nothing\n", "no edge"},
                 {"0 1\n", "at least 3"}};
    for (size_t i = 0; i < TEST_COUNT(files); i++) {
        char preset[200];
        write_text("bad.txt", files[i].text);
        snprintf(preset, sizeof preset, "--graph %s", in_directory("bad.txt"));
        pl_status status = pl_program_run_preset(ctx, &pl_spectral_graph, preset, 1, NULL, &t);
        ck_assert_msg(status != PL_OK && strstr(pl_message(ctx), files[i].words), "'%s': %s",
                      files[i].text, pl_message(ctx));
    }
    pl_ctx_free(ctx);
}
END_TEST

/* An isolated node is a component of its own: remarked on, and refused where it divides by 0. */
START_TEST(isolated_nodes) {
    pl_ctx *ctx = pl_ctx_new();
    pl_table *t = NULL;
    char preset[200];
    write_text("isolated.txt", "0 1\n1 2\n2 0\n4 4 0\n");
    snprintf(preset, sizeof preset, "--graph %s --embedding 2", in_directory("isolated.txt"));
    t = run(ctx, &pl_spectral_vicreg, "%s", preset);
    ck_assert(summary(t, "components") == 3);
    ck_assert_uint_ge(pl_warnings(ctx), 1);
    pl_table_free(t);
    ck_fails(ctx, pl_program_run_preset(ctx, &pl_spectral_contrastive, preset, 1, NULL, &t),
             PL_EDOMAIN, "degree 0");
    ck_fails(ctx, pl_program_run_preset(ctx, &pl_spectral_barlow, preset, 1, NULL, &t), PL_EDOMAIN,
             "degrees");
    pl_ctx_free(ctx);
}
END_TEST

/* The hypercube of 512 nodes: eigenvalue 2j comes binomial(9, j) times, 9 and 36 for the first, of
 * which a block of four columns sees four. Fails if a solver skipped copies, or passed the 10th for
 * the 9th. */
START_TEST(repeated_eigenvalues) {
    static const char *const solvers[] = {"dense", "shift-invert", "filtered", "subspace"};
    static const struct {
        const char *spectrum;
        double first, step; /* eigenvalue j = first + j step */
        size_t from;        /* L and the cut leave j = 0 out  */
    } kinds[] = {{"laplacian", 0, 2, 1},
                 {"adjacency", 9, -2, 0},
                 {"normalised", 1, -2.0 / 9, 0},
                 {"cut", 0, 2.0 / 9, 1}};
    pl_ctx *ctx = pl_ctx_new();
    FILE *f = fopen(in_directory("cube.txt"), "w");
    for (unsigned i = 0; i < 512; i++)
        for (unsigned bit = 1; bit < 512; bit *= 2)
            if (!(i & bit))
                fprintf(f, "%u %u\n", i, i | bit);
    fclose(f);
    for (size_t s = 0; s < TEST_COUNT(solvers); s++)
        for (size_t k = 0; k < TEST_COUNT(kinds); k++) {
            pl_table *t =
                run(ctx, &pl_spectral_graph, "--graph %s --spectrum %s --solver %s --count %d",
                    in_directory("cube.txt"), kinds[k].spectrum, solvers[s], 12);
            for (size_t i = 0; i < 12; i++) {
                size_t at = i + kinds[k].from, j = at == 0 ? 0 : at < 10 ? 1 : 2;
                ck_close(pl_table_at(t, i, 1), kinds[k].first + (double)j * kinds[k].step, 1e-9);
            }
            ck_assert(summary(t, "determined") == 0);
            pl_table_free(t);
        }
    pl_ctx_free(ctx);
}
END_TEST

/* Thresholds and ranks of the path of six nodes as they are printed (theory notes, BL22.RANK):
 * fails by 1 % of a threshold, or where a mode lives on behind its own. The hinge loses modes
 * sooner. */
START_TEST(gamma_path_of_six_nodes) {
    static const double threshold[] = {4.47846096908265, 1.2, 0.6, 0.4, 0.321539030917347};
    static const double gamma[] = {0.1, 0.35, 0.5, 1, 2, 5}, rank[] = {5, 4, 3, 2, 1, 0};
    pl_ctx *ctx = pl_ctx_new();
    pl_table *t = run(ctx, &pl_spectral_gamma_path,
                      "--graph path:6 --embedding 5 --gammas 0.1,0.35,0.5,1,2,5");
    ck_assert_uint_eq(pl_table_rows(t), 30);
    for (size_t i = 0; i < 30; i++) {
        ck_assert(pl_table_at(t, i, 0) == gamma[i % 6]);
        ck_close(pl_table_at(t, i, 4), threshold[i / 6], 1e-12);
        ck_assert((pl_table_at(t, i, 2) > 0) == (gamma[i % 6] < threshold[i / 6]));
        ck_assert(pl_table_at(t, i, 5) == rank[i % 6] && pl_table_at(t, i, 7) == 3);
    }
    ck_close(pl_table_at(t, 3, 2), sqrt(5 * (1 - 5.0 / 6 * (2 - sqrt(3)))), 1e-12);
    pl_table_free(t);
    pl_ctx_free(ctx);
}
END_TEST

/* Every start of descent ends at L*, never below, and the loss never rises on the way. */
START_TEST(descent_ends_at_the_minimum) {
    pl_ctx *ctx = pl_ctx_new();
    pl_table *t = run(ctx, &pl_spectral_descent, "--iterations 400");
    for (size_t i = 1; i < pl_table_rows(t); i++) {
        bool same = pl_table_at(t, i, 0) == pl_table_at(t, i - 1, 0);
        ck_assert(!same || pl_table_at(t, i, 2) <= pl_table_at(t, i - 1, 2) + 1e-14);
        ck_assert(pl_table_at(t, i, 2) > 0.392877598318 - 1e-12);
    }
    ck_close(summary(t, "largest_final_loss"), 0.392877598318, 1e-10);
    pl_table_free(t);
    ck_fails(ctx, pl_program_run_preset(ctx, &pl_spectral_descent, "--step 9", 1, NULL, &t),
             PL_ENOCONV, "smaller --step");
    pl_ctx_free(ctx);
}
END_TEST

/* A hypothesis that is not met makes a claim not applicable, never violated. */
START_TEST(gates) {
    pl_ctx *ctx = pl_ctx_new();
    static const struct {
        const pl_program *program;
        const char *preset;
    } list[] = {
        {&pl_spectral_vicreg, "--graph path:6 --embedding 2 --loss hinge --starts 0"},
        {&pl_spectral_vicreg, "--graph path:6 --embedding 7 --loss log-determinant --starts 0"},
        {&pl_spectral_identities, "--graph random:12 --identity regular"},
        {&pl_spectral_critical, "--graph petersen --starts 0"},
        {&pl_spectral_supervised, "--graph labels:2,4,6 --starts 1"}};
    for (size_t i = 0; i < TEST_COUNT(list) - 1; i++) {
        pl_table *t = NULL;
        if (i == 1) { /* K > N - 1: the covariance is singular, the loss undefined */
            ck_assert(pl_program_run_preset(ctx, list[i].program, list[i].preset, 1, NULL, &t) !=
                      PL_OK);
            continue;
        }
        t = run(ctx, list[i].program, "%s", list[i].preset);
        ck_assert_msg(pl_table_unmets(t) > 0, "%s", list[i].preset);
        pl_table_free(t);
    }
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if any program lost memory's failure: every allocation, one after the other. */
START_TEST(every_failed_allocation_is_survived) {
    static const struct {
        const pl_program *program;
        const char *preset;
    } list[] = {{&pl_spectral_graph, "--graph views:4x3"},
                {&pl_spectral_coordinates, "--graph path:4"},
                {&pl_spectral_entries, "--graph neighbours:6x2"},
                {&pl_spectral_gamma_path, "--graph path:4 --embedding 2 --gammas 1"},
                {&pl_spectral_descent, "--graph path:4 --starts 1 --iterations 2"},
                {&pl_spectral_imbalance, "--size 4 --shifts 1 --dim 3"},
                {&pl_spectral_identities, "--graph path:4 --identity gibbs"},
                {&pl_spectral_vicreg, "--graph path:4 --embedding 2 --starts 1"},
                {&pl_spectral_critical, "--graph path:3 --embedding 1 --starts 0"},
                {&pl_spectral_simclr, "--graph path:4 --embedding 2 --starts 1"},
                {&pl_spectral_contrastive, "--graph path:4 --embedding 2 --starts 0"},
                {&pl_spectral_linear, "--graph path:4 --dim 2 --embedding 1 --starts 0"},
                {&pl_spectral_kernel, "--graph path:4 --embedding 1 --starts 0"},
                {&pl_spectral_kernel, "--task simclr --graph path:4 --embedding 1 --starts 1"},
                {&pl_spectral_kernel, "--task barlow --graph cycle:4 --embedding 1 --starts 1"},
                {&pl_spectral_equivalence, "--graph path:4 --embedding 1 --starts 0"},
                {&pl_spectral_downstream, "--graph cliques:2x2 --target clique --dims 1"},
                {&pl_spectral_low_data, "--graph cliques:2x2 --gammas 0.1"},
                {&pl_spectral_dynamics, "--graph path:3 --times 0.01 --steps 100"}};
    for (size_t i = 0; i < TEST_COUNT(list); i++)
        for (size_t k = 1;; k += 1 + k / 24) { /* every one of the first, then ever fewer */
            pl_ctx *ctx = pl_ctx_new();
            pl_table *t = NULL;
            pl_ctx_fail_allocation(ctx, k);
            pl_status status =
                pl_program_run_preset(ctx, list[i].program, list[i].preset, 1, NULL, &t);
            ck_assert_msg(status == PL_OK || status == PL_ENOMEM,
                          "%s, allocation %zu: status %d: %s", list[i].preset, k, (int)status,
                          pl_message(ctx));
            pl_table_free(t);
            pl_ctx_free(ctx);
            if (status == PL_OK)
                break;
            ck_assert_uint_lt(k, 100000);
        }
}
END_TEST

int main(void) {
    if (!mkdtemp(directory))
        return 1;
    const TTest *const tests[] = {edge_lists_are_graphs,
                                  features_run_end_to_end,
                                  coordinates_of_a_path,
                                  bad_input_is_said,
                                  isolated_nodes,
                                  repeated_eigenvalues,
                                  gamma_path_of_six_nodes,
                                  descent_ends_at_the_minimum,
                                  gates,
                                  every_failed_allocation_is_survived};
    return test_main("spectral/programs", tests, TEST_COUNT(tests));
}
