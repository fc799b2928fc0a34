set xlabel 'largest sine between what two methods embed'
set logscale x 10
set format x '10^{%L}'
set xrange [1e-17:3]
set xtics 1e4
set yrange [9.6:-0.6]
set grid noxtics ytics
short(m) = m eq 'spectral-contrastive' ? 'spectral' : m
shown(x) = x > 1e-17 ? x : 1e-17
plot 'regular.csv' using (shown(column('sine'))):0:yticlabels(short(stringcolumn('method')).' / '.short(stringcolumn('other'))) \
         with points linestyle 2 pointsize 1 title 'regular graph', \
     'irregular.csv' using (shown(column('sine'))):0 with points linestyle 3 pointtype 9 pointsize 1 title 'irregular graph'
