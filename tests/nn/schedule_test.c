#include "nn/schedule.h"

#include "tests/support.h"

static const pl_schedule cosine = {
    .kind = PL_COSINE, .rate = 0.5, .warmup = 10, .total = 110, .last = 0.1};

/* Fails if the rise did not reach the rate exactly at its last step, or started from zero. */
START_TEST(warm_up_rises_by_equal_steps) {
    for (uint64_t k = 0; k < 10; k++)
        ck_close(pl_schedule_rate(&cosine, k), 0.05 * (double)(k + 1), 1e-16);
}
END_TEST

/* Fails if the half period were counted from step 0, or the end were not `last` of the rate. */
START_TEST(cosine_has_its_closed_form) {
    ck_close(pl_schedule_rate(&cosine, 10), 0.5, 1e-16);
    ck_close(pl_schedule_rate(&cosine, 60), 0.5 * (0.1 + 0.9 / 2), 1e-15);
    ck_close(pl_schedule_rate(&cosine, 35), 0.5 * (0.1 + 0.9 * (1 + sqrt(0.5)) / 2), 1e-15);
    ck_close(pl_schedule_rate(&cosine, 110), 0.05, 1e-15);
    ck_close(pl_schedule_rate(&cosine, 4000), 0.05, 1e-15);
}
END_TEST

/* Fails if a milestone took effect a step late. */
START_TEST(steps_multiply_at_milestones) {
    const pl_schedule s = {.kind = PL_STEPS,
                           .rate = 0.12,
                           .total = 200,
                           .factor = 0.1,
                           .at = {155, 170, 185},
                           .n_at = 3}; /* WANG20's */
    ck_close(pl_schedule_rate(&s, 0), 0.12, 0);
    ck_close(pl_schedule_rate(&s, 154), 0.12, 0);
    ck_close(pl_schedule_rate(&s, 155), 0.012, 1e-17);
    ck_close(pl_schedule_rate(&s, 184), 0.0012, 1e-17);
    ck_close(pl_schedule_rate(&s, 199), 0.00012, 1e-17);
}
END_TEST

START_TEST(constant_is_constant) {
    const pl_schedule s = {.kind = PL_CONSTANT, .rate = 0.3, .total = 5};
    for (uint64_t k = 0; k < 9; k++)
        ck_close(pl_schedule_rate(&s, k), 0.3, 0);
}
END_TEST

START_TEST(refuses_what_has_no_meaning) {
    pl_schedule s = cosine;
    ck_assert_ptr_null(pl_schedule_check(&s));
    s.rate = NAN;
    ck_assert_ptr_nonnull(pl_schedule_check(&s));
    s = cosine, s.warmup = 110;
    ck_assert_ptr_nonnull(pl_schedule_check(&s));
    s = cosine, s.last = 1.5;
    ck_assert_ptr_nonnull(pl_schedule_check(&s));
    s = cosine, s.kind = PL_STEPS, s.factor = 0;
    ck_assert_ptr_nonnull(pl_schedule_check(&s));
    s.factor = 0.5, s.n_at = 2, s.at[0] = s.at[1] = 30;
    ck_assert_ptr_nonnull(pl_schedule_check(&s));
}
END_TEST

int main(void) {
    const TTest *const tests[] = {warm_up_rises_by_equal_steps, cosine_has_its_closed_form,
                                  steps_multiply_at_milestones, constant_is_constant,
                                  refuses_what_has_no_meaning};
    return test_main("nn/schedule", tests, TEST_COUNT(tests));
}
