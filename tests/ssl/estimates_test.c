#include <gsl/gsl_cdf.h>

#include "math/sampler.h"
#include "math/sphere.h"
#include "ssl/estimates.h"
#include "tests/support.h"

/* Hierarchical von Mises-Fisher features: class -> image (kc) -> view (kv); kc = 0: images uniform.
 */
static pl_features sample(pl_ctx *ctx, uint64_t seed, size_t images, size_t views, size_t d,
                          size_t classes, double kc, double kv) {
    const size_t shape[] = {images, views, d};
    pl_features f = {.images = images, .views = views, .dim = d, .classes = classes};
    double *mean = pl_alloc(ctx, images * d, sizeof *mean);
    double *around = pl_alloc(ctx, images * views * d, sizeof *around);
    ck_ok(ctx, pl_array_new(ctx, PL_F64, 3, shape, &f.array));
    f.label = pl_alloc(ctx, images, sizeof *f.label);
    for (size_t i = 0; i < images; i++) {
        f.label[i] = i % classes;
        around[i * d + f.label[i] % d] = 1;
    }
    ck_ok(ctx, pl_sample_vmf_around(ctx, (pl_stream){seed, 1, 0}, (pl_cmat){around, images, d, d},
                                    kc, (pl_mat){mean, images, d, d}));
    for (size_t r = 0; r < images * views; r++)
        memcpy(around + r * d, mean + r / views * d, d * sizeof *around);
    ck_ok(ctx, pl_sample_vmf_around(ctx, (pl_stream){seed, 2, 0},
                                    (pl_cmat){around, images * views, d, d}, kv,
                                    (pl_mat){f.array.data, images * views, d, d}));
    pl_free(mean);
    pl_free(around);
    return f;
}

static void inside(pl_estimate e, double truth, const char *what) {
    ck_assert_msg(e.lo <= truth && truth <= e.hi, "%s: %.6g outside [%.6g, %.6g] around %.6g", what,
                  truth, e.lo, e.hi, e.value);
}

/* Standard deviation of one image's alignment, the mean of |z - z'|^2 = 2 - 2 z.z' over the three
 * pairs of three vMF views around one mean. With a = A(d, k), t = E (m.z)^2 = 1 - (d - 1) a/k:
 * E (z.z')^2 = t^2 + (1 - t)^2/(d - 1), and two pairs share one view: E (z.z')(z.z'') = a^2 t. */
static double alignment_sd(double d, double k) {
    double a = pl_resultant(d, k), t = 1 - (d - 1) * a / k;
    double variance = t * t + (1 - t) * (1 - t) / (d - 1) - pow(a, 4);
    double covariance = a * a * t - pow(a, 4);
    return 2 * sqrt(variance / 3 + 2 * covariance / 3);
}

/* Fails if a pair of views were counted with itself, or the power misplaced: two vMF views around
 * one mean have E |z - z'|^2 = 2 - 2 A(d, k)^2. Fails if the interval took the views of an image
 * for independent, or another number of images: its width is that of the t interval of 2000 images,
 * up to the sampling error of their standard deviation, relative sqrt((3.4 - 1)/(4 n)) = 1.73 %
 * (3.4 the kurtosis, by simulation), six times that here. */
START_TEST(alignment_of_vmf_views) {
    pl_ctx *ctx = pl_ctx_new();
    pl_estimate e;
    double width = 2 * gsl_cdf_tdist_Pinv(1 - 5e-7, 1999) * alignment_sd(8, 20) / sqrt(2000);
    for (uint64_t seed = 1; seed <= 4 * test_effort(); seed++) {
        pl_features f = sample(ctx, seed, 2000, 3, 8, 2, 0, 20);
        double a = pl_resultant(8, 20);
        ck_ok(ctx, pl_estimate_alignment(ctx, &f, 2, 1 - 1e-6, &e));
        inside(e, 2 - 2 * a * a, "alignment");
        ck_close(e.hi - e.lo, width, 6 * .0173 * width);
        pl_features_free(&f);
    }
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if self-pairs entered, or a pair of views of one image: against the double loop. */
START_TEST(uniformity_is_the_mean_over_pairs_of_images) {
    pl_ctx *ctx = pl_ctx_new();
    pl_features f = sample(ctx, 5, 40, 3, 5, 2, 3, 10);
    const double *z = f.array.data;
    double sum = 0;
    pl_estimate e;
    for (size_t i = 0; i < 40; i++)
        for (size_t j = 0; j < 40; j++)
            for (size_t v = 0; v < 3 && i != j; v++) {
                double square = 0;
                for (size_t k = 0; k < 5; k++)
                    square += pow(z[(i * 3 + v) * 5 + k] - z[(j * 3 + v) * 5 + k], 2);
                sum += exp(-2 * square) / (40 * 39 * 3);
            }
    ck_ok(ctx, pl_estimate_uniformity(ctx, &f, 2, NULL, 40, .95, &e));
    ck_close(e.value, log(sum), 1e-12);
    pl_features_free(&f);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if the interval ignored that under the uniform law the first order vanishes: it must still
 * cover L*. Under a vMF law it must cover the potential, at the stated rate. */
START_TEST(uniformity_interval_covers) {
    pl_ctx *ctx = pl_ctx_new();
    pl_estimate e;
    size_t covered = 0, n = 200;
    double potential = 0; /* E over s of the law's own potential: by c of the sum vector */
    for (uint64_t seed = 1; seed <= n; seed++) {
        pl_features f = sample(ctx, seed, 100, 1, 3, 1, 0, 0);
        ck_ok(ctx, pl_estimate_uniformity(ctx, &f, 2, NULL, 100, .95, &e));
        covered += e.lo <= -2.0797770605879127 && -2.0797770605879127 <= e.hi;
        pl_features_free(&f);
    }
    ck_assert_msg(covered >= 180, "uniform law: %zu of 200", covered);
    covered = 0;
    /* vMF(5) on the circle, t = 2: .60902420032790 (theory notes, bounds, PROP3) */
    potential = log(.60902420032790);
    for (uint64_t seed = 1; seed <= n; seed++) {
        pl_features f = sample(ctx, seed, 100, 1, 2, 1, 5, 1e6);
        ck_ok(ctx, pl_estimate_uniformity(ctx, &f, 2, NULL, 100, .95, &e));
        covered += e.lo <= potential && potential <= e.hi;
        pl_features_free(&f);
    }
    ck_assert_msg(covered >= 180 && covered < 200, "vMF law: %zu of 200", covered);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a branch of the bound were lost: simplex for few points, the diagonal for many. */
START_TEST(least_uniformity_of_n_points) {
    ck_close(pl_uniformity_least(2, 2, 2), -8, 1e-14);
    ck_close(pl_uniformity_least(128, 2, 16), -64.0 / 15, 1e-13);
    ck_close(pl_uniformity_least(128, 2, 256), -4.01569, 5e-6);
    ck_close(pl_uniformity_least(128, 2, 1024), -3.98794, 5e-6);
    ck_close(pl_uniformity_limit(3, 2), -2.0797770605879127, 1e-13);
}
END_TEST

/* Fails if the views' or the images' share of the bias were not taken out: against the closed form
 * A_v^2 (1 - A_c^2) of hierarchical vMF, with two views and few images a class. */
START_TEST(unbiased_prototype_bias) {
    static const struct {
        size_t d;
        double kc, kv, truth;
    } law[] = {{3, 5, 20, .3247688716085238}, {3, 20, 5, .06241416622511792}};
    pl_ctx *ctx = pl_ctx_new();
    for (size_t k = 0; k < TEST_COUNT(law); k++) {
        double mean = 0, raw = 0, a = pl_resultant(3, law[k].kv);
        size_t runs = 400, covered = 0, per_class = 10, views = 2;
        for (uint64_t seed = 1; seed <= runs; seed++) {
            pl_bias_estimate e;
            pl_features f =
                sample(ctx, seed, 3 * per_class, views, law[k].d, 3, law[k].kc, law[k].kv);
            ck_ok(ctx, pl_estimate_bias(ctx, &f, .95, &e));
            mean += e.unbiased.value / (double)runs;
            raw += e.second.value / (double)runs;
            covered += e.unbiased.lo <= law[k].truth && law[k].truth <= e.unbiased.hi;
            pl_features_free(&f);
        }
        double plug_in = (law[k].truth + (1 - a * a) / (double)views) * (1 - 1 / (double)per_class);
        ck_close(mean, law[k].truth, .01);
        ck_close(raw, plug_in, .01);
        ck_assert_msg(covered > runs * 88 / 100, "law %zu: %zu of %zu", k, covered, runs);
    }
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if gaps were averaged with the wrong weights: population values of theory notes, bounds,
 * THM1.AVG. */
START_TEST(attraction_of_vmf_views) {
    pl_ctx *ctx = pl_ctx_new();
    pl_attraction_estimate e;
    size_t views = 400; /* the mean view is nearly the mean direction */
    pl_features f = sample(ctx, 3, 300, views, 3, 2, 0, 5);
    ck_ok(ctx, pl_estimate_attraction(ctx, &f, 1 - 1e-6, &e));
    ck_close(e.lhs.value, -.8000908039820194, .004);
    ck_close(e.rhs.value, -.6401452946165942, .006);
    ck_assert(e.violations > 0 && e.least_gap < 0);
    ck_close(e.violation_rate.value, .006692850924, .002);
    ck_close(e.gap.value, e.rhs.value - e.lhs.value, 1e-12);
    pl_features_free(&f);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if what is impossible were computed all the same. */
START_TEST(impossible_estimates_are_refused) {
    pl_ctx *ctx = pl_ctx_new();
    pl_features f = sample(ctx, 3, 4, 1, 3, 2, 0, 5);
    pl_estimate e;
    pl_attraction_estimate attraction;
    pl_repulsion_estimate repulsion;
    pl_bias_estimate bias;
    ck_fails(ctx, pl_estimate_alignment(ctx, &f, 2, .95, &e), PL_ESHAPE, "two views");
    ck_fails(ctx, pl_estimate_attraction(ctx, &f, .95, &attraction), PL_ESHAPE, "two views");
    ck_fails(ctx, pl_estimate_uniformity(ctx, &f, 2, NULL, 1, .95, &e), PL_EDOMAIN, "images");
    ck_fails(ctx, pl_estimate_uniformity(ctx, &f, 0, NULL, 4, .95, &e), PL_EDOMAIN, "t = 0");
    pl_free(f.label);
    f.label = NULL;
    ck_fails(ctx, pl_estimate_repulsion(ctx, &f, 2, NULL, 4, .95, &repulsion), PL_ESHAPE,
             "--labels");
    ck_fails(ctx, pl_estimate_bias(ctx, &f, .95, &bias), PL_ESHAPE, "--labels");
    pl_features_free(&f);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a failed allocation leaked (sanitizers) or crashed. */
START_TEST(every_failed_allocation_is_survived) {
    pl_ctx *maker = pl_ctx_new();
    pl_features f = sample(maker, 3, 12, 2, 4, 3, 5, 5);
    for (int which = 0; which < 5; which++)
        for (size_t k = 1;; k++) {
            pl_ctx *ctx = pl_ctx_new();
            pl_estimate e;
            pl_attraction_estimate attraction;
            pl_repulsion_estimate repulsion;
            pl_bias_estimate bias;
            pl_set_threads(ctx, 1);
            pl_ctx_fail_allocation(ctx, k);
            pl_status status = which == 0   ? pl_estimate_alignment(ctx, &f, 2, .95, &e)
                               : which == 1 ? pl_estimate_uniformity(ctx, &f, 2, NULL, 12, .95, &e)
                               : which == 2 ? pl_estimate_attraction(ctx, &f, .95, &attraction)
                               : which == 3
                                   ? pl_estimate_repulsion(ctx, &f, 2, NULL, 12, .95, &repulsion)
                                   : pl_estimate_bias(ctx, &f, .95, &bias);
            pl_ctx_free(ctx);
            ck_assert(status == PL_OK || status == PL_ENOMEM);
            ck_assert_msg(k < 1000, "still failing");
            if (status == PL_OK)
                break;
        }
    pl_features_free(&f);
    pl_ctx_free(maker);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        alignment_of_vmf_views,           uniformity_is_the_mean_over_pairs_of_images,
        uniformity_interval_covers,       least_uniformity_of_n_points,
        unbiased_prototype_bias,          attraction_of_vmf_views,
        impossible_estimates_are_refused, every_failed_allocation_is_survived};
    return test_main("ssl/estimates", tests, TEST_COUNT(tests));
}
