set multiplot layout 1,2 margins 0.145,0.98,0.16,0.86 spacing 0.14,0.1
set logscale x
set format x '10^{%L}'
set xrange [*:*] noextend
set xlabel 'concentration of the views'
set ylabel 'mean attraction gap'
plot 'closed.csv' using 'concentration':'attraction_gap' with lines linestyle 1 title 'A - A^2', \
     'closed.csv' using 'concentration':'violation_probability' with lines linestyle 3 \
         title 'P(bound violated)'
set xlabel 'concentration of the classes'
set ylabel 'repulsion gap'
set logscale y
plot 'closed.csv' using 'concentration':'repulsion_gap' with lines linestyle 1 title 'gap', \
     'closed.csv' using 'concentration':'margin' with lines linestyle 4 title 'margin'
unset multiplot
