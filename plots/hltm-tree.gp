set style textbox opaque noborder margins 0.2,0.2
unset border
unset tics
unset grid
set xrange [-0.7:15.7]
set yrange [-4.6:0.4]
edge(sign) = column('level') > 0 && sign*column('rho') > 0 ? column('parent_x') : NaN
plot 'tree.csv' using (edge(1)):(1-column('level')):(column('x')-column('parent_x')):(-1) \
         with vectors nohead linewidth 1.6 linecolor rgb '#0072B2' title 'copies', \
     '' using (edge(-1)):(1-column('level')):(column('x')-column('parent_x')):(-1) \
         with vectors nohead linewidth 1.6 dashtype 2 linecolor rgb '#D55E00' title 'inverts', \
     '' using (column('level') < 4 ? column('x') : NaN):(-column('level')) \
         with points pointtype 7 pointsize 2 linecolor rgb '#000000' title 'latent', \
     '' using (column('level') == 4 ? column('x') : NaN):(-column('level')) \
         with points pointtype 5 pointsize 1.2 linecolor rgb '#666666' title 'leaf', \
     '' using (column('level') > 0 && column('level') < 4 ? 0.5*(column('x')+column('parent_x')) : NaN):(0.5-column('level')):(sprintf('%.2f', column('rho'))) \
         with labels boxed font ',8' notitle
