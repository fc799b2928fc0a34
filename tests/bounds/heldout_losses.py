"""Every loss of plumb bounds losses and its gradient, and the entropy identity, on random arrays."""
import itertools
import os
import struct

from digits import c, draw, plumb, real, same, wrong
from mpmath import exp, gamma, log, mpf, pi, sqrt


def write_npy(path, rows):
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({len(rows)}, {len(rows[0])}), }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode())
        for row in rows:
            file.write(struct.pack(f"<{len(row)}d", *row))


def unit(row):
    norm = sqrt(sum(x * x for x in row))
    return [x / norm for x in row]


def dot(a, b):
    return sum(x * y for x, y in zip(a, b))


def lse(terms):
    return log(sum(exp(x) for x in terms))


def loss_values(x, y, q, held=None):
    """Every loss by its formula; `held` are dclw's weights, constant under differentiation."""
    n, a, lam = len(x), q["alpha"], q["lambda"]
    u, v = [unit(r) for r in x], [unit(r) for r in y]
    z = u + v
    s = [[a * dot(p, w) for w in z] for p in z]
    plus = [s[i][(i + n) % (2 * n)] for i in range(2 * n)]
    cross = [lse(s[i][n:]) for i in range(n)]
    back = [lse(s[i][:n]) for i in range(n, 2 * n)]
    full = [lse(s[i][k] for k in range(2 * n) if k != i) for i in range(2 * n)]
    others = [[k for k in range(2 * n) if k % n != i % n] for i in range(2 * n)]
    rest = [lse(s[i][k] for k in others[i]) for i in range(2 * n)]
    weights = held or dclw_weights(u, v, q)

    def average(terms):
        terms = list(terms)
        return sum(terms) / len(terms)

    def one_way(weight):
        return average(-plus[i] + weight * cross[i] for i in range(n))

    def both(weight):
        return (one_way(weight) + average(-plus[i + n] + weight * back[i] for i in range(n))) / 2

    def gauss(p, w):
        return exp(-q["t"] * sum((b - e)**2 for b, e in zip(p, w)))

    def unif(p):
        return log(average(gauss(p[i], p[j]) for i in range(n) for j in range(i)))

    squares = [sum((b - e)**2 for b, e in zip(u[i], v[i])) for i in range(n)]
    uniformity = (unif(u) + unif(v)) / 2
    return {
        "infonce": one_way(1), "infonce_sym": both(1), "bcl": one_way(lam) / a,
        "bcl_sym": both(lam) / a, "lee_total": one_way(lam / q["nu"]) / a,
        "ntxent": average(f - p for f, p in zip(full, plus)),
        "gntxent": average(lam * f - p for f, p in zip(full, plus)),
        "gntxent_g2": average(log(exp(p) + lam * exp(r)) - p for r, p in zip(rest, plus)),
        "gntxent_g3": average(lam * r - p for r, p in zip(rest, plus)),
        "dcl": average(r - p for r, p in zip(rest, plus)),
        "dcl_cross": average(lse(s[i][n + j] for j in range(n) if j != i) - plus[i] for i in range(n)),
        "dclw": average(r - weights[i % n] * p for i, (r, p) in enumerate(zip(rest, plus))),
        "align": average(sqrt(b)**q["p"] for b in squares),
        "unif": uniformity,
        "unifv": log(average(gauss(p, w) for p in u for w in u)),
        "align_uniform": q["w-align"] * average(squares) + q["w-uniform"] * uniformity,
        "moco_align": 2 - 2 * average(plus[:n]) / a,
        "moco_unif": log(average([gauss(p, w) for p in u for w in v]
                                 + [gauss(u[i], u[j]) for i in range(n) for j in range(i)])),
    }


def dclw_weights(u, v, q):
    e = [exp(dot(p, w) / q["sigma"]) for p, w in zip(u, v)]
    return [2 - x * len(e) / sum(e) for x in e]


def losses(folder):
    n, d = draw.randint(3, 5), draw.randint(2, 4)
    x = [[draw.gauss(0, 1) for _ in range(d)] for _ in range(n)]
    y = [[b + draw.gauss(0, 0.6) for b in row] for row in x]
    q = {"alpha": real(0.5, 9), "lambda": real(0.3, 4), "nu": real(0.3, 1), "t": real(0.5, 4),
         "p": real(1.2, 4), "sigma": real(0.3, 2), "w-align": real(0.2, 3), "w-uniform": real(0.2, 3)}
    files = [os.path.join(folder, name) for name in ("x.npy", "y.npy")]
    write_npy(files[0], x)
    write_npy(files[1], y)
    words = f"losses {files[0]} {files[1]} " + " ".join(f"--{k} {value}" for k, value in q.items())
    rows, _ = plumb(words)
    q = {k: mpf(value) for k, value in q.items()}
    sides = [[[mpf(b) for b in row] for row in side] for side in (x, y)]
    held = dclw_weights(*([unit(r) for r in side] for side in sides), q)
    value, step = loss_values(*sides, q), mpf(10)**-12
    squares = [dict.fromkeys(value, mpf(0)) for _ in sides]
    for side, square in zip(sides, squares):
        for row, k in itertools.product(side, range(d)):
            row[k] += step
            up = loss_values(*sides, q, held)
            row[k] -= 2 * step
            down = loss_values(*sides, q, held)
            row[k] += step
            for name in value:
                square[name] += ((up[name] - down[name]) / (2 * step))**2
    if {row["loss"] for row in rows} != set(value):
        wrong.append(f"plumb bounds losses: {sorted({row['loss'] for row in rows} ^ set(value))} "
                     "stand on one side only")
    for row in rows:
        if row["loss"] in value:
            same(words, row["loss"], row["value"], value[row["loss"]])
            for side, column in zip(squares, ("grad_x_norm", "grad_y_norm")):
                same(words, f"{row['loss']}, {column}", row[column], sqrt(side[row["loss"]]), 1e-12)

    kappa = real(0.3, 20)
    words = f"kde-entropy {files[0]} --kappa {kappa}"
    rows, _ = plumb(words)
    kappa, u = mpf(kappa), [unit(r) for r in sides[0]]
    normaliser = log(2 * pi**(mpf(d) / 2) / gamma(mpf(d) / 2) * c(d, kappa))
    left = sum(lse(kappa * dot(p, w) for w in u) - log(mpf(n)) for p in u) / n
    same(words, "log_normaliser", rows[0]["log_normaliser"], normaliser, 1e-12)
    same(words, "mean_log", rows[0]["mean_log"], left, 1e-12)
    same(words, "entropy", rows[0]["entropy"], normaliser - left, 1e-12)
