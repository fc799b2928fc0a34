set xlabel 'steps'
set ylabel '|Δ_j|'
neuron(j) = column('neuron') == j ? abs(column('selectivity')) : NaN
plot for [j=0:5] 'relu.csv' using 'step':(neuron(j)) every 6::j with lines linewidth 1.4 \
         linecolor j+2 title sprintf('ReLU %d', j+1), \
     'linear.csv' using 'step':(abs(column('selectivity'))) with lines linestyle 1 title 'linear'
