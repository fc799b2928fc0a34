set xlabel 'β'
set ylabel 'norm of the feature'
set xrange [0:1]
set yrange [0:1.6]
plot 'beta.csv' using 'value':'class_closed_form' with lines linestyle 1 title 'theory', \
     'beta.csv' using 'value':'subclass_closed_form' with lines linestyle 1 notitle, \
     'beta.csv' using 'value':'class_norm' with points linestyle 2 title 'class', \
     'beta.csv' using 'value':'subclass_norm' with points linestyle 6 title 'subclass'
