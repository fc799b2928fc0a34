set xlabel 'mode'
set ylabel 'eigenvalue of G'
set xzeroaxis linestyle 1
set logscale x
set xrange [0.9:40]
set xtics (1, 2, 5, 10, 20, 34)
plot 'views.csv' using 'mode':'eigenvalue' with points linestyle 2 title '4 images, 3 views', \
     'classes.csv' using 'mode':'eigenvalue' with points linestyle 5 title 'classes of 2, 4, 6', \
     'karate.csv' using 'mode':'eigenvalue' with points linestyle 6 title 'karate club', \
     'neighbours.csv' using 'mode':'eigenvalue' with points linestyle 4 title '4 nearest neighbours'
