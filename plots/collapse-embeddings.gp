set multiplot layout 1,4 margins 0.06,0.99,0.16,0.94 spacing 0.03,0.1
set key inside bottom left vertical samplen 1
set xtics 1
set ytics 1
at(t, y, s) = column('iteration') == t && column('class') == y && column('subclass') == s
do for [t in '0 45 60 100'] {
    if (t ne '0') { set format y '' }
    set xlabel sprintf('t = %s', t)
    plot [-1.6:1.6] [-1.6:1.6] \
        'examples.csv' using (at(t+0, 1, 1) ? column('first') : NaN):'second' with points \
            linecolor rgb '#0072B2' pointtype 7 pointsize 0.5 title (t eq '0' ? 'class +, +' : ''), \
        '' using (at(t+0, 1, -1) ? column('first') : NaN):'second' with points \
            linecolor rgb '#0072B2' pointtype 6 pointsize 0.5 title (t eq '0' ? '+, -' : ''), \
        '' using (at(t+0, -1, 1) ? column('first') : NaN):'second' with points \
            linecolor rgb '#D55E00' pointtype 5 pointsize 0.5 title (t eq '0' ? '-, +' : ''), \
        '' using (at(t+0, -1, -1) ? column('first') : NaN):'second' with points \
            linecolor rgb '#D55E00' pointtype 4 pointsize 0.5 title (t eq '0' ? '-, -' : '')
}
unset multiplot
