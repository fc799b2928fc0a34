unset key
unset grid
set xlabel 'weight lambda of repulsion (power of two)'
set ylabel 'inverse temperature alpha (power of two)'
set cblabel 'accuracy of a linear probe'
set palette defined (0 '#f7fbff', 0.5 '#56B4E9', 1 '#0B3C5D')
set xrange [-2.5:2.5]
set yrange [-0.5:3.8]
plot 'heat.csv' using (log(column('lambda'))/log(2)):(log(column('alpha'))/log(2)):(0.5):(0.5):'linear' \
         with boxxyerror fillstyle solid 1 fillcolor palette, \
     '' using (log(column('lambda'))/log(2)):(log(column('alpha'))/log(2)):(sprintf('%.2f', column('linear'))) \
         with labels
