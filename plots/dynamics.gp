set xlabel 'time'
set ylabel "trace of ZZ'"
set key inside bottom right vertical
plot 'curve.csv' using 'time':'trace' with lines linestyle 1 title 'closed form', \
     'curve.csv' using 'time':'descent_trace' with points linestyle 2 title 'gradient descent'
