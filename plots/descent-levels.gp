set xlabel 'step of gradient descent'
set ylabel 'loss'
set key inside top right vertical
set yrange [0.3:2.1]
plot 'levels.csv' using (0):'level':(300):(0) with vectors nohead linestyle 3 linewidth 0.8 title 'critical levels', \
     for [s=1:6] 'starts.csv' using 'iteration':(column('start') == s ? column('loss') : NaN) \
         with lines linestyle 2 title s == 1 ? 'six starts' : ''
