#ifndef PL_TRAIN_EVALUATE_H
#define PL_TRAIN_EVALUATE_H
/* Frozen features of a training and a test set, and the probes on them. */

#include "train/probe.h"
#include "train/run.h"

typedef struct pl_evaluation pl_evaluation;

/** Opens the test set of the settings' data; the network and the training set are borrowed. */
pl_status pl_evaluation_new(pl_ctx *ctx, const pl_settings *s, const pl_dataset *train, pl_net *net,
                            pl_evaluation **out);
void pl_evaluation_free(pl_evaluation *e); /* NULL is fine */

/** Encodes both sets, every image as it is, with the network's weights of this moment.
 *  Given     embedding  behind the projector, else the encoder's features */
pl_status pl_evaluation_encode(pl_ctx *ctx, pl_evaluation *e, bool embedding);

/** The encoded sets with classes, or with subclasses where the data have them.
 *  Returned  *classes; 0: there are no subclasses */
void pl_evaluation_sets(const pl_evaluation *e, bool subclass, pl_probe_set *train,
                        pl_probe_set *test, size_t *dim, size_t *classes);

/** Both probes at their defaults on the features: accuracies. */
pl_status pl_evaluation_quick(pl_ctx *ctx, pl_evaluation *e, double *linear, double *knn);

/* Neighbours that vote, and the vote's temperature, unless another is asked for. */
enum { PL_KNN_NEIGHBOURS = 200 };
#define PL_KNN_TAU 0.07

#endif
