losses = 'ntxent align align_uniform vicreg'
set multiplot layout 1,2 margins 0.12,0.97,0.16,0.84 spacing 0.14,0.1
set xlabel 'step'
do for [panel in 'attraction_gap repulsion_gap'] {
    set ylabel panel noenhanced
    if (panel eq 'attraction_gap') {
        set key at screen 0.5,0.98 center top maxrows 1
    } else {
        unset key
    }
    plot for [i = 1:4] 'runs.csv' \
             using 'step':(strcol('run') eq word(losses, i) ? column(panel) : NaN) \
             with linespoints linestyle word('2 6 5 4', i)+0 pointtype word('7 9 5 13', i)+0 \
             pointsize 0.5 title word(losses, i) noenhanced
}
unset multiplot
