set logscale x
set format x '10^{%L}'
set xrange [*:*] noextend
set xlabel 'number of classes n'
set ylabel 'best inverse temperature'
set key top left inside vertical Left reverse
plot 'd16.csv' using 'n':'alpha_star' with lines linestyle 2 title 'd = 16', \
     'd16.csv' using 'n':'approximation' with lines linestyle 2 dashtype 2 notitle, \
     'd128.csv' using 'n':'alpha_star' with lines linestyle 3 dashtype 1 title 'd = 128', \
     'd128.csv' using 'n':'approximation' with lines linestyle 3 notitle, \
     'd512.csv' using 'n':'alpha_star' with lines linestyle 4 dashtype 1 title 'd = 512', \
     'd512.csv' using 'n':'approximation' with lines linestyle 4 dashtype 2 notitle, \
     NaN with lines linestyle 1 dashtype 2 title '√(2 d log n)'
