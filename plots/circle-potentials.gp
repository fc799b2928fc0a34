set xlabel 'concentration'
set ylabel 'average potential, t = 2'
set xrange [0:40]
set yrange [0.15:1]
law(name) = strcol('law') eq name ? column('potential') : NaN
set datafile missing NaN
plot 'laws.csv' using 'concentration':(law('vmf')) with linespoints linestyle 2 title 'one mode', \
     '' using 'concentration':(law('antipodal-vmf')) with linespoints linestyle 5 title 'two', \
     '' using 'concentration':(law('four-vmf')) with linespoints linestyle 6 title 'four', \
     '' using (0):(law('uniform')):(40):(0) with vectors nohead linestyle 1 title 'uniform', \
     '' using (0):(law('half-circle')):(40):(0) with vectors nohead linestyle 3 title 'half circle', \
     '' using (0):(law('quarter-circle')):(40):(0) with vectors nohead linestyle 4 title 'quarter'
