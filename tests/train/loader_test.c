#include "train/loader.h"

#include "train/run.h"

#include "tests/train/fixture.h"

enum { BATCH = 8, DIM = FIXTURE_SIDE * FIXTURE_SIDE, FLOATS = BATCH * 2 * DIM };

static pl_dataset data;
static pl_augment_spec augment;

static void open_data(pl_ctx *ctx) {
    pl_options *o = fixture_options(ctx, "run", "");
    pl_settings s;
    ck_ok(ctx, pl_settings_take(ctx, o, &s));
    augment = s.augment;
    ck_ok(ctx, pl_dataset_open(ctx, &s, PL_SPLIT_TRAIN, &data));
    pl_options_free(o);
}

static pl_loader *loader(pl_ctx *ctx, uint64_t first, uint64_t last) {
    const pl_loader_spec spec = {.images = &data.images,
                                 .augment = &augment,
                                 .seed = 4,
                                 .chosen = data.chosen,
                                 .count = data.count,
                                 .batch = BATCH,
                                 .views = 2,
                                 .first = first,
                                 .last = last};
    pl_loader *l = NULL;
    ck_ok(ctx, pl_loader_new(ctx, &spec, &l));
    return l;
}

/* Fails when a batch depends on where the loader began, on timing, or on the batch before. */
START_TEST(a_step_has_its_batch) {
    pl_ctx *ctx = pl_ctx_new();
    fixture_begin();
    open_data(ctx);
    static float kept[25][FLOATS];
    size_t index[25][BATCH];
    pl_batch b;
    pl_loader *l = loader(ctx, 0, 25); /* two and a half epochs of ten steps */
    for (size_t k = 0; k < 25; k++) {
        ck_ok(ctx, pl_loader_next(ctx, l, &b));
        memcpy(kept[k], b.pixels, sizeof kept[k]);
        memcpy(index[k], b.index, sizeof index[k]);
    }
    ck_ok(ctx, pl_loader_next(ctx, l, &b));
    ck_assert_ptr_null(b.pixels);
    pl_loader_free(l);
    l = loader(ctx, 7, 25);
    for (size_t k = 7; k < 25; k++) {
        if (k == 12)
            usleep(20000); /* the thread runs ahead */
        ck_ok(ctx, pl_loader_next(ctx, l, &b));
        ck_assert_int_eq(memcmp(kept[k], b.pixels, sizeof kept[k]), 0);
        ck_assert_int_eq(memcmp(index[k], b.index, sizeof index[k]), 0);
    }
    pl_loader_free(l);
    /* an epoch shows every image once, the next one in another order, with other views */
    for (size_t e = 0; e < 2; e++) {
        bool seen[FIXTURE_TRAIN] = {false};
        for (size_t k = 0; k < 10; k++)
            for (size_t i = 0; i < BATCH; i++) {
                ck_assert(!seen[index[10 * e + k][i]]);
                seen[index[10 * e + k][i]] = true;
            }
    }
    ck_assert_int_ne(memcmp(index[0], index[10], sizeof index[0]), 0);
    ck_assert_int_ne(memcmp(kept[0], kept[10], sizeof kept[0]), 0);
    /* two views of an image differ */
    ck_assert_int_ne(memcmp(kept[0], kept[0] + DIM, DIM * sizeof(float)), 0);
    pl_dataset_free(&data);
    scratch_end();
    pl_ctx_free(ctx);
}
END_TEST

/* Fails when shares of a batch, drawn apart, are not the batch, or the labels' order is the
 * share's. */
START_TEST(shares_make_the_batch) {
    pl_ctx *ctx = pl_ctx_new();
    fixture_begin();
    open_data(ctx);
    pl_loader *whole = loader(ctx, 3, 15), *part[2];
    for (size_t r = 0; r < 2; r++) {
        const pl_loader_spec spec = {.images = &data.images,
                                     .augment = &augment,
                                     .seed = 4,
                                     .chosen = data.chosen,
                                     .count = data.count,
                                     .batch = BATCH,
                                     .own = r ? 5 : 3,
                                     .own_first = r ? 3 : 0,
                                     .views = 2,
                                     .first = 3,
                                     .last = 15};
        ck_ok(ctx, pl_loader_new(ctx, &spec, &part[r]));
    }
    for (size_t k = 3; k < 15; k++) {
        pl_batch all, own[2];
        ck_ok(ctx, pl_loader_next(ctx, whole, &all));
        for (size_t r = 0; r < 2; r++) {
            size_t first = r ? 3 * 2 * DIM : 0, n = (r ? 5 : 3) * 2 * DIM;
            ck_ok(ctx, pl_loader_next(ctx, part[r], &own[r]));
            ck_assert_mem_eq(own[r].pixels, all.pixels + first, n * sizeof(float));
            ck_assert_mem_eq(own[r].index, all.index, BATCH * sizeof *all.index);
        }
    }
    pl_loader_free(whole);
    pl_loader_free(part[0]);
    pl_loader_free(part[1]);
    pl_dataset_free(&data);
    scratch_end();
    pl_ctx_free(ctx);
}
END_TEST

/* Fails when a loader that is given up in the middle does not end. */
START_TEST(given_up_at_any_time) {
    pl_ctx *ctx = pl_ctx_new();
    fixture_begin();
    open_data(ctx);
    for (size_t taken = 0; taken < 4; taken++) {
        pl_loader *l = loader(ctx, 0, 1000);
        pl_batch b;
        for (size_t k = 0; k < taken; k++)
            ck_ok(ctx, pl_loader_next(ctx, l, &b));
        pl_loader_free(l);
    }
    pl_loader_free(NULL);
    pl_dataset_free(&data);
    scratch_end();
    pl_ctx_free(ctx);
}
END_TEST

START_TEST(what_is_refused) {
    pl_ctx *ctx = pl_ctx_new();
    fixture_begin();
    open_data(ctx);
    pl_loader_spec spec = {.images = &data.images,
                           .augment = &augment,
                           .chosen = data.chosen,
                           .count = 4,
                           .batch = 5,
                           .views = 2,
                           .last = 1};
    pl_loader *l = NULL;
    ck_fails(ctx, pl_loader_new(ctx, &spec, &l), PL_ESHAPE, "the data have 4");
    spec.batch = 4;
    for (size_t k = 1; k < 20; k++) {
        pl_ctx_fail_allocation(ctx, k);
        pl_status status = pl_loader_new(ctx, &spec, &l);
        pl_ctx_fail_allocation(ctx, 0);
        if (status == PL_OK)
            break;
        ck_assert_int_eq(status, PL_ENOMEM);
        ck_assert_ptr_null(l);
    }
    pl_loader_free(l);
    pl_dataset_free(&data);
    scratch_end();
    pl_ctx_free(ctx);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {a_step_has_its_batch, shares_make_the_batch, given_up_at_any_time,
                                  what_is_refused};
    return test_main("train/loader", tests, TEST_COUNT(tests));
}
