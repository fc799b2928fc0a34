#!/usr/bin/python3
"""Held-out settings: closed forms and finite-M losses of the bounds room beside 34 digits.

usage: heldout.py PLUMB [SEED]
Parameters are drawn at random; every quantity is computed here with mpmath from its definition (an
integral, a sum, a root, a central difference) and must agree with `plumb bounds ... --json` to 1e-10
of its size, deviations of the contrastive loss to the absolute 2e-13 that doubles can give. Fails on
the first change of a formula that reference values at round parameters would miss. Skipped (exit
status 77) when mpmath is not installed.
"""
import itertools
import sys
import tempfile

from digits import (ALIGNED, SEED, LogSum, c, compared, draw, interval, mean, mean_length, plumb,
                    real, same, sphere, wrong)  # first: skips where mpmath is missing
from heldout_losses import losses
from mpmath import besseli, cos, diff, e1, exp, findroot, log, mp, mpf, pi, sin, sqrt


def phi(a):
    return (a - 1 - log(a)) / (a - 1)**2


def uniform_encoder(loss):
    """Uniform features, aligned or noisy pairs: loss, limit, C1, C2, bounds, rate bound."""
    d, kappa = draw.randint(2, 40), real(0.4, 4)
    kp = None if loss in ("ntxent", "dcl-couples") or draw.random() < 0.5 else real(0.5, 20)
    couples = loss in ("ntxent", "dcl-couples")
    ms = [2, 2 * draw.randint(3, 40), 2 * draw.randint(100, 40000), 2 * draw.randint(10**6, 10**8)]
    words = (f"infonce-limit --dim {d} --kappa {kappa} --loss {loss} --negatives "
             + ",".join(map(str, ms)) + (f" --pairs vmf:{kp}" if kp else ""))
    rows, summary = plumb(words)
    kappa = mpf(kappa)
    positives = sphere(d, mpf(kp)) if kp else ALIGNED
    s_plus = mean_length(d, mpf(kp)) if kp else mpf(1)
    u = c(d, kappa)
    limit = -kappa * s_plus + log(u)
    v = c(d, 2 * kappa) / u**2 - 1
    skew = c(d, 3 * kappa) / u**3 - 3 * c(d, 2 * kappa) / u**2 + 2
    r = mean(positives, lambda s: exp(kappa * s)) / u
    r2 = mean(positives, lambda s: exp(2 * kappa * s)) / u**2
    has_r, factor = not loss.startswith("dcl"), 2 if couples else 1
    same(words, "limit", rows[0]["limit"], limit, 1e-12)
    same(words, "c1", summary["c1"], r * has_r - factor * v / 2)
    if loss == "infonce" and not kp:
        same(words, "c2", summary["c2"], -r**2 / 2 + r * v + skew / 3 - 3 * v**2 / 4)
    exact = LogSum(kappa, sphere(d), positives, factor, 1 if has_r else 0)
    for m, row in zip(ms, rows):
        value = exact.at(mpf(m) / factor) - kappa * s_plus
        same(words, f"loss at M = {m}", row["loss"], value, 2e-13 * max(1, abs(value)))
        same(words, f"deviation at M = {m}", row["deviation"], value - log(m) - limit, 2e-13)
        phi_a = phi(exp(-kappa) / u)
        lower = -phi_a * (factor * v / m + r2 * has_r / m**2) + r * has_r / m
        upper = mean(positives, lambda s: log(1 + exp(kappa * s) / (u * m))) * has_r
        same(words, f"lower at M = {m}", row["lower"], lower)
        same(words, f"upper at M = {m}", row["upper"], upper, 1e-10 * float(upper) + 1e-300)
        if loss == "infonce":
            rate = exp(2 * kappa) / m + exp(kappa) * sqrt(c(d, 2 * kappa) - u**2) / sqrt(m)
            same(words, f"rate bound at M = {m}", row["rate_bound"], rate)
            c1 = r - v / 2
            same(words, f"second order at M = {m}", row["second_order"],
                 m * (m * (value - log(m) - limit) - c1), 2e-13 * m**2 + 1e-10 * float(abs(c1)) * m)
            same(words, f"information at M = {m}", row["information_bound"],
                 log(mpf(m) + 1) - value, 1e-12)


def noisy_couples():
    """The constants of two-view batches with noisy pairs, whose loss has no quadrature."""
    d, kappa, kp = draw.randint(2, 40), real(0.5, 6), real(1, 60)
    words = f"infonce-limit --dim {d} --kappa {kappa} --loss ntxent --pairs vmf:{kp} --negatives 14 " \
            "--method monte-carlo --replicates 200"
    _, summary = plumb(words)
    kappa, u, pairs = mpf(kappa), c(d, mpf(kappa)), sphere(d, mpf(kp))
    v = c(d, 2 * kappa) / u**2 - 1
    rho_v = mean(pairs, lambda s: c(d, kappa * sqrt(2 + 2 * s))) / u**2 - 1
    same(words, "rho", summary["couple_correlation"], rho_v / v)
    same(words, "c1", summary["c1"], mean(pairs, lambda s: exp(kappa * s)) / u - (v + rho_v) / 2)


def vmf_encoder():
    """vMF features, aligned: the limit's integral, C1, and one negative by a triple integral."""
    d, kappa, kc = draw.randint(3, 12), real(0.4, 3), real(0.5, 6)
    words = f"infonce-limit --dim {d} --kappa {kappa} --law vmf:{kc} --negatives 1"
    rows, summary = plumb(words)
    kappa, kc = mpf(kappa), mpf(kc)
    anchors = sphere(d, kc, 5)

    def u(k, r):
        return c(d, sqrt(k**2 + kc**2 + 2 * k * kc * r)) / c(d, kc)

    same(words, "limit", rows[0]["limit"], -kappa + mean(anchors, lambda r: log(u(kappa, r))), 1e-12)
    same(words, "c1", summary["c1"], mean(anchors, lambda r: exp(kappa) / u(kappa, r)
                                          - (u(2 * kappa, r) / u(kappa, r)**2 - 1) / 2))
    value = mpf(0)
    for r, weight in anchors:  # s = u.v has density ~ e^{kc s r} E e^{kc sqrt.. w}, w on S^{d-2}
        law = [(s, w * exp(kc * s * r) * c(d - 1, kc * sqrt((1 - s**2) * (1 - r**2))))
               for s, w in sphere(d, 0, 5)]
        total = sum(w for _, w in law)
        value += weight * sum(w * log(1 + exp(kappa * (s - 1))) for s, w in law) / total
    same(words, "loss", rows[0]["loss"], value, 2e-13)
    same(words, "deviation", rows[0]["deviation"], value - rows[0]["limit"], 4e-13)


def two_negatives():
    """M = 2 by a double integral, and d = 3 by the exponential integral: no log-sum identity."""
    d, kappa = draw.randint(2, 20), real(0.4, 5)
    words = f"infonce-limit --dim {d} --kappa {kappa} --negatives 2"
    rows, _ = plumb(words)
    rule, kappa = sphere(d, 0, 5), mpf(kappa)
    value = sum(w * v * log(1 + exp(kappa * (s - 1)) + exp(kappa * (r - 1)))
                for s, w in rule for r, v in rule)
    same(words, "loss", rows[0]["loss"], value, 2e-13)
    kappa = mpf(real(0.5, 3))
    for t in (mpf("0.31"), mpf(7)):
        mine = mean(sphere(3), lambda s: exp(-t * exp(kappa * (s - 1))))
        if abs(mine - (e1(t * exp(-2 * kappa)) - e1(t)) / (2 * kappa)) > mpf(10)**-25:
            wrong.append("heldout.py itself: quadrature and exponential integral differ")


def gegenbauer(d, n, s):
    """P_n with P_n(1) = 1."""
    before, here = mpf(1), s
    if n == 0:
        return before
    for k in range(1, n):
        before, here = here, ((2 * k + d - 2) * s * here - k * before) / (k + d - 2)
    return here


def single_negative():
    """A polygon's loss by enumeration of its negatives, the uniform circle's by integrals."""
    points, tau, m = draw.randint(3, 13), real(0.15, 1.2), draw.randint(1, 2)
    words = f"single-negative --dim 2 --tau {tau} --witness {points}-gon --negatives {m}"
    rows, summary = plumb(words)
    kappa = 1 / mpf(tau)

    def g(*s):
        return log(1 + sum(exp(kappa * (x - 1)) for x in s))

    polygon = [cos(2 * pi * k / points) for k in range(points)]
    circle = [(cos(2 * pi * k / 192), mpf(1) / 192) for k in range(192)]
    witness = sum(g(*s) for s in itertools.product(polygon, repeat=m)) / points**m
    uniform = (mean(circle, g) if m == 1 else
               sum(2 * w * v * g(s, r) if i < j else w * v * g(s, r) for i, (s, w) in enumerate(circle)
                   for j, (r, v) in enumerate(circle) if i <= j))
    same(words, "loss_witness", rows[0]["loss_witness"], witness, 2e-13)
    same(words, "loss_uniform", rows[0]["loss_uniform"], uniform, 2e-13)
    same(words, "difference", rows[0]["difference"], witness - uniform, 4e-13)
    same(words, "limit_difference", rows[0]["limit_difference"],
         log(sum(exp(kappa * s) for s in polygon) / points) - log(c(2, kappa)), 1e-13)
    rule, n = sphere(2, 0, 7), 1
    while (h := mean(rule, lambda s: g(s) * gegenbauer(2, n, s))) >= 0:
        n += 1
    same(words, "first_negative_order", rows[0]["first_negative_order"], n)
    same(words, "zonal_coefficient", rows[0]["zonal_coefficient"], h, 1e-14)
    d = draw.randint(3, 20)
    words = f"single-negative --dim {d}"
    root = 1 / mpf(plumb(words + f" --tau {tau} --witness simplex-3")[1]["tau_star"])
    rule = sphere(d)

    def fourth(k):
        return mean(rule, lambda s: log(1 + exp(k * (s - 1))) * gegenbauer(d, 4, s))

    same(words, "kappa_star", root, findroot(fourth, (mpf("1.3"), mpf("1.45"))), 1e-8)


def kernels():
    d, t, tau, orders = draw.randint(2, 24), real(0.2, 4), real(0.2, 2), 8
    rule = sphere(d)
    for kernel, g in ((f"gaussian:{t}", lambda s: exp(2 * mpf(t) * (s - 1))),
                      (f"single-negative:{tau}", lambda s: log(1 + exp((s - 1) / mpf(tau))))):
        words = f"kernels --dim {d} --kernel {kernel} --orders {orders}"
        rows, summary = plumb(words)
        for n, row in enumerate(rows, 1):
            same(words, f"h_{n}", row["coefficient"], mean(rule, lambda s: g(s) * gegenbauer(d, n, s)),
                 1e-15)
        first = mean(rule, g)
        same(words, "energy", summary["energy_uniform"], first)
        same(words, "variance", summary["variance"], mean(rule, lambda s: g(s)**2) - first**2, 1e-14)


def laws(d, k):
    """log of the potential E_u e^{kappa u.v} at v in the first copy, and that copy's rule in s."""
    half = {"half-circle": pi / 2, "quarter-circle": pi / 4}

    def of(name, kappa):
        def vmf(s):
            return c(d, sqrt(kappa**2 + k**2 + 2 * kappa * k * s)) / c(d, k)
        if name == "vmf":
            return sphere(d, k), vmf
        if name == "antipodal-vmf":
            return sphere(d, k), lambda s: (vmf(s) + vmf(-s)) / 2
        arc = [(a, w / (2 * half[name])) for a, w in interval(-half[name], half[name], 5)]
        return arc, lambda a: sum(w * exp(kappa * cos(a - b)) for b, w in arc)
    return of


def law_terms():
    """The second term, its Jensen bounds and the uniformity loss, law by law."""
    for name in ("vmf", "antipodal-vmf", "half-circle", "quarter-circle"):
        d = 2 if "circle" in name else draw.randint(2, 30)
        k, kappa = real(0.3, 12), real(0.3, 6)
        words = f"limit-terms --dim {d} --law {name} --concentration {k} --kappa {kappa}"
        rows, _ = plumb(words)
        rule, potential = laws(d, mpf(k))(name, mpf(kappa))
        second = mean(rule, lambda s: log(potential(s)))
        energy = log(mean(rule, potential))
        same(words, "second_term", rows[0]["second_term"], second, 1e-12)
        same(words, "excess", rows[0]["excess"], second - log(c(d, mpf(kappa))), 1e-12)
        same(words, "log_mean", rows[0]["log_mean"], energy, 1e-12)
        same(words, "uniformity", rows[0]["uniformity"], energy - mpf(kappa), 1e-12)
        words = (f"uniformity --dim {d} --law {name} --concentration {k} --t {kappa / 2!r}")
        rows, _ = plumb(words)
        same(words, "potential", rows[0]["potential"], exp(energy - mpf(kappa)))
        same(words, "uniformity", rows[0]["uniformity"], energy - mpf(kappa), 1e-12)
        same(words, "lower", rows[0]["lower"], log(c(d, mpf(kappa))) - mpf(kappa), 1e-12)
    k, kappa = real(0.3, 6), real(0.3, 6)  # the smoothed law's relative entropy on the circle
    words = f"limit-terms --dim 2 --law vmf --concentration {k} --kappa {kappa}"
    rows, _ = plumb(words)
    orders = [(n, 2 * sqrt(besseli(n, kappa) / besseli(0, kappa)) * besseli(n, k) / besseli(0, k))
              for n in range(1, 60)]
    density = [1 + sum(a * cos(n * 2 * pi * j / 256) for n, a in orders) for j in range(256)]
    same(words, "kl_smoothed", rows[0]["kl_smoothed"], sum(p * log(p) for p in density) / 256, 1e-11)


def batches():
    d, t, b = draw.randint(2, 200), real(0.3, 3), draw.randint(2, 500)
    words = f"uniformity-batches --exact --dim {d} --t {t} --batch {b}"
    rows, _ = plumb(words)
    t = mpf(t)
    potential = exp(-2 * t) * c(d, 2 * t)
    variance = 2 / mpf(b * (b - 1)) * (exp(-4 * t) * c(d, 4 * t) - potential**2)
    same(words, "potential", rows[0]["potential"], potential)
    same(words, "variance", rows[0]["exact_variance_u"], variance, 1e-10 * float(variance) + 1e-17)
    same(words, "mean_v", rows[0]["exact_mean_v"], 1 / mpf(b) + (1 - 1 / mpf(b)) * potential)
    same(words, "jensen", rows[0]["jensen_lower"], -2 * t * b / (b - 1))
    argument = (b * potential - 1) / (b - 1)
    paper = max(-4 * t, log(argument)) if argument > 0 else -4 * t
    same(words, "paper_lower", rows[0]["paper_lower"], paper)


def pairs():
    d, kp, kappa = draw.randint(2, 60), real(0.5, 80), real(0.5, 9)
    words = f"distances --dim {d} --pairs vmf:{kp} --kappa {kappa}"
    rows, _ = plumb(words)
    angles = [(a, w * sin(a)**(d - 2) * exp(mpf(kp) * (cos(a) - 1))) for a, w in interval(0, pi, 7)]
    total = sum(w for _, w in angles)
    same(words, "mean distance", rows[0]["mean_distance"],
         sum(w * 2 * sin(a / 2) for a, w in angles) / total)
    same(words, "squared distance", rows[0]["squared_distance"], 2 - 2 * mean_length(d, mpf(kp)))
    n = draw.randint(2, d + 1)
    for loss, others in (("infonce", n - 1), ("ntxent", 2 * n - 2)):
        words = f"batch-optimum --starts 0 --loss {loss} --dim {d} --batch {n} --kappa {kappa}"
        rows, _ = plumb(words)
        least = log(1 + others * exp(-mpf(kappa) * n / (n - 1)))
        same(words, "closed_form", rows[0]["closed_form"], least)
        same(words, "simplex", rows[0]["simplex"], least)


# LEE25: closed forms of populations, and the balanced loss.

def populations():
    n = draw.randint(2, 12)
    d, k, kc = draw.randint(n, 40), real(0.5, 9), real(1, 60)
    words = f"attraction --data population --dim {d} --law vmf:{k}"
    _, summary = plumb(words)
    a, ac = mean_length(d, mpf(k)), mean_length(d, mpf(kc))
    same(words, "mean_lhs", summary["mean_lhs"], -a)
    same(words, "mean_rhs", summary["mean_rhs"], -a**2)
    same(words, "mean_gap", summary["mean_gap"], a - a**2)
    angles = [(x, sin(x)**(d - 2) * exp(mpf(k) * cos(x)) * w) for x, w in interval(0, pi, 7)]
    behind = sum(sin(x)**(d - 2) * exp(mpf(k) * cos(x)) * w for x, w in interval(pi / 2, pi, 7))
    same(words, "violation_probability", summary["violation_probability"],
         behind / sum(w for _, w in angles), 1e-13)

    alpha = real(0.5, 12)
    words = f"repulsion --data population --dim {d} --classes {n} --class-law vmf:{kc} " \
            f"--alpha {alpha}"
    rows, summary = plumb(words)
    alpha, kc, other = mpf(alpha), mpf(kc), -1 / mpf(n - 1)

    def r(s):
        return mean(sphere(d, kc, 7), lambda x: exp(alpha * s * x) * c_ring(x, s))

    def c_ring(x, s):  # the mean of e^{alpha u.v} over the ring of u with u.e = x, for v.e = s
        return c(d - 1, alpha * sqrt((1 - x**2) * (1 - s**2)))

    rhs = (log((r(mpf(1)) + (n - 1) * r(other)) / n) + log(mpf(n))) / (ac * alpha)
    same(words, "lhs", rows[0]["lhs"], other)
    same(words, "rhs", rows[0]["rhs"], rhs)
    same(words, "gap", rows[0]["gap"], rhs - other)
    same(words, "nu", summary["nu"], ac)

    views, images = draw.randint(2, 30), draw.randint(2, 30)
    words = f"prototype-bias --data population --dim {d} --law vmf:{k} --class-law vmf:{float(kc)!r} " \
            f"--views {views} --images {images}"
    _, summary = plumb(words)
    bias = a**2 * (1 - ac**2)
    same(words, "prb_2", summary["closed_prb_2"], bias)
    same(words, "positives", summary["closed_positive"], a**2)
    same(words, "same class", summary["closed_same_class"], a**2 * ac**2)
    same(words, "plug-in", summary["closed_plug_in"], bias + (1 - a**2) / views)
    same(words, "plug-in, class mean estimated", summary["closed_plug_in_estimated"],
         (bias + (1 - a**2) / views) * (1 - 1 / mpf(images)))
    words = f"balance --part chain --data population --dim {d} --law vmf:{k} --class-law vmf:{float(kc)!r}"
    _, summary = plumb(words)
    same(words, "supervised", summary["mean_supervised_attraction"], -a * ac)
    same(words, "bound", summary["mean_attraction_bound"], -a**2)

    d, n = draw.randint(3, 200), draw.randint(2, 5000)
    words = f"best-alpha --dim {d} --n {n}"
    rows, _ = plumb(words)
    star = findroot(lambda x: x * mean_length(d, x) - log(c(d, x)) - log(mpf(n)),
                    mpf(rows[0]["alpha_star"]))
    same(words, "alpha*", rows[0]["alpha_star"], star)
    same(words, "nu rhs", rows[0]["nu_times_rhs"], (log(c(d, star)) + log(mpf(n))) / star)


def balance_limit():
    d, alpha, weight, n = draw.randint(2, 40), real(0.4, 4), real(0.3, 4), draw.randint(2, 3000)
    words = f"balance --part limit --dim {d} --alpha {alpha} --lambda {weight} --batch {n}"
    rows, summary = plumb(words)
    alpha, weight = mpf(alpha), mpf(weight)
    u = c(d, alpha)
    limit = -1 + weight / alpha * log(u)
    value = -1 + weight / alpha * (LogSum(alpha, sphere(d), ALIGNED).at(n - 1) - log(mpf(n)))
    c1 = exp(alpha) / u - (c(d, 2 * alpha) / u**2 - 1) / 2
    same(words, "loss", rows[0]["loss"], value, 1e-12)
    same(words, "limit", rows[0]["limit"], limit, 1e-12)
    same(words, "scaled_error", rows[0]["scaled_error"], (n - 1) * (value - limit) * alpha / weight,
         1e-12 * n * max(1, float(alpha / weight)))
    same(words, "its limit", summary["scaled_error_limit"], c1 - 1)


def balance_phases():
    n, alpha = draw.randint(65, 400), real(0.5, 4)
    p = exp(mpf(alpha)) / (exp(mpf(alpha)) + (n - 1) * exp(-mpf(alpha) / (n - 1)))
    first = 2 / (2 * p + (1 - p) * mpf(n - 2) / (n - 1))
    lambdas = [round(float(first) * 0.8, 4), round(float(first + 2) / 2, 6), 2.7]
    words = f"balance --part phases --batch {n} --alpha {alpha} --lambda " + ",".join(map(str, lambdas))
    rows, summary = plumb(words)
    alpha = mpf(alpha)
    same(words, "lambda_1", summary["lambda_1"], first)
    same(words, "crossing", summary["lambda_crossing"], 2 * alpha
         / (alpha + log((exp(alpha) + (n - 1) * exp(-alpha / (n - 1))) / n)))
    for weight, row, phase in zip(map(mpf, map(repr, lambdas)), rows, (1, 2, 3)):
        def psi(x):
            return -(2 * x - 1) + weight / alpha * log(
                exp(alpha * (2 * x - 1)) + (n - 1) * exp(alpha * (x - 1 - x / (n - 1))))
        best = {1: mpf(1), 3: mpf(0)}.get(phase)
        if best is None:
            best = findroot(lambda x: diff(psi, x), (mpf("0.01"), mpf("0.99")), solver="anderson",
                            tol=mpf(10)**-28)
        same(words, f"minimum at {weight}", row["minimum"], psi(best), 1e-12)
        same(words, f"aligned at {weight}", row["aligned"], psi(mpf(1)))
        same(words, f"anti-collapse at {weight}", row["anti_collapse"], psi(mpf(0)))
        same(words, f"mean positive at {weight}", row["mean_positive"], 2 * best - 1, 1e-7)
        same(words, f"phase at {weight}", row["phase"], phase)
    classes, weight = draw.randint(33, 200), real(0.2, 20)
    words = f"balance --part optimum --classes {classes} --dim {classes} --lambda {weight}"
    rows, _ = plumb(words)
    same(words, "optimum", rows[0]["optimum"], -1 - mpf(weight) / (classes - 1))
    same(words, "simplex", rows[0]["simplex"], -1 - mpf(weight) / (classes - 1))


def main():
    for loss in ("infonce", "infonce", "ntxent", "dcl", "dcl-couples"):
        uniform_encoder(loss)
    for _ in range(2):
        for part in (noisy_couples, two_negatives, single_negative, kernels, law_terms, batches, pairs,
                     populations, balance_limit, balance_phases):
            part()
    vmf_encoder()
    with tempfile.TemporaryDirectory() as folder:
        losses(folder)
    if wrong:
        sys.exit("\n".join(wrong) + f"\n{len(wrong)} of {len(compared)} quantities differ (seed {SEED})")
    print(f"{len(compared)} quantities at held-out settings agree with 34 digits (seed {SEED})")


if __name__ == "__main__":
    main()
