# title: Training
# question: What does collapse look like, and how do losses avoid it?
# minutes: 75

# %% [markdown]
# # Lab 7: watching an encoder train
#
# So far you looked at losses at their optimum. Now look at the way there. Four small convolutional networks are trained on 1024 images of Fashion-MNIST, each with its own loss, and measured as they go with the instruments of
# the earlier labs. One of the four losses has no repulsion at all: it will collapse, and you will see how that looks from inside.
#
# First you write what every training step needs: a gradient, checked by finite differences.

# %% include="setup.py" nbgrader={"grade_id": "setup", "locked": true}

# %%
def dot(u, v):
    """Inner product."""
    return sum(a * b for a, b in zip(u, v))


def unit(x):
    """x divided by its norm."""
    length = math.sqrt(dot(x, x))
    return [a / length for a in x]


def infonce(X, Y, alpha):
    """Mean over i of -alpha s_ii + log sum_j exp(alpha s_ij); s is the cosine of rows of X and Y."""
    U, V = [unit(x) for x in X], [unit(y) for y in Y]
    total = 0
    for i, u in enumerate(U):
        exponents = [alpha * dot(u, v) for v in V]
        top = max(exponents)
        total += top + math.log(sum(math.exp(e - top) for e in exponents)) - exponents[i]
    return total / len(X)


rng = random.Random(SEED)
X = [[rng.gauss(0, 1) for _ in range(3)] for _ in range(4)]
Y = [[rng.gauss(0, 1) for _ in range(3)] for _ in range(4)]
print("InfoNCE of a random batch:", round(infonce(X, Y, 2), 4))

# %% [markdown]
# ## 1. The gradient
#
# Let $u_i = x_i/|x_i|$ and $v_j = y_j/|y_j|$. Two steps:
#
# 1. With respect to $u_i$, as if it were free: $\;g_i = \dfrac{\alpha}{N}\Bigl(\sum_j p_{ij} v_j - v_i\Bigr)$, where $p_{ij} = e^{\alpha u_i^\top v_j} / \sum_k e^{\alpha u_i^\top v_k}$ is the softmax of row $i$.
# 2. Through the normalisation: $x_i$ enters only by its direction, so the component of $g_i$ along $u_i$ is lost and the rest is divided by the length: $\;\dfrac{\partial L}{\partial x_i} = \dfrac{g_i - (u_i^\top g_i)\,u_i}{|x_i|}$.
#
# Convince yourself of both (the second is the derivative of $x/|x|$), then write them.

# %% nbgrader={"grade_id": "gradient", "solution": true}
def infonce_gradient(X, Y, alpha):
    """dL/dX, a list of rows like X."""
    ### BEGIN SOLUTION
    U, V = [unit(x) for x in X], [unit(y) for y in Y]
    n, d = len(X), len(X[0])
    out = []
    for i, u in enumerate(U):
        exponents = [alpha * dot(u, v) for v in V]
        top = max(exponents)
        weights = [math.exp(e - top) for e in exponents]
        p = [w / sum(weights) for w in weights]
        g = [alpha / n * (sum(p[j] * V[j][k] for j in range(n)) - V[i][k]) for k in range(d)]
        along = dot(u, g)
        length = math.sqrt(dot(X[i], X[i]))
        out.append([(a - along * b) / length for a, b in zip(g, u)])
    return out
    ### END SOLUTION

# %% nbgrader={"grade_id": "gradient-test", "grade": true, "points": 5}
def differences(X, Y, alpha, h=1e-5):
    """The same by central differences, one entry at a time."""
    out = [[0.0] * len(X[0]) for _ in X]
    for i in range(len(X)):
        for k in range(len(X[0])):
            up, down = [list(x) for x in X], [list(x) for x in X]
            up[i][k] += h
            down[i][k] -= h
            out[i][k] = (infonce(up, Y, alpha) - infonce(down, Y, alpha)) / (2 * h)
    return out


gradient = infonce_gradient(X, Y, 2)
assert len(gradient) == len(X) and len(gradient[0]) == len(X[0]), "the shape of X"
assert all(abs(dot(g, x)) < 1e-9 for g, x in zip(gradient, X)), "orthogonal to x: its length does not matter"
worst = max(abs(a - b) for g, f in zip(gradient, differences(X, Y, 2)) for a, b in zip(g, f))
assert worst < 1e-7, f"differs from central differences by {worst:.1e}"
### BEGIN HIDDEN TESTS
_rng = random.Random(SEED + 1000)
_X = [[_rng.gauss(0, 1) for _ in range(5)] for _ in range(6)]
_Y = [[_rng.gauss(0, 1) for _ in range(5)] for _ in range(6)]
with tempfile.TemporaryDirectory() as _dir:
    for _name, _A in (("x", _X), ("y", _Y)):
        write_npy(pathlib.Path(_dir, f"{_name}.npy"), [a for row in _A for a in row], (6, 5))
    for _alpha in (1, 7):
        _rows, _ = table("bounds", "losses", pathlib.Path(_dir, "x.npy"), pathlib.Path(_dir, "y.npy"),
                         "--loss", "infonce", "--alpha", _alpha)
        _norm = math.sqrt(sum(dot(g, g) for g in infonce_gradient(_X, _Y, _alpha)))
        assert abs(_norm / _rows[0]["grad_x_norm"] - 1) < 1e-9, (_norm, _rows[0])
### END HIDDEN TESTS

# %% [markdown]
# Notice what $g_i$ is: the softmax-weighted mean of the points minus the positive. It vanishes when the softmax has found the positive. A large $\alpha$ (small temperature) makes the softmax sharp, and only the hardest negatives pull.
#
# ## 2. Four runs
#
# The runs take some minutes, so their records are shipped: `lab7_runs.csv` has a row for every run and epoch. The losses are
#
# * `ntxent`, SimCLR's loss with temperature 1/2;
# * `align`, attraction alone: the mean of $|u_i - v_i|^2$;
# * `align_uniform`, attraction plus the uniformity loss;
# * `vicreg`, which has no negatives but asks each coordinate to vary and no two to be correlated.
#
# With `RERUN = True` they are trained here, by `plumb train`; that needs the command and the data set (Debian: `apt install dataset-fashion-mnist`).

# %%
RERUN = False
DATA = "fashion-mnist:/usr/share/datasets/fashion-mnist"
LOSSES = ("ntxent", "align", "align_uniform", "vicreg")
MORE = {"vicreg": ("--optimiser", "adamw", "--lr", "1e-3")}  # with momentum alone it diverges

if RERUN:
    runs = []
    with tempfile.TemporaryDirectory() as folder:
        for loss in LOSSES:
            out = pathlib.Path(folder, loss)
            plumb("train", "--data", DATA, "--images", 1024, "--choose", "balanced", "--batch", 128, "--epochs", 16,
                  "--loss", loss, "--monitor", 256, "--probe-every", 16, "--seed", SEED, "--out", out, "--quiet",
                  *MORE.get(loss, ()))
            with open(out / "epochs.csv") as file:
                runs += [{"run": loss, **r} for r in csv.DictReader(file)]
else:
    with open("lab7_runs.csv") as file:
        runs = list(csv.DictReader(file))

print(f"{'at the end':15s}{'alignment':>12s}{'uniformity':>12s}{'eff. rank':>12s}{'linear probe':>14s}")
for loss in LOSSES:
    last = [r for r in runs if r["run"] == loss][-1]
    print(f"{loss:15s}{float(last['alignment']):12.4f}{float(last['uniformity']):12.3f}"
          f"{float(last['effective_rank']):12.2f}{float(last['linear']):14.3f}")

# %% nbgrader={"grade_id": "plots", "locked": true}
# The toolkit's plot scripts, as `plumb figures` uses them.
STYLE = r"""{{script:style}}"""
CURVES = r"""{{script:training}}"""
GAPS = r"""{{script:training-gaps}}"""
HEAT = r"""{{script:training-heat}}"""


def draw(name, script, rows, file):
    """Draws rows (dictionaries) with one of these scripts and shows the figure."""
    with tempfile.TemporaryDirectory() as folder:
        with open(pathlib.Path(folder, file), "w", newline="") as out:
            writer = csv.DictWriter(out, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        pathlib.Path(folder, "fig.gp").write_text(STYLE + "\n" + script)
        show(name, folder, redraw=True)

# %%
for loss in LOSSES:  # losses are in different units: draw each from 1 (its greatest) to 0 (its least)
    own = [r for r in runs if r["run"] == loss]
    least, most = (pick(float(r["loss"]) for r in own) for pick in (min, max))
    for r in own:
        r["relative_loss"] = (float(r["loss"]) - least) / (most - least)
draw("training", CURVES, runs, "runs.csv")

# %% [markdown]
# *What you should see.* `align` alone has by far the best alignment, and a uniformity of almost 0 from the first record on: it has found the cheapest way to make views agree. The others pay some alignment for being spread, `align_uniform` most of both. Do not be deceived by the effective rank: it is
# computed from *centred* features, and so it measures how the tiny remainders around the common point are distributed. A collapsed encoder can have a higher rank than a healthy one.

# %%
draw("gaps over training", GAPS, runs, "runs.csv")

# %% [markdown]
# *What you should see.* The attraction gap is the difference between the prototype's pull and the pairs' pull (lab 2): it vanishes for the collapsed run, where all views are equal. The repulsion gap contains the classification margin and grows where classes separate.
#
# ## 3. Spot the collapse
#
# A monitor should stop a run that collapses. Write a function that reads the record of one run and gives the first step at which it looks collapsed: uniformity above $-0.5$ **and** higher than at the first record, or `None` if that never
# happens. (Both conditions matter: a fresh network may start with nearly equal features, which is not a collapse but a start.)

# %% nbgrader={"grade_id": "monitor", "solution": true}
def collapsed_at(record):
    """First step at which uniformity > -0.5 and above its first value; None if there is none."""
    ### BEGIN SOLUTION
    first = float(record[0]["uniformity"])
    for r in record:
        u = float(r["uniformity"])
        if u > -0.5 and u > first:
            return int(r["step"])
    return None
    ### END SOLUTION

# %% nbgrader={"grade_id": "monitor-test", "grade": true, "points": 3}
assert collapsed_at([{"step": "1", "uniformity": "-0.2"}, {"step": "2", "uniformity": "-1.0"}]) is None
assert collapsed_at([{"step": "1", "uniformity": "-0.9"}, {"step": "2", "uniformity": "-0.4"}]) == 2
for loss in LOSSES:
    print(f"{loss:15s} collapsed at step: {collapsed_at([r for r in runs if r['run'] == loss])}")
### BEGIN HIDDEN TESTS
_rng = random.Random(SEED + 2000)
for _ in range(20):
    _u = [_rng.uniform(-2, 0) for _ in range(8)]
    _record = [{"step": str(10 * (k + 1)), "uniformity": repr(v)} for k, v in enumerate(_u)]
    _want = next((10 * (k + 1) for k, v in enumerate(_u) if v > -0.5 and v > _u[0]), None)
    assert collapsed_at(_record) == _want, _record
### END HIDDEN TESTS

# %% [markdown]
# ## 4. Temperature and weight of repulsion
#
# Lee's balanced loss has two knobs: the inverse temperature $\alpha$, and the weight $\lambda$ of repulsion against attraction. `lab7_heat.csv` holds twenty short runs (512 images, five epochs each), with the uniformity at the end: the lower (darker), the more spread. Short runs are noisy: read the figure for its
# coarse shape.

# %%
with open("lab7_heat.csv") as file:
    heat = list(csv.DictReader(file))
draw("alpha and lambda", HEAT, heat, "heat.csv")

# %% [markdown]
# *What you should see.* Features are most spread where repulsion has a large weight $\lambda$. The inverse temperature matters as well: with a large $\lambda$ a sharper softmax spreads more, up to a point, but with a small one it makes things worse: only the nearest negatives push, and weakly. The upper left is on
# its way to the collapse of section 2. (The accuracy of a
# linear probe, also in the file, hardly differs between the runs. Think of (c) below.)

# %% [markdown] nbgrader={"grade_id": "collapse-words", "grade": true, "solution": true, "points": 4}
# (a) The loss of the collapsed run looks excellent: it goes to its least possible value. Which of the recorded quantities betray it? (b) How does each of the other three losses make collapse expensive? Name the term. (c) The linear probe on the collapsed encoder is about as good as on the others. How
# can that be, and what does it say about probes as a test for collapse?
#
# ### BEGIN SOLUTION
# (a) Uniformity, which is nearly 0, and the attraction gap, which vanishes. Alignment alone looks perfect, and so does the loss, which *is* alignment; the effective rank, of centred features, looks healthy too.
# (b) `ntxent`: the log-sum-exp over negatives, whose gradient pushes the anchor off the softmax-weighted mean of the others. `align_uniform`: the uniformity term, $\log E e^{-2|u - u'|^2}$, is 0 at collapse and negative elsewhere. `vicreg`: the variance term, which charges for each coordinate
# whose standard deviation is below 1.
# (c) "Collapsed" features are nearly equal but not exactly: tiny differences remain and are related to the image, and a linear probe can magnify them. Besides, a probe usually looks at the representation before the projector, which collapses less than the
# output. So a probe is a poor alarm for collapse, and on small data even random features do quite well.
# ### END SOLUTION

# %% [markdown]
# ## What to take along
#
# * The gradient of InfoNCE is a softmax-weighted mean minus the positive: hard negatives weigh more as the temperature falls.
# * A loss can be minimal and the encoder useless. Log alignment, uniformity and rank, not the loss alone.
# * Each family of losses has one term against collapse. Know which one is yours.
