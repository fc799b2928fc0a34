# title: An erratum
# question: Is the uniform law optimal with one negative?
# minutes: 45

# %% [markdown]
# # Lab 3: a published theorem, and a polygon that refutes it
#
# Lab 1 was about many negatives: as $M \to \infty$, InfoNCE is minimised by features that are
# aligned and uniform on the sphere. What about few negatives? Wang and Isola (2020) also state, for
# a *single* negative:
#
# > `{{claim:WANG20.THM2}}`
#
# ({{where:WANG20.THM2}}.) Here $f$ is the encoder and $L(f; \tau, 1)$ its InfoNCE loss with $M = 1$
# negative. In this lab you show, with twenty lines of Python, that this is false.
# You will find an encoder that does better than the uniform law, and the reason why. Such a finding
# is no disgrace for a paper whose main theorem stands; but it is what checking is for.

# %% include="setup.py" nbgrader={"grade_id": "setup", "locked": true}

# %% [markdown]
# ## 1. The loss as an energy
#
# With one negative $u$, aligned pairs ($y = x$) and temperature $\tau$,
#
# $$L = E\Bigl[-\log\frac{e^{1/\tau}}{e^{1/\tau} + e^{x^\top u/\tau}}\Bigr] = E\,g(x^\top u), \qquad g(s) = \log\bigl(1 + e^{(s-1)/\tau}\bigr),$$
#
# where $x$ and $u$ are independent draws from the law of the features. So each *law* of features on
# the sphere has an energy: the mean of $g$ over all pairs. Is it least for the uniform law?
#
# Take the circle, $d = 2$. A natural competitor is the regular $n$-gon: features sit at $n$ equally
# spaced angles, each with probability $1/n$. Since all corners are alike, put $x$ at angle 0; then
# $u$ is at angle $2\pi k/n$, $k = 0, \dots, n-1$ (the two may coincide: the draws are independent).
#
# **Your task.** Write the energy of the $n$-gon.

# %% nbgrader={"grade_id": "energy", "solution": true}
def polygon_energy(n, tau):
    """Mean of g over all pairs of corners of the regular n-gon."""
    ### BEGIN SOLUTION
    total = 0
    for k in range(n):
        s = math.cos(2 * math.pi * k / n)
        total += math.log1p(math.exp((s - 1) / tau))
    return total / n
    ### END SOLUTION

# %% nbgrader={"grade_id": "energy-test", "grade": true, "points": 4}
assert abs(polygon_energy(1, 0.3) - math.log(2)) < 1e-12, "one point: g(1) = log 2, a collapsed encoder"
assert polygon_energy(2, 0.3) < polygon_energy(1, 0.3), "two opposite points are better than one"
assert abs(polygon_energy(4, 1) - (math.log(2) + 2 * math.log1p(math.exp(-1)) + math.log1p(math.exp(-2))) / 4) < 1e-12
### BEGIN HIDDEN TESTS
_rng = random.Random(SEED + 1000)
for _ in range(3):
    _n, _tau = _rng.randrange(3, 40), round(_rng.uniform(0.05, 1), 3)
    _rows, _ = table("bounds", "single-negative", "--dim", 2, "--tau", _tau, "--witness", f"{_n}-gon")
    assert abs(polygon_energy(_n, _tau) - _rows[0]["loss_witness"]) < 1e-10, (_n, _tau)
### END HIDDEN TESTS

# %% [markdown]
# ## 2. The uniform law
#
# The uniform law on the circle is the limit of the $n$-gon as $n \to \infty$: its energy is an
# integral over the angle, and the polygon with many corners is the rectangle rule for that
# integral. For a smooth periodic function this rule converges faster than any power of $n$, so 4096
# corners are as good as exact.

# %%
def uniform_energy(tau):
    """Energy of the uniform law on the circle, to machine precision for tau >= 0.001."""
    return polygon_energy(4096, tau)


for n in (4, 8, 12, 16, 32, 4096):
    print(f"{n:5d} corners: {polygon_energy(n, 0.1):.12f}")

# %% [markdown]
# Look at that list again. The energies do not fall towards the last one: some are below it.
#
# **Your task.** For a given temperature find the number of corners, from 2 to 60, whose polygon has
# the least energy.

# %% nbgrader={"grade_id": "best", "solution": true}
def best_polygon(tau):
    """The n in 2..60 whose n-gon has the least energy."""
    ### BEGIN SOLUTION
    return min(range(2, 61), key=lambda n: polygon_energy(n, tau))
    ### END SOLUTION

# %% nbgrader={"grade_id": "best-test", "grade": true, "points": 3}
n = best_polygon(0.1)
difference = polygon_energy(n, 0.1) - uniform_energy(0.1)
assert 2 <= n <= 60
assert difference < 0, "some polygon is better than the uniform law"
print(f"at tau = 0.1 the {n}-gon beats the uniform law by {-difference:.3e} nats")
### BEGIN HIDDEN TESTS
for _tau in (0.07, 0.2, 0.5, 1.3):
    _n = best_polygon(_tau)
    _rows, _ = table("bounds", "single-negative", "--dim", 2, "--tau", _tau, "--witness", f"{_n}-gon")
    assert _rows[0]["difference"] < 0, (_tau, _n)
    for _m in (_n - 1, _n + 1):
        if _m > 1:
            assert polygon_energy(_n, _tau) <= polygon_energy(_m, _tau)
### END HIDDEN TESTS

# %% [markdown]
# One pair of numbers suffices to refute "for all". The toolkit keeps this one as the claim's
# witness; `plumb verify` expects the verdict {{verdict:WANG20.THM2}}:

# %%
print(plumb("verify", "WANG20.THM2"))

# %%
figure("single-negative")

# %% [markdown]
# *What you should see.* {{caption:single-negative}}
#
# ## 3. Why: Fourier coefficients
#
# On the circle, $g(\cos\theta)$ is an even periodic function: $g(\cos\theta) = h_0 + 2\sum_{k\ge1}
# h_k \cos k\theta$ with $h_k = \frac{1}{2\pi}\int_0^{2\pi} g(\cos\theta)\cos k\theta\,d\theta$.
# Averaging $\cos k\theta$ over the corners of the $n$-gon gives 1 when $n$ divides $k$ and 0
# otherwise, so
#
# $$\text{energy}(n\text{-gon}) - \text{energy}(\text{uniform}) = 2\,(h_n + h_{2n} + h_{3n} + \dots).$$
#
# The uniform law is safe if all $h_k \ge 0$; for a polygon to win, some coefficient must be
# negative.
#
# **Your task.** Compute $h_k$, again by the rectangle rule with 4096 angles.

# %% nbgrader={"grade_id": "coefficient", "solution": true}
def coefficient(k, tau):
    """The k-th Fourier coefficient h_k of g(cos theta)."""
    ### BEGIN SOLUTION
    total = 0
    for j in range(4096):
        angle = 2 * math.pi * j / 4096
        total += math.log1p(math.exp((math.cos(angle) - 1) / tau)) * math.cos(k * angle)
    return total / 4096
    ### END SOLUTION

# %% nbgrader={"grade_id": "coefficient-test", "grade": true, "points": 4}
assert abs(coefficient(0, 0.1) - uniform_energy(0.1)) < 1e-12, "h_0 is the uniform energy"
assert coefficient(1, 0.1) > 0 > coefficient(10, 0.1)
gap = polygon_energy(10, 0.1) - uniform_energy(0.1)
assert abs(gap - 2 * sum(coefficient(10 * k, 0.1) for k in (1, 2, 3))) < 1e-8, "the formula above"
### BEGIN HIDDEN TESTS
_rng = random.Random(SEED + 2000)
_tau = round(_rng.uniform(0.06, 0.9), 3)
_rows, _ = table("bounds", "kernels", "--dim", 2, "--kernel", f"single-negative:{_tau}", "--orders", 12)
for _r in _rows:
    assert abs(coefficient(int(_r["order"]), _tau) - _r["coefficient"]) < 1e-10, (_r, _tau)
### END HIDDEN TESTS

# %%
figure("kernel-coefficients")

# %% [markdown]
# *What you should see.* {{caption:kernel-coefficients}}
#
# The proof in the paper takes a shortcut through a property of $g$ called complete monotonicity,
# which would make all coefficients positive. The toolkit shows that $g$ does not have it:
# {{correction:WANG20.THM2.CM}}.

# %% [markdown] nbgrader={"grade_id": "what-is-true", "grade": true, "solution": true, "points": 4}
# Answer in a few sentences. (a) Does this refute Theorem 1, the limit of many negatives? (b) The
# paper's uniformity loss uses the Gaussian kernel $e^{-t|u-v|^2}$ instead of $g$. What does the
# left panel of the figure say about it? (c) The polygon's advantage is below $10^{-3}$ nats. Why is
# it nevertheless a refutation, and would you notice it in training?
#
# ### BEGIN SOLUTION
# (a) No. Theorem 1 is about $M \to \infty$, where the loss is a different functional of the law,
# the mean of $\log E_u e^{x^\top u/\tau}$; for it the uniform law is the minimiser. The polygons
# win for few negatives, and the advantage disappears as $M$ grows. What is true: optima at finite
# $M$ are in general not uniform. (b) All of its coefficients are positive, so no law has a smaller
# energy than the uniform one: Proposition 1 is right, and the uniformity loss does what it says.
# (c) The theorem says that *no* law is below the uniform one. It is an exact statement, so one
# exact counterexample refutes it, however small: the two energies are computed to 12 digits and
# differ by almost one per cent. In training one would not notice: sampling noise of a batch is much
# larger than $10^{-3}$ nats.
# ### END SOLUTION

# %% [markdown]
# ## What to take along
#
# * A claim "for all" falls with one example, and an example that anyone can recompute in twenty
#   lines is the best kind.
# * {{correction:WANG20.THM2}}.
# * Symmetry does not make the symmetric solution the best one: the sign of the kernel's
#   coefficients decides.
