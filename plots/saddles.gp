set xlabel 'level of the critical point'
set ylabel 'curvature of the way out'
set yrange [*:0.5]
set xzeroaxis linestyle 1
plot 'levels.csv' using 'level':'predicted_curvature' with points linestyle 1 pointtype 6 pointsize 1.2 title 'predicted', \
     'levels.csv' using 'level':'curvature' with points linestyle 2 title 'measured'
