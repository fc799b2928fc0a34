/* The room of trained networks: its programs, claims and figures. */

#include "study/study.h"

static const pl_program *const programs[] = {&pl_study_augmentation, &pl_study_lambda,
                                             &pl_study_similarity,   &pl_study_balance,
                                             &pl_study_gaps,         &pl_study_plane,
                                             &pl_study_collapse,     &pl_study_riccati,
                                             &pl_study_covariance,   NULL};

static const pl_claim *const claims[] = {pl_study_claims, NULL};
static const pl_figure *const figures[] = {pl_study_figures, NULL};

const pl_study_cost pl_study_costs[] = {{&pl_study_augmentation, 250}, {&pl_study_lambda, 290},
                                        {&pl_study_similarity, 170},   {&pl_study_balance, 190},
                                        {&pl_study_gaps, 50},          {&pl_study_plane, 260},
                                        {&pl_study_collapse, 300},     {&pl_study_riccati, 1},
                                        {&pl_study_covariance, 10},    {0}};

const pl_room pl_study_room = {
    .name = "study",
    .summary = "the papers' statements on networks that are trained for it",
    .details = "Networks are kept in --keep (studies/) and not trained again: a study that was\n"
               "interrupted goes on. plumb study --list says what each costs.",
    .programs = programs,
    .claims = claims,
    .figures = figures,
    .level = 0.95,
    .command = pl_cmd_study};
