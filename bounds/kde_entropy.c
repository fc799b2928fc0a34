/* WANG20, sec. 4.2: the mean log of the average exponential similarity of a batch is minus a kernel
 * estimate of its entropy, up to the kernel's normaliser,
 *     (1/N) sum_i log (1/N) sum_j e^{kappa z_i.z_j} = -H + log Z,   Z = |S^{d-1}| c(d, kappa),
 * H the resubstitution estimate with the von Mises-Fisher kernel, self term included (the theory
 * notes, ENT).
 */

#include <math.h>

#include "bounds/bounds.h"
#include "bounds/golden_pair.h"
#include "math/pairs.h"
#include "math/sphere.h"
#include "math/stats.h"
#include "ssl/features.h"

static const pl_option options[] = {
    {"features", PL_OPT_INPUT, NULL, 0, 0, NULL, "FILE",
     "features (N, d), .npy or .npz; without: one side of the golden pair, N = 4, d = 3", 0},
    {"kappa", PL_OPT_LIST, "0.5,2,10", 1e-6, 1e6, NULL, "LIST",
     "concentrations of the kernel, inverse temperatures", 0},
    {"drop-self", PL_OPT_FLAG, NULL, 0, 0, NULL, NULL,
     "leave j = i out of the left side, which breaks the identity", 0},
    {"normaliser-kappa", PL_OPT_REAL, NULL, 1e-6, 1e6, NULL, NULL,
     "another concentration in Z alone, which breaks it too", 0},
    {0}};

static const pl_column columns[] = {
    {"kappa", "1", "concentration of the kernel", false},
    {"mean_log", "nats", "left side, by the pair kernel", false},
    {"entropy", "nats", "H = -(1/N) sum log p(z_i), p the kernel estimate", false},
    {"log_normaliser", "nats", "log Z", false},
    {"right", "nats", "-H + log Z", false},
    {"residual", "nats", "left - right", false},
    {"entropy_of_uniform", "nats", "log |S^{d-1}|, the largest entropy", false},
    {0}};

/* -(1/N) sum_i log (1/N) sum_j f(z_i; z_j), f the density of vMF(z_j, kappa). */
static pl_status kernel_entropy(pl_ctx *ctx, pl_cmat z, double kappa, double *out) {
    pl_status status = PL_OK;
    double *row = NULL, d = (double)z.cols, n = (double)z.rows;
    double log_density = -pl_log_sphere_area(d) - pl_log_c(d, kappa) + kappa; /* at the mean */
    PL_NEW(ctx, row, z.rows);
    for (size_t i = 0; i < z.rows; i++) {
        double sum = 0;
        for (size_t j = 0; j < z.rows; j++) {
            double square = 0; /* kappa (s - 1) = -kappa |z_i - z_j|^2 / 2 */
            for (size_t k = 0; k < z.cols; k++)
                square += pow(z.a[i * z.ld + k] - z.a[j * z.ld + k], 2);
            sum += exp(-kappa * square / 2);
        }
        row[i] = -log(sum / n) - log_density;
    }
    *out = pl_mean(row, z.rows);
done:
    pl_free(row);
    return status;
}

static pl_status take_features(pl_ctx *ctx, const char *path, pl_mat *out) {
    pl_status status;
    pl_features f = {0};
    pl_mat z = {NULL, GOLDEN_ROWS, GOLDEN_DIM, GOLDEN_DIM}, other = z;
    if (path) {
        PL_TRY(pl_features_read(ctx, path, NULL, 1, true, &f));
        z = (pl_mat){NULL, f.images, f.dim, f.dim};
        PL_NEW(ctx, z.a, f.array.count);
        pl_features_rows(&f, 0, f.images, z.a);
    } else {
        PL_NEW(ctx, z.a, GOLDEN_ROWS * GOLDEN_DIM);
        PL_NEW(ctx, other.a, GOLDEN_ROWS * GOLDEN_DIM);
        golden_pair(z, other);
        for (size_t i = 0; i < z.rows; i++) {
            double *row = z.a + i * z.ld, square = 0;
            for (size_t k = 0; k < z.cols; k++)
                square += row[k] * row[k];
            for (size_t k = 0; k < z.cols; k++)
                row[k] /= sqrt(square);
        }
    }
    *out = z;
    z.a = NULL;
    status = PL_OK;
done:
    pl_features_free(&f);
    pl_free(z.a);
    pl_free(other.a);
    return status;
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status;
    pl_mat z = {0};
    size_t count;
    const double *kappa = pl_option_list(o, "kappa", &count);
    bool drop = pl_option_flag(o, "drop-self");
    PL_TRY(take_features(ctx, pl_option_text(o, "features"), &z));
    for (size_t i = 0; i < count; i++) {
        double left, entropy, d = (double)z.cols;
        double normaliser_kappa =
            pl_option_has(o, "normaliser-kappa") ? pl_option_real(o, "normaliser-kappa") : kappa[i];
        double log_z = pl_log_sphere_area(d) + pl_log_c(d, normaliser_kappa);
        pl_points points = pl_points_f64(pl_const(z));
        PL_TRY(pl_pairs_logsum_mean(ctx, points, points, kappa[i], drop ? 0 : PL_SKIP_NONE, &left));
        left -= log((double)z.rows - drop);
        PL_TRY(kernel_entropy(ctx, pl_const(z), kappa[i], &entropy));
        PL_TRY(pl_table_add(ctx, out,
                            (double[]){kappa[i], left, entropy, log_z, log_z - entropy,
                                       left + entropy - log_z, pl_log_sphere_area(d)},
                            NULL));
    }
done:
    pl_free(z.a);
    return status;
}

const pl_program pl_bounds_kde_entropy = {
    .name = "kde-entropy",
    .summary = "the uniformity term of a batch as a kernel estimate of its entropy",
    .details = "An identity, to rounding: the left side by log-sum-exp over all pairs, the right "
               "side by densities. Rows are scaled to unit norm.",
    .source = "WANG20, sec. 4.2",
    .positional = "features",
    .options = options,
    .columns = columns,
    .run = run};
