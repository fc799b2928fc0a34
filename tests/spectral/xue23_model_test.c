#include "spectral/xue23_model.h"

#include "math/splitmix.h"
#include "tests/support.h"

static const double phi[] = {0.9, 0.8, 1.5, 1.2, 0.6};

static xue23_spec set_a(void) {
    return (xue23_spec){
        .phi = phi, .features = 5, .sigma = 0.6, .views = 2, .repeats = 1, .bias = true};
}

/* One printed word or normal. */
static void check_random(const golden_value *v) {
    pl_splitmix s = {42};
    double normal[4];
    pl_splitmix_normals(&(pl_splitmix){42}, 1, 4, normal);
    for (size_t i = 0; i < json_array_size(v->value); i++) {
        json_t *item = json_array_get(v->value, i);
        if (json_is_array(item)) { /* high and low 32 bits */
            uint64_t word = pl_splitmix_next(&s);
            ck_assert_uint_eq(word >> 32, json_integer_value(json_array_get(item, 0)));
            ck_assert_uint_eq(word & 0xffffffff, json_integer_value(json_array_get(item, 1)));
        } else {
            ck_close(normal[i], json_number_value(item), v->tolerance);
        }
    }
}

/* Fails if the portable generator is not splitmix64 with Box-Muller, cosine first. */
START_TEST(portable_numbers) {
    ck_assert_uint_eq(golden_each("features.json", "RNG", NULL, check_random), 2);
    double odd[3], even[4]; /* an odd count must not write beyond its end */
    pl_splitmix_normals(&(pl_splitmix){7}, 2, 3, odd);
    pl_splitmix_normals(&(pl_splitmix){7}, 2, 4, even);
    ck_assert(memcmp(odd, even, sizeof odd) == 0);
}
END_TEST

/* The reference's own arrays: set A entry by entry. */
START_TEST(set_is_the_reference) {
    pl_ctx *ctx = pl_ctx_new();
    json_t *sets = json_object_get(json_object_get(golden("features.json"), "settings"), "sets");
    json_t *a = json_object_get(sets, "A"), *entry;
    xue23_spec spec = set_a();
    xue23_set s = {0};
    size_t i;
    ck_ok(ctx, xue23_set_new(ctx, &spec, &s));
    ck_assert_uint_eq(s.columns, 48);
    ck_assert_uint_eq(s.dims, 54);
    double x[48 * 54] = {0}, want[48 * 54] = {0};
    xue23_set_dense(&s, (pl_mat){x, 48, 54, 54});
    json_array_foreach(json_object_get(a, "X"), i, entry) {
        size_t row = (size_t)json_integer_value(json_array_get(entry, 0));
        size_t column = (size_t)json_integer_value(json_array_get(entry, 1));
        want[column * 54 + row] = json_number_value(json_array_get(entry, 2));
    }
    for (size_t k = 0; k < 48 * 54; k++)
        ck_close(x[k], want[k], 1e-15);
    for (size_t c = 0; c < 48; c++) {
        json_t *y = json_array_get(json_object_get(a, "class"), c);
        json_t *sub = json_array_get(json_object_get(a, "subclass"), c);
        ck_assert_int_eq(s.label[c] ? -1 : 1, (int)json_integer_value(y));
        ck_assert_int_eq(s.subclass[c], (int)json_integer_value(sub));
    }
    ck_close(s.epsilon, 0.0075, 1e-16);
    ck_assert(s.good && s.balanced);
    xue23_set_free(&s);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if drawn noise left its portable order, or a collision passed as the good event. */
START_TEST(drawn_noise) {
    pl_ctx *ctx = pl_ctx_new();
    json_t *run =
        json_object_get(json_object_get(golden("features.json"), "settings"), "portable_run");
    json_t *at = json_object_get(run, "noise_coordinate");
    const double ones[] = {1, 1, 1, 1};
    xue23_spec spec = {.phi = ones,
                       .features = 4,
                       .mu = 1,
                       .sigma = 2,
                       .views = 5,
                       .repeats = 62,
                       .bias = true,
                       .ambient = 2000,
                       .noise_seed = 2023};
    xue23_set s = {0};
    ck_ok(ctx, xue23_set_new(ctx, &spec, &s));
    ck_assert_uint_eq(s.columns, json_array_size(at));
    for (size_t c = 0; c < s.columns; c++)
        ck_assert_uint_eq(s.example[c].at[4], json_integer_value(json_array_get(at, c)));
    ck_assert(!s.good);
    xue23_set_free(&s);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if balance did not hold: all first and mixed moments of the labels vanish. */
START_TEST(design_is_balanced) {
    pl_ctx *ctx = pl_ctx_new();
    xue23_spec spec = set_a();
    xue23_set s = {0};
    spec.repeats = 3;
    ck_ok(ctx, xue23_set_new(ctx, &spec, &s));
    long sum[4] = {0};
    for (size_t c = 0; c < s.columns; c++) {
        int y = s.label[c] ? -1 : 1;
        sum[0] += y;
        sum[1] += s.subclass[c];
        sum[2] += y * s.subclass[c];
        sum[3] += s.sign[c] * y * (long)s.irrelevant[c];
    }
    ck_assert(sum[0] == 0 && sum[1] == 0 && sum[2] == 0 && sum[3] == 0);
    xue23_set_free(&s);
    spec.unbalanced = true;
    ck_ok(ctx, xue23_set_new(ctx, &spec, &s));
    ck_assert(!s.balanced && s.columns == 7 * 3 * 3 * 2);
    xue23_set_free(&s);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if the exact probability left its bound, or small d did not give 0. */
START_TEST(good_event_probability) {
    ck_close(xue23_good_event(1, 5, 10), 0.5, 1e-15);
    ck_close(xue23_good_event(2, 1, 3), 2.0 / 3 * 1.0 / 3, 1e-15);
    ck_assert(xue23_good_event(10, 5, 12) == 0);
    for (size_t n = 1; n < 200; n += 7)
        ck_assert(xue23_good_event(n, 5, 1e4) >= xue23_good_event_bound(n, 5, 1e4));
}
END_TEST

/* Fails if a set without meaning were built. */
START_TEST(bad_input_is_refused) {
    pl_ctx *ctx = pl_ctx_new();
    xue23_set s = {0};
    xue23_spec spec = set_a();
    spec.features = 2;
    ck_fails(ctx, xue23_set_new(ctx, &spec, &s), PL_EDOMAIN, "K >= 3");
    spec = set_a();
    spec.sigma = 0;
    ck_fails(ctx, xue23_set_new(ctx, &spec, &s), PL_EDOMAIN, "sigma");
    spec = set_a();
    spec.views = 0;
    ck_fails(ctx, xue23_set_new(ctx, &spec, &s), PL_EDOMAIN, "at least one");
    spec = set_a();
    spec.ambient = 4;
    ck_fails(ctx, xue23_set_new(ctx, &spec, &s), PL_EDOMAIN, "ambient dimension of 4");
    spec = set_a();
    spec.repeats = (size_t)1 << 40;
    ck_fails(ctx, xue23_set_new(ctx, &spec, &s), PL_ESHAPE, "too many");
    const double zero[] = {1, 0, 1};
    spec = set_a();
    spec.phi = zero;
    spec.features = 3;
    ck_fails(ctx, xue23_set_new(ctx, &spec, &s), PL_EDOMAIN, "phi_2");
    double norm[6], square, loss;
    spec = set_a();
    spec.mu = 1;
    ck_ok(ctx, xue23_set_new(ctx, &spec, &s));
    ck_fails(ctx, xue23_closed_form(ctx, &s, 0, 3, norm, &square, &loss), PL_EDOMAIN, "mu = 0");
    xue23_set_free(&s);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a k-th failed allocation leaked, crashed or touched the set. */
START_TEST(every_failed_allocation_is_survived) {
    xue23_spec spec = set_a();
    for (size_t k = 1; k < 100; k++) {
        pl_ctx *ctx = pl_ctx_new();
        xue23_set s = {0};
        pl_ctx_fail_allocation(ctx, k);
        pl_status status = xue23_set_new(ctx, &spec, &s);
        ck_assert(status == PL_OK || (status == PL_ENOMEM && s.columns == 0));
        xue23_set_free(&s);
        pl_ctx_free(ctx);
        if (status == PL_OK)
            return;
    }
    ck_abort_msg("still failing after 100 allocations");
}
END_TEST

int main(void) {
    const TTest *const tests[] = {portable_numbers,
                                  set_is_the_reference,
                                  drawn_noise,
                                  design_is_balanced,
                                  good_event_probability,
                                  bad_input_is_refused,
                                  every_failed_allocation_is_survived};
    return test_main("spectral/xue23_model", tests, TEST_COUNT(tests));
}
