#ifndef PL_SSL_LOSSES_H
#define PL_SSL_LOSSES_H
/* Every contrastive loss of theory notes, sec. 2, each convention under a name of its own in one
 * table, with gradients with respect to un-normalised features.
 *
 * In the formulas u_i = x_i/|x_i|, v_i = y_i/|y_i|, z = [u; v] (2N rows), s+ = u_i.v_i,
 * p(i) = (i + N) mod 2N, a = alpha = 1/tau, LSE = log-sum-exp; all values in nats.
 *
 * primary    pl_loss_find, pl_loss_eval, pl_losses, pl_loss_defaults
 * secondary  pl_loss_check, pl_loss_parameters, pl_loss_conventions
 * tertiary   pl_loss_ref (tests), pl_contrast_form */

#include "base/array.h"

/* What s(x, y) is. LEE25 compares the three; its theory is of the first. */
typedef enum pl_similarity {
    PL_BY_COSINE,  /* x.y/(|x| |y|): every formula here */
    PL_BY_DOT,     /* x.y, rows as they are             */
    PL_BY_DISTANCE /* -|x - y|, rows as they are        */
} pl_similarity;

typedef struct pl_loss_params {
    double alpha;             /* inverse temperature 1/tau > 0                               */
    double lambda;            /* weight of repulsion >= 0; what it multiplies is the loss's  */
    double nu;                /* norm of the class prototypes > 0 (LEE25)                    */
    double t;                 /* scale of the Gaussian potential > 0                         */
    double p;                 /* power of alignment > 0                                      */
    double sigma;             /* temperature of DCLW's weights > 0                           */
    double w_align;           /* weight of alignment >= 0                                    */
    double w_uniform;         /* weight of uniformity >= 0                                   */
    pl_similarity similarity; /* other than cosine: losses of the common form        */
} pl_loss_params;

/* alpha 2, lambda 1, nu 1, t 2, p 2, sigma 0.5, both weights 1, cosine. */
extern const pl_loss_params pl_loss_defaults;

/* Which parameters a loss reads. */
enum {
    PL_USES_ALPHA = 1 << 0,
    PL_USES_LAMBDA = 1 << 1,
    PL_USES_NU = 1 << 2,
    PL_USES_T = 1 << 3,
    PL_USES_P = 1 << 4,
    PL_USES_SIGMA = 1 << 5,
    PL_USES_WEIGHTS = 1 << 6,
};

/* The parameters by name, for options and documentation. */
typedef struct pl_loss_parameter {
    const char *name; /* NULL ends */
    unsigned uses;
    size_t offset;      /* in pl_loss_params                  */
    bool positive;      /* > 0; otherwise >= 0; always finite */
    const char *reason; /* what pl_loss_check says            */
} pl_loss_parameter;

extern const pl_loss_parameter pl_loss_parameters[];

/* A loss of the common form sum_i w_i [-a b_i S_{i,p(i)} + lambda LSE_{k in K(i)} a S_ik], as data
 * (contrast.h computes it). */
typedef struct pl_contrast_form {
    enum {
        PL_PAIRS_CROSS,      /* anchors u_i over the points v: S = u v^T, w = 1/N       */
        PL_PAIRS_CROSS_BOTH, /* and anchors v_i over the points u, w = 1/2N             */
        PL_PAIRS_WITHIN,     /* anchors z_i over all other z: S = z z^T, w = 1/2N       */
    } pairs;
    bool positive; /* the positive is in K(i) */
    enum {
        PL_LAMBDA_ONE,     /* lambda is not used                               */
        PL_LAMBDA_OUTSIDE, /* factor of the log-sum-exp                        */
        PL_LAMBDA_OVER_NU, /* lambda/nu is                                     */
        PL_LAMBDA_INSIDE,  /* factor of the negatives inside the logarithm     */
    } lambda;
    bool per_alpha; /* w is divided by alpha                             */
    bool weighted;  /* DCLW: b_i = 2 - e^{s_i/sigma}/mean_j e^{s_j/sigma} */
} pl_contrast_form;

struct pl_loss_batch;

typedef struct pl_loss {
    const char *name, *formula, *source; /* name NULL ends the table */
    unsigned uses;                       /* PL_USES_... */
    size_t least;                        /* least N, where one pair is not enough */
    bool queue;                          /* y may have another number of rows than x */
    pl_contrast_form form;
    /* NULL: the common form, as `form` says */
    pl_status (*run)(pl_ctx *ctx, const pl_loss_params *p, struct pl_loss_batch *batch);
} pl_loss;

extern const pl_loss pl_losses[];

/** The loss of that name; NULL when there is none. */
const pl_loss *pl_loss_find(const char *name);

/** NULL, or why the parameters that the loss reads are outside its domain. */
const char *pl_loss_check(const pl_loss *loss, const pl_loss_params *p);

/** A loss and its gradient.
 *  Given     x, y     N x d, row i of x and row i of y a positive pair; any finite rows but 0.
 *                     moco_unif: y is the queue and may have any number of rows
 *  Returned  *value   [nats; bcl, bcl_sym, lee_total: nats / alpha]
 *            *grad_x, *grad_y  dL/dX, dL/dY, orthogonal row by row to x and y under the cosine;
 *                     NULL: not wanted.
 *                     They may be x and y themselves. dclw holds its weights constant
 *  Status    PL_ESHAPE sizes do not fit, or too few rows | PL_EDOMAIN a parameter, a row that is
 *            zero or not finite (its number is said), a value or gradient that overflows
 *  Cost      O(N^2 d) time and at most 4 N^2 doubles; the same bits for any number of threads
 *  Source    theory notes, sec. 2 */
pl_status pl_loss_eval(pl_ctx *ctx, const pl_loss *loss, const pl_loss_params *p, pl_cmat x,
                       pl_cmat y, double *value, pl_mat *grad_x, pl_mat *grad_y);

/** The value by textbook loops over un-normalised rows, O(N^2 d) and no protection against
 *  overflow; NAN when the loss has no twin. */
double pl_loss_ref(const pl_loss *loss, const pl_loss_params *p, pl_cmat x, pl_cmat y);

/* What a library computes under its own name, in terms of the table's names. "-": the library
 * leaves it open, or it does not apply. */
typedef struct pl_loss_convention {
    const char *loss; /* NULL ends */
    const char *library, *name;
    const char *temperature; /* default tau = 1/alpha; WANG20's losses: their own scale */
    const char *symmetric;   /* anchors on both sides */
    const char *positives;   /* is the positive counted in the sum of the logarithm? */
    const char *reduction;
    const char *relation; /* the library's value in terms of the named loss */
} pl_loss_convention;

extern const pl_loss_convention pl_loss_conventions[];

#endif
