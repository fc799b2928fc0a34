set xlabel 'iteration'
set ylabel 'held-out accuracy'
set logscale x 10
set format x '10^{%L}'
set yrange [0:1]
plot 'descent.csv' using 'iteration':'class_accuracy' with linespoints linestyle 2 dashtype 2 \
         title 'classes', \
     '' using 'iteration':'subclass_accuracy' with linespoints linestyle 6 dashtype 1 \
         title 'subclasses'
