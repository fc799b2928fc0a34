set xlabel 'time t = rate x steps'
set ylabel 'mode s_k'
set key top left inside vertical
set yrange [0:*]
# rows: time by time, three modes each
plot for [k = 0:2] 'study.csv' every 3::k using 'time':'exact' with lines linestyle 1 notitle, \
     for [k = 0:2] 'study.csv' every 3::k using 'time':'trained' \
         with points linetype k+1 pointtype int(word('7 5 9', k+1)) title sprintf('mode %d', k+1)
