set xlabel '2 λ t'
set ylabel 'log growth along the top eigenvector'
plot 'linear.csv' using 'log_flow':'log_growth' with points linestyle 2 title 'linear layer', \
     'root.csv' using 'log_flow':'log_growth' with points linestyle 5 title 'root, children frozen', \
     x with lines linestyle 1 title 'slope 1'
