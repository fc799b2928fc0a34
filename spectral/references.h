#ifndef PL_SPECTRAL_REFERENCES_H
#define PL_SPECTRAL_REFERENCES_H
/* The printed values of the theory notes, claim by claim. */

#include "claim/claim.h"

extern const pl_reference bl22_id1_references[];
extern const pl_reference bl22_id3_references[];
extern const pl_reference bl22_thm1i_references[];
extern const pl_reference hc21_id_references[];
extern const pl_reference tan23_id_references[];
extern const pl_reference bl22_gibbs_references[];
extern const pl_reference gar22_id_references[];
extern const pl_reference bl22_thm1ii_references[];
extern const pl_reference bl22_thm1iii_references[];
extern const pl_reference bl22_thm1a_references[];
extern const pl_reference bl22_thm1b_references[];
extern const pl_reference bl22_thm1c_references[];
extern const pl_reference bl22_thm1h_references[];
extern const pl_reference bl22_thm1h_neg_references[];
extern const pl_reference bl22_thm1d_references[];
extern const pl_reference bl22_rank_references[];
extern const pl_reference bl22_rank_simclr_references[];
extern const pl_reference bl22_thm2_references[];
extern const pl_reference bl22_rank_neg_references[];
extern const pl_reference bl22_rank_neg2_references[];
extern const pl_reference bl22_thm2m_references[];
extern const pl_reference bl22_iso_references[];
extern const pl_reference bl22_iso_neg_references[];
extern const pl_reference bl22_thm2e_references[];
extern const pl_reference bl22_thm2g_references[];
extern const pl_reference tan23_neg_references[];
extern const pl_reference bl22_thm3a_references[];
extern const pl_reference bl22_thm3b_references[];
extern const pl_reference bl22_thm3_neg_references[];
extern const pl_reference bl22_thm3_rankneg_references[];
extern const pl_reference bl22_cca_references[];
extern const pl_reference bl22_lin1_references[];
extern const pl_reference bl22_lin2_references[];
extern const pl_reference bl22_lin3_references[];
extern const pl_reference bl22_lin1f_references[];
extern const pl_reference bl22_lin2p_references[];
extern const pl_reference bl22_lda_references[];
extern const pl_reference bl22_lda_neg_references[];
extern const pl_reference bl22_sup_references[];
extern const pl_reference bl22_sup_neg_references[];
extern const pl_reference bl22_supnl_references[];
extern const pl_reference bl22_ker_references[];
extern const pl_reference bl22_eq1_references[];
extern const pl_reference bl22_eq2_references[];
extern const pl_reference bl22_eq2_neg_references[];
extern const pl_reference hc21_thm_references[];
extern const pl_reference hc21_aug_references[];
extern const pl_reference bl22_down_references[];
extern const pl_reference bl22_downb_references[];
extern const pl_reference bl22_low1_references[];
extern const pl_reference bl22_low2_references[];
extern const pl_reference bl22_low2_mixed_references[];
extern const pl_reference bl22_low2_neg_references[];
extern const pl_reference bl22_low3_references[];
extern const pl_reference bl22_dyn_references[];
extern const pl_reference bl22_grid_references[];

#endif
