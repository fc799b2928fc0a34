#!/usr/bin/python3
"""Does `plumb verify` notice a formula that is off by one per cent?

usage: tests/mutations.py [NAME ...]
Each change is made alone in a copy of the sources, built and verified; a change under which
verify still exits 0 is a survivor. Ends with the number of survivors and exits 1 if there are any.
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
MESON = ["/usr/bin/python3", "/usr/bin/meson"]

# name, file, text that stands there once, what replaces it
CHANGES = [
    ("log c: second term", "src/math/sphere.c", "double q = kappa * kappa / 4", "double q = 1.01 * kappa * kappa / 4"),
]


def run(words, where, **kwargs):
    return subprocess.run(words, cwd=where, capture_output=True, text=True, **kwargs)


def apply(tree, change):
    name, file, old, new = change
    path = tree / file
    text = path.read_text()
    if text.count(old) != 1:
        sys.exit(f"{name}: '{old}' stands {text.count(old)} times in {file}, expected once")
    path.write_text(text.replace(old, new))
    return path, text


def main():
    chosen = [c for c in CHANGES if not sys.argv[1:] or c[0] in sys.argv[1:]]
    survivors = []
    with tempfile.TemporaryDirectory() as temporary:
        tree = pathlib.Path(temporary) / "tree"
        listed = run(["git", "ls-files", "-co", "--exclude-standard"], ROOT).stdout.split("\n")
        for file in filter(None, listed):
            (tree / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / file, tree / file)
        if run([*MESON, "setup", "build"], tree).returncode or \
                run(["ninja", "-C", "build", "plumb"], tree).returncode or \
                run(["build/plumb", "verify"], tree).returncode:
            sys.exit("the unchanged tree does not build or does not verify")
        for change in chosen:
            path, text = apply(tree, change)
            built = run(["ninja", "-C", "build", "plumb"], tree)
            if built.returncode:
                sys.exit(f"{change[0]}: does not compile\n{built.stdout[-2000:]}")
            verified = run(["build/plumb", "verify"], tree)
            noticed = re.findall(r"(\S+) +\S.*(?:UNEXPECTED|fails)", verified.stdout)
            survived = verified.returncode == 0
            print(f"{'SURVIVED' if survived else 'noticed '}  {change[0]}"
                  f"{'' if survived else '  by ' + ', '.join(noticed[:4])}", flush=True)
            if survived:
                survivors.append(change[0])
            path.write_text(text)
    print(f"{len(chosen)} changes, {len(survivors)} survivors")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
