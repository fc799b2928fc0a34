#ifndef PL_NN_SCHEDULE_H
#define PL_NN_SCHEDULE_H
/* Learning rate as a pure function of the step. */

#include "base/ctx.h"

typedef enum { PL_CONSTANT, PL_COSINE, PL_STEPS } pl_schedule_kind;

enum { PL_SCHEDULE_STEPS = 8 };

typedef struct pl_schedule {
    pl_schedule_kind kind;
    double rate;     /* the base rate > 0 */
    uint64_t warmup; /* steps of linear rise: step k has (k + 1) / warmup of the rate */
    uint64_t total;  /* steps of the whole run, > warmup */
    double last;     /* cosine: the rate's end as a part of `rate`, in [0, 1] */
    double factor;   /* steps: multiplied at each milestone, in (0, 1] */
    uint64_t at[PL_SCHEDULE_STEPS]; /* steps: milestones, rising */
    size_t n_at;
} pl_schedule;

/** NULL, or the reason. */
const char *pl_schedule_check(const pl_schedule *s);

/** Rate of step k (from 0). After the warm-up,
 *    cosine  rate (last + (1 - last) (1 + cos(pi (k - warmup) / (total - warmup))) / 2)
 *    steps   rate factor^(milestones <= k)
 *  Beyond the last step it stays where it ended. */
double pl_schedule_rate(const pl_schedule *s, uint64_t k);

#endif
