set ylabel 'share of variance that tells roots apart'
set xrange [-0.5:3.5]
set yrange [0.15:0.55]
set xtics ('neither' 0, 'predictor' 1, 'zero mean' 2, 'both' 3)
set grid noxtics
kind(e) = column('ema') == e ? column('predictor')+2*column('zero_mean')+0.1*(2*e-1) : NaN
plot 'byol.csv' using (column('predictor')+2*column('zero_mean')):'share_before' with points linestyle 1 \
         pointtype 2 title 'before', \
     '' using (kind(0)):'share':'standard_error' with yerrorbars linestyle 2 pointsize 0.9 \
         title 'trained', \
     '' using (kind(1)):'share':'standard_error' with yerrorbars linestyle 6 pointsize 0.9 \
         title 'with a slow target'
