losses = 'ntxent align align_uniform vicreg'
set multiplot layout 1,2 margins 0.13,0.97,0.16,0.96 spacing 0.15,0.1
set xlabel 'step'
set xtics 40
set xrange [0:136]
do for [panel in 'attraction_gap repulsion_gap'] {
    set ylabel panel offset 1,0 noenhanced
    if (panel eq 'attraction_gap') {
        set key inside top left vertical
        set yrange [0:0.085]
    } else {
        unset key
        set yrange [0:*]
    }
    plot for [i = 1:4] 'runs.csv' \
             using 'step':(strcol('run') eq word(losses, i) ? column(panel) : NaN) \
             with linespoints linestyle int(word('2 6 5 4', i)) pointtype int(word('7 9 5 13', i)) \
             pointsize 0.5 title word(losses, i) noenhanced
}
unset multiplot
