set xlabel 'negatives M'
set ylabel 'nats'
set logscale x 10
set format x '10^{%L}'
set arrow 1 from 65536, graph 0 to 65536, graph 1 nohead linecolor rgb '#999999' dashtype 3
set label 1 'MoCo' at 65536, graph 0.95 right offset -0.6,0 textcolor rgb '#666666'
plot 'infonce.csv' using 'negatives':'deviation' with linespoints linestyle 2 title 'InfoNCE, D_M', \
     '' using 'negatives':'upper' with lines linestyle 3 title 'log(1 + R/M)', \
     'dcl.csv' using 'negatives':'deviation' with linespoints linestyle 5 title 'DCL, D_M', \
     0 with lines linestyle 1 title 'limit'
