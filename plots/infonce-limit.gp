set multiplot layout 1,2 margins 0.12,0.98,0.16,0.94 spacing 0.14,0.1
set key inside top right vertical samplen 1.5
set xlabel 'negatives M'
set logscale x 10
set format x '10^{%L}'
set ylabel 'nats'
plot 'exact.csv' using 'negatives':(column('loss') - log(column('negatives'))) \
         with lines linestyle 3 title 'loss - log M', \
     'sampled.csv' using 'negatives':(column('loss') - log(column('negatives'))):(2*column('standard_error')) \
         with yerrorbars linestyle 2 title 'sampled', \
     'exact.csv' using 'negatives':'limit' with lines linestyle 1 title 'alignment + uniformity'
set key inside bottom left vertical Left reverse
set logscale y 10
set format y '10^{%L}'
set ylabel 'deviation D_M'
plot 'exact.csv' using 'negatives':'deviation' with linespoints linestyle 2 title 'D_M', \
     'exact.csv' using 'negatives':(column('lower') > 0 ? column('lower') : NaN) \
         with lines linestyle 3 title 'lower', \
     'exact.csv' using 'negatives':'upper' with lines linestyle 4 title 'upper', \
     'exact.csv' using 'negatives':'c1_over_m' with lines linestyle 1 title 'C_1/M', \
     'exact.csv' using 'negatives':(1/sqrt(column('negatives'))) \
         with lines linecolor rgb '#999999' dashtype 3 title 'M^{-1/2}'
unset multiplot
