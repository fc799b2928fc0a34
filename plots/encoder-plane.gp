set xlabel 'alignment E|z - z''|^2'
set ylabel 'uniformity [nats]'
set xrange [-0.08:2.1]
plot 'reference.csv' using 'blind_alignment':'blind_uniformity' with lines linestyle 3 \
         title 'views not recognised', \
     'reference.csv' using 'view_alignment':'uniform_law' with lines linestyle 1 \
         title 'uniform law', \
     'encoders.csv' using 'blind_alignment':'blind_uniformity' with points linestyle 2 \
         title 'encoders'
