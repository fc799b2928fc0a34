#include "bounds/golden_pair.h"

#include <math.h>

void golden_pair(pl_mat x, pl_mat y) {
    for (size_t i = 0; i < x.rows; i++)
        for (size_t k = 0; k < x.cols; k++) {
            double row = (double)i, col = (double)k;
            x.a[i * x.ld + k] = sin(0.7 * row + 1.3 * col + 0.1) + 0.05 * row;
            y.a[i * y.ld + k] = x.a[i * x.ld + k] + 0.3 * cos(1.1 * row - 0.9 * col);
        }
}
