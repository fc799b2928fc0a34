#ifndef PL_TESTS_SUPPORT_H
#define PL_TESTS_SUPPORT_H
/* What every test file shares: the runner, comparisons that print both numbers, and a walk over
 * the reference values in tests/golden/. A test file is one Check program:
 *
 *     START_TEST(norm_is_one) { ... } END_TEST
 *     int main(void) {
 *         const TTest *const tests[] = {norm_is_one};
 *         return test_main("math/sphere", tests, TEST_COUNT(tests));
 *     } */

#include <check.h>
#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/ctx.h"

#define TEST_COUNT(a) (sizeof(a) / sizeof *(a))

int test_main(const char *name, const TTest *const *tests, size_t count);
/* The same, and one test more that runs `times` times with _i = 0, 1, ... */
int test_main_loop(const char *name, const TTest *const *tests, size_t count, const TTest *loop,
                   int times);

/* |got - want| <= tol, or both printed. */
#define ck_close(got, want, tol)                                                                   \
    do {                                                                                           \
        double ck_got = (got), ck_want = (want), ck_tol = (tol);                                   \
        ck_assert_msg(fabs(ck_got - ck_want) <= ck_tol,                                            \
                      "%s = %.17g, expected %.17g within %.3g (off by %.3g)", #got, ck_got,        \
                      ck_want, ck_tol, fabs(ck_got - ck_want));                                    \
    } while (0)

#define ck_rel(got, want, tol) ck_close(got, want, (tol)*fabs(want))

#define ck_ok(ctx, call)                                                                           \
    do {                                                                                           \
        pl_status ck_status = (call);                                                              \
        ck_assert_msg(ck_status == PL_OK, "%s: status %d: %s", #call, (int)ck_status,              \
                      pl_message(ctx));                                                            \
    } while (0)

/* The call must fail with this status, and its message must contain `words`. */
#define ck_fails(ctx, call, want, words)                                                           \
    do {                                                                                           \
        pl_status ck_status = (call);                                                              \
        ck_assert_msg(ck_status == (want), "%s: status %d, expected %d: %s", #call,                \
                      (int)ck_status, (int)(want), pl_message(ctx));                               \
        ck_assert_msg(strstr(pl_message(ctx), (words)) != NULL, "\"%s\" does not say \"%s\"",      \
                      pl_message(ctx), (words));                                                   \
    } while (0)

/* PL_TEST_EFFORT (1 unless set): random tests repeat that many times more. */
size_t test_effort(void);

/* Path of a file under tests/ ("golden/bounds.json"). Static storage, overwritten by each call. */
const char *test_path(const char *file);

/* The document tests/golden/<file>, loaded once; fails the test when it cannot be read. */
json_t *golden(const char *file);

/* One reference value: parameters by name, and the number or flat array of numbers. */
typedef struct golden_value {
    const char *claim, *quantity, *expected; /* expected: "holds", "violated" or NULL */
    json_t *parameters, *value;
    double number;    /* the value, when it is one number; else NAN */
    double tolerance; /* absolute: relative ones are multiplied by |value| already */
} golden_value;

double golden_number(const golden_value *v, const char *parameter, double otherwise);
const char *golden_text(const golden_value *v, const char *parameter, const char *otherwise);

/* Calls visit for every value of the claim and quantity (NULL: all); returns how many. */
size_t golden_each(const char *file, const char *claim, const char *quantity,
                   void (*visit)(const golden_value *v));

#endif
