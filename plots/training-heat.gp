unset key
unset grid
set xlabel 'weight lambda of repulsion'
set ylabel 'inverse temperature alpha'
set cblabel 'uniformity [nats]'
set style fill solid 1 noborder
set palette defined (0 '#0B3C5D', 0.5 '#56B4E9', 1 '#F7FBFF')
set xtics ('1/4' -2, '1/2' -1, '1' 0, '2' 1, '4' 2)
set ytics ('1' 0, '2' 1, '4' 2, '10' 3.3219)
set xrange [-2.5:2.5]
set yrange [-0.5:3.83]
log2(x) = log(x)/log(2)
plot 'heat.csv' using (log2(column('lambda'))):(log2(column('alpha'))):(0.5):(0.5):'uniformity' \
         with boxxyerror fillstyle solid 1 fillcolor palette, \
     'heat.csv' using (log2(column('lambda'))):(log2(column('alpha'))):(sprintf('%.2f', column('uniformity'))) \
         with labels textcolor rgb '#D55E00'
