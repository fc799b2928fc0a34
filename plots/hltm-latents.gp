set xlabel 'hidden units a latent'
set ylabel 'correlation of the best root unit'
set logscale x 2
set xtics (1, 2, 5, 10, 20)
set xrange [0.8:25]
set key samplen 1
set yrange [0:1]
pick(d, e) = abs(column('delta')-d) < 1e-6 && column('epoch') == e ? column('median') : NaN
shift(k) = column('hidden')*(1+0.03*(k-2))
plot for [k=1:3] 'latents.csv' using (shift(k)):(pick(0.6+0.1*k, 0)):'median_lower':'median_upper' \
         with yerrorbars pointtype 6 pointsize 0.7 linecolor k+1 title sprintf('δ = %.1f, initial', 0.6+0.1*k), \
     for [k=1:3] '' using (shift(k)*1.05):(pick(0.6+0.1*k, 1)):'median_lower':'median_upper' \
         with yerrorbars pointtype 7 pointsize 0.7 linecolor k+1 title sprintf('δ = %.1f, 1 epoch', 0.6+0.1*k)
