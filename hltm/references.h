#ifndef PL_HLTM_REFERENCES_H
#define PL_HLTM_REFERENCES_H

#include "claim/claim.h"

extern const pl_reference tian20_thm1_references[];
extern const pl_reference tian20_thm2_references[];
extern const pl_reference tian20_simp_obj_references[];
extern const pl_reference tian20_thm3_references[];
extern const pl_reference tian20_thm3_bias_references[];
extern const pl_reference tian20_thm3_batch_references[];
extern const pl_reference tian20_thm4_references[];
extern const pl_reference tian20_thm4_euler_references[];
extern const pl_reference tian20_thm4_scale_references[];
extern const pl_reference tian20_thm4_invariant_references[];
extern const pl_reference tian20_thm4_h2_references[];
extern const pl_reference tian20_norm_references[];
extern const pl_reference tian20_ceil_references[];
extern const pl_reference tian20_corr_references[];
extern const pl_reference tian20_path_references[];
extern const pl_reference tian20_relu_gap_references[];
extern const pl_reference tian20_linear_references[];
extern const pl_reference tian20_relu_references[];
extern const pl_reference tian20_two_layer_references[];
extern const pl_reference tian20_root_growth_references[];
extern const pl_reference tian20_lucky_references[];
extern const pl_reference tian20_code_nce_references[];
extern const pl_reference tian20_code_opnorm_references[];
extern const pl_reference tian20_byol_references[];
extern const pl_reference tian20_dyn_a_references[];
extern const pl_reference tian20_dyn_b_references[];
extern const pl_reference tian20_dyn_c_references[];

#endif
