losses = 'ntxent align align_uniform vicreg'
set multiplot layout 2,2 margins 0.12,0.97,0.11,0.84 spacing 0.13,0.13
set xlabel 'step'
do for [panel in 'loss alignment uniformity effective_rank'] {
    set ylabel panel noenhanced
    if (panel eq 'loss') {
        set key at screen 0.5,0.98 center top maxrows 1
        set ylabel 'loss of ntxent'
    } else {
        unset key
    }
    plot for [i = 1:(panel eq 'loss' ? 1 : 4)] 'runs.csv' \
             using 'step':(strcol('run') eq word(losses, i) ? column(panel) : NaN) \
             with linespoints linestyle word('2 6 5 4', i)+0 pointtype word('7 9 5 13', i)+0 \
             pointsize 0.5 notitle, \
         for [i = 1:4] NaN with linespoints linestyle word('2 6 5 4', i)+0 \
             pointtype word('7 9 5 13', i)+0 title word(losses, i) noenhanced
}
unset multiplot
