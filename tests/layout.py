#!/usr/bin/python3
"""The direction of knowledge, read off the #include lines, and the registration of tests.

Fails when a file includes a layer that its own layer must not know, when a test stands in no
list, when a source file is in no meson.build, or when anything unexpected lies at the top level.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

# layer -> layers it may include; the front door knows all
ROOMS = {"bounds", "spectral", "hltm"}
MAY = {
    "base": {"base"},
    "math": {"base", "math"},
    "ssl": {"base", "math", "ssl"},
    "claim": {"base", "math", "ssl", "claim"},
    "data": {"base", "data", "math"},  # math: random.h only
    "nn": {"base", "math", "nn"},
    "train": {"base", "math", "ssl", "data", "nn", "train"},
    "study": {"base", "math", "ssl", "claim", "data", "nn", "train", "study"},
    "plots": {"claim", "plots"},
    "notebooks-export": {"base", "claim", "notebooks-export"},
}
for room in ROOMS:
    MAY[room] = {"base", "math", "ssl", "claim", "data", room}

TOP = {"meson.build", "meson_options.txt", "src", *ROOMS, "plots", "tests", "notebooks-export",
       "README.md", "LICENSE", "bootstrap"}


def layer(path):
    parts = path.relative_to(ROOT).parts
    return parts[1] if parts[0] == "src" and len(parts) > 2 else parts[0]


def main():
    wrong = []
    sources = [p for d in ("src", "plots", "notebooks-export", *ROOMS) for p in (ROOT / d).rglob("*.[ch]")]
    for path in sources:
        here = layer(path)
        if path == ROOT / "src" / "plumb.c":
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            found = re.match(r'\s*#\s*include\s+"([^"/]+)/', line)
            if found and found.group(1) not in MAY[here]:
                wrong.append(f"{path.relative_to(ROOT)}:{number}: {here} must not know "
                             f"{found.group(1)}")
            elif re.match(r'\s*#\s*include\s+"[^/]+"', line):
                wrong.append(f"{path.relative_to(ROOT)}:{number}: include by the path from src/")
    for path in sources:
        listed = (path.parent / "meson.build").read_text() if path.parent != ROOT / "src" else path.name
        if path.suffix == ".c" and path.name not in listed:
            wrong.append(f"{path.relative_to(ROOT)}: in no meson.build")
    for path in (ROOT / "tests").glob("*/*_test.c"):
        name = f"{path.parent.name}/{path.name[:-len('_test.c')]}"
        if f"'{name}'" not in (path.parent / "meson.build").read_text():
            wrong.append(f"{path.relative_to(ROOT)}: registered in no meson.build")
    for path in ROOT.iterdir():
        if not path.name.startswith((".", "build")) and path.name not in TOP:
            wrong.append(f"{path.name}: not in the design's top level")
    print("\n".join(wrong) if wrong else f"{len(sources)} files keep the direction of knowledge")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
