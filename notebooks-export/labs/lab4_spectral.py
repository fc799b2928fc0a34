# title: Which graph?
# question: Which graph does your loss embed?
# minutes: 60

# %% [markdown]
# # Lab 4: self-supervised losses as spectral embeddings
#
# A self-supervised loss knows one thing about the data: which samples are *related* (two views of one image, two images of one class). Write it as a graph: samples are nodes and $G_{ij} \ge 0$ says
# how strongly $i$ and $j$ are related. Balestriero and LeCun (2022) showed that VICReg, SimCLR and Barlow Twins, seen through this graph, are old acquaintances: each embeds the nodes by
# eigenvectors of $G$ or of its Laplacian. So what such a loss can learn is decided by the spectrum of the graph before any training begins.
#
# In this lab you compute such a spectrum by hand, see which eigenvectors which method keeps, and find out when the methods agree.

# %% include="setup.py" nbgrader={"grade_id": "setup", "locked": true}

# %% [markdown]
# ## 1. A graph with two blocks
#
# Take $2n$ nodes in two blocks of $n$. Inside a block any two *different* nodes are related with weight $a$; nodes of different blocks with weight $b < a$. No node is related to itself: the diagonal is
# 0. Think of two classes, and of views that are related mostly within the class.
#
# Its eigenvectors can be guessed. Try three kinds:
#
# 1. the constant vector $(1, \dots, 1)$;
# 2. $+1$ on the first block and $-1$ on the second;
# 3. any vector whose entries sum to 0 in each block.
#
# Multiply $G$ by each and read off the eigenvalue. How many independent vectors of the third kind are there?

# %% nbgrader={"grade_id": "spectrum", "solution": true}
def two_block_spectrum(n, a, b):
    """All 2n eigenvalues of G, largest first."""
    ### BEGIN SOLUTION
    constant = a * (n - 1) + b * n
    contrast = a * (n - 1) - b * n
    return sorted([constant, contrast] + [-a] * (2 * n - 2), reverse=True)
    ### END SOLUTION

# %% nbgrader={"grade_id": "spectrum-test", "grade": true, "points": 4}
values = two_block_spectrum(4, 1.0, 0.25)
assert len(values) == 8, "2n eigenvalues"
assert values == sorted(values, reverse=True), "largest first"
assert abs(sum(values)) < 1e-9, "they sum to the trace, which is 0"
assert abs(sum(v * v for v in values) - (2 * 4 * 3 * 1.0 + 2 * 16 * 0.25**2)) < 1e-9, "their squares to |G|^2"
### BEGIN HIDDEN TESTS
_rng = random.Random(SEED + 1000)
for _n in (3, 6):
    _a, _b = round(_rng.uniform(0.6, 1), 3), round(_rng.uniform(0.05, 0.5), 3)
    with tempfile.TemporaryDirectory() as _dir:
        _edges = [f"{_i} {_j} {_a if (_i < _n) == (_j < _n) else _b}"
                  for _i in range(2 * _n) for _j in range(_i + 1, 2 * _n)]
        pathlib.Path(_dir, "edges.txt").write_text("\n".join(_edges) + "\n")
        _rows, _ = table("spectral", "graph", "--graph", pathlib.Path(_dir, "edges.txt"),
                         "--spectrum", "adjacency", "--count", 2 * _n)
    for _r, _v in zip(_rows, two_block_spectrum(_n, _a, _b)):
        assert abs(_r["eigenvalue"] - _v) < 1e-9, (_n, _a, _b, _r)
### END HIDDEN TESTS

# %% [markdown]
# ## 2. What SimCLR keeps
#
# SimCLR with a squared loss looks for $Z$ ($N \times K$, a row for each sample) with $Z Z^\top$ near $G$:
#
# > {{claim:BL22.THM2}}
#
# Here $g_1 \ge g_2 \ge \dots$ are the eigenvalues of $G$ and $(\cdot)_+$ is the positive part. $ZZ^\top$ has no negative eigenvalues, so negative ones of $G$ cannot be embedded at all. Write
# the rank of the optimal embedding of the two-block graph.

# %% nbgrader={"grade_id": "rank", "solution": true}
def simclr_rank(K, n, a, b):
    """Rank of the K-column embedding that is optimal for the two-block graph."""
    ### BEGIN SOLUTION
    return min(K, sum(1 for g in two_block_spectrum(n, a, b) if g > 1e-12))
    ### END SOLUTION

# %% nbgrader={"grade_id": "rank-test", "grade": true, "points": 2}
assert simclr_rank(1, 4, 1.0, 0.25) == 1, "no more than K"
assert 1 <= simclr_rank(8, 4, 1.0, 0.25) < 8, "eight columns, but not rank 8"
### BEGIN HIDDEN TESTS
for _n, _a, _b in ((4, 1.0, 0.25), (4, 1.0, 0.9), (5, 0.5, 0.45)):
    with tempfile.TemporaryDirectory() as _dir:
        _edges = [f"{_i} {_j} {_a if (_i < _n) == (_j < _n) else _b}"
                  for _i in range(2 * _n) for _j in range(_i + 1, 2 * _n)]
        pathlib.Path(_dir, "edges.txt").write_text("\n".join(_edges) + "\n")
        _rows, _summary = table("spectral", "graph", "--graph", pathlib.Path(_dir, "edges.txt"),
                                "--spectrum", "adjacency", "--count", 2 * _n)
    _positive = sum(1 for r in _rows if r["eigenvalue"] > 1e-12)
    for _k in (1, 2, 6):
        assert simclr_rank(_k, _n, _a, _b) == min(_k, _positive), (_k, _n, _a, _b)
### END HIDDEN TESTS

# %% [markdown]
# The paper says "rank of $G$" at this point. The toolkit keeps that as a claim of its own, expected to come out {{verdict:BL22.RANK.neg}}:
#
# > {{claim:BL22.RANK.neg}} . What is true: {{correction:BL22.RANK.neg}}.

# %%
print(plumb("verify", "BL22.RANK.neg"))

# %%
figure("graph-spectra")

# %% [markdown]
# *What you should see.* {{caption:graph-spectra}} A plot like this is called a *scree*; look for the **gap**, the largest drop. Eigenvectors before a gap are stable; those within a flat stretch are not determined one by one.
#
# ## 3. The Laplacian, and VICReg
#
# The invariance term of VICReg adds up squared distances of related samples, and that is a quadratic form of the Laplacian $L = D - G$, where $D$ holds the degrees $d_i = \sum_j G_{ij}$ on its diagonal:
#
# > {{claim:BL22.ID1}}
#
# VICReg therefore keeps the eigenvectors of the *smallest* eigenvalues of $L$ beyond the constant one. Write the Laplacian's eigenvalues for the two-block graph. (Every node has the same degree. What does that say about the
# eigenvectors of $L$ and $G$?)

# %% nbgrader={"grade_id": "laplacian", "solution": true}
def two_block_laplacian(n, a, b):
    """All 2n eigenvalues of L = D - G, smallest first."""
    ### BEGIN SOLUTION
    degree = a * (n - 1) + b * n
    return sorted(degree - g for g in two_block_spectrum(n, a, b))
    ### END SOLUTION

# %% nbgrader={"grade_id": "laplacian-test", "grade": true, "points": 3}
values = two_block_laplacian(4, 1.0, 0.25)
assert len(values) == 8 and abs(values[0]) < 1e-12, "the constant vector has eigenvalue 0"
assert min(values) > -1e-12, "L is positive semidefinite"
assert values[1] < values[2], "the contrast of the blocks comes next"
### BEGIN HIDDEN TESTS
_n, _a, _b = 5, 0.8, 0.15
with tempfile.TemporaryDirectory() as _dir:
    _edges = [f"{_i} {_j} {_a if (_i < _n) == (_j < _n) else _b}"
              for _i in range(2 * _n) for _j in range(_i + 1, 2 * _n)]
    pathlib.Path(_dir, "edges.txt").write_text("\n".join(_edges) + "\n")
    _rows, _ = table("spectral", "graph", "--graph", pathlib.Path(_dir, "edges.txt"), "--count", 9)
for _r, _v in zip(_rows, two_block_laplacian(_n, _a, _b)[1:]):
    assert abs(_r["eigenvalue"] - _v) < 1e-9, (_r, _v)
### END HIDDEN TESTS

# %% [markdown]
# ## 4. Do the methods agree?
#
# Two embeddings are as good as each other for a linear probe if their columns span the same subspace. Subspaces are compared by their *principal angles*; the sine of the largest one is 0 when they are equal. On a regular
# graph (all degrees equal, as in the two-block graph) all methods agree:
#
# > {{claim:BL22.EQ2}}

# %%
for graph in ("petersen", "karate"):
    rows, _ = table("spectral", "equivalence", "--graph", graph, "--embedding", 5, "--starts", 0)
    print(graph)
    for r in rows:
        if r["sine"] is not None and "infonce" not in (r["method"], r["other"]):
            print(f"   {r['method']:22s}{r['other']:22s} sine {r['sine']:.1e}")

# %%
figure("equivalence")

# %% [markdown]
# *What you should see.* {{caption:equivalence}}
#
# ## 5. What a probe can reach
#
# The karate club is a real network of 34 people who later split into two factions. Can a linear probe on $K$ columns of an embedding predict the faction? What the embedding does not span, no probe can see:
#
# > {{claim:BL22.DOWN}}

# %%
figure("downstream")

# %% [markdown]
# *What you should see.* {{caption:downstream}}

# %% [markdown] nbgrader={"grade_id": "choice", "grade": true, "solution": true, "points": 4}
# You train with $K = 64$ columns on views of 10000 images, five views each, where only views of one image are related. (a) Describe the spectrum of this graph. (b) Is there a gap that makes 64 a
# good choice? (c) Which assumption on augmentations would create a gap at the number of *classes*?
#
# ### BEGIN SOLUTION
# (a) The graph is 10000 separate cliques of five nodes. $G$ has the eigenvalue $4$ with multiplicity 10000 (one for each clique) and $-1$ with multiplicity 40000; the Laplacian has 0 with multiplicity 10000, then 5.
# (b) No. The first 10000 eigenvalues are all equal, so any 64-dimensional subspace of the span of the clique indicators is optimal; the loss does not say which. What is learnt in practice is decided by the network and the training, not
# by the graph.
# (c) Augmentations must connect images of one class, so that views of different images of a class coincide or nearly do (their weights overlap), while views of different classes hardly ever do. Then the graph has nearly as many blocks as classes, and a gap
# behind as many eigenvalues, as in the two-block graph with small $b$.
# ### END SOLUTION

# %% [markdown]
# ## What to take along
#
# * The loss sees the data through a graph; its spectrum bounds what can be learnt.
# * SimCLR keeps the largest *positive* eigenvalues of $G$, VICReg the smallest of $L$. On regular graphs they agree, on others they do not.
# * A probe's error is what lies outside the embedding's span: look at the gap before you choose $K$.
