#include "math/pairs.h"

#include <math.h>
#include <omp.h>
#include <string.h>

#include "math/pairs_tile.h"
#include "math/stats.h"

/* What a thread packs at once: a block of anchors and a block of points, both in its second-level
 * cache, so that packing costs little beside the products. */
enum { ANCHOR_BYTES = 512 << 10, POINT_BYTES = 256 << 10 };

/* Elements of a pass, or pairs, below which waking threads costs more than they save. */
enum { WORTH = 1 << 15 };

/* Exponents, in bits, that a precision bears without a shift: a tile's sum of 2^t stays finite, and
 * 2^-t normal. Beyond the last one float's similarities are no longer worth its speed. */
static const double PLAIN_F32 = 120, PLAIN_F64 = 960, SHIFTED_F32 = 1024, LARGEST = 1e300;

typedef struct job {
    const pl_pair_tile *tile;
    pl_points x, y;
    double x_down, y_down, gain; /* exponents are (x_down gain x).(y_down y) */
    bool shifted;
    ptrdiff_t skip;
    size_t anchors, points;           /* of a block, whole panels */
    size_t anchor_panel, point_panel; /* bytes */
} job;

static bool runs_here(const char *name) {
#if defined __x86_64__
    if (strcmp(name, "avx512") == 0)
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
    if (strcmp(name, "avx2") == 0)
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
    return strcmp(name, "generic") == 0;
}

/* The first that this processor runs, or the named one. */
static const pl_pair_kernel *find_kernel(const char *name) {
    static const pl_pair_kernel *const kernels[] = {
#if defined __x86_64__
        &pl_pair_avx512,
        &pl_pair_avx2,
#endif
        &pl_pair_generic
    };
    for (size_t i = 0; i < sizeof kernels / sizeof *kernels; i++)
        if ((!name || strcmp(name, kernels[i]->name) == 0) && runs_here(kernels[i]->name))
            return kernels[i];
    return NULL;
}

const char *pl_pairs_kernel(void) {
    return find_kernel(NULL)->name;
}

static double element(const pl_points *p, size_t i, size_t k) {
    size_t at = i * p->ld + k;
    return p->single ? (double)((const float *)p->data)[at] : ((const double *)p->data)[at];
}

/* |row|, safe from overflow and underflow; NAN when an element is not finite. */
static double safe_norm(const pl_points *p, size_t i) {
    double top = 0, sum = 0;
    for (size_t k = 0; k < p->cols; k++) {
        double a = fabs(element(p, i, k));
        if (!isfinite(a))
            return (double)NAN;
        top = fmax(top, a);
    }
    for (size_t k = 0; k < p->cols && top > 0; k++) {
        double a = element(p, i, k) / top;
        sum += a * a;
    }
    return top * sqrt(sum);
}

static double row_norm(const pl_pair_kernel *kernel, const pl_points *p, size_t i) {
    double square = p->single ? kernel->f32.square((const float *)p->data + i * p->ld, p->cols)
                              : kernel->f64.square((const double *)p->data + i * p->ld, p->cols);
    double least = p->single ? 1e-30 : 1e-290, most = p->single ? 1e30 : 1e290;
    return square > least && square < most ? sqrt(square) : safe_norm(p, i);
}

static pl_status largest_norm(pl_ctx *ctx, const pl_pair_kernel *kernel, const pl_points *p,
                              const char *what, double *out) {
    double largest = 0;
    size_t bad = SIZE_MAX;
    int threads = p->rows > WORTH / p->cols ? pl_threads(ctx) : 1;
#pragma omp parallel for num_threads(threads) reduction(max : largest) reduction(min : bad)
    for (size_t i = 0; i < p->rows; i++) {
        double norm = row_norm(kernel, p, i);
        if (isnan(norm))
            bad = i < bad ? i : bad;
        else
            largest = norm > largest ? norm : largest;
    }
    if (bad != SIZE_MAX)
        return pl_fail(ctx, PL_EDOMAIN,
                       "%s %zu of a log-sum over pairs holds a number that is not "
                       "finite; clean the features first",
                       what, bad);
    *out = largest;
    return PL_OK;
}

/* The power of two that brings a norm near 1, kept where its inverse is a double. */
static int power_of(double norm) {
    int power;
    frexp(norm, &power);
    return norm > 0 && power > -1000 ? power : -1000;
}

/* Chooses the precision and whether the exponents need a shift, from |t| <= bound, where
 * t = log2(e) scale x.y. Both points are brought near norm 1 by powers of two, so that nothing but
 * the bound itself can be too large. */
static pl_status plan(pl_ctx *ctx, const pl_pair_kernel *kernel, double scale, double x_norm,
                      double y_norm, job *out) {
    int x_power = power_of(x_norm), y_power = power_of(y_norm);
    double gain = ldexp(scale, x_power + y_power) * M_LOG2E;
    double bound = fabs(gain) * ldexp(x_norm, -x_power) * ldexp(y_norm, -y_power);
    if (!(bound <= LARGEST))
        return pl_fail(ctx, PL_EDOMAIN,
                       "scale %g with norms up to %g and %g gives similarities "
                       "beyond what a double holds; normalise the features",
                       scale, x_norm, y_norm);
    bool single = out->x.single && out->y.single && bound <= SHIFTED_F32;
    out->tile = single ? &kernel->f32 : &kernel->f64;
    out->shifted = bound > (single ? PLAIN_F32 : PLAIN_F64);
    out->x_down = ldexp(1, -x_power);
    out->y_down = ldexp(1, -y_power);
    out->gain = gain;
    return PL_OK;
}

static size_t up_to(size_t n, size_t multiple) {
    return (n + multiple - 1) / multiple * multiple;
}

/* As many whole panels as fit in `bytes`, at least one, no more than n points need. */
static size_t fitting(size_t bytes, size_t panel, size_t width, size_t n) {
    size_t panels = bytes / panel > 1 ? bytes / panel : 1;
    return panels * width < n ? panels * width : up_to(n, width);
}

/* Blocks of anchors are alike and their number is a multiple of the threads; blocks of points,
 * which the order of the sums depends on, know nothing of threads. */
static void cut(job *w, size_t threads) {
    const pl_pair_tile *tile = w->tile;
    w->anchor_panel = w->x.cols * tile->lanes * tile->size;
    w->point_panel = w->x.cols * tile->rows * tile->size;
    w->points = fitting(POINT_BYTES, w->point_panel, tile->rows, w->y.rows);
    w->anchors = fitting(ANCHOR_BYTES, w->anchor_panel, tile->lanes, w->x.rows);
    size_t blocks = up_to((w->x.rows + w->anchors - 1) / w->anchors, threads);
    w->anchors = up_to((w->x.rows + blocks - 1) / blocks, tile->lanes);
}

/* A thread's own memory, for one block of each kind. */
typedef struct space {
    char *anchors, *points;
    double *shift, *total;
} space;

static size_t pack(const job *w, const pl_points *p, size_t first, size_t count, double down,
                   double gain, size_t width, size_t panel, char *to) {
    for (size_t i = 0; i < count; i += width, to += panel)
        w->tile->pack(p, first + i, count - i < width ? count - i : width, down, gain, width, to);
    return up_to(count, width);
}

/* Which point of the block that starts at `point` the anchor is not paired with; far off: none. */
static ptrdiff_t hole(const job *w, size_t anchor, size_t point) {
    const ptrdiff_t none = PTRDIFF_MAX / 2;
    if (w->skip <= -(ptrdiff_t)w->x.rows || w->skip >= (ptrdiff_t)w->y.rows)
        return none;
    return (ptrdiff_t)anchor + w->skip - (ptrdiff_t)point;
}

static void run_block(const job *w, size_t first, size_t count, const space *s, double *out) {
    const pl_pair_tile *tile = w->tile;
    size_t d = w->x.cols, lanes = tile->lanes;
    size_t padded =
        pack(w, &w->x, first, count, w->x_down, w->gain, lanes, w->anchor_panel, s->anchors);
    for (size_t i = 0; i < padded; i++) {
        s->shift[i] = w->shifted ? tile->unseen : 0;
        s->total[i] = 0;
    }
    for (size_t j = 0; j < w->y.rows; j += w->points) {
        size_t n = w->y.rows - j < w->points ? w->y.rows - j : w->points;
        pack(w, &w->y, j, n, w->y_down, 1, tile->rows, w->point_panel, s->points);
        for (size_t i = 0; i < padded; i += lanes)
            tile->sum(d, s->anchors + i / lanes * w->anchor_panel, s->points, n,
                      hole(w, first + i, j), w->shifted, s->shift + i, s->total + i);
    }
    for (size_t i = 0; i < count; i++)
        out[first + i] = M_LN2 * s->shift[i] + log(s->total[i]);
}

static pl_status run(pl_ctx *ctx, job *w, double *out) {
    pl_status status = PL_OK;
    size_t panels = (w->x.rows + w->tile->lanes - 1) / w->tile->lanes;
    size_t threads = (size_t)pl_threads(ctx) < panels ? (size_t)pl_threads(ctx) : panels;
    if ((double)w->x.rows * (double)w->y.rows < (double)WORTH)
        threads = 1;
    space *spaces = NULL;
    cut(w, threads);
    PL_NEW(ctx, spaces, threads);
    for (size_t t = 0; t < threads; t++) {
        PL_NEW(ctx, spaces[t].anchors, w->anchors / w->tile->lanes * w->anchor_panel);
        PL_NEW(ctx, spaces[t].points, w->points / w->tile->rows * w->point_panel);
        PL_NEW(ctx, spaces[t].shift, w->anchors);
        PL_NEW(ctx, spaces[t].total, w->anchors);
    }
#pragma omp parallel for num_threads((int)threads) schedule(dynamic, 1)
    for (size_t i = 0; i < w->x.rows; i += w->anchors) {
        size_t count = w->x.rows - i < w->anchors ? w->x.rows - i : w->anchors;
        run_block(w, i, count, &spaces[omp_get_thread_num()], out);
    }
done:
    for (size_t t = 0; spaces && t < threads; t++) {
        pl_free(spaces[t].anchors);
        pl_free(spaces[t].points);
        pl_free(spaces[t].shift);
        pl_free(spaces[t].total);
    }
    pl_free(spaces);
    return status;
}

pl_status pl_pairs_logsum_on(pl_ctx *ctx, const char *kernel_name, pl_points x, pl_points y,
                             double scale, ptrdiff_t skip, double *out) {
    pl_status status;
    const pl_pair_kernel *kernel = find_kernel(kernel_name);
    job w = {.x = x, .y = y, .skip = skip};
    double x_norm, y_norm;
    size_t bytes;
    if (!kernel)
        return pl_fail(ctx, PL_EUSAGE, "no pair kernel %s on this processor; it runs %s",
                       kernel_name, pl_pairs_kernel());
    if (x.cols != y.cols)
        return pl_fail(ctx, PL_ESHAPE, "anchors of dimension %zu with points of dimension %zu",
                       x.cols, y.cols);
    if (x.rows == 0 || y.rows == 0 || x.cols == 0)
        return pl_fail(ctx, PL_ESHAPE,
                       "%zu anchors with %zu points of dimension %zu: nothing to "
                       "sum",
                       x.rows, y.rows, x.cols);
    if (!pl_size_mul(x.cols, PL_PAIR_LANES * sizeof(double), &bytes))
        return pl_fail(ctx, PL_ESHAPE, "points of dimension %zu are too long", x.cols);
    if (!isfinite(scale))
        return pl_fail(ctx, PL_EDOMAIN,
                       "the scale of a log-sum over pairs is %g; it must be "
                       "finite",
                       scale);
    PL_TRY(largest_norm(ctx, kernel, &x, "anchor", &x_norm));
    PL_TRY(largest_norm(ctx, kernel, &y, "point", &y_norm));
    PL_TRY(plan(ctx, kernel, scale, x_norm, y_norm, &w));
    PL_TRY(run(ctx, &w, out));
done:
    return status;
}

pl_status pl_pairs_logsum(pl_ctx *ctx, pl_points x, pl_points y, double scale, ptrdiff_t skip,
                          double *out) {
    return pl_pairs_logsum_on(ctx, pl_pairs_kernel(), x, y, scale, skip, out);
}

pl_status pl_pairs_logsum_mean(pl_ctx *ctx, pl_points x, pl_points y, double scale, ptrdiff_t skip,
                               double *mean) {
    pl_status status = PL_OK;
    double *each = NULL;
    PL_NEW(ctx, each, x.rows);
    PL_TRY(pl_pairs_logsum(ctx, x, y, scale, skip, each));
    *mean = pl_mean(each, x.rows);
done:
    pl_free(each);
    return status;
}

static double similarity(const pl_points *x, const pl_points *y, size_t i, size_t j) {
    double s = 0;
    for (size_t k = 0; k < x->cols; k++)
        s += element(x, i, k) * element(y, j, k);
    return s;
}

void pl_pairs_logsum_ref(pl_points x, pl_points y, double scale, ptrdiff_t skip, double *out) {
    for (size_t i = 0; i < x.rows; i++) {
        double top = -(double)INFINITY, sum = 0;
        for (size_t j = 0; j < y.rows; j++)
            if ((ptrdiff_t)j != (ptrdiff_t)i + skip)
                top = fmax(top, scale * similarity(&x, &y, i, j));
        for (size_t j = 0; j < y.rows; j++)
            if ((ptrdiff_t)j != (ptrdiff_t)i + skip)
                sum += exp(scale * similarity(&x, &y, i, j) - top);
        out[i] = top + log(sum);
    }
}
