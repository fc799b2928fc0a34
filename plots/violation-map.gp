set logscale x 2
set format x '2^{%L}'
set xlabel 'concentration K of the views'
set ylabel 'share of anchors where the bound fails'
set yrange [0:0.55]
plot 'd2.csv' using 'concentration':'violation_probability' \
         with linespoints linestyle 2 title 'd = 2', \
     'd8.csv' using 'concentration':'violation_probability' \
         with linespoints linestyle 5 title 'd = 8', \
     'd32.csv' using 'concentration':'violation_probability' \
         with linespoints linestyle 6 title 'd = 32', \
     'd128.csv' using 'concentration':'violation_probability' \
         with lines linestyle 1 title 'd = 128'
