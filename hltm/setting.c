#include "hltm/setting.h"

#include <string.h>

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

hltm_loss hltm_setting_loss(const pl_options *o) {
    static const char *const names[] = {"simp", "tri", "nce", "released", "subtract"};
    const char *word = pl_option_spec(o, "loss", NULL);
    hltm_loss loss = {.kind = HLTM_SIMP,
                      .tau = pl_option_real(o, "tau"),
                      .r0 = pl_option_real(o, "r0"),
                      .negatives = 1};
    for (size_t i = 0; word && i < sizeof names / sizeof *names; i++)
        if (strcmp(word, names[i]) == 0)
            loss.kind = (hltm_loss_kind)i;
    if (pl_option_has(o, "negatives"))
        loss.negatives = (size_t)pl_option_int(o, "negatives");
    return loss;
}

pl_status hltm_setting_new(pl_ctx *ctx, const pl_options *o, hltm_setting *out) {
    pl_status status;
    hltm_setting s = {.loss = hltm_setting_loss(o)};
    PL_TRY(hltm_setting_tree(ctx, o, &s.tree));
    PL_TRY(hltm_setting_net(ctx, o, s.tree.depth, &s.net));
    if (s.tree.depth == HLTM_MAX_EXACT_DEPTH)
        pl_warn(ctx, "exact enumeration of depth 4: 65536 configurations, about 50 MiB and some "
                     "seconds");
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
