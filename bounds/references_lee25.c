/* Printed values that the claims on LEE25 beyond its two bounds must meet: the theory notes,
 * Appendix R, computed once with 34 digits. Columns: preset of the claim, quantity, row, value,
 * absolute tolerance. */

#include "bounds/references_lee25.h"

const pl_reference lee25_p0_opt_references[] = {{0, "optimum", 0, -1.1111111111111112, 1.11e-14},
                                                {0, "simplex", 0, -1.1111111111111112, 1.11e-14},
                                                {0, "optimum", 1, -1.2222222222222223, 1.22e-14},
                                                {0, "simplex", 1, -1.2222222222222223, 1.22e-14},
                                                {0, "optimum", 2, -1.4444444444444444, 1.44e-14},
                                                {0, "simplex", 2, -1.4444444444444444, 1.44e-14},
                                                {1, "optimum", 0, -2.0, 2e-14},
                                                {2, "optimum", 0, -2.0, 2e-14},
                                                {1, "simplex", 0, -2.0, 2e-14},
                                                {2, "simplex", 0, -2.0, 2e-14},
                                                {0, "collapsed_free", 2, -3.0, 1e-14},
                                                {0}};

const pl_reference lee25_prb_references[] = {{0, "plug_in_bias", 0, 0.048749999999999995, 4.87e-14},
                                             {0, "plug_in_factor", 0, 0.75, 1e-15},
                                             {0}};

const pl_reference lee25_prb_anova_references[] = {
    {0, "prb_1", 0, 0.30646916820666925, 1e-14},
    {0, "prb_2", 0, 0.13091908585446413, 1e-14},
    {0, "mean_positive", 0, 0.8710816229614881, 1e-14},
    {0, "mean_same_class", 0, 0.740162537107024, 1e-14},
    {0, "difference", 0, 0.13091908585446413, 1e-14},
    {0, "residual_without_own", 0, -0.03222959425962797, 1e-14},
    {0}};

const pl_reference lee25_prb_cf_references[] = {
    {0, "closed_prb_2", 0, 0.3247688716085238, 3.25e-13},
    {0, "bias_squared", 0, 0.3247688716085238, 3.25e-13},
    {0, "closed_positive", 0, 0.9025, 9.02e-13},
    {0, "closed_same_class", 0, 0.5777311283914762, 5.78e-13},
    {0, "closed_plug_in", 0, 0.33695637160852376, 3.37e-13},
    {1, "closed_prb_2", 0, 0.06241416622511792, 6.24e-14},
    {1, "bias_squared", 0, 0.06241416622511792, 6.24e-14},
    {1, "closed_positive", 0, 0.6401452946165942, 6.4e-13},
    {1, "closed_same_class", 0, 0.5777311283914762, 5.78e-13},
    {1, "closed_plug_in", 0, 0.10739600439804366, 1.07e-13},
    {2, "closed_prb_2", 0, 0.47105696464340474, 4.71e-13},
    {2, "bias_squared", 0, 0.47105696464340474, 4.71e-13},
    {2, "closed_positive", 0, 0.5346000615236158, 5.35e-13},
    {2, "closed_same_class", 0, 0.0635430968802111, 6.35e-14},
    {2, "closed_plug_in", 0, 0.5292319569529528, 5.29e-13},
    {3, "closed_prb_2", 0, 0.248802835742562, 2.49e-13},
    {3, "bias_squared", 0, 0.248802835742562, 2.49e-13},
    {3, "closed_positive", 0, 0.5346000615236158, 5.35e-13},
    {3, "closed_same_class", 0, 0.2857972257810538, 2.86e-13},
    {3, "closed_plug_in", 0, 0.30697782805211, 3.07e-13},
    {4, "closed_prb_2", 0, 0.03585339736123849, 3.59e-14},
    {4, "bias_squared", 0, 0.03585339736123849, 3.59e-14},
    {4, "closed_positive", 0, 0.3006648564264459, 3.01e-13},
    {4, "closed_same_class", 0, 0.2648114590652074, 2.65e-13},
    {4, "closed_plug_in", 0, 0.12327029030793275, 1.23e-13},
    {0}};

const pl_reference lee25_prb_lip_references[] = {{0, "least_slack", 0, 0.09259285797050862, 1e-14},
                                                 {0}};

const pl_reference lee25_thm2_unbal_references[] = {
    {0, "rhs", 0, 2.509817781801169, 1e-13}, {0, "gap", 0, 1.5098177818011693, 1e-13}, {0}};

const pl_reference lee25_thm2_nu_references[] = {{0, "lhs", 0, 1.0, 1e-13},
                                                 {1, "lhs", 0, -0.5, 1e-13},
                                                 {0, "rhs", 0, 0.5883072172804052, 1e-13},
                                                 {1, "rhs", 0, -0.6064274250079813, 1e-13},
                                                 {0, "gap", 0, -0.4116927827195948, 1e-13},
                                                 {1, "gap", 0, -0.10642742500798129, 1e-13},
                                                 {0}};

const pl_reference lee25_thm2_gap_references[] = {
    {0, "margin", 0, 1.3333333333333333, 1.33e-14},
    {0, "gap_minus_margin", 0, 0.27488246592326615, 1e-12},
    {1, "margin", 0, 1.3333333333333333, 1.33e-14},
    {1, "gap_minus_margin", 0, 0.12358940023267094, 1e-12},
    {2, "margin", 0, 1.1111111111111112, 1.11e-14},
    {2, "gap_minus_margin", 0, 0.5879520736845756, 1e-12},
    {3, "margin", 0, 1.1111111111111112, 1.11e-14},
    {3, "gap_minus_margin", 0, 0.10186028428986897, 1e-12},
    {4, "margin", 0, 1.1111111111111112, 1.11e-14},
    {4, "gap_minus_margin", 0, 1.1920622787501776, 1e-12},
    {5, "margin", 0, 1.1111111111111112, 1.11e-14},
    {5, "gap_minus_margin", 0, 0.035006066818151674, 1e-12},
    {0}};

const pl_reference lee25_thm2_alpha_references[] = {
    {0, "alpha_star", 0, 5.435337107786971, 5.44e-10},
    {0, "nu_times_rhs", 0, 0.8160567870314409, 8.16e-14},
    {0, "approximation", 0, 2.884053773201766, 2.88e-13},
    {1, "alpha_star", 0, 10.51278707926822, 1.05e-09},
    {1, "nu_times_rhs", 0, 0.5030146206400526, 5.03e-14},
    {1, "approximation", 0, 8.583864105157389, 8.58e-13},
    {2, "alpha_star", 0, 24.933935900122872, 2.49e-09},
    {2, "nu_times_rhs", 0, 0.18800976791931745, 1.88e-14},
    {2, "approximation", 0, 24.278834070162343, 2.43e-12},
    {2, "alpha_star", 1, 45.56335805469723, 4.56e-09},
    {2, "nu_times_rhs", 1, 0.3199780415943944, 3.2e-14},
    {2, "approximation", 1, 42.05217415805546, 4.21e-12},
    {3, "alpha_star", 0, 85.81867564024806, 8.58e-09},
    {3, "nu_times_rhs", 0, 0.16316850907114686, 1.63e-14},
    {3, "approximation", 0, 84.10434831611092, 8.41e-12},
    {0}};

const pl_reference lee25_total_references[] = {
    {0, "mean_total_loss", 0, 2.98392516919603, 1e-13},
    {0, "constant", 0, -1.6215340335385164, 1e-13},
    {0, "mean_total_loss_with_constant", 0, 1.3623911356575136, 1e-13},
    {0}};

const pl_reference lee25_chain_references[] = {
    {0, "mean_supervised_attraction", 0, -0.7600862637829184, 7.6e-13},
    {0, "mean_attraction_bound", 0, -0.9025, 9.02e-13},
    {0, "gap", 0, -0.14241373621708162, 1e-13},
    {1, "mean_supervised_attraction", 0, -0.2520775612390185, 2.52e-13},
    {1, "mean_attraction_bound", 0, -0.5346000615236158, 5.35e-13},
    {1, "gap", 0, -0.28252250028459736, 1e-13},
    {0}};

const pl_reference lee25_chain_cf_references[] = {
    {0, "mean_supervised_attraction", 0, -0.7600862637829184, 7.6e-13},
    {0, "mean_attraction_bound", 0, -0.6401452946165942, 6.4e-13},
    {0, "gap", 0, 0.11994096916632427, 1e-13},
    {1, "mean_supervised_attraction", 0, -0.5346000615236158, 5.35e-13},
    {1, "mean_attraction_bound", 0, -0.5346000615236158, 5.35e-13},
    {1, "gap", 0, 0.0, 1e-13},
    {2, "mean_supervised_attraction", 0, -0.5145983473207113, 5.15e-13},
    {2, "mean_attraction_bound", 0, -0.3006648564264459, 3.01e-13},
    {2, "gap", 0, 0.2139334908942654, 1e-13},
    {0}};

const pl_reference lee25_chain_bias_references[] = {
    {0, "mean_supervised_loss", 0, -0.9450000751116083, 1e-13},
    {0, "mean_surrogate_loss", 0, -1.0106017441209005, 1e-13},
    {0, "surrogate_minus_supervised", 0, -0.06560166900929225, 1e-13},
    {0, "mean_attraction_difference", 0, 0.08432446410721202, 1e-14},
    {0}};

const pl_reference lee25_bcl_lim_references[] = {
    {0, "limit", 0, -0.40477980794577717, 4.05e-14},
    {1, "limit", 0, -0.9921884387061315, 9.92e-14},
    {2, "limit", 0, -0.9687650051019285, 9.69e-14},
    {3, "limit", 0, -0.9843754694641557, 9.84e-14},
    {0, "scaled_error", 0, 2.5223989265167654, 5.1e-11},
    {0, "scaled_error", 1, 2.536382692561388, 8.19e-10},
    {0, "scaled_error_limit", 0, 2.537314720727548, 2.54e-12},
    {0}};

const pl_reference lee25_bcl_lam1_references[] = {
    {0, "lambda_1", 0, 1.41721705465209, 1.42e-13},
    {0, "lambda_crossing", 0, 1.6717330040724045, 1.67e-13},
    {1, "lambda_1", 0, 1.3117035225335312, 1.31e-13},
    {1, "lambda_crossing", 0, 1.627228071282588, 1.63e-13},
    {2, "lambda_1", 0, 1.9520463382440827, 1.95e-13},
    {2, "lambda_crossing", 0, 1.9831142978611442, 1.98e-13},
    {3, "lambda_1", 0, 1.701518454033013, 1.7e-13},
    {3, "lambda_crossing", 0, 1.9151604605335257, 1.92e-13},
    {4, "lambda_1", 0, 1.993312189776776, 1.99e-13},
    {4, "lambda_crossing", 0, 1.997196299451181, 2e-13},
    {0}};

const pl_reference lee25_bcl_lamc_references[] = {
    {0, "minimum", 0, 0.8607306397053439, 8.61e-13},
    {0, "mean_positive", 0, 0.40825817337983783, 1e-07},
    {0, "minimum", 1, 0.9954073255512816, 9.95e-13},
    {0, "mean_positive", 1, -0.12628727365276374, 1e-07},
    {0, "minimum", 2, 1.067078048032242, 1.07e-12},
    {0, "mean_positive", 2, -0.6782408173903474, 1e-07},
    {0, "aligned", 3, 4.075219115895275, 4.08e-13},
    {0, "anti_collapse", 3, 1.158883083359672, 1.16e-13},
    {0, "optimised_positive", 3, -1.0, 1e-06},
    {0}};
