set style fill solid 1 noborder
unset key
set xlabel 'alignment'
set ylabel 'uniformity [nats]'
set cblabel 'accuracy of the linear probe'
set palette defined (0 '#0B3C5D', 0.5 '#56B4E9', 1 '#E69F00')
set offsets graph 0.05, graph 0.05, graph 0.05, graph 0.05
plot 'study.csv' using 'alignment':'uniformity':'linear' with points pointtype 7 pointsize 0.9 \
         linecolor palette
