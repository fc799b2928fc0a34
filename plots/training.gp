losses = 'ntxent align align_uniform vicreg'
set multiplot layout 2,2 margins 0.12,0.97,0.12,0.97 spacing 0.15,0.17
set xlabel 'step'
set xtics 40
set xrange [0:136]
do for [panel in 'relative_loss alignment uniformity effective_rank'] {
    set ylabel panel offset 1,0 noenhanced
    if (panel eq 'relative_loss') {
        set key inside top right vertical
    } else {
        unset key
    }
    plot for [i = 1:4] 'runs.csv' \
             using 'step':(strcol('run') eq word(losses, i) ? column(panel) : NaN) \
             with linespoints linestyle int(word('2 6 5 4', i)) pointtype int(word('7 9 5 13', i)) \
             pointsize 0.5 title word(losses, i) noenhanced
}
unset multiplot
