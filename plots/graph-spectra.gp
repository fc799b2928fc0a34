set xlabel 'mode'
set ylabel 'eigenvalue of G'
set xzeroaxis linestyle 1
set logscale x
plot 'views.csv' using 'mode':'eigenvalue' with points linestyle 2 title '4 images, 3 views', \
     'classes.csv' using 'mode':'eigenvalue' with points linestyle 5 title 'classes of 2, 4, 6', \
     'karate.csv' using 'mode':'eigenvalue' with points linestyle 6 title 'karate club'
