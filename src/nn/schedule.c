#include "nn/schedule.h"

#include <math.h>

const char *pl_schedule_check(const pl_schedule *s) {
    if (!(s->rate > 0) || !isfinite(s->rate))
        return "the learning rate must be above 0";
    if (s->total <= s->warmup)
        return "the warm-up must end before the run does";
    if (!(s->last >= 0 && s->last <= 1))
        return "the cosine's end must be a part of the rate between 0 and 1";
    if (s->kind != PL_STEPS)
        return NULL;
    if (!(s->factor > 0 && s->factor <= 1))
        return "the factor at a milestone must be in (0, 1]";
    if (s->n_at > PL_SCHEDULE_STEPS)
        return "at most 8 milestones";
    for (size_t i = 1; i < s->n_at; i++)
        if (s->at[i] <= s->at[i - 1])
            return "milestones must rise";
    return NULL;
}

double pl_schedule_rate(const pl_schedule *s, uint64_t k) {
    const double pi = 3.14159265358979323846;
    if (k < s->warmup)
        return s->rate * (double)(k + 1) / (double)s->warmup;
    if (k >= s->total)
        k = s->total;
    double rate = s->rate;
    if (s->kind == PL_COSINE) {
        double part = (double)(k - s->warmup) / (double)(s->total - s->warmup);
        rate *= s->last + (1 - s->last) * (1 + cos(pi * part)) / 2;
    } else if (s->kind == PL_STEPS)
        for (size_t i = 0; i < s->n_at && s->at[i] <= k; i++)
            rate *= s->factor;
    return rate;
}
