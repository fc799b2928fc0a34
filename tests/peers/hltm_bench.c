/* Our side of tests/peers/hltm.py: times the training kernel, sampling included, on one thread. Not
 * a test: nothing here passes or fails by its speed.
 *
 *     hltm_bench DEPTH HIDDEN BATCH STEPS
 *
 * Each line on standard input asks for STEPS steps; each answer is a line: seconds and mean loss.
 */

#include <omp.h>
#include <stdio.h>
#include <stdlib.h>

#include "hltm/sgd.h"

int main(int argc, char **argv) {
    hltm_tree tree;
    hltm_net net;
    hltm_trainer *trainer;
    pl_ctx *ctx = pl_ctx_new();
    hltm_draws draws = hltm_splitmix(3);
    if (argc != 5 || !ctx)
        return 2;
    size_t depth = strtoul(argv[1], NULL, 10), hidden = strtoul(argv[2], NULL, 10);
    const hltm_sgd settings = {.loss = {.kind = HLTM_RELEASED, .tau = 0.1, .negatives = 1},
                               .rate = 0.1,
                               .batch = strtoul(argv[3], NULL, 10),
                               .seed = 3};
    size_t steps = strtoul(argv[4], NULL, 10), done;
    if (hltm_tree_random(ctx, depth, 0.5, 0.8, 1, &draws, &tree) ||
        hltm_net_tree(ctx, depth, hidden, &net)) {
        fprintf(stderr, "%s\n", pl_message(ctx));
        return 1;
    }
    net.bias = true;
    net.norm = HLTM_NORM_L2;
    hltm_net_draw(&net, &draws, 1);
    if (hltm_trainer_new(ctx, &tree, &net, &settings, &trainer)) {
        fprintf(stderr, "%s\n", pl_message(ctx));
        return 1;
    }
    for (char line[64]; fgets(line, sizeof line, stdin);) {
        double loss, start = omp_get_wtime();
        hltm_trainer_run(trainer, steps, &done, &loss);
        printf("%.9f %.12g\n", omp_get_wtime() - start, loss);
        fflush(stdout);
    }
    hltm_trainer_free(trainer);
    hltm_net_free(&net);
    hltm_tree_free(&tree);
    pl_ctx_free(ctx);
    return 0;
}
