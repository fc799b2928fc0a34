set multiplot layout 1,2 margins 0.12,0.98,0.16,0.86 spacing 0.11,0.1
set key samplen 1
set yrange [0.5:1]
set xlabel 'level, 0 the root'
set ylabel 'correlation of the best unit'
set xrange [-0.3:4.3]
set xtics 1
at(e) = column('epoch') == e ? column('mean') : NaN
plot for [e in '0 1 20'] 'levels.csv' using (column('level')+0.012*e):(at(e+0)):'standard_error' \
         with yerrorbars linestyle (e eq '0' ? 5 : e eq '1' ? 6 : 2) \
         title (e eq '0' ? 'initial' : e eq '1' ? '1 epoch' : '20 epochs')
set xlabel 'depth of the tree'
set ylabel 'at the root' offset 1
set xrange [2.7:6.3]
plot for [e in '0 1 20'] 'depth.csv' using (column('depth')+0.012*e):(at(e+0)):'standard_error' \
         with yerrorbars linestyle (e eq '0' ? 5 : e eq '1' ? 6 : 2) \
         title (e eq '0' ? 'initial' : e eq '1' ? '1 epoch' : '20 epochs')
unset multiplot
