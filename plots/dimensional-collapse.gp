set multiplot layout 1,2 margins 0.12,0.98,0.16,0.86 spacing 0.14,0.1
set logscale x
set xtics (0.03, 0.1, 0.3, 1, 3, 10)
set xrange [0.02:16]
set xlabel 'γ/α'
set ylabel 'singular value of the optimum'
set key inside top right vertical
set yrange [0:15]
plot for [k=1:6] 'path.csv' using 'gamma':(column('mode') == k ? column('squared') : NaN) \
         with lines linestyle 1 title k == 1 ? 'squared variance' : '', \
     for [k=1:6] 'path.csv' using 'gamma':(column('mode') == k ? column('hinge') : NaN) \
         with lines linestyle 3 title k == 1 ? 'hinge' : '', \
     'path.csv' using 'threshold':(0) with points linestyle 2 title 'n/(ν λ_k)'
set ylabel 'rank'
set key inside top right vertical width -4
set yrange [0:9]
plot 'path.csv' using 'gamma':(column('mode') == 1 ? column('squared_rank') : NaN) with steps linestyle 1 title 'VICReg, squared', \
     'path.csv' using 'gamma':(column('mode') == 1 ? column('hinge_rank') : NaN) with steps linestyle 3 title 'VICReg, hinge', \
     'path.csv' using 'gamma':(column('mode') == 1 ? column('simclr_rank') + 0.06 : NaN) with lines linestyle 4 title 'SimCLR', \
     'path.csv' using 'gamma':(column('mode') == 1 ? column('barlow_rank') - 0.06 : NaN) with lines linestyle 6 title 'Barlow Twins'
unset multiplot
