set multiplot layout 1,3 margins 0.06,0.99,0.08,0.86 spacing 0.06,0.1
unset key
unset grid
set size square
set xtics format ''
set ytics format ''
set border 15
set yrange [*:*] reverse
set title 'views of 4 images'
plot [-0.5:11.5] [11.5:-0.5] 'views.csv' using 'column':'row' with points linestyle 2 pointtype 5 pointsize 1.6
set title 'classes of 2, 4, 6'
plot [-0.5:11.5] [11.5:-0.5] 'classes.csv' using 'column':'row' with points linestyle 5 pointtype 5 pointsize 1.6
set title '4 nearest neighbours'
plot [-0.5:39.5] [39.5:-0.5] 'neighbours.csv' using 'column':'row' with points linestyle 4 pointtype 5 pointsize 0.5
unset multiplot
