set xlabel 'order n'
set ylabel '|coefficient h_n|'
set logscale y 10
set format y '10^{%L}'
set yrange [1e-14:1]
signed(s) = s*column('closed_form') > 0 ? column('magnitude') : NaN
plot 'gaussian.csv' using 'order':'magnitude' with linespoints linestyle 4 pointtype 13 title 'Gaussian, t = 2', \
     'warm.csv' using 'order':'magnitude' with lines linestyle 3 notitle, \
     '' using 'order':(signed(1)) with points linestyle 3 pointtype 7 title 'one negative, τ = 0.5', \
     '' using 'order':(signed(-1)) with points linestyle 3 pointtype 6 notitle, \
     'cold.csv' using 'order':'magnitude' with lines linestyle 2 notitle, \
     '' using 'order':(signed(1)) with points linestyle 2 pointtype 5 title 'and τ = 0.1', \
     '' using 'order':(signed(-1)) with points linestyle 2 pointtype 4 notitle
