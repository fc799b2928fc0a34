set multiplot layout 1,2 margins 0.13,0.98,0.16,0.94 spacing 0.16,0.1
set key inside bottom right vertical samplen 1.5
set xlabel 'noise η'
set logscale xy 10
set format xy '10^{%L}'
set ylabel '|θ| / |Λ|'
plot 'cold.csv' using 'eta':'residue_ratio' with linespoints linestyle 2 title 'τ = 0.25', \
     'middle.csv' using 'eta':'residue_ratio' with linespoints linestyle 5 title 'τ = 0.5', \
     'warm.csv' using 'eta':'residue_ratio' with linespoints linestyle 6 title 'τ = 2', \
     'warm.csv' using 'eta':(20*column('eta')) with lines linecolor rgb '#999999' dashtype 3 title 'slope 1'
unset logscale y
set format y '%g'
set ylabel 'λ_{min} / λ_{max}'
plot 'cold.csv' using 'eta':'lambda_ratio' with linespoints linestyle 2 notitle, \
     'middle.csv' using 'eta':'lambda_ratio' with linespoints linestyle 5 notitle, \
     'warm.csv' using 'eta':'lambda_ratio' with linespoints linestyle 6 notitle
unset multiplot
