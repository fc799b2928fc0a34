arms = 'simclr no-blur rotation no-colour erasing'
set key outside top center horizontal
set xlabel 'prototype bias'
set ylabel 'accuracy of the linear probe'
set offsets graph 0.05, graph 0.05, graph 0.05, graph 0.05
set xrange [0:*]
plot for [i = 1:5] 'study.csv' \
         using 'prototype_bias':(strcol('arm') eq word(arms, i) ? column('linear') : NaN) \
         with points linetype i pointtype int(word('7 5 9 11 13', i)) pointsize 0.8 \
         title word(arms, i) noenhanced
