unset key
set xlabel 'gain, arm - base'
set ytics scale 0
set yrange [*:*] reverse
set offsets 0, 0, 0.5, 0.5
set arrow from 0, graph 0 to 0, graph 1 nohead linestyle 3
plot 'study.csv' using 'gain':0:'lo':'hi':ytic(sprintf('%s - %s, %s', strcol('arm'), strcol('base'), strcol('measure'))) \
         with xerrorbars linestyle 2
