set ylabel 'largest sine'
set style data histogram
set style histogram clustered gap 1
set boxwidth 0.9
set yrange [0:0.5]
set xtics rotate by -35 font ',10'
set bmargin 7.5
set rmargin 7
short(m) = m eq 'spectral-contrastive' ? 'spectral' : m
plot 'regular.csv' using 'sine':xticlabels(short(stringcolumn('method')).' / '.short(stringcolumn('other'))) \
         linestyle 2 title 'regular', \
     'irregular.csv' using 'sine' linestyle 3 title 'irregular'
