# The look of every figure: Okabe-Ito colours with distinct dashes and points, readable in print.
set encoding utf8
set datafile separator ','
set datafile missing 'nan'
set key outside top center horizontal samplen 2 spacing 1.1
set border 3 linewidth 0.8
set tics nomirror out scale 0.6
set grid linewidth 0.4 linecolor rgb '#d8d8d8'
# 1 theory: solid black; 2 measurement: points; 3, 4 bounds: dashed; 5.. further series
set style line 1 linecolor rgb '#000000' linewidth 1.6 dashtype 1 pointsize 0.7
set style line 2 linecolor rgb '#0072B2' linewidth 1.2 pointtype 7 pointsize 0.6
set style line 3 linecolor rgb '#D55E00' linewidth 1.4 dashtype 2 pointtype 11 pointsize 0.7
set style line 4 linecolor rgb '#009E73' linewidth 1.4 dashtype 4 pointtype 13 pointsize 0.8
set style line 5 linecolor rgb '#CC79A7' linewidth 1.4 dashtype 5 pointtype 5 pointsize 0.6
set style line 6 linecolor rgb '#E69F00' linewidth 1.4 dashtype 3 pointtype 9 pointsize 0.7
# series that a loop counts, `linecolor l+1`
set linetype 1 linecolor rgb '#0072B2'
set linetype 2 linecolor rgb '#D55E00'
set linetype 3 linecolor rgb '#009E73'
set linetype 4 linecolor rgb '#CC79A7'
set linetype 5 linecolor rgb '#E69F00'
set linetype 6 linecolor rgb '#56B4E9'
set linetype 7 linecolor rgb '#000000'
set style fill solid 0.25 noborder
