#include "bounds/sphere_law.h"

#include "math/sphere.h"
#include "tests/support.h"

static const double kappas[] = {1e-3, 0.5, 2, 4, 20, 100};

/* The energy by zonal moments and by quadrature of the potential are two ways to one number. Fails
 * if a moment, a kernel coefficient, a multiplicity or a potential were wrong. */
START_TEST(energy_by_moments_and_by_quadrature) {
    pl_ctx *ctx = pl_ctx_new();
    const size_t dims[] = {2, 3, 8, 128};
    const double concentrations[] = {0, 0.3, 5, 200};
    for (const sphere_law_name *l = sphere_law_names; l->name; l++)
        for (size_t i = 0; i < TEST_COUNT(dims); i++)
            for (size_t c = 0; c < TEST_COUNT(concentrations); c++) {
                sphere_law law = {0};
                if (l->d && l->d != dims[i])
                    continue;
                ck_ok(ctx, sphere_law_new(ctx, l->name, dims[i], concentrations[c], &law));
                for (size_t k = 0; k < TEST_COUNT(kappas); k++) {
                    double a = sphere_law_energy(&law, kappas[k]);
                    double b = sphere_law_energy_ref(&law, kappas[k]);
                    ck_assert_msg(fabs(a - b) <= 3e-11 * b, "%s d=%zu k=%g kappa=%g: %.15g %.15g",
                                  l->name, dims[i], concentrations[c], kappas[k], a, b);
                }
                sphere_law_free(&law);
            }
    pl_ctx_free(ctx);
}
END_TEST

/* The first moment is the resultant, that of a mixture 0; moments of points are 1 where the copies
 * agree; concentration 1e6 is nearly a point. */
START_TEST(moments) {
    pl_ctx *ctx = pl_ctx_new();
    sphere_law law = {0};
    ck_ok(ctx, sphere_law_new(ctx, "vmf", 3, 2, &law));
    ck_rel(sphere_law_moment(&law, 1), 1 / tanh(2) - 0.5, 1e-14);
    ck_close(sphere_law_moment(&law, 0), 1, 0);
    sphere_law_free(&law);
    ck_ok(ctx, sphere_law_new(ctx, "antipodal-vmf", 3, 2, &law));
    ck_close(sphere_law_moment(&law, 1), 0, 0);
    ck_rel(sphere_law_moment(&law, 2), 1 - 3 * (1 / tanh(2) - 0.5) / 2, 1e-13);
    sphere_law_free(&law);
    ck_ok(ctx, sphere_law_new(ctx, "7-gon", 2, 0, &law));
    for (size_t n = 0; n < 30; n++)
        ck_close(sphere_law_moment(&law, n), n % 7 == 0, 0);
    sphere_law_free(&law);
    ck_ok(ctx, sphere_law_new(ctx, "half-circle", 2, 0, &law));
    ck_close(sphere_law_moment(&law, 1), 2 / M_PI, 1e-15);
    sphere_law_free(&law);
    ck_ok(ctx, sphere_law_new(ctx, "vmf", 3, 1e6, &law));
    ck_close(sphere_law_energy(&law, 2), 1, 1e-5);
    sphere_law_free(&law);
    pl_ctx_free(ctx);
}
END_TEST

/* h_n of the exponential kernel against quadrature, harmonics against n^2 - (n-1)^2 and its like.
 */
START_TEST(coefficients_and_multiplicities) {
    for (size_t n = 1; n < 20; n++) {
        ck_close(harmonics(2, n), 2, 0);
        ck_rel(harmonics(3, n), 2 * (double)n + 1, 1e-14);
        ck_rel(harmonics(4, n), pow((double)n + 1, 2), 1e-14);
    }
    for (size_t k = 0; k < TEST_COUNT(kappas); k++) {
        double d = 5, sum = 0; /* at s = 1 the kernel is 1 = sum of all its parts */
        for (size_t n = 0; n < 400; n++)
            sum += harmonics(d, n) * exponential_coefficient(d, kappas[k], n);
        ck_close(sum, 1, 1e-12);
    }
}
END_TEST

START_TEST(bad_laws_are_refused) {
    pl_ctx *ctx = pl_ctx_new();
    sphere_law law = {0};
    ck_fails(ctx, sphere_law_new(ctx, "vnf", 2, 1, &law), PL_EUSAGE, "did you mean vmf");
    ck_fails(ctx, sphere_law_new(ctx, "four-vmf", 3, 1, &law), PL_EUSAGE, "--dim 2");
    ck_fails(ctx, sphere_law_new(ctx, "8-gon", 3, 1, &law), PL_EUSAGE, "--dim 2");
    ck_fails(ctx, sphere_law_new(ctx, "65-gon", 2, 1, &law), PL_EUSAGE, "no law");
    ck_fails(ctx, sphere_law_new(ctx, "vmf", 2, -1, &law), PL_EDOMAIN, "concentration");
    ck_assert_ptr_null(law.rule.s);
    for (size_t k = 1; k <= 2; k++) {
        pl_ctx_fail_allocation(ctx, k);
        ck_assert_int_eq(sphere_law_new(ctx, "half-circle", 2, 0, &law), PL_ENOMEM);
    }
    pl_ctx_free(ctx);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {energy_by_moments_and_by_quadrature, moments,
                                  coefficients_and_multiplicities, bad_laws_are_refused};
    return test_main("bounds/sphere_law", tests, TEST_COUNT(tests));
}
