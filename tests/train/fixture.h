#ifndef PL_TESTS_TRAIN_FIXTURE_H
#define PL_TESTS_TRAIN_FIXTURE_H
/* A small set of images, written as MNIST's four idx files, and the options of small runs on it. */

#include <stdio.h>
#include <unistd.h>

#include "math/random.h"
#include "tests/base/scratch.h"
#include "train/settings.h"

enum { FIXTURE_SIDE = 12, FIXTURE_TRAIN = 80, FIXTURE_TEST = 40 };

static inline void fixture_write(const char *name, bool images, size_t n, uint64_t seed) {
    size_t side = FIXTURE_SIDE, dim = images ? side * side : 1, at = 0;
    unsigned char *bytes = calloc(1, 16 + n * dim);
    const unsigned char head[] = {0, 0, 8, images ? 3 : 1, 0, 0, 0, (unsigned char)n};
    ck_assert_ptr_nonnull(bytes);
    memcpy(bytes, head, sizeof head);
    at = sizeof head;
    for (int d = 0; images && d < 2; d++) {
        bytes[at + 3] = (unsigned char)side;
        at += 4;
    }
    for (size_t i = 0; i < n; i++) { /* class c: a bright square at a place of its own, and noise */
        size_t c = i % 10;
        if (!images)
            bytes[at++] = (unsigned char)c;
        for (size_t k = 0; images && k < dim; k++) {
            size_t row = k / side, column = k % side;
            bool bright = row / 3 == c % 4 && column / 4 == c / 4;
            double noise = pl_stream_uniform((pl_stream){seed, 1, i}, k);
            bytes[at++] = (unsigned char)(60 * noise + (bright ? 180 : 0));
        }
    }
    scratch_put(name, bytes, at);
    free(bytes);
}

static inline void fixture_begin(void) {
    scratch_begin();
    fixture_write("train-images-idx3-ubyte", true, FIXTURE_TRAIN, 1);
    fixture_write("train-labels-idx1-ubyte", false, FIXTURE_TRAIN, 1);
    fixture_write("t10k-images-idx3-ubyte", true, FIXTURE_TEST, 2);
    fixture_write("t10k-labels-idx1-ubyte", false, FIXTURE_TEST, 2);
}

/* Options of a run into scratch/OUT on this set, and `more`. */
static inline pl_options *fixture_options(pl_ctx *ctx, const char *out, const char *more) {
    char text[2048];
    pl_options *o = NULL;
    snprintf(text, sizeof text,
             "--data mnist:%s --model mlp:16 --projector 8 --batch 16 --epochs 3 --monitor 20 "
             "--warmup 0 --lr 0.05 --threads 2 --out %s/%s %s",
             scratch_dir, scratch_dir, out, more);
    /* a spec with spaces cannot stand in a preset */
    ck_ok(ctx, pl_options_parse_text(ctx, pl_settings_rows, NULL, text, &o));
    return o;
}

/* Removes a run's directory. */
static inline void fixture_remove(const char *run) {
    char dir[600], path[1200];
    snprintf(dir, sizeof dir, "%s/%s", scratch_dir, run);
    DIR *d = opendir(dir);
    for (struct dirent *e; d && (e = readdir(d)) != NULL;) {
        snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
        unlink(path);
    }
    if (d)
        closedir(d);
    rmdir(dir);
}

#endif
