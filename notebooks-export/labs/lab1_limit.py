# title: The limit of InfoNCE
# question: What does InfoNCE become as the number of negatives grows?
# minutes: 45

# %% [markdown]
# # Lab 1: what InfoNCE becomes with many negatives
#
# InfoNCE compares a positive pair $(x, y)$, two views of one image, with $M$ negatives $u_1, \dots,
# u_M$, views of other images. With unit vectors and temperature $\tau$, and $\kappa = 1/\tau$,
#
# $$L(M) = E\Bigl[-\log \frac{e^{\kappa\, x^\top y}}{e^{\kappa\, x^\top y} + \sum_{i=1}^M e^{\kappa\, x^\top u_i}}\Bigr].$$
#
# It looks like a classification loss over $M + 1$ classes. Wang and Isola (2020) showed that for
# large $M$ it splits into two terms with a meaning of their own. In their Theorem 1:
#
# > `{{claim:WANG20.THM1.LIM}}`
#
# where $s^+ = x^\top y$ is the similarity of a positive pair and $s^- = x^\top u$ that of a negative.
# The first term is *alignment*: positives should be similar. The second is *uniformity*: features
# should be spread out. In this lab you write both, check the theorem on numbers, and then look at
# *how fast* the limit is reached, where the paper's answer can be improved.

# %% include="setup.py" nbgrader={"grade_id": "setup", "locked": true}

# %%
def dot(u, v):
    """Inner product."""
    return sum(a * b for a, b in zip(u, v))


def random_point(d, rng):
    """A uniform point of the unit sphere in d dimensions."""
    x = [rng.gauss(0, 1) for _ in range(d)]
    length = math.sqrt(dot(x, x))
    return [a / length for a in x]


def noisy(z, amount, rng):
    """A unit vector near z: z plus normal noise, normalised."""
    x = [a + amount * rng.gauss(0, 1) for a in z]
    length = math.sqrt(dot(x, x))
    return [a / length for a in x]


rng = random.Random(SEED)
anchors = [random_point(3, rng) for _ in range(300)]
positives = [noisy(z, 0.2, rng) for z in anchors]

# %% [markdown]
# ## 1. Alignment
#
# The first term of the limit is $-\kappa\,E\,x^\top y$, the mean over positive pairs. Here and
# below, a list of anchors and a list of positives stand for a sample of pairs: `positives[i]`
# belongs to `anchors[i]`.

# %% nbgrader={"grade_id": "alignment", "solution": true}
def alignment(anchors, positives, kappa):
    """Minus kappa times the mean inner product of the pairs."""
    ### BEGIN SOLUTION
    return -kappa * sum(dot(x, y) for x, y in zip(anchors, positives)) / len(anchors)
    ### END SOLUTION

# %% nbgrader={"grade_id": "alignment-test", "grade": true, "points": 2}
assert abs(alignment(anchors, anchors, 2) + 2) < 1e-9, "equal pairs: the least value, -kappa"
assert alignment(anchors, positives, 2) > -2, "noise costs alignment"
### BEGIN HIDDEN TESTS
_rng = random.Random(SEED + 1000)
_x = [random_point(5, _rng) for _ in range(50)]
_y = [noisy(z, 0.5, _rng) for z in _x]
for _k in (0.5, 2, 10):
    _want = -_k * math.fsum(math.fsum(a * b for a, b in zip(u, v)) for u, v in zip(_x, _y)) / 50
    assert abs(alignment(_x, _y, _k) - _want) < 1e-9
### END HIDDEN TESTS

# %% [markdown]
# ## 2. Uniformity
#
# The second term is $E_x \log E_u\, e^{\kappa\, x^\top u}$: for each anchor $x$, the *logarithm of
# the mean over all features* $u$, then the mean over anchors. Estimate it from a sample: for each
# anchor average $e^{\kappa x^\top u}$ over all **other** points of the sample (an anchor is not its
# own negative), take the logarithm, and average.

# %% nbgrader={"grade_id": "uniformity", "solution": true}
def uniformity(points, kappa):
    """Mean over i of log mean over j != i of exp(kappa z_i.z_j)."""
    ### BEGIN SOLUTION
    total = 0
    for i, x in enumerate(points):
        terms = [math.exp(kappa * dot(x, u)) for j, u in enumerate(points) if j != i]
        total += math.log(sum(terms) / len(terms))
    return total / len(points)
    ### END SOLUTION

# %% nbgrader={"grade_id": "uniformity-test", "grade": true, "points": 3}
assert abs(uniformity([[1, 0, 0]] * 4, 2) - 2) < 1e-9, "a collapsed encoder has the greatest value, kappa"
assert uniformity(anchors, 2) < 1, "spread points have a small one"
assert abs(uniformity([[1, 0], [-1, 0]], 2) + 2) < 1e-9, "the anchor itself does not count"
### BEGIN HIDDEN TESTS
_rows, _ = table("bounds", "infonce-limit", "--dim", 3, "--kappa", 2, "--negatives", 1)
_rng = random.Random(SEED + 2000)
_z = [random_point(3, _rng) for _ in range(500)]
assert abs(uniformity(_z, 2) - (_rows[0]["limit"] + 2)) < 0.04, "uniform points: limit + kappa"
### END HIDDEN TESTS

# %% [markdown]
# ## 3. Does the loss tend to it?
#
# The program `infonce-limit` evaluates $L(M)$ exactly (by quadrature) for features that are uniform
# on the sphere, beside the limit: its columns are `loss` ({{column:infonce-limit.loss}}), `limit`
# ({{column:infonce-limit.limit}}) and `deviation` ({{column:infonce-limit.deviation}}). Unless told
# otherwise it takes `--dim {{option:infonce-limit.dim}}`, `--kappa {{option:infonce-limit.kappa}}`
# and pairs that are `{{option:infonce-limit.pairs}}`.

# %%
rows, _ = table("bounds", "infonce-limit", "--dim", 3, "--kappa", 2, "--negatives", "1,4,16,64,256,1024,4096")
print("    M      loss - log M    limit        deviation")
for r in rows:
    m = r["negatives"]
    print(f"{m:6.0f}   {r['loss'] - math.log(m):11.6f}  {r['limit']:10.6f}   {r['deviation']:.3e}")

# %% [markdown]
# Compare with the limit by *your* two functions, on a sample of uniform anchors whose positives are
# equal to them. With 300 points they agree to about two digits.

# %%
print("alignment + uniformity of the sample:", round(alignment(anchors, anchors, 2) + uniformity(anchors, 2), 3))

# %%
figure("infonce-limit")

# %% [markdown]
# *What you should see.* {{caption:infonce-limit}}
#
# ## 4. How fast?
#
# The paper bounds the error:
#
# > `{{claim:WANG20.THM1.3}}`
#
# A bound $|D_M| \le C\,M^{-1/2}$ does not say that the error *is* of that size. If $D_M \approx
# C\,M^{-p}$, then $\log D_M \approx \log C - p \log M$: on logarithmic axes a straight line whose
# slope is $-p$. Write the least-squares slope of $\log y$ against $\log x$.

# %% nbgrader={"grade_id": "slope", "solution": true}
def log_slope(x, y):
    """Least-squares slope of log y against log x; all numbers are positive."""
    ### BEGIN SOLUTION
    a = [math.log(v) for v in x]
    b = [math.log(v) for v in y]
    a_mean = sum(a) / len(a)
    b_mean = sum(b) / len(b)
    return (sum((p - a_mean) * (q - b_mean) for p, q in zip(a, b))
            / sum((p - a_mean) ** 2 for p in a))
    ### END SOLUTION

# %% nbgrader={"grade_id": "slope-test", "grade": true, "points": 3}
assert abs(log_slope([1, 2, 4], [3, 6, 12]) - 1) < 1e-9
assert abs(log_slope([1, 10, 100], [5, 0.5, 0.05]) + 1) < 1e-9
late = [r for r in rows if r["negatives"] >= 64]
measured = log_slope([r["negatives"] for r in late], [r["deviation"] for r in late])
assert measured < 0, "the error falls"
print(f"slope of the error: {measured:.3f}")
### BEGIN HIDDEN TESTS
_rng = random.Random(SEED + 3000)
_p = _rng.uniform(-2, 2)
assert abs(log_slope([1, 2, 3, 5, 8], [2.5 * m ** _p for m in (1, 2, 3, 5, 8)]) - _p) < 1e-9
_rows, _ = table("bounds", "infonce-limit", "--dim", 5, "--kappa", 3, "--negatives", "1024,4096,16384")
_slope = log_slope([r["negatives"] for r in _rows], [r["deviation"] for r in _rows])
assert abs(_slope + 1) < 0.03, _slope
### END HIDDEN TESTS

# %% [markdown]
# The toolkit proves and checks the stronger statement:
#
# > `{{claim:WANG20.THM1.RATE}}`
#
# So $M$ times the deviation should settle at a constant $C_1$.

# %%
print("M D_M:", "  ".join(f"{r['scaled_deviation']:.4f}" for r in rows))

# %% [markdown]
# ## 5. A trap: MoCo's setting
#
# Is $M = 65536$ "large"? It depends on $\kappa$ and the dimension. MoCo uses $d = 128$ and $\tau =
# 0.07$. The next figure shows the same quantity there.

# %%
figure("moco")

# %% [markdown]
# *What you should see.* {{caption:moco}}

# %% [markdown] nbgrader={"grade_id": "moco-why", "grade": true, "solution": true, "points": 3}
# Explain in your own words why the loss is still more than two nats from its limit in MoCo's
# setting, although 65536 negatives are a lot. Which term of the sum inside the logarithm is
# responsible? What happens when it is left out of the sum?
#
# ### BEGIN SOLUTION
# With aligned pairs the positive contributes $e^{\kappa}$ to the sum, at $\kappa = 1/0.07 = 14.3$
# about $1.6 \cdot 10^6$. A random negative in 128 dimensions is nearly orthogonal and contributes
# only about $c = E e^{\kappa x^\top u} = 2.2$ on average, so all 65536 negatives together weigh
# about $1.5 \cdot 10^5$: the positive alone outweighs them by more than ten to one. The limit, in
# which the positive does not appear in the sum, is reached only when $M \gg e^\kappa / c = 7 \cdot
# 10^5$; the deviation is $\log(1 + e^\kappa/(cM)) \approx 2.5$. Without the positive in the sum
# (the decoupled loss, DCL) the large term is gone and the deviation is only about $-1.8/M$.
# ### END SOLUTION

# %% [markdown]
# ## What to take along
#
# * $L(M) - \log M$ tends to alignment + uniformity: two terms that can be measured on any encoder
#   (lab 8 does).
# * The error is $C_1/M$, not just $O(M^{-1/2})$: an upper bound on a rate is not the rate. A
#   log-log plot shows the difference.
# * Constants matter: with $e^{\kappa}$ in them, 65536 negatives can be few.
