#include "train/criterion.h"

#include "math/random.h"
#include "tests/support.h"

enum { PAIRS = 6, D = 4, SIZE = 2 * PAIRS * D };
static const size_t label[PAIRS] = {0, 1, 0, 2, 1, 1};

static void draw(float *z) {
    double normal[SIZE];
    pl_stream_normals((pl_stream){2, 1, 0}, 0, SIZE, normal);
    for (size_t i = 0; i < SIZE; i++) /* the second view is near the first one */
        z[i] = (float)((i / D) % 2 ? 0.6 * normal[i - D] + 0.5 * normal[i] : normal[i]);
}

static double value_at(pl_ctx *ctx, pl_criterion *c, const float *z) {
    float dz[SIZE];
    double value;
    ck_ok(ctx, pl_criterion_eval(ctx, c, z, label, &value, dz));
    return value;
}

/* dL/dz against central differences in float32 embeddings: a factor, a view that is exchanged or a
 * missing projection is far above the tolerance, float's rounding far below. */
static void check(const pl_criterion_spec *spec) {
    pl_ctx *ctx = pl_ctx_new();
    pl_criterion *c = NULL;
    float z[SIZE], dz[SIZE];
    double value;
    draw(z);
    ck_ok(ctx, pl_criterion_new(ctx, spec, PAIRS, D, &c));
    ck_ok(ctx, pl_criterion_eval(ctx, c, z, label, &value, dz));
    bool kinked = strcmp(spec->loss, "dclw") == 0; /* its weights are held constant */
    for (size_t i = 0; i < SIZE && !kinked; i++) {
        float kept = z[i], up = kept + 1e-3F, down = kept - 1e-3F;
        z[i] = up;
        double above = value_at(ctx, c, z);
        z[i] = down;
        double below = value_at(ctx, c, z);
        z[i] = kept;
        double slope = (above - below) / ((double)up - (double)down);
        ck_assert_msg(fabs((double)dz[i] - slope) <= 1e-4 * (1 + fabs(slope)),
                      "%s: dz[%zu] = %g, differences give %g", spec->loss, i, (double)dz[i], slope);
    }
    pl_criterion_free(c);
    pl_ctx_free(ctx);
}

START_TEST(gradients_of_all_losses) {
    pl_criterion_spec spec = pl_criterion_defaults();
    spec.params.lambda = 1.3;
    spec.negatives = 2;
    for (const pl_loss *l = pl_losses; l->name; l++) {
        spec.loss = l->name;
        check(&spec);
    }
    for (const pl_criterion_kind *k = pl_criteria; k->name; k++) {
        spec.loss = k->name;
        check(&spec);
    }
}
END_TEST

START_TEST(gradients_of_other_similarities) {
    static const char *const names[] = {"ntxent", "infonce", "simp", "tri", "nce"};
    pl_criterion_spec spec = pl_criterion_defaults();
    spec.similarity_given = true;
    for (size_t i = 0; i < TEST_COUNT(names); i++) {
        spec.loss = names[i];
        spec.params.similarity = PL_BY_DOT;
        check(&spec);
        spec.params.similarity = PL_BY_DISTANCE;
        check(&spec);
    }
}
END_TEST

/* Fails when the interleaved views are taken apart wrongly: the value is ssl's own. */
START_TEST(views_are_taken_apart) {
    pl_ctx *ctx = pl_ctx_new();
    const pl_criterion_spec spec = pl_criterion_defaults();
    pl_criterion *c = NULL;
    float z[SIZE];
    double x[PAIRS * D], y[PAIRS * D], want;
    draw(z);
    for (size_t i = 0; i < PAIRS; i++)
        for (size_t k = 0; k < D; k++) {
            x[i * D + k] = (double)z[2 * i * D + k];
            y[i * D + k] = (double)z[(2 * i + 1) * D + k];
        }
    ck_ok(ctx, pl_criterion_new(ctx, &spec, PAIRS, D, &c));
    ck_ok(ctx, pl_loss_eval(ctx, pl_loss_find("ntxent"), &spec.params, (pl_cmat){x, PAIRS, D, D},
                            (pl_cmat){y, PAIRS, D, D}, &want, NULL, NULL));
    ck_close(value_at(ctx, c, z), want, 0);
    pl_criterion_free(c);
    pl_ctx_free(ctx);
}
END_TEST

/* An embedding that is no number gives a loss that is none, for the trainer to name the step. */
START_TEST(embedding_that_is_no_number) {
    pl_ctx *ctx = pl_ctx_new();
    const pl_criterion_spec spec = pl_criterion_defaults();
    pl_criterion *c = NULL;
    float z[SIZE];
    draw(z);
    z[7] = INFINITY;
    ck_ok(ctx, pl_criterion_new(ctx, &spec, PAIRS, D, &c));
    ck_assert(isnan(value_at(ctx, c, z)));
    pl_criterion_free(c);
    pl_ctx_free(ctx);
}
END_TEST

START_TEST(what_is_refused) {
    pl_ctx *ctx = pl_ctx_new();
    pl_criterion *c = NULL;
    pl_criterion_spec spec = pl_criterion_defaults();
    ck_fails(ctx, pl_criterion_new(ctx, &spec, 1, D, &c), PL_ESHAPE, "--batch 2");
    spec.loss = "ntxnet";
    ck_fails(ctx, pl_criterion_new(ctx, &spec, PAIRS, D, &c), PL_EUSAGE, "did you mean 'ntxent'");
    spec.loss = "vicreg";
    spec.similarity_given = true;
    ck_fails(ctx, pl_criterion_new(ctx, &spec, PAIRS, D, &c), PL_EUSAGE, "no similarity");
    spec = pl_criterion_defaults();
    spec.loss = "nce";
    spec.negatives = PAIRS;
    ck_fails(ctx, pl_criterion_new(ctx, &spec, PAIRS, D, &c), PL_ESHAPE, "at most 5");
    spec.params.alpha = -1;
    ck_fails(ctx, pl_criterion_new(ctx, &spec, PAIRS, D, &c), PL_EUSAGE, "tau");
    ck_assert_ptr_null(c);
    pl_ctx_free(ctx);
}
END_TEST

START_TEST(out_of_memory) {
    pl_ctx *ctx = pl_ctx_new();
    pl_criterion_spec spec = pl_criterion_defaults();
    spec.loss = "vicreg";
    float z[SIZE], dz[SIZE];
    draw(z);
    for (size_t k = 1;; k++) {
        pl_criterion *c = NULL;
        double value = 0;
        pl_ctx_fail_allocation(ctx, k);
        pl_status status = pl_criterion_new(ctx, &spec, PAIRS, D, &c);
        if (status == PL_OK)
            status = pl_criterion_eval(ctx, c, z, label, &value, dz);
        pl_ctx_fail_allocation(ctx, 0);
        pl_criterion_free(c);
        if (status == PL_OK)
            break;
        ck_assert_int_eq(status, PL_ENOMEM);
    }
    pl_ctx_free(ctx);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {gradients_of_all_losses, gradients_of_other_similarities,
                                  views_are_taken_apart,   embedding_that_is_no_number,
                                  what_is_refused,         out_of_memory};
    return test_main("train/criterion", tests, TEST_COUNT(tests));
}
