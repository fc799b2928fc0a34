#!/bin/sh
# Writes the labs' sources and data into a C table, line by line, so that the program needs no
# data directory.
# usage: embed.sh OUT.c FILE ...
set -eu
out=$1
shift
{
    echo '#include "notebooks-export/labs.h"'
    n=0
    for file in "$@"; do
        printf '\nstatic const char *const lines%d[] = {\n' "$n"
        sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/?/\\?/g' -e 's/^/    "/' -e 's/$/",/' "$file"
        echo '    0};'
        n=$((n + 1))
    done
    printf '\nconst lab_file lab_files[] = {\n'
    n=0
    for file in "$@"; do
        printf '    {"%s", lines%d},\n' "$(basename "$file")" "$n"
        n=$((n + 1))
    done
    echo '    {0}};'
} >"$out.part"
mv "$out.part" "$out"
