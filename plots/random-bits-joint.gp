set xlabel 'embedding size p'
set ylabel 'held-out accuracy'
set logscale x 2
set xrange [1.8:72]
set yrange [0:1]
set key samplen 1.5
set arrow 1 from 8, graph 0 to 8, graph 1 nohead linecolor rgb '#999999' dashtype 3
plot for [k=1:3] word('scl ucl joint', k).'.csv' using 'embedding':'subclass_accuracy' with linespoints \
         linestyle word('2 5 6', k)+0 dashtype 1 title word('SCL UCL joint', k), \
     for [k=1:3] word('scl ucl joint', k).'.csv' using 'embedding':'class_accuracy' with linespoints \
         linestyle word('2 5 6', k)+0 dashtype 2 notitle, \
     NaN with lines linestyle 1 title 'subclass', \
     NaN with lines linestyle 1 dashtype 2 title 'class'
