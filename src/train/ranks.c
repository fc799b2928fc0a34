/* What needs no MPI of pl_ranks. */
#include "train/ranks.h"

#include <stdlib.h>
#include <string.h>

enum { MOST = 3 };

bool pl_ranks_launched(void) {
    /* Open MPI; MPICH and Intel's; PMIx, as Slurm has it */
    static const char *const names[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "PMIX_RANK"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (getenv(names[i]))
            return true;
    return false;
}

void pl_ranks_differences(const char *first, const char *here, pl_text *out) {
    for (int found = 0; *first || *here;) {
        int a = (int)strcspn(first, "\n"), b = (int)strcspn(here, "\n");
        if (a != b || strncmp(first, here, (size_t)a) != 0) {
            if (found++ == MOST) {
                pl_text_add(out, ", and more");
                return;
            }
            pl_text_printf(out, "%s%.*s here, %.*s there", found > 1 ? ", " : "", b, here, a,
                           first);
        }
        first += a + (first[a] != '\0');
        here += b + (here[b] != '\0');
    }
}
