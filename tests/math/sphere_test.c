#include "math/sphere.h"

#include <gsl/gsl_errno.h>

#include "tests/support.h"

static void kernel_value(const golden_value *v) {
    double d = golden_number(v, "dim", NAN), kappa = golden_number(v, "kappa", NAN);
    if (strcmp(v->quantity, "log_c") == 0)
        ck_close(pl_log_c(d, kappa), v->number, v->tolerance);
    else if (strcmp(v->quantity, "mean_resultant_length") == 0)
        ck_close(pl_resultant(d, kappa), v->number, v->tolerance);
    else if (strcmp(v->quantity, "log_vmf_normaliser") == 0)
        ck_close(pl_log_sphere_area(d) + pl_log_c(d, kappa), v->number, v->tolerance);
}

/* Fails if c, A or the area of the sphere were another function than in theory notes, bounds, 1.1
 * and A. */
START_TEST(reference_values) {
    ck_assert_uint_ge(golden_each("bounds.json", "BOUNDS.KERNEL", NULL, kernel_value), 36);
}
END_TEST

static const double dims[] = {1, 1.5, 2, 3, 4, 7, 8, 16, 64, 128, 129, 512, 4096};
static const double kappas[] = {1e-9, 1e-3, 0.1, 1, 2, 5, 10, 14.3, 49.9, 50.1, 52, 100, 700, 1e4};

/* Fails if series and Bessel function disagreed anywhere on the grid, the seam between the power
 * series and Hankel's included (kappa = 50 + 2 nu^2). */
START_TEST(log_c_agrees_with_bessel) {
    gsl_set_error_handler_off(); /* the Bessel function underflows where d is large */
    size_t compared = 0;
    for (size_t i = 0; i < TEST_COUNT(dims); i++)
        for (size_t j = 0; j < TEST_COUNT(kappas); j++) {
            double want = pl_log_c_ref(dims[i], kappas[j]);
            /* lgamma, log and kappa cancel in the reference */
            double lost = 1e-14 * (1 + kappas[j] + dims[i] * log(2 + dims[i] / kappas[j]));
            if (!isfinite(want))
                continue;
            ck_close(pl_log_c(dims[i], kappas[j]), want, lost);
            compared++;
        }
    ck_assert_uint_gt(compared, 120);
}
END_TEST

/* Fails if c - 1 were rounded away where kappa is small: log c = k^2/(2d) (1 - k^2/(2d(d+2)) ...),
 * or if kappa's sign counted. */
START_TEST(log_c_keeps_its_digits_near_zero) {
    for (size_t i = 0; i < TEST_COUNT(dims); i++)
        for (double k = 1e-150; k < 1e-4; k *= 1e3) {
            double d = dims[i];
            ck_rel(pl_log_c(d, k), k * k / (2 * d) * (1 - k * k / (2 * d * (d + 2))), 1e-15);
            ck_assert(pl_log_c(d, -k) == pl_log_c(d, k));
            ck_rel(pl_resultant(d, k), k / d * (1 - k * k / (d * (d + 2))), 1e-15);
        }
    ck_assert(pl_log_c(3, 0) == 0 && pl_resultant(3, 0) == 0);
}
END_TEST

/* Fails if d = 1 (cosh, tanh) or d = 3 (sinh k/k, coth k - 1/k) were off at any size of kappa. */
START_TEST(closed_forms) {
    for (double k = 0.01; k < 1e15; k *= 1.7) {
        double log_sinh = k + log1p(-exp(-2 * k)) - log(2), coth = 1 / tanh(k);
        ck_close(pl_log_c(1, k), k + log1p(exp(-2 * k)) - log(2), 3e-15 * fmax(k, 1));
        ck_rel(pl_resultant(1, k), tanh(k), 1e-14);
        ck_close(pl_log_c(3, k), log_sinh - log(k), 3e-15 * fmax(k, 1));
        if (k > 0.5)
            ck_close(pl_resultant(3, k), coth - 1 / k, 1e-14);
    }
    /* |S^0| = 2, |S^1| = 2 pi, |S^2| = 4 pi, |S^3| = 2 pi^2 */
    ck_close(pl_log_sphere_area(1), log(2), 1e-15);
    ck_close(pl_log_sphere_area(2), log(2 * M_PI), 1e-15);
    ck_close(pl_log_sphere_area(3), log(4 * M_PI), 1e-15);
    ck_close(pl_log_sphere_area(4), log(2 * M_PI * M_PI), 2e-15);
}
END_TEST

/* Fails if kappa = 1e4 overflowed, lost digits or did not end. log c: the exact value of Hankel's
 * series is checked through c(d+2) = (d/k) c(d) A(d), and the limit 1 - A -> (d-1)/(2k). */
START_TEST(large_concentration) {
    for (double d = 2; d <= 4096; d *= 2)
        for (double k = 1e4; k <= 1e12; k *= 10) {
            double here = pl_log_c(d, k), next = pl_log_c(d + 2, k), a = pl_resultant(d, k);
            ck_assert(here > 0 && here < k && a > 0 && a < 1);
            ck_close(next, log(d / k) + here + log(a), 4e-15 * k + 1e-12);
            if (k >= 1e4 * d) /* 1 - A = (d-1)/(2k) (1 - (3-d)/(4k) ...) */
                ck_close(1 - a, (d - 1) / (2 * k), d * d / (k * k) + 1e-15);
        }
    ck_assert(isfinite(pl_log_c(2, 1e300)) && pl_resultant(2, 1e300) == 1);
}
END_TEST

/* Fails if the recurrence 1/A(d) = d/k + A(d+2) of the Bessel ratio, or 0 < A(d+2) < A(d) < 1, did
 * not hold. */
START_TEST(recurrence_in_dimension) {
    for (size_t i = 0; i < TEST_COUNT(dims); i++)
        for (size_t j = 0; j < TEST_COUNT(kappas); j++) {
            double d = dims[i], k = kappas[j], a = pl_resultant(d, k),
                   next = pl_resultant(d + 2, k);
            ck_rel(1 / a, d / k + next, 1e-14);
            ck_assert(next > 0 && next < a + 1e-15 && a <= 1);
        }
}
END_TEST

/* Fails if A were not odd, or did not rise with kappa. */
START_TEST(resultant_is_odd_and_rises) {
    for (size_t i = 0; i < TEST_COUNT(dims); i++)
        for (double k = 1e-6, before = 0; k < (dims[i] < 2 ? 10 : 1e5); k *= 1.3) {
            double a = pl_resultant(dims[i], k);
            ck_assert(pl_resultant(dims[i], -k) == -a);
            ck_assert(a > before);
            before = a;
        }
}
END_TEST

/* Fails if A were not the derivative of log c, by the difference quotient of its twin, or did not
 * obey Riccati's equation A' = 1 - A^2 - (d-1) A/k. */
START_TEST(resultant_is_the_derivative_of_log_c) {
    for (size_t i = 0; i < TEST_COUNT(dims); i++)
        for (size_t j = 3; j < TEST_COUNT(kappas); j++) {
            double d = dims[i], k = kappas[j], a = pl_resultant(d, k), h = 1e-3 * k;
            ck_close(a, pl_resultant_ref(d, k), 1e-8);
            double rise = (pl_resultant(d, k + h) - pl_resultant(d, k - h)) / (2 * h);
            ck_close(rise, 1 - a * a - (d - 1) * a / k, 2e-6);
        }
}
END_TEST

/* Fails if an argument outside the domain came back as a number. */
START_TEST(outside_the_domain_is_nan) {
    const double bad[][2] = {{0.5, 1}, {-3, 1}, {NAN, 1}, {INFINITY, 1}, {3, NAN}, {3, INFINITY}};
    for (size_t i = 0; i < TEST_COUNT(bad); i++) {
        ck_assert(isnan(pl_log_c(bad[i][0], bad[i][1])));
        ck_assert(isnan(pl_resultant(bad[i][0], bad[i][1])));
    }
}
END_TEST

int main(void) {
    const TTest *const tests[] = {reference_values,
                                  log_c_agrees_with_bessel,
                                  log_c_keeps_its_digits_near_zero,
                                  closed_forms,
                                  large_concentration,
                                  recurrence_in_dimension,
                                  resultant_is_odd_and_rises,
                                  resultant_is_the_derivative_of_log_c,
                                  outside_the_domain_is_nan};
    return test_main("math/sphere", tests, TEST_COUNT(tests));
}
