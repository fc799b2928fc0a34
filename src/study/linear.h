#ifndef PL_STUDY_LINEAR_H
#define PL_STUDY_LINEAR_H
/* A linear map z = W x as one of the trainer's networks, for statements on linear encoders: its
 * inputs are not negative, so that an identity layer with its ReLU leaves them as they are; the
 * identity and all biases stand still, and W is the projector. One-hot inputs make it tabular. */

#include "base/array.h"
#include "nn/optimiser.h"

typedef struct study_linear {
    pl_net *net;
    pl_optimiser *rule; /* plain gradient descent */
    float *weight;      /* out x in, borrowed */
} study_linear;

/** Given     w      out x in, the start
 *            batch  rows of every step */
pl_status study_linear_new(pl_ctx *ctx, pl_cmat w, size_t batch, study_linear *l);
void study_linear_free(study_linear *l); /* an all-zero one is fine */

/** Returned  *z  batch x out, borrowed until the next call */
pl_status study_linear_forward(pl_ctx *ctx, study_linear *l, const float *x, const float **z);

/** W -= rate dW, dW from d(loss)/dz of the last forward pass. */
pl_status study_linear_step(pl_ctx *ctx, study_linear *l, const float *dz, double rate);

#endif
