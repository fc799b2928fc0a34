set ylabel 'largest sine'
set style data histogram
set style histogram clustered gap 1
set boxwidth 0.9
set yrange [0:1]
set xtics rotate by -35 font ',8'
set bmargin 9
set rmargin 9
plot 'regular.csv' using 'sine':xticlabels(stringcolumn('method').' / '.stringcolumn('other')) \
         linestyle 2 title 'regular', \
     'irregular.csv' using 'sine' linestyle 3 title 'irregular'
