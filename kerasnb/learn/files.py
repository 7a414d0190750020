"""fetch: the data files of the tutorials that are no data set of Keras's."""

from __future__ import annotations

import shutil
import sys
import tarfile
import tempfile
from pathlib import Path

from tqdm import tqdm

from kerasnb.core.datasets.source import cache_folder, locate
from kerasnb.core.registered import did_you_mean

from .published import FILES


def fetch(name: str, unpack: bool = False) -> Path:
    """The path of a data file: from the folder named by ``KERASNB_DATA``, Keras's cache, or downloaded there.

    Args:
        name: "auto-mpg.data" (398 cars, UCI), "aclImdb_v1.tar.gz" (50 000 film reviews, 84 MB), "flower_photos.tgz"
            (some 4 000 photographs in five folders, 229 MB), "babi-tasks-v1-2.tar.gz" (stories with questions, 12 MB),
            "nietzsche.txt", "shakespeare.txt", "daily-min-temperatures.csv", "airline-passengers.csv".
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
        unpacked(locate(FILES[name]), target)
    return target


def unpacked(archive: Path, target: Path) -> None:
    """Unpack a tutorial's archive into a folder, which appears whole or not at all.

    Raises:
        OSError, tarfile.FilterError: it cannot be written, or a member would leave the folder.
        ValueError: the archive is damaged.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f"{target.name}-", dir=target.parent))
    try:
        with tarfile.open(archive) as tar:
            wanted = (m for m in tar if "unsup" not in m.name.split("/"))
            # Lines of text: a bar as a widget would leave an empty place in the stored notebook.
            said = f"unpacking {archive.name}, once"
            shown = tqdm(wanted, desc=said, unit=" files", file=sys.stdout, mininterval=0.5)
            tar.extractall(scratch, members=shown, filter="data")
        scratch.chmod(0o755)
        scratch.rename(target)
    except BaseException as error:
        shutil.rmtree(scratch, ignore_errors=True)
        if target.is_dir():  # another kernel was quicker
            return
        if isinstance(error, (OSError, tarfile.FilterError)) or not isinstance(error, Exception):
            raise
        raise ValueError(f"learn.fetch: {archive} is damaged: {error!r}. Remove it, and fetch it again.") from error
