arms = 'scl ucl joint-0.5 joint-0.8 untrained'
set key outside top center horizontal
set xlabel 'class accuracy'
set ylabel 'subclass accuracy'
set offsets graph 0.05, graph 0.05, graph 0.05, graph 0.05
plot for [i = 1:5] 'study.csv' \
         using 'ridge':(strcol('arm') eq word(arms, i) ? column('ridge_subclass') : NaN) \
         with points linetype i pointtype int(word('7 5 9 11 13', i)) pointsize 0.8 \
         title word(arms, i) noenhanced
