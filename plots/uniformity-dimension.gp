set xlabel 'dimension d'
set ylabel 'least uniformity loss'
set logscale x 2
set yrange [-6.2:0]
plot 't1.csv' using 'dim':'lower' with linespoints linestyle 2 title 't = 1', \
     '' using 'dim':'limit' with lines linestyle 3 title '-2t', \
     't2.csv' using 'dim':'lower' with linespoints linestyle 5 title 't = 2', \
     '' using 'dim':'limit' with lines linestyle 3 notitle, \
     't3.csv' using 'dim':'lower' with linespoints linestyle 6 title 't = 3', \
     '' using 'dim':'limit' with lines linestyle 3 notitle
