set multiplot layout 1,2 margins 0.13,0.97,0.16,0.96 spacing 0.15,0.1
set xlabel 'epochs'
unset key
do for [panel in 'attraction repulsion'] {
    set ylabel panel.' gap' offset 1,0
    set yrange [0:*]
    set xrange [0.5:*]
    plot 'study.csv' using 'epoch':panel.'_gap':panel.'_lo':panel.'_hi' \
             with yerrorbars linestyle 2, \
         'study.csv' using 'epoch':panel.'_gap' with lines linestyle 2
}
unset multiplot
