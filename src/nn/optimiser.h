#ifndef PL_NN_OPTIMISER_H
#define PL_NN_OPTIMISER_H
/* SGD with momentum, LARS and AdamW on a network's parameters. Weight decay leaves biases and
 * BatchNorm out. */

#include "nn/net.h"

typedef struct pl_optimiser pl_optimiser;

typedef enum { PL_SGD, PL_LARS, PL_ADAMW } pl_optimiser_kind;

typedef struct pl_optimiser_spec {
    pl_optimiser_kind kind;
    double momentum;     /* SGD, LARS: in [0, 1) */
    double weight_decay; /* >= 0 */
    double trust;        /* LARS: eta, the trust coefficient > 0 */
    double beta1, beta2; /* AdamW: in [0, 1) */
    double epsilon;      /* AdamW: > 0 */
} pl_optimiser_spec;

/** SGD 0.9, decay 1e-4; LARS 0.9, 1e-6, trust 0.001; AdamW 0.9, 0.999, 1e-8, 0.01. */
pl_optimiser_spec pl_optimiser_defaults(pl_optimiser_kind kind);
const char *pl_optimiser_check(const pl_optimiser_spec *spec);
/** "sgd", "lars", "adamw"; false for any other word. */
bool pl_optimiser_named(const char *name, pl_optimiser_kind *out);

/** State for every parameter of the network, which it borrows.
 *  Status    PL_EDOMAIN what pl_optimiser_check says | PL_ENOMEM */
pl_status pl_optimiser_new(pl_ctx *ctx, const pl_optimiser_spec *spec, pl_net *net,
                           pl_optimiser **out);
void pl_optimiser_free(pl_optimiser *o); /* NULL is fine */

/** One step down the gradients that pl_net_backward left. With g = gradient (+ wd w, but AdamW):
 *    SGD     v = momentum v + g;  w -= rate v                              (PyTorch's form)
 *    LARS    g *= trust |w| / |g| where w decays and both norms are > 0;   then as SGD
 *    AdamW   w -= rate wd w;  m, s moving means of g, g^2, bias-corrected;
 *            w -= rate m' / (sqrt(s') + epsilon)
 *  The same bits for any number of threads; never fails. */
void pl_optimiser_step(pl_ctx *ctx, pl_optimiser *o, double rate);

/* State for checkpoints: names "momentum.conv1.weight", "mean.…", "square.…"; gradient NULL.
 * Writable, as is the number of steps taken. */
const pl_parameter *pl_optimiser_state(const pl_optimiser *o, size_t *count);
uint64_t *pl_optimiser_steps(pl_optimiser *o);

#endif
