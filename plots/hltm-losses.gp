set xlabel 'least polarity δ'
set ylabel 'correlation of the best root unit'
set xrange [0.68:0.93]
set xtics 0.1
set yrange [0.5:1]
set key samplen 1 maxrows 2
loss(k) = word('released released subtract nce', k)
tau(k) = k == 2 ? 0.01 : 0.1
name(k) = k == 2 ? 'released, T = 0.01' : k == 1 ? 'released, T = 0.1' : k == 3 ? 'mean gap subtracted' : 'InfoNCE of each sample'
is(k) = strcol('loss') eq loss(k) && abs(column('tau')-tau(k)) < 1e-9 && column('epoch') == 20
plot for [k=1:4] 'losses.csv' using (column('delta')+0.006*(k-2.5)):(is(k) ? column('mean') : NaN):'standard_error' \
         with yerrorbars linestyle k+1 title name(k)
