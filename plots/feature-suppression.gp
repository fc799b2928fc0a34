set multiplot layout 1,2 margins 0.13,0.98,0.16,0.94 spacing 0.14,0.1
set key inside bottom left vertical Left reverse
set xlabel 'second moment of the last irrelevant feature'
set ylabel 'norm of the class feature'
set logscale x 10
set xrange [0.01:10]
set yrange [-0.05:1.4]
set arrow 1 from 0.64, graph 0 to 0.64, graph 1 nohead linecolor rgb '#999999' dashtype 3
plot 'three.csv' using 'value':'class_closed_form' with lines linestyle 1 title 'theory', \
     'ten.csv' using 'value':'class_closed_form' with lines linestyle 1 notitle, \
     'three.csv' using 'value':'class_norm' with points linestyle 2 title '(K, p) = (3, 3)', \
     'ten.csv' using 'value':'class_norm' with points linestyle 6 title '(10, 10)'
unset arrow 1
unset logscale x
set key inside top left vertical Left reverse samplen 1.5
set xlabel 'embedding size p'
set ylabel 'norm of the feature'
set xrange [0.8:7.2]
set yrange [-0.1:3]
set xtics 1
plot 'sizes.csv' using 'value':'class_norm' with linespoints linestyle 2 dashtype 1 title 'class', \
     'sizes.csv' using 'value':'subclass_norm' with linespoints linestyle 5 title 'subclass', \
     'sizes.csv' using 'value':'last_norm' with linespoints linestyle 6 title 'weakest irrelevant'
unset multiplot
