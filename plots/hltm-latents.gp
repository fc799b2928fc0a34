set xlabel 'hidden units a latent'
set ylabel 'correlation of the best root unit'
set logscale x 2
set xtics (1, 2, 5, 10)
set xrange [0.8:13]
set key samplen 1 maxrows 2
set yrange [0:1]
pick(d, e) = abs(column('delta')-d) < 1e-6 && column('epoch') == e ? column('median') : NaN
shift(k) = column('hidden')*(1+0.03*(k-2))
plot for [k=1:3] for [e=0:1] 'latents.csv' \
         using (shift(k)*(1+0.05*e)):(pick(0.6+0.1*k, e)):'median_lower':'median_upper' \
         with yerrorbars pointtype 6+e pointsize 0.7 linecolor k+1 \
         title sprintf('δ = %.1f, %s', 0.6+0.1*k, e ? '1 epoch' : 'initial')
