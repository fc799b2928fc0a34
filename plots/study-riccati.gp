set xlabel 'time t = rate x steps'
set ylabel 'mode s_k'
set key bottom right inside vertical
set yrange [0:*]
plot for [k = 1:4] 'study.csv' using 'time':(column('mode') == k ? column('exact') : NaN) \
         with lines linestyle 1 notitle, \
     for [k = 1:4] 'study.csv' using 'time':(column('mode') == k ? column('trained') : NaN) \
         with points linetype k pointtype int(word('7 5 9 11', k)) title sprintf('mode %d', k)
