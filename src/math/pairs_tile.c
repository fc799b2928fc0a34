/* The register tile of the pair kernel in both precisions. meson.build compiles this file once per
 * instruction set, with PL_PAIR_KERNEL its name; the compiler's vector extension does the rest.
 * Contraction to fused multiply-add is on here and nowhere else. */

#include "math/pairs_tile.h"

#include <math.h>
#include <string.h>

/* ROWS x 2 accumulators, 2 vectors of anchors and one broadcast point fill the register file. */
#if defined __AVX512F__
enum { VECTOR = 64, ROWS = 12 };
#elif defined __AVX2__
enum { VECTOR = 32, ROWS = 6 };
#else
enum { VECTOR = 16, ROWS = 6 };
#endif

enum {
    CHUNK = 64 /* elements of a row that are packed at once */
};

#define INLINE static inline __attribute__((always_inline))
#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)
#define STRING_(a) #a
#define STRING(a) STRING_(a)

/* Coefficients of r^k in the polynomial that meets 2^r at the Chebyshev nodes of [-1/2, 1/2];
 * relative error below 2e-8 in single and 2e-17 in double, with the coefficients as rounded. */
static const float EXP2_F32[] = {1.0f,
                                 0.69314720670283259f,
                                 0.24022650922288757f,
                                 0.05550327226670302f,
                                 0.0096180566785246373f,
                                 0.0013400428177615838f,
                                 0.00015461444698569129f};
static const double EXP2_F64[] = {1.0,
                                  0.69314718055994529,
                                  0.24022650695910158,
                                  0.055504108664821625,
                                  0.0096181291075872564,
                                  0.0013333558146406471,
                                  0.00015403530463724353,
                                  1.5252733841556773e-05,
                                  1.3215432535912375e-06,
                                  1.0178057087733941e-07,
                                  7.0741942972885211e-09,
                                  4.4558179083360645e-10};

#define REAL float
#define UINT uint32_t
#define INT int32_t
#define SUFFIX _f32
#define EXP2 EXP2_F32
#define MANTISSA 23
#define FLOOR (-127.0f)
#define UNSEEN (-1e30f)
#include "math/pairs_tile_body.h"

#define REAL double
#define UINT uint64_t
#define INT int64_t
#define SUFFIX _f64
#define EXP2 EXP2_F64
#define MANTISSA 52
#define FLOOR (-1023.0)
#define UNSEEN (-1e305)
#include "math/pairs_tile_body.h"

const pl_pair_kernel JOIN(pl_pair_, PL_PAIR_KERNEL) = {
    .name = STRING(PL_PAIR_KERNEL),
    .f32 = {2 * VECTOR / sizeof(float), ROWS, sizeof(float), -1e30, square_f32, pack_f32, sum_f32},
    .f64 = {2 * VECTOR / sizeof(double), ROWS, sizeof(double), -1e305, square_f64, pack_f64,
            sum_f64}};
