#ifndef PL_HLTM_TRAINER_H
#define PL_HLTM_TRAINER_H
/* Inside the trainer, between sgd.c (memory, samples, loss) and sgd_step.c (arithmetic).
 * Activations of a node are rows of units, columns of inputs. */

#include "hltm/forest.h"
#include "hltm/sgd.h"

enum { HLTM_LANES = 16, HLTM_MAX_NEGATIVES = 16 };

/* How a level's columns arise. */
typedef enum hltm_columns {
    HLTM_TABLE,    /* all configurations of two or four leaves */
    HLTM_DISTINCT, /* the configurations of eight leaves that the batch shows */
    HLTM_SAMPLE,   /* one column a sample */
} hltm_columns;

typedef struct hltm_sgd_level {
    hltm_columns kind;
    size_t nodes, in, out, ld; /* ld: room for columns */
    float *w, *b;              /* nodes x out x in, nodes x out */
    float *x;           /* nodes x in x ld: inputs; NULL where they are the children's rows */
    float *act, *delta; /* nodes x out x ld */
    size_t *columns;    /* of every node, a multiple of HLTM_LANES */
    int32_t *from[2];   /* nodes x ld: column of the left and right child; NULL over 16
                         * leaves, where the children's columns are those of samples */
} hltm_sgd_level;

struct hltm_trainer {
    hltm_tree tree;
    hltm_sgd s;
    size_t depth, hidden, samples, stride; /* stride: samples rounded up to HLTM_LANES */
    bool bias, l2;
    float slope, epsilon, rate;
    hltm_sgd_level *levels;
    float *parameters;
    size_t base;           /* level whose nodes' configurations are drawn: at most 8 leaves */
    unsigned char *config; /* base nodes x samples */
    int32_t *column;       /* base nodes x stride: where DISTINCT or TABLE put a sample */
    float *out, *gradient; /* hidden x stride: normalised outputs of samples */
    float *f;              /* hidden x ld of the root: outputs, then gradients of its columns */
    float *size;           /* |f|, 1/(|f| + eps), share along f: of the root's columns */
    float *scratch;        /* 2 hidden x ld: gradient of inputs */
    double *r;             /* distances: positives, then negatives */
    float *weight;         /* of pairs: positives, then negatives */
    uint64_t *z;
    hltm_words words;
    size_t taken;
};

/** One step on the batch that lies in the trainer: forward, loss, backward with the update.
 *  Returned  the batch's loss; where it is not finite, the weights are left alone */
double hltm_trainer_step(hltm_trainer *t);

/** From the distances t->r: weights of the pairs, d loss/d r over the batch, into t->weight.
 *  Returned  the loss */
double hltm_trainer_weigh(hltm_trainer *t);

#endif
