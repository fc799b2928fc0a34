set multiplot layout 1,2 margins 0.12,0.98,0.16,0.86 spacing 0.14,0.1
set xlabel 'mean similarity of the anchor to its views'
set xtics 0.2
set ylabel 'attraction gap'
set xzeroaxis linestyle 1
set yzeroaxis linewidth 0.6 linecolor rgb '#999999'
plot 'attraction.csv' using 'mean_similarity':(column('gap') >= 0 ? column('gap') : NaN) \
         with points linestyle 2 title 'bound holds', \
     'attraction.csv' using 'mean_similarity':(column('gap') < 0 ? column('gap') : NaN) \
         with points linestyle 6 title 'violated'
unset yzeroaxis
set xlabel 'classification margin'
set ylabel 'repulsion gap'
plot 'repulsion.csv' using 'margin':'gap' with points linestyle 2 title 'anchors', \
     x with lines linestyle 1 title 'gap = margin'
unset multiplot
