set multiplot layout 1,2 margins 0.13,0.98,0.16,0.94 spacing 0.14,0.1
set key inside center right vertical
set xlabel 'iteration t'
set xrange [0:500]
set yrange [0:1.1]
set ylabel 'norm of the feature'
plot 'narrow.csv' using 'iteration':'class_norm' with lines linestyle 1 title 'class, p = 3', \
     'narrow.csv' using 'iteration':'subclass_norm' with lines linestyle 4 dashtype 1 \
         title 'subclass, p = 3', \
     'wide.csv' using 'iteration':'class_norm' with lines linestyle 1 dashtype 2 title 'class, p = 30', \
     'wide.csv' using 'iteration':'subclass_norm' with lines linestyle 4 dashtype 2 \
         title 'subclass, p = 30'
set xrange [0:100]
set yrange [0.5:1e8]
set logscale y 10
set format y '10^{%L}'
set ylabel 'ratio of the gradient terms'
plot 'narrow.csv' using 'iteration':'term_ratio' with lines linestyle 1 title 'p = 3', \
     'wide.csv' using 'iteration':'term_ratio' with lines linestyle 1 dashtype 2 title 'p = 30', \
     1 with lines linecolor rgb '#999999' dashtype 3 title 'balance'
unset multiplot
