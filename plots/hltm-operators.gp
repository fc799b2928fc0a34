set xlabel 'epoch'
set ylabel 'mean norm of OP_μ'
set logscale y 10
set format y '10^{%L}'
set key title 'level' samplen 1.5
set xrange [-0.3:20.3]
level(l, name) = column('level') == l ? column(name) : NaN
plot for [l=0:4] 'operators.csv' using 'epoch':(level(l, 'operator_norm')) every 5::l with linespoints \
         linecolor l+1 pointtype 7 pointsize 0.6 title sprintf('%d', l), \
     for [l=0:4] '' using 'epoch':(level(l, 'released_norm')) every 5::l with points pointtype 2 pointsize 1 \
         linecolor l+1 notitle, \
     NaN with points pointtype 2 pointsize 1 linecolor rgb '#000000' title 'released'
