set multiplot layout 1,3 margins 0.09,0.98,0.17,0.84 spacing 0.08,0.1
set xlabel 'distance |u - v|'
set xrange [0:2]
set xtics 0.5
set yrange [0:*]
do for [d in '2 8 128'] {
    file = 'd'.d.'.csv'
    set title 'd = '.d
    if (d eq '2') {
        set ylabel 'density'
    } else {
        unset ylabel
    }
    plot file using 'distance':'density':(2*column('standard_error')) \
             with yerrorbars linestyle 2 title 'sampled', \
         file using 'distance':'exact' with lines linestyle 1 title 'exact'
}
unset multiplot
