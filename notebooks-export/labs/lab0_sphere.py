# title: The sphere
# question: What is a sphere in d dimensions?
# minutes: 20

# %% [markdown]
# # Lab 0: the sphere
#
# Contrastive learning maps every image to a vector of length 1: a point of the unit sphere
# $S^{d-1} = \{z \in \mathbb{R}^d : |z| = 1\}$. Its losses then ask for two things: views of one image should be
# *near* each other, and all images together should be *spread out*. Both are statements about distances of
# points on a sphere, and in 128 dimensions these behave unlike anything on the circle or the globe.
#
# In this lab you write the two functions that everything else rests on, sample points, and find out how far apart
# two random points are. It takes about 20 minutes.
#
# Run the next cell first. It defines `plumb(...)`, which runs one command of the toolkit, `table(...)`, which runs
# one of its programs and gives rows and summary as dictionaries, and `figure(...)`, which draws a figure.

# %% include="setup.py" nbgrader={"grade_id": "setup", "locked": true}

# %% [markdown]
# ## 1. Length
#
# The Euclidean norm of $x$ is $|x| = \sqrt{x_1^2 + \dots + x_d^2}$. Dividing a vector by its norm puts it on the sphere;
# machine-learning libraries call this *normalising*. Vectors are plain lists of numbers here.

# %% nbgrader={"grade_id": "norm", "solution": true}
def norm(x):
    """The Euclidean norm of a list of numbers."""
    ### BEGIN SOLUTION
    return math.sqrt(sum(a * a for a in x))
    ### END SOLUTION


def normalize(x):
    """The point of the unit sphere in the direction of x (x is not 0)."""
    ### BEGIN SOLUTION
    length = norm(x)
    return [a / length for a in x]
    ### END SOLUTION

# %% nbgrader={"grade_id": "norm-test", "grade": true, "points": 2}
assert abs(norm([3, 4]) - 5) < 1e-12, "the norm of (3, 4) is 5"
assert norm([0, 0, 0]) == 0
assert len(normalize([3, 4, 12])) == 3, "normalize gives a vector of the same dimension"
assert abs(norm(normalize([3, 4, 12])) - 1) < 1e-12, "a normalised vector has norm 1"
### BEGIN HIDDEN TESTS
_rng = random.Random(SEED + 1000)
for _d in (1, 2, 7, 128):
    _x = [_rng.gauss(0, 3) for _ in range(_d)]
    assert abs(norm(_x) - math.sqrt(math.fsum(a * a for a in _x))) < 1e-9
    _z = normalize(_x)
    assert abs(math.fsum(a * a for a in _z) - 1) < 1e-9
    assert all(abs(a * norm(_x) - b) < 1e-9 for a, b in zip(_z, _x)), "the direction must not change"
### END HIDDEN TESTS

# %% [markdown]
# ## 2. Distance
#
# For points of the sphere, distance and inner product say the same thing:
#
# $$|u - v|^2 = |u|^2 + |v|^2 - 2\,u^\top v = 2 - 2\,u^\top v .$$
#
# The inner product of unit vectors is their *cosine similarity*; it runs from $-1$ (opposite) to $1$ (equal), and the
# distance from $2$ to $0$. Write the distance.

# %% nbgrader={"grade_id": "distance", "solution": true}
def distance(u, v):
    """The distance |u - v| of two vectors of the same dimension."""
    ### BEGIN SOLUTION
    return norm([a - b for a, b in zip(u, v)])
    ### END SOLUTION

# %% nbgrader={"grade_id": "distance-test", "grade": true, "points": 2}
assert distance([1, 0], [1, 0]) == 0
assert abs(distance([1, 0], [-1, 0]) - 2) < 1e-12, "opposite points of the sphere are 2 apart"
assert abs(distance([1, 0], [0, 1]) - math.sqrt(2)) < 1e-12, "orthogonal ones are sqrt 2 apart"
### BEGIN HIDDEN TESTS
_rng = random.Random(SEED + 2000)
for _d in (2, 3, 64):
    _u = normalize([_rng.gauss(0, 1) for _ in range(_d)])
    _v = normalize([_rng.gauss(0, 1) for _ in range(_d)])
    _s = math.fsum(a * b for a, b in zip(_u, _v))
    assert abs(distance(_u, _v) ** 2 - (2 - 2 * _s)) < 1e-9
    assert distance(_u, _v) == distance(_v, _u)
### END HIDDEN TESTS

# %% [markdown]
# ## 3. Random points
#
# How do we draw a point *uniformly* from a sphere, so that no direction is preferred? The density of a vector of
# independent standard normals is proportional to $e^{-|x|^2/2}$: it depends on the length only, so all directions are equally
# likely. Draw normals, and normalise.
#
# The next cell uses your functions to measure the mean distance of 2000 random pairs in several dimensions.

# %%
def random_point(d, rng):
    """A uniform point of the unit sphere in d dimensions."""
    return normalize([rng.gauss(0, 1) for _ in range(d)])


def mean_distance(d, pairs, rng):
    """Mean distance of independent uniform pairs."""
    return sum(distance(random_point(d, rng), random_point(d, rng)) for _ in range(pairs)) / pairs


rng = random.Random(SEED)
for d in (2, 3, 8, 32, 128):
    print(f"d = {d:3d}   mean distance {mean_distance(d, 2000, rng):.3f}")

# %% [markdown]
# The means creep up to $\sqrt 2 = 1.414$. The mean hides the more surprising part, so look at whole distributions. The toolkit's program
# `pair-distances` draws many pairs and puts their histogram beside the exact density
#
# $$p(r) \propto r^{d-2}\,(1 - r^2/4)^{(d-3)/2}, \qquad 0 < r < 2 .$$

# %%
figure("pair-distances")

# %% [markdown]
# *What you should see.* {{caption:pair-distances}}
#
# ## 4. How narrow is it?
#
# The inner product $s = u^\top v$ of independent uniform points has mean 0, by symmetry. Because rotating the sphere changes
# nothing, we may take $v = (1, 0, \dots, 0)$, so that $s = u_1$ is a single coordinate of $u$. The $d$ squared coordinates add up
# to 1 and are all alike, hence $E\,u_1^2$ is the same for each of them.
#
# Use this to write the standard deviation of the inner product as a formula in $d$.

# %% nbgrader={"grade_id": "deviation", "solution": true}
def similarity_deviation(d):
    """Standard deviation of the inner product of two independent uniform points."""
    ### BEGIN SOLUTION
    return 1 / math.sqrt(d)
    ### END SOLUTION

# %% nbgrader={"grade_id": "deviation-test", "grade": true, "points": 2}
assert similarity_deviation(128) < similarity_deviation(8) < similarity_deviation(2)
assert 0 < similarity_deviation(2) < 1
### BEGIN HIDDEN TESTS
for _d in (2, 8, 128):
    _rows, _ = table("bounds", "pair-distances", "--dim", _d, "--pairs", 20000, "--bins", 200,
                     "--seed", SEED + 3000)
    # s = 1 - r^2/2, its second moment from the histogram of distances
    _square = sum(r["density"] * (1 - r["distance"] ** 2 / 2) ** 2 for r in _rows) * 2 / 200
    assert abs(similarity_deviation(_d) / math.sqrt(_square) - 1) < 0.05, (_d, math.sqrt(_square))
### END HIDDEN TESTS

# %% [markdown]
# ## 5. In words
#
# An encoder with untrained, random outputs in $d = 128$ dimensions puts images at uniform points of the sphere. How similar (cosine)
# will the *most similar* pair among a handful of images typically be, roughly? What does that mean for a loss that pushes all
# pairs apart: is there room left on the sphere, and for how many images? Answer in three to five sentences.

# %% [markdown] nbgrader={"grade_id": "room", "grade": true, "solution": true, "points": 2}
# ### BEGIN SOLUTION
# The inner product of two random points has mean 0 and standard deviation $1/\sqrt{128} = 0.088$, so nearly all pairs have a
# similarity between $-0.2$ and $0.2$, and even the most similar of a handful stays near $0.2$. Random images are therefore nearly orthogonal
# already: they are all about $\sqrt 2$ apart. Nothing can be much better than that for many points, since only $d + 1$ points can all have
# negative similarity to each other (the simplex, $-1/n$ at best), which is hardly different from 0. There is room for exponentially many
# nearly orthogonal images, so spreading out does not conflict with pulling views together.
# ### END SOLUTION

# %% [markdown]
# ## What to take along
#
# * On the sphere, distance and cosine similarity carry the same information: $|u-v|^2 = 2 - 2u^\top v$.
# * In high dimension random points are nearly orthogonal: similarities are of the size $1/\sqrt d$.
# * "Uniform" is a strong word: it is what contrastive losses are said to aim at. Lab 1 asks whether they do.
