#ifndef PL_HLTM_NET_H
#define PL_HLTM_NET_H
/* Dual networks of TIAN20: levels of dense blocks with a homogeneous activation, linear on top.
 * Level 0 is the top. Node i of a level reads the i-th slice of the level below it, so that one
 * description serves the tree of dense layers (2^l nodes at level l) and an ordinary dense net (one
 * node a level).
 *
 *     h_l = W_l f_{l+1} (+ b_l),  f_l = psi(h_l),  raw output h_0,  output raw/(|raw| + eps) or raw
 *
 * primary    hltm_net_tree, hltm_net_dense, hltm_net_draw, hltm_net_free
 *            hltm_pass_new, hltm_forward, hltm_backward, hltm_pass_free
 * secondary  hltm_jacobian, hltm_connection, hltm_net_like */

#include "base/array.h"
#include "hltm/tree.h"

typedef enum hltm_norm {
    HLTM_NORM_NONE,
    HLTM_NORM_L2, /* f/(|f| + eps)                                              */
    HLTM_NORM_MAG /* the same forward; backward only divides by |f| + eps       */
} hltm_norm;

typedef struct hltm_layer {
    size_t nodes, in, out; /* of one node                                       */
    double *w;             /* nodes x out x in                                  */
    double *b;             /* nodes x out; zeros when the net has no bias       */
} hltm_layer;

typedef struct hltm_net {
    size_t levels;
    hltm_layer *layer;  /* layer[0] is the top                                   */
    double *parameters; /* of all layers: the top's weights, its biases, ...    */
    size_t count;
    bool bias;
    double slope; /* of psi below 0: 0 ReLU, 1 linear; also psi'(0)             */
    hltm_norm norm;
    double epsilon;
} hltm_net;

/** A tree net over `depth` levels with `hidden` units a latent; all parameters zero.
 *  Status    PL_EDOMAIN hidden 0 | PL_ENOMEM */
pl_status hltm_net_tree(pl_ctx *ctx, size_t depth, size_t hidden, hltm_net *out);
/** A dense net of these widths, widths[0] inputs first. */
pl_status hltm_net_dense(pl_ctx *ctx, const size_t *widths, size_t count, hltm_net *out);
/** Another net of the same shape, parameters zero: a gradient. */
pl_status hltm_net_like(pl_ctx *ctx, const hltm_net *net, hltm_net *out);
void hltm_net_free(hltm_net *net); /* leaves it all-zero */

/** Weights (2u - 1) scale/sqrt(in), from the lowest level up, nodes, rows, columns ascending; with
 *  bias, a node's biases after its weights (`Net` and `Dense` of theory notes, sec. 1). */
void hltm_net_draw(hltm_net *net, hltm_draws *draws, double scale);

static inline size_t hltm_width(const hltm_layer *l) {
    return l->nodes * l->out;
}
static inline size_t hltm_weights(const hltm_layer *l) {
    return l->nodes * l->in * l->out;
}
static inline size_t hltm_outputs(const hltm_net *net) {
    return net->layer[0].out;
}
size_t hltm_inputs(const hltm_net *net);

/** W in the order of K's rows: nodes ascending, column-stacked within each: a * out + c. */
void hltm_vec(const hltm_layer *l, double *out);

/* What a forward pass leaves behind: rows are inputs. */
typedef struct hltm_pass {
    size_t rows, levels;
    const double *x; /* rows x inputs, borrowed       */
    double **h, **f; /* by level: rows x width        */
    double *out;     /* rows x outputs, normalised    */
    double *delta[2];
} hltm_pass;

/** Memory for passes of at most `rows` inputs. */
pl_status hltm_pass_new(pl_ctx *ctx, const hltm_net *net, size_t rows, hltm_pass *out);
void hltm_pass_free(hltm_pass *p);

/** Fills h, f, out for rows x (<= the pass's). */
void hltm_forward(const hltm_net *net, const double *x, size_t rows, hltm_pass *p);

/** Adds d sum_i <gradient_i, out_i> / d parameters to `grad` (hltm_net_like).
 *  Given     gradient   rows x outputs, with respect to the normalised output */
void hltm_backward(const hltm_net *net, hltm_pass *p, const double *gradient, hltm_net *grad);

/* What J is the derivative of. */
typedef enum hltm_head {
    HLTM_HEAD_RAW,      /* the raw output                                       */
    HLTM_HEAD_FORWARD,  /* raw/(|raw| + eps) with the norm held: K^f            */
    HLTM_HEAD_BACKWARD, /* the normalised output: K^b = K N                     */
} hltm_head;

/** J_l = d output / d h_l, for every level.
 *  Given     own_gate   false: with respect to the post-activation (a control)
 *  Returned  jacobian[l]  rows x outputs x width */
pl_status hltm_jacobian(pl_ctx *ctx, const hltm_net *net, const hltm_pass *p, hltm_head head,
                        bool own_gate, double *const *jacobian);

/** K_l^T of every input: rows x outputs x weights, row (x, r) = vec of f_{l+1} (x) J_l[r]. */
void hltm_connection(const hltm_net *net, const hltm_pass *p, size_t level, const double *jacobian,
                     double *k);

#endif
