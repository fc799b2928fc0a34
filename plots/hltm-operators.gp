set multiplot layout 1,2 margins 0.14,0.97,0.16,0.84 spacing 0.16,0.1
set xlabel 'epoch'
set ylabel 'mean norm of OP_μ'
set logscale y 10
set format y '10^{%L}'
set key title 'level' samplen 1.5
set xrange [-0.3:20.3]
level(l, name) = column('level') == l ? column(name) : NaN
plot for [l=0:4] 'operators.csv' using 'epoch':(level(l, 'operator_norm')) every 5::l with linespoints \
         linecolor l+1 pointtype 7 pointsize 0.6 title sprintf('%d', l)
unset logscale y
set format y '%g'
set yrange [0.89:1.01]
set ylabel 'as the released code contracts it / norm'
plot for [l=0:4] 'operators.csv' using 'epoch':(level(l, 'released_norm')/level(l, 'operator_norm')) every 5::l \
         with linespoints linecolor l+1 pointtype 2 pointsize 0.8 title sprintf('%d', l)
unset multiplot
