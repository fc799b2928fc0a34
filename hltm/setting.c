#include "hltm/setting.h"

#include <math.h>
#include <string.h>

#include "base/progress.h"

pl_status hltm_setting_list(pl_ctx *ctx, const pl_options *o, const char *name, size_t count,
                            const double **out) {
    size_t given;
    const double *list = pl_option_list(o, name, &given);
    if (given != count)
        return pl_fail(ctx, PL_EUSAGE, "--%s has %zu numbers, expected %zu", name, given, count);
    *out = list;
    return PL_OK;
}

pl_status hltm_setting_tree(pl_ctx *ctx, const pl_options *o, hltm_tree *out) {
    size_t depth = (size_t)pl_option_int(o, "depth"), count;
    double prior = pl_option_real(o, "root-prior");
    uint64_t seed = pl_option_seed(o, "tree-seed");
    const double *rho = pl_option_list(o, "rho", &count), *range = NULL;
    if (pl_option_has(o, "rho"))
        return hltm_tree_new(ctx, depth, prior, rho, count, out);
    pl_status status = hltm_setting_list(ctx, o, "polarity", 2, &range);
    if (status)
        return status;
    if (strcmp(pl_option_spec(o, "order", NULL), "released") == 0) {
        if (seed > UINT32_MAX)
            return pl_fail(ctx, PL_EUSAGE, "--order released takes a 32-bit --tree-seed");
        return hltm_tree_random_released(ctx, depth, prior, range[0], range[1], (uint32_t)seed,
                                         out);
    }
    hltm_draws draws = hltm_splitmix(seed);
    return hltm_tree_random(ctx, depth, prior, range[0], range[1], &draws, out);
}

static hltm_norm norm_of(const char *word) {
    return strcmp(word, "l2") == 0    ? HLTM_NORM_L2
           : strcmp(word, "mag") == 0 ? HLTM_NORM_MAG
                                      : HLTM_NORM_NONE;
}

pl_status hltm_setting_net(pl_ctx *ctx, const pl_options *o, size_t depth, hltm_net *out) {
    hltm_net net;
    pl_status status = hltm_net_tree(ctx, depth, (size_t)pl_option_int(o, "hidden"), &net);
    if (status)
        return status;
    net.bias = pl_option_flag(o, "bias");
    net.slope = pl_option_real(o, "slope");
    net.norm = norm_of(pl_option_spec(o, "norm", NULL));
    hltm_draws draws = hltm_splitmix(pl_option_seed(o, "net-seed"));
    hltm_net_draw(&net, &draws, pl_option_real(o, "scale"));
    *out = net;
    return PL_OK;
}

static const char *const losses[] = {
    [HLTM_SIMP] = "simp",         [HLTM_TRI] = "tri",           [HLTM_NCE] = "nce",
    [HLTM_RELEASED] = "released", [HLTM_SUBTRACT] = "subtract",
};

bool hltm_loss_named(const char *word, size_t length, hltm_loss_kind *out) {
    for (size_t i = 0; i < sizeof losses / sizeof *losses; i++)
        if (strlen(losses[i]) == length && strncmp(word, losses[i], length) == 0) {
            *out = (hltm_loss_kind)i;
            return true;
        }
    return false;
}

const char *hltm_loss_name(hltm_loss_kind kind) {
    return losses[kind];
}

hltm_loss hltm_setting_loss(const pl_options *o) {
    const char *word = pl_option_spec(o, "loss", NULL);
    hltm_loss loss = {.kind = HLTM_SIMP,
                      .tau = pl_option_real(o, "tau"),
                      .r0 = pl_option_real(o, "r0"),
                      .negatives = 1};
    if (word)
        hltm_loss_named(word, strlen(word), &loss.kind);
    if (pl_option_has(o, "negatives"))
        loss.negatives = (size_t)pl_option_int(o, "negatives");
    return loss;
}

pl_status hltm_setting_new(pl_ctx *ctx, const pl_options *o, hltm_setting *out) {
    pl_status status;
    hltm_setting s = {.loss = hltm_setting_loss(o)};
    PL_TRY(hltm_setting_tree(ctx, o, &s.tree));
    PL_TRY(hltm_setting_net(ctx, o, s.tree.depth, &s.net));
    PL_TRY(hltm_population_tree(ctx, &s.tree, &s.population));
    *out = s;
    s = (hltm_setting){0};
done:
    hltm_setting_free(&s);
    return status;
}

void hltm_setting_free(hltm_setting *s) {
    hltm_tree_free(&s->tree);
    hltm_net_free(&s->net);
    hltm_population_free(&s->population);
}

static const double MEBIBYTE = 1 << 20, MOST_BYTES = 4294967296.0;

/* Seconds are those of one core of 2020: about 1e9 products a second in sums over configurations,
 * w^3/7.5e9 for eigenvalues of w x w. */
hltm_cost hltm_cost_exact(size_t depth, size_t hidden, unsigned parts, size_t steps) {
    double n = pow(2, pow(2, (double)depth)), d = (double)hidden, sum = 0, cubes = 0, widest = 0;
    for (size_t l = 0; l < depth; l++) {
        double w = pow(2, (double)l) * d * (l + 1 == depth ? 2 : 2 * d);
        sum += w;
        cubes += w * w * w;
        widest = fmax(widest, w);
    }
    double leaves = pow(2, (double)depth), units = (leaves - 1) * d;
    hltm_cost c = {8 * n * (leaves + 3), 3e-10 * n * sum * (double)steps};
    if (parts & HLTM_WITH_PASS)
        c.bytes += 8 * n * (2 * units + leaves * d + d);
    if (parts & HLTM_WITH_OPERATORS) {
        c.bytes += 24 * widest * widest + (n <= 4096 ? 8 * n * d * widest : 0);
        c.seconds += 1e-9 * n * d * sum + cubes / 7.5e9;
    }
    return c;
}

hltm_cost hltm_cost_sampled(size_t depth, size_t hidden, size_t batch, size_t negatives,
                            double anchors, double probed) {
    double leaves = pow(2, (double)depth), d = (double)hidden, samples, floats = 0;
    double parameters = leaves / 2 * 3 * d + (leaves / 2 - 1) * (2 * d * d + d);
    samples = (double)((2 + negatives) * batch);
    for (size_t l = 0; l < depth; l++) {
        double columns = pow(2, fmin(pow(2, (double)(depth - l)), 60));
        floats += pow(2, (double)l) * fmin(columns, samples) * 4 * d;
    }
    return (hltm_cost){4 * floats + 4 * samples * (4 * d + leaves) + 16 * parameters,
                       anchors * (1e-7 + 2e-10 * parameters) + probed * 1e-9 * parameters};
}

pl_status hltm_announce(pl_ctx *ctx, const char *what, hltm_cost cost) {
    if (cost.bytes > MOST_BYTES)
        return pl_fail(ctx, PL_EDOMAIN,
                       "%s would take about %.0f GiB of memory and %.0f s, more than 4 GiB; lower "
                       "--hidden, --depth or --batch",
                       what, cost.bytes / (1024 * MEBIBYTE), cost.seconds);
    if (cost.seconds > 1)
        pl_progress_note("%s: about %.0f MiB and %.0f s", what, cost.bytes / MEBIBYTE,
                         cost.seconds);
    return PL_OK;
}

pl_status hltm_cost_summarise(pl_ctx *ctx, pl_table *out, hltm_cost cost) {
    return PL_SUMMARISE(
        ctx, out,
        {"expected_memory", "MiB", "as estimated before the run, of one thread",
         cost.bytes / MEBIBYTE},
        {"expected_time", "s", "as estimated before the run, for one thread", cost.seconds});
}
