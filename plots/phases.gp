set xlabel 'weight of repulsion'
set ylabel 'mean similarity of positives'
set yrange [-1.1:1.1]
set xzeroaxis linewidth 0.6 linecolor rgb '#999999'
plot 'bcl.csv' using 'lambda':'mean_positive' with lines linestyle 1 title 'minimum of ψ', \
     'bcl.csv' using 'lambda':'optimised_positive' with points linestyle 2 \
         title 'optimised free features', \
     'ntxent.csv' using 'lambda':'optimised_positive' with points linestyle 6 \
         title 'NT-Xent'
