#!/usr/bin/python3
"""Does `plumb verify` notice a formula that is off by one per cent? And of what no claim stands on,
the networks and the trainer: do their tests?

usage: tests/mutations.py [NAME | FOLDER/ ...]     names as they are printed, or src/nn/, src/train/, ...
Each change is made alone in a copy of the sources, built and judged; a change under which verify, or
the named test, still exits 0 is a survivor. Ends with the number of survivors and exits 1 if there are
any.
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
MESON = ["/usr/bin/python3", "/usr/bin/meson"]

# name, file, text that stands there once, what replaces it (and the test that judges; else verify)
CHANGES = [
    # special functions and quadrature
    ("log c: kappa^2/4", "src/math/sphere.c", "q = kappa * kappa / 4,",
     "q = 1.01 * kappa * kappa / 4,"),
    ("A: its numerator", "src/math/sphere.c", "a = k / (d + 2 * j + k * a);",
     "a = 1.01 * k / (d + 2 * j + k * a);"),
    ("oblique law: along the mean", "src/math/zonal.c", "return t->k * cos(angle) * t->r +",
     "return 1.01 * t->k * cos(angle) * t->r +"),
    ("oblique law: across the mean", "src/math/zonal.c", "double across = t->k *",
     "double across = 1.01 * t->k *"),
    # the finite-M expectation
    ("log-sum: number of negatives", "src/math/logsum.c", "expm1(log_psi + negatives * log_phi)",
     "expm1(log_psi + 1.01 * negatives * log_phi)"),
    ("log-sum: the positive", "src/math/logsum.c", "aligned ? -exp(x)", "aligned ? -1.01 * exp(x)"),
    ("log-sum: exponent of a negative", "src/math/logsum.c", "kappa * (law->s[i] - 1);",
     "1.01 * kappa * (law->s[i] - 1);"),
    ("log-sum: step", "src/math/logsum.c", "*out = kappa + STEP *", "*out = kappa + 1.01 * STEP *"),
    # WANG20
    ("limit: alignment", "bounds/limit_law.c", ".alignment = -k * mean_s",
     ".alignment = -1.01 * k * mean_s"),
    ("limit: uniformity", "bounds/limit_law.c", "c.uniformity += w * u1;",
     "c.uniformity += 1.01 * w * u1;"),
    ("U of a vMF law", "bounds/limit_law.c", "kc * kc + 2 * k * kc * r",
     "kc * kc + 2.02 * k * kc * r"),
    ("C1: E R", "bounds/limit_law.c", "c.r += w * r;", "c.r += 1.01 * w * r;"),
    ("C1: E R of noisy pairs", "bounds/limit_law.c", "r = exp(pl_log_c(d, k + law->pair_kappa)",
     "r = 1.01 * exp(pl_log_c(d, k + law->pair_kappa)"),
    ("C1: half the variance", "bounds/limit_law.c", "c.c1 = c.r - uncoupled / 2;",
     "c.c1 = c.r - uncoupled / 2.02;"),
    ("C2: R^2/2", "bounds/limit_law.c", "c.c2 = -r * r / 2", "c.c2 = -1.01 * r * r / 2"),
    ("C2: third moment", "bounds/limit_law.c", "+ mu3 / 3", "+ 1.01 * mu3 / 3"),
    ("rate bound: e^{2 kappa}/M", "bounds/limit_law.c", ".rate = exp(2 * k) / m",
     ".rate = 1.01 * exp(2 * k) / m"),
    ("rate bound: spread", "bounds/limit_law.c", "exp(k + u1) * sqrt(v / m)",
     "exp(k + u1) * sqrt(1.01 * v / m)"),
    ("bounds of D_M: phi", "bounds/limit_law.c", "(b - log_a) / (b * b)",
     "1.01 * (b - log_a) / (b * b)"),
    ("bounds of D_M: upper", "bounds/limit_law.c", "return log1p(r / m);",
     "return log1p(1.01 * r / m);"),
    ("bounds of D_M: R/M", "bounds/limit_law.c", "    return r / m;", "    return 1.01 * r / m;"),
    ("deviation: log M", "bounds/infonce_limit.c", "(term[i] - log(m) -",
     "(term[i] - 1.01 * log(m) -"),
    ("sampled: the positive", "bounds/infonce_limit.c", "ratio = r / (double)m;",
     "ratio = 1.01 * r / (double)m;"),
    ("one negative: kernel", "bounds/single_negative.c", "return log1p(exp(",
     "return 1.01 * log1p(exp("),
    ("one negative: weight of a pair", "bounds/single_negative.c",
     "return sum / ((double)points.rows", "return 1.01 * sum / ((double)points.rows"),
    # LEE25
    ("attraction: left side", "src/ssl/prototypes.c", "lhs[first + t] = -dot(z, m, d)",
     "lhs[first + t] = -1.01 * dot(z, m, d)"),
    ("attraction: right side", "src/ssl/prototypes.c", "rhs[first + t] = -mean_similarity[first + t]",
     "rhs[first + t] = -1.01 * mean_similarity[first + t]"),
    ("attraction: population", "bounds/attraction.c", "-s * a, s * (1 - a)",
     "-1.01 * s * a, s * (1 - a)"),
    ("attraction: closed form", "bounds/attraction.c", "\"-A(d, k)^2\", -a * a",
     "\"-A(d, k)^2\", -1.01 * a * a"),
    ("repulsion: left side", "src/ssl/prototypes.c", "*lhs = best;", "*lhs = 1.01 * best;"),
    ("repulsion: log n", "src/ssl/prototypes.c", "rhs[i] = (all[i] / (double)v->views + log_n)",
     "rhs[i] = (all[i] / (double)v->views + 1.01 * log_n)"),
    ("repulsion: number of images", "src/ssl/prototypes.c", "add_logs(other, own[i]) - log(images)",
     "add_logs(other, own[i]) - log(1.01 * images)"),
    ("repulsion: population", "bounds/repulsion.c", "2 * alpha * kc * far",
     "2.02 * alpha * kc * far"),
    ("repulsion: own class left out", "bounds/repulsion.c", "without = (log(r2) +",
     "without = 1.01 * (log(r2) +"),
    # TIAN20: net, losses, operators
    ("net: normalisation's derivative", "hltm/net.c", "out[c] = v[c] / s - back * raw[c];",
     "out[c] = v[c] / s - 1.01 * back * raw[c];"),
    ("net: gate", "hltm/net.c", "v[k] *= net->slope;", "v[k] = v[k] * net->slope + 0.01 * v[k];"),
    ("losses: gradient of means", "hltm/losses.c", "-2 * out->scale * s", "-2.02 * out->scale * s"),
    ("losses: released scale", "hltm/losses.c", "o->scale = mse * s * (1 - s) / loss->tau;",
     "o->scale = 1.01 * mse * s * (1 - s) / loss->tau;"),
    ("losses: weight of a positive", "hltm/losses.c", "positive[k] = c * own;",
     "positive[k] = 1.01 * c * own;"),
    ("operators: class weight", "hltm/operators.c", "v[z * n + i] = sqrt(p->prior[z]) *",
     "v[z * n + i] = 1.01 * sqrt(p->prior[z]) *"),
    ("operators: row sums", "hltm/operators.c", "s[i * n + i] += row;",
     "s[i * n + i] += 1.01 * row;"),
    ("operators: bias term", "hltm/operators.c", "m.bias[l][k] += m.bias[l - 1][k];",
     "m.bias[l][k] += 1.01 * m.bias[l - 1][k];"),
    ("residue: Lipschitz constant", "hltm/residue.c", "(4 * s->loss->tau)",
     "(4.04 * s->loss->tau)"),
    ("residue: two negatives", "hltm/residue.c", "two ? 2 * p->prior[v]", "two ? 2.02 * p->prior[v]"),
    ("batch: divisor", "hltm/batch.c", "negative / ((double)b *", "negative / (1.01 * (double)b *"),
    ("byol: target", "hltm/byol.c", "b->p[c * d + r] * target", "1.01 * b->p[c * d + r] * target"),
    # TIAN20: trees and training
    ("tree: seen from the parent", "hltm/tree.c", "below[0][x] = (1 + rho) / 2 * p0",
     "below[0][x] = (1.01 + rho) / 2 * p0"),
    ("latent: half gap", "hltm/latent.c", "(l.mean[1][a] - l.mean[0][a]) / 2;",
     "(l.mean[1][a] - l.mean[0][a]) / 2.02;"),
    ("latent: ceiling", "hltm/latent.c", "kappa *= 4 * l->prior", "kappa *= 4.04 * l->prior"),
    ("nodes: path", "hltm/nodes.c", "4 * p01 * path * path", "4.04 * p01 * path * path"),
    ("ceilings: 4 p0 p1", "hltm/ceilings.c", "ceiling = 4 * p01", "ceiling = 4.04 * p01"),
    ("growth: factor", "hltm/growth.c", "pow(1 + 2 * lr * d->lambda", "pow(1 + 2.02 * lr * d->lambda"),
    ("two layers: rate", "hltm/two_layer.c", "rate = 2 * p->prior[0]", "rate = 2.02 * p->prior[0]"),
    ("shifts: rate", "hltm/winner_takes_all.c", "n->lambda += n->du[i] * n->du[i] / 4;",
     "n->lambda += n->du[i] * n->du[i] / 4.04;"),
    ("lucky: bound", "hltm/lucky_nodes.c", "(1 - theta) * (1 - theta) / 6",
     "(1 - theta) * (1 - theta) / 6.06"),
    ("released: scale", "hltm/released.c", "double scale = mse * p * (1 - p)",
     "double scale = 1.01 * mse * p * (1 - p)"),
    ("bias: distance", "bounds/prototype_bias.c", "square += (m[j] - mu[j]) * (m[j] - mu[j]);",
     "square += 1.01 * (m[j] - mu[j]) * (m[j] - mu[j]);"),
    ("bias: positives", "bounds/prototype_bias.c", "s->row[2 * i] = own /",
     "s->row[2 * i] = 1.01 * own /"),
    ("bias: same class", "bounds/prototype_bias.c", "s->row[2 * i + 1] = same /",
     "s->row[2 * i + 1] = 1.01 * same /"),
    ("bias: closed form", "bounds/prototype_bias.c", "prb = v * v * (1 - c * c);",
     "prb = v * v * (1 - 1.01 * c * c);"),
    ("bias: plug-in", "bounds/prototype_bias.c", "known = prb + (1 - v * v) / views;",
     "known = prb + 1.01 * (1 - v * v) / views;"),
    ("bias: population", "bounds/prototype_bias.c", "1 - 2 * a->c * s + a->c * a->c",
     "1 - 2.02 * a->c * s + a->c * a->c"),
    ("bias: distinct positives", "bounds/prototype_bias.c", "dot(m, m, d) - square) /",
     "dot(m, m, d) - 1.1 * square) /"),
    ("total: positive", "bounds/balance_total.c", "(-a->alpha * s + a->lambda",
     "(-1.01 * a->alpha * s + a->lambda"),
    ("total: log-sum-exp", "bounds/balance_total.c", "a->lambda / a->nu * log_sum[r]",
     "1.01 * a->lambda / a->nu * log_sum[r]"),
    ("total: constant", "bounds/balance_total.c", "(a->log_n - log(",
     "(a->log_n - 1.01 * log("),
    ("chain: surrogate", "bounds/balance_total.c", "a.surrogate[i] + a.lambda * a.max[i]",
     "a.surrogate[i] + 1.01 * a.lambda * a.max[i]"),
    ("chain: supervised", "bounds/balance_total.c", "-own + a.lambda * a.max[i],",
     "-own + 1.01 * a.lambda * a.max[i],"),
    ("chain: population", "bounds/balance_total.c", "\"-A_v A_c\", -v * c",
     "\"-A_v A_c\", -1.01 * v * c"),
    ("P0: closed form", "bounds/balance_total.c", "ideal -= share * a->norms[y];",
     "ideal -= 1.01 * share * a->norms[y];"),
    ("limit of bcl: partition", "bounds/balance_limit.c", "least = -1 + weight * log_c;",
     "least = -1 + 1.01 * weight * log_c;"),
    ("limit of bcl: log N", "bounds/balance_limit.c", "(term - log(m + 1))",
     "(term - 1.01 * log(m + 1))"),
    ("limit of bcl: C1", "bounds/balance_limit.c", "exp(alpha - log_c) - expm1(",
     "exp(alpha - log_c) - 1.01 * expm1("),
    ("phases: psi", "bounds/balance_phases.c", "*own = alpha * (2 * x - 1);",
     "*own = 1.01 * alpha * (2 * x - 1);"),
    ("phases: other pairs", "bounds/balance_phases.c", "x / (n - 1));",
     "1.01 * x / (n - 1));"),
    ("phases: derivative", "bounds/balance_phases.c", "(1 - p) * (n - 2) / (n - 1);",
     "1.01 * (1 - p) * (n - 2) / (n - 1);"),
    ("phases: tilt", "bounds/balance_phases.c", "out[i * d + d - 1] = sqrt(1 - x);",
     "out[i * d + d - 1] = 1.01 * sqrt(1 - x);"),
    ("optimum: closed form", "bounds/balance_optimum.c", "-1 - p.lambda / (double)(n - 1)",
     "-1 - 1.01 * p.lambda / (double)(n - 1)"),
    ("optimum: repulsion", "bounds/balance_optimum.c", "(-p->similarity[own] + p->lambda * top)",
     "(-p->similarity[own] + 1.01 * p->lambda * top)"),
    ("best alpha: divergence", "bounds/best_alpha.c", "? pl_log_c(g->d, alpha)",
     "? 1.01 * pl_log_c(g->d, alpha)"),
    ("best alpha: tilted mean", "bounds/best_alpha.c", "alpha * tilted / sum - log_mean",
     "1.01 * alpha * tilted / sum - log_mean"),
    ("best alpha: approximation", "bounds/best_alpha.c", "sqrt(2 * g.d * log_n)",
     "sqrt(2.02 * g.d * log_n)"),
    ("repulsion: gap beyond the margin", "bounds/repulsion.c", "without, rhs - 1, 1}",
     "without, rhs - 1.01, 1}"),
    # networks
    ("norm: running moments", "src/nn/norm.c", "momentum = 0.1;", "momentum = 0.101;", "nn/net_parity"),
    ("norm: unbiased variance", "src/nn/norm.c", "var * count / (count - 1)",
     "1.01 * var * count / (count - 1)", "nn/net_parity"),
    ("norm: gradient of the scale", "src/nn/norm.c", "(float)(own[1][i] * inverse[k]);",
     "(float)(1.01 * own[1][i] * inverse[k]);", "nn/net_parity"),
    ("norm: backward's mean", "src/nn/norm.c", "(-c0 * g / count", "(-1.01 * c0 * g / count",
     "nn/net_parity"),
    ("unit: projection", "src/nn/unit.c", "- along * (double)z", "- 1.01 * along * (double)z",
     "nn/net_parity"),
    ("linear: bias", "src/nn/linear.c", "db[j] = (float)sum;", "db[j] = (float)(1.01 * sum);",
     "nn/net_parity"),
    ("sgd: decay", "src/nn/optimiser.c", "scale * (g[i] + decay * w[i]);",
     "scale * (g[i] + 1.01f * decay * w[i]);", "nn/optimiser"),
    ("adamw: second moment", "src/nn/optimiser.c", "a.rest2 * g[i] * g[i];",
     "1.01f * a.rest2 * g[i] * g[i];", "nn/optimiser"),
    ("adamw: decay", "src/nn/optimiser.c", "(a.decay * w[i] +", "(1.01f * a.decay * w[i] +",
     "nn/optimiser"),
    ("lars: trust", "src/nn/optimiser.c", "o->spec.trust * sqrt(ww / gg)",
     "1.01 * o->spec.trust * sqrt(ww / gg)", "nn/optimiser"),
    ("schedule: cosine", "src/nn/schedule.c", "(1 + cos(pi * part)) / 2", "(1 + cos(pi * part)) / 2.02",
     "nn/schedule"),
    ("initial: uniform", "src/nn/initial.c", "(2 * words[i] - 1)", "(2.02 * words[i] - 1)", "nn/net"),
    ("initial: He", "src/nn/models.c", "sqrt(2.0 / (double)(out_channels",
     "sqrt(2.02 / (double)(out_channels", "nn/net"),
    # trainer
    ("probe: decay", "src/train/probe_linear.c", "g[j] += q->decay * w[j];",
     "g[j] += 1.01 * q->decay * w[j];", "train/probe"),
    ("probe: mean loss", "src/train/probe_linear.c", "g[j] /= (double)n;", "g[j] /= 1.01 * (double)n;",
     "train/probe"),
    ("probe: change of variables", "src/train/probe_linear.c", "solve(p->q, p->m, CblasNoTrans, g);",
     "solve(p->q, p->m, CblasTrans, g);", "train/probe"),
    ("probe: SGD's momentum", "src/train/probe_linear.c", "now * velocity[j];", "now * g[j] / 20;",
     "train/probe"),
    ("probe: the absolute ridge", "src/train/probe_ridge.c", "+= ridge * (double)s.n;",
     "+= 1.01 * ridge * (double)s.n;", "train/probe"),
    ("probe: standardisation", "src/train/probe.c", "1 / sqrt(variance) : 1", "1 / sqrt(variance + 1) : 1",
     "train/probe"),
    ("monitor: alignment", "src/train/monitor.c", "t.alignment = alignment.value;",
     "t.alignment = 1.01 * alignment.value;", "train/monitor"),
    ("monitor: power of alignment", "src/train/monitor.c", "POWER = 2,", "POWER = 2.02,", "train/monitor"),
    ("monitor: scale of uniformity", "src/train/monitor.c", "SCALE = 2;", "SCALE = 2.02;", "train/monitor"),
    ("monitor: repulsion's alpha", "src/train/monitor.c", "m->alpha = alpha;", "m->alpha = 1.01 * alpha;",
     "train/monitor"),
    ("monitor: prototype bias", "src/train/monitor.c", "t.prototype_bias = bias.second.value;",
     "t.prototype_bias = 1.01 * bias.second.value;", "train/monitor"),
    ("monitor: rank", "src/train/monitor.c", "= spectrum.effective_rank;",
     "= 1.01 * spectrum.effective_rank;", "train/monitor"),
    # studies
    ("study: standard error of a gain", "src/study/compare.c",
     "sqrt(pl_variance(difference, n) / (double)n), gain.lo", "1.01 * sqrt(pl_variance(difference, n) / (double)n), gain.lo",
     "study/compare"),
    ("study: slope over the trained alone", "src/study/lee25.c", "a + 1 < r->arms; a++, n++)",
     "a < r->arms; a++, n++)", "study/compare"),
    ("study: plane of alignment", "src/study/wang20.c", "gsl_matrix_set(x, a, 1, study_measure(cell, \"alignment\"));",
     "gsl_matrix_set(x, a, 1, 1.01 * study_measure(cell, \"alignment\"));", "study/compare"),
    ("study: the logistic curve", "src/study/bl22.c", "exp(-8 * mu * at)", "exp(-8.08 * mu * at)",
     "study/linear_programs"),
    ("study: growth of the weights", "src/study/tian20.c", "log(1 + 2 * rate * j->value[0]);",
     "log(1 + 2.02 * rate * j->value[0]);", "study/linear_programs"),
    ("study: power iteration", "src/study/tian20.c", "pow(1 + 2 * rate * j->value[c],",
     "pow(1 + 2.02 * rate * j->value[c],", "study/linear_programs"),
    ("study: covariance of the means", "src/study/tian20.c", "- mean[r] * mean[c] / (count * count)",
     "- 1.01 * mean[r] * mean[c] / (count * count)", "study/linear_programs"),
    ("study: a step of the linear map", "src/study/linear.c", "pl_optimiser_step(ctx, l->rule, rate);",
     "pl_optimiser_step(ctx, l->rule, 1.01 * rate);", "study/linear_programs"),
    # XUE23, and the kernel regime of BL22
    ("xue23: class without noise", "spectral/xue23_closed_form.c", "norm[0] = (phi2 * phi2 + e) / den;",
     "norm[0] = 1.01 * (phi2 * phi2 + e) / den;"),
    ("xue23: subclass that is kept", "spectral/xue23_closed_form.c", "norm[2] = fabs(mu) * e / den;",
     "norm[2] = 1.01 * fabs(mu) * e / den;"),
    ("xue23: class", "spectral/xue23_closed_form.c", "norm[1] = phi1 / (phi1 * phi1 + e);",
     "norm[1] = 1.01 * phi1 / (phi1 * phi1 + e);"),
    ("xue23: no bias", "spectral/xue23_closed_form.c", "double det = (mu * mu + e) *",
     "double det = 1.01 * (mu * mu + e) *"),
    ("xue23: eigenvalue of the weak", "spectral/xue23_closed_form.c", "double weak = 1 - share;",
     "double weak = 1 - 1.01 * share;"),
    ("xue23: cost of a feature", "spectral/xue23_closed_form.c", "*norm_squared += lambda / (moment",
     "*norm_squared += 1.01 * lambda / (moment"),
    ("xue23: norm of a feature", "spectral/xue23_closed_form.c", "norm[best] = sqrt(lambda * moment)",
     "norm[best] = 1.01 * sqrt(lambda * moment)"),
    ("xue23: loss of the selected", "spectral/xue23_closed_form.c", "*loss -= lambda * lambda;",
     "*loss -= 1.01 * lambda * lambda;"),
    ("xue23: minimiser's scale", "spectral/xue23_minimiser.c", "cblas_daxpy((int)d, sqrt(lambda), image",
     "cblas_daxpy((int)d, 1.01 * sqrt(lambda), image"),
    ("xue23: minimum", "spectral/xue23_minimiser.c", "m.loss -= lambda * lambda;",
     "m.loss -= 1.01 * lambda * lambda;"),
    ("xue23: least norm", "spectral/xue23_minimiser.c", "m.norm_squared += lambda * cost[i];",
     "m.norm_squared += 1.01 * lambda * cost[i];"),
    ("xue23: whitening", "spectral/xue23_minimiser.c", "cblas_dscal((int)d, 1 / sqrt(value[i]), basis",
     "cblas_dscal((int)d, 1.01 / sqrt(value[i]), basis"),
    ("xue23: growth of the certificate", "spectral/xue23_early.c", "c.alpha = 1 + 4 * step * a1;",
     "c.alpha = 1 + 4.04 * step * a1;"),
    ("xue23: start along the class", "spectral/xue23_early.c", "c.learned = fabs(mu) / sqrt(a1)",
     "c.learned = 1.01 * fabs(mu) / sqrt(a1)"),
    ("xue23: linear walk", "spectral/xue23_early.c", "cblas_daxpy((int)count, 4 * step, c->step",
     "cblas_daxpy((int)count, 4.04 * step, c->step"),
    ("xue23: margin's shift", "spectral/xue23_early.c", "shift -= beta[r] * (w.a",
     "shift -= 1.01 * beta[r] * (w.a"),
    ("xue23: step", "spectral/xue23_descent.c", "d->step * (4 * d->wp[i] - d->push[i])",
     "d->step * (4.04 * d->wp[i] - d->push[i])"),
    ("xue23: attraction", "spectral/xue23_descent.c", "d->loss = -2 * cblas_ddot",
     "d->loss = -2.02 * cblas_ddot"),
    ("xue23: pairs of a group", "spectral/xue23_descent.c", "sum[g] *= weight * (double)n",
     "sum[g] *= 1.01 * weight * (double)n"),
    ("xue23: repulsion's gradient", "spectral/xue23_descent.c", "product(ctx, 4, pl_const(gram)",
     "product(ctx, 4.04, pl_const(gram)"),
    ("xue23: epsilon", "spectral/xue23_model.c", "s.epsilon = s.sigma * s.sigma",
     "s.epsilon = 1.01 * s.sigma * s.sigma"),
    ("xue23: good event", "spectral/xue23_model.c", "(double)(features + i) / ambient;",
     "1.01 * (double)(features + i) / ambient;"),
    ("xue23: denominator", "spectral/xue23_model.c", "return square + e * (1",
     "return 1.01 * square + e * (1"),
    ("xue23: distance of group means", "spectral/xue23_report.c", "? sqrt(sum / (double)pairs)",
     "? 1.01 * sqrt(sum / (double)pairs)"),
    ("kernel: barlow's metric", "spectral/kernel_barlow.c", "m.a[i * r + i] += q->ridge / q->s[i];",
     "m.a[i * r + i] += 1.01 * q->ridge / q->s[i];"),
    ("kernel: simclr", "spectral/kernel_simclr.c", "c.a[i * q->k + j] = sqrt(value)",
     "c.a[i * q->k + j] = 1.01 * sqrt(value)"),
]


def run(words, where, **kwargs):
    return subprocess.run(words, cwd=where, capture_output=True, text=True, **kwargs)


def apply(tree, change):
    name, file, old, new = change[:4]
    path = tree / file
    text = path.read_text()
    if text.count(old) != 1:
        sys.exit(f"{name}: '{old}' stands {text.count(old)} times in {file}, expected once")
    path.write_text(text.replace(old, new))
    return path, text


def verify(tree, change):
    """Whether it passes, and which claims do not."""
    room = change[1].split("/")[0] # a change in a room concerns that room's claims
    done = run(["build/plumb", "verify", *([room] if room != "src" else [])], tree)
    return done.returncode == 0, re.findall(r"(\S+) +\S.*(?:UNEXPECTED|fails)", done.stdout)


def test(tree, name):
    done = run([*MESON, "test", "-C", "build", "--no-rebuild", name], tree)
    return done.returncode == 0, [name]


def targets(change):
    """What is built for the judge."""
    if len(change) < 5:
        return ["plumb"]
    return ["tests/nn/net_tool" if change[4] == "nn/net_parity" else f"tests/{change[4].replace('/', '_')}_test"]


def main():
    words = sys.argv[1:]
    chosen = [c for c in CHANGES if not words or c[0] in words
              or any(w.endswith("/") and c[1].startswith(w) for w in words)]
    survivors = []
    with tempfile.TemporaryDirectory() as temporary:
        tree = pathlib.Path(temporary) / "tree"
        listed = run(["git", "ls-files", "-co", "--exclude-standard"], ROOT).stdout.split("\n")
        for file in filter(None, listed):
            (tree / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / file, tree / file)
        if run([*MESON, "setup", "build"], tree).returncode or \
                run(["ninja", "-C", "build", *{t for c in chosen for t in targets(c)}], tree).returncode or \
                any(len(c) < 5 for c in chosen) and run(["build/plumb", "verify"], tree).returncode or \
                not all(test(tree, name)[0] for name in {c[4] for c in chosen if len(c) > 4}):
            sys.exit("the unchanged tree does not build or does not verify")
        for change in chosen:
            path, text = apply(tree, change)
            built = run(["ninja", "-C", "build", *targets(change)], tree)
            if built.returncode:
                sys.exit(f"{change[0]}: does not compile\n{built.stdout[-2000:]}")
            survived, noticed = test(tree, change[4]) if len(change) > 4 else verify(tree, change)
            print(f"{'SURVIVED' if survived else 'noticed '}  {change[0]}"
                  f"{'' if survived else '  by ' + ', '.join(noticed[:4])}", flush=True)
            if survived:
                survivors.append(change[0])
            path.write_text(text)
    print(f"{len(chosen)} changes, {len(survivors)} survivors")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
