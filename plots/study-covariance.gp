set xlabel 'epochs'
set ylabel 'share of |W|^2 on the leading eigenvectors' noenhanced
set key bottom right inside vertical
set yrange [0:1]
plot 'study.csv' using 'epoch':'predicted' with lines linestyle 1 title 'power iteration', \
     'study.csv' using 'epoch':'leading':'lo':'hi' with yerrorbars linestyle 2 title 'trained'
