set multiplot layout 1,2 margins 0.13,0.98,0.16,0.86 spacing 0.14,0.1
set logscale x
set format x '10^{%L}'
set xrange [*:*] noextend
set xlabel 'concentration of the views'
set ylabel 'squared prototype bias'
set yrange [0:*]
plot 'closed.csv' using 'concentration':'prb_2' with lines linestyle 1 title 'A^2 (1 - A_c{}^2)', \
     'closed.csv' using 'concentration':'plug_in' with lines linestyle 3 title 'from 8 views'
set yrange [-1:0]
set ylabel 'mean attraction'
plot 'closed.csv' using 'concentration':'supervised_attraction' with lines linestyle 1 \
         title 'supervised', \
     'closed.csv' using 'concentration':'attraction_bound' with lines linestyle 3 \
         title 'its published bound'
unset multiplot
