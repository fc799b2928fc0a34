# title: Which features?
# question: Why do subclasses collapse?
# minutes: 60

# %% [markdown]
# # Lab 5: which features contrastive learning keeps
#
# Train a classifier-like contrastive loss on dogs and cats, and the breeds are gone: all dogs end
# in one place. Train without labels, and the breeds are there, but perhaps the animal is not,
# because the colour of the carpet was easier. Xue et al. (2023) study both effects, *class
# collapse* and *feature suppression*, in a model where everything can be computed.
#
# Every example is a sum of a few features and private noise:
#
# $$x = v_0 + \phi_1\, y\, v_1 + \phi_2\, y_\text{sub}\, v_2 + \phi_3\, \rho\, v_3 + \sigma\, \xi,$$
#
# where $v_0, \dots, v_3$ are orthonormal; $y = \pm1$ is the class, $y_\text{sub} = \pm 1$ the
# subclass, $\rho = \pm1$ something irrelevant, and $\xi$ a noise direction that belongs to this
# example alone. The numbers $\phi_k$ say how strongly a feature shows. The encoder is linear, $x
# \mapsto Wx$ with $p$ rows, and "feature $k$ is kept" means $|W v_k| > 0$.

# %% include="setup.py" nbgrader={"grade_id": "setup", "locked": true}

# %% [markdown]
# ## 1. One row, least norm
#
# Suppose one output should read off the class: $w^\top x = y$ on all $N$ training examples. There
# are many such $w$. It may use the class feature, or *memorise* the labels through the private
# noise of each example, or both: $w = a\,v_1 + \sum_i b_i\, \xi_i$, where $\phi_1 a + \sigma\, b_i
# y_i = 1$ for each example $i$. Its squared norm is
#
# $$|w|^2 = a^2 + \sum_i b_i^2 = a^2 + \frac{N}{\sigma^2}\,(1 - \phi_1 a)^2 .$$
#
# Gradient descent from small weights prefers solutions of small norm. Minimise over $a$, by hand,
# and write the result with $\varepsilon = \sigma^2/N$.

# %% nbgrader={"grade_id": "least-norm", "solution": true}
def least_norm(phi, eps):
    """(a, |w|^2) of the least-norm row that reads off a feature of strength phi; eps = sigma^2/N."""
    ### BEGIN SOLUTION
    # derivative: 2 a - 2 phi (1 - phi a)/eps = 0
    a = phi / (phi * phi + eps)
    return a, 1 / (phi * phi + eps)
    ### END SOLUTION

# %% nbgrader={"grade_id": "least-norm-test", "grade": true, "points": 4}
a, square = least_norm(0.9, 0.02)
assert 0 < a < 1 / 0.9, "a little of the label is always memorised"
assert abs(square - (a * a + (1 - 0.9 * a) ** 2 / 0.02)) < 1e-12, "the norm that belongs to a"
for other in (0.95 * a, 1.05 * a):
    assert other**2 + (1 - 0.9 * other) ** 2 / 0.02 > square, "no other a is better"
### BEGIN HIDDEN TESTS
_rng = random.Random(SEED + 1000)
for _ in range(4):
    _phi, _sigma = round(_rng.uniform(0.3, 1.5), 3), round(_rng.uniform(0.2, 1), 3)
    _rows, _ = table("spectral", "minnorm", "--loss", "scl", "--phi", f"{_phi},0.8,1.1", "--sigma", _sigma,
                     "--views", 2, "--embedding", 2)
    # two views of eight originals: N = 16
    assert abs(least_norm(_phi, _sigma**2 / 16)[0] - _rows[1]["norm"]) < 1e-9, (_phi, _sigma)
### END HIDDEN TESTS

# %% [markdown]
# Note what the norm tells: a *strong* feature is *cheap*, $|w|^2 = 1/(\phi^2 + \varepsilon)$; a
# feature that is absent costs $1/\varepsilon$, pure memorising.
#
# ## 2. Supervised: the subclass collapses
#
# The supervised contrastive loss (SCL) takes any two examples of one class as positives. It asks
# that these agree, and no more: an encoder that outputs a constant and the class has the least
# possible loss. Adding the subclass would not lower the loss, only raise the norm. Hence
#
# > `{{claim:XUE23.THM44}}`

# %%
rows, summary = table("spectral", "minnorm", "--loss", "scl", "--phi", "0.9,0.8,1.5", "--embedding", 3)
for name, r in zip(("constant", "class", "subclass", "irrelevant"), rows):
    print(f"{name:12s} |W v| = {r['norm']:.4f}")
print("distance of the two subclasses of a class:", f"{summary['subclass_separation']:.1e}")

# %% [markdown]
# On the way there, the subclass *is* learnt: gradient descent picks up every feature that reduces
# the loss early on, and forgets what least norm does not need.

# %%
figure("class-collapse")

# %% [markdown]
# *What you should see.* {{caption:class-collapse}}
#
# The same happens on images. The run takes half a minute, so its result is shipped in
# `lab5_descent.csv`: the held-out accuracy of a linear probe along gradient descent, on
# Fashion-MNIST with four classes made of ten subclasses. Set `RERUN = True` to compute and draw it
# yourself.

# %%
RERUN = False
if RERUN:
    figure("linear-descent")
with open("lab5_descent.csv") as file:
    descent = list(csv.DictReader(file))
print("   step   class accuracy   subclass accuracy")
for r in descent[::3]:
    print(f"{float(r['iteration']):7.0f} {float(r['class_accuracy']):12.3f} {float(r['subclass_accuracy']):17.3f}")
best = max(descent, key=lambda r: float(r["subclass_accuracy"]))
print("the subclasses are read best at step", best["iteration"])

# %% [markdown]
# ## 3. Unsupervised: the strongest features win
#
# The unsupervised loss (UCL) takes only views of the same original as positives. To tell originals
# apart it wants to keep *every* feature, but it has only $p$ rows. All choices of $p$ features have
# the same loss, so the norm decides:
#
# > `{{claim:XUE23.THM51}}`
#
# For our model with one irrelevant feature ($K = 3$ beside the constant) the list is $(1, \phi_1^2, \phi_2^2,
# \phi_3^2)$, the 1 being the constant's.
#
# **Your task.** For strengths $(\phi_1, \phi_2, \phi_3)$, give the four norms $|Wv_0|, \dots,
# |Wv_3|$ of the least-norm minimiser with $p$ rows. `least_norm` does most of the work.

# %% nbgrader={"grade_id": "kept", "solution": true}
def kept(phi, eps, p):
    """[|W v_0|, |W v_1|, |W v_2|, |W v_3|] for phi = (phi_1, phi_2, phi_3) and p rows; no ties."""
    ### BEGIN SOLUTION
    strengths = [1, *phi]
    chosen = sorted(range(4), key=lambda k: -strengths[k])[:p]
    return [least_norm(strengths[k], eps)[0] if k in chosen else 0 for k in range(4)]
    ### END SOLUTION

# %% nbgrader={"grade_id": "kept-test", "grade": true, "points": 4}
norms = kept((0.9, 0.8, 1.5), 0.0225, 2)
assert len(norms) == 4
assert norms[3] > 0 and norms[0] > 0, "the irrelevant feature and the constant are the strongest"
assert norms[1] == 0 == norms[2], "two rows leave no room for the class"
assert min(kept((0.9, 0.8, 1.5), 0.0225, 4)) > 0, "four rows hold everything"
### BEGIN HIDDEN TESTS
_rng = random.Random(SEED + 2000)
for _p in (1, 2, 3, 4):
    _phi = [round(x, 3) for x in _rng.sample((0.35, 0.5, 0.7, 0.85, 1.2, 1.4, 1.7), 3)]
    _sigma = round(_rng.uniform(0.2, 0.8), 3)
    _rows, _ = table("spectral", "minnorm", "--loss", "ucl", "--phi", ",".join(map(str, _phi)),
                     "--sigma", _sigma, "--views", 2, "--embedding", _p)
    for _got, _r in zip(kept(_phi, _sigma**2 / 16, _p), _rows):
        assert abs(_got - _r["norm"]) < 1e-7, (_phi, _p, _r)
### END HIDDEN TESTS

# %%
figure("feature-suppression")

# %% [markdown]
# *What you should see.* {{caption:feature-suppression}} (With $K$ features, an irrelevant one is
# active in one example of $K - 2$ only, so its second moment is $\phi_k^2/(K-2)$.)
#
# ## 4. A mixture keeps both
#
# The joint loss $\beta\,L_\text{SCL} + (1 - \beta)\,L_\text{UCL}$ needs the class for its first
# part and has rows left for the second.

# %%
figure("joint-loss")

# %% [markdown]
# *What you should see.* {{caption:joint-loss}}

# %% [markdown] nbgrader={"grade_id": "advice", "grade": true, "solution": true, "points": 4}
# A colleague trains an encoder on product photographs with category labels and finds that it cannot
# tell variants of a product apart. A second one trains without labels and finds that the encoder
# has learnt the photographer's backgrounds. Advise each of them: which effect is it, and which two
# remedies does this lab suggest? Also say what a *larger embedding* would change for each of them,
# according to the theory.
#
# ### BEGIN SOLUTION
# The first sees class collapse: the supervised loss is as small without the variants, and descent
# forgets what least norm does not need. Remedies: mix in an unsupervised loss ($\beta < 1$ keeps
# the subclass with a norm proportional to $\sqrt{1-\beta}$), or stop earlier, when the subclass is
# still there. A larger embedding does not help: the subclass costs norm and gains nothing whatever
# $p$ is. The second sees feature suppression: backgrounds are a stronger feature and take the rows.
# Remedies: weaken the irrelevant feature (augmentations that change the background, so that it is
# no longer shared by views), or add the supervised loss, which forces the class in. A larger
# embedding does help here: with enough rows every feature fits.
# ### END SOLUTION

# %% [markdown]
# ## What to take along
#
# * Many encoders have the least loss; the one of least norm is a statement about *features*.
# * SCL keeps what all of a class share: subclasses are learnt early and then forgotten.
# * UCL keeps the $p$ strongest features: a class that is weaker than the background is suppressed.
