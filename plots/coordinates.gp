set multiplot layout 1,3 margins 0.06,0.98,0.14,0.88 spacing 0.08,0.1
unset key
set xlabel 'column 1'
set ylabel 'column 2'
set title 'Laplacian eigenmaps'
plot 'karate.csv' using 'eigenmap_1':'eigenmap_2' with points linestyle 1
set title 'low rank of G (MDS)'
plot 'karate.csv' using 'low_rank_1':'low_rank_2' with points linestyle 2
set title 'ISOMAP'
plot 'isomap.csv' using 'low_rank_1':'low_rank_2' with points linestyle 3
unset multiplot
