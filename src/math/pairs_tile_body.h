/* Included by pairs_tile.c once for each precision (REAL); a template, hence no guard. */

#define NAME(a) JOIN(a, SUFFIX)
#define vec NAME(vec)
#define bits NAME(bits)
#define mask NAME(mask)
#define quad NAME(quad)
#define lanes NAME(lanes)
#define LANES (VECTOR / (int)sizeof(REAL))

typedef REAL vec __attribute__((vector_size(VECTOR), may_alias));
typedef UINT bits __attribute__((vector_size(VECTOR)));
typedef INT mask __attribute__((vector_size(VECTOR))); /* what comparisons give: 0 or -1 */
typedef REAL quad __attribute__((vector_size(4 * sizeof(REAL)), aligned(sizeof(REAL)), may_alias));

/* The two vectors of a tile's row, also as numbers. */
typedef union lanes {
    vec v[2];
    REAL a[2 * LANES];
} lanes;

INLINE vec NAME(choose)(mask which, vec yes, vec no) {
    return (vec)(((mask)yes & which) | ((mask)no & ~which));
}

/* 2^t for FLOOR <= t < -FLOOR: n = the nearest integer to t, from the mantissa of t + 1.5
 * 2^MANTISSA, is added to the exponent of 2^(t - n). At t = FLOOR the exponent field runs empty:
 * exactly 0. */
INLINE vec NAME(exp2)(vec t) {
    const REAL magic = (REAL)(3ull << (MANTISSA - 1));
    const int degree = sizeof EXP2 / sizeof *EXP2 - 1;
    vec n = t + magic;
    vec r = t - (n - magic);
    vec p = r * EXP2[degree] + EXP2[degree - 1];
#pragma GCC unroll 16
    for (int k = degree - 2; k >= 0; k--)
        p = p * r + EXP2[k];
    return (vec)((bits)p + ((bits)n << MANTISSA));
}

/* Exponents t = x.y of one panel of anchors with one panel of points. */
INLINE void NAME(dots)(size_t d, const REAL *x, const REAL *y, vec t[ROWS][2]) {
#pragma GCC unroll 16
    for (int r = 0; r < ROWS; r++)
        t[r][0] = t[r][1] = (vec){0};
    for (size_t k = 0; k < d; k++, x += 2 * LANES, y += ROWS) {
        vec x0 = *(const vec *)x, x1 = *(const vec *)(x + LANES);
#pragma GCC unroll 16
        for (int r = 0; r < ROWS; r++) {
            t[r][0] += x0 * y[r];
            t[r][1] += x1 * y[r];
        }
    }
}

/* Takes out of the tile the points from `live` on, and for lane l the point hole + l: their
 * exponents fall below any. */
INLINE void NAME(leave_out)(ptrdiff_t live, ptrdiff_t hole, vec t[ROWS][2]) {
    mask lane;
    const vec none = (vec){0} + 2 * UNSEEN;
    for (int l = 0; l < LANES; l++)
        lane[l] = (INT)l;
#pragma GCC unroll 16
    for (int r = 0; r < ROWS; r++) {
        ptrdiff_t l = r - hole;
        INT out = l >= 0 && l < 2 * LANES ? (INT)l : -1;
        mask dead = (mask){0} - (INT)(r >= live);
        t[r][0] = NAME(choose)(dead | (lane == out), none, t[r][0]);
        t[r][1] = NAME(choose)(dead | (lane + (INT)LANES == out), none, t[r][1]);
    }
}

/* Raises each lane's shift to the tile's largest exponent; what was summed so far follows. */
INLINE void NAME(raise)(vec t[ROWS][2], lanes *shift, double *part, double *total) {
    lanes top = *shift;
    for (int r = 0; r < ROWS; r++)
        for (int c = 0; c < 2; c++)
            top.v[c] = NAME(choose)(t[r][c] > top.v[c], t[r][c], top.v[c]);
    for (int l = 0; l < 2 * LANES; l++)
        if (top.a[l] > shift->a[l]) {
            double factor = exp2((double)shift->a[l] - (double)top.a[l]);
            part[l] *= factor;
            total[l] *= factor;
        }
    *shift = top;
}

/* part[l] += sum of the tile's 2^t. */
INLINE void NAME(add)(vec t[ROWS][2], double *part) {
    lanes sum = {.v = {{0}}};
#pragma GCC unroll 16
    for (int r = 0; r < ROWS; r++) {
        sum.v[0] += NAME(exp2)(t[r][0]);
        sum.v[1] += NAME(exp2)(t[r][1]);
    }
    for (int l = 0; l < 2 * LANES; l++)
        part[l] += (double)sum.a[l];
}

/* The same for a tile at an edge of the sum, or whose exponents need the shift. */
static __attribute__((noinline)) void NAME(add_carefully)(vec t[ROWS][2], ptrdiff_t live,
                                                          ptrdiff_t hole, lanes *shift,
                                                          double *part, double *total) {
    const vec least = (vec){0} + FLOOR;
    NAME(leave_out)(live, hole, t);
    if (shift)
        NAME(raise)(t, shift, part, total);
    for (int r = 0; r < ROWS; r++)
        for (int c = 0; c < 2; c++) {
            vec e = t[r][c];
            if (shift)
                e -= shift->v[c];
            t[r][c] = NAME(choose)(e > least, e, least);
        }
    NAME(add)(t, part);
}

static void NAME(sum)(size_t d, const void *anchors, const void *points, size_t count,
                      ptrdiff_t hole, bool shifted, double *shift, double *total) {
    const REAL *y = points;
    double part[2 * LANES] = {0};
    lanes top;
    for (int l = 0; l < 2 * LANES; l++)
        top.a[l] = (REAL)shift[l];
    for (size_t j = 0; j < count; j += ROWS, y += ROWS * d) {
        ptrdiff_t live = (ptrdiff_t)(count - j), own = hole - (ptrdiff_t)j;
        vec t[ROWS][2];
        NAME(dots)(d, anchors, y, t);
        if (!shifted && live >= ROWS && (own >= ROWS || own <= -2 * LANES)) {
            NAME(add)(t, part);
        } else {
            vec kept[ROWS][2];
            memcpy(kept, t, sizeof kept);
            NAME(add_carefully)(kept, live, own, shifted ? &top : NULL, part, total);
        }
    }
    for (int l = 0; l < 2 * LANES; l++) {
        total[l] += part[l];
        shift[l] = (double)top.a[l];
    }
}

static double NAME(square)(const void *row, size_t d) {
    const REAL *a = row;
    REAL s = 0;
#pragma omp simd reduction(+ : s)
    for (size_t k = 0; k < d; k++)
        s += a[k] * a[k];
    return (double)s;
}

/* out[k] = element first + k of row i, scaled, for k < n. */
INLINE void NAME(fetch)(const pl_points *p, size_t i, size_t first, size_t n, double down,
                        double gain, REAL *out) {
    size_t at = i * p->ld + first;
    if (p->single) {
        const float *a = (const float *)p->data + at;
        for (size_t k = 0; k < n; k++)
            out[k] = (REAL)((double)a[k] * down * gain);
    } else {
        const double *a = (const double *)p->data + at;
        for (size_t k = 0; k < n; k++)
            out[k] = (REAL)(a[k] * down * gain);
    }
}

/* Four rows of n elements into four neighbouring columns of a panel. */
INLINE void NAME(transpose)(REAL row[4][CHUNK], size_t n, size_t width, REAL *panel) {
    size_t k = 0;
    for (; k + 4 <= n; k += 4, panel += 4 * width) {
        quad a = *(const quad *)(row[0] + k), b = *(const quad *)(row[1] + k);
        quad c = *(const quad *)(row[2] + k), e = *(const quad *)(row[3] + k);
        quad ab0 = __builtin_shufflevector(a, b, 0, 4, 1, 5);
        quad ab2 = __builtin_shufflevector(a, b, 2, 6, 3, 7);
        quad ce0 = __builtin_shufflevector(c, e, 0, 4, 1, 5);
        quad ce2 = __builtin_shufflevector(c, e, 2, 6, 3, 7);
        *(quad *)panel = __builtin_shufflevector(ab0, ce0, 0, 1, 4, 5);
        *(quad *)(panel + width) = __builtin_shufflevector(ab0, ce0, 2, 3, 6, 7);
        *(quad *)(panel + 2 * width) = __builtin_shufflevector(ab2, ce2, 0, 1, 4, 5);
        *(quad *)(panel + 3 * width) = __builtin_shufflevector(ab2, ce2, 2, 3, 6, 7);
    }
    for (; k < n; k++, panel += width)
        for (int g = 0; g < 4; g++)
            panel[g] = row[g][k];
}

static void NAME(pack)(const pl_points *p, size_t first, size_t count, double down, double gain,
                       size_t width, void *panel) {
    REAL row[4][CHUNK];
    for (size_t l = 0; l < width; l += 4)
        for (size_t from = 0; from < p->cols; from += CHUNK) {
            size_t n = p->cols - from < CHUNK ? p->cols - from : CHUNK;
            size_t columns = width - l < 4 ? width - l : 4;
            REAL *at = (REAL *)panel + from * width + l;
            for (size_t g = 0; g < columns; g++)
                if (l + g < count)
                    NAME(fetch)(p, first + l + g, from, n, down, gain, row[g]);
                else
                    memset(row[g], 0, n * sizeof(REAL));
            if (columns == 4)
                NAME(transpose)(row, n, width, at);
            else
                for (size_t k = 0; k < n; k++)
                    for (size_t g = 0; g < columns; g++)
                        at[k * width + g] = row[g][k];
        }
}

#undef NAME
#undef vec
#undef bits
#undef mask
#undef quad
#undef lanes
#undef LANES
#undef REAL
#undef UINT
#undef INT
#undef SUFFIX
#undef EXP2
#undef MANTISSA
#undef FLOOR
#undef UNSEEN
