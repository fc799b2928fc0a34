#ifndef PL_BOUNDS_SPHERE_LAW_H
#define PL_BOUNDS_SPHERE_LAW_H
/* Laws of features on S^{d-1} with closed forms: J copies of one component, of equal weight, turned
 * by 2 pi/J in the plane of e1 and e2. A component is von Mises-Fisher around e1, an arc of the
 * circle, or a point. By symmetry everything is an expectation over the first copy alone. */

#include "base/ctx.h"
#include "math/zonal.h"

typedef enum { LAW_VMF, LAW_ARC, LAW_POINT } law_component;

typedef struct sphere_law {
    const char *name;
    law_component component;
    size_t d, copies;
    double concentration; /* LAW_VMF; 0: the uniform law     */
    double half;          /* LAW_ARC: half its length, radian */
    pl_zonal rule;        /* s = v.e1 for v of the first copy */
} sphere_law;

/* The names that have one, in the order of a list of all laws; name NULL ends. Beside them "N-gon",
 * N equal points on the circle. Only those marked have a concentration. */
typedef struct sphere_law_name {
    const char *name;
    law_component component;
    size_t copies, d; /* d 0: any dimension */
    double half;
    bool concentrated;
} sphere_law_name;

extern const sphere_law_name sphere_law_names[];

/** Given   name  borrowed
 *  Status  PL_EUSAGE no such law (the nearest is said), or not in this dimension | PL_EDOMAIN */
pl_status sphere_law_new(pl_ctx *ctx, const char *name, size_t d, double concentration,
                         sphere_law *out);
void sphere_law_free(sphere_law *law); /* an all-zero one is fine */

/** rho_n = E P_n(v.e1) over the whole law, P_n(1) = 1: I_{n+nu}(k)/I_nu(k), a sinc, or 1, where the
 *  copies do not cancel. */
double sphere_law_moment(const sphere_law *law, size_t n);

/** log E_u e^{kappa u.v} for v in the plane of e1, e2 with v.e1 = s. Closed form; an arc's is
 *  quadrature. kappa of any sign. */
double sphere_law_log_potential(const sphere_law *law, double kappa, double s);

/** h_n of e^{kappa (s-1)}: e^{-kappa} c(kappa) prod_{j<n} A(d + 2j, kappa). */
double exponential_coefficient(double d, double kappa, size_t n);

/** Dimension of the harmonics of order n on S^{d-1}. */
double harmonics(double d, size_t n);

/** Energy of e^{kappa (u.v - 1)} over the law, sum_n harmonics(n) h_n rho_n^2. */
double sphere_law_energy(const sphere_law *law, double kappa);
/** Its logarithm by quadrature of the potential over the first copy: finite where the energy itself
 *  is below what a double holds. */
double sphere_law_log_energy(const sphere_law *law, double kappa);
/** The energy by that quadrature. */
double sphere_law_energy_ref(const sphere_law *law, double kappa);

#endif
