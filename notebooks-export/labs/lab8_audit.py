# title: An audit
# question: Is your own encoder healthy?
# minutes: 45

# %% [markdown]
# # Lab 8: auditing an encoder
#
# An encoder is a box: images go in, unit vectors come out. The theory of the earlier labs gives you instruments to look at it without knowing anything about its training: alignment and uniformity (lab 1), the gaps of the
# attraction and repulsion bounds (lab 2), the spectrum of the covariance (lab 4). In this lab you use them on four encoders of which three are ill, write down what you see, and then
# put your own encoder through the same audit.
#
# All you need from an encoder is an array of features, several *views* of each image, and optionally class labels.

# %% include="setup.py" nbgrader={"grade_id": "setup", "locked": true}

# %% [markdown]
# ## 1. Four encoders
#
# The next cell makes the patients: 200 images of 5 classes, 4 views each, in 16 dimensions. It writes one `.npy` file for each, and one for the labels. Do not read too closely how they are made: that is what the audit should find out.

# %% nbgrader={"grade_id": "patients", "locked": true}
IMAGES, VIEWS, DIM, CLASSES = 200, 4, 16, 5
WARD = pathlib.Path(tempfile.mkdtemp())


def unit(x):
    length = math.sqrt(sum(a * a for a in x))
    return [a / length for a in x]


def make_patients(seed):
    """Features of encoders A to D, in the files A.npy to D.npy, with labels.npy."""
    rng = random.Random(seed)
    normal = lambda: [rng.gauss(0, 1) for _ in range(DIM)]
    centres = [unit(normal()) for _ in range(CLASSES)]
    treatment = {"A": (1.2, 0.25, 0, DIM), "B": (1.2, 0.25, 15, DIM), "C": (1.2, 0.25, 0, 3), "D": (1.2, 2.0, 0, DIM)}
    for name, (spread, noise, offset, kept) in treatment.items():
        z = []
        for i in range(IMAGES):
            image = [3 * c + spread * g for c, g in zip(centres[i % CLASSES], normal())]
            for _ in range(VIEWS):
                view = [a + noise * g for a, g in zip(image, normal())]
                view = [a if j < kept else 0.01 * a for j, a in enumerate(view)]
                view[0] += offset
                z += unit(view)
        write_npy(WARD / f"{name}.npy", z, (IMAGES, VIEWS, DIM))
    write_npy(WARD / "labels.npy", [i % CLASSES for i in range(IMAGES)], (IMAGES,), integers=True)


make_patients(SEED)

# %% [markdown]
# ## 2. The instrument
#
# `plumb measure FEATURES.npy --labels LABELS.npy` prints a table with one quantity a row: its value, an interval for the sampling error, and the range it could have. Write a function that runs it and returns the values by name.
# Use `table("measure", ...)`; the columns you need are `quantity` and `value`.

# %% nbgrader={"grade_id": "audit", "solution": true}
def audit(features, labels):
    """{quantity: value} of one audit; features and labels are paths."""
    ### BEGIN SOLUTION
    rows, _ = table("measure", features, "--labels", labels, "--eigenvalues", 16)
    return {r["quantity"]: r["value"] for r in rows}
    ### END SOLUTION

# %% nbgrader={"grade_id": "audit-test", "grade": true, "points": 2}
found = {name: audit(WARD / f"{name}.npy", WARD / "labels.npy") for name in "ABCD"}
assert all("alignment_2" in f and "uniformity" in f and "effective_rank" in f for f in found.values())
print(f"{'':22s}" + "".join(f"{name:>10s}" for name in found))
for quantity in ("alignment_2", "uniformity", "effective_rank", "attraction_gap", "attraction_violations",
                 "repulsion_gap", "margin"):
    print(f"{quantity:22s}" + "".join(f"{f[quantity]:10.3f}" for f in found.values()))
### BEGIN HIDDEN TESTS
_rows, _ = table("measure", WARD / "B.npy", "--labels", WARD / "labels.npy")
for _r in _rows:
    if _r["quantity"] in ("alignment_2", "uniformity", "effective_rank", "margin"):
        assert abs(audit(WARD / "B.npy", WARD / "labels.npy")[_r["quantity"]] - _r["value"]) < 1e-9
### END HIDDEN TESTS

# %% [markdown]
# ## 3. The plane
#
# Alignment, $E|z - z'|^2$ over pairs of views, is 0 when views coincide. Uniformity, $\log E\,e^{-2|z - z'|^2}$ over pairs of images, is 0 when everything collapses to one point, and cannot be lower than that of the uniform law. Draw
# your four patients into the plane of the two.

# %%
def plane(points):
    """The toolkit's figure with our encoders as its points."""
    lines = ["blind_alignment,blind_uniformity"] + [f"{a:.6f},{u:.6f}" for a, u in points]
    figure("encoder-plane", encoders="\n".join(lines) + "\n")


plane([(f["alignment_2"], f["uniformity"]) for f in found.values()])

# %% [markdown]
# *What you should see.* {{caption:encoder-plane}}
#
# ## 4. The spectrum
#
# Two encoders can share a place in the plane and still differ: one uses all of its dimensions, the other a few. The eigenvalues of the covariance tell. They are summarised by the **effective rank**, the exponential of the entropy
# of the eigenvalues' shares: $d$ for equal ones, 1 if a single one holds everything. Write it.

# %% nbgrader={"grade_id": "rank", "solution": true}
def effective_rank(eigenvalues):
    """exp of the entropy of the shares; eigenvalues >= 0, not all 0."""
    ### BEGIN SOLUTION
    total = sum(eigenvalues)
    shares = [v / total for v in eigenvalues if v > 0]
    return math.exp(-sum(p * math.log(p) for p in shares))
    ### END SOLUTION

# %% nbgrader={"grade_id": "rank-test", "grade": true, "points": 3}
assert abs(effective_rank([0.2, 0.2, 0.2]) - 3) < 1e-9
assert abs(effective_rank([5, 0, 0]) - 1) < 1e-9, "zeros do not count"
assert 1 < effective_rank([3, 1]) < 2
for name, f in found.items():
    eigenvalues = [f[f"eigenvalue_{k}"] for k in range(1, 17)]
    bars = " ".join("#" * round(30 * v / max(eigenvalues)) or "." for v in eigenvalues[:5])
    print(f"{name}: effective rank {effective_rank(eigenvalues):5.2f} of 16   largest five: {bars}")
### BEGIN HIDDEN TESTS
_rng = random.Random(SEED + 1000)
_v = [_rng.random() for _ in range(7)]
_p = [v / sum(_v) for v in _v]
assert abs(effective_rank(_v) - math.prod(p ** -p for p in _p)) < 1e-9
for _f in found.values():
    _e = [_f[f"eigenvalue_{k}"] for k in range(1, 17)]
    assert abs(effective_rank(_e) - _f["effective_rank"]) < 1e-6 * _f["effective_rank"]
### END HIDDEN TESTS

# %% [markdown]
# ## 5. The gaps
#
# Last, the two bounds, anchor by anchor, on the features themselves. The same figure as in lab 2, but with patient A's and then patient D's own anchors.

# %%
def gap_panels(name):
    """Attraction and repulsion gaps of one patient."""
    files = (WARD / f"{name}.npy", WARD / "labels.npy")
    figure("gaps", attraction=plumb("bounds", "attraction", *files, "--format", "csv"),
           repulsion=plumb("bounds", "repulsion", *files, "--alpha", 4, "--format", "csv"))


gap_panels("A")

# %%
gap_panels("D")

# %% [markdown]
# ## 6. The report

# %% [markdown] nbgrader={"grade_id": "report", "grade": true, "solution": true, "points": 8}
# One of the four encoders is healthy. For each of A, B, C and D write two or three sentences: the numbers that matter, what is wrong (or why nothing is), and which term of its training loss you would strengthen. Close with one sentence on a defect that none of these
# instruments could see.
#
# ### BEGIN SOLUTION
# **A is healthy.** Views agree (alignment about 0.06), the features are spread nearly as the uniform law's are, the effective rank is above 14 of 16, no anchor violates the attraction bound, and the margin is the best of the four. Some uniformity is missing;
# the classes, which share a direction, explain it.
#
# **B has collapsed.** Its alignment is the best of all, 0.007, but its uniformity is near 0: every image lies in the same corner, and good alignment is worth nothing there. In the plane it lies at the upper left. The effective rank does *not* show it, since the covariance of *centred*
# features forgets the corner. Strengthen uniformity (more or better negatives, a variance term).
#
# **C has lost dimensions.** Alignment is good; uniformity is clearly worse than A's, and the spectrum shows why: three eigenvalues hold everything, the effective rank is 3 of 16. This is dimensional collapse. Strengthen the term that decorrelates (the covariance term of VICReg,
# the redundancy term of Barlow Twins, uniformity).
#
# **D is not aligned.** It is nearly uniform, but views of an image are far apart: alignment is more than twenty times that of A, near the line of encoders that do not recognise views. Its attraction gaps are the largest of the four. Strengthen alignment, or check whether augmentations
# destroy the image.
#
# None of the instruments knows what the features *mean*: an encoder that recognises images by a watermark would pass all of them (lab 5).
# ### END SOLUTION

# %% [markdown]
# ## 7. Your own encoder
#
# Save features of your own encoder as an array of shape (images, views, dimension), `numpy.save("mine.npy", z)`, and name it here. Without one, the cell leaves patient A in its place. Rows that are not of unit length are refused; normalise them first, or add `--normalize`
# to the call.

# %%
MINE = None  # "mine.npy"

rows, _ = table("measure", MINE or WARD / "A.npy")
for r in rows:
    if r["quantity"] in ("alignment_2", "uniformity", "uniform_law", "attraction_gap", "effective_rank",
                         "effective_rank_share"):
        low = "" if r["low"] is None else f"   [{r['low']:.3f}, {r['high']:.3f}]"
        print(f"{r['quantity']:22s}{r['value']:9.3f}{low:22s}  {r['meaning']}")

# %% [markdown]
# ## What to take along
#
# * Look at alignment *and* uniformity: each alone can be made perfect by a useless encoder.
# * Look at the spectrum: a dead dimension does not show in the plane.
# * Report intervals. A number without its sampling error is an anecdote.
