#include "math/product.h"

#include "math/random.h"
#include "tests/support.h"

enum { ROWS = 150, INNER = 37, COLS = 141 };

static double entry(pl_cmat m, bool transposed, size_t i, size_t j) {
    return transposed ? m.a[j * m.ld + i] : m.a[i * m.ld + j];
}

/* op(a) op(b) for one choice of transpositions, against three loops, into a wider matrix. Fails if
 * a block began at the wrong row, if the kept part were lost, or if columns beyond the result's
 * were touched. */
static void one(pl_ctx *ctx, bool ta, bool tb) {
    static double a[ROWS * INNER], b[INNER * COLS], out[ROWS * (COLS + 2)], before[sizeof out / 8];
    pl_cmat x = ta ? (pl_cmat){a, INNER, ROWS, ROWS} : (pl_cmat){a, ROWS, INNER, INNER};
    pl_cmat y = tb ? (pl_cmat){b, COLS, INNER, INNER} : (pl_cmat){b, INNER, COLS, COLS};
    pl_stream_normals((pl_stream){.seed = 1}, 0, ROWS * INNER, a);
    pl_stream_normals((pl_stream){.seed = 2}, 0, INNER * COLS, b);
    pl_stream_normals((pl_stream){.seed = 3}, 0, ROWS * (COLS + 2), out);
    memcpy(before, out, sizeof out);
    ck_ok(ctx, pl_product(ctx, 0.5, x, ta, y, tb, 1, (pl_mat){out, ROWS, COLS, COLS + 2}));
    for (size_t i = 0; i < ROWS; i++)
        for (size_t j = 0; j < COLS + 2; j++) {
            double want = before[i * (COLS + 2) + j];
            for (size_t k = 0; k < INNER && j < COLS; k++)
                want += 0.5 * entry(x, ta, i, k) * entry(y, tb, k, j);
            ck_close(out[i * (COLS + 2) + j], want, j < COLS ? 1e-13 : 0);
        }
}

START_TEST(agrees_with_loops) {
    pl_ctx *ctx = pl_ctx_new();
    for (int t = 0; t < 4; t++)
        one(ctx, t & 1, t & 2);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a threaded BLAS cut the product by its number of threads. */
START_TEST(same_bits_for_any_threads) {
    static double a[ROWS * INNER], out[4][ROWS * ROWS];
    pl_cmat x = {a, ROWS, INNER, INNER};
    pl_stream_normals((pl_stream){.seed = 4}, 0, ROWS * INNER, a);
    for (int threads = 1; threads <= 4; threads++) {
        pl_ctx *ctx = pl_ctx_new();
        pl_set_threads(ctx, threads);
        ck_ok(ctx, pl_product(ctx, 1, x, false, x, true, 0,
                              (pl_mat){out[threads - 1], ROWS, ROWS, ROWS}));
        ck_assert_mem_eq(out[threads - 1], out[0], sizeof *out);
        pl_ctx_free(ctx);
    }
}
END_TEST

/* Fails if 0 times what the result held before were added: NaN would remain. */
START_TEST(overwrites_nan) {
    pl_ctx *ctx = pl_ctx_new();
    double a[] = {2, 3}, out[] = {NAN};
    ck_ok(ctx, pl_product(ctx, 1, (pl_cmat){a, 1, 2, 2}, false, (pl_cmat){a, 1, 2, 2}, true, 0,
                          (pl_mat){out, 1, 1, 1}));
    ck_close(out[0], 13, 0);
    pl_ctx_free(ctx);
}
END_TEST

START_TEST(refuses_misfits) {
    pl_ctx *ctx = pl_ctx_new();
    double a[6] = {0};
    pl_cmat x = {a, 2, 3, 3};
    ck_fails(ctx, pl_product(ctx, 1, x, false, x, false, 0, (pl_mat){a, 2, 3, 3}), PL_ESHAPE,
             "2 x 3 and 2 x 3");
    ck_fails(ctx, pl_product(ctx, 1, x, false, x, true, 0, (pl_mat){a, 2, 3, 3}), PL_ESHAPE,
             "does not fit 2 x 3");
    x.ld = (size_t)1 << 40;
    ck_fails(ctx, pl_product(ctx, 1, x, false, x, true, 0, (pl_mat){a, 2, 2, 2}), PL_ESHAPE,
             "at most 2147483647");
    pl_ctx_free(ctx);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {agrees_with_loops, same_bits_for_any_threads, overwrites_nan,
                                  refuses_misfits};
    return test_main("math/product", tests, TEST_COUNT(tests));
}
