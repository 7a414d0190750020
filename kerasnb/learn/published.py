"""The data files of tutorials and examples that are no data set of Keras's: their addresses and what they hold."""

from __future__ import annotations

import hashlib
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

from kerasnb.core.datasets.source import DataFile

TABLES = "https://raw.githubusercontent.com/jbrownlee/Datasets/master/"


@dataclass(frozen=True)
class Archive(DataFile):
    """A published archive of which no digest is published: told by its size, or by the files inside.

    Args:
        size: bytes of the published archive; 0 where any will do that holds the ``members``.
        members: files inside by their names, with the sha256 of each.
    """

    size: int = 0
    members: dict[str, str] = field(default_factory=dict)

    @property
    def mark(self) -> str:
        """What the published file can be told by, for people."""
        return f"{self.size:,} bytes" if self.size else super().mark

    def accepts(self, path: Path) -> bool:
        """Whether a file on disk is this one, or holds the same."""
        if super().accepts(path) or (self.size and not self.members and path.stat().st_size == self.size):
            return True
        return bool(self.members) and _holds(path, self.members)


def _holds(path: Path, members: dict[str, str]) -> bool:
    """Whether an archive holds these very files."""
    try:
        with tarfile.open(path) as tar:
            for name, digest in members.items():
                file = tar.extractfile(name)
                if file is None or hashlib.file_digest(file, "sha256").hexdigest() != digest:
                    return False
    except Exception:  # tar and what it is packed with each fail in ways of their own
        return False
    return True


# Published digests first; then those of repacked files with the same contents.
FILES: dict[str, DataFile] = {
    file.name: file
    for file in (
        DataFile(
            "auto-mpg.data",
            sha256=("48b830e11feee5572525f8f1691ddb9d38d3d7b7063edcd8fca672c2a5e17d8d",),
            url="https://archive.ics.uci.edu/ml/machine-learning-databases/auto-mpg/auto-mpg.data",
        ),
        DataFile(
            "aclImdb_v1.tar.gz",
            sha256=(
                "c40f74a18d3b61f90feba1e17730e0d38e8b97c05fde7008942e91923d1658fe",
                "ebc25ea4ca6bb7f33d6dcef21d21071e5e674f6cb5663e5bb7902dac8e2748af",
            ),
            url="https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz",
        ),
        Archive(  # the digest is that of flowers.tar.gz: photographs of the same five flowers, 128 pixels wide
            "flower_photos.tgz",
            sha256=("18f278c8092e052439ead09ab2153e309ec92a2f715de18d0068b5bf456c7192",),
            url="https://storage.googleapis.com/download.tensorflow.org/example_images/flower_photos.tgz",
            other_names=("flowers.tar.gz",),
            size=228_813_984,
        ),
        Archive(
            "babi-tasks-v1-2.tar.gz",
            sha256=("e9ba977f98d764854ea9df632e455402243f837be60918589fe8f2cbaba48be9",),
            url="https://s3.amazonaws.com/text-datasets/babi_tasks_1-20_v1-2.tar.gz",
            size=11_745_123,
            members={
                "tasks_1-20_v1-2/en-10k/qa1_single-supporting-fact_train.txt": (
                    "749ea9f7c99070feb2d88c975a254417a0dcc8274add4435ae5ae24c7afc7e9d"
                ),
                "tasks_1-20_v1-2/en-10k/qa1_single-supporting-fact_test.txt": (
                    "55acf66cef2f6d798e2aa1d056e1ec8f24e910ea9215b639450574321132959b"
                ),
            },
        ),
        DataFile(
            "nietzsche.txt",
            sha256=("23cf69874ab69d3d256099ab530ea4be24d47d9675b673bcc67cbcd6298ec647",),
            url="https://s3.amazonaws.com/text-datasets/nietzsche.txt",
        ),
        DataFile(
            "shakespeare.txt",
            sha256=("86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",),
            url="https://storage.googleapis.com/download.tensorflow.org/data/shakespeare.txt",
        ),
        DataFile(
            "daily-min-temperatures.csv",
            sha256=("8b9de63ed6789492bf497625e7f9beb96a63d367b4b0a21754006f749fa5e5da",),
            url=f"{TABLES}daily-min-temperatures.csv",
            folder="tables",
        ),
        DataFile(
            "airline-passengers.csv",
            sha256=("8cb51be753a718d9be5d76d7e238cc224792754676adc21faa59e954b0201621",),
            url=f"{TABLES}airline-passengers.csv",
            folder="tables",
        ),
    )
}
