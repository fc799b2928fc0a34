#ifndef PL_NN_MODELS_H
#define PL_NN_MODELS_H
/* Widths of fully connected layers as text. */

#include <stddef.h>

enum { NN_MAX_WIDTHS = 8, NN_MAX_WIDTH = 65536 };

/** "512,128" as numbers; how many, or -1 when the text is anything else. "" is none. */
int nn_widths(const char *text, size_t widths[NN_MAX_WIDTHS]);

#endif
