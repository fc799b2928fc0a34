#ifndef PL_MATH_SPHERE_H
#define PL_MATH_SPHERE_H
/* Special functions on the sphere S^{d-1} (theory notes, sec. 1.1). */

/** log c(d, kappa), c = E_{u~sigma} exp(kappa u.v) = 0F1(; d/2; kappa^2/4), |v| = 1.
 *  Given     d      ambient dimension >= 1 (d = 1: cosh), need not be whole
 *            kappa  any sign; only |kappa| counts
 *  Returned  NAN outside the domain; relative error about 1e-15, also where c - 1 is tiny
 *  Cost      the power series, all of its terms positive: O(kappa) terms, rescaled so that nothing
 *            overflows; beyond kappa = 50 + 2 (d/2 - 1)^2 the asymptotic series: some twenty terms
 */
double pl_log_c(double d, double kappa);

/** The same through the scaled Bessel function of GSL where that does not underflow. */
double pl_log_c_ref(double d, double kappa);

/** A(d, kappa) = c'/c = E_{u~vMF(mu, kappa)} u.mu, the mean resultant length; odd in kappa.
 *  Given     d >= 1 (d = 1: tanh), kappa any sign
 *  Returned  NAN outside the domain
 *  Cost      O(sqrt kappa) steps of the Gauss continued fraction, from the tail up; for large kappa
 *            the asymptotic series, as in log c */
double pl_resultant(double d, double kappa);

/** The same as a difference quotient of log c (6 to 9 digits). */
double pl_resultant_ref(double d, double kappa);

/** log |S^{d-1}| = log(2 pi^{d/2} / Gamma(d/2)). */
double pl_log_sphere_area(double d);

#endif
