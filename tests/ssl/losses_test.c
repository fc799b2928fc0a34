#include "ssl/losses.h"

#include "math/logsum.h"
#include "math/random.h"
#include "math/sampler.h"
#include "tests/support.h"

/* One pair of feature arrays and what a loss makes of it. */
enum { MOST = 160 * 8 };
typedef struct sample {
    size_t n, m, d; /* x: n x d, y: m x d */
    double x[MOST], y[MOST], grad_x[MOST], grad_y[MOST], value;
} sample;

static pl_cmat view(const double *a, size_t n, size_t d) {
    return (pl_cmat){a, n, d, d};
}

static pl_status evaluate_in(pl_ctx *ctx, const pl_loss *loss, const pl_loss_params *p, sample *s) {
    pl_mat gx = {s->grad_x, s->n, s->d, s->d}, gy = {s->grad_y, s->m, s->d, s->d};
    return pl_loss_eval(ctx, loss, p, view(s->x, s->n, s->d), view(s->y, s->m, s->d), &s->value,
                        &gx, &gy);
}

static double evaluate(const char *name, const pl_loss_params *p, sample *s) {
    pl_ctx *ctx = pl_ctx_new();
    ck_assert_msg(pl_loss_find(name) != NULL, "no loss %s", name);
    ck_ok(ctx, evaluate_in(ctx, pl_loss_find(name), p, s));
    pl_ctx_free(ctx);
    return s->value;
}

static double twin(const pl_loss *loss, const pl_loss_params *p, const sample *s) {
    return pl_loss_ref(loss, p, view(s->x, s->n, s->d), view(s->y, s->m, s->d));
}

/* Pairs that resemble each other, rows of different norms; only the queue has rows of its own. */
static sample random_sample(uint64_t seed, const pl_loss *loss, size_t n, size_t d) {
    sample s = {.n = n, .m = loss->queue ? n + 3 : n, .d = d};
    pl_stream_normals((pl_stream){.seed = seed, .stream = 1}, 0, n * d, s.x);
    pl_stream_normals((pl_stream){.seed = seed, .stream = 2}, 0, s.m * d, s.y);
    for (size_t i = 0; i < n * d; i++) {
        s.y[i] = s.x[i] + 0.7 * s.y[i];
        s.x[i] *= 0.3 + (double)(i / d);
    }
    return s;
}

static const pl_loss_params odd = {.alpha = 3,
                                   .lambda = 1.7,
                                   .nu = 0.8,
                                   .t = 2.5,
                                   .p = 1.5,
                                   .sigma = 0.4,
                                   .w_align = 0.75,
                                   .w_uniform = 1.25};

static double norm(const double *a, size_t n) {
    double square = 0;
    for (size_t i = 0; i < n; i++)
        square += a[i] * a[i];
    return sqrt(square);
}

static json_t *setting(const char *of, const char *name) {
    json_t *settings = json_object_get(golden("bounds.json"), "settings");
    return json_object_get(json_object_get(settings, of), name);
}

static void read_rows(json_t *rows, double *out) {
    for (size_t i = 0; i < json_array_size(rows); i++) {
        json_t *row = json_array_get(rows, i);
        for (size_t k = 0; k < json_array_size(row); k++)
            *out++ = json_number_value(json_array_get(row, k));
    }
}

static sample golden_pair(void) {
    sample s = {.n = 4, .m = 4, .d = 3};
    read_rows(setting("golden_pair", "x"), s.x);
    read_rows(setting("golden_pair", "y"), s.y);
    return s;
}

/* All rows point the same way, with different norms. */
static sample collapsed(void) {
    sample s = {.n = 4, .m = 4, .d = 3};
    for (size_t i = 0; i < 4; i++)
        for (size_t k = 0; k < 3; k++) {
            s.x[i * 3 + k] = (double)((i + 1) * (k + 1));
            s.y[i * 3 + k] = (double)((7 - i) * (k + 1));
        }
    return s;
}

static sample tetrahedron(void) {
    sample s = {.n = 4, .m = 4, .d = 3};
    read_rows(json_object_get(setting("configurations", "tetrahedron"), "vectors"), s.x);
    memcpy(s.y, s.x, sizeof s.x);
    return s;
}

/* The golden file's names, where they differ: loss, factor 1/alpha, and `unif_v`. */
static const char *loss_of(const golden_value *g, const pl_loss_params *p, double *factor) {
    const char *name = golden_text(g, "loss", "");
    bool times = strstr(name, "_times_alpha") != NULL;
    *factor = times ? p->alpha : 1;
    if (times)
        return strncmp(name, "bcl_sym", 7) == 0 ? "bcl_sym" : "bcl";
    if (strcmp(name, "dcl") == 0 && p->lambda != 1)
        return "gntxent_g3";
    return strcmp(name, "unif_v") == 0 ? "unifv" : name;
}

static void golden_loss(const golden_value *g) {
    const char *data = golden_text(g, "data", ""), *quantity = g->quantity;
    pl_loss_params p = pl_loss_defaults;
    double factor;
    p.alpha = golden_number(g, "alpha", p.alpha);
    p.lambda = golden_number(g, "lambda", p.lambda);
    p.sigma = golden_number(g, "sigma", p.sigma);
    p.p = golden_number(g, "power", p.p);
    p.t = golden_number(g, "t", p.t);
    bool full = strcmp(golden_text(g, "weight_gradient", ""), "full") == 0;
    sample s = strcmp(data, "collapsed") == 0             ? collapsed()
               : strcmp(data, "tetrahedron_aligned") == 0 ? tetrahedron()
                                                          : golden_pair();
    const char *name = loss_of(g, &p, &factor);
    double value = factor * evaluate(name, &p, &s), all[12];
    for (size_t i = 0; i < 12; i++) {
        s.grad_x[i] *= factor;
        s.grad_y[i] *= factor;
    }
    bool of_x = strstr(quantity, "_x") != NULL;
    const double *grad = of_x ? s.grad_x : s.grad_y;
    if (strcmp(quantity, "value") == 0) {
        ck_close(value, g->number, g->tolerance);
    } else if (full) { /* DCLW's weights differentiated too: not what the loss returns */
        return;
    } else if (strstr(quantity, "_norm")) {
        ck_close(norm(grad, 12), g->number, g->tolerance);
    } else {
        read_rows(g->value, all);
        for (size_t i = 0; i < 12; i++)
            ck_assert_msg(fabs(grad[i] - all[i]) <= g->tolerance, "%s %s[%zu]: %.17g, not %.17g",
                          name, quantity, i, grad[i], all[i]);
    }
}

/* Values of the golden pair, of a collapse (identity 8) and of an aligned simplex (identity 9),
 * and full gradients, as printed. Fails if any formula, weight or factor were off. */
START_TEST(printed_values) {
    ck_assert_uint_ge(golden_each("bounds.json", "BOUNDS.LOSSES", "value", golden_loss), 26);
    ck_assert_uint_ge(golden_each("bounds.json", "BOUNDS.LOSSES", "grad_x", golden_loss), 17);
    ck_assert_uint_ge(golden_each("bounds.json", "BOUNDS.LOSSES", "grad_y", golden_loss), 17);
    ck_assert_uint_ge(golden_each("bounds.json", "BOUNDS.LOSSES", "grad_x_norm", golden_loss), 17);
    ck_assert_uint_ge(golden_each("bounds.json", "BOUNDS.LOSSES", "grad_y_norm", golden_loss), 17);
}
END_TEST

/* The printed total loss: the mean over all ordered pairs of the 5 views, own view included, of
 * lee_total with nu the least prototype norm. Fails if lambda were not divided by nu. */
static void total(const golden_value *g) {
    enum { CLASSES = 3, IMAGES = 4, VIEWS = 5, D = 4, N = CLASSES * IMAGES };
    double z[N][VIEWS][D], nu = 2, sum = 0;
    json_t *classes = setting("golden_views", "z");
    for (size_t c = 0; c < CLASSES; c++) {
        double mean[D] = {0};
        for (size_t i = 0; i < IMAGES; i++) {
            double(*image)[D] = z[c * IMAGES + i];
            read_rows(json_array_get(json_array_get(classes, c), i), image[0]);
            for (size_t t = 0; t < VIEWS * D; t++)
                mean[t % D] += image[t / D][t % D] / (IMAGES * VIEWS);
        }
        nu = fmin(nu, norm(mean, D));
    }
    pl_loss_params p = pl_loss_defaults;
    p.alpha = golden_number(g, "alpha", NAN);
    p.lambda = golden_number(g, "lambda", NAN);
    p.nu = nu;
    for (size_t a = 0; a < VIEWS; a++)
        for (size_t b = 0; b < VIEWS; b++) {
            sample s = {.n = N, .m = N, .d = D};
            for (size_t j = 0; j < N; j++) {
                memcpy(s.x + j * D, z[j][a], sizeof z[j][a]);
                memcpy(s.y + j * D, z[j][b], sizeof z[j][b]);
            }
            sum += evaluate("lee_total", &p, &s);
        }
    ck_close(sum / (VIEWS * VIEWS), g->number, g->tolerance);
}

START_TEST(printed_total_loss) {
    ck_assert_uint_eq(golden_each("bounds.json", "LEE25.TOTAL", "mean_total_loss", total), 1);
}
END_TEST

/* Every loss against its textbook twin on random inputs. Fails if the two disagree, or if a loss
 * has no twin. */
START_TEST(agrees_with_twin) {
    for (const pl_loss *loss = pl_losses; loss->name; loss++)
        for (uint64_t seed = 1; seed <= 6 * test_effort(); seed++) {
            sample s = random_sample(seed, loss, 2 + seed % 7, 1 + seed % 5 + (seed % 2));
            double want = twin(loss, &odd, &s), got = evaluate(loss->name, &odd, &s);
            ck_assert_msg(fabs(got - want) <= 1e-12 * (1 + fabs(want)),
                          "%s, seed %llu: %.17g, twin %.17g", loss->name, (unsigned long long)seed,
                          got, want);
        }
}
END_TEST

/* What is differentiated: the twin's value; for dclw with its weights held at those of `at`. */
static double differentiated(const pl_loss *loss, const pl_loss_params *p, const sample *s,
                             const sample *at) {
    if (strcmp(loss->name, "dclw") != 0)
        return twin(loss, p, s);
    double value = twin(pl_loss_find("dcl"), p, s), mean = 0, cosine[MOST], held[MOST];
    for (size_t i = 0; i < s->n; i++) {
        const sample *of[] = {s, at};
        for (size_t w = 0; w < 2; w++) {
            const double *x = of[w]->x + i * s->d, *y = of[w]->y + i * s->d;
            double dot = 0;
            for (size_t k = 0; k < s->d; k++)
                dot += x[k] * y[k];
            (w ? held : cosine)[i] = dot / (norm(x, s->d) * norm(y, s->d));
        }
        mean += exp(held[i] / p->sigma) / (double)s->n;
    }
    for (size_t i = 0; i < s->n; i++) /* -w a s+ = -a s+ + (1 - w) a s+ */
        value += (exp(held[i] / p->sigma) / mean - 1) * p->alpha * cosine[i] / (double)s->n;
    return value;
}

/* d/da by central differences of order 4, step 1e-3 of the row's norm. */
static double slope(const pl_loss *loss, const pl_loss_params *p, sample *s, double *a, double h,
                    const sample *at) {
    const double step[] = {h, -h, 2 * h, -2 * h}, weight[] = {8, -8, -1, 1}, centre = *a;
    double sum = 0;
    for (int i = 0; i < 4; i++) {
        *a = centre + step[i];
        sum += weight[i] * differentiated(loss, p, s, at);
    }
    *a = centre;
    return sum / (12 * h);
}

static void check_gradient(const pl_loss *loss, const pl_loss_params *p, uint64_t seed, size_t n) {
    sample s = random_sample(seed, loss, n, 3), moved = s;
    evaluate(loss->name, p, &s);
    for (int side = 0; side < 2; side++)
        for (size_t i = 0; i < (side ? s.m : s.n) * s.d; i++) {
            double *a = (side ? moved.y : moved.x) + i;
            double h = 1e-3 * norm((side ? s.y : s.x) + i / s.d * s.d, s.d);
            double want = slope(loss, p, &moved, a, h, &s);
            double got = (side ? s.grad_y : s.grad_x)[i];
            ck_assert_msg(fabs(got - want) * h * 1e3 <= 1e-9,
                          "%s, seed %llu: d/d%c[%zu] = %.12g, differences %.12g", loss->name,
                          (unsigned long long)seed, side ? 'y' : 'x', i, got, want);
        }
}

/* Fails if any loss's gradient were not that of its textbook formula. */
START_TEST(gradient_is_the_slope) {
    pl_loss_params p = odd;
    for (const pl_loss *loss = pl_losses; loss->name; loss++)
        for (uint64_t seed = 1; seed <= 2 * test_effort(); seed++) {
            p.p = seed % 2 ? 3 : 1.5;
            check_gradient(loss, &p, seed, 3 + seed % 3);
            check_gradient(loss, &pl_loss_defaults, seed + 100, 2);
        }
}
END_TEST

static void full_gradient(const golden_value *g) {
    if (strcmp(golden_text(g, "weight_gradient", ""), "full") != 0)
        return;
    sample s = golden_pair();
    pl_loss_params p = pl_loss_defaults;
    double want[12];
    bool of_x = strcmp(g->quantity, "grad_x") == 0;
    read_rows(g->value, want);
    const pl_loss *unheld = pl_loss_find("dclw");
    for (size_t i = 0; i < 12; i++) {
        double *a = (of_x ? s.x : s.y) + i, centre = *a, h = 1e-3, sum = 0;
        for (int k = -2; k <= 2; k++) {
            *a = centre + k * h;
            sum += (double[]){1, -8, 0, 8, -1}[k + 2] * twin(unheld, &p, &s);
        }
        *a = centre;
        ck_close(sum / (12 * h), want[i], 1e-10);
    }
}

/* The printed full gradient of dclw is that of its value: what "held constant" leaves out. Fails if
 * the weights were another function of the similarities. */
START_TEST(full_gradient_of_dclw) {
    golden_each("bounds.json", "BOUNDS.LOSSES", "grad_x", full_gradient);
    golden_each("bounds.json", "BOUNDS.LOSSES", "grad_y", full_gradient);
}
END_TEST

/* One loss at one set of parameters equals factor times another, value and gradient. */
static void same(const char *a, const pl_loss_params *pa, const char *b, const pl_loss_params *pb,
                 double factor) {
    sample s = random_sample(9, pl_loss_find(a), 6, 4), r = s;
    ck_close(evaluate(a, pa, &s), factor * evaluate(b, pb, &r), 1e-14);
    for (size_t i = 0; i < s.n * s.d; i++) {
        ck_close(s.grad_x[i], factor * r.grad_x[i], 1e-14);
        ck_close(s.grad_y[i], factor * r.grad_y[i], 1e-14);
    }
}

/* Coincidences 1, 2 and 5, and the readings of G2, G3 and the total loss. Fails if a convention
 * slid into another. */
START_TEST(coincidences) {
    pl_loss_params one = odd, over = odd;
    one.lambda = 1;
    same("bcl", &one, "infonce", &one, 1 / one.alpha);
    same("bcl_sym", &one, "infonce_sym", &one, 1 / one.alpha);
    same("gntxent", &one, "ntxent", &one, 1);
    same("gntxent_g2", &one, "ntxent", &one, 1);
    same("gntxent_g3", &one, "dcl", &one, 1);
    one.lambda = one.nu;
    same("lee_total", &one, "infonce", &one, 1 / one.alpha);
    over.lambda = odd.lambda / odd.nu;
    same("lee_total", &odd, "bcl", &over, 1);
    over.p = 2;
    same("moco_align", &over, "align", &over, 1);
    over.w_align = 0;
    same("align_uniform", &over, "unif", &over, over.w_uniform);
    over.w_align = 3;
    over.w_uniform = 0;
    same("align_uniform", &over, "align", &over, 3);
}
END_TEST

/* Coincidence 5: align(2) = 2 - 2 mean s+, s+ from the golden pair. Fails if |u - v| were halved
 * or the rows not normalised. */
START_TEST(alignment_is_mean_similarity) {
    sample s = golden_pair();
    double mean = 0;
    for (size_t i = 0; i < 4; i++) {
        const double *x = s.x + i * 3, *y = s.y + i * 3;
        mean += (x[0] * y[0] + x[1] * y[1] + x[2] * y[2]) / (norm(x, 3) * norm(y, 3)) / 4;
    }
    ck_close(evaluate("align", &pl_loss_defaults, &s), 2 - 2 * mean, 1e-14);
}
END_TEST

static void u_from_v(const golden_value *g) {
    sample s = golden_pair();
    pl_loss_params p = pl_loss_defaults;
    p.t = golden_number(g, "t", NAN);
    double v = evaluate("unifv", &p, &s), u = log((4 * exp(v) - 1) / 3);
    ck_close(u, g->number, g->tolerance);
    memcpy(s.y, s.x, sizeof s.x);
    ck_close(evaluate("unif", &p, &s), u, 1e-14);
}

/* U from V: log((B e^{L1} - 1)/(B - 1)). Fails if i = j were counted in one and not the other. */
START_TEST(unif_from_unifv) {
    ck_assert_uint_eq(golden_each("bounds.json", "BOUNDS.LOSSES", "u_from_v_statistic", u_from_v),
                      1);
}
END_TEST

/* Coincidence 7: the mean of infonce over batches of N aligned uniform points is the loss with
 * M = N - 1 independent negatives, within 5 standard errors; that of ntxent is not the one with
 * 2N - 2, because its negatives come in couples. Fails if a batch's negatives were miscounted. */
START_TEST(coincidence_7) {
    enum { N = 3, D = 3 };
    const double kappa = 4;
    size_t batches = 20000 * test_effort();
    pl_ctx *ctx = pl_ctx_new();
    pl_zonal law = {0};
    pl_loss_params p = pl_loss_defaults;
    p.alpha = kappa;
    ck_ok(ctx, pl_zonal_new(ctx, D, 0, &law));
    const char *const names[] = {"infonce", "ntxent"};
    const double negatives[] = {N - 1, 2 * N - 2};
    for (int k = 0; k < 2; k++) {
        double sum = 0, square = 0, exact;
        ck_ok(ctx, pl_logsum_mean(ctx, kappa, negatives[k], &law, 1, NULL, true, &exact));
        for (size_t b = 0; b < batches; b++) {
            sample s = {.n = N, .m = N, .d = D};
            ck_ok(ctx, pl_sample_sphere(ctx, (pl_stream){.seed = 5, .row = b * N},
                                        (pl_mat){s.x, N, D, D}));
            memcpy(s.y, s.x, N * D * sizeof *s.x);
            pl_cmat x = view(s.x, N, D);
            ck_ok(ctx, pl_loss_eval(ctx, pl_loss_find(names[k]), &p, x, x, &s.value, NULL, NULL));
            sum += s.value;
            square += s.value * s.value;
        }
        double n = (double)batches, mean = sum / n, error = sqrt((square / n - mean * mean) / n);
        double z = fabs(mean - (exact - kappa)) / error;
        ck_assert_msg(k == 0 ? z < 5 : z > 5, "%s: %.6g, independent negatives %.6g, %.2g errors",
                      names[k], mean, exact - kappa, z);
    }
    pl_zonal_free(&law);
    pl_ctx_free(ctx);
}
END_TEST

/* Identity 8 for the losses without a printed value: everything collapsed. */
START_TEST(collapse) {
    const double n = 4, a = odd.alpha, l = odd.lambda, log_n = log(n), p = l / odd.nu;
    const struct {
        const char *name;
        double value;
    } want[] = {{"infonce", log_n},
                {"infonce_sym", log_n},
                {"ntxent", log(2 * n - 1)},
                {"gntxent", a * (l - 1) + l * log(2 * n - 1)},
                {"gntxent_g2", log(1 + l * (2 * n - 2))},
                {"gntxent_g3", a * (l - 1) + l * log(2 * n - 2)},
                {"bcl", l - 1 + l / a * log_n},
                {"bcl_sym", l - 1 + l / a * log_n},
                {"dcl", log(2 * n - 2)},
                {"dcl_cross", log(n - 1)},
                {"dclw", log(2 * n - 2)},
                {"align", 0},
                {"unif", 0},
                {"unifv", 0},
                {"align_uniform", 0},
                {"lee_total", p - 1 + p / a * log_n},
                {"moco_align", 0},
                {"moco_unif", 0}};
    pl_loss_params smooth = odd;
    smooth.p = 3; /* for p < 2 the gradient is not small between rows that differ by a rounding */
    for (size_t i = 0; i < TEST_COUNT(want); i++) {
        sample s = collapsed();
        ck_close(evaluate(want[i].name, &smooth, &s), want[i].value, 2e-14);
        ck_close(norm(s.grad_x, 12) + norm(s.grad_y, 12), 0, 1e-14);
        ck_assert_str_eq(pl_losses[i].name, want[i].name); /* no loss is left out */
    }
}
END_TEST

int main(void) {
    const TTest *const tests[] = {printed_values,
                                  printed_total_loss,
                                  agrees_with_twin,
                                  gradient_is_the_slope,
                                  full_gradient_of_dclw,
                                  coincidences,
                                  alignment_is_mean_similarity,
                                  unif_from_unifv,
                                  coincidence_7,
                                  collapse};
    return test_main("ssl/losses", tests, TEST_COUNT(tests));
}
