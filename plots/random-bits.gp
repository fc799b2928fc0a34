set xlabel 'embedding size p'
set ylabel 'held-out subclass accuracy'
set logscale x 2
set xrange [3.5:110]
set yrange [0:1]
set arrow 1 from 8, graph 0 to 8, graph 1 nohead linecolor rgb '#999999' dashtype 3
set arrow 2 from 32, graph 0 to 32, graph 1 nohead linecolor rgb '#999999' dashtype 3
plot 'three.csv' using 'embedding':'subclass_accuracy' with linespoints linestyle 2 dashtype 1 \
         title '3 bits', \
     'five.csv' using 'embedding':'subclass_accuracy' with linespoints linestyle 6 dashtype 1 \
         title '5 bits'
