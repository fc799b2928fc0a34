#ifndef PL_DATA_AUGMENT_H
#define PL_DATA_AUGMENT_H
/* Augmentation: from a set of images to batches of random views for training.
 *
 *     crop(0.08,1) flip jitter(.4,.4,.4,.1;p=.8) gray(.2) blur(.1,2;p=.5)
 *
 * Steps are done in the order they are written. Numbers fill a step's parameters in order; after a
 * semicolon the next parameter begins, or one is named. p is the step's probability. Numbers may be
 * fractions (3/4).
 *
 *   step       parameters, with what is taken when they are left out          torchvision's name
 *   crop       scale=.08,1; ratio=3/4,4/3; size=own (H,W or one side); p=1    RandomResizedCrop
 *   flip       p=.5                                                           RandomHorizontalFlip
 *   jitter     brightness=0; contrast=0; saturation=0; hue=0; p=1             ColorJitter
 *   gray       p=.1                                                           RandomGrayscale
 *   blur       sigma=.1,2; kernel=a tenth of the shorter side, odd, >= 3; p=1 GaussianBlur
 *   rotate     degrees (one number D: -D,D); bilinear=0; p=1                  RandomRotation
 *   erase      scale=.02,.33; ratio=.3,3.3; value=0 (one, or one a channel); p=.5  RandomErasing
 *   solarize   threshold=.5; p=.5                                             RandomSolarize
 *   normalize  mean; std (one, or one a channel)                              Normalize
 *
 * Presets, usable as a step: none (pixels/255 alone), simclr (the line above, its colour strength
 * 1/2), align-uniform (WANG20's released code for STL-10, without its size and normalisation).
 * On images of one channel gray, saturation and hue do nothing, as in torchvision.
 *
 * primary    pl_augment_parse, pl_augment_new, pl_augment_free, pl_augment_batch
 * secondary  pl_augment_shape, pl_augment_fixed, pl_augment_text
 * tertiary   pl_augment_draw, pl_augment_apply (parity tests) */

#include "base/text.h"
#include "data/crop.h"
#include "data/images.h"

typedef enum {
    PL_AUGMENT_CROP,
    PL_AUGMENT_FLIP,
    PL_AUGMENT_JITTER,
    PL_AUGMENT_GRAY,
    PL_AUGMENT_BLUR,
    PL_AUGMENT_ROTATE,
    PL_AUGMENT_ERASE,
    PL_AUGMENT_SOLARIZE,
    PL_AUGMENT_NORMALIZE
} pl_augment_kind;

enum { PL_AUGMENT_STEPS = 24, PL_AUGMENT_PARAMETERS = 5, PL_AUGMENT_NUMBERS = 4 };

typedef struct pl_augment_step {
    pl_augment_kind kind;
    struct {
        double v[PL_AUGMENT_NUMBERS];
        size_t count;            /* 0: left out, and of no fixed value */
    } at[PL_AUGMENT_PARAMETERS]; /* in the order of the table above */
    double p;
} pl_augment_step;

typedef struct pl_augment_spec {
    size_t count;
    pl_augment_step steps[PL_AUGMENT_STEPS];
} pl_augment_spec;

/** Reads a spec.
 *  Status    PL_EUSAGE where (the character) and what was expected there */
pl_status pl_augment_parse(pl_ctx *ctx, const char *text, pl_augment_spec *out);

/** Appends the spec with every parameter that has a value, for run.json; parsed again it is the
 *  same spec. */
void pl_augment_text(const pl_augment_spec *spec, pl_text *out);

/** What is left of a spec when nothing is random: the whole image at the crop's size, and the
 *  normalisation. For probes and embeddings. */
pl_augment_spec pl_augment_fixed(const pl_augment_spec *spec);

typedef struct pl_augment pl_augment;

/** A spec made ready for a set's shape, with room to work in for as many threads as the context
 *  has: batches then allocate nothing.
 *  Status    PL_ESHAPE colours wanted of neither 1 nor 3 channels, a kernel that reaches beyond the
 *            image, as many means as channels are not there | PL_ENOMEM */
pl_status pl_augment_new(pl_ctx *ctx, const pl_augment_spec *spec, const pl_images *images,
                         pl_augment **out);
void pl_augment_free(pl_augment *a); /* NULL is fine */

typedef struct pl_augment_size {
    size_t channels, height, width; /* channels: the images' and their RandBit channels */
} pl_augment_size;

pl_augment_size pl_augment_shape(const pl_augment *a);

/** V views of each of n images.
 *  View v of image i is drawn from row i of stream (epoch, v), and from view v of the set, counted
 *  round from a random one, where it holds several: it is the same in any batch, at any
 *  place, and for any number of threads or instruction set.
 *  Given     a        one batch at a time; threads of a trainer each take their own
 *            indices  n indices into the set
 *            V        1 .. 65535; epoch below 2^40
 *  Returned  out      n x V x channels x height x width, float32, values in [0, 1] unless
 *                     normalised; RandBit channels are 0 or 1 and no step touches them
 *  Status    PL_ESHAPE a set of another shape | PL_EDOMAIN an index beyond the set, V or epoch out
 *            of range; out is then untouched
 *  Cost      no allocation */
pl_status pl_augment_batch(pl_ctx *ctx, pl_augment *a, const pl_images *images,
                           const size_t *indices, size_t n, size_t V, uint64_t epoch, uint64_t seed,
                           float *out);

/* What one view was given by chance. */
typedef struct pl_augment_drawn {
    bool applied;
    pl_crop region;         /* crop, erase (height 0: nothing fitted) */
    double factor[4];       /* jitter: the four factors; blur: sigma; rotate: degrees */
    unsigned char order[4]; /* jitter: which is done first, second .. (0: brightness) */
} pl_augment_drawn;

/** Draws all steps of one view; drawn holds PL_AUGMENT_STEPS. */
void pl_augment_draw(const pl_augment *a, pl_stream row, pl_augment_drawn *drawn);

/** Does them: pixels (channels x height x width bytes of one image) to out, without RandBit. */
void pl_augment_apply(pl_augment *a, const unsigned char *pixels, const pl_augment_drawn *drawn,
                      float *out);

#endif
