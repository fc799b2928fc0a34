"""What the held-out checks stand on: one run of plumb, the comparison, and expectations on the sphere
and of log-sums to 34 digits."""
import json
import random
import subprocess
import sys

try:
    from mpmath import besseli, cos, exp, hyp0f1, log, mp, mpf, pi, sin
    from mpmath.calculus.quadrature import GaussLegendre
except ImportError:
    print("skipped: python3 has no mpmath; apt-get install python3-mpmath")
    sys.exit(77)

mp.dps = 34
PLUMB = sys.argv[1]
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else 20
draw = random.Random(SEED)
compared, wrong = [], []


def plumb(words):
    """The rows by column name, and the summary, of one run."""
    done = subprocess.run([PLUMB, "bounds", *words.split(), "--threads", "1", "--json"],
                          capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"plumb bounds {words}: {done.stderr}")
    result = json.loads(done.stdout)
    names = [c["name"] for c in result["columns"]]
    return [dict(zip(names, row)) for row in result["rows"]], result["summary"]


def same(words, quantity, got, want, absolute=0.0):
    """got agrees with want to 1e-10 of its size, or to the absolute tolerance where one is given."""
    compared.append(quantity)
    if got is None or not abs(got - want) <= (absolute or mpf(10)**-10 * abs(want)):
        wrong.append(f"plumb bounds {words}: {quantity} is {got}, 34 digits give {mp.nstr(want, 17)}")


def real(low, high, digits=3):
    return round(draw.uniform(low, high), digits)


# The sphere S^{d-1}: normaliser, mean resultant length, and rules in the angle to a fixed direction.

def c(d, k):
    return hyp0f1(mpf(d) / 2, mpf(k)**2 / 4)


def mean_length(d, k):
    return besseli(mpf(d) / 2, k) / besseli(mpf(d) / 2 - 1, k) if k else mpf(0)


LEGENDRE = GaussLegendre(mp)


def interval(low, high, degree=6):
    """Nodes and weights of an integral: 3 2^(degree - 1) points."""
    half, middle = (mpf(high) - low) / 2, (mpf(high) + low) / 2
    return [(middle + half * x, half * w)
            for x, w in LEGENDRE.get_nodes(-1, 1, degree, mp.prec)]


def sphere(d, k=0, degree=6):
    """(s, weight) for s = u.e, u ~ vMF(e, k)."""
    rule = [(cos(a), w * sin(a)**(d - 2) * exp(k * (cos(a) - 1))) for a, w in interval(0, pi, degree)]
    total = sum(w for _, w in rule)
    return [(s, w / total) for s, w in rule]


def mean(rule, f):
    return sum(w * f(s) for s, w in rule)


# E log(p e^{kappa s+} + mult (e^{kappa s_1} + ... + e^{kappa s_M})), by log a = int (e^-t - e^-ta)/t.

class LogSum:
    STEP = mpf("0.13")

    def __init__(self, kappa, negatives, positives, mult=1, p=1):
        self.kappa = kappa
        top = log(130) + (2 * kappa if p == 0 or len(positives) > 1 else 0)
        self.t = [exp(top - j * self.STEP) for j in range(int((top + 90) / self.STEP))]
        self.log_phi = [log(mean(negatives, lambda s: exp(-t * mult * exp(kappa * (s - 1)))))
                        for t in self.t]
        self.psi = [mean(positives, lambda s: exp(-t * exp(kappa * (s - 1)))) if p else mpf(1)
                    for t in self.t]

    def at(self, m):
        return self.kappa + self.STEP * sum(exp(-t) - psi * exp(m * log_phi) for t, log_phi, psi
                                            in zip(self.t, self.log_phi, self.psi))


ALIGNED = [(mpf(1), mpf(1))]
