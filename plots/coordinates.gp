set multiplot layout 1,3 margins 0.09,0.98,0.16,0.88 spacing 0.07,0.1
unset key
set xlabel 'column 1'
set xtics 1
set ylabel 'column 2' offset 1
set title 'Laplacian eigenmaps'
plot 'karate.csv' using 'eigenmap_1':'eigenmap_2' with points linestyle 2
unset ylabel
set title 'low rank of G (MDS)'
set xtics 0.5
plot 'karate.csv' using 'low_rank_1':'low_rank_2' with points linestyle 2
set title 'ISOMAP'
set xtics 1
plot 'isomap.csv' using 'low_rank_1':'low_rank_2' with points linestyle 2
unset multiplot
