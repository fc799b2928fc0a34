#include "hltm/population.h"

#include <math.h>
#include <string.h>

#include "hltm/forest.h"

static pl_status allocate(pl_ctx *ctx, size_t datapoints, size_t configs, size_t inputs,
                          hltm_population *out) {
    pl_status status = PL_OK;
    hltm_population p = {.datapoints = datapoints, .configs = configs, .inputs = inputs};
    size_t cells;
    if (!pl_size_mul(configs, inputs > datapoints ? inputs : datapoints, &cells))
        return pl_fail(ctx, PL_ESHAPE, "%zu configurations are too many", configs);
    PL_NEW(ctx, p.prior, datapoints);
    PL_NEW(ctx, p.given, datapoints * configs);
    PL_NEW(ctx, p.marginal, configs);
    PL_NEW(ctx, p.x, configs * inputs);
    *out = p;
    return PL_OK;
done:
    hltm_population_free(&p);
    return status;
}

void hltm_population_free(hltm_population *p) {
    pl_free(p->prior);
    pl_free(p->given);
    pl_free(p->marginal);
    pl_free(p->x);
    *p = (hltm_population){0};
}

static void fill_marginal(hltm_population *p) {
    for (size_t k = 0; k < p->configs; k++) {
        double q = 0;
        for (size_t z = 0; z < p->datapoints; z++)
            q += p->prior[z] * p->given[z * p->configs + k];
        p->marginal[k] = q;
    }
}

static pl_status check_law(pl_ctx *ctx, const double *p, size_t n, const char *what) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        if (!(p[i] >= 0))
            return pl_fail(ctx, PL_EDOMAIN, "%s: probability %zu is %g", what, i, p[i]);
        sum += p[i];
    }
    if (!(fabs(sum - 1) <= 1e-9))
        return pl_fail(ctx, PL_EDOMAIN, "%s: the probabilities sum to %.12g, expected 1", what,
                       sum);
    return PL_OK;
}

pl_status hltm_population_new(pl_ctx *ctx, size_t datapoints, size_t configs, size_t inputs,
                              const double *prior, const double *given, const double *x,
                              hltm_population *out) {
    pl_status status = check_law(ctx, prior, datapoints, "datapoints");
    for (size_t z = 0; status == PL_OK && z < datapoints; z++)
        status = check_law(ctx, given + z * configs, configs, "augmentations");
    hltm_population p;
    if (status || (status = allocate(ctx, datapoints, configs, inputs, &p)))
        return status;
    memcpy(p.prior, prior, datapoints * sizeof *prior);
    memcpy(p.given, given, datapoints * configs * sizeof *given);
    memcpy(p.x, x, configs * inputs * sizeof *x);
    fill_marginal(&p);
    *out = p;
    return PL_OK;
}

pl_status hltm_population_tree(pl_ctx *ctx, const hltm_tree *t, hltm_population *out) {
    pl_status status;
    hltm_population p = {0};
    if (t->depth > HLTM_MAX_EXACT_DEPTH)
        return pl_fail(ctx, PL_EDOMAIN,
                       "depth %zu has 2^%zu leaf configurations: exact enumeration ends at depth "
                       "%d (65536); `latents` and `operators` sample instead",
                       t->depth, hltm_leaves(t, 0), HLTM_MAX_EXACT_DEPTH);
    size_t leaves = hltm_leaves(t, 0), n = hltm_configs(t, 0);
    PL_TRY(allocate(ctx, 2, n, leaves, &p));
    p.prior[0] = 1 - t->root_prior;
    p.prior[1] = t->root_prior;
    PL_TRY(hltm_tree_inside(ctx, t, 1, p.given, p.given + n));
    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i < leaves; i++)
            p.x[k * leaves + i] = (double)(k >> (leaves - 1 - i) & 1);
    fill_marginal(&p);
    *out = p;
    return PL_OK;
done:
    hltm_population_free(&p);
    return status;
}

pl_status hltm_population_sampled(pl_ctx *ctx, const hltm_tree *t, uint64_t seed, uint64_t stream,
                                  size_t rows, unsigned char *z, hltm_population *out) {
    pl_status status;
    hltm_population p = {0};
    uint64_t *masks = NULL;
    hltm_words words = hltm_words_of(seed, stream, 0);
    size_t nodes = (size_t)2 << t->depth, leaves = hltm_leaves(t, 0), count[2] = {0};
    PL_NEW(ctx, masks, nodes);
    PL_TRY(allocate(ctx, 2, rows, leaves, &p));
    for (size_t r = 0; r < rows; r++) {
        if (r % 64 == 0)
            hltm_forest_sample(t, &words, hltm_bernoulli(&words, t->root_prior), masks);
        size_t root = masks[1] >> r % 64 & 1;
        count[root]++;
        p.given[root * rows + r] = 1;
        for (size_t k = 1; z && k < nodes; k++)
            z[r * nodes + k] = masks[k] >> r % 64 & 1;
        for (size_t i = 0; i < leaves; i++)
            p.x[r * leaves + i] = (double)(masks[leaves + i] >> r % 64 & 1);
    }
    if (count[0] == 0 || count[1] == 0) {
        status = pl_fail(ctx, PL_EDOMAIN,
                         "%zu samples hold only one value of the root; draw more of them", rows);
        goto done;
    }
    for (size_t b = 0; b < 2; b++) {
        p.prior[b] = (double)count[b] / (double)rows;
        for (size_t r = 0; r < rows; r++)
            p.given[b * rows + r] /= (double)count[b];
    }
    fill_marginal(&p);
    *out = p;
    p = (hltm_population){0};
done:
    hltm_population_free(&p);
    pl_free(masks);
    return status;
}
