set xlabel 'gap r_- - r_+'
set ylabel 'weight of the pair'
set yrange [0:1.1]
plot 'weights.csv' using 'gap':'simp' with lines linestyle 1 title 'simp', \
     '' using 'gap':'tri' with lines linestyle 3 title 'tri', \
     '' using 'gap':'nce' with lines linestyle 4 title 'nce', \
     '' using 'gap':'released' with lines linestyle 5 title 'released'
