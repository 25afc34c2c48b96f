# SPDX-License-Identifier: Apache-2.0
"""Which files of this machine the languages read, and what there is to be counted in them.

The counting here is find's and cat's, so it has nothing in common with what it is to check.
"""

import collections
import dataclasses
import os
import subprocess
from pathlib import Path

KINDS = ("cmake", "h", "pm", "py", "txt")
ROOTS = (
    "/usr/include",
    "/usr/lib/gcc",
    "/usr/lib/python3",
    "/usr/lib/python3.*",
    "/usr/local/include",
    "/usr/share/cmake*",
    "/usr/share/doc",
    "/usr/share/perl",
)
LARGEST_FOLDER = 8 << 20  # bytes
ENOUGH = 16 << 20  # for each language


@dataclasses.dataclass
class Count:
    """What is in the files of one kind."""

    sizes: list  # of those that can be read
    lines: int
    unreadable: int = 0

    @property
    def files(self):
        return len(self.sizes)

    @property
    def bytes(self):
        return sum(self.sizes)


def find(folders, kinds, action, readable=("-readable",)):
    """find's output on files of these kinds; links are not followed."""
    names = [word for kind in kinds for word in ("-o", "-name", f"*.{kind}")][1:]
    command = ["find", *folders, "-type", "f", *readable, "(", *names, ")", "-printf", action]
    # An unreadable folder makes find fail, and is skipped by the languages too.
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout


def count(folders):
    """{kind: Count} of the files in these folders."""
    counted = {}
    for kind in KINDS:
        sizes = [int(size) for size in find(folders, [kind], "%s\\n").split()]
        names = find(folders, [kind], "%p\\0")
        cat = subprocess.run(
            ["xargs", "-0", "-r", "cat", "--"], input=names, stdout=subprocess.PIPE, check=True
        )
        unreadable = find(folders, [kind], "x", readable=("!", "-readable"))
        counted[kind] = Count(sizes, cat.stdout.count(b"\n"), len(unreadable))
    return counted


def candidates():
    """{folder: bytes in its files} of the folders right below the roots."""
    sizes = collections.Counter()
    for pattern in ROOTS:
        for root in Path("/").glob(pattern[1:]):
            for line in find([str(root)], KINDS, "%s %P\\0").split(b"\0")[:-1]:
                size, _, path = line.partition(b" ")
                if b"/" in path:
                    sizes[str(root / os.fsdecode(path.split(b"/")[0]))] += int(size)
    return sizes


def deal(languages):
    """{language: folders}: each folder goes to the language that has least to read so far."""
    dealt = {language: [] for language in languages}
    load = dict.fromkeys(languages, 0)
    # By last name, which mixes the roots and with them the kinds.
    for folder, size in sorted(candidates().items(), key=lambda item: Path(item[0]).name):
        language = min(languages, key=load.__getitem__)
        if 0 < size <= LARGEST_FOLDER and load[language] + size <= ENOUGH:
            dealt[language].append(folder)
            load[language] += size
    return dealt
