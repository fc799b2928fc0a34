#include "hltm/hltm.h"
#include "hltm/presets.h"
#include "tests/support.h"

static const struct {
    const pl_program *program;
    const char *options;
} runs[] = {
    {&pl_hltm_tree, TREE3},
    {&pl_hltm_covariance, T2 " --norm l2"},
    {&pl_hltm_covariance, T2 " --loss nce"},
    {&pl_hltm_batch, T2},
    {&pl_hltm_residue, T2 " --loss nce"},
    {&pl_hltm_residue, "--data invariant --loss nce --negatives 2"},
    {&pl_hltm_residue_scaling, "--eta 0.1,0.05"},
    {&pl_hltm_gradient, "--jacobian post"},
    {&pl_hltm_losses, ""},
    {&pl_hltm_weights, "--points 5"},
    {&pl_hltm_nodes, T2},
    {&pl_hltm_ceilings, TREE2},
    {&pl_hltm_growth, TREE2 " --steps 3"},
    {&pl_hltm_growth, T2 " --case root --steps 3"},
    {&pl_hltm_two_layer, T2},
    {&pl_hltm_winner_takes_all, "--neurons 3 --steps 10"},
    {&pl_hltm_lucky_nodes, "--replicates 200"},
    {&pl_hltm_dynamics, T2 " --steps 2 --every 1 --loss nce --residue"},
    {&pl_hltm_released, T2 " --norm l2"},
    {&pl_hltm_byol, T2 " --predictor 1,2,3,4 --zero-mean"},
    {&pl_hltm_latents, "--depth 3 --hidden 2 --epochs 0,0.01 --replicates 3 --evaluation 100 "
                       "--ceilings"},
    {&pl_hltm_operators, T3 " --epochs 0,0.01 --evaluation 100"},
    {&pl_hltm_simulator, T2 " --replicates 3 --batch 64"},
};

/* Fails if a program lost memory's failure, or crashed on it, at any allocation. */
START_TEST(every_failed_allocation_is_survived) {
    for (size_t i = 0; i < TEST_COUNT(runs); i++) {
        pl_status status = PL_ENOMEM;
        for (size_t k = 1; status != PL_OK; k += k < 60 ? 1 : k / 10) {
            pl_ctx *ctx = pl_ctx_new();
            pl_table *t = NULL;
            pl_ctx_fail_allocation(ctx, k);
            status = pl_program_run_preset(ctx, runs[i].program, runs[i].options, 1, NULL, &t);
            ck_assert_msg(status == PL_OK || status == PL_ENOMEM, "%s %s, allocation %zu: %s",
                          runs[i].program->name, runs[i].options, k, pl_message(ctx));
            pl_table_free(t);
            pl_ctx_free(ctx);
        }
    }
}
END_TEST

/* The same bits for one thread and three. */
START_TEST(threads_change_nothing) {
    for (size_t i = 0; i < TEST_COUNT(runs); i++) {
        pl_text text[2] = {{0}};
        for (int k = 0; k < 2; k++) {
            pl_ctx *ctx = pl_ctx_new();
            pl_table *t = NULL;
            pl_set_threads(ctx, k ? 3 : 1);
            ck_ok(ctx, pl_program_run_preset(ctx, runs[i].program, runs[i].options, 1, NULL, &t));
            pl_table_csv(t, &text[k]);
            pl_table_free(t);
            pl_ctx_free(ctx);
        }
        ck_assert_str_eq(pl_text_get(&text[0]), pl_text_get(&text[1]));
        pl_text_free(&text[0]);
        pl_text_free(&text[1]);
    }
}
END_TEST

/* What is asked for in vain, and what is said. */
START_TEST(bad_input_is_refused) {
    static const struct {
        const pl_program *program;
        const char *options;
        pl_status status;
        const char *says;
    } bad[] = {
        {&pl_hltm_covariance, "--rho 0.5,1.5", PL_EUSAGE, "1.5"},
        {&pl_hltm_covariance, "--rho 0.5,0.5", PL_ESHAPE, "6 edges"},
        {&pl_hltm_covariance, "--depth 0", PL_EUSAGE, "depth"},
        {&pl_hltm_covariance, "--depth 5", PL_EDOMAIN, "latents"},
        {&pl_hltm_covariance, "--hidden 0", PL_EUSAGE, "hidden"},
        {&pl_hltm_covariance, "--polarity 0.9", PL_EUSAGE, "expected 2"},
        {&pl_hltm_covariance, "--polarity 0.9,0.7", PL_EDOMAIN, "LO <= HI"},
        {&pl_hltm_covariance, "--loss nce --tau 0", PL_EUSAGE, "tau"},
        {&pl_hltm_covariance, "--depth 4 --loss nce", PL_EDOMAIN, "triples"},
        {&pl_hltm_batch, T2 " --first 1 --second 1", PL_EUSAGE, "at least 2"},
        {&pl_hltm_batch, T2 " --first 1,16 --second 1,1", PL_EUSAGE, "configuration 16"},
        {&pl_hltm_residue, T2 " --loss released", PL_EUSAGE, "simp, tri or nce"},
        {&pl_hltm_residue_scaling, "--level 2", PL_EUSAGE, "levels 0 to 1"},
        {&pl_hltm_nodes, "--depth 4", PL_EDOMAIN, "operators"},
        {&pl_hltm_two_layer, T3, PL_EUSAGE, "depth 2"},
        {&pl_hltm_byol, T2 " --predictor 1,2,3", PL_EUSAGE, "expected 4"},
        {&pl_hltm_byol, T2 " --norm l2", PL_EUSAGE, "norm none"},
        {&pl_hltm_winner_takes_all, "--weights 1,2", PL_EUSAGE, "give 8"},
        {&pl_hltm_latents, "--epochs 1,0", PL_EUSAGE, "ascend"},
        {&pl_hltm_latents, "--tau 0", PL_EUSAGE, "tau"},
        {&pl_hltm_latents, "--hidden 2.5", PL_EUSAGE, "whole"},
        {&pl_hltm_latents, "--loss tri --negatives 2 --epochs 0", PL_EDOMAIN, "negatives"},
        {&pl_hltm_operators, T3 " --norm mag", PL_EUSAGE, "norm none or l2"},
        {&pl_hltm_gradient, "--widths 4", PL_EUSAGE, "widths"},
    };
    for (size_t i = 0; i < TEST_COUNT(bad); i++) {
        pl_ctx *ctx = pl_ctx_new();
        pl_table *t = NULL;
        ck_fails(ctx, pl_program_run_preset(ctx, bad[i].program, bad[i].options, 1, NULL, &t),
                 bad[i].status, bad[i].says);
        ck_assert_ptr_null(t);
        pl_ctx_free(ctx);
    }
}
END_TEST

/* L_simp without normalisation diverges: the run stops and says at which step. */
START_TEST(divergence_is_reported) {
    pl_ctx *ctx = pl_ctx_new();
    pl_table *t = NULL;
    double step = NAN;
    ck_ok(ctx, pl_program_run_preset(ctx, &pl_hltm_dynamics, T2 " --steps 500 --every 100", 1, NULL,
                                     &t));
    ck_assert(pl_table_lookup(t, "diverged_at", &step));
    ck_assert(step > 100 && step < 120);
    ck_assert_uint_gt(pl_warnings(ctx), 0);
    ck_assert_msg(strstr(pl_warning(ctx, 0), "diverged at step") != NULL, "%s", pl_warning(ctx, 0));
    pl_table_free(t);
    pl_ctx_free(ctx);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {every_failed_allocation_is_survived, threads_change_nothing,
                                  bad_input_is_refused, divergence_is_reported};
    return test_main("hltm/programs", tests, TEST_COUNT(tests));
}
