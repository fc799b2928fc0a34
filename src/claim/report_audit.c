/* The page of an audit (plumb measure --report): in words what is healthy and what is not, the
 * plane of alignment and uniformity, the gaps, the spectrum, every number. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "claim/html.h"
#include "claim/output.h"
#include "claim/report.h"
#include "math/sphere.h"
#include "math/zonal.h"

/* ---- the table, by name ---------------------------------------------------------------------- */

enum { QUANTITY, VALUE, LOW, HIGH, LEAST, MOST, MEANING };

static size_t row_of(const pl_table *t, const char *name) {
    for (size_t r = 0; r < pl_table_rows(t); r++)
        if (strcmp(pl_table_word(t, r, QUANTITY), name) == 0)
            return r;
    return SIZE_MAX;
}

/* NAN: not measured. */
static double value_of(const pl_table *t, const char *name) {
    size_t r = row_of(t, name);
    return r == SIZE_MAX ? (double)NAN : pl_table_at(t, r, VALUE);
}

static double size_of(const pl_table *t, const char *name) {
    double v = NAN;
    (void)pl_table_lookup(t, name, &v);
    return v;
}

/* ---- in words -------------------------------------------------------------------------------- */

typedef enum health { HEALTHY, WATCH, UNHEALTHY } health;

static void say(pl_text *out, health h, const char *what, const char *why) {
    static const char *const tones[] = {"good", "warn", "bad"};
    static const char *const words[] = {"healthy", "look at this", "not healthy"};
    pl_text_printf(out, "<p class=\"box %s\"><b class=\"%s\">%s</b> \u00b7 ", tones[h], tones[h],
                   words[h]);
    pl_html_text(what, out);
    pl_text_add(out, ". ");
    pl_html_text(why, out);
    pl_text_add(out, "</p>\n");
}

static void say_text(pl_text *out, health h, pl_text *what, const char *why) {
    say(out, h, pl_text_get(what), why);
    out->failed = out->failed || what->failed;
    pl_text_free(what);
}

/* Shares of the reference law's value at which the words change: conventions of this page, not
 * theorems, and said on it. */
static const double COLLAPSED = 0.1, SPREAD = 0.8;

static void judge_uniformity(const pl_table *t, pl_text *out) {
    double u = value_of(t, "uniformity"), law = value_of(t, "uniform_law"), share = u / law;
    pl_text what = {0};
    if (!(fabs(law) > 0) || isnan(share))
        return;
    pl_text_printf(&what, "Uniformity is %.4g, %.0f %% of the uniform law's %.4g", u, 100 * share,
                   law);
    if (share < COLLAPSED)
        say_text(out, UNHEALTHY, &what, "The features are collapsed: nearly one point.");
    else if (share < SPREAD)
        say_text(out, WATCH, &what, "The features leave a part of the sphere unused.");
    else
        say_text(out, HEALTHY, &what, "The features spread over the sphere.");
}

/* Against strangers: two images' mean squared distance is at most 2 (plus 2/(n-1)). */
static void judge_alignment(const pl_table *t, pl_text *out) {
    double a = value_of(t, "alignment_2");
    pl_text what = {0};
    if (isnan(a))
        return;
    pl_text_printf(&what, "Two views of an image are %.3g apart in squared distance, on average",
                   a);
    if (a < 0.5)
        say_text(out, HEALTHY, &what, "Unrelated directions would be 2 apart: views are close.");
    else if (a < 1.2)
        say_text(out, WATCH, &what, "Unrelated directions would be 2 apart: views are loose.");
    else
        say_text(out, UNHEALTHY, &what,
                 "Unrelated directions would be 2 apart: views hardly know their image.");
}

static void judge_spectrum(const pl_table *t, pl_text *out) {
    double share = value_of(t, "effective_rank_share"), rank = value_of(t, "effective_rank");
    pl_text what = {0};
    if (isnan(share))
        return;
    pl_text_printf(&what, "The effective rank is %.3g, %.0f %% of what is possible", rank,
                   100 * share);
    if (share < 0.05)
        say_text(out, UNHEALTHY, &what, "Few directions carry all variance: dimensional collapse.");
    else if (share < 0.25)
        say_text(out, WATCH, &what, "Most directions carry little variance.");
    else
        say_text(out, HEALTHY, &what, "Variance is spread over many directions.");
}

static void judge_attraction(const pl_table *t, pl_text *out) {
    double rate = value_of(t, "attraction_violations"), gap = value_of(t, "attraction_gap");
    pl_text what = {0};
    if (isnan(rate))
        return;
    pl_text_printf(&what,
                   "The attraction bound fails at %.3g %% of the anchors; its mean gap is "
                   "%.3g",
                   100 * rate, gap);
    if (rate > 0.01)
        say_text(out, WATCH, &what,
                 "Those anchors have views that point away from them: the bound's hypothesis, a "
                 "mean similarity that is not negative, is not met there.");
    else
        say_text(out, HEALTHY, &what,
                 "Its hypothesis, a mean similarity that is not negative, is met.");
}

static void judge_repulsion(const pl_table *t, pl_text *out) {
    double margin = value_of(t, "margin"), rate = value_of(t, "repulsion_violations");
    pl_text what = {0};
    if (isnan(margin))
        return;
    pl_text_printf(&what,
                   "The margin by which the own class's prototype is nearer than the best "
                   "other is %.3g on average; the repulsion bound fails at %.3g %%",
                   margin, 100 * rate);
    if (margin <= 0)
        say_text(out, UNHEALTHY, &what,
                 "The classes are not apart: on average another class's prototype is nearer.");
    else if (margin < 0.1)
        say_text(out, WATCH, &what, "The classes are hardly apart.");
    else
        say_text(out, HEALTHY, &what, "The classes stand apart.");
}

static void in_words(const pl_table *t, pl_text *out) {
    pl_text_add(out, "<section id=\"words\">\n<h2>In words</h2>\n");
    judge_uniformity(t, out);
    judge_alignment(t, out);
    judge_spectrum(t, out);
    judge_attraction(t, out);
    judge_repulsion(t, out);
    pl_text_add(out, "<p class=\"soft\">Where the words change (10 % and 80 % of the uniform law; "
                     "0.5 and 1.2 of squared distance; 5 % and 25 % of the rank; 1 % of the "
                     "anchors; a margin of 0 and 0.1) is a convention of this page. The numbers "
                     "below are what was measured.</p>\n</section>\n");
}

/* ---- drawing --------------------------------------------------------------------------------- */

typedef struct axes {
    pl_text *out;
    double x0, x1, y0, y1; /* data at the frame's edges */
} axes;

enum { WIDTH = 640, HEIGHT = 400, LEFT = 64, RIGHT = 16, TOP = 16, BOTTOM = 48 };

static double px(const axes *a, double x) {
    return LEFT + (x - a->x0) / (a->x1 - a->x0) * (WIDTH - LEFT - RIGHT);
}

static double py(const axes *a, double y) {
    return HEIGHT - BOTTOM - (y - a->y0) / (a->y1 - a->y0) * (HEIGHT - TOP - BOTTOM);
}

/* 1, 2 or 5 times a power of ten: some four to eight tics on the range. */
static double nice_step(double range) {
    double power = pow(10, floor(log10(range / 4))), share = range / 4 / power;
    return power * (share >= 5 ? 5 : share >= 2 ? 2 : 1);
}

static void open_svg(const axes *a, const char *says, const char *xlabel, const char *ylabel) {
    pl_text_printf(a->out,
                   "<figure><svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\" "
                   "font-size=\"13\" fill=\"currentColor\">\n",
                   WIDTH, HEIGHT, says);
    pl_text_printf(a->out, "<path d=\"M%d %dV%dH%d\" fill=\"none\" stroke=\"currentColor\"/>\n",
                   LEFT, TOP, HEIGHT - BOTTOM, WIDTH - RIGHT);
    double step = nice_step(a->x1 - a->x0);
    for (double x = step * ceil(a->x0 / step); x <= a->x1; x += step)
        pl_text_printf(a->out, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.3g</text>\n",
                       px(a, x), HEIGHT - BOTTOM + 18, fabs(x) < step / 2 ? 0 : x);
    step = nice_step(a->y1 - a->y0);
    for (double y = step * ceil(a->y0 / step); y <= a->y1; y += step)
        pl_text_printf(a->out, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.3g</text>\n",
                       LEFT - 6, py(a, y) + 4, fabs(y) < step / 2 ? 0 : y);
    pl_text_printf(a->out,
                   "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>"
                   "<text transform=\"translate(14 %d) rotate(-90)\" text-anchor=\"middle\">%s"
                   "</text>\n",
                   (WIDTH + LEFT) / 2, HEIGHT - 10, xlabel, (HEIGHT - BOTTOM) / 2, ylabel);
}

static void close_svg(const axes *a, const char *caption) {
    pl_text_printf(a->out, "</svg><figcaption>%s</figcaption></figure>\n", caption);
}

enum { ABOVE, BELOW, OURS };

/* kind: a reference labelled above or below, or what was measured. */
static void point(const axes *a, double x, double y, int kind, const char *label, bool left) {
    pl_text_printf(a->out,
                   "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"5\" stroke=\"var(--mark)\" "
                   "stroke-width=\"2\" fill=\"%s\"/><text x=\"%.1f\" y=\"%.1f\"%s>%s</text>\n",
                   px(a, x), py(a, y), kind == OURS ? "var(--mark)" : "none",
                   px(a, x) + (left ? -10 : 10), py(a, y) + (kind == BELOW ? 18 : -8),
                   left ? " text-anchor=\"end\"" : "", label);
}

/* ---- the plane ------------------------------------------------------------------------------- */

typedef struct potential {
    double d, t, kappa;
} potential;

/* E_{v~vMF} e^{-t|u-v|^2} for u.mu = s: e^{-2t} c(|kappa mu + 2t u|) / c(kappa). */
static double potential_at(double s, const void *arg) {
    const potential *p = arg;
    double sum = sqrt(p->kappa * p->kappa + 4 * p->t * p->t + 4 * p->t * p->kappa * s);
    return exp(pl_log_c(p->d, sum) - pl_log_c(p->d, p->kappa) - 2 * p->t);
}

/* Two independent directions of a vMF law: views that know nothing of their image. The polyline
 * runs from the uniform law, (2, U), to the collapsed one, (0, 0). */
static pl_status stranger_curve(pl_ctx *ctx, const axes *a, size_t d, double t) {
    enum { POINTS = 25 };
    pl_status status = PL_OK;
    pl_zonal law = {0};
    pl_text path = {0};
    for (int k = 0; k < POINTS; k++) {
        const potential p = {(double)d, t, (double)d * pow(10, -1.5 + 4.0 * k / (POINTS - 1))};
        PL_TRY(pl_zonal_new(ctx, d, p.kappa, &law));
        double resultant = pl_resultant(p.d, p.kappa);
        double u = log(pl_zonal_mean(&law, potential_at, &p));
        pl_text_printf(&path, "%.1f,%.1f ", px(a, 2 - 2 * resultant * resultant), py(a, u));
        pl_zonal_free(&law);
    }
    PL_TRY(pl_text_status(ctx, &path));
    pl_text_printf(a->out,
                   "<polyline points=\"%s\" fill=\"none\" stroke=\"var(--bad)\" stroke-width=\"2\" "
                   "stroke-dasharray=\"6 4\"/>\n",
                   path.s);
done:
    pl_zonal_free(&law);
    pl_text_free(&path);
    return status;
}

static pl_status plane(pl_ctx *ctx, const pl_table *t, double scale, pl_text *out) {
    double align = value_of(t, "alignment_2"), u = value_of(t, "uniformity");
    double law = value_of(t, "uniform_law"), d = size_of(t, "dim");
    if (isnan(align) || isnan(u) || isnan(law) || !(d >= 2))
        return PL_OK;
    const axes a = {out, 0, fmax(2.2, 1.1 * align), 1.1 * fmin(law, u), 0.1 * fabs(law)};
    pl_text_add(out, "<section id=\"plane\">\n<h2>Alignment and uniformity</h2>\n");
    open_svg(&a, "plane of alignment and uniformity", "alignment, mean squared distance of views",
             "uniformity");
    pl_status status = stranger_curve(ctx, &a, (size_t)d, scale);
    point(&a, 0, law, BELOW, "aligned and uniform", false);
    point(&a, 0, 0, ABOVE, "collapsed", false);
    point(&a, 2, law, BELOW, "uniform, views unrelated", true);
    point(&a, align, u, OURS, "these features", align > 1);
    close_svg(&a, "Below is more uniform, left is better aligned; the best corner is at the bottom "
                  "left. Dashed: views drawn independently from one von Mises-Fisher law, from "
                  "uniform to collapsed. On that line views know nothing of their image; the "
                  "farther to the left of it, the more they know.");
    pl_text_add(out, "</section>\n");
    return status;
}

/* ---- gaps and spectrum ----------------------------------------------------------------------- */

/* One bound: its two sides and the gap between them on the axis of similarity. */
static void bound_bar(const pl_table *t, const char *name, const char *lhs, const char *rhs,
                      const char *least_gap, pl_text *out) {
    double l = value_of(t, lhs), r = value_of(t, rhs), least = value_of(t, least_gap);
    if (isnan(l) || isnan(r))
        return;
    double lo = fmin(-1, fmin(l, r)), hi = fmax(1, fmax(l, r));
    double xl = 20 + 600 * (l - lo) / (hi - lo), xr = 20 + 600 * (r - lo) / (hi - lo);
    pl_text_printf(out,
                   "<h3>%s</h3><figure><svg viewBox=\"0 0 640 70\" role=\"img\" aria-label=\"%s: "
                   "left side %.4g, bound %.4g\" font-size=\"13\" fill=\"currentColor\">"
                   "<path d=\"M20 40H620\" stroke=\"var(--line)\"/>"
                   "<path d=\"M%.1f 40H%.1f\" stroke=\"var(--%s)\" stroke-width=\"6\"/>"
                   "<circle cx=\"%.1f\" cy=\"40\" r=\"6\" fill=\"var(--mark)\"/>"
                   "<path d=\"M%.1f 28v24\" stroke=\"currentColor\" stroke-width=\"3\"/>"
                   "<text x=\"20\" y=\"66\">%.3g</text>"
                   "<text x=\"620\" y=\"66\" text-anchor=\"end\">%.3g</text></svg>",
                   name, name, l, r, xl, xr, r >= l ? "good" : "bad", xl, xr, lo, hi);
    pl_text_printf(out,
                   "<figcaption>Dot: left side, mean %.4g. Bar: its bound, mean %.4g. Mean gap "
                   "%.4g, least gap of an anchor %.4g%s.</figcaption></figure>\n",
                   l, r, r - l, least, least < 0 ? ": the bound fails there" : "");
}

static void gaps(const pl_table *t, pl_text *out) {
    if (isnan(value_of(t, "attraction_lhs")) && isnan(value_of(t, "repulsion_lhs")))
        return;
    pl_text_add(out, "<section id=\"gaps\">\n<h2>Gaps of the bounds</h2>\n");
    bound_bar(t, "Attraction: \u2212s(z, E z\u2032) \u2264 \u2212E s(z, z\u2032)", "attraction_lhs",
              "attraction_rhs", "attraction_min_gap", out);
    bound_bar(t, "Repulsion: similarity to the nearest other prototype, and its bound",
              "repulsion_lhs", "repulsion_rhs", "repulsion_min_gap", out);
    pl_text_add(out, "</section>\n");
}

/* The eigenvalues that the audit listed, as shares of the first, on a logarithmic axis. */
static void spectrum(const pl_table *t, pl_text *out) {
    enum { MOST_BARS = 256, DECADES = 6 };
    double first = value_of(t, "eigenvalue_1");
    size_t at = row_of(t, "eigenvalue_1"), n = 0;
    if (!(first > 0))
        return;
    while (n < MOST_BARS && at + n < pl_table_rows(t) &&
           strncmp(pl_table_word(t, at + n, QUANTITY), "eigenvalue_", 11) == 0)
        n++;
    const axes a = {out, 0.5, fmax((double)n, 4) + 0.5, -DECADES, 0}; /* tics on whole numbers */
    pl_text_add(out, "<section id=\"spectrum\">\n<h2>Spectrum</h2>\n");
    open_svg(&a, "eigenvalues of the covariance", "number of the eigenvalue",
             "log\u2081\u2080 of its share of the first");
    for (size_t k = 0; k < n; k++) {
        double share = log10(pl_table_at(t, at + k, VALUE) / first);
        double y = share > -DECADES ? share : -DECADES; /* NaN and -inf too */
        pl_text_printf(out,
                       "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.2f\" height=\"%.1f\" "
                       "fill=\"var(--mark)\"/>\n",
                       px(&a, (double)k + 0.6), py(&a, y),
                       px(&a, (double)k + 1.4) - px(&a, (double)k + 0.6),
                       py(&a, -DECADES) - py(&a, y));
    }
    close_svg(&a, "Eigenvalues of the covariance of the centred features, as many as --eigenvalues "
                  "asked for. A cliff is dimensional collapse.");
    pl_text_add(out, "</section>\n");
}

/* ---- every number ---------------------------------------------------------------------------- */

static void cell(double v, pl_text *out) {
    if (isnan(v))
        pl_text_add(out, "<td class=\"n wide\"></td>");
    else
        pl_text_printf(out, "<td class=\"n wide\">%.6g</td>", v);
}

/* A long name may be broken after an underscore, on a phone. */
static void breakable(const char *name, pl_text *out) {
    for (; *name; name++)
        if (*name == '_')
            pl_text_add(out, "_<wbr>");
        else
            pl_html_text((const char[]){*name, '\0'}, out);
}

static void quantities(const pl_table *t, pl_text *out) {
    pl_text_add(out, "<section id=\"quantities\">\n<h2>Every quantity</h2>\n<table><thead><tr>"
                     "<th>quantity</th><th>value</th><th class=\"wide\">low</th><th class=\"wide\">"
                     "high</th><th class=\"wide\">least</th><th class=\"wide\">most</th>"
                     "<th>meaning</th></tr></thead><tbody>\n");
    for (size_t r = 0; r < pl_table_rows(t); r++) {
        pl_text_add(out, "<tr><td>");
        breakable(pl_table_word(t, r, QUANTITY), out);
        pl_text_printf(out, "</td><td class=\"n\">%.6g</td>", pl_table_at(t, r, VALUE));
        for (size_t c = LOW; c <= MOST; c++)
            cell(pl_table_at(t, r, c), out);
        pl_text_add(out, "<td>");
        pl_html_formula(pl_table_word(t, r, MEANING), out);
        pl_text_add(out, "</td></tr>\n");
    }
    pl_text_add(out, "</tbody></table>\n<p class=\"soft\">low, high: the interval of the sampling "
                     "error; least, most: what the quantity could be.</p>\n</section>\n");
}

pl_status pl_report_audit(pl_ctx *ctx, const pl_options *options, const pl_table *table,
                          const char *dir) {
    pl_status status;
    pl_text text = {0}, path = {0};
    pl_html_begin("Plumbline: audit of embeddings", &text);
    pl_text_add(&text, "<p><code>");
    pl_html_text(pl_option_text(options, "features"), &text);
    pl_text_printf(&text, "</code>: %g images × %g views × %g dimensions", size_of(table, "images"),
                   size_of(table, "views"), size_of(table, "dim"));
    if (size_of(table, "classes") > 0)
        pl_text_printf(&text, ", %g classes", size_of(table, "classes"));
    pl_text_add(&text, "</p>\n");
    in_words(table, &text);
    PL_TRY(plane(ctx, table, pl_option_real(options, "t"), &text));
    gaps(table, &text);
    spectrum(table, &text);
    quantities(table, &text);
    if (pl_warnings(ctx))
        pl_text_add(&text, "<section id=\"warnings\">\n<h2>Warnings</h2>\n");
    for (size_t i = 0; i < pl_warnings(ctx); i++) {
        pl_text_add(&text, "<p class=\"box warn\">");
        pl_html_text(pl_warning(ctx, i), &text);
        pl_text_add(&text, "</p>\n");
    }
    pl_text_add(&text, pl_warnings(ctx) ? "</section>\n" : "");
    pl_html_end(&text);
    pl_text_printf(&path, "%s/report.html", dir);
    PL_TRY(pl_text_status(ctx, &text));
    PL_TRY(pl_text_status(ctx, &path));
    PL_TRY(pl_make_directory(ctx, dir));
    PL_TRY(pl_text_write(ctx, path.s, text.s));
done:
    pl_text_free(&text);
    pl_text_free(&path);
    return status;
}
