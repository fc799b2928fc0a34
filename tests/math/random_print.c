/* Words and uniforms of a stream, for random_parity.py to compare with numpy's.
 * usage: random_print SEED STREAM ROW FIRST COUNT; a line: word, uniform in hexadecimal */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "math/random.h"

int main(int argc, char **argv) {
    if (argc != 6)
        return 2;
    pl_stream s = {strtoull(argv[1], NULL, 10), strtoull(argv[2], NULL, 10),
                   strtoull(argv[3], NULL, 10)};
    uint64_t first = strtoull(argv[4], NULL, 10), count = strtoull(argv[5], NULL, 10);
    for (uint64_t k = first; k < first + count; k++)
        printf("%" PRIu64 " %a\n", pl_stream_bits(s, k), pl_stream_uniform(s, k));
    return 0;
}
