set multiplot layout 1,2 margins 0.145,0.98,0.16,0.86 spacing 0.14,0.1
set xlabel 'embedding dimension'
set ylabel 'probe error'
set yrange [0:0.4]
plot 'probe.csv' using 'embedding':'vicreg_error' with lines linestyle 1 title 'VICReg', \
     'probe.csv' using 'embedding':'vicreg_probe' with points linestyle 2 notitle, \
     'probe.csv' using 'embedding':'simclr_error' with lines linestyle 4 title 'SimCLR', \
     'probe.csv' using 'embedding':'simclr_probe' with points linestyle 6 notitle, \
     'probe.csv' using 'embedding':'bound' with lines linestyle 3 title 'bound'
set xlabel 'invariance weight'
set ylabel 'test error, one label a clique'
set yrange [0:*]
plot 'few.csv' using 'gamma':'closed_form' with lines linestyle 1 title 'formula', \
     'few.csv' using 'gamma':'computed' with points linestyle 2 title 'fit'
unset multiplot
