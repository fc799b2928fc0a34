#ifndef PL_STUDY_STUDY_H
#define PL_STUDY_STUDY_H
/* The papers' statements on trained networks: each study trains small encoders over several seeds
 * and compares them. */

#include "claim/claim.h"

extern const pl_room pl_study_room;

/** plumb study [NAME] [options], plumb study --list. */
pl_status pl_cmd_study(pl_ctx *ctx, const pl_registry *registry, int argc, char *const *argv);

/* The programs. */
extern const pl_program pl_study_augmentation, pl_study_lambda, pl_study_similarity,
    pl_study_balance, pl_study_gaps, pl_study_plane, pl_study_collapse, pl_study_riccati,
    pl_study_covariance;

extern const pl_claim pl_study_claims[];
extern const pl_figure pl_study_figures[];

/* What `plumb study --list` says beside name and summary. */
typedef struct pl_study_cost {
    const pl_program *program; /* NULL ends */
    double seconds;            /* at --effort standard on two cores */
} pl_study_cost;

extern const pl_study_cost pl_study_costs[];

#endif
