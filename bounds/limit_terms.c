/* The two terms of the limit for a law of features: WANG20, Theorem 1, item 2 says that the uniform
 * law alone minimises the second, T2 = E_v log E_u e^{kappa u.v}. Beside it stand what Jensen makes
 * of it on either side (theory notes, AU and LOGPOS) and, on the circle, the smoothed relative
 * entropy that T2 exceeds log c by (theory notes, THM1.2). */

#include <float.h>
#include <math.h>
#include <string.h>

#include "bounds/bounds.h"
#include "bounds/sphere_law.h"
#include "math/sphere.h"

static const pl_option options[] = {
    {"dim", PL_OPT_INT, "2", 2, 1e5, NULL, NULL, "dimension d of the features, on S^{d-1}", 0},
    {"law", PL_OPT_TEXT, "all", 0, 0, NULL, "NAME",
     "uniform, vmf, antipodal-vmf, four-vmf, half-circle, quarter-circle, N-gon, antipodal, "
     "dirac; all that dimension d has",
     0},
    {"concentration", PL_OPT_LIST, "5", 0, 1e6, NULL, "LIST", "of the von Mises-Fisher laws", 0},
    {"kappa", PL_OPT_LIST, "2", 1e-6, 1e6, NULL, "LIST", "inverse temperatures 1/tau", 0},
    {0}};

static const pl_column columns[] = {
    {"law", "", "law of the features", true},
    {"concentration", "1", "of the law; 0 where it has none", false},
    {"kappa", "1", "inverse temperature", false},
    {"second_term", "nats", "T2 = E log E e^{kappa u.v}", false},
    {"log_c", "nats", "its value at the uniform law, log c(d, kappa)", false},
    {"excess", "nats", "T2 - log c", false},
    {"kl_smoothed", "nats", "relative entropy of the smoothed law on the circle; else 0", false},
    {"log_mean", "nats", "log E E e^{kappa u.v}, Jensen's upper bound", false},
    {"log_inside", "nats", "E E log e^{kappa u.v} = kappa |E u|^2, Jensen's lower bound", false},
    {"limit", "nats", "L_inf of aligned pairs, T2 - kappa", false},
    {"au_lower", "nats", "align/(2 tau) + log c - kappa, align = 0", false},
    {"au_upper", "nats", "align/(2 tau) + L_uniform(1/(2 tau)), align = 0", false},
    {"uniformity", "nats", "L_uniform(t = kappa/2), from the law's zonal moments", false},
    {"other_law", "1", "1 unless the law is the uniform one", false},
    {"above_uniform", "1", "1 where T2 exceeds log c by more than 1e-12", false},
    {"inside_above", "1", "the same of log_inside, which is 0 at the uniform law", false},
    {"zero_mean", "1", "1 where E u = 0", false},
    {0}};

enum { ANGLES = 512, ORDERS = 256 };

/* KL(T mu | sigma), T with multipliers sqrt(I_n(kappa)/I_0(kappa)), and the least value of T's own
 * kernel, which must not be negative for the bound to be one. The multipliers fall like
 * e^{-n^2/(4 kappa)}: 256 orders are enough up to kappa = 100. */
static double smoothed_entropy(const sphere_law *law, double kappa, double *least_kernel) {
    double multiplier[ORDERS], moment[ORDERS], square = 1, sum = 0;
    for (size_t n = 1; n < ORDERS; n++) {
        square *= pl_resultant(2 * (double)n, kappa); /* I_n/I_0 = prod A(2 + 2j) */
        multiplier[n] = sqrt(square);
        moment[n] = sphere_law_moment(law, n);
    }
    for (size_t i = 0; i < ANGLES; i++) {
        double angle = 2 * M_PI * (double)i / ANGLES, density = 1, kernel = 1;
        for (size_t n = 1; n < ORDERS && multiplier[n] > 1e-18; n++) {
            double wave = 2 * multiplier[n] * cos((double)n * angle);
            kernel += wave;
            density += wave * moment[n];
        }
        *least_kernel = fmin(*least_kernel, kernel);
        sum += density > 0 ? density * log(density) : 0;
    }
    return sum / ANGLES;
}

static pl_status add_row(pl_ctx *ctx, const char *name, size_t d, double concentration,
                         double kappa, double *least_kernel, pl_table *out) {
    sphere_law law = {0};
    pl_status status = sphere_law_new(ctx, name, d, concentration, &law);
    if (status)
        return status;
    double t2 = 0, log_c = pl_log_c((double)d, kappa), mean = sphere_law_moment(&law, 1), kl = 0;
    for (size_t i = 0; i < law.rule.n; i++)
        t2 += law.rule.w[i] * sphere_law_log_potential(&law, kappa, law.rule.s[i]);
    if (d == 2 && law.component == LAW_VMF && kappa <= 100)
        kl = smoothed_entropy(&law, kappa, least_kernel);
    double jensen = sphere_law_log_energy(&law, kappa) + kappa;
    double energy = sphere_law_energy(&law, kappa); /* from the moments */
    status = pl_table_add(ctx, out,
                          (double[]){0, law.concentration, kappa, t2, log_c, t2 - log_c, kl, jensen,
                                     kappa * mean * mean, t2 - kappa, log_c - kappa, jensen - kappa,
                                     energy > DBL_MIN ? log(energy) : jensen - kappa,
                                     law.component != LAW_VMF || law.concentration > 0,
                                     t2 - log_c > 1e-12 * fmax(1, fabs(log_c)),
                                     kappa * mean * mean > 1e-12, mean == 0},
                          (const char *const[]){law.name});
    sphere_law_free(&law);
    return status;
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status = PL_OK;
    size_t d = (size_t)pl_option_int(o, "dim"), n_k, n_c;
    const double *kappa = pl_option_list(o, "kappa", &n_k);
    const double *concentration = pl_option_list(o, "concentration", &n_c);
    const char *asked = pl_option_text(o, "law");
    bool all = strcmp(asked, "all") == 0;
    double least = INFINITY;
    for (size_t i = 0; i < n_k; i++)
        for (const sphere_law_name *l = sphere_law_names; l->name; l++) {
            if (!all && strcmp(l->name, asked) != 0)
                continue;
            if (all && l->d && l->d != d)
                continue;
            for (size_t c = 0; c < (l->concentrated ? n_c : 1); c++)
                PL_TRY(add_row(ctx, l->name, d, concentration[c], kappa[i], &least, out));
        }
    for (size_t i = 0; i < n_k && pl_table_rows(out) < n_k; i++) /* an N-gon, or no law */
        PL_TRY(add_row(ctx, asked, d, 0, kappa[i], &least, out));
    if (isfinite(least))
        PL_TRY(pl_table_summarise(ctx, out, "least_smoothing", "1",
                                  "least value of the smoothing kernel over 512 angles", least));
done:
    return status;
}

const pl_program pl_bounds_limit_terms = {
    .name = "limit-terms",
    .summary = "the uniformity term of the limit for laws on the sphere, and Jensen's bounds",
    .details = "T2 = E_v log E_u e^{kappa u.v} is least at the uniform law, where it is "
               "log c(d, kappa).\nOn the circle it exceeds that by at least the relative entropy "
               "of the smoothed law (derived here: THM1.2).",
    .source = "WANG20, Theorem 1 item 2 and sec. 4.2",
    .options = options,
    .columns = columns,
    .run = run};
