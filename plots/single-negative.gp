# between two points of one polygon stand rows of the others: they are no gaps
set datafile missing NaN
set xlabel 'temperature τ'
set ylabel 'loss - loss of the uniform law'
set logscale x 10
set xrange [0.05:2]
set yrange [-0.0011:0.0011]
set rmargin 3
set xtics (0.05, 0.1, 0.2, 0.5, 1, 2)
set xzeroaxis linestyle 1
set label 1 'beats the uniform law' at graph 0.97, 0.05 right textcolor rgb '#666666'
polygon(name) = strcol('witness') eq name ? column('difference') : NaN
plot 'polygons.csv' using 'tau':(polygon('square')) with linespoints linestyle 2 title '4-gon', \
     '' using 'tau':(polygon('pentagon')) with linespoints linestyle 5 title '5-gon', \
     '' using 'tau':(polygon('7-gon')) with linespoints linestyle 6 title '7-gon', \
     '' using 'tau':(polygon('10-gon')) with linespoints linestyle 4 pointtype 13 title '10-gon', \
     '' using 'tau':(polygon('12-gon')) with linespoints linestyle 3 pointtype 11 title '12-gon'
