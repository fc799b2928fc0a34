#ifndef PL_TESTS_PEERS_PEAK_H
#define PL_TESTS_PEERS_PEAK_H
/* The machine's peak of float multiply-adds, beside what is measured against it. */

#include <omp.h>
#include <stddef.h>

enum {
    PEAK_CHAINS = 12,    /* independent sums: more than latency x width of any processor today */
    PEAK_STEPS = 400000, /* about 1 ms */
    PEAK_PIECES = 10     /* the best counts: something else runs in the others */
};

/* PEAK_CHAINS x PEAK_STEPS vector multiply-adds on vectors of BYTES; the sum keeps them alive. The
 * file is compiled with -ffp-contract=fast, or a multiplication and an addition would stand for
 * each. */
#define PEAK(name, bytes, isa)                                                                     \
    typedef float name##_vec __attribute__((vector_size(bytes)));                                  \
    __attribute__((target(isa))) static double name(size_t *lanes) {                               \
        name##_vec c[PEAK_CHAINS], a = (name##_vec){0} + 0.999f, b = (name##_vec){0} + 2e-3f;      \
        double sum = 0;                                                                            \
        _Pragma("GCC unroll 12") for (int i = 0; i < PEAK_CHAINS; i++) c[i] =                      \
            (name##_vec){0} + (float)i;                                                            \
        for (size_t k = 0; k < PEAK_STEPS; k++)                                                    \
            _Pragma("GCC unroll 12") for (int i = 0; i < PEAK_CHAINS; i++) c[i] = c[i] * a + b;    \
        for (int i = 0; i < PEAK_CHAINS; i++)                                                      \
            sum += (double)c[i][0];                                                                \
        *lanes = (bytes) / sizeof(float);                                                          \
        return sum;                                                                                \
    }

#if defined __x86_64__
PEAK(peak_avx512, 64, "avx512f")
PEAK(peak_avx2, 32, "avx2,fma")
PEAK(peak_generic, 16, "sse2")
#endif

/* Flops per second of `threads` threads; 0 where it is not known how to measure. */
static inline double peak(int threads) {
#if defined __x86_64__
    double (*loop)(size_t *) = __builtin_cpu_supports("avx512f") ? peak_avx512
                               : __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")
                                   ? peak_avx2
                                   : peak_generic;
    size_t lanes = 0;
    double sum = 0, least = 1e9;
    for (int piece = 0; piece < PEAK_PIECES; piece++) {
        double start = omp_get_wtime();
#pragma omp parallel num_threads(threads) reduction(+ : sum) reduction(max : lanes)
        sum += loop(&lanes);
        double seconds = omp_get_wtime() - start;
        least = seconds < least ? seconds : least;
    }
    return sum > 0 ? 2.0 * PEAK_CHAINS * PEAK_STEPS * (double)lanes * threads / least : 0;
#else
    return threads * 0.0;
#endif
}

#endif
