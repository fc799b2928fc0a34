set multiplot layout 1,2 margins 0.13,0.98,0.16,0.94 spacing 0.14,0.1
set key inside bottom left vertical Left reverse
set xlabel 'β'
set ylabel 'norm of the feature'
set xrange [0:1]
set yrange [0:1.6]
plot 'beta.csv' using 'value':'class_closed_form' with lines linestyle 1 title 'theory', \
     'beta.csv' using 'value':'subclass_closed_form' with lines linestyle 1 notitle, \
     'beta.csv' using 'value':'class_norm' with points linestyle 2 title 'class', \
     'beta.csv' using 'value':'subclass_norm' with points linestyle 6 title 'subclass'
set key inside center right vertical
set yrange [-0.03:0.9]
plot 'threshold.csv' using 'beta':'class_closed_form' with lines linestyle 1 title 'theory', \
     'threshold.csv' using 'beta':'other_closed_form' with lines linestyle 1 notitle, \
     'threshold.csv' using 'beta':'class_norm' with points linestyle 2 title 'class', \
     'threshold.csv' using 'beta':'other_norm' with points linestyle 6 title 'feature g'
unset multiplot
