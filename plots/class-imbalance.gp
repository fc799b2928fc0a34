set xlabel 'largest class over smallest'
set ylabel 'sine to the classical directions'
set logscale x
set xtics (1, 1.5, 2, 3, 4, 6, 9)
set logscale y
set format y '10^{%T}'
set yrange [1e-17:1]
set key outside top center horizontal width -2
plot 'sizes.csv' using 'ratio':'vicreg_lda' with linespoints linestyle 3 title 'VICReg, classes alike: LDA', \
     'sizes.csv' using 'ratio':'corrected_lda' with linespoints linestyle 4 title 'VICReg, size-corrected: LDA', \
     'sizes.csv' using 'ratio':'simclr_ols' with points linestyle 2 title 'SimCLR: least squares', \
     'sizes.csv' using 'ratio':'pca' with points linestyle 5 title 'SimCLR: PCA', \
     'sizes.csv' using 'ratio':'cca' with points linestyle 6 title 'Barlow Twins: CCA'
