unset key
set multiplot layout 1,3 margins 0.12,0.98,0.17,0.88 spacing 0.09,0.1
set xlabel 'distance |u - v|'
set xrange [0:2]
set xtics 0.5
set yrange [0:*]
set ylabel 'density (line: exact)' offset 1
do for [d in '2 8 128'] {
    set title 'd = '.d
    plot 'd'.d.'.csv' using 'distance':'density':(2*column('standard_error')) \
             with yerrorbars linestyle 2, \
         'd'.d.'.csv' using 'distance':'exact' with lines linestyle 1
    unset ylabel
}
unset multiplot
