#!/usr/bin/python3
"""Our random words and uniforms against numpy.random.Philox, bit for bit.

usage: random_parity.py RANDOM_PRINT
Fails when one word or one uniform differs. Row r is numpy's stream with counter [0, r, 0, 0].
"""
import subprocess
import sys

try:
    import numpy
except ImportError as error:
    print(f"skipped: {error}; install python3-numpy")
    sys.exit(77)

TOP = 2**64 - 1
COUNT = 1001
# seed, stream, row, first word
CASES = [(0, 0, 0, 0), (1, 2, 0, 0), (12345, 7, 0, 3), (TOP, TOP, 0, 0), (5, 6, 7, 0),
         (5, 6, TOP, 2), (2**63, 1, 0, 4 * 2**40 + 1)]


def numpys(seed, stream, row, first):
    """A fresh generator whose next word is word `first`."""
    bits = numpy.random.Philox(key=numpy.array([seed, stream], dtype=numpy.uint64),
                               counter=numpy.array([first // 4, row, 0, 0], dtype=numpy.uint64))
    if first % 4:
        bits.random_raw(first % 4)
    return bits


def main():
    for case in CASES:
        seed, stream, row, first = case
        printed = subprocess.run([sys.argv[1], *map(str, case), str(COUNT)], check=True,
                                 capture_output=True, text=True).stdout.split()
        words, uniforms = printed[::2], printed[1::2]
        if [int(w) for w in words] != numpys(*case).random_raw(COUNT).tolist():
            sys.exit(f"words differ: seed {seed}, stream {stream}, row {row}, first {first}")
        theirs = numpy.random.Generator(numpys(*case)).random(COUNT).tolist()
        if [float.fromhex(u) for u in uniforms] != theirs:
            sys.exit(f"uniforms differ: seed {seed}, stream {stream}, row {row}, first {first}")
    print(f"{len(CASES)} streams of {COUNT} words and uniforms are numpy {numpy.__version__}'s")


if __name__ == "__main__":
    main()
