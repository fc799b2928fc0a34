/* Invariances of every loss in the table, and what it refuses. */

#include "math/random.h"
#include "ssl/losses.h"
#include "tests/support.h"

enum { N = 6, D = 4, LARGE = 150, LARGE_D = 7 };

typedef struct sample {
    double x[N * D], y[N * D], grad_x[N * D], grad_y[N * D], value;
} sample;

static pl_status evaluate_in(pl_ctx *ctx, const pl_loss *loss, sample *s) {
    pl_mat gx = {s->grad_x, N, D, D}, gy = {s->grad_y, N, D, D};
    pl_loss_params p = pl_loss_defaults;
    p.lambda = 1.3;
    return pl_loss_eval(ctx, loss, &p, (pl_cmat){s->x, N, D, D}, (pl_cmat){s->y, N, D, D},
                        &s->value, &gx, &gy);
}

static void evaluate(const pl_loss *loss, sample *s) {
    pl_ctx *ctx = pl_ctx_new();
    ck_ok(ctx, evaluate_in(ctx, loss, s));
    pl_ctx_free(ctx);
}

static sample random_sample(uint64_t seed) {
    sample s = {.value = 0};
    pl_stream_normals((pl_stream){.seed = seed, .stream = 1}, 0, N * D, s.x);
    pl_stream_normals((pl_stream){.seed = seed, .stream = 2}, 0, N * D, s.y);
    return s;
}

static void each(void (*visit)(const pl_loss *loss, sample *s)) {
    for (const pl_loss *loss = pl_losses; loss->name; loss++)
        for (uint64_t seed = 1; seed <= 3 * test_effort(); seed++) {
            sample s = random_sample(seed);
            evaluate(loss, &s);
            visit(loss, &s);
        }
}

static void ck_rows(const pl_loss *loss, const double *got, const double *want, double tol) {
    for (size_t i = 0; i < N * D; i++)
        ck_assert_msg(fabs(got[i] - want[i]) <= tol, "%s: component %zu is %.17g, expected %.17g",
                      loss->name, i, got[i], want[i]);
}

/* a - 2 h (h.a)/|h|^2, row by row: a reflection, then in another plane: a rotation. */
static void rotate(double *a) {
    const double h[2][D] = {{1, 2, -1, 0.5}, {0.3, -1, 2, 1}};
    for (size_t i = 0; i < N; i++)
        for (size_t r = 0; r < 2; r++) {
            double dot = 0, square = 0;
            for (size_t k = 0; k < D; k++) {
                dot += h[r][k] * a[i * D + k];
                square += h[r][k] * h[r][k];
            }
            for (size_t k = 0; k < D; k++)
                a[i * D + k] -= 2 * h[r][k] * dot / square;
        }
}

static void rotation(const pl_loss *loss, sample *s) {
    sample r = *s;
    rotate(r.x);
    rotate(r.y);
    evaluate(loss, &r);
    ck_close(r.value, s->value, 1e-14 * (1 + fabs(s->value)));
    rotate(s->grad_x);
    rotate(s->grad_y);
    ck_rows(loss, r.grad_x, s->grad_x, 1e-13);
    ck_rows(loss, r.grad_y, s->grad_y, 1e-13);
}

/* Fails if a loss looked at a coordinate instead of at inner products. */
START_TEST(rotating_both_views_rotates_the_gradient) {
    each(rotation);
}
END_TEST

static void permute(const double *from, double *to) {
    for (size_t i = 0; i < N; i++)
        memcpy(to + (5 * i + 2) % N * D, from + i * D, D * sizeof *to);
}

static void permutation(const pl_loss *loss, sample *s) {
    sample r = {.value = 0}, want = {.value = 0};
    permute(s->x, r.x);
    permute(s->y, r.y);
    evaluate(loss, &r);
    permute(s->grad_x, want.grad_x);
    permute(s->grad_y, want.grad_y);
    ck_close(r.value, s->value, 1e-14 * (1 + fabs(s->value)));
    ck_rows(loss, r.grad_x, want.grad_x, 1e-13);
    ck_rows(loss, r.grad_y, want.grad_y, 1e-13);
}

/* Fails if the order of the pairs mattered: a positive looked for at the wrong place. */
START_TEST(permuting_pairs_permutes_the_gradient) {
    each(permutation);
}
END_TEST

static void scaling(const pl_loss *loss, sample *s) {
    sample r = *s;
    for (size_t i = 0; i < N * D; i++) {
        double factor = ldexp(1, (int)(i / D) * 40 - 100); /* up to 2^100 apart */
        r.x[i] *= factor;
        r.y[i] /= factor;
    }
    evaluate(loss, &r);
    ck_assert_msg(r.value == s->value, "%s: %.17g, %.17g", loss->name, r.value, s->value);
    for (size_t i = 0; i < N; i++) {
        double factor = ldexp(1, (int)i * 40 - 100), along_x = 0, along_y = 0;
        for (size_t k = i * D; k < (i + 1) * D; k++) {
            ck_close(r.grad_x[k] * factor, s->grad_x[k], 1e-15);
            ck_close(r.grad_y[k] / factor, s->grad_y[k], 1e-15);
            along_x += s->grad_x[k] * s->x[k];
            along_y += s->grad_y[k] * s->y[k];
        }
        ck_close(along_x, 0, 1e-14);
        ck_close(along_y, 0, 1e-14);
    }
}

/* Rows are un-normalised: scaling one by 2^k changes no bit of the value and divides its gradient,
 * which is orthogonal to the row. Fails if a norm were dropped, or squares overflowed. */
START_TEST(scale_of_a_row_is_not_seen) {
    each(scaling);
}
END_TEST

/* Norms near the ends of double's range. Fails if squares were formed unscaled. */
START_TEST(extreme_norms) {
    for (const pl_loss *loss = pl_losses; loss->name; loss++) {
        sample s = random_sample(7), r = s;
        pl_ctx *ctx = pl_ctx_new();
        for (size_t i = 0; i < N * D; i++) {
            r.x[i] *= 0x1p1020;
            r.y[i] *= 0x1p-1000;
        }
        evaluate(loss, &s);
        ck_ok(ctx, evaluate_in(ctx, loss, &r));
        ck_close(r.value, s.value, 0);
        pl_ctx_free(ctx);
    }
}
END_TEST

/* Fails if a reduction depended on how many threads shared it. */
START_TEST(same_bits_for_any_threads) {
    static double x[LARGE * LARGE_D], y[LARGE * LARGE_D], gx[3][LARGE * LARGE_D],
        gy[3][LARGE * LARGE_D];
    pl_stream_normals((pl_stream){.seed = 1, .stream = 1}, 0, LARGE * LARGE_D, x);
    pl_stream_normals((pl_stream){.seed = 1, .stream = 2}, 0, LARGE * LARGE_D, y);
    pl_cmat a = {x, LARGE, LARGE_D, LARGE_D}, b = {y, LARGE, LARGE_D, LARGE_D};
    for (const pl_loss *loss = pl_losses; loss->name; loss++) {
        double value[3];
        for (int t = 0; t < 3; t++) {
            pl_ctx *ctx = pl_ctx_new();
            pl_mat g = {gx[t], LARGE, LARGE_D, LARGE_D}, h = {gy[t], LARGE, LARGE_D, LARGE_D};
            pl_set_threads(ctx, t + 1);
            ck_ok(ctx, pl_loss_eval(ctx, loss, &pl_loss_defaults, a, b, &value[t], &g, &h));
            ck_assert_mem_eq(&value[t], &value[0], sizeof *value);
            ck_assert_mem_eq(gx[t], gx[0], sizeof *gx);
            ck_assert_mem_eq(gy[t], gy[0], sizeof *gy);
            pl_ctx_free(ctx);
        }
    }
}
END_TEST

/* Gradients may be written over the features, either may be left out, and rows may lie apart.
 * Fails if the features were read after the gradient was written, or a row's tail were touched. */
START_TEST(in_place_and_padded) {
    pl_ctx *ctx = pl_ctx_new();
    for (const pl_loss *loss = pl_losses; loss->name; loss++) {
        sample s = random_sample(4);
        double wide[N * (D + 1)], y[N * D], value, only;
        evaluate(loss, &s);
        memcpy(y, s.y, sizeof y);
        for (size_t i = 0; i < N * (D + 1); i++)
            wide[i] = i % (D + 1) == D ? 99 : s.x[i / (D + 1) * D + i % (D + 1)];
        pl_mat x = {wide, N, D, D + 1}, g = {y, N, D, D};
        pl_loss_params p = pl_loss_defaults;
        p.lambda = 1.3;
        ck_ok(ctx, pl_loss_eval(ctx, loss, &p, pl_const(x), pl_const(g), &only, NULL, NULL));
        ck_ok(ctx, pl_loss_eval(ctx, loss, &p, pl_const(x), pl_const(g), &value, &x, &g));
        ck_close(value, s.value, 0);
        ck_close(only, s.value, 0);
        ck_rows(loss, y, s.grad_y, 0);
        for (size_t i = 0; i < N * (D + 1); i++)
            ck_close(wide[i], i % (D + 1) == D ? 99 : s.grad_x[i / (D + 1) * D + i % (D + 1)], 0);
    }
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a zero row, a NaN or an infinity went through, or the message did not say where; and if
 * outputs were touched on the way. */
START_TEST(refuses_bad_rows) {
    pl_ctx *ctx = pl_ctx_new();
    for (const pl_loss *loss = pl_losses; loss->name; loss++) {
        sample s = random_sample(2);
        s.value = s.grad_x[3] = 42;
        memset(s.x + 3 * D, 0, D * sizeof *s.x);
        ck_fails(ctx, evaluate_in(ctx, loss, &s), PL_EDOMAIN, "x: row 3 is zero");
        s.x[3 * D] = 1;
        s.y[5 * D + 2] = NAN;
        ck_fails(ctx, evaluate_in(ctx, loss, &s), PL_EDOMAIN, "y: row 5, column 2 is nan");
        s.y[5 * D + 2] = -INFINITY;
        ck_fails(ctx, evaluate_in(ctx, loss, &s), PL_EDOMAIN, "-inf");
        ck_close(s.value, 42, 0);
        ck_close(s.grad_x[3], 42, 0);
    }
    pl_ctx_free(ctx);
}
END_TEST

/* Every parameter of every loss outside its domain, one at a time; parameters that a loss does not
 * read may be anything. Fails if a check were missing, or too strict. */
START_TEST(refuses_bad_parameters) {
    const double bad[] = {-1, NAN, INFINITY, 0};
    for (const pl_loss *loss = pl_losses; loss->name; loss++)
        for (const pl_loss_parameter *q = pl_loss_parameters; q->name; q++)
            for (size_t i = 0; i < TEST_COUNT(bad); i++) {
                pl_loss_params p = pl_loss_defaults;
                *(double *)((char *)&p + q->offset) = bad[i];
                bool refused = (loss->uses & q->uses) && (bad[i] != 0 || q->positive);
                const char *reason = pl_loss_check(loss, &p);
                ck_assert_msg((reason != NULL) == refused, "%s, %s = %g: %s", loss->name, q->name,
                              bad[i], reason ? reason : "accepted");
            }
    pl_ctx *ctx = pl_ctx_new();
    pl_loss_params p = pl_loss_defaults;
    double x[] = {1, 2}, value;
    pl_cmat one = {x, 1, 2, 2}, two = {x, 2, 1, 1};
    p.alpha = -2;
    ck_fails(ctx, pl_loss_eval(ctx, pl_loss_find("bcl"), &p, one, one, &value, NULL, NULL),
             PL_EDOMAIN, "bcl: alpha");
    ck_fails(
        ctx,
        pl_loss_eval(ctx, pl_loss_find("dcl"), &pl_loss_defaults, one, one, &value, NULL, NULL),
        PL_ESHAPE, "at least 2");
    ck_fails(
        ctx,
        pl_loss_eval(ctx, pl_loss_find("align"), &pl_loss_defaults, one, two, &value, NULL, NULL),
        PL_ESHAPE, "1 x 2 and y 2 x 1");
    p.p = 1e6; /* 2^(1e6) */
    double y[] = {-1, -2};
    ck_fails(ctx,
             pl_loss_eval(ctx, pl_loss_find("align"), &p, one, (pl_cmat){y, 1, 2, 2}, &value, NULL,
                          NULL),
             PL_EDOMAIN, "beyond double's range");
    ck_assert_ptr_null(pl_loss_find("nt-xent"));
    pl_ctx_free(ctx);
}
END_TEST

/* Equal points: the gradient of |u - v|^p is 0 for p < 2 too. Fails if 0^(p/2 - 1) came through. */
START_TEST(alignment_of_equal_points) {
    pl_ctx *ctx = pl_ctx_new();
    sample s = random_sample(3);
    memcpy(s.y, s.x, sizeof s.x);
    pl_mat gx = {s.grad_x, N, D, D}, gy = {s.grad_y, N, D, D};
    pl_loss_params p = pl_loss_defaults;
    for (p.p = 0.5; p.p < 4; p.p += 0.5) {
        ck_ok(ctx, pl_loss_eval(ctx, pl_loss_find("align"), &p, (pl_cmat){s.x, N, D, D},
                                (pl_cmat){s.y, N, D, D}, &s.value, &gx, &gy));
        ck_close(s.value, 0, 0);
        for (size_t i = 0; i < N * D; i++)
            ck_close(fabs(s.grad_x[i]) + fabs(s.grad_y[i]), 0, 0);
    }
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if the k-th failed allocation met a leak, a crash or touched an output. */
START_TEST(every_failed_allocation_is_survived) {
    for (const pl_loss *loss = pl_losses; loss->name; loss++) {
        pl_status status = PL_ENOMEM;
        for (size_t k = 1; status != PL_OK; k++) {
            pl_ctx *ctx = pl_ctx_new();
            sample s = random_sample(1);
            s.value = s.grad_x[0] = s.grad_y[0] = 42;
            pl_ctx_fail_allocation(ctx, k);
            status = evaluate_in(ctx, loss, &s);
            ck_assert(status == PL_OK || status == PL_ENOMEM);
            ck_assert(status == PL_OK || (s.value == 42 && s.grad_x[0] == 42 && s.grad_y[0] == 42));
            ck_assert_uint_lt(k, 20);
            pl_ctx_free(ctx);
        }
    }
}
END_TEST

/* Fails if a convention named a loss that does not exist, or left a cell empty. */
START_TEST(conventions_are_complete) {
    for (const pl_loss_convention *c = pl_loss_conventions; c->loss; c++) {
        ck_assert_msg(pl_loss_find(c->loss) != NULL, "%s", c->loss);
        const char *const cells[] = {c->library,   c->name,      c->temperature, c->symmetric,
                                     c->positives, c->reduction, c->relation};
        for (size_t i = 0; i < TEST_COUNT(cells); i++)
            ck_assert_msg(cells[i] && *cells[i], "%s, %s: cell %zu", c->loss, c->library, i);
    }
}
END_TEST

int main(void) {
    const TTest *const tests[] = {rotating_both_views_rotates_the_gradient,
                                  permuting_pairs_permutes_the_gradient,
                                  scale_of_a_row_is_not_seen,
                                  extreme_norms,
                                  same_bits_for_any_threads,
                                  in_place_and_padded,
                                  refuses_bad_rows,
                                  refuses_bad_parameters,
                                  alignment_of_equal_points,
                                  every_failed_allocation_is_survived,
                                  conventions_are_complete};
    return test_main("ssl/losses_invariance", tests, TEST_COUNT(tests));
}
