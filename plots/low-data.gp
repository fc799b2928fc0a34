set multiplot layout 1,3 margins 0.13,0.98,0.16,0.84 spacing 0.1,0.1
set key inside top left vertical
set xlabel 'invariance weight'
set xtics 0.2
set ylabel 'risk'
set offsets 0, 0, graph 0.25, graph 0.05
set title 'aligned'
plot 'aligned.csv' using 'gamma':'closed_form' with lines linestyle 1 title 'formula', \
     'aligned.csv' using 'gamma':'computed' with points linestyle 2 title 'fit'
unset ylabel
set title 'mixed'
plot 'mixed.csv' using 'gamma':'closed_form' with lines linestyle 1 notitle, \
     'mixed.csv' using 'gamma':'computed' with points linestyle 2 notitle
set title 'misaligned'
plot 'misaligned.csv' using 'gamma':'closed_form' with lines linestyle 1 notitle, \
     'misaligned.csv' using 'gamma':'computed' with points linestyle 2 notitle
unset multiplot
