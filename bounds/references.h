#ifndef PL_BOUNDS_REFERENCES_H
#define PL_BOUNDS_REFERENCES_H
/* Printed values of the theory notes that the claims must meet. */

#include "claim/claim.h"

extern const pl_reference wang20_thm1_lim_references[];
extern const pl_reference wang20_thm1_3_references[];
extern const pl_reference wang20_thm1_3_tau_references[];
extern const pl_reference wang20_thm1_rate_references[];
extern const pl_reference wang20_thm2_references[];
extern const pl_reference lee25_thm1_references[];
extern const pl_reference lee25_thm1_sign_references[];
extern const pl_reference lee25_thm1_avg_references[];
extern const pl_reference lee25_thm2_references[];
extern const pl_reference lee25_thm2_cf_references[];

#endif
