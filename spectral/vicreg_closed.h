#ifndef PL_SPECTRAL_VICREG_CLOSED_H
#define PL_SPECTRAL_VICREG_CLOSED_H
/* The global minimum of VICReg on a relation graph, in closed form (BL22.THM1, 1b, 1c, 1d, 1h).
 *
 * Whatever Omega is, the left singular vectors are the lowest modes of L (THM1b): the minimum is
 * that of Omega(C) + kappa sum lambda_k sigma_k(C), kappa = 2 gamma nu/n, over the eigenvalues
 * sigma of C and its diagonal. */

#include "ssl/spectral_losses.h"

typedef enum vicreg_rotation {
    VICREG_ANY,      /* right singular vectors are free                     */
    VICREG_DIAGONAL, /* C is diagonal                                       */
    VICREG_LEVEL,    /* C has a constant diagonal: the equalising rotation  */
} vicreg_rotation;

typedef struct vicreg_optimum {
    double loss;
    double column_variance; /* s, where the diagonal is constant; else NAN */
    vicreg_rotation rotation;
} vicreg_optimum;

/** The minimum and the eigenvalues of C there.
 *  Given     loss     one of the PL_VICREG_* kinds or PL_LOG_DETERMINANT; beta counts for the
 *                     squared and the hinge loss
 *            kappa    2 gamma nu/n (degree-weighted: 2 gamma)
 *            lambda   the k' = min(K, modes) lowest eigenvalues, ascending
 *            columns  K >= k'
 *  Returned  sigma k', *out
 *  Source    theory notes, sec. 4 */
void vicreg_minimum(const pl_spectral_loss *loss, double kappa, const double *lambda, size_t modes,
                    size_t columns, double *sigma, vicreg_optimum *out);

/** The hypothesis under which the formula is proved, when it is not met; NULL when it is. */
const char *vicreg_unmet(const pl_spectral_loss *loss, size_t modes, size_t columns);

#endif
