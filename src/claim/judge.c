/* One relation over one table: the verdict rules of theory notes, sec. 5. */

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "claim/claim.h"
#include "math/stats.h"

/* Deterministic slack: HOLDS down to -1e-10 x scale, VIOLATED below 100 times that. */
static const double DETERMINISTIC = 1e-10, CLEARLY = 100;
/* A statistical control must be violated beyond doubt. */
static const double RATIO_NOT_SHRINKING = 0.9;

const char *pl_erratum_name(pl_erratum e) {
    static const char *const names[] = {[PL_ERRATUM_FALSE] = "false as published",
                                        [PL_ERRATUM_CONDITION] =
                                            "true only under a condition that is not stated",
                                        [PL_ERRATUM_READING] = "not what it suggests",
                                        [PL_ERRATUM_MISPRINT] = "misprint",
                                        [PL_ERRATUM_SIZE] = "not seen at this size"};
    return names[e];
}

const char *pl_verdict_name(pl_verdict v) {
    static const char *const names[] = {"HOLDS", "VIOLATED", "INCONCLUSIVE", "VACUOUS",
                                        "NOT-APPLICABLE"};
    return names[v];
}

/* An operand: a column, or one number for every row. */
typedef struct operand {
    const pl_table *table;
    size_t column;
    double number;
} operand;

static pl_status resolve(pl_ctx *ctx, const pl_table *t, const char *name, operand *out) {
    *out = (operand){.table = t, .column = pl_table_find(t, name), .number = NAN};
    if (out->column != SIZE_MAX || pl_table_lookup(t, name, &out->number) ||
        pl_parse_real(name, &out->number))
        return PL_OK;
    return pl_fail(ctx, PL_EBUG, "a relation names '%s', which is no column or summary number",
                   name);
}

static double at(const operand *o, size_t row) {
    return o->column == SIZE_MAX ? o->number : pl_table_at(o->table, row, o->column);
}

/* "10-gon" of the first text column, else "row 3". */
static void row_name(const pl_table *t, size_t row, char out[48]) {
    for (size_t c = 0; c < pl_table_columns(t); c++)
        if (pl_table_column(t, c)->text) {
            snprintf(out, 48, "%s", pl_table_word(t, row, c));
            return;
        }
    snprintf(out, 48, "row %zu", row);
}

/* The gap of a row, >= 0 where the relation holds, and the scale it is measured in. */
static double row_gap(pl_relation_kind kind, double left, double right, double upper,
                      double *scale) {
    *scale = fmax(1, fmax(fabs(left), fabs(right)));
    if (kind == PL_EQ)
        return -fabs(left - right);
    if (kind == PL_LE)
        return right - left;
    *scale = fmax(*scale, fabs(upper));
    return fmin(left - right, upper - left);
}

/* "lhs 0.25", and a number as itself. */
static void side_text(const char *name, double value, char out[56]) {
    double number;
    if (pl_parse_real(name, &number))
        snprintf(out, 56, "%.6g", value);
    else
        snprintf(out, 56, "%.40s %.6g", name, value);
}

typedef struct worst {
    double gap, error, slack; /* slack: gap / tolerance of that row, the smallest of all */
    double left, right;
    size_t row, rows, beyond_trivial;
} worst;

static pl_status judge_rows(pl_ctx *ctx, const pl_relation *r, const pl_table *t, bool gate,
                            double level, double df, pl_finding *out) {
    pl_status status;
    operand left, right, upper, error = {0}, applies = {0}, trivial = {0};
    PL_TRY(resolve(ctx, t, r->left, &left));
    PL_TRY(resolve(ctx, t, r->right, &right));
    PL_TRY(resolve(ctx, t, r->upper ? r->upper : r->right, &upper));
    PL_TRY(resolve(ctx, t, r->error ? r->error : "0", &error));
    PL_TRY(resolve(ctx, t, r->applies && gate ? r->applies : "1", &applies));
    PL_TRY(resolve(ctx, t, r->trivial ? r->trivial : "1e308", &trivial));

    bool single = left.column == SIZE_MAX && right.column == SIZE_MAX;
    size_t rows = single ? 1 : pl_table_rows(t);
    double share = 1 - (1 - level) / (double)(rows ? rows : 1);
    double q = r->error ? (df > 0 ? pl_t_quantile(0.5 + share / 2, df)
                                  : pl_normal_quantile(0.5 + share / 2))
                        : 0;
    worst w = {.slack = INFINITY};
    double widest = 0;
    for (size_t i = 0; i < rows; i++) {
        double scale, l = at(&left, i), rt = at(&right, i);
        if (!(at(&applies, i) > 0))
            continue;
        w.rows++;
        w.beyond_trivial += rt >= at(&trivial, i);
        double gap = row_gap(r->kind, l, rt, at(&upper, i), &scale);
        double se = at(&error, i);
        double allowed =
            r->error ? q * se : (r->tolerance > 0 ? r->tolerance : DETERMINISTIC * scale);
        widest = fmax(widest, r->error ? se : 0);
        double slack = isnan(gap) ? -(double)INFINITY : gap / fmax(allowed, 1e-300);
        if (slack < w.slack) {
            w = (worst){gap, se, slack, l, rt, i, w.rows, w.beyond_trivial};
            out->tolerance = allowed;
        }
    }
    if (w.rows == 0) {
        out->verdict = PL_NOT_APPLICABLE;
        snprintf(out->detail, sizeof out->detail, "no row meets the hypotheses");
        return PL_OK;
    }
    char name[48];
    row_name(t, w.row, name);
    out->measured = r->kind == PL_EQ ? -w.gap : w.gap;
    out->reference = 0;
    out->z = w.error > 0 ? w.gap / w.error : 0;
    out->confidence = r->error ? level : 1;
    if (r->error && r->kind == PL_EQ) { /* power first, then |difference| <= q SE */
        if (r->tolerance > 0 && widest > r->tolerance)
            out->verdict = PL_INCONCLUSIVE;
        else
            out->verdict = w.slack >= -1 ? PL_HOLDS : PL_VIOLATED;
    } else if (r->error) {
        double lower = w.gap - out->tolerance, above = w.gap + out->tolerance;
        out->verdict = above < 0 ? PL_VIOLATED : lower > -r->tolerance ? PL_HOLDS : PL_INCONCLUSIVE;
    } else {
        out->verdict = w.slack >= -1        ? PL_HOLDS
                       : w.slack < -CLEARLY ? PL_VIOLATED
                                            : PL_INCONCLUSIVE;
        if (isnan(w.gap))
            out->verdict = PL_INCONCLUSIVE;
    }
    if (out->verdict == PL_HOLDS && r->trivial && w.beyond_trivial == w.rows)
        out->verdict = PL_VACUOUS;

    if (r->error && out->verdict == PL_INCONCLUSIVE && r->tolerance > 0)
        snprintf(out->detail, sizeof out->detail,
                 "%s: standard error %.2g, needs %.2g: about %.0f times the replicates", name,
                 widest, r->tolerance, ceil(pow(widest / r->tolerance, 2)));
    else if (r->kind == PL_EQ)
        snprintf(out->detail, sizeof out->detail, "|%s - %s| %.3g %s %.2g%s", r->left, r->right,
                 -w.gap, out->verdict == PL_HOLDS ? "<=" : ">", out->tolerance,
                 r->error ? " (interval)" : "");
    else if (w.gap < 0) {
        char l[56], rhs[56];
        side_text(r->left, w.left, l);
        side_text(r->right, w.right, rhs);
        snprintf(out->detail, sizeof out->detail, "%s: %s %s %s by %.4g", name, l,
                 r->kind == PL_LE ? ">" : "outside", rhs, -w.gap);
    } else
        snprintf(out->detail, sizeof out->detail, "%s %s %s, least gap %.4g at %s", r->left,
                 r->kind == PL_LE ? "<=" : "within", r->right, w.gap, name);
    if (out->verdict == PL_VACUOUS) {
        size_t used = strlen(out->detail);
        snprintf(out->detail + used, sizeof out->detail - used, ", beyond the trivial value");
    }
done:
    return status;
}

/* Slope of log|left| on log right, unweighted when there are no standard errors. Deterministic:
 * the slope itself must lie in [lo, hi]; otherwise its interval must. */
static pl_status judge_slope(pl_ctx *ctx, const pl_relation *r, const pl_table *t, double level,
                             pl_finding *out) {
    pl_status status;
    double *x = NULL, *y = NULL, *se = NULL, slope, slope_se;
    size_t n = pl_table_rows(t);
    operand left, right, error;
    PL_TRY(resolve(ctx, t, r->left, &left));
    PL_TRY(resolve(ctx, t, r->right, &right));
    PL_TRY(resolve(ctx, t, r->error ? r->error : "0", &error));
    PL_NEW(ctx, x, n);
    PL_NEW(ctx, y, n);
    PL_NEW(ctx, se, n);
    for (size_t i = 0; i < n; i++) {
        double v = fabs(at(&left, i));
        x[i] = log(at(&right, i));
        y[i] = log(v);
        se[i] = at(&error, i) / v;
    }
    PL_TRY(pl_slope(ctx, x, y, r->error ? se : NULL, n, &slope, &slope_se));
    double half = r->error ? pl_normal_quantile(0.5 + level / 2) * slope_se : 0;
    out->measured = slope;
    out->reference = (r->lo + r->hi) / 2;
    out->tolerance = (r->hi - r->lo) / 2;
    out->confidence = r->error ? level : 1;
    out->z = slope_se > 0 && r->error ? fmin(fabs(slope - r->lo), fabs(slope - r->hi)) / slope_se
                                      : (double)INFINITY;
    bool inside = slope - half >= r->lo && slope + half <= r->hi;
    bool outside = slope + half < r->lo || slope - half > r->hi;
    out->verdict = inside ? PL_HOLDS : outside ? PL_VIOLATED : PL_INCONCLUSIVE;
    snprintf(out->detail, sizeof out->detail, "slope %.4f %s [%.4g, %.4g]", slope,
             inside    ? "in"
             : outside ? "outside"
                       : "straddles",
             r->lo, r->hi);
done:
    pl_free(x);
    pl_free(y);
    pl_free(se);
    return status;
}

/* The last value is within the tolerance of 0; if not, and it no longer shrinks, it has another
 * limit. */
static pl_status judge_limit(pl_ctx *ctx, const pl_relation *r, const pl_table *t,
                             pl_finding *out) {
    pl_status status;
    operand left;
    size_t n = pl_table_rows(t);
    PL_TRY(resolve(ctx, t, r->left, &left));
    if (n < 2) {
        status = pl_fail(ctx, PL_EBUG, "a limit needs at least two rows");
        goto done;
    }
    double last = at(&left, n - 1), before = at(&left, n - 2);
    out->measured = last;
    out->reference = 0;
    out->tolerance = r->tolerance;
    out->confidence = 1;
    bool shrinks = fabs(last) < RATIO_NOT_SHRINKING * fabs(before);
    out->verdict = fabs(last) <= r->tolerance ? PL_HOLDS : shrinks ? PL_INCONCLUSIVE : PL_VIOLATED;
    snprintf(out->detail, sizeof out->detail, "%s tends to %.3g (before: %.3g), tolerance %.2g",
             r->left, last, before, r->tolerance);
done:
    return status;
}

pl_status pl_relation_judge(pl_ctx *ctx, const pl_relation *r, const pl_table *t, bool gate,
                            double level, double df, pl_finding *out) {
    pl_finding found = {.measured = NAN, .reference = NAN, .tolerance = NAN, .confidence = 1};
    pl_status status = PL_OK;
    if (gate && pl_table_unmets(t) > 0) {
        found.verdict = PL_NOT_APPLICABLE;
        snprintf(found.detail, sizeof found.detail, "hypothesis not met: %s",
                 pl_table_unmet_at(t, 0));
    } else if (r->kind == PL_SLOPE) {
        status = judge_slope(ctx, r, t, level, &found);
    } else if (r->kind == PL_LIMIT) {
        status = judge_limit(ctx, r, t, &found);
    } else {
        status = judge_rows(ctx, r, t, gate, level, df, &found);
    }
    if (status == PL_OK)
        *out = found;
    return status;
}

void pl_relation_text(const pl_relation *r, pl_text *out) {
    switch (r->kind) {
    case PL_LE:
        pl_text_printf(out, "%s <= %s", r->left, r->right);
        break;
    case PL_EQ:
        pl_text_printf(out, "%s = %s", r->left, r->right);
        break;
    case PL_WITHIN:
        pl_text_printf(out, "%s <= %s <= %s", r->right, r->left, r->upper);
        break;
    case PL_SLOPE:
        pl_text_printf(out, "slope of log|%s| on log %s in [%g, %g]", r->left, r->right, r->lo,
                       r->hi);
        break;
    case PL_LIMIT:
        pl_text_printf(out, "%s -> 0", r->left);
        break;
    case PL_NO_RELATION:
        break;
    }
    if (r->error)
        pl_text_printf(out, ", statistical by %s", r->error);
    if (r->tolerance > 0)
        pl_text_printf(out, ", tolerance %g", r->tolerance);
    if (r->applies)
        pl_text_printf(out, ", on rows where %s", r->applies);
}
