set xlabel 'mode'
set ylabel 'eigenvalue of Cov(Z)'
set key inside top right vertical
set yrange [0:*]
plot 'squared.csv' using 'mode':'variance' with lines linestyle 1 title 'closed form', \
     'hinge.csv' using 'mode':'variance' with lines linestyle 3 notitle, \
     'collapsed.csv' using 'mode':'variance' with lines linestyle 4 notitle, \
     'squared.csv' using 'mode':'found_variance' with points linestyle 2 title 'squared', \
     'hinge.csv' using 'mode':'found_variance' with points linestyle 6 title 'hinge', \
     'collapsed.csv' using 'mode':'found_variance' with points linestyle 5 title 'large γ'
