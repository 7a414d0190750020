"""fetch: the data files of the tutorials that are no data set of Keras's."""

from __future__ import annotations

import shutil
import sys
import tarfile
import tempfile
from pathlib import Path

from tqdm import tqdm

from kerasnb.core.datasets.source import DataFile, cache_folder, locate
from kerasnb.core.registered import did_you_mean

# Published digests first; then those of repacked files with the same contents.
FILES = {
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
    )
}


def fetch(name: str, unpack: bool = False) -> Path:
    """The path of a data file: from the folder named by ``KERASNB_DATA``, Keras's cache, or downloaded there.

    Args:
        name: "auto-mpg.data" (398 cars, UCI) or "aclImdb_v1.tar.gz" (50 000 film reviews, 84 MB).
        unpack: give the folder of the archive's files instead; unpacked once, into Keras's cache, without the
            reviews that have no label.

    Raises:
        ValueError: an unknown name.
        OSError: it is nowhere and cannot be downloaded; the message says which file to put where.
    """
    if name not in FILES:
        raise ValueError(f"learn.fetch: no file {name!r}.{did_you_mean(name, FILES)} There are: {', '.join(FILES)}.")
    if not unpack:
        return locate(FILES[name])
    target = cache_folder() / f"{name.split('.')[0]}_unpacked"
    if not target.is_dir():
        archive = locate(FILES[name])
        target.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=f"{target.name}-", dir=target.parent))
        try:
            with tarfile.open(archive) as tar:
                wanted = (m for m in tar if "unsup" not in m.name.split("/"))
                # Lines of text: a bar as a widget would leave an empty place in the stored notebook.
                shown = tqdm(wanted, desc=f"unpacking {name}, once", unit=" files", file=sys.stdout, mininterval=0.5)
                tar.extractall(scratch, members=shown, filter="data")
            scratch.chmod(0o755)
            scratch.rename(target)  # whole, or not at all
        except BaseException:
            shutil.rmtree(scratch, ignore_errors=True)
            if not target.is_dir():  # else another kernel was quicker
                raise
    return target
