#ifndef PL_BOUNDS_REFERENCES_WANG20_H
#define PL_BOUNDS_REFERENCES_WANG20_H
/* Printed values of the theory notes that the claims on WANG20 must meet. */

#include "claim/claim.h"

extern const pl_reference wang20_thm1_1_references[];
extern const pl_reference wang20_thm1_2_references[];
extern const pl_reference wang20_thm1_2_circle_references[];
extern const pl_reference wang20_thm1_2_points_references[];
extern const pl_reference wang20_thm1_rate_c1_references[];
extern const pl_reference wang20_thm1_rate_bounds_references[];
extern const pl_reference wang20_thm1_moco_references[];
extern const pl_reference wang20_thm1_ntx_references[];
extern const pl_reference wang20_thm1_ntx_pairs_references[];
extern const pl_reference wang20_thm1_dcl_references[];
extern const pl_reference wang20_thm2_few_references[];
extern const pl_reference wang20_thm2_coef_references[];
extern const pl_reference wang20_thm2_monotone_references[];
extern const pl_reference wang20_prop1_references[];
extern const pl_reference wang20_prop3_references[];
extern const pl_reference wang20_prop3_est_references[];
extern const pl_reference wang20_prop3_strict_references[];
extern const pl_reference wang20_prop2_weak_references[];
extern const pl_reference wang20_optcfg_references[];
extern const pl_reference wang20_batch_opt_references[];
extern const pl_reference wang20_batch_simplex_references[];
extern const pl_reference wang20_ent_references[];
extern const pl_reference wang20_au_references[];
extern const pl_reference wang20_eucl_references[];
extern const pl_reference wang20_eucl_squared_references[];
extern const pl_reference wang20_logpos_references[];
extern const pl_reference wang20_mi_references[];

#endif
