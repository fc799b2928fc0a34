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
    {&pl_hltm_byol_training, "--depth 2 --hidden 2 --steps 3 --replicates 2"},
    {&pl_hltm_latents, "--depth 3 --hidden 2 --epochs 0,0.01 --replicates 3 --evaluation 100 "
                       "--ceilings"},
    {&pl_hltm_latents, "--depth 2,3 --loss nce:0.5,subtract --hidden 2 --epochs 0.01 "
                       "--replicates 2 --evaluation 100"},
    {&pl_hltm_operators, T3 " --epochs 0,0.01 --evaluation 100"},
    {&pl_hltm_operators, T2 " --epochs 0,0.01 --evaluation 100 --loss nce --residue 16"},
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
        {&pl_hltm_covariance, "--rho -1.5,0.5", PL_EUSAGE, "-1.5"},
        {&pl_hltm_covariance, "--polarity 0.5,1.5", PL_EUSAGE, "1.5"},
        {&pl_hltm_covariance, "--polarity -0.5,1", PL_EUSAGE, "-0.5"},
        {&pl_hltm_covariance, "--loss nce --tau -1", PL_EUSAGE, "tau"},
        {&pl_hltm_covariance, "--depth 4 --hidden 64", PL_EDOMAIN, "4 GiB"},
        {&pl_hltm_residue, "--depth 3 --hidden 64 --loss nce", PL_EDOMAIN, "4 GiB"},
        {&pl_hltm_byol, "--depth 3 --hidden 64", PL_EDOMAIN, "4 GiB"},
        {&pl_hltm_dynamics, "--depth 5", PL_EDOMAIN, "latents"},
        {&pl_hltm_dynamics, "--loss tri --tau 0", PL_EUSAGE, "tau"},
        {&pl_hltm_simulator, "--depth 5", PL_EDOMAIN, "latents"},
        {&pl_hltm_simulator, "--batch 1", PL_EUSAGE, "batch"},
        {&pl_hltm_byol_training, "--depth 4", PL_EUSAGE, "depth"},
        {&pl_hltm_byol_training, "--delta 1.5", PL_EUSAGE, "1.5"},
        {&pl_hltm_latents, "--delta 1.5", PL_EUSAGE, "1.5"},
        {&pl_hltm_latents, "--depth 0", PL_EUSAGE, "depth"},
        {&pl_hltm_latents, "--depth 9", PL_EUSAGE, "depth"},
        {&pl_hltm_latents, "--depth 3.5", PL_EUSAGE, "whole"},
        {&pl_hltm_latents, "--hidden 0", PL_EUSAGE, "hidden"},
        {&pl_hltm_latents, "--loss nce:0", PL_EUSAGE, "above 0"},
        {&pl_hltm_latents, "--loss released:0.1,infonce", PL_EUSAGE, "infonce"},
        {&pl_hltm_latents, "--depth 8 --hidden 64 --batch 65536", PL_EDOMAIN, "4 GiB"},
        {&pl_hltm_operators, T3 " --residue 64", PL_EUSAGE, "tri or nce"},
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

/* The same in sampled training: what stands in the row and in the warning is the step; a run that
 * goes on to the next probe is stopped. */
START_TEST(sampled_divergence_names_its_step) {
    pl_ctx *ctx = pl_ctx_new();
    pl_table *t = NULL;
    char words[64];
    ck_ok(ctx, pl_program_run_preset(ctx, &pl_hltm_latents,
                                     "--depth 2 --loss simp --norm none --rate 0.5 --epochs "
                                     "0,1,2 --levels root --replicates 3 --evaluation 100",
                                     1, NULL, &t));
    size_t diverged = pl_table_find(t, "diverged"), at = pl_table_find(t, "diverged_at");
    ck_assert(isnan(pl_table_at(t, 0, at)));
    ck_close(pl_table_at(t, 0, diverged), 0, 0);
    ck_close(pl_table_at(t, 2, diverged), 3, 0);
    double step = pl_table_at(t, 1, at);
    ck_assert_msg(step > 1 && step < 500, "%g", step);
    ck_close(pl_table_at(t, 2, at), step, 0);
    ck_assert_uint_eq(pl_warnings(ctx), 1);
    snprintf(words, sizeof words, "first diverged at step %.0f (", step);
    ck_assert_msg(strstr(pl_warning(ctx, 0), words) != NULL, "%s", pl_warning(ctx, 0));
    pl_table_free(t);
    pl_ctx_free(ctx);
}
END_TEST

/* Lambda on 256 samples that stand for the population, against all configurations: fails if the
 * residue over training were of another loss, level or net. */
START_TEST(sampled_residue_meets_the_exact_one) {
    pl_ctx *ctx = pl_ctx_new();
    pl_table *sampled = NULL, *exact = NULL;
    ck_ok(ctx, pl_program_run_preset(ctx, &pl_hltm_operators,
                                     T2 " --scale 1.5 --loss nce --tau 0.1 --epochs 0 --evaluation "
                                        "100 --residue 256",
                                     1, NULL, &sampled));
    ck_ok(ctx, pl_program_run_preset(ctx, &pl_hltm_residue, T2 " --scale 1.5 --loss nce --tau 0.1",
                                     1, NULL, &exact));
    for (size_t l = 0; l < 2; l++) {
        double leading = pl_table_at(exact, l, pl_table_find(exact, "leading_norm"));
        double residue = pl_table_at(exact, l, pl_table_find(exact, "residue_norm"));
        ck_rel(pl_table_at(sampled, l, pl_table_find(sampled, "leading_norm")), leading, 0.25);
        ck_rel(pl_table_at(sampled, l, pl_table_find(sampled, "residue_norm")), residue, 0.25);
        ck_rel(pl_table_at(sampled, l, pl_table_find(sampled, "residue_ratio")), residue / leading,
               0.25);
    }
    pl_table_free(sampled);
    pl_table_free(exact);
    pl_ctx_free(ctx);
}
END_TEST

/* Rows go by loss, depth, delta, width: fails if a case were trained with another's settings. Its
 * numbers are those of the case alone. */
START_TEST(cases_do_not_mix) {
    static const char *const alone[] = {"--depth 2 --loss nce:0.5 --delta 0.7 --hidden 2",
                                        "--depth 2 --loss nce:0.5 --delta 0.9 --hidden 2",
                                        "--depth 3 --loss nce:0.5 --delta 0.7 --hidden 2",
                                        "--depth 3 --loss nce:0.5 --delta 0.9 --hidden 2",
                                        "--depth 2 --loss subtract --delta 0.7 --hidden 2",
                                        "--depth 2 --loss subtract --delta 0.9 --hidden 2",
                                        "--depth 3 --loss subtract --delta 0.7 --hidden 2",
                                        "--depth 3 --loss subtract --delta 0.9 --hidden 2"};
    const char *rest = " --epochs 0.1 --levels root --replicates 2 --evaluation 200";
    char preset[256];
    pl_ctx *ctx = pl_ctx_new();
    pl_table *all = NULL;
    snprintf(preset, sizeof preset,
             "--depth 2,3 --loss nce:0.5,subtract --delta 0.7,0.9 --hidden 2%s", rest);
    ck_ok(ctx, pl_program_run_preset(ctx, &pl_hltm_latents, preset, 1, NULL, &all));
    ck_assert_uint_eq(pl_table_rows(all), TEST_COUNT(alone));
    for (size_t i = 0; i < TEST_COUNT(alone); i++) {
        pl_table *one = NULL;
        snprintf(preset, sizeof preset, "%s%s", alone[i], rest);
        ck_ok(ctx, pl_program_run_preset(ctx, &pl_hltm_latents, preset, 1, NULL, &one));
        for (size_t c = 1; c <= pl_table_find(one, "mean"); c++)
            ck_close(pl_table_at(all, i, c), pl_table_at(one, 0, c), 0);
        ck_assert_str_eq(pl_table_word(all, i, 0), pl_table_word(one, 0, 0));
        pl_table_free(one);
    }
    pl_table_free(all);
    pl_ctx_free(ctx);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {every_failed_allocation_is_survived,
                                  threads_change_nothing,
                                  bad_input_is_refused,
                                  divergence_is_reported,
                                  sampled_divergence_names_its_step,
                                  sampled_residue_meets_the_exact_one,
                                  cases_do_not_mix};
    return test_main("hltm/programs", tests, TEST_COUNT(tests));
}
