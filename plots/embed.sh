#!/bin/sh
# Writes the gnuplot scripts into a C table, so that the program needs no data directory.
# usage: embed.sh OUT.c FILE.gp ...
set -eu
out=$1
shift
{
    echo '#include "plots/scripts.h"'
    echo
    echo 'const pl_script pl_plot_scripts[] = {'
    for file in "$@"; do
        name=$(basename "$file" .gp)
        printf '    {"%s",\n' "$name"
        sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/^/     "/' -e 's/$/\\n"/' "$file"
        echo '    },'
    done
    echo '    {0}};'
} >"$out.part"
mv "$out.part" "$out"
