#include "bounds/search.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/npy.h"

enum { RESTARTS = 60, MOVES = 3000, POLISH = 1500, MOST_TIMES = 4000 };

/* A violation that is kept while the set shrinks: far above rounding. */
static const double CLEAR = 1e-2;
static const double GRIDS[] = {0.5, 0.25, 0.1, 0.05, 0.01};

/* Words of one stream in order. */
typedef struct source {
    pl_stream stream;
    uint64_t next;
} source;

static double uniform(source *s) {
    return pl_stream_open_uniform(s->stream, s->next++);
}

static double normal(source *s) {
    return pl_stream_normal(s->stream, s->next++);
}

static size_t below(source *s, size_t n) {
    return (size_t)pl_stream_below(s->stream, s->next++, n);
}

static void normalise(double *z, size_t d) {
    double square = 0;
    for (size_t j = 0; j < d; j++)
        square += z[j] * z[j];
    for (size_t j = 0; j < d; j++)
        z[j] /= sqrt(square);
}

static size_t class_size(const candidate *c, size_t y) {
    size_t size = 0;
    for (size_t i = 0; i < c->images; i++)
        size += c->label[i] == y ? c->times[i] : 0;
    return size;
}

static size_t rows(const candidate *c) {
    size_t n = 0;
    for (size_t i = 0; i < c->images; i++)
        n += c->times[i] * c->views;
    return n;
}

/* Balanced classes, where they are kept: the last image of each class makes up the difference. */
static bool balance(candidate *c) {
    size_t most = 0;
    for (size_t y = 0; y < c->classes; y++)
        most = class_size(c, y) > most ? class_size(c, y) : most;
    for (size_t y = 0; y < c->classes; y++) {
        size_t last = SIZE_MAX;
        for (size_t i = 1; i < c->images; i++) /* the anchor's image stays single */
            last = c->label[i] == y ? i : last;
        if (last == SIZE_MAX)
            return class_size(c, y) == most;
        c->times[last] += most - class_size(c, y);
    }
    return true;
}

/* The candidate with its kept hypotheses restored, and its gap. */
static double settle(const search_problem *p, candidate *c) {
    for (size_t y = 0; y < c->classes; y++)
        if (class_size(c, y) == 0)
            return INFINITY;
    if (p->balanced && !balance(c))
        return INFINITY;
    for (size_t i = 0; i < c->images; i++)
        if (c->times[i] > MOST_TIMES)
            return INFINITY;
    for (size_t r = 0; p->unit && r < c->images * c->views; r++)
        normalise(c->z + r * c->dim, c->dim);
    double gap = p->gap(p, c);
    return isnan(gap) ? (double)INFINITY : gap;
}

static void start(const search_problem *p, source *s, candidate *c) {
    *c = (candidate){.images = p->images, .views = p->views, .dim = p->dim, .classes = p->classes};
    for (size_t i = 0; i < c->images; i++) {
        c->label[i] = i % c->classes;
        c->times[i] = 1;
        if (i > 0 && p->most_times > 1) /* log-uniform */
            c->times[i] = (size_t)ceil(pow((double)p->most_times, uniform(s)));
    }
    for (size_t k = 0; k < c->images * c->views * c->dim; k++)
        c->z[k] = normal(s);
}

/* One move: a row is shifted, or an image's multiplicity scaled. */
static void move(source *s, bool multiplicities, double step, candidate *c) {
    if (multiplicities && c->images > 1 && uniform(s) < 0.3) {
        size_t i = 1 + below(s, c->images - 1);
        c->times[i] = (size_t)fmax(1, round((double)c->times[i] * exp(step * normal(s))));
        return;
    }
    double *z = c->z + below(s, c->images * c->views) * c->dim;
    for (size_t j = 0; j < c->dim; j++)
        z[j] += step * normal(s);
}

/* Moves that lower the gap are kept, until it lies below `enough`; the step follows their
 * success. */
static double descend(const search_problem *p, source *s, size_t moves, bool multiplicities,
                      double enough, candidate *c) {
    double best = settle(p, c), step = 0.5;
    for (size_t k = 0; k < moves && best > enough; k++) {
        candidate next = *c;
        move(s, multiplicities, step, &next);
        double gap = settle(p, &next);
        bool better = gap < best;
        if (better) {
            best = gap;
            *c = next;
        }
        step = fmin(1, fmax(1e-3, step * (better ? 1.5 : 0.97)));
    }
    return best;
}

static void drop_image(candidate *c, size_t i) {
    size_t block = c->views * c->dim;
    for (size_t k = i; k + 1 < c->images; k++) {
        c->label[k] = c->label[k + 1];
        c->times[k] = c->times[k + 1];
        memcpy(c->z + k * block, c->z + (k + 1) * block, block * sizeof *c->z);
    }
    c->images--;
}

static void drop_view(candidate *c, size_t view) {
    candidate old = *c;
    size_t to = 0;
    for (size_t r = 0; r < old.images * old.views; r++)
        if (r % old.views != view)
            memcpy(c->z + to++ * c->dim, old.z + r * c->dim, c->dim * sizeof *c->z);
    c->views--;
}

static void drop_dimension(candidate *c) {
    size_t d = c->dim;
    for (size_t r = 0; r < c->images * c->views; r++)
        memmove(c->z + r * (d - 1), c->z + r * d, (d - 1) * sizeof *c->z);
    c->dim--;
}

/* A smaller set is kept when it still violates clearly, after a descent of its own at fixed
 * multiplicities. */
static bool try_smaller(const search_problem *p, source *s, candidate *c, candidate smaller) {
    if (descend(p, s, POLISH, false, -CLEAR, &smaller) > -CLEAR || rows(&smaller) > rows(c) ||
        (rows(&smaller) == rows(c) && smaller.dim >= c->dim))
        return false;
    *c = smaller;
    return true;
}

/* Everything that can be taken away, once: true when something was. */
static bool shrink_once(const search_problem *p, source *s, candidate *c) {
    for (size_t i = 1; i < c->images; i++) {
        candidate next = *c;
        drop_image(&next, i);
        if (try_smaller(p, s, c, next))
            return true;
    }
    for (size_t i = 1; i < c->images; i++) /* two, so that classes can stay balanced */
        for (size_t j = i + 1; j < c->images; j++) {
            candidate next = *c;
            drop_image(&next, j);
            drop_image(&next, i);
            if (try_smaller(p, s, c, next))
                return true;
        }
    for (size_t t = 1; t < c->views; t++) {
        candidate next = *c;
        drop_view(&next, t);
        if (try_smaller(p, s, c, next))
            return true;
    }
    if (c->dim > 2) {
        candidate next = *c;
        drop_dimension(&next);
        if (try_smaller(p, s, c, next))
            return true;
    }
    for (double factor = 0.5; factor < 0.99; factor = (1 + factor) / 2) /* all images, or one */
        for (size_t one = 0; one < c->images; one++) {
            candidate next = *c;
            for (size_t i = 1; i < c->images; i++)
                if (one == 0 || one == i)
                    next.times[i] = (size_t)fmax(1, floor(factor * (double)c->times[i]));
            if (rows(&next) < rows(c) && try_smaller(p, s, c, next))
                return true;
        }
    return false;
}

/* Round coordinates, as coarse as the violation allows: a set that can be read. */
static void round_off(const search_problem *p, candidate *c) {
    for (size_t k = 0; k < c->images * c->views * c->dim; k++)
        for (size_t g = 0; g < sizeof GRIDS / sizeof *GRIDS; g++) {
            candidate next = *c;
            next.z[k] = GRIDS[g] * round(c->z[k] / GRIDS[g]) + 0.0; /* no -0 */
            if (settle(p, &next) <= -CLEAR && rows(&next) <= rows(c)) {
                *c = next;
                break;
            }
        }
}

/* Turns the set so that the anchor is e1: similarities and norms stay as they are. */
static void turn(candidate *c) {
    double a[SEARCH_MOST_DIM] = {0}, axis[SEARCH_MOST_DIM] = {0}, square = 0;
    memcpy(a, c->z, c->dim * sizeof *a);
    normalise(a, c->dim);
    for (size_t j = 0; j < c->dim; j++) {
        axis[j] = a[j] - (j == 0);
        square += axis[j] * axis[j];
    }
    if (square < 1e-24)
        return;
    for (size_t r = 0; r < c->images * c->views; r++) { /* the reflection that swaps a and e1 */
        double *z = c->z + r * c->dim, along = 0;
        for (size_t j = 0; j < c->dim; j++)
            along += 2 * z[j] * axis[j] / square;
        for (size_t j = 0; j < c->dim; j++)
            z[j] -= along * axis[j];
    }
}

static pl_status expand(pl_ctx *ctx, const candidate *c, view_data *out) {
    pl_status status = PL_OK;
    size_t images = rows(c) / c->views, block = c->views * c->dim, row = 0;
    view_data v = {.anchor_only = 0, .alpha = (double)NAN, .nu = (double)NAN};
    PL_NEW(ctx, v.z, images * block);
    PL_NEW(ctx, v.label, images);
    for (size_t i = 0; i < c->images; i++)
        for (size_t k = 0; k < c->times[i]; k++, row++) {
            memcpy(v.z + row * block, c->z + i * block, block * sizeof *v.z);
            v.label[row] = c->label[i];
        }
    v.views =
        (pl_views){{v.z, images * c->views, c->dim, c->dim}, images, c->views, v.label, c->classes};
    *out = v;
    v = (view_data){0};
done:
    view_data_free(&v);
    return status;
}

pl_status search_violation(pl_ctx *ctx, const search_problem *p, uint64_t seed, view_data *out,
                           double *gap) {
    candidate best = {0};
    double least = INFINITY;
    for (uint64_t k = 0; k < RESTARTS; k++) {
        source s = {{seed, 40, k}, 0};
        candidate c;
        start(p, &s, &c);
        double found = descend(p, &s, MOVES, p->most_times > 1, -INFINITY, &c);
        if (found < least) {
            least = found;
            best = c;
        }
    }
    if (!(least < -CLEAR))
        return pl_fail(
            ctx, PL_ENOCONV,
            "no set violates the bound by %g without '%s': the least gap of %d starts is "
            "%.3g; try %s",
            CLEAR, p->hypothesis, RESTARTS, least, p->remedy);
    source s = {{seed, 41, 0}, 0};
    while (shrink_once(p, &s, &best))
        continue;
    descend(p, &s, MOVES, false, -INFINITY, &best);
    turn(&best);
    round_off(p, &best);
    *gap = settle(p, &best);
    return expand(ctx, &best, out);
}

/* "dir/ce.npy" -> "dir/ce-labels.npy" */
static void labels_path(const char *path, char out[1024]) {
    size_t n = strlen(path);
    if (n > 4 && strcmp(path + n - 4, ".npy") == 0)
        n -= 4;
    snprintf(out, 1024, "%.*s-labels.npy", (int)(n < 1000 ? n : 1000), path);
}

static pl_status save(pl_ctx *ctx, const view_data *v, const char *path) {
    pl_status status;
    pl_array z = {0}, y = {0};
    char labels[1024];
    const pl_views *s = &v->views;
    PL_TRY(pl_array_new(ctx, PL_F64, 3, (size_t[]){s->images, s->views, s->z.cols}, &z));
    memcpy(z.data, v->z, z.count * sizeof(double));
    PL_TRY(pl_npy_write(ctx, path, &z));
    if (s->classes < 2) /* one class: nothing needs its labels */
        goto done;
    PL_TRY(pl_array_new(ctx, PL_I64, 1, (size_t[]){s->images}, &y));
    for (size_t i = 0; i < s->images; i++)
        ((int64_t *)y.data)[i] = (int64_t)v->label[i];
    labels_path(path, labels);
    PL_TRY(pl_npy_write(ctx, labels, &y));
done:
    pl_array_free(&z);
    pl_array_free(&y);
    return status;
}

/* "class 0: (1, 0) (-1, 0) x 499": equal images in a row are said once. */
static void print_images(const view_data *v, pl_text *out) {
    const pl_views *s = &v->views;
    size_t block = s->views * s->z.cols;
    for (size_t i = 0, same; i < s->images; i += same) {
        for (same = 1;
             i + same < s->images && v->label[i + same] == v->label[i] &&
             memcmp(v->z + (i + same) * block, v->z + i * block, block * sizeof *v->z) == 0;
             same++)
            continue;
        pl_text_printf(out, "%sclass %zu:", i ? "; " : "", v->label[i]);
        for (size_t t = 0; t < s->views; t++)
            for (size_t j = 0; j < s->z.cols; j++)
                pl_text_printf(out, "%s%.6g%s", j ? ", " : " (",
                               v->z[i * block + t * s->z.cols + j] + 0.0,
                               j + 1 == s->z.cols ? ")" : "");
        if (same > 1)
            pl_text_printf(out, " x %zu", same);
    }
}

static pl_status report(pl_ctx *ctx, const view_data *v, double gap) {
    pl_text text = {0};
    print_images(v, &text);
    pl_status status = pl_text_status(ctx, &text);
    if (status == PL_OK)
        pl_warn(
            ctx,
            "smallest example: %zu image%s of %zu view%s, the bound violated by %.4g, the anchor "
            "first: %s",
            v->views.images, v->views.images == 1 ? "" : "s", v->views.views,
            v->views.views == 1 ? "" : "s", -gap, pl_text_get(&text));
    pl_text_free(&text);
    return status;
}

pl_status search_views(pl_ctx *ctx, const pl_options *o, const search_problem *problem,
                       const char *program, view_data *out) {
    pl_status status;
    view_data v = {0};
    double gap;
    char labels[1024];
    const char *path = pl_option_text(o, "save");
    if (pl_option_has(o, "features"))
        return pl_fail(ctx, PL_EUSAGE, "--search makes its own features; leave --features out");
    PL_TRY(search_violation(ctx, problem, pl_option_seed(o, "seed"), &v, &gap));
    PL_TRY(report(ctx, &v, gap));
    if (path) {
        PL_TRY(save(ctx, &v, path));
        *labels = '\0';
        if (v.views.classes > 1)
            labels_path(path, labels);
        pl_warn(ctx, "saved: plumb measure and plumb bounds %s %s%s%s read it%s", program, path,
                *labels ? " " : "", labels,
                problem->unit ? "" : " only with --normalize, which restores the hypothesis");
    }
    *out = v;
    v = (view_data){0};
done:
    view_data_free(&v);
    return status;
}

pl_status search_options_check(pl_ctx *ctx, const pl_options *o) {
    if (pl_option_has(o, "save") && !pl_option_has(o, "search"))
        return pl_fail(ctx, PL_EUSAGE, "--save writes what --search finds; name a hypothesis");
    return PL_OK;
}
