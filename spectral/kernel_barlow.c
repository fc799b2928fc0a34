/* Barlow Twins with a kernel encoder under hard whitening Z'DZ + delta A'K_cA = I: tied kernel CCA,
 * K_cGK_c a = rho (K_cDK_c + delta K_c) a (BL22.KER). */

#include "spectral/kernel.h"

#include <math.h>

#include "spectral/dense.h"
#include "spectral/modes.h"
#include "spectral/whitened.h"

/* With A = V S^-1 Y: M = V'DV + delta S^-1 is Y's metric. Returns M^-1/2. */
static pl_status metric_root(pl_ctx *ctx, const kernel *q, pl_mat out) {
    pl_status status;
    pl_mat dv = {0}, m = {0}, e = {0}, scaled = {0};
    double *value = NULL;
    size_t r = q->rank;
    PL_TRY(dense_copy(ctx, pl_const(q->v), &dv));
    PL_TRY(dense_new(ctx, r, r, &m));
    PL_TRY(dense_new(ctx, r, r, &e));
    PL_NEW(ctx, value, r);
    for (size_t i = 0; i < q->n; i++)
        for (size_t j = 0; j < r; j++)
            dv.a[i * r + j] *= q->g->degree[i];
    dense_times(1, pl_const(q->v), true, pl_const(dv), false, 0, m);
    for (size_t i = 0; i < r; i++)
        m.a[i * r + i] += q->ridge / q->s[i];
    PL_TRY(dense_eigen(ctx, pl_const(m), false, value, e));
    PL_TRY(dense_copy(ctx, pl_const(e), &scaled));
    for (size_t j = 0; j < r; j++)
        dense_scale_column(scaled, j, 1 / sqrt(value[j]));
    dense_times(1, pl_const(scaled), false, pl_const(e), true, 0, out);
done:
    dense_free(&dv);
    dense_free(&m);
    dense_free(&e);
    dense_free(&scaled);
    pl_free(value);
    return status;
}

/* As it is stated: with a = V S^-1 y, |K_cGK_c a - rho (K_cDK_c + delta K_c) a| over the larger
 * side, and loss and constraint of Z = K_cA = V Y R. */
static pl_status stated(pl_ctx *ctx, const kernel *q, pl_cmat y, pl_cmat rotation, double *loss,
                        double *white, double *residual) {
    pl_status status;
    size_t n = q->n, r = q->rank, k = y.cols;
    pl_mat z = {0}, gz = {0}, dz = {0}, left = {0}, right = {0}, turned = {0}, c = {0}, w = {0};
    PL_TRY(dense_new(ctx, n, k, &z));
    PL_TRY(dense_new(ctx, n, k, &gz));
    PL_TRY(dense_new(ctx, n, k, &dz));
    PL_TRY(dense_new(ctx, r, k, &left));
    PL_TRY(dense_new(ctx, r, k, &right));
    PL_TRY(dense_new(ctx, r, k, &turned));
    PL_TRY(dense_new(ctx, k, k, &c));
    PL_TRY(dense_new(ctx, k, k, &w));
    dense_times(1, pl_const(q->v), false, y, false, 0, z);
    PL_TRY(pl_graph_apply(ctx, q->g, pl_const(z), gz));
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < k; j++)
            dz.a[i * k + j] = q->g->degree[i] * z.a[i * k + j];
    dense_times(1, pl_const(q->v), true, pl_const(gz), false, 0, left); /* K_c = V S V' on both */
    dense_times(1, pl_const(q->v), true, pl_const(dz), false, 0, right);
    *residual = 0;
    for (size_t j = 0; j < k; j++) {
        double difference = 0, size = 0;
        for (size_t i = 0; i < r; i++) {
            double a = q->s[i] * left.a[i * k + j];
            double b = q->nu[j] * (q->s[i] * right.a[i * k + j] + q->ridge * y.a[i * y.ld + j]);
            difference += (a - b) * (a - b);
            size += fmax(a * a, b * b);
        }
        *residual = fmax(*residual, sqrt(difference / fmax(size, 1e-300)));
    }
    dense_times(1, y, false, rotation, false, 0, turned);
    dense_times(1, pl_const(q->v), false, pl_const(turned), false, 0, z);
    PL_TRY(pl_graph_apply(ctx, q->g, pl_const(z), gz));
    dense_times(1, pl_const(z), true, pl_const(gz), false, 0, c);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < k; j++)
            gz.a[i * k + j] = q->g->degree[i] * z.a[i * k + j];
    dense_times(1, pl_const(z), true, pl_const(gz), false, 0, w);
    *loss = *white = 0;
    for (size_t i = 0; i < k; i++)
        for (size_t j = 0; j < k; j++) {
            double off = c.a[i * k + j] - (i == j), weight = i == j ? 1 : q->alpha;
            *loss += weight * off * off;
            for (size_t m = 0; m < r; m++)
                w.a[i * k + j] += q->ridge * turned.a[m * k + i] * turned.a[m * k + j] / q->s[m];
            *white = fmax(*white, fabs(w.a[i * k + j] - (i == j)));
        }
done:
    dense_free(&z);
    dense_free(&gz);
    dense_free(&dz);
    dense_free(&left);
    dense_free(&right);
    dense_free(&turned);
    dense_free(&c);
    dense_free(&w);
    return status;
}

pl_status kernel_barlow(pl_ctx *ctx, kernel *q, pl_table *out) {
    pl_status status;
    size_t r = q->rank, k = q->k;
    pl_mat root = {0}, gv = {0}, b = {0}, half = {0}, y = {0}, rotation = {0}, best = {0};
    double at = NAN, white = NAN, residual = NAN, found = NAN, plain = NAN, closed;
    modes free_modes = {0};
    if (k > r)
        return pl_fail(ctx, PL_EUSAGE, "--embedding %zu: the kernel's rank leaves room for %zu", k,
                       r);
    PL_TRY(dense_new(ctx, r, r, &root));
    PL_TRY(dense_new(ctx, q->n, r, &gv));
    PL_TRY(dense_new(ctx, r, r, &b));
    PL_TRY(dense_new(ctx, r, r, &half));
    PL_TRY(dense_new(ctx, r, r, &q->p));
    PL_TRY(dense_new(ctx, r, k, &y));
    PL_NEW(ctx, q->nu, r);
    PL_TRY(metric_root(ctx, q, root));
    PL_TRY(pl_graph_apply(ctx, q->g, pl_const(q->v), gv));
    dense_times(1, pl_const(q->v), true, pl_const(gv), false, 0, b);
    dense_times(1, pl_const(root), false, pl_const(b), false, 0, half);
    dense_times(1, pl_const(half), false, pl_const(root), false, 0, b);
    for (size_t i = 0; i < r; i++)
        for (size_t j = 0; j < i; j++)
            b.a[i * r + j] = b.a[j * r + i] = (b.a[i * r + j] + b.a[j * r + i]) / 2;
    PL_TRY(dense_eigen(ctx, pl_const(b), false, q->nu, q->p));
    closed = whitened_minimum(q->nu, k, q->alpha);
    PL_TRY(whitened_rotation(ctx, q->nu, k, q->alpha, &rotation));
    dense_times(1, pl_const(root), false, dense_columns(q->p, k), false, 0, y);
    PL_TRY(stated(ctx, q, pl_const(y), pl_const(rotation), &at, &white, &residual));
    if (q->starts) {
        PL_TRY(dense_new(ctx, r, k, &best));
        PL_TRY(whitened_search(ctx, pl_const(b), k, q->alpha, q->starts, q->seed, &found, best));
    }
    if (q->ridge == 0 && q->regular && r == q->n - 1) { /* nothing is lost but the constant */
        PL_TRY(modes_new(ctx, q->g, MODES_NORMALISED, k + 1, &free_modes));
        plain = whitened_minimum(free_modes.value + 1, k, q->alpha);
    }
    const pl_summary list[] = {
        {"closed_form_loss", "1", "least whitened loss, the formula", closed},
        {"loss_at_closed_form", "1", "the loss itself at K_cA*", at},
        {"whitening_error", "1", "largest entry of Z'DZ + delta A'K_cA - I there", white},
        {"stated_residual", "1", "of K_cGK_ca = rho (K_cDK_c + delta K_c)a, relative", residual},
        {"best_found_loss", "1", "least whitened loss of all starts over A", found},
        {"free_loss", "1",
         "minimum without a kernel beside the constant; nan: delta > 0, an irregular graph, or "
         "K_c loses a direction",
         plain},
        {"kernel_rank", "1", "rank of K_c", (double)r},
        {"condition", "1", "of K_c on its range", q->s[0] / q->s[r - 1]}};
    PL_TRY(pl_table_summarise_list(ctx, out, list, sizeof list / sizeof *list));
done:
    dense_free(&root);
    dense_free(&gv);
    dense_free(&b);
    dense_free(&half);
    dense_free(&y);
    dense_free(&rotation);
    dense_free(&best);
    modes_free(&free_modes);
    return status;
}
