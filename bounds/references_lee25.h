#ifndef PL_BOUNDS_REFERENCES_LEE25_H
#define PL_BOUNDS_REFERENCES_LEE25_H
/* Printed values of the theory notes that the claims on LEE25 must meet. */

#include "claim/claim.h"

extern const pl_reference lee25_p0_opt_references[];
extern const pl_reference lee25_prb_references[];
extern const pl_reference lee25_prb_anova_references[];
extern const pl_reference lee25_prb_cf_references[];
extern const pl_reference lee25_prb_lip_references[];
extern const pl_reference lee25_thm2_unbal_references[];
extern const pl_reference lee25_thm2_nu_references[];
extern const pl_reference lee25_thm2_gap_references[];
extern const pl_reference lee25_thm2_alpha_references[];
extern const pl_reference lee25_total_references[];
extern const pl_reference lee25_chain_references[];
extern const pl_reference lee25_chain_cf_references[];
extern const pl_reference lee25_chain_bias_references[];
extern const pl_reference lee25_bcl_lim_references[];
extern const pl_reference lee25_bcl_lam1_references[];
extern const pl_reference lee25_bcl_lamc_references[];

#endif
