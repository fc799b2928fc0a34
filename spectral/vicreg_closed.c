#include "spectral/vicreg_closed.h"

#include <math.h>

/* alpha = beta: Eckart and Young. sigma = (1 - kappa lambda/(2 alpha))_+, loss alpha (K - sum
 * sigma^2); also beta > alpha, where C is diagonal. */
static void least_squares(double alpha, double kappa, const double *lambda, size_t modes,
                          size_t columns, double *sigma, vicreg_optimum *out) {
    double squares = 0;
    for (size_t k = 0; k < modes; k++) {
        sigma[k] = fmax(1 - kappa * lambda[k] / (2 * alpha), 0);
        squares += sigma[k] * sigma[k];
    }
    out->loss = alpha * ((double)columns - squares);
}

/* sigma_k = (theta - c lambda_k)_+ with sum = total; returns theta. */
static double fill(double c, const double *lambda, size_t modes, double total, double *sigma) {
    double sum = 0, theta = 0;
    for (size_t k = 0; k < modes; k++) { /* the first k + 1 modes hold water */
        sum += c * lambda[k];
        theta = (total + sum) / (double)(k + 1);
        if (k + 1 == modes || theta <= c * lambda[k + 1])
            break;
    }
    for (size_t k = 0; k < modes; k++)
        sigma[k] = fmax(theta - c * lambda[k], 0);
    return theta;
}

/* Constant diagonal s: K (v(s) - beta s^2) + beta sum sigma^2 + kappa sum lambda sigma, where v is
 * alpha (1 - s)^2 or alpha (1 - sqrt s) and sigma is water-filled to sum K s. Convex in s: the
 * derivative, K (v'(s) - 2 beta s + 2 beta theta), is bisected. */
static void level(const pl_spectral_loss *loss, double kappa, const double *lambda, size_t modes,
                  double *sigma, vicreg_optimum *out) {
    bool hinge = loss->kind == PL_VICREG_HINGE;
    double k = (double)modes, a = loss->alpha, b = loss->beta, c = kappa / (2 * b), lo = 0, hi = 1;
    double s = 1;
    for (int step = 0; step <= 200; step++) {
        double theta = fill(c, lambda, modes, k * s, sigma);
        double slope = (hinge ? -a / (2 * sqrt(s)) : -2 * a * (1 - s)) - 2 * b * s + 2 * b * theta;
        if (slope > 0)
            hi = s;
        else
            lo = s;
        if (step == 0 && slope <= 0) /* the kink at variance 1 holds it */
            break;
        s = 0.5 * (lo + hi);
        if (s == lo || s == hi)
            break;
    }
    fill(c, lambda, modes, k * s, sigma);
    out->loss = k * ((hinge ? a * (1 - sqrt(s)) : a * (1 - s) * (1 - s)) - b * s * s);
    for (size_t i = 0; i < modes; i++)
        out->loss += b * sigma[i] * sigma[i] + kappa * lambda[i] * sigma[i];
    out->column_variance = s;
    out->rotation = VICREG_LEVEL;
}

/* No mode is emptied: s and the loss are explicit. False: some would be negative. */
static bool level_explicitly(const pl_spectral_loss *loss, double kappa, const double *lambda,
                             size_t modes, double *sigma, vicreg_optimum *out) {
    bool hinge = loss->kind == PL_VICREG_HINGE;
    double k = (double)modes, a = loss->alpha, c = kappa / (2 * loss->beta), mean = 0, spread = 0;
    for (size_t i = 0; i < modes; i++)
        mean += lambda[i] / k;
    for (size_t i = 0; i < modes; i++)
        spread += (lambda[i] - mean) * (lambda[i] - mean);
    double s = hinge ? (kappa * mean > 0 ? fmin(1, pow(a / (2 * kappa * mean), 2)) : 1)
                     : fmax(1 - kappa * mean / (2 * a), 0);
    if (s + c * (mean - lambda[modes - 1]) < 0)
        return false;
    for (size_t i = 0; i < modes; i++)
        sigma[i] = s + c * (mean - lambda[i]);
    out->loss = k * (hinge ? a * (1 - sqrt(s)) : a * (1 - s) * (1 - s)) + k * kappa * mean * s -
                kappa * c / 2 * spread;
    out->column_variance = s;
    out->rotation = VICREG_LEVEL;
    return true;
}

/* beta = 0: everything goes into the lowest mode. */
static void collapsed(double alpha, double kappa, const double *lambda, size_t modes, double *sigma,
                      vicreg_optimum *out) {
    double k = (double)modes, s = fmax(1 - kappa * lambda[0] / (2 * alpha), 0);
    for (size_t i = 0; i < modes; i++)
        sigma[i] = i == 0 ? k * s : 0;
    out->loss = k * (alpha * (1 - s) * (1 - s) + kappa * lambda[0] * s);
    out->column_variance = s;
    out->rotation = VICREG_LEVEL;
}

void vicreg_minimum(const pl_spectral_loss *loss, double kappa, const double *lambda, size_t modes,
                    size_t columns, double *sigma, vicreg_optimum *out) {
    vicreg_optimum found = {.column_variance = NAN, .rotation = VICREG_ANY};
    if (loss->kind == PL_LOG_DETERMINANT) { /* min sigma - log sigma + kappa lambda sigma */
        found.loss = (double)columns;
        for (size_t k = 0; k < modes; k++) {
            sigma[k] = 1 / (1 + kappa * lambda[k]);
            found.loss += log1p(kappa * lambda[k]);
        }
    } else if (loss->kind == PL_VICREG_DEGREE ||
               (loss->kind == PL_VICREG_SQUARED && loss->beta >= loss->alpha)) {
        least_squares(loss->alpha, kappa, lambda, modes, columns, sigma, &found);
        if (loss->kind == PL_VICREG_SQUARED && loss->beta > loss->alpha)
            found.rotation = VICREG_DIAGONAL;
    } else if (loss->beta == 0) {
        collapsed(loss->alpha, kappa, lambda, modes, sigma, &found);
    } else if (!level_explicitly(loss, kappa, lambda, modes, sigma, &found)) {
        level(loss, kappa, lambda, modes, sigma, &found);
    }
    *out = found;
}

const char *vicreg_unmet(const pl_spectral_loss *loss, size_t modes, size_t columns) {
    bool level_loss = loss->kind == PL_VICREG_HINGE ||
                      (loss->kind == PL_VICREG_SQUARED && loss->alpha > loss->beta);
    if (loss->kind == PL_VICREG_HINGE && !(loss->alpha >= 8 * loss->beta && loss->beta > 0))
        return "alpha >= 8 beta > 0 (hinge)";
    if (columns > modes && (level_loss || loss->kind == PL_LOG_DETERMINANT))
        return "K <= N - 1";
    return NULL;
}
