set xlabel 'steps'
set ylabel '|Δ_j|'
set logscale y 10
set format y '10^{%L}'
set yrange [1e-3:1e3]
set key title 'ReLU neuron' samplen 1.5
set label 1 'a linear neuron: exactly 0' at graph 0.97, 0.05 right textcolor rgb '#666666'
neuron(j) = column('neuron') == j ? abs(column('selectivity')) : NaN
plot for [j=0:5] 'relu.csv' using 'step':(neuron(j)) every 6::j with lines linewidth 1.4 \
         linecolor j+2 title sprintf('%d', j+1)
