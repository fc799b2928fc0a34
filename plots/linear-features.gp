set xlabel 'embedding size p'
set ylabel 'held-out accuracy'
set logscale x 2
set xrange [1.8:72]
set yrange [0:1]
plot 'scl.csv' using 'embedding':'subclass_accuracy' with linespoints linestyle 2 dashtype 1 \
         title 'SCL', \
     '' using 'embedding':'class_accuracy' with linespoints linestyle 2 dashtype 2 notitle, \
     'ucl.csv' using 'embedding':'subclass_accuracy' with linespoints linestyle 5 dashtype 1 \
         title 'UCL', \
     '' using 'embedding':'class_accuracy' with linespoints linestyle 5 dashtype 2 notitle, \
     'joint.csv' using 'embedding':'subclass_accuracy' with linespoints linestyle 6 dashtype 1 \
         title 'joint, β = 0.8', \
     '' using 'embedding':'class_accuracy' with linespoints linestyle 6 dashtype 2 notitle, \
     NaN with lines linestyle 1 title 'subclass', \
     NaN with lines linestyle 1 dashtype 2 title 'class'
