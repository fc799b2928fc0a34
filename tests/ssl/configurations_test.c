#include "ssl/configurations.h"
#include "tests/support.h"

static pl_mat build(const char *name, size_t d) {
    pl_ctx *ctx = pl_ctx_new();
    pl_mat m = {0};
    ck_ok(ctx, pl_configuration(ctx, name, d, &m));
    pl_ctx_free(ctx);
    return m;
}

static double inner(pl_mat m, size_t i, size_t j) {
    double s = 0;
    for (size_t k = 0; k < m.cols; k++)
        s += m.a[i * m.ld + k] * m.a[j * m.ld + k];
    return s;
}

/* The name in the reference file, the name and dimension here. */
static const struct {
    const char *golden, *name;
    size_t d;
} all[] = {{"antipodal", "antipodal", 2},
           {"triangle", "triangle", 2},
           {"square", "square", 2},
           {"pentagon", "pentagon", 2},
           {"7-gon", "7-gon", 2},
           {"8-gon", "8-gon", 2},
           {"10-gon", "10-gon", 2},
           {"12-gon", "12-gon", 2},
           {"16-gon", "16-gon", 2},
           {"tetrahedron", "tetrahedron", 3},
           {"octahedron", "octahedron", 3},
           {"icosahedron", "icosahedron", 3},
           {"cross_polytope_8", "cross-polytope", 8},
           {"e8", "e8", 8},
           {"cross_polytope_128", "cross-polytope", 128},
           {"simplex_129", "simplex-129", 128}};

/* Fails if a point were off the sphere, or if seen from any point the others did not stand at the
 * inner products that theory lists. */
START_TEST(inner_products_are_those_of_the_theory) {
    json_t *settings = json_object_get(golden("bounds.json"), "settings");
    json_t *listed = json_object_get(settings, "configurations");
    for (size_t c = 0; c < TEST_COUNT(all); c++) {
        pl_mat m = build(all[c].name, all[c].d);
        json_t *products =
            json_object_get(json_object_get(listed, all[c].golden), "inner_products");
        ck_assert_msg(json_is_array(products), "%s", all[c].golden);
        for (size_t i = 0; i < m.rows; i++) {
            size_t k, counted = 0;
            json_t *pair;
            json_array_foreach(products, k, pair) {
                double s = json_number_value(json_array_get(pair, 0));
                size_t times = (size_t)json_integer_value(json_array_get(pair, 1)), found = 0;
                for (size_t j = 0; j < m.rows; j++)
                    found += fabs(inner(m, i, j) - s) < 1e-12;
                ck_assert_msg(found == times, "%s: point %zu sees %zu at %g, expected %zu",
                              all[c].name, i, found, s, times);
                counted += found;
            }
            ck_assert_uint_eq(counted, m.rows);
        }
        pl_free(m.a);
    }
}
END_TEST

/* Fails if a wrong name or dimension were taken, or if the message did not help. */
START_TEST(bad_names_are_refused) {
    pl_ctx *ctx = pl_ctx_new();
    pl_mat m = {0};
    ck_fails(ctx, pl_configuration(ctx, "sqare", 2, &m), PL_EUSAGE, "did you mean square");
    ck_fails(ctx, pl_configuration(ctx, "square", 3, &m), PL_EUSAGE, "--dim 2");
    ck_fails(ctx, pl_configuration(ctx, "simplex-9", 7, &m), PL_EUSAGE, "dimension 8");
    ck_fails(ctx, pl_configuration(ctx, "1-gon", 2, &m), PL_EUSAGE, "no configuration");
    ck_fails(ctx, pl_configuration(ctx, "99999999999999999999-gon", 2, &m), PL_EUSAGE, "no conf");
    ck_fails(ctx, pl_configuration(ctx, "", 2, &m), PL_EUSAGE, "no configuration");
    ck_assert_ptr_null(m.a);
    pl_ctx_fail_allocation(ctx, 1);
    ck_fails(ctx, pl_configuration(ctx, "e8", 8, &m), PL_ENOMEM, "out of memory");
    pl_ctx_free(ctx);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {inner_products_are_those_of_the_theory, bad_names_are_refused};
    return test_main("ssl/configurations", tests, TEST_COUNT(tests));
}
