set xlabel 'steps of gradient descent'
set ylabel 'correlation with the latent'
level(l, name) = column('level') == l ? column(name) : NaN
plot for [l=0:2] 'dynamics.csv' using 'step':(level(l, 'best_correlation')) every 3::l with lines \
         linewidth 1.6 linecolor l+1 title sprintf('level %d', l), \
     for [l=0:2] '' using 'step':(level(l, 'best_linear_correlation')) every 3::l with lines dashtype 2 \
         linecolor l+1 notitle, \
     for [l=0:2] '' using 'step':(level(l, 'bayes_correlation')) every 3::l with lines dashtype 3 \
         linecolor l+1 notitle, \
     NaN with lines linestyle 1 dashtype 2 title 'linear', \
     NaN with lines linestyle 1 dashtype 3 title 'Bayes'
