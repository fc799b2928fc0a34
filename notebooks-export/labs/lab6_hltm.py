# title: Latent trees
# question: Which latent wins when?
# minutes: 60

# %% [markdown]
# # Lab 6: what a deep network learns from a hierarchical world
#
# Images are made of objects, objects of parts, parts of edges. Tian et al. (2020) caricature this by a *hierarchical latent tree*: a root variable $z_0 = \pm1$ (what the image shows) has children, each of them children of its own, and the
# leaves are what a network sees. A child copies its parent with probability $(1 + \rho)/2$; $\rho \in [-1, 1]$ is the *polarity* of the edge ($\rho = 1$: always, $\rho = -1$: always the opposite, $\rho = 0$: no information). Augmentation keeps the root and redraws everything below
# it: two views of one image share $z_0$ only.
#
# A network of the same shape is trained by a contrastive loss that never sees a latent. Which latent do its nodes learn, and how fast? The answer is a matrix, the *covariance operator*. You compute the smallest one by hand.

# %% include="setup.py" nbgrader={"grade_id": "setup", "locked": true}

# %%
figure("hltm-tree")

# %% [markdown]
# *What you should see.* {{caption:hltm-tree}}
#
# ## 1. The covariance operator of a tree of depth 1
#
# Let the root have leaves $x_1, \dots, x_k$ with values in $\{0, 1\}$ and polarities $\rho_1, \dots, \rho_k$, and let $P(z_0 = 1) = q$. Views of one image share $z_0$, so averaging over augmentations leaves the conditional mean
#
# $$\bar x_i(z_0) = E[x_i \mid z_0] = \frac{1 + \rho_i z_0}{2}.$$
#
# Contrast compares such means between images: what drives learning is their covariance over $z_0$, $\;\mathbb V_{ij} = \operatorname{Cov}(\bar x_i, \bar x_j)$. Compute it by hand; you need $\operatorname{Var} z_0 = 4q(1-q)$.

# %% nbgrader={"grade_id": "covariance", "solution": true}
def tree_covariance(rho, q):
    """The k x k matrix V, a list of rows, for polarities rho and P(z_0 = 1) = q."""
    ### BEGIN SOLUTION
    return [[q * (1 - q) * a * b for b in rho] for a in rho]
    ### END SOLUTION

# %% nbgrader={"grade_id": "covariance-test", "grade": true, "points": 4}
V = tree_covariance([0.9, 0.6, -0.5], 0.5)
assert len(V) == 3 and all(len(row) == 3 for row in V)
assert all(abs(V[i][j] - V[j][i]) < 1e-12 for i in range(3) for j in range(3)), "symmetric"
assert V[0][0] > V[1][1] > V[2][2] > 0, "the most faithful leaf varies most"
assert V[0][2] < 0, "a leaf that copies the opposite"
assert all(abs(v) < 1e-12 for v in tree_covariance([0.9, 0.6], 1)[0]), "a constant root teaches nothing"
### BEGIN HIDDEN TESTS
_rng = random.Random(SEED + 1000)
for _ in range(3):
    _rho = [round(_rng.uniform(-1, 1), 3) for _ in range(2)]
    _q = round(_rng.uniform(0.2, 0.8), 3)
    _V = tree_covariance(_rho, _q)
    # enumeration, the long way: all roots and leaves
    _joint = [(z, (1 + _rho[0] * z) / 2, (1 + _rho[1] * z) / 2, _q if z > 0 else 1 - _q) for z in (1, -1)]
    _mean = [sum(t[1 + i] * t[3] for t in _joint) for i in (0, 1)]
    for _i in (0, 1):
        for _j in (0, 1):
            _want = sum((t[1 + _i] - _mean[_i]) * (t[1 + _j] - _mean[_j]) * t[3] for t in _joint)
            assert abs(_V[_i][_j] - _want) < 1e-12, (_rho, _q)
    _, _summary = table("hltm", "growth", "--depth", 1, "--rho", f"{_rho[0]},{_rho[1]}", "--root-prior", _q)
    assert abs(_V[0][0] + _V[1][1] - _summary["lambda1"]) < 1e-9, "rank 1: the trace is the top eigenvalue"
### END HIDDEN TESTS

# %% [markdown]
# ## 2. Power iteration
#
# $\mathbb V$ has rank 1: its only eigenvector with a nonzero eigenvalue is $(\rho_1, \dots, \rho_k)$. Under the simplest contrastive loss, gradient descent with learning rate $\ell$ on a linear unit $w$ is $w \leftarrow w + 2\ell\,\mathbb V w$:
#
# > {{claim:TIAN20.1L.LIN}}
#
# So a unit turns towards the eigenvector of the largest eigenvalue, and reads each leaf in proportion to how faithfully it copies the root. Write the factor by which the component along the top eigenvector has grown after some steps.

# %% nbgrader={"grade_id": "growth", "solution": true}
def growth(rho, q, rate, steps):
    """Growth of w's component along the top eigenvector of V after that many steps."""
    ### BEGIN SOLUTION
    V = tree_covariance(rho, q)
    top = sum(V[i][i] for i in range(len(rho)))  # rank 1: the trace
    return (1 + 2 * rate * top) ** steps
    ### END SOLUTION

# %% nbgrader={"grade_id": "growth-test", "grade": true, "points": 3}
assert growth([0.9, 0.6], 0.5, 0.05, 0) == 1, "nothing happens in no steps"
assert growth([0.9, 0.6], 0.5, 0.05, 100) > growth([0.7, 0.5], 0.5, 0.05, 100), "stronger polarities grow faster"
assert growth([0.9, 0.6], 0.5, 0.05, 100) > growth([0.9, 0.6], 0.9, 0.05, 100), "a balanced root grows fastest"
### BEGIN HIDDEN TESTS
for _q in (0.3, 0.5):
    _rows, _ = table("hltm", "growth", "--depth", 1, "--rho", "0.8,-0.55", "--root-prior", _q,
                     "--rate", 0.04, "--steps", 60, "--every", 20, "--net-seed", SEED % 1000 + 1)
    for _r in _rows:  # by backpropagation
        assert abs(growth([0.8, -0.55], _q, 0.04, int(_r["step"])) / _r["growth"] - 1) < 1e-8, _r
### END HIDDEN TESTS

# %%
figure("hltm-growth")

# %% [markdown]
# *What you should see.* {{caption:hltm-growth}}
#
# ## 3. Deeper trees: paths
#
# In a deeper tree information about the root fades along the path: the correlation of a node with the root is the *product* of the polarities on the way. The toolkit checks, for every node of the network,
#
# > {{claim:TIAN20.PATH}}
#
# A node whose path is weak is driven weakly. Given the polarities of all edges, which node is driven most? Write the path products of a binary tree of depth 2, its edges listed level by level: two edges below the root, then the four below those (the first two belong to the first
# child).

# %% nbgrader={"grade_id": "paths", "solution": true}
def path_products(rho):
    """Products of the polarities from the root to each of the four leaves; rho has six numbers."""
    ### BEGIN SOLUTION
    return [rho[i // 2] * rho[2 + i] for i in range(4)]
    ### END SOLUTION

# %% nbgrader={"grade_id": "paths-test", "grade": true, "points": 3}
rho = [0.9, -0.8, 0.7, 0.6, 0.95, -0.5]
assert len(path_products(rho)) == 4
assert path_products(rho)[2] < 0 < path_products(rho)[3], "two opposites make a copy"
assert abs(path_products([1, 1, 1, 1, 1, 0.25])[3] - 0.25) < 1e-12
### BEGIN HIDDEN TESTS
_rng = random.Random(SEED + 3000)
_rho = [round(_rng.uniform(-1, 1), 3) for _ in range(6)]
_rows, _ = table("hltm", "tree", "--depth", 2, "--rho", ",".join(map(str, _rho)))
_leaves = [r["path"] for r in _rows if r["level"] == 2]
for _got, _want in zip(path_products(_rho), _leaves):
    assert abs(_got - _want) < 1e-12, (_rho, path_products(_rho), _leaves)
### END HIDDEN TESTS

# %% [markdown]
# ## 4. Training: theory against stochastic gradient descent
#
# Now train a whole network of depth 5 on sampled views and look at the operator of every level. Its growth over training is what the theory is about.

# %%
figure("hltm-operators")

# %% [markdown]
# *What you should see.* {{caption:hltm-operators}}
#
# And does a node find its latent? No unit of the network can know more about a latent than the leaves below it tell, and no unit of a node more than its inputs do:
#
# > {{claim:TIAN20.CORR}}

# %%
figure("hltm-ceilings")

# %% [markdown]
# *What you should see.* {{caption:hltm-ceilings}}
#
# When many units start at random, some are "lucky": slightly selective for one latent by chance. A ReLU makes such a unit grow at its own exponential rate, so that the first small advantage becomes everything.

# %%
figure("hltm-shifts")

# %% [markdown]
# *What you should see.* {{caption:hltm-shifts}}

# %% [markdown] nbgrader={"grade_id": "winner", "grade": true, "solution": true, "points": 4}
# (a) Two leaves of one root have polarities 0.9 and 0.3. By which factor do their weights in a trained linear unit differ? (b) A tree has a root with prior 0.98 and perfect polarities, another one has a fair root and polarities 0.5. Which root drives its unit more strongly
# (two leaves each)? (c) Why does it help to give a latent several units in the network, according to the last figure?
#
# ### BEGIN SOLUTION
# (a) By a factor of 3: the unit turns to the eigenvector $(\rho_1, \rho_2)$, so weights are proportional to polarities.
# (b) The eigenvalue is $q(1-q)\sum\rho_i^2$: $0.98 \cdot 0.02 \cdot 2 = 0.039$ against $0.25 \cdot 0.5 = 0.125$. The fair root with weak edges wins, since a nearly constant root offers no contrast.
# (c) Every unit starts with a small random selectivity and grows exponentially from there. With more units the best of them starts higher and is more likely to be selective for the right latent at all: the more units, the better the lucky one.
# ### END SOLUTION

# %% [markdown]
# ## What to take along
#
# * Contrast acts through a covariance: of conditional means, over what views share.
# * Early learning is power iteration: the top eigenvector wins, exponentially.
# * Faithful paths and balanced roots are learnt first.
