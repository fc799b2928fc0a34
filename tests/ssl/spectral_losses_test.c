#include "ssl/spectral_losses.h"

#include "tests/spectral/given.h"

static pl_spectral_kind kind_of(const char *method) {
    static const struct {
        const char *name;
        pl_spectral_kind kind;
    } list[] = {
        {"vicreg_squared", PL_VICREG_SQUARED}, {"vicreg_hinge", PL_VICREG_HINGE},
        {"infonce", PL_GRAPH_INFONCE},         {"simclr_squared", PL_SIMCLR_SQUARED},
        {"barlow_twins", PL_BARLOW_TWINS},     {"spectral_contrastive", PL_SPECTRAL_CONTRASTIVE}};
    for (size_t i = 0; i < TEST_COUNT(list); i++)
        if (strcmp(list[i].name, method) == 0)
            return list[i].kind;
    ck_abort_msg("unknown method %s", method);
}

static pl_spectral_loss loss_of(const golden_value *v, size_t n) {
    return (pl_spectral_loss){.kind = kind_of(golden_text(v, "method", "?")),
                              .alpha = golden_number(v, "alpha", 0),
                              .beta = golden_number(v, "beta", 0),
                              .gamma = golden_number(v, "gamma", 0),
                              .tau = golden_number(v, "tau", 0),
                              .nu = strcmp(golden_text(v, "nu", "N-1"), "N") == 0 ? (double)n : 0};
}

static void meets_golden(const golden_value *v) {
    pl_ctx *ctx = pl_ctx_new();
    pl_graph g = given_graph(ctx, golden_text(v, "graph", "?"));
    pl_mat z = given_matrix(ctx, golden_text(v, "embeddings", "?"));
    pl_spectral_loss loss = loss_of(v, g.nodes);
    pl_mat gradient = {pl_alloc(ctx, z.rows * z.cols, sizeof(double)), z.rows, z.cols, z.cols};
    double value;
    ck_ok(ctx, pl_spectral_loss_at(ctx, &loss, &g, pl_const(z), &value, gradient));
    if (strcmp(v->quantity, "loss") == 0) {
        ck_close(value, v->number, v->tolerance);
    } else if (strcmp(v->quantity, "gradient") == 0) {
        pl_mat want = json_matrix(ctx, v->value);
        for (size_t i = 0; i < z.rows * z.cols; i++)
            ck_close(gradient.a[i], want.a[i], v->tolerance);
        pl_free(want.a);
    }
    pl_free(gradient.a);
    pl_free(z.a);
    pl_graph_free(&g);
    pl_ctx_free(ctx);
}

/* Fails if any loss or gradient of the table in sec. 2 is off in the twelfth digit. */
START_TEST(golden_losses_and_gradients) {
    ck_assert_uint_eq(golden_each("spectral.json", "LOSS", NULL, meets_golden), 12);
    golden_each("spectral.json", "BL22.ID3", "loss", meets_golden);
    golden_each("spectral.json", "HC21.ID", "loss", meets_golden);
    golden_each("spectral.json", "TAN23.ID", "loss", meets_golden);
    golden_each("spectral.json", "BL22.THM1(i)", "loss", meets_golden);
    golden_each("spectral.json", "BL22.EQ1", "loss", meets_golden);
}
END_TEST

static void agrees_with_differences(pl_ctx *ctx, pl_spectral_loss loss, const pl_graph *g,
                                    pl_mat z) {
    double *buffer = pl_alloc(ctx, z.rows * z.cols, sizeof *buffer), value, up, down, worst = 0;
    pl_mat gradient = {buffer, z.rows, z.cols, z.cols};
    double largest = 0;
    ck_ok(ctx, pl_spectral_loss_at(ctx, &loss, g, pl_const(z), &value, gradient));
    for (size_t i = 0; i < z.rows * z.cols; i++) {
        double keep = z.a[i], h = 1e-6;
        z.a[i] = keep + h;
        ck_ok(ctx, pl_spectral_loss_at(ctx, &loss, g, pl_const(z), &up, (pl_mat){0}));
        z.a[i] = keep - h;
        ck_ok(ctx, pl_spectral_loss_at(ctx, &loss, g, pl_const(z), &down, (pl_mat){0}));
        z.a[i] = keep;
        worst = fmax(worst, fabs((up - down) / (2 * h) - buffer[i]));
        largest = fmax(largest, fabs(buffer[i]));
    }
    ck_assert_msg(worst <= 5e-8 * fmax(1, largest), "loss %d, centred %d: off by %g of %g",
                  (int)loss.kind, loss.centred, worst, largest);
    pl_free(buffer);
}

/* Fails if a gradient were not that of its loss, on a regular, a clique and a weighted graph. */
START_TEST(gradients_are_gradients) {
    pl_ctx *ctx = pl_ctx_new();
    static const char *const graphs[] = {"AUG43", "RND12", "CLIQUES_4x3"};
    pl_mat z = given_matrix(ctx, "SM5_12x3");
    for (size_t i = 0; i < TEST_COUNT(graphs); i++) {
        pl_graph g = given_graph(ctx, graphs[i]);
        for (int kind = 0; kind <= PL_SPECTRAL_CONTRASTIVE; kind++)
            for (int centred = 0; centred < 2; centred++)
                for (int smooth = 0; smooth < 2; smooth++)
                    agrees_with_differences(ctx,
                                            (pl_spectral_loss){.kind = (pl_spectral_kind)kind,
                                                               .alpha = 1.3,
                                                               .beta = 0.4,
                                                               .gamma = 0.7,
                                                               .tau = 0.6,
                                                               .nu = smooth ? 12 : 0,
                                                               .smoothing = smooth ? 0.03 : 0,
                                                               .centred = centred},
                                            &g, z);
        pl_graph_free(&g);
    }
    pl_free(z.a);
    pl_ctx_free(ctx);
}
END_TEST

/* BL22.ID3: the list of all entries, each in both directions, is the G-form; the gradients of the
 * two lists add up to the gradient of Z. Fails if either normalised by the wrong degrees. */
START_TEST(pairs_are_the_graph_form) {
    pl_ctx *ctx = pl_ctx_new();
    pl_graph g = given_graph(ctx, "KAR34");
    pl_mat z = given_matrix(ctx, "SM5_34x3");
    size_t n = g.nodes, k = 3, pairs = g.csr.start[n];
    for (int centred = 0; centred < 2; centred++) {
        double *work = pl_alloc(ctx, 4 * pairs * k + 2 * n * k, sizeof *work), value, want;
        pl_mat left = {work, pairs, k, k}, right = {work + pairs * k, pairs, k, k};
        pl_mat dl = {work + 2 * pairs * k, pairs, k, k}, dr = {work + 3 * pairs * k, pairs, k, k};
        pl_mat sum = {work + 4 * pairs * k, n, k, k}, gradient = {sum.a + n * k, n, k, k};
        pl_spectral_loss loss = {.kind = PL_BARLOW_TWINS, .alpha = 0.1, .centred = centred};
        for (size_t i = 0, p = 0; i < n; i++)
            for (size_t e = g.csr.start[i]; e < g.csr.start[i + 1]; e++, p++)
                for (size_t c = 0; c < k; c++) {
                    left.a[p * k + c] = z.a[i * k + c];
                    right.a[p * k + c] = z.a[g.csr.index[e] * k + c];
                }
        ck_ok(ctx,
              pl_barlow_pairs(ctx, pl_const(left), pl_const(right), 0.1, centred, &value, dl, dr));
        ck_ok(ctx, pl_spectral_loss_at(ctx, &loss, &g, pl_const(z), &want, gradient));
        ck_rel(value, want, 1e-12);
        for (size_t i = 0, p = 0; i < n; i++)
            for (size_t e = g.csr.start[i]; e < g.csr.start[i + 1]; e++, p++)
                for (size_t c = 0; c < k; c++) {
                    sum.a[i * k + c] += dl.a[p * k + c];
                    sum.a[g.csr.index[e] * k + c] += dr.a[p * k + c];
                }
        for (size_t i = 0; i < n * k; i++)
            ck_close(sum.a[i], gradient.a[i], 1e-12);
        pl_free(work);
    }
    pl_free(z.a);
    pl_graph_free(&g);
    pl_ctx_free(ctx);
}
END_TEST

START_TEST(bad_input_is_said) {
    pl_ctx *ctx = pl_ctx_new();
    pl_graph g = given_graph(ctx, "P6");
    double zero[12] = {0}, value = 7;
    pl_cmat z = {zero, 6, 2, 2};
    pl_spectral_loss loss = {.kind = PL_GRAPH_INFONCE, .tau = 0.5};
    ck_fails(ctx, pl_spectral_loss_at(ctx, &loss, &g, z, &value, (pl_mat){0}), PL_EDOMAIN, "row 0");
    loss.tau = 0;
    ck_fails(ctx, pl_spectral_loss_at(ctx, &loss, &g, z, &value, (pl_mat){0}), PL_EDOMAIN, "tau");
    loss.kind = PL_BARLOW_TWINS;
    ck_fails(ctx, pl_spectral_loss_at(ctx, &loss, &g, z, &value, (pl_mat){0}), PL_EDOMAIN,
             "column 0");
    loss.kind = PL_LOG_DETERMINANT;
    ck_fails(ctx, pl_spectral_loss_at(ctx, &loss, &g, z, &value, (pl_mat){0}), PL_EDOMAIN,
             "singular");
    z.rows = 5;
    ck_fails(ctx, pl_spectral_loss_at(ctx, &loss, &g, z, &value, (pl_mat){0}), PL_ESHAPE, "5 x 2");
    ck_assert(value == 7);
    pl_graph_free(&g);
    pl_ctx_free(ctx);
}
END_TEST

START_TEST(every_failed_allocation_is_survived) {
    static const pl_spectral_kind kinds[] = {PL_VICREG_SQUARED, PL_GRAPH_INFONCE, PL_BARLOW_TWINS,
                                             PL_SIMCLR_SQUARED};
    pl_ctx *ctx = pl_ctx_new();
    pl_graph g;
    ck_ok(ctx, pl_graph_views(ctx, 3, 2, &g));
    pl_mat z = given_matrix(ctx, "SM42_6x2");
    for (size_t i = 0; i < TEST_COUNT(kinds); i++) {
        pl_spectral_loss loss = {kinds[i], 1, 1, 1, 1, 0, 0, false};
        double value;
        for (size_t k = 1;; k++) {
            ck_assert_uint_lt(k, 50);
            pl_ctx_fail_allocation(ctx, k);
            pl_status status =
                pl_spectral_loss_at(ctx, &loss, &g, pl_const(z), &value, (pl_mat){0});
            pl_ctx_fail_allocation(ctx, 0);
            if (status == PL_OK)
                break;
            ck_assert_int_eq(status, PL_ENOMEM);
        }
    }
    pl_free(z.a);
    pl_graph_free(&g);
    pl_ctx_free(ctx);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {golden_losses_and_gradients, gradients_are_gradients,
                                  pairs_are_the_graph_form, bad_input_is_said,
                                  every_failed_allocation_is_survived};
    return test_main("ssl/spectral_losses", tests, TEST_COUNT(tests));
}
