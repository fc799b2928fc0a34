#include "hltm/byol_loss.h"

#include <string.h>

/* mu of configurations, mu' of class means; zeros when not centred. */
static void means(const hltm_population *pop, const double *out, const double *target, size_t d,
                  bool centred, double *mu, double *mu_target) {
    memset(mu, 0, d * sizeof *mu);
    memset(mu_target, 0, d * sizeof *mu_target);
    for (size_t i = 0; centred && i < pop->configs; i++)
        for (size_t c = 0; c < d; c++)
            mu[c] += pop->marginal[i] * out[i * d + c];
    for (size_t z = 0; centred && z < pop->datapoints; z++)
        for (size_t c = 0; c < d; c++)
            mu_target[c] += pop->prior[z] * target[z * d + c];
}

/* G_i = P^T (q_i P (f_i - mu) - sum_z p_z P(i|z) (f'_z - mu')) */
void hltm_byol_gradient(const hltm_population *pop, const double *out, const double *target,
                        size_t d, const double *p, bool centred, double *g) {
    double mu[HLTM_BYOL_MAX_OUTPUTS], mu_target[HLTM_BYOL_MAX_OUTPUTS];
    double error[HLTM_BYOL_MAX_OUTPUTS];
    means(pop, out, target, d, centred, mu, mu_target);
    for (size_t i = 0; i < pop->configs; i++) {
        for (size_t r = 0; r < d; r++) {
            error[r] = 0;
            for (size_t c = 0; c < d; c++)
                error[r] += pop->marginal[i] * p[r * d + c] * (out[i * d + c] - mu[c]);
            for (size_t z = 0; z < pop->datapoints; z++)
                error[r] -= pop->prior[z] * pop->given[z * pop->configs + i] *
                            (target[z * d + r] - mu_target[r]);
        }
        for (size_t c = 0; c < d; c++) {
            double sum = 0;
            for (size_t r = 0; r < d; r++)
                sum += p[r * d + c] * error[r];
            g[i * d + c] = sum;
        }
    }
}

/* dL/dP = E[(P (f - mu) - (f'_z - mu')) (f - mu)^T] */
void hltm_byol_predictor_gradient(const hltm_population *pop, const double *out,
                                  const double *target, size_t d, const double *p, bool centred,
                                  double *g) {
    double mu[HLTM_BYOL_MAX_OUTPUTS], mu_target[HLTM_BYOL_MAX_OUTPUTS];
    means(pop, out, target, d, centred, mu, mu_target);
    memset(g, 0, d * d * sizeof *g);
    for (size_t i = 0; i < pop->configs; i++)
        for (size_t r = 0; r < d; r++) {
            double error = 0;
            for (size_t c = 0; c < d; c++)
                error += pop->marginal[i] * p[r * d + c] * (out[i * d + c] - mu[c]);
            for (size_t z = 0; z < pop->datapoints; z++)
                error -= pop->prior[z] * pop->given[z * pop->configs + i] *
                         (target[z * d + r] - mu_target[r]);
            for (size_t c = 0; c < d; c++)
                g[r * d + c] += error * (out[i * d + c] - mu[c]);
        }
}
